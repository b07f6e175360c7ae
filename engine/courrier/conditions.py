"""Turn a `when` into a condition: its facts known, its tests fitting their types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import get_args

from courrier.diagnostics import Report, Span, did_you_mean, look_up, quoted
from courrier.document import Node
from courrier.facts import WORDS, as_operand, is_blank, pattern
from courrier.model import All, Any, Condition, Fact, Has, Kind, Not, Operator, Scalar, Test
from courrier.schema import FROM_FACTS, in_words

_EQUALITY: tuple[Operator, ...] = ("in", "not_in")
_ORDER: tuple[Operator, ...] = ("above", "below", "at_least", "at_most")
OPERATORS: Mapping[Kind, tuple[Operator, ...]] = {
    "string": (*_EQUALITY, "starts_with", "ends_with", "contains", "matches"),
    "number": (*_EQUALITY, *_ORDER),
    "integer": (*_EQUALITY, *_ORDER),
    "boolean": _EQUALITY,
    "strings": ("contains",),
    "objects": (),
    "object": (),
}
"""The operators that apply to each kind of fact; `has` and `lacks` apply to all."""

_FEW = 4
_NUMBERS: tuple[Kind, ...] = ("number", "integer")
_OPERATORS: Mapping[str, Operator] = {operator: operator for operator in get_args(Operator)}
_SPELLED: Mapping[str, Operator] = {**_OPERATORS, "not": "not_in", "fact": "in"}
_SWITCHES = {"yes": "true", "on": "true", "true": "true", "no": "false", "off": "false", "false": "false"}
_NOT: Mapping[Kind, str] = {
    "string": "no string",
    "strings": "no string",
    "number": "no number",
    "integer": "no integer",
    "boolean": "neither",
}


def build_condition(node: Node, facts: Mapping[str, Fact], report: Report) -> Condition:
    """Return the condition that a `when` states, and report what in it cannot be meant.

    What the schema has already refused is passed over.
    """
    return _Builder(facts, report).condition(node)


def compared_facts(condition: Condition) -> Iterator[Fact]:
    """Yield the facts that a condition compares, other than asking whether they are there."""
    match condition:
        case Test(fact, _, operand):
            yield fact
            if isinstance(operand, Fact):
                yield operand
        case All(parts) | Any(parts):
            for part in parts:
                yield from compared_facts(part)
        case Not(part):
            yield from compared_facts(part)


def resolve_fact(path: str, span: Span, facts: Mapping[str, Fact], report: Report) -> Fact | None:
    """Return the fact at a path; report one that is not known."""
    if path in FROM_FACTS and path not in facts:
        message = f"{quoted(path)} is known in refusals only"
        report.error("unknown-fact", span, message, "test facts of the caller here: the sender is not chosen yet")
        return None
    return look_up("unknown-fact", "fact", path, span, facts, report)


@dataclass(frozen=True, slots=True)
class _Builder:
    facts: Mapping[str, Fact]
    report: Report

    def condition(self, node: Node) -> Condition:
        parts = tuple(self._parts(node))
        return parts[0] if len(parts) == 1 else All(parts)

    def _parts(self, node: Node) -> Iterator[Condition]:
        for key, child in node.entries.items():
            match key:
                case "has" | "lacks":
                    for path in child.items or (child,):
                        if fact := resolve_fact(path.text, path.span, self.facts, self.report):
                            yield Has(fact) if key == "has" else Not(Has(fact))
                case "all":
                    yield All(tuple(map(self.condition, child.items)))
                case "any":
                    yield Any(tuple(map(self.condition, child.items)))
                case "not":
                    yield Not(self.condition(child))
                case _ if "." in key:
                    if fact := resolve_fact(key, child.key_span, self.facts, self.report):
                        yield from self._tests(fact, child)

    def _tests(self, fact: Fact, node: Node) -> Iterator[Test]:
        """Yield the tests of one fact: a scalar, a list, or each operator of a mapping."""
        if not node.entries:
            yield from self._test(fact, "in", "", node)
        for written, operand in node.entries.items():
            if operator := _SPELLED.get(written):
                yield from self._test(fact, operator, written, operand)

    def _test(self, fact: Fact, operator: Operator, written: str, operand: Node) -> Iterator[Test]:
        """Yield the test that an operator makes; it is written as the empty string where a value stands alone."""
        allowed = OPERATORS[fact.kind]
        named = operand if written == "fact" else operand.entries.get("fact")
        if operator not in allowed:
            spelled = ", ".join(map(quoted, ("has", "lacks", *allowed)))
            what = f"{quoted(written)} does not apply to it" if written else "no value is equal to it"
            message = f"{quoted(fact.path)} is {WORDS[fact.kind]}: {what}"
            self.report.error("type-mismatch", operand.key_span, message, f"what applies: {spelled}")
        elif named is not None:
            other = resolve_fact(named.text, named.span, self.facts, self.report)
            if other and self._can_be_operand(fact, operator, written, other, named.span):
                yield Test(fact, operator, other)
        else:
            constants = [_constant(fact, operator, item, self.report) for item in (operand.items or (operand,))]
            if usable := tuple(constant for constant in constants if constant is not None):
                yield Test(fact, operator, usable)

    def _can_be_operand(self, fact: Fact, operator: Operator, written: str, other: Fact, span: Span) -> bool:
        """Tell whether a fact can be compared with another one; report it where not."""
        kinds = _operand_kinds(fact, written)
        if other.kind in kinds:
            return True
        found = f"{quoted(other.path)} is {WORDS[other.kind]}"
        if not kinds:
            message, help = f"{found}, and {quoted(fact.path)} is {WORDS[fact.kind]}", "write the values out as a list"
        else:
            message = f"{found}, and {quoted(fact.path)} is compared with {WORDS[kinds[0]]} here"
            fitting = [path for path, known in self.facts.items() if known.kind in kinds and known != fact]
            help = f"compare it with a value: no other fact is {WORDS[kinds[0]]}"
            if fitting:
                few = len(fitting) <= _FEW
                help = did_you_mean(other.path, fitting) if few else f"name a fact that is {WORDS[kinds[0]]}"
            if other.kind == "strings" and operator in _EQUALITY:
                help = f"write `{operator}: {{fact: {other.path}}}`"
        self.report.error("type-mismatch", span, message, help)
        return False


def _operand_kinds(fact: Fact, written: str) -> tuple[Kind, ...]:
    """Return the kinds that the other fact of a test may be of."""
    if written in {"in", "not_in"}:
        return ("strings",) if fact.kind == "string" else ()
    if fact.kind == "strings":
        return ("string",)
    return _NUMBERS if fact.kind in _NUMBERS else (fact.kind,)


def _constant(fact: Fact, operator: Operator, node: Node, report: Report) -> Scalar | None:
    """Return a constant in the form in which it compares; report one that does not fit, and return None."""
    value = node.value
    if not isinstance(value, str | int | float):
        return None
    if isinstance(value, str) and is_blank(value):
        help = f"to ask for absence write `lacks: {fact.path}`"
        report.error("type-mismatch", node.span, "a blank is never equal to anything", help)
        return None
    if not _is_of(fact.kind, value, operator in _ORDER):
        message = f"{quoted(fact.path)} is {WORDS[fact.kind]}, and {in_words(node)} is {_NOT[fact.kind]}"
        report.error("type-mismatch", node.span, message, _how_to_fit(fact, node))
        return None
    if not isinstance(value, str):
        return value
    if operator == "matches":
        try:
            pattern(value)
        except ValueError as error:
            message = f"{quoted(value)} is no RE2 pattern: {error}"
            report.error("bad-pattern", node.span, message, "see https://github.com/google/re2/wiki/Syntax")
            return None
        return value
    return as_operand(value, fact, operator)


def _is_of(kind: Kind, value: Scalar, is_bound: bool) -> bool:
    """Tell whether a constant fits a fact; the bound of an integer may have a fraction."""
    match value:
        case bool():
            return kind == "boolean"
        case str():
            return kind in {"string", "strings"}
    return kind == "number" or (kind == "integer" and (is_bound or value == int(value)))


def _how_to_fit(fact: Fact, node: Node) -> str:
    """Return what to write instead of a constant of another type."""
    written = node.span.source
    if fact.kind in {"string", "strings"}:
        return f'to compare it as a string write "{written}" in quotes'
    wanted = WORDS[fact.kind]
    if fact.kind == "boolean" and node.text.lower() in _SWITCHES:
        wanted = quoted(_SWITCHES[node.text.lower()])
    return f"write {wanted}" + (", without quotes" if written.startswith(("'", '"')) else "")
