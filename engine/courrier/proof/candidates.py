"""Find values of facts that between them show every way in which the facts' tests can turn out."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from courrier.model import Fact, Test
from courrier.proof.samples import samples
from courrier.situations import TestAxis, ValueAxis

DOMAIN = "dupont.example"
"""Where the made-up people of examples have their addresses."""
THERE: Mapping[str, object] = {"note": "…"}
"""An object of which only is said that it is there."""

_MOST_ASSEMBLED = 256
_MOST_IN_ALL_SUBSETS, _MOST_LEFT_OUT = 5, 12
_JOINTS = "-_.~+=/x0"
"""Characters to put between the parts of a string; one that no constant has makes no other test hold by chance."""
_PARTS = ("starts_with", "contains", "ends_with")


class Tried(NamedTuple):
    """The values to try for a fact, None where it may be absent, and whether nothing else could be seen with others."""

    values: tuple[object, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the tests of some facts compare them with."""

    constants: tuple[Any, ...]
    parts: Mapping[str, tuple[str, ...]]
    patterns: tuple[str, ...]
    of_lists: tuple[str, ...]
    compared: tuple[Test, ...]
    """The tests between two facts."""


def candidates(facts: Sequence[Fact], axes: Sequence[ValueAxis | TestAxis]) -> dict[str, Tried]:
    """Return what to try for each of some facts, which are compared with one another and looked at by the axes."""
    asked = _asked(axes)
    tried = {fact.path: _values(fact, facts, asked) for fact in facts if fact.kind != "strings"}
    strings = [value for known in tried.values() for value in known.values if isinstance(value, str)]
    for fact in facts:
        if fact.kind == "strings":
            tried[fact.path] = _lists(fact, [*asked.of_lists, *strings], asked)
    return tried


def made_up(fact: Fact, number: int = 0) -> object:
    """Return a value that a fact may well have; another number gives another."""
    more = str(number + 1) if number else ""
    match fact.kind:
        case "string" if fact.format == "address":
            return f"{_whose(fact.path)}{more}@{DOMAIN}"
        case "string" if fact.format == "host":
            return f"mail{more}.example" if number else DOMAIN
        case "string":
            return _whose(fact.path) + more
        case "number" | "integer":
            return number
        case "boolean":
            return bool(number % 2)
        case "strings":
            return [made_up(Fact(fact.path, "string", fact.format), number)]
        case "objects":
            return [THERE]
    return THERE


def _whose(path: str) -> str:
    """Return a word for what stands at a path.

    >>> [_whose(path) for path in ("dossier.client_group.email", "office.functional_email", "dossier.vat_period")]
    ['client-group', 'functional', 'vat-period']
    """
    above, _, last = path.rpartition(".")
    word = above.rpartition(".")[2] if last in {"email", "address"} else last.removesuffix("_email")
    return word.replace("_", "-")


def _asked(axes: Sequence[ValueAxis | TestAxis]) -> _Asked:
    constants: dict[Any, None] = {}
    parts: dict[str, dict[str, None]] = {operator: {} for operator in _PARTS}
    patterns: dict[str, None] = {}
    of_lists: dict[str, None] = {}
    compared = []
    for axis in axes:
        if isinstance(axis, ValueAxis):
            constants |= dict.fromkeys(axis.constants)
        elif isinstance(axis.test.operand, Fact):
            compared.append(axis.test)
        else:
            wanted = dict.fromkeys(map(str, axis.test.operand))
            if axis.test.fact.kind == "strings":
                of_lists |= wanted
            elif axis.test.operator == "matches":
                patterns |= wanted
            else:
                parts[axis.test.operator] |= wanted
    known = {operator: tuple(wanted) for operator, wanted in parts.items()}
    return _Asked(tuple(constants), known, tuple(patterns), tuple(of_lists), tuple(compared))


def _values(fact: Fact, facts: Sequence[Fact], asked: _Asked) -> Tried:
    match fact.kind:
        case "string":
            return _strings(fact, facts, asked)
        case "number" | "integer":
            several = sum(other.kind in {"number", "integer"} for other in facts)
            constants = [value for value in asked.constants if isinstance(value, int | float)]
            return Tried((None, *_numbers(sorted(constants), several, fact.kind == "integer")), True)
        case "boolean":
            return Tried((None, False, True), True)
    return Tried((None, made_up(fact)), True)


