"""What rules mean, written down once in plain Python: read it from top to bottom to learn the language.

The engine answers by situations and durable_rules, and is held against this page by `test_semantics`. Nothing here is
fast, and nothing here knows of either.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import re2
from courrier import model
from courrier.decision import Address
from courrier.facts import WORDS, FactsError, as_operand, is_blank, lookup, normalise, read, read_list, read_text
from courrier.model import (
    STANDARD,
    AddressOf,
    Cascade,
    Collaborators,
    Condition,
    Fact,
    Has,
    Mail,
    Not,
    Outcome,
    Refusal,
    Rule,
    RuleBook,
    SameAsFrom,
    ToCascade,
)

Facts = Mapping[str, Any]


# Conditions


def holds(condition: Condition, facts: Facts) -> bool:
    """Tell whether a condition holds. Blank is absent: null, white space alone, an empty list or object."""
    match condition:
        case model.All(parts):
            return all(holds(part, facts) for part in parts)
        case model.Any(parts):
            return any(holds(part, facts) for part in parts)
        case Not(part):
            return not holds(part, facts)
        case Has(fact):
            return read(facts, fact) is not None
        case model.Test(_, operator):
            value, operands = compared(condition, facts)
            if value is None or None in operands:
                return False  # comparing needs a value on both sides, also for `not` and `not_in`
            return COMPARISONS[operator](value, operands)


COMPARISONS: Mapping[str, Callable[[Any, list[Any]], bool]] = {
    "in": lambda value, operands: value in operands,
    "not_in": lambda value, operands: value not in operands,
    "above": lambda value, operands: value > operands[0],
    "below": lambda value, operands: value < operands[0],
    "at_least": lambda value, operands: value >= operands[0],
    "at_most": lambda value, operands: value <= operands[0],
    "starts_with": lambda value, operands: value.startswith(operands[0]),
    "ends_with": lambda value, operands: value.endswith(operands[0]),
    "contains": lambda value, operands: operands[0] in value,  # a part of a string, an item of a list
    "matches": lambda value, operands: re2.fullmatch(normalise(operands[0]), value) is not None,
}


def compared(test: model.Test, facts: Facts) -> tuple[Any, list[Any]]:
    """Return the value of a test's fact and what it is compared with, None where something is absent."""
    fact, other = test.fact, test.operand
    if not isinstance(other, Fact):
        return read(facts, fact), list(other)
    # Of two facts both compare as hosts if one is a host, else as addresses if one is an address.
    for format in ("host", "address"):
        if format in {fact.format, other.format}:
            fact = Fact(fact.path, fact.kind, format)
            break
    as_written = Fact(other.path, other.kind)
    # A list that is named as an operand has to be there: without it nobody can tell. An empty one is simply empty.
    found: list[Any] = read_list(facts, as_written) if other.kind == "strings" else [read(facts, as_written)]
    return read(facts, fact), [
        as_operand(item, fact, test.operator) if isinstance(item, str) else item for item in found
    ]


# What the caller has to give


class AtFault(Exception):
    """The facts are at fault; which of the faults is told first is not promised."""

    def __init__(self, faults: list[FactsError]) -> None:
        self.faults = faults


def check(conditions: Iterable[Condition | None], facts: Facts, *, refusal: bool = False) -> None:
    """Look at every fact that the conditions mention, whether or not it turns out to matter.

    A value of the wrong type is a fault. Where a refusal compares, an absent value is one too: it fails closed.
    """
    faults = []
    for test in (test for condition in conditions if condition for test in tests(condition)):
        try:
            if isinstance(test, Has):
                read(facts, test.fact)
                continue
            value, operands = compared(test, facts)
        except FactsError as fault:
            faults += [fault, *fault_of(test.fact, facts)]
            continue
        absent = [test.fact] if value is None else []
        if None in operands and isinstance(test.operand, Fact):
            absent.append(test.operand)
        faults += [FactsError(fact.path, WORDS[fact.kind], "nothing") for fact in absent if refusal]
    if faults:
        raise AtFault(faults)


