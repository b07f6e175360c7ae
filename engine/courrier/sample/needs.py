"""Find what rules want to know of facts, so that made-up ones give them something to decide about."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from courrier.model import (
    STANDARD,
    AddressOf,
    All,
    Any,
    Cascade,
    Collaborators,
    Condition,
    Fact,
    Has,
    Mail,
    Rule,
    RuleBook,
    Test,
    ToCascade,
)
from courrier.situations import tests_of

MANAGER, GROUP = "dossier.manager", "dossier.client_group"
FUNCTIONAL, PREPARED = "office.functional_email", "office.prepared_domains"
_SENDER = "from."
_ALWAYS_NEEDED = ("event.type", "office.id", "office.communication_email")


class Needs(NamedTuple):
    """What a mail has to know at an office."""

    insisted: tuple[str, ...]
    """Facts for want of which nothing is ever decided."""
    there: frozenset[str]
    """Facts that have to have a value; besides these, addresses that rules give without having asked for them."""

    def under(self, path: str) -> bool:
        """Tell whether something that stands in the object at a path has to be there."""
        return any(needed.startswith(f"{path}.") for needed in self.there)


def needs(mail: Mail, book: RuleBook) -> Needs:
    """Return what a mail has to know by the rules of a book."""
    rules = [*_rules(mail, book)]
    refused = [test for refusal in mail.refusals for test in _compared(refusal.when)]
    compared = {fact.path for test in refused for fact in (test.fact, test.operand) if isinstance(fact, Fact)}
    compared = {path for path in compared if not path.startswith(_SENDER)}
    searched = {path for test in refused for path in _searched(test)}
    searched |= {path for rule in rules if rule.when for test in _compared(rule.when) for path in _searched(test)}
    # A list that something is looked for in may be empty, as that of domains is made here.
    may_be_empty = {PREPARED} - {test.fact.path for test in refused}
    given = {
        rule.outcome.address.path
        for rule in rules
        if isinstance(rule.outcome, AddressOf) and not _asks(rule.when, rule.outcome.address.path)
    }
    insisted = (*_ALWAYS_NEEDED, *sorted(compared))
    return Needs(insisted, (frozenset(insisted) | searched | given) - may_be_empty)


def conditions(books: Iterable[RuleBook]) -> Iterator[Condition]:
    """Yield the conditions of rule books."""
    for book in books:
        yield from (rule.when for mail in book.mails.values() for rule in _rules(mail, book) if rule.when)
        yield from (refusal.when for refusal in book.refusals.values())


def looked_at(asked: Iterable[Condition]) -> set[str]:
    """Return the paths of the facts that conditions look at."""
    tests = [test for condition in asked for test in tests_of(condition)]
    operands = (test.operand for test in tests if isinstance(test, Test))
    return {fact.path for fact in (*(test.fact for test in tests), *operands) if isinstance(fact, Fact)}


def constants(asked: Iterable[Condition], path: str) -> Iterator[str]:
    """Yield the texts that conditions compare a fact with."""
    for test in itertools.chain.from_iterable(map(_compared, asked)):
        if test.fact.path == path and not isinstance(test.operand, Fact):
            yield from map(str, test.operand)


def people(book: RuleBook) -> Iterator[str]:
    """Yield the collaborators whom the rules of an office name, by id or address."""
    for mail in book.mails.values():
        for rule in _rules(mail, book):
            if isinstance(rule.outcome, Collaborators):
                yield from rule.outcome.names
    yield from constants(conditions([book]), f"{MANAGER}.id")


def _rules(mail: Mail, book: RuleBook) -> Iterator[Rule]:
    """Yield the rules that may have a say about a mail."""
    todo = [cascade for cascade in (mail.sender, mail.to, mail.cc, book.cascades.get(STANDARD)) if cascade]
    known: Mapping[str, Cascade] = book.cascades
    for cascade in todo:
        for rule in cascade.rules:
            yield rule
            if isinstance(rule.outcome, ToCascade) and known[rule.outcome.name] not in todo:
                todo.append(known[rule.outcome.name])


def _compared(condition: Condition) -> Iterator[Test]:
    yield from (test for test in tests_of(condition) if isinstance(test, Test))


def _searched(test: Test) -> Iterator[str]:
    """Yield the list of the facts that a test looks for something in."""
    if isinstance(test.operand, Fact) and test.operand.kind == "strings":
        yield test.operand.path


def _asks(condition: Condition | None, path: str) -> bool:
    """Tell whether a condition holds only where a fact is there; a manager who is there has an address."""
    match condition:
        case Has(fact) | Test(fact):
            return fact.path == path or ((fact.path + ".").startswith(f"{MANAGER}.") and path == f"{MANAGER}.email")
        case All(parts):
            return any(_asks(part, path) for part in parts)
        case Any(parts):
            return all(_asks(part, path) for part in parts)
    return False
