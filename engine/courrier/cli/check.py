"""`courrier check`: everything that can be wrong in a rule book, at once."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from courrier.checking import check_book
from courrier.cli.inputs import all_facts
from courrier.cli.options import format_option, rules_argument
from courrier.cli.reports import REPORTS
from courrier.facts import FactsError

CLEAN, ERRORS_FOUND = 0, 1

_SOON_CHECKED = 100
"""So many offices take no longer than a person waits without a word."""


@click.command(short_help="Say everything that is wrong in a rule book.", epilog="Example: courrier check my-rules")
@rules_argument
@click.option(
    "--facts", metavar="FILE", help="Facts of offices, with the collaborators whom their rules may name; - for stdin."
)
@format_option(*REPORTS)
def check(rules: Path, facts: str | None, format_: str) -> int:
    """Check the rule book in the folder RULES: its files, the names in them, its offices and its cases.

    Where these are in order, warn of what the rules cannot mean, each time with facts that show it: rules that never
    fire, conditions that say nothing, addresses that may be blank, mails that nobody may receive.

    Without RULES it is the folder that COURRIER_RULES names, else the shipped rule book.

    Exits with 0 when there are no errors, with 1 when errors are found.
    """
    try:
        diagnostics = check_book(rules, with_progress, all_facts(facts) if facts else ())
    except FactsError as error:
        raise click.ClickException(f"`{facts}` is at fault: {error}") from error
    for part in REPORTS[format_](diagnostics, rules):
        click.echo(part)
    return ERRORS_FOUND if any(diagnostic.severity == "error" for diagnostic in diagnostics) else CLEAN


def with_progress(offices: Sequence[str]) -> Iterator[str]:
    """Yield the offices, with a progress bar where a person looks on and waits."""
    hidden = not sys.stderr.isatty() or len(offices) < _SOON_CHECKED
    with click.progressbar(offices, label="checking offices", file=sys.stderr, hidden=hidden) as bar:
        yield from bar
