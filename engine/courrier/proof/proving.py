"""Prove a rule book as a whole: the platform's rules, and what offices choose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from courrier.build import any_office, office_file
from courrier.diagnostics import Diagnostic
from courrier.model import STANDARD, Cascade, Mail, Refusal, RuleBook, ToCascade
from courrier.proof.gaps import ROLES, comes_to_the_same, gaps, meaning, reached, role_of
from courrier.proof.leftovers import missing_collaborators, missing_translations, unused
from courrier.proof.places import Places, needed_facts
from courrier.proof.realms import ALWAYS_THERE, OF_SENDER
from courrier.proof.rules import Proof
from courrier.proof.shown import Shown, warning
from courrier.proof.walk import NotCountedError, Steps
from courrier.proof.ways import TooManyWaysError
from courrier.routing import Routing

MOST_STEPS_IN_ALL = 5_000_000
"""What is spent on a rule book before what is left of it is not counted: some half a minute."""


class Proving:
    """Proves the platform's rules, and the choices of offices, one after the other."""

    def __init__(self, root: Path, platform: RuleBook, most_steps: int = MOST_STEPS_IN_ALL) -> None:
        """Take the rule book's folder, the platform's rules, in which there are no errors, and what may be spent."""
        self._root, self._book = root, platform
        self._places, self._needed = Places(root), needed_facts(root)
        self._steps = Steps(most_steps)
        self._used: set[str] = set()
        """The cascades that mails lead to, by id."""
        self._told: set[tuple[str, str]] = set()
        """What was found in the platform's cascades, by code and the rule's id: no office is told of it again."""
        self._open: set[str] = set()
        """The cascades of which is said already that they may give nothing."""
        self._in_order: set[object] = set()
        """What was proved and had no finding, by its meaning: of offices that are alike one is proved."""

    def platform(self) -> Iterator[Diagnostic]:
        """Yield what is found in the platform's rules."""
        book, mails = self._book, list(self._book.mails.values())
        without_choices = any_office(lambda office: office_file(self._root, office).exists())
        shown = Shown(Routing(book), without_choices, self._places)
        yield from self._cascades(mails, book, shown)
        for mail in mails:
            for role in [role for name in ROLES if (role := role_of(mail, name))]:
                yield from self._list(role, [mail.event], shown)
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
        own = [mail for event, mail in book.mails.items() if mail is not self._book.mails[event]]
        yield from self._cascades(own, book, shown)
        for mail in own:
            people: dict[str, int] = {}
            cascades = [*(role_of(mail, role) for role in ROLES), *orders.values()]
            meant = mail.event, *(meaning(cascade, people) for cascade in cascades)
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

    def _cascades(self, mails: Sequence[Mail], book: RuleBook, shown: Shown) -> Iterator[Diagnostic]:
        """Yield what is found in the platform's cascades to which mails lead, and none has before."""
        asked = {mail.event: reached(mail, book) for mail in mails}
        found = set().union(*asked.values()) - self._used
        for cascade in [cascade for cascade in self._book.cascades.values() if cascade.id in found]:
            self._used.add(cascade.id)
            yield from self._list(cascade, [event for event, known in asked.items() if cascade.id in known], shown)

    def _choices(self, mail: Mail, book: RuleBook, shown: Shown) -> Iterator[Diagnostic]:
        """Yield what is found in the choices of an office for a mail."""
        platform = self._book.mails[mail.event]
        for name in ROLES:
            role = role_of(mail, name)
            if role and role is not role_of(platform, name):
                yield from self._list(role, [mail.event], shown, of=f"offices.{shown.office}.")
                steps = self._steps_of_a_list()
                if not _is_standard(role) and comes_to_the_same(mail, platform, book, name, steps):
                    message = f"`{name}` comes to what the platform says without it"
                    yield warning("restated", self._places.of(role.id), message, "leave it out")
        yield from self._gaps(mail, book, shown)

    def _list(
        self, cascade: Cascade, events: Sequence[str], shown: Shown, *, of: str = "", order: str = ""
    ) -> Iterator[Diagnostic]:
        """Yield what is found in a list of rules: of those whose ids start so, or of all in an office's order."""
        if not events or not cascade.rules[0].named:
            return
        proof = Proof(cascade.rules, self._needed, events=events, steps=self._steps_of_a_list())
        for index, rule in enumerate(cascade.rules):
            for finding in proof.findings(index) if rule.id.startswith(of) else ():
                known = finding.code, rule.id
                if not (order and (finding.about_when or known in self._told)):
                    yield from shown.of_rule(finding, rule, cascade, events, order)
                if not order:
                    self._told.add(known)
                if finding.code == "not-counted":
                    return

    def _refusal(self, refusal: Refusal, mails: Sequence[Mail], shown: Shown) -> Iterator[Diagnostic]:
        """Yield what is found of a refusal, also beside those that stand before it in a mail."""
        events = [mail.event for mail in mails]
        if not events:
            return
        for finding in self._proof_of_refusals([refusal], mails).findings(0):
            yield from shown.of_refusal(finding, refusal, events)
        before = {other.code: other for mail in mails for other in mail.refusals[: mail.refusals.index(refusal)]}
        for other in before.values():
            both = [mail for mail in mails if other in mail.refusals]
            for finding in self._proof_of_refusals([other, refusal], both).alike():
                yield from shown.of_refusal(finding, refusal, [mail.event for mail in both])

    def _proof_of_refusals(self, refusals: Sequence[Refusal], mails: Sequence[Mail]) -> Proof:
        return Proof(
            refusals,
            self._needed,
            events=[mail.event for mail in mails],
            fail_closed=True,
            always_there=ALWAYS_THERE | OF_SENDER if all(mail.sender for mail in mails) else ALWAYS_THERE,
            steps=self._steps_of_a_list(),
        )

    def _gaps(self, mail: Mail, book: RuleBook, shown: Shown) -> Iterator[Diagnostic]:
        cascades = reached(mail, book)
        try:
            for gap in gaps(mail, book, self._steps_of_a_list()):
                if gap.cascade not in self._open:
                    for found in shown.of_gap(gap, mail.event, cascades[gap.cascade]):
                        self._open.add(gap.cascade)
                        yield found
        except (NotCountedError, TooManyWaysError):
            message = f"`{mail.event}` has too many situations to count through, and gaps may be left"
            yield warning("not-counted", mail.to.rules[0].span, message, "let fewer cascades lead to one another")

    def _steps_of_a_list(self) -> Steps:
        return Steps(of=self._steps)


def _is_standard(role: Cascade) -> bool:
    """Tell whether a role says aloud that the office wants the standard cascade."""
    (rule, *others) = role.rules
    return not others and not rule.named and rule.outcome == ToCascade(STANDARD)