def _strings(fact: Fact, facts: Sequence[Fact], asked: _Asked) -> Tried:
    constants = [value for value in asked.constants if isinstance(value, str)]
    fresh = _fresh(fact, facts)
    values: list[object] = [None, *fresh, *constants]
    known = [*constants, *asked.of_lists, *itertools.chain.from_iterable(asked.parts.values())]
    joint = next((char for char in _JOINTS if not any(char in text for text in known)), "")
    assembled = list(itertools.islice(_assembled(fact, asked, joint), _MOST_ASSEMBLED + 1))
    values += [*assembled, *itertools.chain.from_iterable(map(samples, asked.patterns))]
    between_parts = any(test.operator in _PARTS and test.fact.kind == "string" for test in asked.compared)
    few_parts = sum(map(len, asked.parts.values())) <= 1 or fact.format == "text"
    whole = len(assembled) <= _MOST_ASSEMBLED and (joint != "" or not assembled) and few_parts and not between_parts
    new = not any(value in constants for value in fresh)
    return Tried(tuple(dict.fromkeys(values)), new and whole and not asked.patterns)


def _fresh(fact: Fact, facts: Sequence[Fact]) -> list[object]:
    """Return a value for each of the strings, its own first, so that any of them may be equal and any may differ."""
    fresh: list[object] = [made_up(fact)]
    for other in facts:
        if other.kind == "string" and other != fact:
            value = made_up(other)
            fresh.append(made_up(other, len(fresh)) if value in fresh else value)
    return fresh


def _assembled(fact: Fact, asked: _Asked, joint: str) -> Iterator[str]:
    """Yield strings of which some start, some end, and some hold inside what the tests ask for."""
    starts, middles, ends = (asked.parts[operator] for operator in _PARTS)
    if not (starts or middles or ends):
        return
    for start, end in itertools.product(("", *starts), ("", *ends)):
        for inside in _subsets(middles):
            pieces = [piece for piece in (start, *inside) if piece]
            yield from _as_addresses(joint.join(pieces), end, joint) if fact.format == "address" else ()
            yield joint + joint.join([*inside, end]) if not start else joint.join([start, *inside, end])


def _as_addresses(head: str, end: str, joint: str) -> Iterator[str]:
    """Yield well-formed addresses that start and end so."""
    if "@" in end:
        yield f"{head or joint}{end}"
    elif "@" in head:
        yield f"{head}{joint if end else ''}{end}"
        yield f"{head}{joint}{DOMAIN}"
    else:
        yield f"{head or joint}@{joint}{end}" if end else f"{head or joint}@{DOMAIN}"
        yield f"{head or joint}@{DOMAIN.partition('.')[0]}{end}"


def _numbers(constants: Sequence[float], several: int, whole: bool) -> Iterator[float]:
    """Yield each constant, and as many numbers below, between and above them as there are numbers to tell apart."""
    if not constants:
        yield from range(several)
        return
    for number in range(several):
        yield int(constants[0] // 1) - 1 - number
    for constant, following in itertools.zip_longest(constants, constants[1:]):
        if not whole or constant == int(constant):
            yield int(constant) if whole else constant
        first = int(constant // 1) + 1
        if following is None or first + several < following:
            yield from range(first, first + several)
        elif whole:
            yield from (number for number in range(first, first + several) if number < following)
        else:
            yield from (constant + (following - constant) * part / (several + 1) for part in range(1, several + 1))


def _lists(fact: Fact, items: Sequence[str], asked: _Asked) -> Tried:
    """Return lists that hold some of the items that tests look for."""
    items = list(dict.fromkeys(items))
    other = made_up(fact, len(items))
    lists: list[object] = [None, [], other, list(items), *([item] for item in items)]
    if len(items) <= _MOST_LEFT_OUT:
        lists += [[*items[:index], *items[index + 1 :]] for index in range(len(items))]
    looking = {test.fact.path for test in asked.compared} | {
        test.operand.path for test in asked.compared if isinstance(test.operand, Fact)
    }
    # One fact that is looked for in one list is in it or is not; of more, all the subsets may matter.
    complete = not asked.of_lists and len(looking) <= 2
    if len(items) <= _MOST_IN_ALL_SUBSETS:
        lists += [list(subset) for subset in _subsets(items) if subset]
        complete = True
    unique = {repr(value): value for value in lists}
    return Tried(tuple(value for value in unique.values() if value != [] or asked.compared), complete)


def _subsets(items: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield the subsets of some items, the small ones first."""
    for size in range(len(items) + 1):
        yield from itertools.combinations(items, size)
