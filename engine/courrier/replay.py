"""Say which logged decisions would come out differently under other rules, as far as the log tells.

What comes out is whether the mail leaves, what refuses it, and where its addresses come from. Facts that the log says
nothing of are taken to be well formed; whether they are there is open.
"""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Iterator
from typing import Literal, NamedTuple

from courrier.explain import written
from courrier.knowledge import FAULT, Knowledge
from courrier.model import STANDARD, AddressOf, Cascade, Collaborators, Refusal, RuleBook, SameAsFrom, ToCascade
from courrier.records import NOT_SAID, Record, parse
from courrier.router import Router
from courrier.routing import Question, Role
from courrier.situations import ValueAxis
from courrier.verdicts import verdicts
from courrier.words import HIDDEN, Pseudonyms, Word, source_of

State = Literal["alike", "different", "cannot be told"]
Sources = tuple[str, ...]
"""Where the addresses of a role come from."""

MOST_SITUATIONS = 256
"""Situations that are tried where the log leaves several open; with more, the cascade may answer anything."""
MOST_REMEMBERED = 4096

_AT_FAULT: Sources = ("facts at fault",)


class Replayed(NamedTuple):
    """What would come of a logged decision: the same, something else, or what the log cannot tell."""

    event: str
    office: str
    state: State
    details: tuple[str, ...] = ()
    """What would be different, or what the log lacks."""


class Replay:
    """Replays the lines of a log against the rules of a router."""

    def __init__(self, router: Router, key: str | bytes | None = None) -> None:
        """Take the other rules, and the key that the log was written with.

        Raises:
            ValueError: the key is too short.
        """
        self._router = router
        self._hide, self._hide_nothing = Pseudonyms(key), Pseudonyms(None)
        self._replayed: dict[bytes, Replayed] = {}
        self._questions: dict[tuple[str, str], Question] = {}

    def line(self, line: bytes) -> Replayed:
        """Return what would come of the decision that a line records.

        Raises:
            RulesError: the rules of the office are at fault.
            ValueError: the line records no decision.
        """
        record = parse(line)
        same = hashlib.sha256(repr(record).encode()).digest()  # a record may be long
        replayed = self._replayed.get(same)
        if replayed is None:
            if len(self._replayed) >= MOST_REMEMBERED:
                self._replayed.clear()
            replayed = self._replayed[same] = self._of(record)
        return replayed

    def _of(self, record: Record) -> Replayed:
        book = self._router.book(record.office)
        if book.digest == record.rules:
            return Replayed(record.event, record.office, "alike")
        if len(self._questions) >= MOST_REMEMBERED:
            self._questions.clear()
        hide = self._hide if record.key == self._hide.key_id else self._hide_nothing
        return _Walk(book, record, hide, self._questions).replayed()


