"""`courrier sample`: made-up dossiers, as they are in life, to try rules on."""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click

from courrier.cli.check import with_progress
from courrier.cli.options import rules_option
from courrier.diagnostics import printable

STDOUT = "-"
_ROWS_PER_STEP = 1000


@click.command(
    short_help="Make up dossiers to try rules on.",
    epilog="Example: courrier sample 1000 dossiers.jsonl --rules my-rules",
)
@click.argument("rows", metavar="N", type=click.IntRange(1))
@click.argument("output", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--seed",
    metavar="S",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="Another seed gives other dossiers.",
)
@rules_option
@click.option(
    "--offices",
    metavar="K",
    type=click.IntRange(1, 10_000),
    default=100,
    show_default=True,
    help="How many offices the dossiers are of; those with rules of their own come first.",
)
@click.option(
    "--faulty",
    metavar="SHARE",
    type=click.FloatRange(0, 1),
    default=0,
    show_default=True,
    help="The share of rows that lack a fact without which nothing is decided.",
)
def sample(rows: int, output: Path, seed: int, rules: Path, offices: int, faulty: float) -> int:
    """Make up N dossiers, each with an event, and write their facts into OUTPUT.

    OUTPUT is a .jsonl, .parquet or .csv file, or - for JSONL on the standard output.

    The names are Belgian, and all domains end in .example, where no mail arrives. The events, offices and people whom
    the rule book names are there, with what its rules ask for. The same seed gives the same dossiers, and the first of
    many are those of few.
    """
    to_stdout, suffix = str(output) == STDOUT, output.suffix.lower()
    if output.is_dir():
        raise click.ClickException(f"`{output}` is a folder; name the file to write")
    try:
        from courrier.sample.formats import LINES, TABLES, write_lines, write_table
        from courrier.sample.rows import Sample
    except ImportError as error:
        raise click.ClickException(str(error)) from error
    if not to_stdout and suffix not in LINES | TABLES:
        message = f"`{output}` is called neither .jsonl nor .parquet nor .csv; name it after what it shall hold"
        raise click.ClickException(message)
    made = Sample(rules, seed, offices=offices, faulty=faulty, each_office=with_progress)
    batches = _with_progress(made.lines(), rows, watched=not (to_stdout and sys.stdout.isatty()))
    if to_stdout:
        for batch in batches:
            click.echo(batch.decode(), nl=False)
        return 0
    try:
        if suffix in LINES:
            write_lines(batches, output)
        else:
            write_table(batches, output, made.facts)
    except ImportError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"`{output}` cannot be written: {str(error.strerror).lower()}") from error
    click.echo(printable(f"wrote {rows:,} {'row' if rows == 1 else 'rows'} into `{output}`"))
    return 0


def _with_progress(lines: Iterator[bytes], rows: int, *, watched: bool) -> Iterator[bytes]:
    """Yield so many lines in batches, with a progress bar, and the rate at the end, where a person looks on."""
    hidden = not (watched and sys.stderr.isatty())
    started = time.monotonic()
    with click.progressbar(length=rows, file=sys.stderr, label="making up", hidden=hidden) as bar:
        for start in range(0, rows, _ROWS_PER_STEP):
            step = min(_ROWS_PER_STEP, rows - start)
            yield b"".join(itertools.islice(lines, step))
            bar.update(step)
    if not hidden:
        click.echo(f"{rows:,} rows, {rows / (time.monotonic() - started):,.0f} a second", err=True)
