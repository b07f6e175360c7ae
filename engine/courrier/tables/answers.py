"""Decide about one row of each key, and say where its addresses stand, so that all rows of the key are answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from courrier.diagnostics import RulesError
from courrier.facts import FactsError, rules_at_fault
from courrier.model import AddressOf, SameAsFrom
from courrier.recipients import addresses, each_once
from courrier.records import Decided
from courrier.router import Router
from courrier.routing import Role, Route, Routing
from courrier.tables.plans import Plans


class Given(NamedTuple):
    """The addresses that a role is given: that at a place, or some that are the same for all rows of a key."""

    place: int
    addresses: Sequence[str]


NOBODY = Given(0, ())


class Answer(NamedTuple):
    """What all rows of a key are answered; of rows at fault, what is wrong with them."""

    outcome: str | None
    sender: Given = NOBODY
    to: Given = NOBODY
    cc: Given = NOBODY
    rule_from: str | None = None
    rule_to: str | None = None
    rule_cc: str | None = None
    refusals: Sequence[str] = ()
    warnings: Sequence[str] = ()
    path: str | None = None
    reason: str | None = None

    def row(self) -> Sequence[object]:
        """Return the answer as a row of a table with columns of `TYPES`."""
        return [self.outcome, *self.sender, *self.to, *self.cc, *self[4:]]


TYPES: Mapping[str, str] = {
    "outcome": "TEXT",
    **{
        f"{role}_{part}": type
        for role in ("from", "to", "cc")
        for part, type in (("place", "INTEGER"), ("addresses", "TEXT[]"))
    },
    **dict.fromkeys(("rule_from", "rule_to", "rule_cc"), "TEXT"),
    **dict.fromkeys(("refusals", "warnings"), "TEXT[]"),
    **dict.fromkeys(("path", "reason"), "TEXT"),
}
"""The columns of an answer, with their types in the dialect of expressions."""


class Rules:
    """A rule book, with those offices' own rules that a table has to do with."""

    def __init__(self, path: Path, offices: Iterable[str]) -> None:
        """Load the platform's rules, and those of offices.

        Raises:
            RulesError: the platform's rules are at fault; those of an office only are for its rows to bear.
        """
        ids = [*offices]
        self._decided: list[Decided] = []
        self._router = Router.load(path, offices=len(ids) + 1, on_decision=self._decided.append)
        platform = self._router.book()
        own: dict[str, Routing | RulesError] = {}
        for office in ids:
            try:
                book = self._router.book(office)
            except RulesError as error:
                own[office] = error
            else:
                if book is not platform:
                    own[office] = Routing(book)
        self.plans = Plans(Routing(platform), own)

    def answer(self, facts: Mapping[str, object], *, alone: bool) -> Answer:
        """Return what is decided about the facts of a row, or what is wrong with them.

        Of a row that has its key `alone`, the addresses themselves are part of the answer.
        """
        try:
            self._router.decide(facts)
        except FactsError as error:
            return at_fault(error)
        except RulesError as error:
            return at_fault(rules_at_fault(error))
        decision, route = self._decided.pop()
        sends = decision.outcome == "send"
        sender, to, cc = (
            self._given(role, route, alone) if sends or role == "from" else NOBODY for role in route.roles
        )
        if not to.place and not cc.place:
            cc = Given(0, [address.address for address in decision.cc])
        by = [reasons[-1].rule if reasons else None for reasons in decision.reasons]
        refusals, warnings = ([each.code for each in notices] for notices in (decision.refusals, decision.warnings))
        return Answer(decision.outcome, sender, to, cc, by[0], by[1], by[2], refusals, warnings)

    def _given(self, role: Role, route: Route, alone: bool) -> Given:
        rule = route.roles[role][-1].rule if route.roles[role] else None
        match rule.outcome if rule else None:
            case None:
                return NOBODY
            case SameAsFrom():
                return self._given("from", route, alone)
            case outcome:
                found = each_once(addresses(outcome, route.facts, None, []))
                if isinstance(outcome, AddressOf) and found[0].address.isascii() and not alone:
                    return Given(self.plans.place(outcome), ())
                return Given(0, [address.address for address in (found[:1] if role == "from" else found)])


def at_fault(error: FactsError) -> Answer:
    """Return the answer to rows whose facts are at fault."""
    return Answer(None, path=error.path, reason=f"wanted {error.wanted}, found {error.found}")
