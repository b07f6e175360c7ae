"""Tell in what two rule books decide differently about a mail, and show it by facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from courrier.diagnostics import quoted
from courrier.model import AddressOf, Cascade, Collaborators, Mail, Rule, ToCascade
from courrier.proof.compare import Comparison, Difference, compared
from courrier.proof.examples import example
from courrier.proof.gaps import ROLES, meaning, role_of
from courrier.proof.phrases import situations_in_words
from courrier.proof.realms import ALWAYS_THERE, OF_SENDER, Realms
from courrier.proof.subjects import NAMED, Subject
from courrier.proof.walk import Steps
from courrier.proof.ways import (
    End,
    Fault,
    Passes,
    Refuses,
    TooManyWaysError,
    Way,
    Ways,
    ways_of_refusal,
)
from courrier.proof.witness import Facts
from courrier.situations import Situations


class Shared(NamedTuple):
    """A cascade that both rule books leave something to, with all that its decisions depend on."""

    cascade: str
    """Its id."""
    meaning: object


class Change(NamedTuple):
    """Situations in which two rule books decide differently."""

    where: str
    """The situations, in words."""
    before: Way
    after: Way
    facts: Facts | None
    """Facts that show the change; None where none were found, so that there only may be a change."""
    within: Shared | None
    """The cascade whose rules decide in both rule books, if it is one: the change is the cascade's."""

    @property
    def ways(self) -> tuple[Way, Way]:
        """What the situations come to, before and after."""
        return self.before, self.after


class Changes(NamedTuple):
    """What changes in a role of a mail, or in a refusal."""

    listed: tuple[Change, ...]
    complete: bool
    """Whether that is all."""
    left_to: Shared | None = None
    """The cascade that the role is left to as a whole, in both: all changes within it are listed."""


def changes(subject: Subject, steps: Steps) -> dict[str, Changes]:
    """Return what changes for a mail that both rule books have, by role or id of a refusal.

    Args:
        subject: the mail.
        steps: the steps that may be taken; where they do not suffice, what changes is not complete.
    """
    found: dict[str, Changes] = {}
    _, _, before, after = subject.meaning()
    if before == after:
        return found
    for what, comparison, realms in (*_roles(subject, steps), *_refusals(subject, steps)):
        listed = tuple(_change(what, difference, realms, subject) for difference in comparison.differences)
        if listed or not comparison.complete:
            found[what] = Changes(listed, comparison.complete, _left_to(what, subject))
    return found


def in_words(end: End) -> str:
    """Say what two rule books come to."""
    match end:
        case AddressOf(address, name):
            return quoted(address.path) + (f" with the name {quoted(name.path)}" if name else "")
        case Collaborators(names):
            return f"the collaborator{'s' if len(names) > 1 else ''} {', '.join(map(quoted, names))}"
        case Refuses():
            return "refused"
        case Passes():
            return "not refused"
        case Fault(path):
            return f"an error, since {quoted(path)} is missing"
    return "nobody"


def _roles(subject: Subject, steps: Steps) -> Iterator[tuple[str, Comparison, Realms]]:
    (old, before), (new, after) = subject.sides
    first = Ways(before.rules)
    first.ask(old)
    second = Ways(after.rules, len(first.asked))
    second.ask(new)
    realms = Realms([*first.asked, *second.asked], _needed(subject), _as_known(subject), steps)
    for role in ROLES:
        try:
            yield role, compared(first.of(role, old, realms), second.of(role, new, realms), realms, steps=steps), realms
        except TooManyWaysError:
            yield role, Comparison((), complete=False), realms


def _refusals(subject: Subject, steps: Steps) -> Iterator[tuple[str, Comparison, Realms]]:
    old, new = ({refusal.code: refusal for refusal in mail.refusals} for mail, _ in subject.sides)
    always_there = _needed(subject)
    for code in old | new:
        pair = old.get(code), new.get(code)
        asked = [Situations([refusal.when] if refusal else [], fail_closed=True) for refusal in pair]
        realms = Realms(asked, always_there, _as_known(subject), steps)
        before, after = (ways_of_refusal(refusal, realms, number) for number, refusal in enumerate(pair))
        yield f"refusals.{code}", compared(before, after, realms, steps=steps), realms


def _as_known(subject: Subject) -> Mapping[str, Sequence[object]]:
    return {path: [value] for path, value in subject.given.items()}


def _needed(subject: Subject) -> frozenset[str]:
    """Return the facts without which neither rule book decides about the mail."""
    sides = [{*_given_always(mail)} for mail, _ in subject.sides]
    return ALWAYS_THERE.union(set.intersection(*sides))


def _given_always(mail: Mail) -> Iterator[str]:
    """Yield the facts that have to be there since a role gives them whatever the situation, and those of the sender."""
    for role in ROLES:
        match role_of(mail, role):
            case Cascade(_, (Rule(when=None, outcome=AddressOf(fact)), *_)):
                yield fact.path
    yield from OF_SENDER if mail.sender else ()


def _change(what: str, difference: Difference, realms: Realms, subject: Subject) -> Change:
    before, after = difference.before, difference.after
    where = situations_in_words(difference.situations, realms.shown, realms)
    facts = example(what, difference, realms, subject)
    cascades = {way.rule.id.rpartition(".")[0] if way.rule else "" for way in (before, after)}
    cascade = cascades.pop()
    within = _shared(what, cascade, subject) if not cascades and cascade.startswith(NAMED) else None
    return Change(where, before, after, facts, within)


def _left_to(what: str, subject: Subject) -> Shared | None:
    """Return the cascade that a role is left to as a whole, in both rule books."""
    left_to = set()
    for mail, _ in subject.sides:
        cascade = next((role_of(mail, role) for role in ROLES if role == what), None)
        rule = cascade.rules[0] if cascade else None
        left_to.add(rule.outcome.name if rule and rule.is_a_name and isinstance(rule.outcome, ToCascade) else "")
    name = left_to.pop()
    return _shared(what, f"{NAMED}{name}", subject) if name and not left_to else None


def _shared(what: str, cascade: str, subject: Subject) -> Shared:
    name = cascade.removeprefix(NAMED)
    return Shared(
        cascade, (what == "from", subject.asks, *(meaning(book.rules.cascades[name]) for _, book in subject.sides))
    )
