"""Make the record of a decision: what was decided and in which situation, and nothing that says about whom."""

from __future__ import annotations

import json
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, get_args

from courrier.cells import Situation
from courrier.decision import Decision, Json, Warning
from courrier.model import AddressOf, Collaborators, SameAsFrom
from courrier.recipients import addresses
from courrier.routing import Answer, Question, Role, Route
from courrier.words import BOUNDS, Pseudonyms, Word, source_of, word_of

NOT_SAID = "a collaborator"
"""Stands for collaborators whom a rule names, where there is no key."""
MOST_REMEMBERED = 4096
"""Situations of a cascade whose words are remembered; when there are more, remembering starts anew."""


class Decided(NamedTuple):
    """A decision with every answer that led to it: what `on_decision` is given."""

    decision: Decision
    route: Route


class Records:
    """Makes the records of decisions."""

    def __init__(self, key: str | bytes | None = None) -> None:
        """Take the key of the pseudonyms that stand for people; without one there are none.

        Raises:
            ValueError: the key is too short to hide anything.
        """
        self._hide = Pseudonyms(key)
        self._words: weakref.WeakKeyDictionary[Question, dict[Situation, tuple[Word, ...]]]
        self._words = weakref.WeakKeyDictionary()

    def of(self, decided: Decided) -> dict[str, Json]:
        """Return the record of a decision as a JSON object."""
        decision, route = decided
        gives, left_out = _gives(decision.office, route, self._hide)
        asked: dict[str, Json] = {role: [_asked(answer) for answer in answers] for role, answers in route.roles.items()}
        asked["refuse"] = [_asked(answer) for answer in route.refusals]
        record: dict[str, Json] = {
            "event": decision.event,
            "office": decision.office,
            "outcome": decision.outcome,
            "refusals": [refusal.code for refusal in decision.refusals],
            "warnings": [warning.code for warning in decision.warnings],
            "rules": decision.rules,
            "gives": gives,
            "asked": asked,
            "facts": self._facts(route),
        }
        if self._hide:
            record["left_out"] = [*left_out]
            record["people"] = {role: [*map(self._hide.person, given)] for role, given in route.addresses.items()}
            record["key"] = self._hide.key_id
        return record

    def _facts(self, route: Route) -> list[Json]:
        """Return what the answers of a route tell of the facts, each word once."""
        words: list[Json] = []
        for answer in (*(answer for answers in route.roles.values() for answer in answers), *route.refusals):
            words += [dict(word) for word in self._of(answer) if word not in words]
        return words

    def _of(self, answer: Answer) -> tuple[Word, ...]:
        known = self._words.setdefault(answer.question, {})
        words = known.get(answer.situation)
        if words is None:
            if len(known) >= MOST_REMEMBERED:
                known.clear()
            cells = zip(answer.question.situations.axes, answer.situation, strict=True)
            words = known[answer.situation] = tuple(word_of(axis, cell, self._hide) for axis, cell in cells)
        return words


def _asked(answer: Answer) -> Json:
    subject = answer.question.subject
    fired = answer.rule.id if answer.rule else subject.id if answer.fired is not None else None
    return {"id": subject.id, "cells": [*answer.situation], "rule": fired}


def _gives(office: str, route: Route, hide: Pseudonyms) -> tuple[dict[str, Json], Iterable[str]]:
    """Return where the addresses of each role come from, and which collaborators are left out."""
    gives: dict[str, Json] = {}
    left_out: dict[str, None] = {}
    sender: list[Json] = []
    for role, answers in route.roles.items():
        sources: list[Json] = []
        for answer in answers:
            match answer.rule.outcome if answer.rule else None:
                case AddressOf() as outcome:
                    sources.append(source_of(outcome))
                case Collaborators(names):
                    given, missed = _told_apart(names, role, route)
                    if hide:
                        sources += [hide.collaborator(office, name) for name in given]
                        left_out |= dict.fromkeys(str(hide.collaborator(office, name)) for name in missed)
                    elif given:
                        sources.append(NOT_SAID)
                case SameAsFrom():
                    sources += sender
        gives[role] = sources
        if role == "from":
            sender = sources
    return gives, left_out


def _told_apart(names: Sequence[str], role: Role, route: Route) -> tuple[list[str], list[str]]:
    """Return the collaborators whom an outcome gives, and those whom it leaves out."""
    warnings: list[Warning] = []
    given: list[str] = []
    missed: list[str] = []
    rest = list(names)
    for _ in addresses(Collaborators(tuple(names)), route.facts, None, warnings):
        # Each name before this one gave a warning.
        before = len(warnings) - len(missed)
        missed += rest[:before]
        given.append(rest[before])
        del rest[: before + 1]
        if role == "from":
            return given, missed
    return given, [*missed, *rest]


class Record(NamedTuple):
    """What a replay needs of a record."""

    event: str
    office: str
    outcome: str
    refusals: frozenset[str]
    rules: str
    gives: Mapping[Role, tuple[str, ...]]
    facts: tuple[Word, ...]
    left_out: frozenset[str]
    key: str | None


def parse(line: bytes) -> Record:
    """Return the record on a line of a log.

    Raises:
        ValueError: there is none.
    """
    try:
        found = json.loads(line)
        return Record(
            event=_text(found["event"]),
            office=_text(found["office"]),
            outcome=_text(found["outcome"]),
            refusals=frozenset(_texts(found["refusals"])),
            rules=_text(found["rules"]),
            gives={role: tuple(_texts(found["gives"][role])) for role in get_args(Role)},
            facts=tuple(map(_word, found["facts"])),
            left_out=frozenset(_texts(found.get("left_out", []))),
            key=_text(found.get("key", "")) or None,
        )
    except (AttributeError, KeyError, TypeError, RecursionError) as error:
        raise ValueError("no record of a decision") from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _texts(values: list[object]) -> Iterator[str]:
    return map(_text, values)


def _word(word: dict[str, Any]) -> Word:
    """Return a word, in one of the forms that words have."""
    match {key: value for key, value in word.items() if key not in {"fact", "type"}}:
        case {"absent": bool(), **rest}:
            values: list[Any] = []
        case {"in": [_, *_] as values, **rest} | {"not_in": [_, *_] as values, **rest}:
            pass
        case {"within": [_, *_] as stretches, **rest}:
            values = []
            limits = [limit for stretch in stretches for limit in stretch.items()]
            if not all(bound in BOUNDS and isinstance(limit, int | float) for bound, limit in limits):
                raise TypeError
        case {"test": str(), "holds": bool() | None, **rest}:
            values = []
        case _:
            raise TypeError
    if rest or not all(isinstance(value, str | int | float) for value in values):
        raise TypeError
    return {**word, "fact": _text(word["fact"]), "type": _text(word["type"])}
