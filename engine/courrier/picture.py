"""Lay rules out as a picture: for each mail and cascade its questions in order, and where each answer leads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from courrier.model import STANDARD, Cascade, Collaborators, Mail, Outcome, Refusal, Rule, RuleBook, ToCascade
from courrier.phrasebook import Language
from courrier.routing import Role, text_in
from courrier.wording import Said, Wording

Kind = Literal["person", "cascade", "refusal", "leaves"]


class Answer(NamedTuple):
    """Where a question leads: in words, with what is to be added in small, and the cascade that it points to."""

    kind: Kind
    text: str
    notes: tuple[str, ...] = ()
    own: bool = False
    """Whether the office has chosen it."""
    to: str | None = None


class Step(NamedTuple):
    """A question with the answer that `yes` or `no` leads to; without a question the answer always holds."""

    question: Said | None
    when: bool
    answer: Answer
    heading: str = ""
    """What starts with this step."""


class Ladder(NamedTuple):
    """Questions in order; the first that is answered so leads to its answer, any other answer to the next question."""

    title: str
    steps: tuple[Step, ...]


class Sheet(NamedTuple):
    """A mail with its ladders, or a cascade, which has a name and one ladder."""

    title: str
    """The empty string where the picture's title says it."""
    ladders: tuple[Ladder, ...]
    name: str | None = None
    note: str = ""


class Picture(NamedTuple):
    """What is drawn: mails, and the cascades that they leave the choice to."""

    title: str
    sheets: tuple[Sheet, ...]
    language: Language
    yes: str
    no: str

    def answer(self, yes: bool) -> str:
        """Return the word that stands at an arrow."""
        return self.yes if yes else self.no


def picture(book: RuleBook, wording: Wording, event: str | None = None, office: Office | None = None) -> Picture:
    """Return the picture of a rule book, or of one of its events.

    Args:
        book: the rules that hold.
        wording: says them.
        event: the event to draw; without one it is all of them, and every cascade.
        office: the office whose rules these are, so that what it has chosen is marked.
    """
    return _Painter(book, wording, event, office).picture()


class Office(NamedTuple):
    """An office, and the rules of the platform that its choices stand against."""

    id: str
    platform: RuleBook


