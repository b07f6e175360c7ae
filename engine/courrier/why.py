"""Say why somebody sends or receives a mail, or why not, and which change of one fact would make it otherwise."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from courrier.decision import Address, Decision, Json
from courrier.explain import CascadeSeen, RuleSeen, explanation
from courrier.facts import FactsError, normalise
from courrier.model import AddressOf, Cascade, Collaborators, Outcome, Rule, RuleBook, ToCascade
from courrier.nearest import Change, Neighbourhood
from courrier.recipients import addresses
from courrier.routing import Answer, Question, Role, Route
from courrier.surroundings import is_called, people_of, value_of

Standing = Literal["decides", "has it already", "left out", "another sends", "did not hold", "not reached"]


class Naming(NamedTuple):
    """A rule that gives an address, or would."""

    role: Role
    rule: RuleSeen
    standing: Standing
    """What came of it: `has it already` in `to`, and no copy; `left out`, since no such collaborator is active."""
    decided: str
    """The rule before it that decided, where it was not reached."""


class Why(NamedTuple):
    """Why an address sends or receives a mail, or why not."""

    address: str
    holds: bool
    """Whether it is among `from`, `to` and `cc` of a mail that leaves."""
    roles: tuple[Role, ...]
    """In which of these it is; of a mail that is refused, in which it would be."""
    rules: tuple[Naming, ...]
    """The rules that give the address, or would."""
    changes: tuple[Change, ...]
    """The changes of one fact that make it otherwise; there may be more."""
    decision: Decision

    def to_dict(self) -> dict[str, Json]:
        """Return the answer as the JSON object that `courrier why --format json` prints."""
        return {
            "address": self.address,
            "holds": self.holds,
            "roles": [*self.roles],
            "rules": [
                {"role": role, "rule": seen.rule, "at": seen.at, "standing": standing, "decided": decided or None}
                for role, seen, standing, decided in self.rules
            ],
            "changes": [change.to_dict() for change in self.changes],
            "decision": self.decision.to_dict(),
        }


def why(book: RuleBook, address: str, facts: Mapping[str, Any], *, lang: str | None = None) -> Why:
    """Return why an address sends or receives a mail, or why not, and what would make it otherwise.

    Args:
        book: the rules that hold for the office, from `Router.book`.
        address: an e-mail address; it compares as those of recipients do.
        facts: what `Router.decide` takes.
        lang: the language of a refusal's texts; else the user's, else English.

    Raises:
        FactsError: the facts are at fault.
    """
    neighbourhood = Neighbourhood(book, facts, lang=lang, address=address)
    route, decision = neighbourhood.route, neighbourhood.decision
    wanted = normalise(address, "address")
    roles = tuple(role for role, given in route.addresses.items() if _is_among(wanted, given))
    rules = dict.fromkeys(_Search(book, wanted, route, roles).rules(explanation(route, decision).roles))
    changes = neighbourhood.changes(lambda then, _: takes_part(address, then))
    return Why(address, takes_part(address, decision), roles, tuple(rules), changes, decision)


def takes_part(address: str, decision: Decision) -> bool:
    """Tell whether an address sends or receives what was decided about; of a refused mail nobody does."""
    if decision.outcome == "refuse":
        return False
    senders = [decision.sender] if decision.sender else []
    return _is_among(normalise(address, "address"), [*senders, *decision.to, *decision.cc])


class _Search:
    """Looks among the rules that were asked for those that give an address."""

    def __init__(self, book: RuleBook, wanted: str, route: Route, roles: tuple[Role, ...]) -> None:
        self._book, self._wanted, self._route, self._roles = book, wanted, route, roles
        self._sender = next(iter(route.addresses["from"]), None)
        self._people = [person for person in people_of(route.facts) if is_called(wanted, person)]

    def rules(self, seen: Mapping[Role, tuple[CascadeSeen, ...]]) -> Iterator[Naming]:
        """Yield the rules that give the address, or would, role by role."""
        for role, answers in self._route.roles.items():
            for answer, cascade in zip(answers, seen[role], strict=True):
                for index, rule in enumerate(_rules(answer)):
                    standing = self._standing(role, rule, cascade.rules[index])
                    if standing:
                        decided = answer.rule.id if answer.rule and standing == "not reached" else ""
                        yield Naming(role, cascade.rules[index], standing, decided)

    def _standing(self, role: Role, rule: Rule, seen: RuleSeen) -> Standing | None:
        """Return what came of a rule, if it gives the address or would."""
        if seen.state != "held":
            return seen.state if self._names(rule.outcome) else None
        if isinstance(rule.outcome, ToCascade) or not self._names(rule.outcome):
            return None  # the rules of the cascade that it leads to are asked, too
        if not self._gives(rule.outcome):
            return "left out"
        if role in self._roles:
            return "decides"
        return "another sends" if role == "from" else "has it already"

    def _names(self, outcome: Outcome) -> bool:
        """Tell whether an outcome means the address, were its rule to decide."""
        match outcome:
            case AddressOf(fact):
                return _is_same(value_of(fact, self._route.facts), self._wanted)
            case Collaborators(names):
                by_address = any(_is_same(name, self._wanted) for name in names)
                return by_address or any(is_called(name, person) for name in names for person in self._people)
            case ToCascade(name):
                with contextlib.suppress(FactsError):
                    rule = Question(self._book.cascades[name]).ask(self._route.facts).rule
                    return rule is not None and self._names(rule.outcome)
                return False
        return self._sender is not None and _is_same(self._sender.address, self._wanted)

    def _gives(self, outcome: Outcome) -> bool:
        """Tell whether the address is among those that an outcome comes to."""
        with contextlib.suppress(FactsError):
            return _is_among(self._wanted, addresses(outcome, self._route.facts, self._sender, []))
        return False


def _rules(answer: Answer) -> tuple[Rule, ...]:
    subject = answer.question.subject
    return subject.rules if isinstance(subject, Cascade) else ()


def _is_among(wanted: str, given: Iterable[Address]) -> bool:
    return any(_is_same(address.address, wanted) for address in given)


def _is_same(text: object, wanted: str) -> bool:
    return isinstance(text, str) and normalise(text, "address") == wanted
