"""Run a command as the terminal would, without a process of its own."""

import io
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from courrier.cli import run

GOLDEN = Path(__file__).parent / "golden" / "cli"
"""Rule books, facts, and beside them what commands print about them."""

COMMAND = (sys.executable, "-c", "from courrier.cli import main; main()")
"""The command line as a process."""

LONGEST_WAIT = 120
"""Seconds after which a process that a test waits for is killed."""

NOT_ASKED_FOR = ("COURRIER_RULES", "NO_COLOR")


class Ran(NamedTuple):
    code: int
    out: str
    err: str


def courrier(*arguments: str | Path, stdin: bytes = b"", environment: Mapping[str, str] = {}) -> Ran:
    """Run a command with some bytes on its standard input and some variables added to its environment."""
    out, err = io.StringIO(), io.StringIO()
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_ASKED_FOR}
    with (
        mock.patch.dict(os.environ, {**inherited, "COLUMNS": "80", **environment}, clear=True),
        mock.patch("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin))),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        code = run([*map(str, arguments)])
    return Ran(code, out.getvalue(), err.getvalue())


@contextmanager
def watched(process: subprocess.Popen[Any]) -> Iterator[subprocess.Popen[Any]]:
    """Wait for the end of a process, and kill it where that does not come."""
    watchdog = threading.Timer(LONGEST_WAIT, process.kill)
    watchdog.start()
    try:
        with process:
            yield process
    finally:
        watchdog.cancel()
        watchdog.join()
