"""Open the files of a table: which columns they have, and which facts these hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from sqlglot import exp

from courrier.build import OFFICE_ID
from courrier.model import Fact
from courrier.tables.columns import Branch, cells, find, flattened, in_cells, layout
from courrier.tables.expressions import SQL, as_json, column, matches, named, select, sql, struct
from courrier.tables.files import Format
from courrier.tables.parts import OFFICE, PEOPLE
from courrier.tables.query import Table
from courrier.tables.readings import Reading, facts_of, reading, sample

ROWS = "courrier_rows"
"""The name of the rows as they are."""
LINE = "line"
"""The column that has lines of JSON."""
LISTS = ("to", "cc", "refusals", "warnings")
"""The columns that tables get that are lists."""


class Engine(Protocol):
    """What runs queries."""

    @property
    def dialect(self) -> str:
        """What sqlglot calls its dialect of SQL."""

    def open(self, name: str, files: Sequence[str], format: Format) -> Mapping[str, str]:
        """Give the rows of some files a name; return their columns, with their types."""

    def define(self, name: str, query: exp.Query) -> None:
        """Give a query a name."""

    def make(self, name: str, table: Table) -> None:
        """Make a small table."""

    def add(self, name: str, table: Table, rows: Iterable[Sequence[object]]) -> None:
        """Add rows to a table that was made."""

    def keep(self, name: str, query: exp.Query) -> None:
        """Make a table of what a query finds."""

    def fetch(self, query: exp.Query) -> Iterator[tuple[Any, ...]]:
        """Yield what a query finds."""

    def write(self, query: exp.Query, output: str, format: Format) -> None:
        """Write what a query finds into a file."""

    def share(self, share: float) -> None:
        """Say which share of all that is to be done the next query is."""

    def __enter__(self) -> Engine:
        """Use the engine until the block ends."""

    def __exit__(self, *_: object) -> None:
        """Give everything back."""


class Facts(Protocol):
    """The rows of a table with columns for the facts that are looked at."""

    @property
    def rows(self) -> exp.Select:
        """The rows with these columns."""

    @property
    def odd(self) -> SQL | None:
        """A text of rows of which Python has to look at each; NULL for others."""

    @property
    def people(self) -> SQL | None:
        """What tells lists of collaborators apart."""

    @property
    def sample(self) -> SQL:
        """What to fetch of a row for `of`."""

    def read(self, fact: Fact) -> Reading:
        """Return how the query reads a fact."""

    def of(self, sample: Any) -> Any:
        """Return the facts that a row holds, of which the sample was fetched.

        Raises:
            FactsError: it holds none.
        """


class Source(Protocol):
    """The rows of a table, and how facts are read from them."""

    def offices(self) -> exp.Select:
        """Return a query for the ids of the offices in the table."""

    def facts(self, facts: Iterable[Fact], prefix: str) -> Facts:
        """Return the rows with columns for some facts, whose names begin with a prefix."""

    def with_columns(self, added: Mapping[str, SQL], rows: str, format: Format) -> exp.Select:
        """Return rows with columns added, in the place of those that have the same names, to be written in a format."""


class Columns:
    """A table with a column for each fact, or one for the object that it is in."""

    def __init__(self, engine: Engine, files: Sequence[str], format: Format) -> None:
        """Look at the columns of some files."""
        self._types, self._format, self._dialect = engine.open(ROWS, files, format), format, engine.dialect
        self._root = cells([*self._types]) if format == "csv" else layout(self._types, engine.dialect)

    def offices(self) -> exp.Select:
        """Return a query for the ids of the offices in the table."""
        return offices(reading(self._root, OFFICE).value, ROWS)

    def facts(self, facts: Iterable[Fact], prefix: str) -> Facts:
        """Return the rows with columns for some facts, whose names begin with a prefix."""
        return _FactsInColumns(self._root, {fact.path: fact for fact in facts}, prefix)

    def with_columns(self, added: Mapping[str, SQL], rows: str, format: Format) -> exp.Select:
        """Return rows with columns added, in the place of those that have the same names, to be written in a format."""
        kept = {name: column(name) for name in self._types}
        if format == "csv" and self._format != "csv":
            kept = in_cells(self._types, self._dialect)
        return with_columns(kept, added, rows, format)


class _FactsInColumns:
    def __init__(self, root: Branch, known: Mapping[str, Fact], prefix: str) -> None:
        self._known = known
        self._root, columns = flattened(root, known, prefix)
        self.rows = select(columns, ROWS, all_of_them=True)
        self.odd = None
        self._samples = dict(each for each in (sample(self._root, fact) for fact in known.values()) if each)
        self.sample = struct({f"v{n}": value for n, value in enumerate(self._samples.values())})

    def read(self, fact: Fact) -> Reading:
        return reading(self._root, fact)

    @property
    def people(self) -> SQL | None:
        _, node = find(self._root, PEOPLE.path)
        return None if node is None or isinstance(node, Branch) else sql("HASH(:people)", people=node.where)

    def of(self, sample: Mapping[str, object]) -> Mapping[str, object]:
        return facts_of(self._root, self._known, dict(zip(self._samples, sample.values(), strict=True)))


def offices(id: SQL, rows: str) -> exp.Select:
    """Return a query for ids of offices, each once."""
    some = select([named(id, "id")], rows).distinct(copy=False)
    return some.where(matches(id, OFFICE_ID.pattern), copy=False)


def with_columns(kept: Mapping[str, SQL], added: Mapping[str, SQL], rows: str, format: Format) -> exp.Select:
    """Return rows with the columns that are kept, unless their names are taken, and those that are added."""
    columns = {name: value for name, value in kept.items() if name not in added}
    if format == "csv":
        added = {name: as_json(value) if name in LISTS else value for name, value in added.items()}
    return select([named(value, name) for name, value in {**columns, **added}.items()], rows)
