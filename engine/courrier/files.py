"""Read the files of a rule book from the disk, or as an editor holds them and has not saved them yet."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from pathlib import Path
from types import MappingProxyType

from courrier.diagnostics import Report, Span, quoted

LARGEST_FILE = 1024 * 1024

_unsaved: ContextVar[Mapping[Path, bytes]] = ContextVar("_unsaved", default=MappingProxyType({}))


@contextlib.contextmanager
def unsaved(texts: Mapping[Path, bytes]) -> Iterator[None]:
    """Let texts stand in the place of the files at their paths: inside the block, and in no other thread."""
    token = _unsaved.set(texts)
    try:
        yield
    finally:
        _unsaved.reset(token)


def is_there(path: Path) -> bool:
    """Tell whether something stands at a path; where that cannot be told, to read it says why not."""
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    except OSError:
        pass
    return True


def read_file(path: Path, name: str, report: Report) -> bytes | None:
    """Return what the file at `path` holds, called `name` in messages; return None, with the reason reported."""
    place = Span.of_file(name)
    data = _unsaved.get().get(path)
    try:
        if data is None and not path.is_file():  # to open a pipe would wait for a writer
            what = "a folder" if path.is_dir() else "no regular file" if path.exists() else "a link to nothing"
            report.error("unreadable-file", place, f"{quoted(name)} is {what}", "put a text file in its place")
            return None
        if data is None:
            with path.open("rb") as file:
                data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        message = f"{quoted(name)} cannot be read: {str(error.strerror).lower()}"
        report.error("unreadable-file", place, message, "look at the rights of the file")
        return None
    if len(data) > LARGEST_FILE:
        message = f"{quoted(name)} is larger than 1 MiB"
        report.error("file-too-large", place, message, "take out what is no rule, or split it")
        return None
    return data


@contextlib.contextmanager
def written_aside(output: Path) -> Iterator[Path]:
    """Give the path of a file to write, which takes the place of `output` when the block ends well, and else goes.

    Raises:
        OSError: there is no room beside `output`, or it is a folder.
    """
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=f".{output.name}-") as aside:
        part = Path(aside, output.name)
        yield part
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(output)