def fault_of(fact: Fact, facts: Facts) -> Iterator[FactsError]:
    """Yield what is wrong with a fact, if something is: where two facts are at fault, either may be told."""
    try:
        read(facts, fact)
    except FactsError as fault:
        yield fault


def tests(condition: Condition) -> Iterator[Has | model.Test]:
    """Yield the tests that a condition is made of."""
    match condition:
        case model.All(parts) | model.Any(parts):
            for part in parts:
                yield from tests(part)
        case Not(part):
            yield from tests(part)
        case Has() | model.Test():
            yield condition


# Who gives the answer


def answer(cascade: Cascade, book: RuleBook, facts: Facts) -> list[Rule]:
    """Return the rule that a cascade comes to, behind those that left the choice to another cascade.

    The first rule whose condition holds decides; one without a condition always holds. Nothing where none holds.
    """
    check([rule.when for rule in cascade.rules], facts)
    for rule in cascade.rules:
        if rule.when is None or holds(rule.when, facts):
            if not isinstance(rule.outcome, ToCascade):
                return [rule]
            further = answer(book.cascades[rule.outcome.name], book, facts)
            # A role that says a cascade's name in one word is no rule that anybody wrote.
            return further if not rule.named else [rule, *further]
    return []


def people(outcome: Outcome, facts: Facts, sender: Address | None, warnings: list[str]) -> Iterator[Address]:
    """Yield whom an outcome gives. An address that is not there is a fault: no other rule takes over."""
    match outcome:
        case AddressOf(address, name):
            yield person(facts, address.path, name.path if name else None)
        case SameAsFrom() if sender:
            yield sender
        case Collaborators(names):
            everybody = list(collaborators(facts))
            for wanted in names:
                named = [one for one in everybody if normalise(wanted) == one.id or is_same(wanted, one.email)]
                active = [one for one in named if one.active]
                if active:
                    with inside(active[0].path):
                        yield person(active[0].facts, "email", "name")
                else:
                    warnings.append("inactive-collaborator" if named else "unknown-collaborator")


def role(
    key: str, cascade: Cascade | None, book: RuleBook, facts: Facts, sender: Address | None, warnings: list[str]
) -> tuple[list[Rule], list[Address]]:
    """Return the rules that decide `from`, `to` or `cc`, and whom they give.

    A mail is never lost: where nobody is left to send or to receive it, the standard cascade decides.
    """
    if cascade is None:
        return [], []
    rules = answer(cascade, book, facts)
    given = people(rules[-1].outcome, facts, sender, warnings) if rules else iter(())
    found = [one for one in [next(given, None)] if one] if key == "from" else list(given)
    if not found and key != "cc":
        warnings.append("no-recipient-left")
        last_resort = answer(book.cascades[STANDARD], book, facts)
        rules, found = rules + last_resort, list(people(last_resort[-1].outcome, facts, sender, warnings))
    return rules, found


# The decision


class Meaning(NamedTuple):
    """What a decision comes to, without its words."""

    sender: Address | None
    to: list[Address]
    cc: list[Address]
    rules: dict[str, list[str]]
    refusals: list[str]
    warnings: set[str]


def decide(book: RuleBook, facts: Facts) -> Meaning:
    """Decide about facts by the rules that hold for their office.

    Raises:
        AtFault: the facts are at fault.
    """
    mail = book.mails[read_text(facts, "event.type")]
    read_text(facts, "office.communication_email")
    warnings: list[str] = []
    from_rules, senders = role("from", mail.sender, book, facts, None, warnings)
    sender = senders[0] if senders else None
    to_rules, to = role("to", mail.to, book, facts, sender, warnings)
    cc_rules, cc = role("cc", mail.cc, book, facts, sender, warnings)
    refusals = refused(mail, facts, sender)
    rules = {"from": from_rules, "to": to_rules, "cc": cc_rules}
    return Meaning(
        sender,
        [] if refusals else each_once(to),
        [] if refusals else [one for one in each_once(cc) if not any(is_same(one.address, it.address) for it in to)],
        {key: [rule.id for rule in chosen] for key, chosen in rules.items()},
        [refusal.code for refusal in refusals],
        set(warnings),
    )


