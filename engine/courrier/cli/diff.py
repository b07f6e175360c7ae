"""`courrier diff`: in what two rule books decide differently, and for whom."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import click

from courrier.cli.check import with_progress
from courrier.cli.differences import FORMATS
from courrier.cli.inputs import all_facts
from courrier.cli.options import format_option
from courrier.proof.diff import differences, tally
from courrier.revisions import GIT, RevisionError, at_revision
from courrier.router import Router

ALIKE, DIFFERENT = 0, 1


@click.command(
    short_help="Say in what two rule books decide differently.",
    epilog="Example: courrier diff git:main my-rules --format markdown",
)
@click.argument("old")
@click.argument("new")
@click.option("--facts", metavar="FILE", help="Count how many of these cases change, and who gains or loses mails.")
@format_option(*FORMATS)
def diff(old: str, new: str, facts: str | None, format_: str) -> int:
    """Compare the rule books in the folders OLD and NEW: which mails they decide differently, where, and how.

    Each difference comes with facts about which the two decide differently. One of the two may be git:REVISION: what
    the other folder held at that revision of its git repository.

    Exits with 0 when both decide alike, with 1 when they do not.
    """
    try:
        with _folder(old, new) as before, _folder(new, old) as after:
            found = differences(before, after, with_progress)
            counted = tally(Router.load(before), Router.load(after), all_facts(facts)) if facts else None
    except RevisionError as error:
        raise click.ClickException(str(error)) from error
    for line in FORMATS[format_](found, counted):
        click.echo(line)
    return DIFFERENT if found else ALIKE


def _folder(name: str, other: str) -> AbstractContextManager[Path]:
    """Give the folder of a rule book by its name, or what the other folder held at a revision."""
    if name.startswith(GIT):
        if other.startswith(GIT):
            raise click.ClickException(f"`{name}` and `{other}` are both revisions: name a folder for one of them")
        return at_revision(name.removeprefix(GIT), _there(other))
    return nullcontext(_there(name))


def _there(name: str) -> Path:
    if not Path(name).is_dir():
        raise click.ClickException(f"`{name}` is no folder; name a rule book's folder, or a revision as `{GIT}main`")
    return Path(name)
