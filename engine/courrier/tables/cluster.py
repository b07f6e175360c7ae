"""Run the query on Spark, on a cluster or in this machine; only small tables and a row of each key come to the driver."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from sqlglot import exp

from courrier.tables.expressions import DIALECT
from courrier.tables.files import Format, TableError
from courrier.tables.query import Table

try:
    from pyspark.errors import PySparkException
    from pyspark.sql import Row, SparkSession
    from pyspark.sql.types import ArrayType, DataType, StructType
except ImportError as error:
    raise ImportError("Spark needs packages that are not installed: pip install 'courrier[spark]'") from error

_DIALECT = "spark"
_CALLED = {"HASH": "XXHASH64", "LIST_EXTRACT": "TRY_ELEMENT_AT"}
"""What Spark calls functions that sqlglot does not know."""
_CONNECT = "sc://"
_READ: Mapping[str, Mapping[str, str]] = {
    "parquet": {"mergeSchema": "true"},
    "csv": {"header": "true", "escape": '"', "multiLine": "true"},
}
_WRITE: Mapping[str, Mapping[str, str]] = {
    "parquet": {},
    "csv": {"header": "true", "escape": '"'},
    "json": {"ignoreNullFields": "false"},
}


class Spark:
    """A session of Spark."""

    dialect = _DIALECT

    def __init__(self, url: str) -> None:
        """Begin a session.

        Args:
            url: that of a master, such as `local[*]`, or that of Spark Connect, which begins with `sc://`.

        Raises:
            TableError: there is no session to be had.
        """
        builder = SparkSession.builder.appName("courrier")
        builder = builder.remote(url) if url.startswith(_CONNECT) else builder.master(url)
        settings = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": str(sys.stderr.isatty()).lower()}
        for name, value in {**settings, "spark.sql.caseSensitive": "true"}.items():
            builder = builder.config(name, value)
        try:
            self._spark = builder.getOrCreate()
        except Exception as error:
            raise TableError(f"no session of Spark at `{url}`: {_reason(error)}") from error

    def open(self, name: str, files: Sequence[str], format: Format) -> Mapping[str, str]:
        """Give the rows of some files a name; return their columns, with their types."""
        if format == "jsonl":
            raise TableError(
                f"`{files[0]}` holds lines of JSON, which Spark has no types for; write it as Parquet first"
            )
        what = f"`{files[0]}` cannot be read"
        with _in_our_words(what):
            rows = self._spark.read.options(**_READ[format]).format(format).load([*files])
            rows.createOrReplaceTempView(name)
            return {field.name: _type(field.dataType) for field in rows.schema.fields}

    def define(self, name: str, query: exp.Query) -> None:
        """Give a query a name."""
        self._frame(query).createOrReplaceTempView(name)

    def make(self, name: str, table: Table) -> None:
        """Make a small table."""
        self.add(name, table, table.rows)

    def add(self, name: str, table: Table, rows: Iterable[Sequence[object]]) -> None:
        """Add rows to a table that was made and has none."""
        fields = [f"{_quoted(column)} {_translated(type)}" for column, type in table.columns.items()]
        frame = self._spark.createDataFrame([tuple(row) for row in rows], ", ".join(fields))
        frame.createOrReplaceTempView(name)

    def keep(self, name: str, query: exp.Query) -> None:
        """Make a table of what a query finds."""
        self._frame(query).cache().createOrReplaceTempView(name)

    def fetch(self, query: exp.Query) -> Iterator[tuple[Any, ...]]:
        """Yield what a query finds."""
        with _in_our_words("the query failed"):
            for row in self._frame(query).toLocalIterator():
                yield tuple(part.asDict(recursive=True) if isinstance(part, Row) else part for part in row)

    def write(self, query: exp.Query, output: str, format: Format) -> None:
        """Write what a query finds into a folder."""
        called = "json" if format == "jsonl" else format
        with _in_our_words(f"`{Path(output).name}` cannot be written"):
            self._frame(query).write.options(**_WRITE[called]).format(called).save(output)

    def share(self, share: float) -> None:
        """Say which share of all the next query is: Spark shows its progress itself."""

    def __enter__(self) -> Self:
        """Use the session until the block ends."""
        return self

    def __exit__(self, *_: object) -> None:
        """Forget what was kept; the session is for the process to end."""
        self._spark.catalog.clearCache()

    def _frame(self, query: exp.Query) -> Any:
        for function in query.find_all(exp.Anonymous):
            function.set("this", _CALLED.get(function.name.upper(), function.name))
        return self._spark.sql(query.sql(_DIALECT))


@contextlib.contextmanager
def _in_our_words(what: str) -> Iterator[None]:
    try:
        yield
    except PySparkException as error:
        raise TableError(f"{what}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """Return the first line of what Spark says, without the name that it has for such errors."""
    first = next(iter(str(error).strip().splitlines()), type(error).__name__)
    reason = first.partition("] ")[2] if first.startswith("[") else first
    return reason[:1].lower() + reason[1:].rstrip(".")


def _type(kind: DataType) -> str:
    """Return a type as its dialect writes it, whatever the names of fields are."""
    if isinstance(kind, StructType):
        fields = (f"{_quoted(field.name)}: {_type(field.dataType)}" for field in kind.fields)
        return f"STRUCT<{', '.join(fields)}>"
    return f"ARRAY<{_type(kind.elementType)}>" if isinstance(kind, ArrayType) else kind.simpleString()


def _translated(type: str) -> str:
    return exp.DataType.build(type, dialect=DIALECT).sql(_DIALECT)


def _quoted(name: str) -> str:
    return exp.Identifier(this=name, quoted=True).sql(_DIALECT)
