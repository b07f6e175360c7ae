"""Write each decision to a file, as a line of JSON that does not say about whom; deciding never fails for it."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import logging
import os
import threading
import time
import weakref
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from courrier.records import Decided, Records

LARGEST = 64 * 1024 * 1024
"""Bytes of a log before it is rotated."""
KEPT = 5
"""Rotated logs that are kept."""
PAUSE = 1.0
"""Seconds before the next try after a failure, so that a full disk does not slow every decision."""

_MODE = 0o640

_logger = logging.getLogger(__name__)


class DecisionLog:
    """Appends a line for each decision; give it to a router as `on_decision`.

    Threads and forked processes may share one, and several processes may write to one file.
    """

    def __init__(
        self, path: str | Path, *, key: str | bytes | None = None, largest: int = LARGEST, kept: int = KEPT
    ) -> None:
        """Open the file, so that a wrong path shows at once; what fails later is counted, and reported once.

        Args:
            path: the file to append to; it is rotated to `path.1`, which was `path.2` before, and so on.
            key: the key of the pseudonyms that stand for people; without one the log has none.
            largest: how many bytes the file has before it is rotated.
            kept: how many rotated files are kept; at least one.

        Raises:
            OSError: the file cannot be opened.
            ValueError: the key is too short.
        """
        self.lost = 0
        """How many decisions could not be written."""
        self.failure: OSError | None = None
        """Why the last of these could not."""
        self._records = Records(key)
        self._path, self._largest, self._kept = Path(path), largest, kept
        self._lock = threading.Lock()
        self._failing = False
        self._next_try = self._next_rotation = 0.0
        self._file: _File | None = _File(self._path)
        _logs.add(self)

    def __call__(self, decided: Decided) -> None:
        """Write a decision."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
        record = {"time": f"{now}Z", **self._records.of(decided)}
        line = json.dumps(record, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            if self._failing and time.monotonic() < self._next_try:
                self.lost += 1
                return
            try:
                self._write(line)
                self._failing = False
            except OSError as error:
                if not self._failing:
                    self._report("written", error)
                self._failing, self.failure = True, error
                self.lost += 1
                self._next_try = time.monotonic() + PAUSE

    def __enter__(self) -> Self:
        """Return the log."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file; a decision after this opens it again."""
        with self._lock:
            self._close()

    def _write(self, line: bytes) -> None:
        """Append a line by one call, so that a process which is killed leaves no half line in the midst of others."""
        file = self._current(len(line))
        if os.write(file.descriptor, line) < len(line):
            self._close()  # half a line is there; to open the file again ends it
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _current(self, more: int) -> _File:
        """Return the file to write to: a new one where somebody has moved it away, or where it would grow too large."""
        if self._file is not None:
            found = self._file.found_at(self._path)
            if found is None:
                self._close()
            elif found.st_size and found.st_size + more > self._largest:
                self._rotate(self._file)
        if self._file is None:
            self._file = _File(self._path)
        return self._file

    def _rotate(self, file: _File) -> None:
        """Move the file away, unless another process is at it; where that fails, the file goes on growing."""
        if time.monotonic() < self._next_rotation:
            return
        try:
            # A descriptor of its own: those that processes share by a fork would share the lock as well.
            with self._path.open("rb") as guard:
                fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if file.found_at(self._path):
                    for number in range(self._kept, 0, -1):
                        with contextlib.suppress(FileNotFoundError):
                            self._numbered(number - 1).replace(self._numbered(number))
            self._close()
            self._next_rotation = 0.0
        except BlockingIOError:
            pass
        except OSError as error:
            if not self._next_rotation:
                self._report("rotated", error)
            self._next_rotation = time.monotonic() + PAUSE

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}") if number else self._path

    def _report(self, what: str, error: OSError) -> None:
        _logger.error("the decision log `%s` cannot be %s: %s", self._path, what, str(error.strerror).lower())

    def _close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            os.close(file.descriptor)

    def _after_fork(self) -> None:
        """Take a new lock in the child: a thread that held the old one in the parent is not there to let go."""
        self._lock = threading.Lock()


class _File:
    """A file that is open for appending."""

    def __init__(self, path: Path) -> None:
        """Open the file; what a killed process left of a line is ended."""
        self.descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, _MODE)
        try:
            status = os.fstat(self.descriptor)
            self._identity = status.st_dev, status.st_ino
            if status.st_size and os.pread(self.descriptor, 1, status.st_size - 1) != b"\n":
                os.write(self.descriptor, b"\n")
        except OSError:
            os.close(self.descriptor)
            raise

    def found_at(self, path: Path) -> os.stat_result | None:
        """Return the status of the file if it is the one at the path."""
        try:
            status = path.stat()
        except FileNotFoundError:
            return None
        return status if (status.st_dev, status.st_ino) == self._identity else None


_logs: weakref.WeakSet[DecisionLog] = weakref.WeakSet()


def _after_fork() -> None:
    for log in list(_logs):
        log._after_fork()


os.register_at_fork(after_in_child=_after_fork)
