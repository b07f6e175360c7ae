"""Decide by the rules of one rule book: ask its cascades, take the addresses they give, hear the refusals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Literal, NamedTuple

from courrier.cells import Situation
from courrier.decision import Address, Decision, Reason, Reasons, RefusalNotice, Warning
from courrier.diagnostics import did_you_mean, printable
from courrier.facts import FactsError, read, read_text
from courrier.model import STANDARD, Cascade, Fact, Mail, Refusal, Rule, RuleBook, ToCascade
from courrier.recipients import addresses, each_once
from courrier.situations import Situations
from courrier.verdicts import verdicts

Role = Literal["from", "to", "cc"]

_LANGUAGE = Fact("user.language", "string")
_LANGUAGE_OF_LAST_RESORT = "en"


class Question:
    """A cascade, or a refusal as a cascade of one rule, ready to be asked of facts."""

    def __init__(self, subject: Cascade | Refusal) -> None:
        """Cut the facts that the subject looks at; a refusal insists on those that it compares."""
        self.subject = subject
        if isinstance(subject, Refusal):
            self.situations = Situations([subject.when], fail_closed=True)
        else:
            self.situations = Situations([rule.when for rule in subject.rules])
        self._verdicts = verdicts(self.situations.shape)

    def ask(self, facts: Mapping[str, object]) -> Answer:
        """Return which rule fires.

        Raises:
            FactsError: a fact that the subject looks at is of the wrong type, or absent where it has to be there.
        """
        situation = self.situations.of(facts)
        return Answer(self, situation, self._verdicts.of(situation))


class Answer(NamedTuple):
    """What a question was answered: the situation, and the index of the rule that fires in it, if one does."""

    question: Question
    situation: Situation
    fired: int | None

    @property
    def rule(self) -> Rule | None:
        """The rule of the cascade that fires."""
        subject = self.question.subject
        return subject.rules[self.fired] if isinstance(subject, Cascade) and self.fired is not None else None


class Route(NamedTuple):
    """A decision before it is put into words, with every answer that led to it."""

    mail: Mail
    roles: Mapping[Role, Sequence[Answer]]
    addresses: Mapping[Role, tuple[Address, ...]]
    refusals: Sequence[Answer]
    warnings: tuple[Warning, ...]
    facts: Mapping[str, object]
    """The caller's facts, with the chosen sender as refusals see it."""


