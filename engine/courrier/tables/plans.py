"""Lay out what decides about each mail of each office: the axes that it looks at, and the addresses that it may give.

Offices' rules are cut by the same axes as the platform's, with the constants of all: cells that are finer than one
office needs do no harm, and the query stays small, however many offices there are.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from courrier.consistency import may_end_open
from courrier.diagnostics import RulesError
from courrier.model import (
    STANDARD,
    AddressOf,
    Cascade,
    Collaborators,
    Condition,
    Fact,
    Mail,
    Refusal,
    SameAsFrom,
    ToCascade,
)
from courrier.routing import Question, Routing
from courrier.situations import ABSENT, Axis, Situations, TestAxis, ValueAxis
from courrier.tables.axes import NO_OPERAND, facts_of

MOST_ENUMERATED = 1024
"""Situations of a role that are all decided beforehand, so that the query looks at one address and not at all."""

SENDER = "from."


class Choice(NamedTuple):
    """Which addresses a role may be given, and how the query finds the one to look at."""

    candidates: tuple[int, ...]
    """Numbers of places; 0 stands for none."""
    axes: tuple[int, ...]
    """The axes that choose."""
    enumerated: bool
    """Whether it is known for every situation which one is chosen."""


class Group(NamedTuple):
    """What plans look at; many have it in common."""

    axes: tuple[int, ...]
    of_sender: tuple[int, ...]
    choices: tuple[Choice, Choice, Choice]
    """Those of `from`, `to` and `cc`."""
    people: bool
    """Whether collaborators may be chosen."""
    refusable: bool


@dataclass(frozen=True)
class Plan:
    """What decides about one mail, for one office that has rules of its own, or for all others."""

    event: str
    office: str | None
    group: int
    chosen: tuple[tuple[int, ...], ...]
    """For each role, by situation, the number of the place whose address is to be looked at."""


class Plans:
    """The plans of a rule book and its offices."""

    def __init__(self, platform: Routing, offices: Mapping[str, Routing | RulesError]) -> None:
        """Take the platform's rules, and those of offices that have rules of their own."""
        self.platform = platform
        deciding = [*_deciding(platform, offices)]
        subjects = [each for _, _, routing, mail in deciding if routing and mail for each in _subjects(routing, mail)]
        self.axes = Situations([*dict.fromkeys(_conditions(subjects))]).axes
        self._numbers = {_subject_of(axis): number for number, axis in enumerate(self.axes)}
        self.places: list[AddressOf] = []
        """Where addresses stand that may be given; the first has the number 1."""
        self.groups: list[Group] = []
        self.plans = [self._plan(*each) for each in deciding]

    @property
    def facts(self) -> Mapping[str, Fact]:
        """The facts that some plan looks at, by path."""
        found = {fact.path: fact for axis in self.axes for fact in facts_of(axis)}
        for place in self.places:
            found |= {fact.path: fact for fact in (place.address, place.name) if fact}
        return {path: fact for path, fact in found.items() if not path.startswith(SENDER)}

    def size(self, axis: int) -> int:
        """Return how many cells the query tells apart on an axis."""
        return max(self.axes[axis].size, NO_OPERAND + 1 if len(facts_of(self.axes[axis])) > 1 else 0)

    def _plan(self, event: str, office: str | None, routing: Routing | None, mail: Mail | None) -> Plan:
        if routing is None or mail is None:
            nothing = Choice((), (), enumerated=True)
            return Plan(event, office, self._group(Group((), (), (nothing,) * 3, False, False)), ((0,),) * 3)
        numbers = {self._numbers[_subject_of(axis)] for each in _subjects(routing, mail)
                   for axis in routing.question(each).situations.axes}  # fmt: skip
        of_sender = {
            number for number in numbers if any(fact.path.startswith(SENDER) for fact in facts_of(self.axes[number]))
        }
        roles = [_Role(self, routing, mail, cascade, name) for name, cascade in _roles(mail)]
        group = Group(
            tuple(sorted(numbers - of_sender)),
            tuple(sorted(of_sender)),
            (roles[0].choice, roles[1].choice, roles[2].choice),
            people=any(role.people for role in roles),
            refusable=bool(mail.refusals),
        )
        return Plan(event, office, self._group(group), tuple(role.chosen for role in roles))

    def _group(self, group: Group) -> int:
        if group not in self.groups:
            self.groups.append(group)
        return self.groups.index(group)

    def place(self, outcome: AddressOf) -> int:
        """Return the number of a place."""
        if outcome not in self.places:
            self.places.append(outcome)
        return self.places.index(outcome) + 1

    def number(self, axis: Axis) -> int:
        """Return the number of the axis that cuts as a question's does, and finer."""
        return self._numbers[_subject_of(axis)]


