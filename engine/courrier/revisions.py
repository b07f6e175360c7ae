"""Read a rule book as it was at a revision of the git repository that it stands in."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

GIT = "git:"
"""What a name starts with that is a revision, and no folder."""


class RevisionError(ValueError):
    """A folder cannot be read as it was at a revision; the message says why."""


@contextmanager
def at_revision(revision: str, folder: Path) -> Iterator[Path]:
    """Give a folder with what another folder held at a revision, for as long as it is needed.

    Raises:
        RevisionError: there is no git, no repository, no such revision, or the folder was not there then.
    """
    git = shutil.which("git")
    if git is None:
        raise RevisionError(f"`{GIT}{revision}` needs git, which is not installed")
    here = [git, "-C", str(folder)]
    _run([*here, "rev-parse", "--git-dir"], f"`{folder}` is in no git repository that can be read")
    named = f"`{GIT}{revision}` is no revision of the git repository of `{folder}`; fetch it, or name another"
    if revision.startswith("-"):  # git would take it for an option
        raise RevisionError(named)
    commit = _run([*here, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}"], named).decode().strip()
    archive = _run([*here, "archive", "--format=tar", commit], f"`{folder}` was not there at `{GIT}{revision}`")
    with tempfile.TemporaryDirectory() as root:
        _unpack(archive, Path(root))
        yield Path(root)


def _run(command: list[str], otherwise: str) -> bytes:
    """Return what a command prints; raise a `RevisionError` with a message where it fails."""
    ran = subprocess.run(command, capture_output=True, check=False)  # noqa: S603  # git, by its path
    if ran.returncode:
        raise RevisionError(otherwise)
    return ran.stdout


def _unpack(archive: bytes, root: Path) -> None:
    """Write the files of an archive into a folder; a link is the file that it leads to."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            path = Path(os.path.normpath(root / member.name))
            if member.isdir() or not path.is_relative_to(root):
                continue
            try:
                content = tar.extractfile(member)
            except KeyError:
                content = None
            if content is None:
                raise RevisionError(f"`{member.name}` was a link out of the folder, or to a folder; compare a checkout")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.read())