class Routing:
    """The rules of one rule book, ready to decide."""

    def __init__(self, book: RuleBook) -> None:
        """Take the book; its cascades are made ready when they are first asked."""
        self.book = book
        self._questions: dict[str, Question] = {}

    def decide(self, facts: Mapping[str, object], lang: str | None = None) -> Decision:
        """Return the decision about the facts, its texts in `lang`, else the user's language, else English.

        Raises:
            FactsError: the facts are at fault.
        """
        return self.in_words(self.route(facts), lang)

    def route(self, facts: Mapping[str, object]) -> Route:
        """Return what is decided about the facts, and every answer that led to it.

        Raises:
            FactsError: the facts are at fault.
        """
        mail = self._mail(read_text(facts, "event.type"))
        read_text(facts, "office.communication_email")
        warnings: list[Warning] = []
        answers: dict[Role, list[Answer]] = {}
        given: dict[Role, tuple[Address, ...]] = {}
        sender = None
        for role, cascade in _roles(mail):
            answers[role], found = self._choose(role, cascade, facts, sender, warnings)
            if role == "from" and found:
                sender = found[0]
            given[role] = each_once(found, but=given["to"] if role == "cc" else ())
        facts = {**facts, "from": as_facts(sender) if sender else None}
        refusals = [self._question(refusal).ask(facts) for refusal in mail.refusals]
        return Route(mail, answers, given, refusals, tuple(dict.fromkeys(warnings)), facts)

    def in_words(self, route: Route, lang: str | None = None) -> Decision:
        """Return the decision that a route comes to.

        Raises:
            FactsError: the language of the user is no string.
        """
        asked = zip(route.mail.refusals, route.refusals, strict=True)
        refusals = [refusal for refusal, answer in asked if answer.fired is not None]
        language = str(lang or read(route.facts, _LANGUAGE) or _LANGUAGE_OF_LAST_RESORT) if refusals else ""
        reasons = {role: tuple(_reasons(answers)) for role, answers in route.roles.items()}
        return Decision(
            event=route.mail.event,
            office=read_text(route.facts, "office.id"),
            outcome="refuse" if refusals else "send",
            sender=next(iter(route.addresses["from"]), None),
            to=() if refusals else route.addresses["to"],
            cc=() if refusals else route.addresses["cc"],
            reasons=Reasons(reasons["from"], reasons["to"], reasons["cc"]),
            refusals=tuple(
                RefusalNotice(
                    refusal.code,
                    text_in(refusal.message, language),
                    text_in(refusal.remedy, language),
                    refusal.span.at,
                )
                for refusal in refusals
            ),
            warnings=route.warnings,
            rules=self.book.digest,
        )

    def _mail(self, event: str) -> Mail:
        mail = self.book.mails.get(event)
        if mail is None:
            found = f"`{printable(event[:60])}`; {did_you_mean(event[:60], self.book.mails)}"
            raise FactsError("event.type", "an event that a mail is for", found)
        return mail

    def _choose(
        self,
        role: Role,
        cascade: Cascade | None,
        facts: Mapping[str, object],
        sender: Address | None,
        warnings: list[Warning],
    ) -> tuple[list[Answer], tuple[Address, ...]]:
        """Return the answers that a role's rules gave, and the addresses; a mail is never lost for want of any."""
        if cascade is None:
            return [], ()
        answers = self._ask(cascade, facts)
        rule = answers[-1].rule
        given = addresses(rule.outcome, facts, sender, warnings) if rule else ()
        found = tuple(islice(given, 1) if role == "from" else given)
        if not found and role != "cc":
            nobody = "there is no sender left" if role == "from" else "nobody is left to receive this mail"
            warnings.append(Warning("no-recipient-left", f"{nobody}, so that the cascade `{STANDARD}` decides"))
            more, found = self._choose(role, self.book.cascades[STANDARD], facts, sender, warnings)
            answers += more
        return answers, found

    def _ask(self, cascade: Cascade, facts: Mapping[str, object]) -> list[Answer]:
        """Return the answers of a cascade and of those that it leaves the choice to."""
        answers = [self._question(in_one_word(cascade, self.book)).ask(facts)]
        while (rule := answers[-1].rule) and isinstance(rule.outcome, ToCascade):
            answers.append(self._question(self.book.cascades[rule.outcome.name]).ask(facts))
        return answers

    def _question(self, subject: Cascade | Refusal) -> Question:
        question = self._questions.get(subject.id)
        if question is None:
            question = self._questions[subject.id] = Question(subject)
        return question


def text_in(texts: Mapping[str, str], language: str) -> str:
    """Return the text in a language, `nl-BE` and `nl_BE` being `nl`, else in English."""
    code = language.replace("_", "-").partition("-")[0].lower()
    return texts.get(code) or texts[_LANGUAGE_OF_LAST_RESORT]


def in_one_word(role: Cascade, book: RuleBook) -> Cascade:
    """Return the cascade that a role names in one word, else the role's own rules."""
    match role.rules:
        case (Rule(named=False, outcome=ToCascade(name)),):
            return book.cascades[name]
    return role


def _reasons(answers: Iterable[Answer]) -> Iterator[Reason]:
    for answer in answers:
        if answer.rule and not answer.rule.is_a_name:
            yield Reason(answer.rule.id, answer.rule.span.at)


def _roles(mail: Mail) -> tuple[tuple[Role, Cascade | None], ...]:
    return ("from", mail.sender), ("to", mail.to), ("cc", mail.cc)


def as_facts(sender: Address) -> Mapping[str, object]:
    """Return a sender as refusals see it."""
    return {"address": sender.address, "domain": sender.address.rpartition("@")[2], "name": sender.name}
