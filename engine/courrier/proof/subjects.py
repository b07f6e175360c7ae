"""Know what two rule books decide about, and when that means the same."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import NamedTuple

from courrier.decision import Decision
from courrier.model import Cascade, Mail, RuleBook
from courrier.proof.gaps import ROLES, meaning, reached, role_of
from courrier.proof.points import facts_of
from courrier.proof.witness import Facts
from courrier.routing import Routing
from courrier.situations import Situations

EVENT, OFFICE = "event.type", "office.id"
"""The facts that say which event and which office it is."""
NAMED = "cascades."
"""How the id of a cascade that others can name starts."""


class Book(NamedTuple):
    """The rules that hold for an office in one of two rule books."""

    rules: RuleBook
    routing: Routing
    """Decides by these rules."""
    decide: Callable[[Facts], Decision]
    """Decides by the whole rule book, whichever the office."""


class Subject(NamedTuple):
    """A mail of an office that two rule books decide about."""

    event: str
    office: str
    any_office: bool
    """Whether it stands for every office without choices of its own."""
    before: Book
    after: Book

    def meaning(self, *, of_anybody: bool = False) -> tuple[object, ...]:
        """Return what the rules mean, wherever they stand: what means the same changes in the same way.

        With `of_anybody` it is what they mean whoever it is that the mail names, as long as the same ones are the same.
        """
        people: dict[str, int] | None = {} if of_anybody else None
        named = [_named(mail, book.rules) for mail, book in self.sides]
        cascades = [{id: meaning(cascade) for id, cascade in sorted(of_side.items())} for of_side in named]
        for cascade in itertools.chain.from_iterable(of_side.values() for of_side in named):
            meaning(cascade, people)  # whoever a cascade names is known from here on, and nobody else
        before, after = (
            (
                *(meaning(role_of(mail, role), people) for role in ROLES),
                *of_side.items(),
                *((refusal.code, refusal.when) for refusal in mail.refusals),
            )
            for (mail, _), of_side in zip(self.sides, cascades, strict=True)
        )
        return self.event, self.asks, before, after

    @property
    def sides(self) -> tuple[tuple[Mail, Book], ...]:
        """The mail and the rules, before and after."""
        return tuple((book.rules.mails[self.event], book) for book in (self.before, self.after))

    @property
    def given(self) -> Mapping[str, object]:
        """The facts that are known."""
        return {EVENT: self.event} if self.any_office else {EVENT: self.event, OFFICE: self.office}

    @property
    def asks(self) -> object:
        """The facts that are known, where rules look at the event or the office, so that nothing holds for others."""
        asked = any(_asks(mail, book.rules) for mail, book in self.sides)
        return tuple(self.given.items()) if asked else ()


def _named(mail: Mail, book: RuleBook) -> dict[str, Cascade]:
    """Return the cascades of the book that a mail's roles may ask, by id."""
    return {id: cascade for id, cascade in reached(mail, book).items() if id.startswith(NAMED)}


def _asks(mail: Mail, book: RuleBook) -> bool:
    """Tell whether the rules of a mail look at which event or which office it is."""
    conditions = [rule.when for cascade in reached(mail, book).values() for rule in cascade.rules]
    axes = Situations([*conditions, *(refusal.when for refusal in mail.refusals)]).axes
    return any(fact.path in {EVENT, OFFICE} for axis in axes for fact in facts_of(axis))