class _Role:
    """What a role of a mail may be given."""

    def __init__(self, plans: Plans, routing: Routing, mail: Mail, cascade: Cascade | None, name: str) -> None:
        self._plans, self._routing = plans, routing
        self._has_sender = name != "from" and mail.sender is not None
        self._ends_in = routing.book.cascades[STANDARD] if name != "cc" and cascade else None
        reached = [*_reached(routing, cascade, name)]
        outcomes = [rule.outcome for each in reached for rule in each.rules]
        self.people = any(isinstance(outcome, Collaborators) for outcome in outcomes)
        candidates = {plans.place(outcome): None for outcome in outcomes if isinstance(outcome, AddressOf)}
        numbers = {plans.number(axis) for each in reached for axis in routing.question(each).situations.axes}
        axes = tuple(sorted(numbers))
        sizes = [plans.size(axis) for axis in axes]
        enumerated = math.prod(sizes) <= MOST_ENUMERATED
        self.choice = Choice(tuple(candidates), axes, enumerated)
        self._cells: dict[str, Sequence[tuple[int, Mapping[int, int]]]] = {}
        self.chosen: tuple[int, ...] = ()
        if enumerated:
            situations = (dict(zip(axes, cells, strict=True)) for cells in itertools.product(*map(range, sizes)))
            self.chosen = tuple(self._place(cascade, cells) if cascade else 0 for cells in situations)

    def _place(self, cascade: Cascade | None, cells: Mapping[int, int]) -> int:
        """Return the place of the address that a cascade gives in a situation, or gives when nobody else is left."""
        asked = self._routing.in_one_word(cascade) if cascade else None
        while asked:
            question = self._routing.question(asked)
            rule = question.at(tuple(known[cells[number]] for number, known in self._known(question))).rule
            match rule.outcome if rule else None:
                case AddressOf() as outcome:
                    return self._plans.place(outcome)
                case ToCascade(name):
                    asked = self._routing.book.cascades[name]
                case SameAsFrom() if self._has_sender:
                    return 0
                case _:
                    break
        return self._place(self._ends_in, cells) if self._ends_in and asked is not self._ends_in else 0

    def _known(self, question: Question) -> Sequence[tuple[int, Mapping[int, int]]]:
        """Return for each axis of a question its number, and for each cell there the cell on the question's own."""
        known = self._cells.get(question.subject.id)
        if known is None:
            axes = [(self._plans.number(axis), axis) for axis in question.situations.axes]
            known = self._cells[question.subject.id] = [
                (number, _coarser(axis, self._plans.axes[number])) for number, axis in axes
            ]
        return known


def _coarser(axis: Axis, finer: Axis) -> Mapping[int, int]:
    """Return for each cell of an axis the cell that it lies in on another, which is cut at fewer places."""
    if isinstance(axis, TestAxis) or isinstance(finer, TestAxis):
        return {**{cell: cell for cell in range(axis.size)}, NO_OPERAND: ABSENT}
    cells = {ABSENT: ABSENT}
    values: Iterator[tuple[Any, int]] = itertools.chain(
        finer.constants.items(), zip(_between(finer), finer.gaps, strict=False)
    )
    for value, cell in values:
        known = axis.constants.get(value) if axis.constants else None
        cells[cell] = axis.gaps[bisect.bisect(axis.bounds, value)] if known is None else known
    return cells


def _between(axis: ValueAxis) -> Iterator[object]:
    """Yield a value from each gap; what is equal to no constant stands for all that is not."""
    bounds = [Fraction(bound) for bound in axis.bounds]
    if not bounds:
        yield object() if axis.fact.kind not in {"number", "integer"} else 0
        return
    yield bounds[0] - 1
    yield from ((one + other) / 2 for one, other in itertools.pairwise(bounds))
    yield bounds[-1] + 1


def _deciding(
    platform: Routing, offices: Mapping[str, Routing | RulesError]
) -> Iterator[tuple[str, str | None, Routing | None, Mail | None]]:
    """Yield each mail of the platform, and of each office those that its own rules decide about, or all at fault."""
    for event, mail in platform.book.mails.items():
        yield event, None, platform, mail
    for office, routing in offices.items():
        for event, mail in platform.book.mails.items():
            if isinstance(routing, RulesError):
                yield event, office, None, None
            elif _says(routing, own := routing.book.mails[event]) != _says(platform, mail):
                yield event, office, routing, own


def _says(routing: Routing, mail: Mail) -> object:
    return mail, [*_cascades(routing, mail)]


def _subjects(routing: Routing, mail: Mail) -> Iterator[Cascade | Refusal]:
    yield from _cascades(routing, mail)
    yield from mail.refusals


def _cascades(routing: Routing, mail: Mail) -> Iterator[Cascade]:
    for name, cascade in _roles(mail):
        yield from _reached(routing, cascade, name)


def _reached(routing: Routing, cascade: Cascade | None, role: str) -> Iterable[Cascade]:
    """Return the cascades that may be asked for a role, the one among them that decides when nobody is left."""
    found = {each.id: each for each in routing.reached(cascade)}
    if role != "cc" and any(may_end_open(each) or _may_be_nobody(each) for each in found.values()):
        found |= {each.id: each for each in routing.reached(routing.book.cascades[STANDARD])}
    return found.values()


def _may_be_nobody(cascade: Cascade) -> bool:
    return any(isinstance(rule.outcome, Collaborators | SameAsFrom) for rule in cascade.rules)


def _conditions(subjects: Iterable[Cascade | Refusal]) -> Iterator[Condition]:
    for subject in subjects:
        if isinstance(subject, Refusal):
            yield subject.when
        else:
            yield from (rule.when for rule in subject.rules if rule.when)


def _subject_of(axis: Axis) -> object:
    return axis.fact if isinstance(axis, ValueAxis) else axis.test


def _roles(mail: Mail) -> Sequence[tuple[str, Cascade | None]]:
    return ("from", mail.sender), ("to", mail.to), ("cc", mail.cc)
