"""Find the files of a table, tell their format by their names, and let what is written appear whole or not at all."""

from __future__ import annotations

import contextlib
import glob
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

Format = Literal["parquet", "csv", "jsonl"]

_SUFFIXES: dict[str, Format] = {".parquet": "parquet", ".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
_PACKED = (".gz", ".zst")
_NAMED = "name it .parquet, .csv or .jsonl, after what it holds"


class TableError(ValueError):
    """A table cannot be read or written; the message says which and why."""


def files_of(name: str) -> tuple[list[str], Format]:
    """Return the files that a path, a pattern or a folder stands for, and their format.

    Raises:
        TableError: there are none, or they differ in their format.
    """
    path = Path(name)
    if _is_elsewhere(name):
        return [name], _SUFFIXES.get(path.suffix, "parquet")
    if path.is_dir():
        found = sorted(
            str(file) for file in path.rglob("*") if file.is_file() and not _is_hidden(file.relative_to(path))
        )
    elif path.exists():
        found = [name]
    else:
        found = sorted(file for file in glob.glob(name, recursive=True) if Path(file).is_file())  # noqa: PTH207
    if not found:
        raise TableError(
            f"`{name}` stands for no file; name a file, a folder or a pattern such as `dossiers/*.parquet`"
        )
    formats = {format_of(file): file for file in found}
    if len(formats) > 1:
        some = " and ".join(f"`{file}`" for file in list(formats.values())[:2])
        raise TableError(f"`{name}` holds files of several formats, {some}; name those of one")
    return found, next(iter(formats))


def format_of(name: str, *, packed: bool = True) -> Format:
    """Return the format of a file by its name.

    Raises:
        TableError: the name does not say it.
    """
    path = Path(name.lower())
    if packed and path.suffix in _PACKED:
        path = path.with_suffix("")
    if path.suffix not in _SUFFIXES:
        raise TableError(f"`{name}` is called neither .parquet nor .csv nor .jsonl; {_NAMED}")
    return _SUFFIXES[path.suffix]


@contextlib.contextmanager
def aside(output: str) -> Iterator[str]:
    """Give a place to write to beside a file, that takes its name when all is well, and is gone else.

    What is not in this machine's files has none: Spark marks it when it is whole.

    Raises:
        TableError: there can be no such file.
    """
    if _is_elsewhere(output):
        yield output
        return
    path = Path(output)
    if path.is_dir():
        raise TableError(f"`{output}` is a folder; name what is not there yet, or a file to replace")
    try:
        folder = tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise TableError(f"`{output}` cannot be written: {str(error.strerror).lower()}") from error
    with folder as name:
        part = Path(name, path.name)
        yield str(part)
        if part.exists():
            part.replace(path)


def _is_elsewhere(name: str) -> bool:
    return "://" in name


def _is_hidden(path: Path) -> bool:
    return any(part.startswith((".", "_")) for part in path.parts)
