"""Make facts about which two rule books really decide differently."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from courrier.facts import FactsError
from courrier.model import AddressOf, Outcome
from courrier.proof.candidates import made_up
from courrier.proof.compare import Difference
from courrier.proof.gaps import reached
from courrier.proof.realms import Realms
from courrier.proof.subjects import OFFICE, Book, Subject
from courrier.proof.walk import Domains
from courrier.proof.ways import End
from courrier.proof.witness import Facts, witness


def example(what: str, difference: Difference, realms: Realms, subject: Subject) -> Facts | None:
    """Return facts that show a difference in a role, or in a refusal by its id; None where none were found."""

    def shows(facts: Facts) -> bool:
        return _decided(what, subject.before, facts) != _decided(what, subject.after, facts)

    ends = {**_made_up(difference.before.end), **_made_up(difference.after.end)}
    if difference.example is None:  # it is not even known whether the tests can turn out so
        return None
    small = difference.situations, difference.example
    for values in (*map(realms.values, small), {**_all_made_up(subject), **realms.values(_last(difference, realms))}):
        values = {**ends, **values, **subject.given}
        office = str(values.get(OFFICE) or subject.office)
        for book in (subject.after, subject.before):
            if facts := witness(book.routing, subject.event, office, values, shows):
                return facts
    return None


def _last(difference: Difference, realms: Realms) -> Domains:
    """Return the last of some situations: the first are those in which facts are absent that others may need."""
    possible = [cells & seen for cells, seen in zip(difference.situations, realms.seen, strict=True)]
    return [
        1 << cells.bit_length() >> 1 if cells != seen else seen
        for cells, seen in zip(possible, realms.seen, strict=True)
    ]


def _all_made_up(subject: Subject) -> Mapping[str, object]:
    """Return values of all facts that the mail's rules may give, so that nobody need be left out as given already."""
    outcomes = (
        rule.outcome
        for mail, book in subject.sides
        for cascade in reached(mail, book.rules).values()
        for rule in cascade.rules
    )
    return dict(itertools.chain.from_iterable(_made_up(outcome).items() for outcome in outcomes))


def _decided(what: str, book: Book, facts: Facts) -> object:
    """Return what is decided about a role or by a refusal; all errors are alike."""
    try:
        decision = book.decide(facts)
    except FactsError:
        return "an error"
    given = {"from": decision.sender, "to": decision.to, "cc": decision.cc}
    return given[what] if what in given else what in {f"refusals.{refusal.code}" for refusal in decision.refusals}


def _made_up(end: End | Outcome) -> Mapping[str, object]:
    """Return values of the facts that an end gives, so that one end can be told from another."""
    facts = [fact for fact in (end.address, end.name) if fact] if isinstance(end, AddressOf) else []
    return {fact.path: made_up(fact) for fact in facts}
