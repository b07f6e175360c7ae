"""Count what two rule books decide differently about real cases, and who gains and loses mails by it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from courrier.decision import Decision
from courrier.facts import FactsError
from courrier.router import Router

MOST_PEOPLE = 10_000
"""Addresses and events that are counted apart, so that memory has a bound; the mails of others are summed."""


class Mails(NamedTuple):
    """Mails of a kind that an address receives, or others that are summed."""

    address: str
    event: str


OTHERS = Mails("others", "any")


@dataclass(slots=True)
class Tally:
    """What two rule books decide about cases."""

    cases: int = 0
    at_fault: int = 0
    """Cases about which neither decides."""
    first_at_fault: int = 0
    """The line of the first of them."""
    changed: Counter[str] = field(default_factory=Counter)
    """How many cases change, by event."""
    gained: Counter[Mails] = field(default_factory=Counter)
    """How many mails are received that were not."""
    lost: Counter[Mails] = field(default_factory=Counter)
    """How many mails are received no more."""

    def people(self) -> list[Mails]:
        """Return who gains or loses mails, those with the most first, the others last."""
        counts = self.gained + self.lost
        return sorted(counts, key=lambda mails: (mails == OTHERS, -counts[mails], mails))


def tally(before: Router, after: Router, cases: Iterable[tuple[int, Any]]) -> Tally:
    """Return what changes about cases, each with its line, and for whom.

    Raises:
        RulesError: the rules of an office cannot be used.
    """
    counted = Tally()
    for line, facts in cases:
        counted.cases += 1
        was, now = _decided(before, facts), _decided(after, facts)
        decision = now or was
        if decision is None:
            counted.at_fault += 1
            counted.first_at_fault = counted.first_at_fault or line
        elif _told(was) != _told(now):
            event = decision.event
            counted.changed[event] += 1
            old, new = _receive(was), _receive(now)
            _add(counted, counted.gained, new - old, event)
            _add(counted, counted.lost, old - new, event)
    return counted


def _decided(router: Router, facts: Any) -> Decision | None:
    """Return the decision; None where the facts are at fault."""
    try:
        return router.decide(facts)
    except FactsError:
        return None


def _told(decision: Decision | None) -> object:
    """Return what is compared of a decision."""
    if decision is None:
        return None
    return decision.sender, decision.to, decision.cc, {refusal.code for refusal in decision.refusals}


def _receive(decision: Decision | None) -> set[str]:
    return {person.address for person in (*decision.to, *decision.cc)} if decision else set()


def _add(tally: Tally, counter: Counter[Mails], addresses: set[str], event: str) -> None:
    for address in addresses:
        mails = Mails(address, event)
        known = mails in tally.gained or mails in tally.lost
        counter[mails if known or len(tally.gained) + len(tally.lost) < MOST_PEOPLE else OTHERS] += 1
