"""Open a decision log to write to, and read the lines of some, with the key that the environment holds."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from courrier.decision_log import DecisionLog

KEY_VARIABLE = "COURRIER_LOG_KEY"

_LINES_PER_STEP = 1000

_Command = TypeVar("_Command", bound=Callable[..., Any])


class LogLine(NamedTuple):
    """A line of a log, and its place as `file:line`."""

    text: bytes
    at: str


def log_option(command: _Command) -> _Command:
    """Add the option `--log`: a decision log that is closed, and asked what it lost, when the command has ended."""
    path = click.Path(path_type=Path, dir_okay=False)
    help = f"Add a line to FILE for each decision, in which {KEY_VARIABLE} hides people."
    return click.option("--log", type=path, metavar="FILE", callback=_opened, help=help)(command)


def log_key() -> str | None:
    """Return the key of the pseudonyms: it stands in the environment, where no list of processes shows it."""
    return os.environ.get(KEY_VARIABLE) or None


def unusable_key(error: ValueError) -> click.ClickException:
    """Return what to say of a key that is of no use."""
    return click.ClickException(f"{KEY_VARIABLE} cannot be used: {error}")


def read_logs(paths: Sequence[Path]) -> Iterator[LogLine]:
    """Yield the lines of some logs, with a progress bar where a person looks on.

    Raises:
        click.ClickException: a file cannot be read.
    """
    for path in paths:
        try:
            size = path.stat().st_size
            with (
                path.open("rb") as file,
                click.progressbar(length=size, file=sys.stderr, label=path.name, hidden=not sys.stderr.isatty()) as bar,
            ):
                for number, text in enumerate(file, 1):
                    yield LogLine(text, f"{path}:{number}")
                    if number % _LINES_PER_STEP == 0:
                        bar.update(file.tell() - bar.pos)
                bar.update(size - bar.pos)
        except OSError as error:
            raise click.ClickException(f"`{path}` cannot be read: {str(error.strerror).lower()}") from error


def _opened(context: click.Context, _: click.Parameter, path: Path | None) -> DecisionLog | None:
    """Return the log at a path, which is closed when the command has ended."""
    if path is None:
        return None
    try:
        return context.with_resource(_in_use(DecisionLog(path, key=log_key())))
    except OSError as error:
        raise click.ClickException(f"`{path}` cannot be written: {str(error.strerror).lower()}") from error
    except ValueError as error:
        raise unusable_key(error) from error


@contextlib.contextmanager
def _in_use(log: DecisionLog) -> Iterator[DecisionLog]:
    """Close a log in the end, and say how many decisions it could not take, if any."""
    with log:
        yield log
    if log.failure:
        decisions = "1 decision" if log.lost == 1 else f"{log.lost} decisions"
        click.echo(f"warning: {decisions} could not be logged: {str(log.failure.strerror).lower()}", err=True)
