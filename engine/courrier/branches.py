"""Say which branches of its rules a decision takes.

Each list of rules that a mail asks, for its sender, its recipients, a copy or a refusal, comes to one of a few ends:
one of its rules fires, or none does; and where the rule names collaborators, one of them can receive mail, or nobody
can. Each of these ends is a class of situations, a branch. So the branches of lists that lead to one another add up,
and do not multiply as all their cells do.

A list that an office leaves to the platform is the platform's, whichever office asks it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from courrier.build import any_office
from courrier.facts import read_text
from courrier.model import Collaborators, Mail, Rule
from courrier.recipients import addresses
from courrier.router import Router
from courrier.routing import Role, Routing


class Branch(NamedTuple):
    """A class of situations: what a list of rules comes to that a mail asks."""

    event: str
    role: Role | Literal["refuse"]
    asked: str
    """The id of the list, or of the refusal."""
    fires: str
    """The id of the rule, or of the refusal; empty where none fires."""
    nobody: bool = False
    """Whether the rule names collaborators none of whom can receive mail."""


class Branches:
    """The branches of the platform's rules, and of offices' choices."""

    def __init__(self, router: Router) -> None:
        """Take the router of a rule book."""
        self._router = router
        self._platform = router.book()
        self.any_office = any_office(lambda office: router.book(office) is not self._platform)
        """An office that leaves everything to the platform."""
        self._routings: dict[str, Routing] = {}

    def routing(self, office: str) -> Routing:
        """Return what decides for an office.

        Raises:
            FactsError: the id is none that an office can have.
            RulesError: the office's own rules are at fault.
        """
        if office not in self._routings:
            self._routings[office] = Routing(self._router.book(office))
        return self._routings[office]

    def mails(self, office: str) -> Iterator[Mail]:
        """Yield the mails about which an office has a say, or of one that leaves all to the platform, all mails."""
        book, platform = self.routing(office).book, self._platform
        for event, mail in book.mails.items():
            if office == self.any_office or mail != platform.mails[event] or book.cascades != platform.cascades:
                yield mail

    def taken(self, facts: Mapping[str, object]) -> Iterator[Branch]:
        """Yield the branches that are taken for facts.

        Raises:
            FactsError: the facts are at fault.
            RulesError: the rules of the office are at fault.
        """
        office = read_text(facts, "office.id")
        route = self.routing(office).route(facts)
        event = route.mail.event
        for role, answers in route.roles.items():
            for answer in answers:
                asked, rule = self.id(office, answer.question.subject.id), answer.rule
                yield Branch(event, role, asked, rule.id if rule else "", rule is not None and _nobody(rule, facts))
        for refusal, answer in zip(route.mail.refusals, route.refusals, strict=True):
            yield Branch(event, "refuse", refusal.id, "" if answer.fired is None else refusal.id)

    def id(self, office: str, asked: str) -> str:
        """Return the id of a list, which says so where it is a cascade that the office has put in another order."""
        name = asked.removeprefix("cascades.")
        own, platform = (book.cascades.get(name) for book in (self.routing(office).book, self._platform))
        return asked if own == platform else f"offices.{office}.{asked}"


def _nobody(rule: Rule, facts: Mapping[str, object]) -> bool:
    """Tell whether a rule names collaborators none of whom can receive mail."""
    return isinstance(rule.outcome, Collaborators) and not any(True for _ in addresses(rule.outcome, facts, None, []))
