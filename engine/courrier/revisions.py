"""Read a rule book as it was at a revision of the git repository that it stands in."""

from __future__ import annotations

import io
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
    """A revision cannot be read; the message says why."""


@contextmanager
def at_revision(revision: str, folder: Path) -> Iterator[Path]:
    """Give a folder with what another folder held at a revision, for as long as it is needed.

    Raises:
        RevisionError: there is no git, no repository, no such revision, or the folder was not there then.
    """
    archive = _git(folder, "archive", "--format=tar", "--end-of-options", revision)
    with tempfile.TemporaryDirectory() as root:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            for member in filter(tarfile.TarInfo.isfile, tar):
                file, content = Path(root, member.name), tar.extractfile(member)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content.read() if content else b"")
        yield Path(root)


def _git(folder: Path, *arguments: str) -> bytes:
    program = shutil.which("git")
    if program is None:
        raise RevisionError("git is not installed")
    command = [program, "-C", str(folder), *arguments]
    ran = subprocess.run(command, capture_output=True, check=False)  # noqa: S603  # git alone, and options are closed
    if ran.returncode:
        said = ran.stderr.decode("utf-8", "replace").strip().splitlines()
        raise RevisionError((said[0] if said else "git failed").removeprefix("fatal: "))
    return ran.stdout
