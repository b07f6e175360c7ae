"""`courrier diff`: in what two rule books decide differently, and for whom."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import click

from courrier.cli.check import with_progress
from courrier.cli.comment import comment
from courrier.cli.differences import as_json, text
from courrier.cli.inputs import read_facts
from courrier.cli.options import format_option
from courrier.proof.diff import Source
from courrier.proof.diff import diff as compared
from courrier.proof.tally import tally
from courrier.revisions import GIT, RevisionError, at_revision
from courrier.router import Router

ALIKE, DIFFERENT = 0, 1
_FORMATS = {"text": text, "json": as_json, "markdown": comment}


@click.command(
    short_help="Say in what two rule books decide differently.",
    epilog="Example: courrier diff git:main my-rules --facts dossiers.jsonl",
)
@click.argument("old")
@click.argument("new")
@click.option("--facts", metavar="FILE", help="Count how many of these cases change, and who gains or loses mails.")
@format_option(*_FORMATS)
def diff(old: str, new: str, facts: str | None, format_: str) -> int:
    """Say in what the rule books in the folders OLD and NEW decide differently: which mails, where, and how.

    Each difference comes with facts about which the two do decide differently. One of the two may be git:REVISION,
    which is what the other folder held at that revision of its git repository.

    Exits with 0 when both decide alike, with 1 when they do not, or when that is more than can be counted through.
    """
    try:
        with _folder(old, new) as before, _folder(new, old) as after:
            progress = functools.partial(with_progress, label="comparing offices")
            found = compared(Source(old, before), Source(new, after), progress)
            counted = tally(Router.load(before), Router.load(after), _cases(facts)) if facts else None
    except RevisionError as error:
        raise click.ClickException(str(error)) from error
    for line in _FORMATS[format_](found, counted):
        click.echo(line)
    return DIFFERENT if found.differences else ALIKE


def _folder(name: str, other: str) -> AbstractContextManager[Path]:
    """Give the folder of a rule book by its name, or what the other folder held at a revision."""
    if not name.startswith(GIT):
        return nullcontext(_there(name))
    if other.startswith(GIT):
        raise click.ClickException(f"`{name}` and `{other}` are both revisions: name a folder for one of them")
    return at_revision(name.removeprefix(GIT), _there(other))


def _there(name: str) -> Path:
    path = Path(name)
    if not path.is_dir():
        what = "is no folder" if path.exists() else "is not there"
        raise click.ClickException(f"`{name}` {what}; name a rule book's folder, or a revision of it as `{GIT}main`")
    return path


def _cases(name: str) -> Iterator[tuple[int, Any]]:
    """Yield the facts at a path with their lines; what cannot be read is nothing that could be decided about."""
    return ((given.line, None if given.error else given.facts) for given in read_facts(name).given)