def refused(mail: Mail, facts: Facts, sender: Address | None) -> list[Refusal]:
    """Return all the refusals that hold; besides the caller's facts they know the sender."""
    chosen = sender and {"name": sender.name, "address": sender.address, "domain": sender.address.partition("@")[2]}
    facts = {**facts, "from": chosen}
    for refusal in mail.refusals:
        check([refusal.when], facts, refusal=True)
    refusals = [refusal for refusal in mail.refusals if holds(refusal.when, facts)]
    if refusals:
        read(facts, Fact("user.language", "string"))  # their texts are in the user's language
    return refusals


def of_office(book: RuleBook, own: Mapping[str, Mapping[str, Cascade]], order: Mapping[str, list[str]]) -> RuleBook:
    """Return the platform's rules with the choices of an office.

    Args:
        book: the platform's rules.
        own: for each event the office's `from`, `to` and `cc`: rules go before the platform's, all else in their place.
        order: for each cascade that the office orders anew the names of its rules; what it leaves out is gone.
    """
    cascades = {
        name: Cascade(
            cascade.id, tuple(rule for wanted in order[name] for rule in cascade.rules if rule.name == wanted)
        )
        if name in order
        else cascade
        for name, cascade in book.cascades.items()
    }
    mails = {
        event: Mail(
            event,
            mail.title,
            chosen(own.get(event, {}).get("from"), mail.sender),
            chosen(own.get(event, {}).get("to"), mail.to) or mail.to,
            chosen(own.get(event, {}).get("cc"), mail.cc),
            mail.refusals,
        )
        for event, mail in book.mails.items()
    }
    return RuleBook(book.facts, cascades, mails, book.refusals, book.digest)


def chosen(own: Cascade | None, platform: Cascade | None) -> Cascade | None:
    """Return an office's rules before the platform's, or its one outcome in their place."""
    if own is None:
        return platform
    listed = any(rule.named for rule in own.rules)
    return Cascade(own.id, own.rules + (platform.rules if listed and platform else ()))


# Addresses


class Collaborator(NamedTuple):
    """A collaborator of the office, with the facts about them and where these stand."""

    id: Any
    email: Any
    active: bool
    facts: Facts
    path: str


def collaborators(facts: Facts) -> Iterator[Collaborator]:
    """Yield the collaborators of the office. Who is not said to be inactive is active."""
    read(facts, Fact("office.collaborators", "objects"))
    listed: Any = lookup(facts, "office.collaborators") or []
    for path, one in ((f"office.collaborators[{index}]", one) for index, one in enumerate(listed)):
        if not is_blank(one):
            with inside(path):
                id, email = read(one, Fact("id", "string")), read(one, Fact("email", "string", "address"))
                active = read(one, Fact("active", "boolean"))
            yield Collaborator(id, email, active is not False, one, path)


@contextlib.contextmanager
def inside(path: str) -> Iterator[None]:
    """Name a fault as seen from the caller, who gave the facts about a collaborator at this path."""
    try:
        yield
    except FactsError as fault:
        raise fault.under(path) from None


def person(facts: Facts, address: str, name: str | None) -> Address:
    """Return the address and the name that facts hold: both fit to stand in the header of a mail."""
    text = read_text(facts, address)
    local, _, host = text.partition("@")
    if not (text.isprintable() and local and all(host.split(".")) and set(' @,;:<>()[]"\\').isdisjoint(local + host)):
        raise FactsError(address, "an e-mail address", "a string of another form")
    shown = read(facts, Fact(name, "string")) if name else None
    if name and isinstance(shown, str) and not shown.isprintable():
        raise FactsError(name, "a name on one line", "a string with a control character or `=?`")
    return Address(shown.strip() if isinstance(shown, str) else None, text)


def is_same(one: str, other: Any) -> bool:
    """Tell whether two addresses are the same: their hosts may differ in capitals."""
    return other is not None and normalise(one, "address") == normalise(other, "address")


def each_once(given: list[Address]) -> list[Address]:
    """Return addresses in their order, each once."""
    return [one for n, one in enumerate(given) if not any(is_same(one.address, it.address) for it in given[:n])]
