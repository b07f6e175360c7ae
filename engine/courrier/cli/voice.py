"""Say the same to two kinds of reader: to authors with tests as they are written, to an office in its own words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import click

from courrier.classes import Turned, Working
from courrier.cli.show import in_a_table, label, who_and_why
from courrier.decision import Address, Decision, Reason, Warning
from courrier.diagnostics import printable
from courrier.model import STANDARD, Fact, Mail
from courrier.phrasebook import LANGUAGES, Language
from courrier.routing import Role, text_in
from courrier.wording import Wording


class Voice:
    """Says what was decided, and what would be."""

    def __init__(self, wording: Wording | None = None) -> None:
        """Take the words of an office; without any, speak to an author, in English."""
        self.wording = wording
        self._phrases = wording or Wording("en")

    @classmethod
    def of(cls, lang: str | None, rules: Path) -> Voice:
        """Return the voice for what `--lang` says; English for a language that rules cannot be said in."""
        code = (lang or "").replace("_", "-").partition("-")[0].lower()
        language: Language = next((language for language in LANGUAGES if language == code), "en")
        return cls(Wording.of_book(language, rules) if lang else None)

    def say(self, key: str, **words: str) -> str:
        """Return a phrase."""
        return self._phrases.say(key, **words)

    def title(self, key: str) -> str:
        """Return what stands before a line or over some, with a capital only in the words of an office."""
        return self.say(key) if self.wording else self.say(key).lower()

    def sentence(self, text: str) -> str:
        """Return a sentence, with a capital only in the words of an office."""
        return text[:1].upper() + text[1:] if self.wording else text

    def outcome(self, decision: Decision) -> str:
        """Return whether the mail leaves, in colour."""
        refused = decision.outcome == "refuse"
        said = self.say("refused" if refused else "leaves") if self.wording else decision.outcome
        return click.style(said, fg="red" if refused else "green", bold=True)

    def event(self, decision: Decision, mail: Mail) -> str:
        """Return what the mail is called."""
        return printable(text_in(mail.title, self.wording.language)) if self.wording else decision.event

    def warning(self, warning: Warning) -> str:
        """Return what a warning says; the collaborator whom it is about stands first in its message."""
        if not self.wording:
            return warning.message
        name = warning.message.rpartition("` is ")[0].removeprefix("`")
        return self.say(warning.code, name=self.wording.quoted(name), cascade=self.wording.cascade(STANDARD))

    def table(self, decision: Decision) -> Iterator[str]:
        """Yield who sends and who receives as lines, each with the rules that say so."""
        roles = who_and_why(decision, self.say("the platform"), self.say("nobody"))
        return in_a_table((self.title(role), people, reasons) for role, people, reasons in roles)

    def line(self, decision: Decision, mail: Mail) -> str:
        """Return a decision in one line, with the rules that decided."""
        event = self.event(decision, mail)
        of = (
            self.say("of office", what=event, office=decision.office)
            if self.wording
            else f"{event} of {decision.office}"
        )
        parts = [self.outcome(decision), of, ", ".join(refusal.code for refusal in decision.refusals)]
        for role, people, reasons in roles_of(decision):
            if people or role == "from":
                by = f" ({label(reasons[-1].rule)})" if reasons else ""
                parts.append(f"{self.title(role)} {self.people(role, people)}{by}")
        if decision.warnings:
            codes = ", ".join(dict.fromkeys(warning.code for warning in decision.warnings))
            parts.append(f"{self.say('warning')} ({codes})" if self.wording else f"warnings: {codes}")
        return "  ".join(filter(None, parts))

    def people(self, role: Role, people: Sequence[Address], called: Mapping[str, str] = MappingProxyType({})) -> str:
        """Return who has a role; `called` has what stands in the place of an address."""
        if people:
            return ", ".join(called.get(one.address) or printable(str(one)) for one in people)
        return self.say("the platform" if role == "from" else "nobody")

    def fact(self, fact: Fact) -> str:
        """Return what a fact is called."""
        return self.wording.fact(fact) if self.wording else fact.path

    def named(self, name: str) -> str:
        """Return a name that stands in the rules."""
        return self.wording.quoted(name) if self.wording else f"`{printable(name)}`"

    def turned(self, turned: Turned) -> str:
        """Return how a test turns out."""
        leaf, holds = turned
        if isinstance(leaf, Working):
            return self.say("works" if holds else "does not work", name=self.named(leaf.name))
        return self.wording.turned(leaf, holds) if self.wording else str(turned)


def roles_of(decision: Decision) -> Iterator[tuple[Role, tuple[Address, ...], tuple[Reason, ...]]]:
    """Yield each role that was decided about, who has it, and the rules that say so; of a refused mail the sender."""
    reasons = decision.reasons
    yield "from", (decision.sender,) if decision.sender else (), reasons.sender
    if decision.outcome == "send":
        yield "to", decision.to, reasons.to
        if reasons.cc:
            yield "cc", decision.cc, reasons.cc