class _Walk:
    """A decision's way through other rules; where the log does not tell which way, all are gone."""

    def __init__(
        self, book: RuleBook, record: Record, hide: Pseudonyms, questions: dict[tuple[str, str], Question]
    ) -> None:
        self._book, self._record, self._hide, self._questions = book, record, hide, questions
        self._differs: list[str] = []
        self._lacks: dict[str, None] = {}
        self._given = frozenset(itertools.chain.from_iterable(record.gives.values())) - {NOT_SAID}
        self._standard = book.cascades[STANDARD]
        self._words = (*record.facts, *_on_every_line(record))
        self._known = Knowledge(self._words, hide)
        self._open: dict[str, None] = {}
        """What left more than one way open since the last comparison."""

    def replayed(self) -> Replayed:
        """Return what would come of the decision."""
        record, book = self._record, self._book
        mail = book.mails.get(record.event)
        if mail is None:
            return Replayed(record.event, record.office, "different", ("no mail is for this event",))
        was = record.gives
        senders = self._ways("from", mail.sender, None)
        self._compare("from", was["from"], senders)
        sender = was["from"] if senders == {was["from"]} else None
        recipients: tuple[tuple[Role, Cascade | None, Sources], ...] = ("to", mail.to, ()), ("cc", mail.cc, was["to"])
        for role, cascade, but in recipients:
            ways = self._ways(role, cascade, sender)
            if record.outcome == "refuse":
                self._compare(role, (), {self._unless_at_fault(way) for way in ways})
            else:
                self._compare(role, _each_once(was[role], but), {way and _each_once(way, but) for way in ways})
        known = Knowledge(_with_sender(self._words, sender), self._hide)
        for code in record.refusals - {refusal.code for refusal in mail.refusals}:
            self._compare("refused by", (code,), {()})
        for refusal in mail.refusals:
            fired = {0: (refusal.code,), None: (), FAULT: _AT_FAULT}
            before = fired[0] if refusal.code in record.refusals else ()
            self._compare("refused by", before, {fired[way] for way in self._fired(refusal, known)})
        if self._differs:
            return Replayed(record.event, record.office, "different", tuple(self._differs))
        if self._lacks:
            return Replayed(record.event, record.office, "cannot be told", tuple(sorted(self._lacks)))
        return Replayed(record.event, record.office, "alike")

    def _compare(self, what: str, was: Sources, ways: set[Sources | None]) -> None:
        """Note whether all ways differ from what was, or some do; None may be anything."""
        if was not in ways and None not in ways:
            now = " or ".join(sorted(_written(way) for way in ways if way is not None))
            self._differs.append(f"{what}: {_written(was)} before, {now} now")
        elif ways != {was}:
            self._lacks |= self._open
        self._open = {}

    def _unless_at_fault(self, sources: Sources | None) -> Sources | None:
        """Return nothing for recipients that a refused mail does not have, as long as they can be no fault."""
        if sources is None or sources == _AT_FAULT:
            return sources
        self._open |= {source: None for source in sources if source not in self._given}
        return () if self._given.issuperset(sources) else None

    def _ways(self, role: Role, cascade: Cascade | None, sender: Sources | None) -> set[Sources | None]:
        """Return where a role's addresses may come from."""
        if cascade is None:
            return {()}
        ways = set(self._outcomes(role, cascade, sender))
        if () in ways and role != "cc" and cascade.id != self._standard.id:
            ways = ways - {()} | set(self._outcomes(role, self._standard, sender))
        return ways

    def _outcomes(self, role: Role, cascade: Cascade, sender: Sources | None) -> Iterator[Sources | None]:
        for fired in self._fired(cascade, self._known):
            match cascade.rules[fired].outcome if fired is not None and fired != FAULT else fired:
                case ToCascade(name):
                    yield from self._outcomes(role, self._book.cascades[name], sender)
                case AddressOf() as outcome:
                    yield (source_of(outcome),)
                case Collaborators(names):
                    yield self._collaborators(role, names)
                case SameAsFrom():
                    yield sender
                case None:
                    yield ()
                case _:
                    yield _AT_FAULT

    def _collaborators(self, role: Role, names: tuple[str, ...]) -> Sources | None:
        """Return which of some collaborators receive the mail; None where the log does not tell of one of them."""
        given: list[str] = []
        for name in names:
            hidden = self._hide.collaborator(self._record.office, name)
            if hidden in self._given:
                given.append(str(hidden))
                if role == "from":
                    break
            elif hidden not in self._record.left_out:
                self._open["office.collaborators"] = None
                return None
        return tuple(given)

    def _fired(self, subject: Cascade | Refusal, known: Knowledge) -> set[int | None]:
        """Return which rules of a cascade may fire, None for none of them, FAULT where the facts may be at fault."""
        question = self._question(subject)
        axes = question.situations.axes
        cells = [sorted(known.cells(axis)) for axis in axes]
        for axis, its_cells in zip(axes, cells, strict=True):
            if not its_cells:
                raise ValueError("the record contradicts itself")
            if len(its_cells) > 1:
                self._open[axis.fact.path if isinstance(axis, ValueAxis) else written(axis.test)] = None
        if math.prod(map(len, cells)) > MOST_SITUATIONS:
            return {*range(len(question.situations.shape)), None, FAULT}
        verdict = verdicts(question.situations.shape).of
        return {FAULT if FAULT in situation else verdict(situation) for situation in itertools.product(*cells)}

    def _question(self, subject: Cascade | Refusal) -> Question:
        key = self._book.digest, subject.id
        question = self._questions.get(key)
        if question is None:
            question = self._questions[key] = Question(subject)
        return question


def _on_every_line(record: Record) -> Iterator[Word]:
    """Yield what is known of the facts of every decision."""
    yield {"fact": "event.type", "type": "string", "in": [record.event]}
    yield {"fact": "office.id", "type": "string", "in": [record.office]}
    yield {"fact": "office.communication_email", "type": "address", "absent": False}


def _with_sender(words: tuple[Word, ...], sender: Sources | None) -> Iterator[Word]:
    """Yield words, those about the chosen sender only where it is the one that the record tells of."""
    yield from (word for word in words if sender is not None or not _is_of_sender(word))
    if sender is not None:
        yield {"fact": "from.address", "type": "address", "absent": not sender}
        yield {"fact": "from.domain", "type": "host", "absent": not sender}
        if not sender or not (sender[0].startswith(HIDDEN) or "<" in sender[0]):
            yield {"fact": "from.name", "type": "string", "absent": True}


def _is_of_sender(word: Word) -> bool:
    return str(word["fact"]).startswith("from.") or "{fact: from." in str(word.get("test", ""))


def _each_once(sources: Sources, but: Sources = ()) -> Sources:
    """Return sources without those whose address is there already."""
    unique = dict(zip(map(_address, reversed(sources)), reversed(sources), strict=True))
    taken = set(map(_address, but))
    return tuple(unique[address] for address in dict.fromkeys(map(_address, sources)) if address not in taken)


def _address(source: str) -> str:
    """Return a source without that of the name.

    >>> _address("user.name <user.email>"), _address("user.email")
    ('user.email', 'user.email')
    """
    return source.rpartition("<")[2].removesuffix(">")


def _written(sources: Sources) -> str:
    if sources == _AT_FAULT:
        return sources[0]
    return ", ".join(f"`{source}`" for source in sources) or "none"
