"""Prove a rule book as a whole: the platform's rules, and what offices choose."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from courrier.build import office_file
from courrier.diagnostics import Diagnostic
from courrier.model import STANDARD, Cascade, Mail, Refusal, RuleBook, ToCascade
from courrier.proof.gaps import ROLES, gaps, meaning, reached, role_of, says_the_same
from courrier.proof.leftovers import missing_collaborators, missing_translations, unused
from courrier.proof.places import Places, needed_facts
from courrier.proof.realms import ALWAYS_THERE
from courrier.proof.rules import Finding, Proof
from courrier.proof.shown import Shown, warning
from courrier.proof.walk import NotCountedError
from courrier.proof.ways import TooManyWaysError
from courrier.routing import Routing

_ANY_OFFICE = "any-office"
_SENDER = frozenset({"from.address", "from.domain"})


class Proving:
    """Proves the platform's rules, and the choices of offices, one after the other."""

    def __init__(self, root: Path, platform: RuleBook) -> None:
        """Take the rule book's folder and the platform's rules, in which there are no errors."""
        self._root, self._book = root, platform
        self._places, self._needed = Places(root), needed_facts(root)
        self._used = {f"cascades.{STANDARD}"}
        self._open: set[str] = set()
        """The cascades of which is said already that they may give nothing."""
        self._in_order: set[object] = set()
        """What was proved and had no finding, by its meaning: of offices that are alike one is proved."""

    def platform(self) -> Iterator[Diagnostic]:
        """Yield what is found in the platform's rules."""
        book, mails = self._book, list(self._book.mails.values())
        offices = (f"{_ANY_OFFICE}-{number}" if number else _ANY_OFFICE for number in itertools.count())
        without_choices = next(office for office in offices if not office_file(self._root, office).exists())
        shown = Shown(Routing(book), without_choices, self._places)
        asked = {mail.event: reached(mail, book) for mail in mails}
        self._used.update(*asked.values())
        roles = [role for mail in mails for name in ROLES if (role := role_of(mail, name))]
        for cascade in (*book.cascades.values(), *roles):
            events = [event for event, cascades in asked.items() if cascade.id in cascades]
            yield from self._list(cascade, events, shown)
        for refusal in book.refusals.values():
            yield from self._refusal(refusal, [mail for mail in mails if refusal in mail.refusals], shown)
        for mail in mails:
            yield from self._gaps(mail, book, shown)
        yield from missing_translations(book, self._places)

    def office(
        self, office: str, book: RuleBook, directory: Mapping[str, object] | None = None
    ) -> Iterator[Diagnostic]:
        """Yield what is found in the choices of an office.

        Args:
            office: the office's id.
            book: the rules that hold for it.
            directory: facts of the office, with its collaborators.

        Raises:
            FactsError: the directory is at fault.
        """
        if directory:
            yield from missing_collaborators(office, book, directory, self._places)
        shown = Shown(Routing(book), office, self._places)
        orders = {name: one for name, one in book.cascades.items() if one is not self._book.cascades[name]}
        for name, cascade in orders.items():
            place = f"offices.{office}.cascades.{name}"
            if cascade.rules == self._book.cascades[name].rules:
                yield warning("restated", self._places.of(place), "this is the platform's own order", "leave it out")
            events = [event for event, mail in book.mails.items() if cascade.id in reached(mail, book)]
            yield from self._once(("order", meaning(cascade, {})), self._list(cascade, events, shown, order=place))
        for event, mail in book.mails.items():
            if mail is not self._book.mails[event]:
                self._used.update(reached(mail, book))
                people: dict[str, int] = {}
                cascades = [*(role_of(mail, role) for role in ROLES), *orders.values()]
                meant = event, *(meaning(cascade, people) for cascade in cascades)
                yield from self._once(meant, self._choices(mail, book, shown))

    def unused(self) -> Iterator[Diagnostic]:
        """Yield what nothing uses, once all offices have been seen."""
        yield from unused(self._book, self._used, self._places)

    def _once(self, meant: object, findings: Iterator[Diagnostic]) -> Iterator[Diagnostic]:
        """Yield what is found, unless nothing was when it was last looked for."""
        if meant not in self._in_order:
            found = list(findings)
            yield from found
            if not found:
                self._in_order.add(meant)

    def _choices(self, mail: Mail, book: RuleBook, shown: Shown) -> Iterator[Diagnostic]:
        """Yield what is found in the choices of an office for a mail."""
        platform = self._book.mails[mail.event]
        for name in ROLES:
            role = role_of(mail, name)
            if role and role is not role_of(platform, name):
                yield from self._list(role, [mail.event], shown, of=f"offices.{shown.office}.")
                if not _is_standard(role) and says_the_same(mail, book, platform, self._book, name):
                    message = f"`{name}` comes to what the platform says without it"
                    yield warning("restated", self._places.of(role.id), message, "leave it out")
        yield from self._gaps(mail, book, shown)

    def _list(
        self, cascade: Cascade, events: Sequence[str], shown: Shown, *, of: str = "", order: str = ""
    ) -> Iterator[Diagnostic]:
        """Yield what is found in a list of rules: of those whose ids start so, or of all in an office's order."""
        if not events or not cascade.rules[0].named:
            return
        proof = Proof(cascade.rules, self._needed)
        for index, rule in enumerate(cascade.rules):
            for finding in proof.findings(index) if rule.id.startswith(of) else ():
                if not (order and finding.about_when):  # the platform is told
                    yield shown.of_rule(finding, rule, cascade, events, order)
                if finding.code == "not-counted":
                    return

    def _refusal(self, refusal: Refusal, mails: Sequence[Mail], shown: Shown) -> Iterator[Diagnostic]:
        """Yield what is found of a refusal, also beside those that stand before it in a mail."""
        senders = all(mail.sender for mail in mails)
        always_there = ALWAYS_THERE | _SENDER if senders else ALWAYS_THERE
        events = [mail.event for mail in mails]
        if not events:
            return
        for finding in Proof([refusal], self._needed, fail_closed=True, always_there=always_there).findings(0):
            yield shown.of_refusal(finding, refusal, events)
        before = {other.code: other for mail in mails for other in mail.refusals[: mail.refusals.index(refusal)]}
        for other in before.values():
            pair = Proof([other, refusal], self._needed, fail_closed=True, always_there=always_there)
            if pair.says_the_same(1, 0):
                message = f"`{refusal.code}` refuses the same as `{other.code}` ({other.span.at})"
                finding = Finding("same-rule", message, "take one of them out", values=pair.where_both_hold())
                yield shown.of_refusal(finding, refusal, events)

    def _gaps(self, mail: Mail, book: RuleBook, shown: Shown) -> Iterator[Diagnostic]:
        cascades = reached(mail, book)
        try:
            for gap in gaps(mail, book):
                if gap.cascade not in self._open:
                    self._open.add(gap.cascade)
                    yield shown.of_gap(gap, mail.event, cascades[gap.cascade])
        except (NotCountedError, TooManyWaysError):
            message = f"`{mail.event}` has too many situations to count through, and gaps may be left"
            yield warning("not-counted", mail.to.rules[0].span, message, "let fewer cascades lead to one another")


def _is_standard(role: Cascade) -> bool:
    """Tell whether a role says aloud that the office wants the standard cascade."""
    (rule, *others) = role.rules
    return not others and not rule.named and rule.outcome == ToCascade(STANDARD)
