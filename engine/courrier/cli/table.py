"""`courrier table`: who gets which mail from whom, for every row of a table."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from courrier.cli.answers import ALL_ANSWERED, SOME_AT_FAULT
from courrier.cli.options import rules_option
from courrier.diagnostics import printable

if TYPE_CHECKING:
    from courrier.tables.deciding import Summary

MOST_LISTED = 10
"""Reasons for which rows are at fault that are listed, the most frequent first."""
_STEPS = 1000
_LOCAL = "local[*]"


@click.command(
    short_help="Decide about every row of a table.",
    epilog="Example: courrier table 'dossiers/*.parquet' decided.parquet --errors faulty.csv",
)
@click.argument("input", metavar="INPUT")
@click.argument("output")
@rules_option
@click.option("--errors", metavar="FILE", help="Write rows at fault into FILE, with the reason.")
@click.option(
    "--engine", type=click.Choice(["duckdb", "spark"]), default="duckdb", show_default=True, help="What runs the query."
)
@click.option("--master", metavar="URL", help="Spark's master, or Spark Connect as sc://HOST.  [default: local[*]]")
def table(input: str, output: str, rules: Path, errors: str | None, engine: str, master: str | None) -> int:
    """Write the rows of the table INPUT into the file OUTPUT, with what is decided about each.

    INPUT is a file, a folder or a pattern, OUTPUT a file; the names end with .parquet, .csv or .jsonl. A fact is a
    field of a struct, or a column that is called after it, such as dossier.manager.email. OUTPUT appears when it is
    whole. With --engine spark, INPUT and OUTPUT can be URLs, and OUTPUT is a folder.

    Exits with 0 when all rows are decided, with 1 when some are at fault, the others being decided.
    """
    if master and engine != "spark":
        raise click.UsageError("--master is for --engine spark")
    spark = (master or _LOCAL) if engine == "spark" else None
    try:
        from courrier.tables.files import TableError
        from courrier.tables.table import decide_table
    except ImportError as error:
        raise click.ClickException(str(error)) from error
    hidden = spark is not None or not sys.stderr.isatty()
    try:
        with click.progressbar(length=_STEPS, file=sys.stderr, label="deciding", hidden=hidden) as bar:

            def progress(done: float) -> None:
                bar.update(int(done * _STEPS) - bar.pos)

            summary = decide_table(input, output, rules, errors=errors, spark=spark, progress=progress)
    except ImportError as error:
        raise click.ClickException(str(error)) from error
    except TableError as error:
        raise click.ClickException(str(error)) from error
    click.echo("\n".join(map(printable, _in_words(summary, errors))))
    return SOME_AT_FAULT if summary.faults else ALL_ANSWERED


def _in_words(summary: Summary, errors: str | None) -> Iterator[str]:
    counts = [f"{rows:,} {outcome}" for outcome, rows in sorted(summary.outcomes.items(), reverse=True)]
    faulty = sum(summary.faults.values())
    if faulty:
        counts.append(f"{faulty:,} at fault")
    whole = f"{_counted(summary.rows, 'row')} in {_counted(summary.situations, 'situation')}"
    yield f"{whole}: {', '.join(counts) or 'none'}"
    if not faulty:
        return
    what = f"written into `{errors}`" if errors else "left out; `--errors FILE` keeps them"
    yield f"those at fault are {what}:"
    listed = sorted(summary.faults.items(), key=lambda item: (-item[1], item[0]))
    for (path, reason), rows in listed[:MOST_LISTED]:
        yield f"  {rows:>{len(f'{listed[0][1]:,}')},}  {f'`{path}`' if path else 'the facts'}: {reason}"
    if more := sum(rows for _, rows in listed[MOST_LISTED:]):
        yield f"  and {more:,} for other reasons"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
