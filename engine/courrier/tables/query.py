"""Build the query that gives each row its key: its plan, its cells, and what is odd about it.

Rows with the same key are decided alike. The key may be finer than it has to be, and never coarser: what the query
does not understand is part of the key as it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from sqlglot import exp

from courrier.model import Fact
from courrier.tables.axes import ODD
from courrier.tables.expressions import NOTHING, SQL, all_of, any_of, case, cast, column, integer, named, select, sql
from courrier.tables.parts import EVENT, OFFICE, ROLES, UNKNOWN, Columns, Parts, in_a_row, measured
from courrier.tables.plans import Plans
from courrier.tables.readings import NO_TEXT, Reading

WHOLE = "*"
"""What the odd text of a row begins with that is part of the key as a whole."""
_LARGEST_KEY = 2**62
_ZERO = cast(integer(0), exp.DType.BIGINT)


class Table(NamedTuple):
    """A small table that the query needs beside the rows."""

    columns: Mapping[str, str]
    """The types of the columns, in the dialect of expressions."""
    rows: Sequence[Sequence[object]]


class Keys:
    """The query that adds a key to each row."""

    def __init__(
        self,
        plans: Plans,
        read: Callable[[Fact], Reading],
        rows: str,
        *,
        odd: SQL | None,
        people: SQL | None,
        prefix: str,
    ) -> None:
        """Build the query.

        Args:
            plans: what decides about the rows.
            read: reads facts from the columns of the rows.
            rows: the name of the rows.
            odd: a text of rows of which Python has to look at each; NULL for others.
            people: a text or a number that tells lists of collaborators apart.
            prefix: what the names of the columns begin with that the query adds.
        """
        self._plans, self._read, self._odd, self._people = plans, read, odd, people
        self._starts: dict[Sequence[int], int] = {}
        chosen: list[int] = []
        for each in dict.fromkeys(each for plan in plans.plans for each in plan.chosen):
            self._starts[each] = len(chosen)
            chosen += each
        self._parts = Parts(plans, read, prefix, chosen)
        self.name, self.column = self._parts.name, self._parts.column
        self.tables: dict[str, Table] = {}
        """The tables that the query needs beside the rows, by name."""
        self.key: dict[str, str] = {self.name("plan"): "INTEGER"}
        """The columns of the key, with their types."""
        self.views: dict[str, exp.Select] = {}
        """What is added to the rows, step by step, by name."""
        self.rows = self._with_plans(rows)
        """The last of the views: the rows with their keys, and with what was needed for these."""
        for name, step in {
            "facts": self._parts.of_facts,
            "places": self._parts.places,
            "looked_at": self._parts.looked_at,
            "addresses": self._parts.of_addresses,
            "sender": self._parts.of_sender,
            "keyed": self._keys,
        }.items():
            self.rows = self._with(self.rows, self.name(name), step())

    def address(self, place: SQL) -> SQL:
        """Return the address that stands at a place, given by its number; NULL at none."""
        addresses = [self._read(each.address).value for each in self._plans.places]
        branches = [(place.eq(integer(number)), address) for number, address in enumerate(addresses, 1)]
        return case(branches, cast(NOTHING, exp.DType.TEXT))

    def _with(self, rows: str, name: str, added: Columns) -> str:
        columns = [named(value, name) for name, value in added]
        for _, part in self._parts.components:
            if part.lookup and part.lookup.into not in self.tables:
                table = part.lookup.into
                self.tables[table] = Table({f"{table}_text": "TEXT", table: "INTEGER"}, [*part.lookup.cells.items()])
                self.views[f"{table}_rows"] = _joined(rows, table, part.lookup.text.eq(column(f"{table}_text")))
                rows = f"{table}_rows"
        self.views[name] = select(columns, rows, all_of_them=True)
        return name

    def _with_plans(self, rows: str) -> str:
        """Join the plans to the rows, by the event, and by the office and the event."""
        types = {"event": "TEXT", "office": "TEXT", **dict.fromkeys(("plan", "grp", *ROLES), "INTEGER")}
        listed: dict[str, list[list[object]]] = {"platform": [], "own": []}
        for number, plan in enumerate(self._plans.plans):
            starts = [self._starts[chosen] for chosen in plan.chosen]
            row: list[object] = [plan.event, plan.office, number, plan.group, *starts]
            listed["platform" if plan.office is None else "own"].append(row)
        event, office = self._read(EVENT).value, self._read(OFFICE).value
        for name in listed:
            if listed[name]:
                table = self.name(name)
                self.tables[table] = Table({f"{table}_{of}": type for of, type in types.items()}, listed[name])
                on: SQL = event.eq(column(f"{table}_event"))
                if name == "own":
                    on = all_of(on, office.eq(column(f"{table}_office")))
                self.views[f"{table}_rows"] = _joined(rows, table, on)
                rows = f"{table}_rows"
        added = []
        for name in ("plan", "grp", *ROLES):
            given = [self.column(f"{table}_{name}") for table in ("own", "platform") if listed[table]]
            default = integer(UNKNOWN if name in {"plan", "grp"} else 0)
            added.append(named(exp.func("COALESCE", *given, default), self.name(name)))
        self.views[self.name("planned")] = select(added, rows, all_of_them=True)
        return self.name("planned")

    def _keys(self) -> Columns:
        """Yield the columns of the key: cells as digits of numbers, and texts."""
        number, room = _ZERO, _LARGEST_KEY
        for cell, part in self._parts.components:
            size = part.size + part.may_be_odd
            if size == 1 or part.size == 1:  # all that it says is whether there is something odd
                continue
            if size > room:
                yield self._named(f"key_{len(self.key)}", "BIGINT"), number
                number, room = _ZERO, _LARGEST_KEY
            digit = sql(":cell + 1", cell=cell) if part.may_be_odd else cell
            number = sql("(:number) * :size + :digit", number=number, size=size, digit=digit)
            room //= size
        yield self._named(f"key_{len(self.key)}", "BIGINT"), number
        parts = [(cell, part.raw) for cell, part in self._parts.components if part.may_be_odd]
        odd = [
            case([(cell.eq(integer(ODD)), sql(":number || :raw", number=f"{n}=", raw=measured(raw)))], NO_TEXT)
            for n, (cell, raw) in enumerate(parts)
        ]
        is_odd = any_of(*(cell.eq(integer(ODD)) for cell, _ in parts))
        texts = case([(is_odd, in_a_row(odd))], NO_TEXT)
        if self._odd is not None:
            texts = sql("COALESCE(:mark || :whole, :texts)", mark=WHOLE, whole=self._odd, texts=texts)
        yield self._named("odd", "TEXT"), texts
        if any(group.people for group in self._plans.groups) and self._people is not None:
            groups = {index for index, group in enumerate(self._plans.groups) if group.people}
            people = sql(
                "COALESCE(:office, '') || ' ' || COALESCE(CAST(:people AS TEXT), '')",
                office=self._read(OFFICE).value,
                people=self._people,
            )
            yield self._named("people", "TEXT"), case([(self._parts.is_in(groups), people)], NO_TEXT)

    def _named(self, of: str, type: str) -> str:
        self.key[self.name(of)] = type
        return self.name(of)


def _joined(rows: str, table: str, on: SQL) -> exp.Select:
    """Return rows with what a small table says about each, or with NULL."""
    return select([], rows, all_of_them=True).join(
        exp.to_identifier(table, quoted=True), on=on, join_type="left", copy=False
    )