class _Painter:
    def __init__(self, book: RuleBook, wording: Wording, event: str | None, office: Office | None) -> None:
        self._book, self._wording, self._event, self._office = book, wording, event, office
        self._say = wording.say
        self._inline: set[str] = set()
        """The cascades that are drawn where the choice is left to them, since that is one place only."""

    def picture(self) -> Picture:
        mails = [*self._book.mails.values()] if self._event is None else [self._book.mails[self._event]]
        groups = self._alike(mails)
        uses = Counter(name for group in groups for name in self._used_by(group[0]))
        reached = self._reached(uses) if self._event else [*self._book.cascades]
        for name in reached:
            uses.update(rule.outcome.name for rule in self._rules(name) if isinstance(rule.outcome, ToCascade))
        tails = {name for group in groups for role in self._roles(group[0]) for name in self._tail(role[1])}
        self._inline = {name for name in tails if uses[name] == 1} if self._event else set()
        sheets = [self._mail(group) for group in groups]
        sheets += [self._cascade(name) for name in reached if name not in self._inline]
        title = self._title(mails[0]) if self._event else self._say("who gets what")
        if self._office:
            title = self._say("of office", what=title, office=self._office.id)
        words = self._say("yes"), self._say("no")
        return Picture(title, tuple(sheets), self._wording.language, *words)

    def _alike(self, mails: Sequence[Mail]) -> list[list[Mail]]:
        """Return mails, those together whose pictures would be the same but for the title."""
        groups: dict[object, list[Mail]] = {}
        for mail in mails:
            roles = [(role, [*map(_content, _asked(cascade))]) for role, cascade in self._roles(mail)]
            groups.setdefault(repr((roles, [refusal.code for refusal in mail.refusals])), []).append(mail)
        return [*groups.values()]

    def _roles(self, mail: Mail) -> Iterator[tuple[Role, Cascade]]:
        roles: Sequence[tuple[Role, Cascade | None]] = ("from", mail.sender), ("to", mail.to), ("cc", mail.cc)
        yield from ((role, cascade) for role, cascade in roles if cascade is not None)

    def _mail(self, mails: Sequence[Mail]) -> Sheet:
        mail = mails[0]
        ladders = [Ladder(self._say(role), tuple(self._steps(cascade, role))) for role, cascade in self._roles(mail)]
        if mail.sender is None:
            answer = Answer("person", _capital(self._say("the platform")))
            ladders.insert(0, Ladder(self._say("from"), (Step(None, True, answer),)))
        if mail.refusals:
            ladders.append(Ladder(self._say("may it leave?"), tuple(self._refusals(mail.refusals))))
        return Sheet("" if self._event else ", ".join(map(self._title, mails)), tuple(ladders))

    def _cascade(self, name: str) -> Sheet:
        cascade = self._book.cascades[name]
        ladder = Ladder("", tuple(self._steps(cascade, None)))
        return Sheet(_capital(self._wording.cascade(name)), (ladder,), name, self._order(name))

    def _steps(self, cascade: Cascade, role: Role | None) -> Iterator[Step]:
        for rule in _asked(cascade):
            if rule.when is None and isinstance(rule.outcome, ToCascade) and rule.outcome.name in self._inline:
                yield from self._inlined(rule, rule.outcome.name, role)
                return
            if rule.when is None:
                yield Step(None, True, self._answer(rule, role))
                return
            question, when = self._wording.question(rule.when)
            yield Step(question, when, self._answer(rule, role))
        yield Step(None, True, self._end(role))

    def _inlined(self, rule: Rule, name: str, role: Role | None) -> Iterator[Step]:
        marks = " · ".join(filter(None, [*self._marks(rule), self._order(name)]))
        heading = _capital(self._wording.cascade(name)) + (f" · {marks}" if marks else "")
        first, *others = self._steps(self._book.cascades[name], role)
        yield first._replace(heading=heading)
        yield from others

    def _answer(self, rule: Rule, role: Role | None) -> Answer:
        outcome = rule.outcome
        text, own = self._wording.outcome(outcome), self._is_own(rule)
        if not isinstance(outcome, Collaborators):
            text = _capital(text)
        notes = ([rule.name] if rule.named else []) + self._marks(rule)
        if isinstance(outcome, ToCascade):
            return Answer("cascade", text, tuple(notes), own, outcome.name)
        if isinstance(outcome, Collaborators) and role != "cc":
            last_resort = self._wording.cascade(STANDARD)
            notes.append(self._say("when nobody is left", cascade=last_resort))
        return Answer("person", text, tuple(notes), own)

    def _end(self, role: Role | None) -> Answer:
        """Return what is where no rule holds."""
        last_resort = self._say("by cascade", cascade=self._wording.cascade(STANDARD))
        if role == "cc":
            return Answer("person", _capital(self._say("nobody")))
        if role is None:
            return Answer("person", _capital(self._say("nobody")), (self._say("then standard", last=last_resort),))
        return Answer("cascade", _capital(last_resort), to=STANDARD)

    def _refusals(self, refusals: Sequence[Refusal]) -> Iterator[Step]:
        for refusal in refusals:
            question, when = self._wording.question(refusal.when, complete=True)
            notes = (text_in(refusal.message, self._wording.language), refusal.code)
            yield Step(question, when, Answer("refusal", self._say("refused"), notes))
        more = (self._say("all are told"),) if len(refusals) > 1 else ()
        yield Step(None, True, Answer("leaves", self._say("leaves"), more))

    def _used_by(self, mail: Mail) -> Iterator[str]:
        """Yield the cascades that a mail's own rules name."""
        for role, cascade in self._roles(mail):
            rules = _asked(cascade)
            yield from (rule.outcome.name for rule in rules if isinstance(rule.outcome, ToCascade))
            people = any(isinstance(rule.outcome, Collaborators) for rule in rules)
            if role != "cc" and (people or all(rule.when for rule in rules)):
                yield STANDARD

    def _reached(self, names: Mapping[str, int]) -> list[str]:
        """Return some cascades with those that they leave the choice to, in the order of the book."""
        reached: set[str] = set()
        fresh = {*names}
        while fresh:
            reached |= fresh
            outcomes = [rule.outcome for name in fresh for rule in self._rules(name)]
            fresh = {outcome.name for outcome in outcomes if isinstance(outcome, ToCascade)} - reached
        return [name for name in self._book.cascades if name in reached]

    def _rules(self, name: str) -> Sequence[Rule]:
        return _asked(self._book.cascades[name])

    def _tail(self, cascade: Cascade) -> Iterator[str]:
        last = _asked(cascade)[-1]
        if last.when is None and isinstance(last.outcome, ToCascade):
            yield last.outcome.name

    def _is_own(self, rule: Rule) -> bool:
        return rule.id.startswith("offices.")

    def _marks(self, rule: Rule) -> list[str]:
        return [self._say("own", office=self._office.id)] if self._office and self._is_own(rule) else []

    def _order(self, name: str) -> str:
        """Return what marks a cascade that the office has put in an order of its own."""
        if self._office and self._book.cascades[name] != self._office.platform.cascades[name]:
            return self._say("own order", office=self._office.id)
        return ""

    def _title(self, mail: Mail) -> str:
        return text_in(mail.title, self._wording.language) if mail.title else mail.event


def _asked(cascade: Cascade) -> Sequence[Rule]:
    """Return the rules of a cascade up to the first that always holds: no other is reached."""
    always = next((number for number, rule in enumerate(cascade.rules, 1) if rule.when is None), None)
    return cascade.rules[:always]


def _content(rule: Rule) -> tuple[str, object, Outcome]:
    """Return what is seen of a rule."""
    return rule.name if rule.named else "", rule.when, rule.outcome


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
