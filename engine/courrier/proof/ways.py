"""Lay out all that a role of a mail can come to in one list, the cascades that rules leave the choice to included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from courrier.cells import ALWAYS, CellCondition, join
from courrier.model import (
    STANDARD,
    AddressOf,
    Cascade,
    Collaborators,
    Mail,
    Refusal,
    Rule,
    RuleBook,
    SameAsFrom,
    ToCascade,
)
from courrier.proof.people import AnyOf
from courrier.proof.realms import Asked, Realms
from courrier.routing import Role
from courrier.situations import Situations

MOST_WAYS = 20_000


@dataclass(frozen=True, slots=True)
class Fault:
    """The facts are at fault: the one at the path is needed to know, and not there."""

    path: str


@dataclass(frozen=True, slots=True)
class FirstOf:
    """The sender, of some collaborators: the first who can receive mail."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refuses:
    """The mail may not leave."""


@dataclass(frozen=True, slots=True)
class Passes:
    """The mail may leave."""


@dataclass(frozen=True, slots=True)
class Nobody:
    """No address; a cascade gave nothing."""

    cascade: str


End = AddressOf | Collaborators | FirstOf | Nobody | Refuses | Passes | Fault


class Way(NamedTuple):
    """One way to an end; of several the first whose condition holds is taken."""

    when: CellCondition
    end: End
    rule: Rule | None = None


class TooManyWaysError(Exception):
    """Cascades that leave the choice to one another make too many ways."""


class Ways:
    """The ways of the mails of one rule book, over the realms of all that they ask."""

    def __init__(self, book: RuleBook, first: int = 0) -> None:
        """Take the book; `first` is the number of the first question, where realms ask other things before these."""
        self._book = book
        self._first = first
        self._numbers: dict[str | tuple[str, ...], int] = {}
        self.asked: list[Asked] = []
        """What the realms have to be made of, once all roles that matter are named by `ask`."""

    def ask(self, mail: Mail) -> None:
        """Note all that the roles of a mail may ask."""
        roles = [role for role in (mail.sender, mail.to, mail.cc) if role]
        todo = [*roles, *filter(None, [self._book.cascades.get(STANDARD)])]
        for cascade in todo:
            if cascade.id not in self._numbers:
                self._note(cascade.id, Situations([rule.when for rule in cascade.rules]))
                for rule in cascade.rules:
                    if isinstance(rule.outcome, ToCascade):
                        todo.append(self._book.cascades[rule.outcome.name])
                    elif isinstance(rule.outcome, Collaborators) and rule.outcome.names not in self._numbers:
                        self._note(rule.outcome.names, AnyOf(rule.outcome.names))

    def of(self, role: Role, mail: Mail, realms: Realms, *, last_resort: bool = True) -> list[Way]:
        """Return the ways of a role of a mail.

        Args:
            role: `from`, `to` or `cc`.
            mail: the mail, which has been asked for.
            realms: the realms of what is asked.
            last_resort: whether the standard cascade takes over where the role gives nobody, as it does.

        Raises:
            TooManyWaysError: there are more than anybody can go.
        """
        cascade = {"from": mail.sender, "to": mail.to, "cc": mail.cc}[role]
        ways: list[Way] = []
        for way in _Layout(self._book, mail, realms, self._numbers, self._first, last_resort).role(role, cascade):
            ways.append(way)
            if len(ways) > MOST_WAYS:
                raise TooManyWaysError
        return ways

    def _note(self, key: str | tuple[str, ...], asked: Asked) -> None:
        self._numbers[key] = self._first + len(self.asked)
        self.asked.append(asked)


def ways_of_refusal(refusal: Refusal | None, realms: Realms, number: int) -> list[Way]:
    """Return the ways of a refusal, which is asked under a number; without one every mail passes."""
    if refusal is None:
        return [Way(ALWAYS, Passes())]
    (when,) = realms.conditions[number]
    faults = [Way(where, Fault(path)) for path, where in realms.faults(number)]
    return [*faults, Way(when, Refuses()), Way(ALWAYS, Passes())]


class _Layout(NamedTuple):
    book: RuleBook
    mail: Mail
    realms: Realms
    numbers: Mapping[str | tuple[str, ...], int]
    first: int
    last_resort: bool

    def role(self, role: Role, cascade: Cascade | None) -> Iterator[Way]:
        if cascade is None:
            yield Way(ALWAYS, Nobody(""))
        else:
            yield from self.cascade(role, cascade, ALWAYS)

    def cascade(self, role: Role, cascade: Cascade, under: CellCondition) -> Iterator[Way]:
        """Yield the ways of a cascade that is asked under a condition."""
        number = self.numbers[cascade.id]
        for path, where in self.realms.faults(number):
            yield Way(self._and(under, where), Fault(path))
        for rule, when in zip(cascade.rules, self.realms.conditions[number], strict=True):
            here = self._and(under, when)
            match rule.outcome:
                case AddressOf() as address:
                    yield Way(here, address, rule)
                case ToCascade(name):
                    yield from self.cascade(role, self.book.cascades[name], here)
                case SameAsFrom():
                    for way in self.role("from", self.mail.sender):
                        yield Way(self._and(here, way.when), way.end, rule)
                case Collaborators(names) as people:
                    (anybody,) = self.realms.conditions[self.numbers[names]]
                    yield Way(self._and(here, anybody), FirstOf(names) if role == "from" else people, rule)
                    yield from self._nobody(role, names, here)
            if when == ALWAYS:
                return
        yield from self._nobody(role, cascade.id, under)

    def _nobody(self, role: Role, gave_nothing: str | tuple[str, ...], under: CellCondition) -> Iterator[Way]:
        """Yield what follows where a cascade, or a list of collaborators, gives nobody."""
        if role == "cc" or (isinstance(gave_nothing, str) and not self.last_resort):
            yield Way(under, Nobody(gave_nothing if isinstance(gave_nothing, str) else ""))
        elif gave_nothing != f"cascades.{STANDARD}" and STANDARD in self.book.cascades:
            yield from self.cascade(role, self.book.cascades[STANDARD], under)

    def _and(self, first: CellCondition, second: CellCondition) -> CellCondition:
        return join([first, second], self.realms.sizes, every=True)
