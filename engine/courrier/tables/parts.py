"""Say in SQL what a row's key is made of: the cells of its facts, and those of the addresses that it may be given."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from sqlglot import exp

from courrier.build import OFFICE_ID
from courrier.model import Fact
from courrier.situations import Axis
from courrier.tables.axes import ODD, Component, component, either, facts_of
from courrier.tables.expressions import (
    FALSE,
    NOTHING,
    SQL,
    WHITE,
    any_of,
    case,
    cast,
    column,
    domain,
    integer,
    is_blank,
    is_odd_name,
    is_plain_address,
    matches,
    not_,
    sql,
)
from courrier.tables.plans import SENDER, Choice, Plans
from courrier.tables.readings import NO_TEXT, Reading

UNKNOWN = -1
"""The plan of rows whose event no mail is for."""
NO_PLACE, ANY_PLACE = 0, -1
"""The numbers of places where no address is looked at, and where any may be chosen."""
_BLANK, _PLAIN = 1, 2
"""The cells of an address that is looked at; that of none is 0."""
ROLES = ("from", "to", "cc")

EVENT, OFFICE = Fact("event.type", "string"), Fact("office.id", "string")
_NEEDED, _LANGUAGE = Fact("office.communication_email", "string"), Fact("user.language", "string")
PEOPLE = Fact("office.collaborators", "objects")
ALWAYS = (EVENT, OFFICE, _NEEDED, _LANGUAGE, PEOPLE)
"""The facts that are looked at whatever the rules say."""

Columns = Iterator[tuple[str, SQL]]


class Parts:
    """What a key is made of, step by step, each of which looks at the columns of those before."""

    def __init__(self, plans: Plans, read: Callable[[Fact], Reading], prefix: str, chosen: Sequence[int]) -> None:
        """Take the plans, what reads facts, and what the names of columns begin with.

        `chosen` are the numbers of places that plans choose, one after the other.
        """
        self._plans, self._read, self._prefix, self._chosen = plans, read, prefix, chosen
        self._every = set(range(len(plans.groups)))
        self.components: list[tuple[SQL, Component]] = []
        """Each with the column that has its cell."""

    def name(self, of: str) -> str:
        """Return the name of a column that is added."""
        return f"{self._prefix}_{of}"

    def column(self, of: str) -> SQL:
        """Return a column that is added."""
        return column(self.name(of))

    def of_facts(self) -> Columns:
        """Yield the cells of facts."""
        event, office, needed = (self._read(fact) for fact in (EVENT, OFFICE, _NEEDED))
        unknown = self.column("plan").eq(integer(UNKNOWN))
        raw = sql(":event || ' ' || :office", event=either(event), office=either(office))
        yield self._add(Component(case([(unknown, integer(ODD))], integer(0)), 1, raw), self._every)
        id = matches(office.value, OFFICE_ID.pattern)
        yield self._add(Component(case([(id, integer(0))], integer(ODD)), 1, either(office)), self._every)
        there = case([(needed.odd, integer(ODD)), (needed.there, integer(1))], integer(0))
        yield self._add(Component(there, 2, needed.raw, may_be_odd=needed.odd != FALSE), self._every)
        yield from self._of_kinds()
        for number, axis in enumerate(self._plans.axes):
            groups = {index for index, group in enumerate(self._plans.groups) if number in group.axes}
            if groups:
                yield self._add_axis(number, axis, [self._read(fact) for fact in facts_of(axis)], groups)

    def _of_kinds(self) -> Columns:
        """Yield whether facts that are not compared are of the right kind, where their columns leave that open."""
        looked_at: dict[Fact, set[int]] = {}
        for index, group in enumerate(self._plans.groups):
            places = [self._plans.places[place - 1] for choice in group.choices for place in choice.candidates]
            facts = [fact for place in places for fact in (place.address, place.name) if fact]
            facts += [_LANGUAGE] * group.refusable + [PEOPLE] * group.people
            for fact in facts:
                looked_at.setdefault(fact, set()).add(index)
        for fact, groups in looked_at.items():
            read = self._read(fact)
            if read.odd != FALSE:
                yield self._add(Component(case([(read.odd, integer(ODD))], integer(0)), 1, read.raw), groups)

    def places(self) -> Columns:
        """Yield the number of the place whose address is looked at, for each role."""
        for index, role in enumerate(ROLES):
            branches = []
            for choice, groups in self._by_choice(index):
                if choice.candidates:
                    branches.append((self.is_in(groups), self._place(role, choice)))
            yield self.name(f"{role}_place"), case(branches, integer(NO_PLACE))

    def _place(self, role: str, choice: Choice) -> SQL:
        if not choice.enumerated:
            return integer(ANY_PLACE)
        number: SQL = integer(1)
        cells = [self.column(f"axis_{axis}") for axis in choice.axes]
        for cell, axis in zip(cells, choice.axes, strict=True):
            number = sql("(:number - 1) * :size + :cell + 1", number=number, size=self._plans.size(axis), cell=cell)
        found = "LIST_EXTRACT(:chosen, :start + :number)"
        chosen = sql(found, chosen=exp.convert([*self._chosen]), start=self.column(role), number=number)
        return case([(any_of(*(cell.eq(integer(ODD)) for cell in cells)), integer(ANY_PLACE))], chosen)

    def looked_at(self) -> Columns:
        """Yield the address that is looked at, and the name with it, for each role."""
        for index, role in enumerate(ROLES):
            place = self.column(f"{role}_place")
            numbers = {place for choice, _ in self._by_choice(index) for place in choice.candidates}
            for part in ("address", "name"):
                facts = {n: getattr(self._plans.places[n - 1], part) for n in sorted(numbers)}
                branches = [(place.eq(integer(n)), self._read(fact).value) for n, fact in facts.items() if fact]
                yield self.name(f"{role}_{part}"), case(branches, cast(NOTHING, exp.DType.TEXT))

    def of_addresses(self) -> Columns:
        """Yield the cells of the addresses that are looked at: none, blank or plain."""
        for index, role in enumerate(ROLES):
            place, address, name = (self.column(f"{role}_{part}") for part in ("place", "address", "name"))
            candidates = {number: None for choice, _ in self._by_choice(index) for number in choice.candidates}
            if not candidates:
                yield self.name(f"{role}_cell"), integer(0)
                continue
            branches = [
                (place.eq(integer(NO_PLACE)), integer(0)),
                (is_plain_address(address), integer(_PLAIN)),
                (sql(":place > 0 AND :blank", place=place, blank=is_blank(address)), integer(_BLANK)),
            ]
            everything = self._everything(candidates)
            raw = case([(place.eq(integer(ANY_PLACE)), everything)], address)
            yield self._add(Component(case(branches, integer(ODD)), 3, raw), self._every, f"{role}_cell")
            if any(self._plans.places[number - 1].name for number in candidates):
                cell = case([(is_odd_name(name), integer(ODD))], integer(0))
                yield self._add(Component(cell, 1, name), self._every)

    def _everything(self, places: Collection[int]) -> SQL:
        """Return a text of all that stands at some places."""
        facts = dict.fromkeys(
            fact for n in places for fact in (self._plans.places[n - 1].address, self._plans.places[n - 1].name) if fact
        )
        return in_a_row([measured(self._read(fact).value) for fact in facts])

    def of_sender(self) -> Columns:
        """Yield the cells of what refusals see of the sender."""
        address, name = self.column("from_address"), self.column("from_name")
        is_plain = self.column("from_cell").eq(integer(_PLAIN))
        named = sql(":plain AND NOT :blank", plain=is_plain, blank=is_blank(name))
        of_sender = {
            "address": Reading(address, is_plain, not_(is_plain)),
            "domain": Reading(domain(address), is_plain, not_(is_plain)),
            "name": Reading(sql("TRIM(:name, :white)", name=name, white=WHITE), named, not_(is_plain)),
        }
        for number, axis in enumerate(self._plans.axes):
            groups = {index for index, group in enumerate(self._plans.groups) if number in group.of_sender}
            if groups:
                reads = [
                    of_sender[fact.path.removeprefix(SENDER)] if fact.path.startswith(SENDER) else self._read(fact)
                    for fact in facts_of(axis)
                ]
                yield self._add_axis(number, axis, reads, groups)

    def _add_axis(self, number: int, axis: Axis, reads: Sequence[Reading], groups: set[int]) -> tuple[str, SQL]:
        made = component(axis, reads[0], reads[1] if len(reads) > 1 else None, self.name(f"listed_{number}"))
        return self._add(made, groups, f"axis_{number}")

    def _add(self, part: Component, groups: set[int], name: str | None = None) -> tuple[str, SQL]:
        """Add a component to the key; rows of other groups all fall in its first cell."""
        name = self.name(name or f"cell_{len(self.components)}")
        self.components.append((column(name), part))
        return name, case([(self.is_in(groups), part.cell)], integer(0)) if groups < self._every else part.cell

    def is_in(self, groups: Collection[int]) -> SQL:
        """Return whether a row's plan is of some groups."""
        return exp.In(this=self.column("grp"), expressions=[integer(group) for group in sorted(groups)])

    def _by_choice(self, index: int) -> Iterable[tuple[Choice, set[int]]]:
        """Return the choices of a role, and which groups have them."""
        found: dict[Choice, set[int]] = {}
        for number, group in enumerate(self._plans.groups):
            found.setdefault(group.choices[index], set()).add(number)
        return found.items()


def measured(text: SQL) -> SQL:
    """Return a text after its length, so that it can be told where it ends."""
    return sql("CAST(LENGTH(COALESCE(:text, '')) AS TEXT) || ':' || COALESCE(:text, '')", text=text)


def in_a_row(texts: Sequence[SQL]) -> SQL:
    """Return texts one after the other."""
    joined: SQL = texts[0] if texts else NO_TEXT
    for text in texts[1:]:
        joined = sql(":joined || :text", joined=joined, text=text)
    return joined
