"""Decide about a table from files to files: the face of what is in this folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from courrier.tables.answers import Rules
from courrier.tables.deciding import Deciding, Summary
from courrier.tables.files import aside, files_of, format_of
from courrier.tables.json_lines import Lines
from courrier.tables.local import DuckDB
from courrier.tables.source import Columns, Engine, Source

_BOOK = "courrier_by"
_SHARE = 0.4
"""How much of the time goes by until all is decided, and nothing written; about."""


def decide_table(
    input: str,
    output: str,
    rules: Path,
    *,
    errors: str | None = None,
    spark: str | None = None,
    progress: Callable[[float], object] = bool,
) -> Summary:
    """Write the rows of a table with what is decided about each; those at fault go elsewhere, and the others go on.

    Args:
        input: a file, a pattern or a folder; .parquet, .csv or .jsonl.
        output: the file to write; it appears whole or not at all. Spark writes a folder of files.
        rules: the rule book's folder, or a file that `courrier build` made.
        errors: the file for rows at fault, if there are any, with what is wrong; without it they are counted only.
        spark: the URL of Spark's master, or of Spark Connect; without it DuckDB does the work, in this process.
        progress: is told how far it is, from 0 to 1.

    Raises:
        TableError: a file cannot be read or written.
        RulesError: the platform's rules are at fault.
    """
    files, format = files_of(input)
    formats = [format_of(name, packed=False) for name in (output, errors) if name]
    with aside(output) as part, aside(errors or output) as faulty, _engine(spark, part, progress) as engine:
        source: Source = Lines(engine, files) if format == "jsonl" else Columns(engine, files, format)
        book = Rules(rules, [id for (id,) in engine.fetch(source.offices())])
        deciding = Deciding(engine, source, {_BOOK: book})
        engine.share(_SHARE)
        summary = deciding.decide()[_BOOK]
        engine.share(1 - _SHARE)
        engine.write(deciding.results(_BOOK, formats[0]), part, formats[0])
        engine.share(0)
        if errors and summary.faults:
            engine.write(deciding.faults(_BOOK, formats[1]), faulty, formats[1])
    return summary


def _engine(spark: str | None, part: str, progress: Callable[[float], object]) -> Engine:
    if spark is None:
        return DuckDB(Path(part).parent, progress)
    from courrier.tables.cluster import Spark

    return Spark(spark)
