"""Run the query on DuckDB, which is part of this process and needs little memory."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

try:
    import duckdb
except ImportError as error:
    raise ImportError("tables need packages that are not installed: pip install 'courrier[table]'") from error

from sqlglot import exp

from courrier.tables.expressions import DIALECT
from courrier.tables.files import Format, TableError
from courrier.tables.query import Table
from courrier.tables.source import LINE

MEMORY = "640MB"
"""What DuckDB may hold in memory; beyond that it writes to disk."""
_AT_ONCE = 2048
_LOOK = 0.2
"""Seconds between two looks at how far a query is."""

_READ: Mapping[Format, str] = {
    "parquet": "SELECT * FROM read_parquet({files}, union_by_name = true)",
    "csv": "SELECT * FROM read_csv({files}, all_varchar = true, header = true, union_by_name = true)",
    "jsonl": """
        SELECT line FROM read_csv({files}, columns = {{'line': 'VARCHAR'}}, auto_detect = false, header = false,
            delim = '\x01', quote = '', escape = '', strict_mode = false, max_line_size = 16777216)
        WHERE TRIM(line, ' \t\r\n\v\f') <> ''
    """,
}
_WRITE: Mapping[str, str] = {
    "parquet": "FORMAT parquet",
    "csv": "FORMAT csv, HEADER",
    "jsonl": "FORMAT json",
    "lines": "FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01'",
}

Progress = Callable[[float], object]
"""Is told how far all is, from 0 to 1."""


class DuckDB:
    """A database of one's own, which keeps beside its memory what it has no room for."""

    dialect = DIALECT

    def __init__(self, aside: Path, progress: Progress = lambda _: None) -> None:
        """Open it; what is written to disk goes into a folder."""
        self._db = duckdb.connect()
        self._progress, self._before, self._share = progress, 0.0, 0.0
        self._db.execute(f"SET memory_limit = '{MEMORY}'")
        self._db.execute("SET temp_directory = ?", [str(aside)])
        self._db.execute("SET enable_progress_bar = true")
        self._db.execute("SET enable_progress_bar_print = false")
        # It would group by the columns that keys are made of, of which there are as many values as rows.
        self._db.execute("SET disabled_optimizers = 'partial_aggregate_pushdown'")

    def open(self, name: str, files: Sequence[str], format: Format) -> Mapping[str, str]:
        """Give the rows of some files a name; return their columns, with their types."""
        listed = exp.convert(list(files)).sql(DIALECT)
        what = f"`{files[0]}` cannot be read" if len(files) == 1 else f"`{files[0]}` and others cannot be read"
        self._run(f"CREATE VIEW {_quoted(name)} AS {_READ[format].format(files=listed)}", what)
        described = self._run(f"DESCRIBE {_quoted(name)}").fetchall()
        return {column: type for column, type, *_ in described}

    def define(self, name: str, query: exp.Query) -> None:
        """Give a query a name."""
        self._run(f"CREATE VIEW {_quoted(name)} AS {query.sql(DIALECT)}")

    def make(self, name: str, table: Table) -> None:
        """Make a small table."""
        columns = ", ".join(f"{_quoted(column)} {type}" for column, type in table.columns.items())
        self._run(f"CREATE TABLE {_quoted(name)} ({columns})")
        self.add(name, table, table.rows)

    def add(self, name: str, table: Table, rows: Iterable[Sequence[object]]) -> None:
        """Add rows to a table that was made."""
        unnested = ", ".join(f"UNNEST(?::{type}[])" for type in table.columns.values())
        waiting = iter(rows)
        while some := list(itertools.islice(waiting, _AT_ONCE)):
            self._db.execute(
                f"INSERT INTO {_quoted(name)} SELECT {unnested}", [list(column) for column in zip(*some, strict=True)]
            )

    def keep(self, name: str, query: exp.Query) -> None:
        """Make a table of what a query finds."""
        self._run(f"CREATE TABLE {_quoted(name)} AS {query.sql(DIALECT)}")

    def fetch(self, query: exp.Query) -> Iterator[tuple[Any, ...]]:
        """Yield what a query finds, some rows at a time."""
        cursor = self._db.cursor().execute(query.sql(DIALECT))
        while some := cursor.fetchmany(_AT_ONCE):
            yield from some

    def write(self, query: exp.Query, output: str, format: Format) -> None:
        """Write what a query finds into a file."""
        path = exp.Literal.string(output).sql(DIALECT)
        self._run(
            f"COPY ({query.sql(DIALECT)}) TO {path} ({_WRITE['lines' if _is_lines(query, format) else format]})",
            f"`{Path(output).name}` cannot be written",
        )

    def share(self, share: float) -> None:
        """Say which share of all that is to be done the next query is."""
        self._before, self._share = self._before + self._share, share

    def __enter__(self) -> Self:
        """Use the database until the block ends."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give everything back."""
        self._db.close()

    def _run(self, query: str, what: str = "the query failed") -> Any:
        """Run a query in a thread, so that this one can tell how far it is, and be interrupted.

        Raises:
            TableError: it failed.
        """
        failed: list[BaseException] = []

        def run() -> None:
            try:
                self._db.execute(query)
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        try:
            while thread.is_alive():
                thread.join(_LOOK)
                self._progress(self._before + self._share * max(self._db.query_progress(), 0) / 100)
        except BaseException:
            self._db.interrupt()
            thread.join()
            raise
        for error in failed:
            if isinstance(error, duckdb.Error):
                raise TableError(f"{what}: {_reason(error)}") from error
            raise error
        return self._db


def _reason(error: duckdb.Error) -> str:
    """Return what DuckDB says, without the name that it has for such errors, and without advice."""
    first = str(error).splitlines()[0]
    reason = first.partition(": ")[2] or first
    return reason[:1].lower() + reason[1:].rstrip(".")


def _is_lines(query: exp.Query, format: Format) -> bool:
    """Tell whether what a query finds are lines of JSON as they are to stand in the file."""
    return format == "jsonl" and query.named_selects == [LINE]


def _quoted(name: str) -> str:
    return exp.to_identifier(name, quoted=True).sql(DIALECT)
