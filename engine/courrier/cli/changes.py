"""Show the changes of one fact that would lead elsewhere, and where to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import click

from courrier.classes import Turned, Way, Working
from courrier.cli.show import label
from courrier.cli.voice import Voice, roles_of
from courrier.decision import Decision
from courrier.diagnostics import printable
from courrier.model import Fact, RuleBook, Test
from courrier.nearest import Change

_MOST_CHANGES, _MOST_WAYS = 12, 3
_OF_ANY = {"in", "starts_with", "ends_with", "contains", "matches"}
"""The operators that can be said of several constants: any of them will do."""
_LONGEST = 200
"""Characters of what a fact would have to be."""


def changes_in_full(changes: Sequence[Change], now: Decision, book: RuleBook, voice: Voice) -> Iterator[str]:
    """Yield as lines what one fact would have to be, and below what would be decided then."""
    yield ""
    yield f"  {click.style(voice.title('what if'), bold=True)}  {voice.say('one fact')}"
    shown = changes if len(changes) <= _MOST_CHANGES + 1 else changes[:_MOST_CHANGES]
    for change in shown:
        yield f"    {_becomes(change.becomes, voice)}"
        yield f"      → {_then(change, now, book, voice)}"
    if len(changes) > len(shown):
        yield f"    {voice.say('further changes', number=str(len(changes) - len(shown)))}"
    if not changes:
        yield f"    {voice.say('no fact')}"


def _becomes(ways: Sequence[Way], voice: Voice) -> str:
    ways = _together(ways) if voice.wording else ways
    shown = ways if len(ways) <= _MOST_WAYS + 1 else ways[:_MOST_WAYS]
    said = [_joined([voice.turned(turned) for turned in way], "and", voice) for way in shown]
    if len(ways) > len(shown):
        said.append(voice.say("other ways", number=str(len(ways) - len(shown))))
    text = printable(_joined(said, "or", voice))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _together(ways: Sequence[Way]) -> Sequence[Way]:
    """Return ways that are said in one breath: either constant will do, and neither."""
    return _merged([tuple(turned for (turned,) in _merged([(one,) for one in way], False)) for way in ways], True)


def _merged(ways: Sequence[Way], held: bool) -> Sequence[Way]:
    """Return ways of which those that compare a fact with constants alike are one, if they hold or if they do not."""
    found: dict[object, Way] = {}
    for way in ways:
        match way:
            case (Turned(Test(fact, operator, tuple(operands)), holds),) if holds == held and operator in _OF_ANY:
                known = found.get((fact, operator), way)[0].leaf
                more = known.operand if isinstance(known, Test) and isinstance(known.operand, tuple) else ()
                merged = Test(fact, operator, tuple(dict.fromkeys((*more, *operands))))
                found[fact, operator] = (Turned(merged, held),)
            case _:
                found[way] = way
    return [*found.values()]


def _joined(parts: Sequence[str], joint: str, voice: Voice) -> str:
    return parts[0] if len(parts) == 1 else voice.say(joint, first=", ".join(parts[:-1]), last=parts[-1])


def _then(change: Change, now: Decision, book: RuleBook, voice: Voice) -> str:
    """Return in what the decision would be another."""
    then, called = change.decision, _called(change, book, voice)
    before = {role: people for role, people, _ in roles_of(now)}
    known = {*now.reasons.sender, *now.reasons.to, *now.reasons.cc}
    said: list[str] = []
    same: list[str] = []
    if then.refusals or now.refusals:
        said.append(voice.outcome(then))
    by = [f"{refusal.code} ({refusal.at})" for refusal in then.refusals]
    after = {role: (people, reasons) for role, people, reasons in roles_of(then)}
    for role in [*after, *(role for role in before if role not in after and not then.refusals)]:
        people, reasons = after.get(role, ((), ()))
        if people != before.get(role):
            # That the same rule gives what the fact would be then, goes without saying, unless there is no more to say.
            told = same if called and role in before and known.issuperset(reasons) else said
            told.append(f"{voice.title(role)} {voice.people(role, people, called)}")
            by += [f"{label(reason.rule)} ({reason.at})" for reason in reasons[-1:] if reason not in known]
    places = click.style(", ".join(dict.fromkeys(by)), dim=True) if by else ""
    return "  ".join(filter(None, [", ".join(said or same), places]))


def _called(change: Change, book: RuleBook, voice: Voice) -> Mapping[str, str]:
    """Return what to say in the place of made-up addresses."""
    names = [leaf.name for way in change.becomes for leaf, _ in way if isinstance(leaf, Working)]
    return {
        address: voice.named(names[0]) if names else voice.fact(book.facts.get(path, Fact(path, "string")))
        for address, path in change.stand_ins.items()
    }
