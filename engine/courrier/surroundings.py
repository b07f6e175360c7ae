"""Find the facts whose change may lead elsewhere, and the values to try for each."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from courrier.facts import WORDS, FactsError, describe, is_blank, normalise, read
from courrier.model import STANDARD, AddressOf, Cascade, Fact, Format, Rule, RuleBook, ToCascade
from courrier.proof.candidates import DOMAIN, THERE, candidates, made_up
from courrier.proof.points import facts_of
from courrier.recipients import EMAIL, ID
from courrier.schema import FROM_FACTS
from courrier.situations import Axis, TestAxis

_ASKED_ABOUT = {"event", "event.type", "office", "office.id"}
"""The facts that say which mail is meant: with others it would be another mail."""
_MOST_OF_A_LIST = 50


@dataclass(frozen=True, slots=True)
class Look:
    """A fact as some axes, by their numbers, look at it: as it is, or as the sender whom it gives."""

    fact: Fact
    giver: Fact
    axes: tuple[int, ...]

    @property
    def of_sender(self) -> bool:
        """Whether it is looked at as the sender."""
        return self.fact.path != self.giver.path


@dataclass(frozen=True, slots=True)
class Subject:
    """A fact that may be different, with everything that looks at it, or at what stands inside it if it is absent."""

    looks: tuple[Look, ...]

    @property
    def axes(self) -> list[int]:
        """The numbers of all the axes."""
        return [*dict.fromkeys(number for look in self.looks for number in look.axes)]


def rules_of(roles: Iterable[Cascade | None], book: RuleBook) -> Iterator[Rule]:
    """Yield the rules that may have a say in some roles of a mail."""
    todo = [*(cascade for cascade in roles if cascade), book.cascades[STANDARD]]
    seen = set()
    for cascade in todo:
        if cascade.id not in seen:
            seen.add(cascade.id)
            yield from cascade.rules
            todo += [book.cascades[rule.outcome.name] for rule in cascade.rules if isinstance(rule.outcome, ToCascade)]


def givers(rules: Iterable[Rule]) -> dict[str, list[Fact]]:
    """Return the facts that may give each fact of the sender."""
    outcomes = [rule.outcome for rule in rules if isinstance(rule.outcome, AddressOf)]
    addresses = list(dict.fromkeys(outcome.address for outcome in outcomes))
    names = list(dict.fromkeys(outcome.name for outcome in outcomes if outcome.name))
    return {"from.address": addresses, "from.domain": addresses, "from.name": names}


def subjects(
    axes: Sequence[Axis], of_sender: Mapping[str, Sequence[Fact]], book: RuleBook, facts: Mapping[str, object]
) -> list[Subject]:
    """Return the facts that axes look at, in their order."""
    known_facts = {**FROM_FACTS, **book.facts}
    looks: dict[str, dict[tuple[str, str], Look]] = {}
    for number, axis in enumerate(axes):
        for fact in {fact.path: known_facts[fact.path] for fact in facts_of(axis)}.values():
            for giver in of_sender.get(fact.path, [fact]):
                if giver.path not in _ASKED_ABOUT:
                    known = looks.setdefault(giver.path, {}).get((fact.path, giver.path), Look(fact, giver, ()))
                    looks[giver.path][fact.path, giver.path] = Look(fact, giver, (*known.axes, number))
    for path in [*looks]:
        if outer := next(
            (above for above in looks if path.startswith(f"{above}.") and value_of(book.facts[above], facts) is None),
            None,
        ):
            looks[outer] |= looks.pop(path)
    return [Subject(tuple(found.values())) for found in looks.values()]


def values(look: Look, axes: Sequence[Axis], facts: Mapping[str, object], domain: str) -> Iterator[object]:
    """Yield values of the fact that gives what is looked at, so that all that looks at it may turn out otherwise.

    Args:
        look: the fact as axes look at it.
        axes: all axes.
        facts: the facts as they are, with the sender.
        domain: the domain of addresses that are made up.
    """
    fact, looking = look.fact, [axes[number] for number in look.axes]
    others = [*_of_others(fact, looking, facts)]
    if fact.kind == "strings":
        found: Iterable[object] = _lists(fact, looking, others, facts)
    else:
        fixed = [axis for axis in looking if not (isinstance(axis, TestAxis) and isinstance(axis.test.operand, Fact))]
        found = itertools.chain(candidates([fact], fixed)[fact.path].values, [made_up(fact, 1)], others)
    for value in found:
        if value is None or not isinstance(value, str):
            yield value
        elif fact.path == "from.domain":
            yield f"{_local(look.giver, facts)}@{value}"
        else:
            local, at, host = value.rpartition("@")
            if at and host == DOMAIN:
                yield f"{local}.example@{domain}"
            yield value


def example_of(fact: Fact, domain: str) -> object:
    """Return a value that a fact may well have, an address being of the domain."""
    made = made_up(fact)
    return f"{str(made).rpartition('@')[0]}.example@{domain}" if fact.format == "address" else made


def _of_others(fact: Fact, looking: Iterable[Axis], facts: Mapping[str, object]) -> Iterator[Any]:
    """Yield the values that the fact is compared with in other facts, and for numbers those beside them."""
    for axis in looking:
        if isinstance(axis, TestAxis) and isinstance(axis.test.operand, Fact):
            for other in (axis.test.fact, axis.test.operand):
                value = value_of(other, facts) if other.path != fact.path else None
                if isinstance(value, list):
                    yield from value[:_MOST_OF_A_LIST]
                elif isinstance(value, int | float) and not isinstance(value, bool):
                    yield from (value - 1, value, value + 1)
                elif value is not None:
                    yield value


def _lists(
    fact: Fact, looking: Iterable[Axis], others: Iterable[str], facts: Mapping[str, object]
) -> Iterator[list[Any] | None]:
    """Yield the list without or with one of the items that tests look for."""
    now = value_of(fact, facts) or []
    constants = [
        str(item)
        for axis in looking
        if isinstance(axis, TestAxis) and not isinstance(axis.test.operand, Fact)
        for item in axis.test.operand
    ]
    items = [*dict.fromkeys([*constants, *others])]
    for item in items:
        yield [other for other in now if other != item] if item in now else [*now, item]
    yield None
    made: Any = made_up(fact)
    yield [*(item for item in now if item not in items), *made]


def _local(giver: Fact, facts: Mapping[str, object]) -> str:
    """Return what stands before the `@` of the address that a fact has, or may have."""
    address = value_of(giver, facts) or made_up(giver)
    return str(address).rpartition("@")[0]


def value_of(fact: Fact, facts: Mapping[str, object]) -> Any:
    """Return what a fact is, or None where it is absent or at fault: no rule need have looked at it."""
    try:
        return read(facts, fact)
    except FactsError:
        return None


def with_value(facts: Mapping[str, Any], path: str, value: object) -> dict[str, Any]:
    """Return facts with a value at a path, inside objects that are made where there are none.

    Raises:
        FactsError: something above it is no object.
    """
    key, _, rest = path.partition(".")
    if rest:
        inner = facts.get(key)
        if not isinstance(inner, Mapping) and not is_blank(inner):
            raise FactsError(key, WORDS["object"], describe(inner))
        value = with_value(inner if isinstance(inner, Mapping) and inner is not THERE else {}, rest, value)
    return {**facts, key: value}


def people_of(facts: Mapping[str, Any]) -> list[Any]:
    """Return the collaborators of the office, as they are listed."""
    people = facts["office"].get("collaborators")
    return [*people] if isinstance(people, list | tuple) else []


def is_called(name: str, person: object) -> bool:
    """Tell whether a name in a rule, an id or an address, is that of a collaborator."""
    names: list[tuple[object, Format]] = []
    if isinstance(person, Mapping):
        names = [(value_of(ID, person), "text"), (value_of(EMAIL, person), "address")]
    return any(normalise(name, format) == known for known, format in names)
