"""`courrier build`: one file of a checked rule book."""

from __future__ import annotations

from pathlib import Path

import click

from courrier.checking import build_book
from courrier.cli.check import ERRORS_FOUND, with_progress
from courrier.cli.options import rules_before
from courrier.cli.reports import REPORTS
from courrier.diagnostics import RulesError, printable


@click.command(
    short_help="Write one file of a rule book, which loads fast.",
    epilog="Example: courrier build my-rules rules.courrier",
)
@rules_before
@click.argument("output", type=click.Path(path_type=Path))
def build(rules: Path, output: Path) -> int:
    """Check the rule book in the folder RULES, and write it with all its offices into the file OUTPUT.

    A router loads the file as it loads a folder. Without RULES it is the folder that COURRIER_RULES names, else the
    shipped rule book.

    Exits with 0 when the file is written, with 1 when errors are found; then nothing is written.
    """
    if output.is_dir():
        raise click.ClickException(f"`{output}` is a folder; name the file to write")
    try:
        digest = build_book(rules, output, with_progress)
    except RulesError as error:
        for part in REPORTS["text"](error.diagnostics, rules):
            click.echo(part)
        return ERRORS_FOUND
    except OSError as error:
        raise click.ClickException(f"`{output}` cannot be written: {str(error.strerror).lower()}") from error
    click.echo(printable(f"built `{output}` of `{rules}`: {output.stat().st_size} bytes, {digest}"))
    return 0
