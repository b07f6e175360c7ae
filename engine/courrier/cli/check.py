"""`courrier check`: everything that can be wrong in a rule book, at once."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from courrier.checking import check_book
from courrier.cli.options import format_option, rules_argument
from courrier.cli.reports import REPORTS

CLEAN, ERRORS_FOUND = 0, 1

_SOON_CHECKED = 100
"""So many offices take no longer than a person waits without a word."""


@click.command(short_help="Say everything that is wrong in a rule book.", epilog="Example: courrier check my-rules")
@rules_argument
@format_option(*REPORTS)
def check(rules: Path, format_: str) -> int:
    """Check the rule book in the folder RULES: its files, the names in them, its offices and its cases.

    Without RULES it is the folder that COURRIER_RULES names, else the shipped rule book.

    Exits with 0 when it is in order, with 1 when errors are found.
    """
    diagnostics = check_book(rules, with_progress)
    for part in REPORTS[format_](diagnostics, rules):
        click.echo(part)
    return ERRORS_FOUND if any(diagnostic.severity == "error" for diagnostic in diagnostics) else CLEAN


def with_progress(offices: Sequence[str]) -> Iterator[str]:
    """Yield the offices, with a progress bar where a person looks on and waits."""
    hidden = not sys.stderr.isatty() or len(offices) < _SOON_CHECKED
    with click.progressbar(offices, label="checking offices", file=sys.stderr, hidden=hidden) as bar:
        yield from bar
