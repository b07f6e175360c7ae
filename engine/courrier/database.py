"""Open DuckDB inside this process, for tables that need not fit into memory."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

try:
    import duckdb
except ImportError as error:
    raise ImportError("tables need a package that is not installed: pip install 'courrier[table]'") from error

Database = duckdb.DuckDBPyConnection
DatabaseError = duckdb.Error


@contextlib.contextmanager
def database(*, memory: str = "512MB", threads: int = 2) -> Iterator[Database]:
    """Open a database in memory for the length of a block, with bounds on what it takes."""
    with duckdb.connect(config={"memory_limit": memory, "threads": threads}) as connection:
        connection.execute("SET enable_progress_bar = false")
        yield connection


def literal(text: str) -> str:
    """Return a text as SQL has it.

    >>> literal("l'office")
    "'l''office'"
    """
    return "'" + text.replace("'", "''") + "'"
