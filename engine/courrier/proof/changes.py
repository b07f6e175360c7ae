"""Tell in what two rule books decide differently about a mail, and show it by facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from courrier.diagnostics import quoted
from courrier.facts import FactsError
from courrier.model import AddressOf, Collaborators, Mail, RuleBook
from courrier.proof.candidates import made_up
from courrier.proof.compare import Comparison, Difference, compared
from courrier.proof.gaps import ROLES, meaning, reached, role_of
from courrier.proof.phrases import situations_in_words
from courrier.proof.realms import ALWAYS_THERE, Realms
from courrier.proof.ways import End, Fault, FirstOf, Nobody, Passes, Refuses, Way, Ways, ways_of_refusal
from courrier.proof.witness import Facts, witness
from courrier.routing import Routing
from courrier.situations import Situations

_SENDER = frozenset({"from.address", "from.domain"})


class Book(NamedTuple):
    """The rules that hold for an office in one of two rule books, and what decides by them."""

    rules: RuleBook
    routing: Routing


class Change(NamedTuple):
    """Situations in which two rule books decide differently."""

    what: str
    """`from`, `to`, `cc`, or a refusal's id."""
    where: str
    """The situations, in words."""
    before: Way
    after: Way
    facts: Facts | None
    """Facts that show the change; None where none were found, so that there only may be a change."""

    @property
    def ways(self) -> tuple[Way, Way]:
        """What the situations come to, before and after."""
        return self.before, self.after


class Changes(NamedTuple):
    """What changes for a mail, and whether that is all."""

    listed: tuple[Change, ...]
    complete: bool


def means(mail: Mail, book: RuleBook) -> object:
    """Return what the rules of a mail mean, wherever they stand: equal meanings decide alike."""
    roles = [(role, meaning(role_of(mail, role))) for role in ROLES]
    cascades = [(id, meaning(cascade)) for id, cascade in reached(mail, book).items() if id.startswith("cascades.")]
    return *roles, *sorted(cascades), *((refusal.code, refusal.when) for refusal in mail.refusals)


def changes(event: str, office: str, before: Book, after: Book) -> Changes:
    """Return what changes for a mail that both rule books have.

    Raises:
        TooManyWaysError: there are more ways through the cascades than anybody can go.
    """
    found: list[Change] = []
    complete = True
    for what, comparison, realms in _comparisons(before.rules, after.rules, event):
        complete = complete and comparison.complete
        for difference in comparison.differences:
            where = situations_in_words(difference.situations, realms.shown, realms)
            facts = _example(event, office, before, after, difference, realms)
            found.append(Change(what, where, difference.before, difference.after, facts))
    return Changes(tuple(found), complete)


def outcome(routing: Routing, facts: Facts) -> object:
    """Return what is decided about facts, without the reasons: from, to and cc, or which refusals or fault."""
    try:
        decision = routing.decide(facts)
    except FactsError as error:
        return "fault", error.path
    refusals = [refusal.code for refusal in decision.refusals]
    return decision.sender, decision.to, decision.cc, refusals


def in_words(end: End) -> str:
    """Say what two rule books come to."""
    match end:
        case AddressOf(address, name):
            return quoted(address.path) + (f" with the name {quoted(name.path)}" if name else "")
        case Collaborators(names):
            return "the collaborators " + ", ".join(map(quoted, names))
        case FirstOf(names):
            return "the first of the collaborators " + ", ".join(map(quoted, names))
        case Refuses():
            return "refused"
        case Passes():
            return "not refused"
        case Fault(path):
            return f"an error: `{path}` is missing"
        case Nobody():
            return "nobody"


def _comparisons(before: RuleBook, after: RuleBook, event: str) -> Iterator[tuple[str, Comparison, Realms]]:
    old, new = before.mails[event], after.mails[event]
    first = Ways(before)
    first.ask(old)
    second = Ways(after, len(first.asked))
    second.ask(new)
    realms = Realms([*first.asked, *second.asked])
    for role in ROLES:
        yield role, compared(first.of(role, old, realms), second.of(role, new, realms), realms), realms
    refusals = {one.code: one for one in (*old.refusals, *new.refusals)}
    always_there = ALWAYS_THERE | _SENDER if old.sender and new.sender else ALWAYS_THERE
    for code in refusals:
        pair = [next((one for one in mail.refusals if one.code == code), None) for mail in (old, new)]
        asked = [Situations([one.when] if one else [], fail_closed=True) for one in pair]
        realms = Realms(asked, always_there)
        was, now = (ways_of_refusal(one, realms, number) for number, one in enumerate(pair))
        yield refusals[code].id, compared(was, now, realms), realms


def _example(
    event: str, office: str, before: Book, after: Book, difference: Difference, realms: Realms
) -> Facts | None:
    """Return facts about which the two rule books really decide differently."""
    if difference.example is None:
        return None
    given = {**_asked_for(difference.before.end), **_asked_for(difference.after.end)}

    def shows(facts: Facts) -> bool:
        return outcome(before.routing, facts) != outcome(after.routing, facts)

    made = (
        witness(book.routing, event, office, {**given, **realms.values(domains)}, shows)
        for domains in (difference.situations, difference.example)
        for book in (after, before)
    )
    return next((facts for facts in made if facts), None)


def _asked_for(end: End) -> Mapping[str, object]:
    """Return values of the facts that an end gives, so that one end can be told from another."""
    facts = [fact for fact in (end.address, end.name) if fact] if isinstance(end, AddressOf) else []
    return {fact.path: made_up(fact) for fact in facts}
