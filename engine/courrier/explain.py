"""Say why a decision came out as it did, from the answers that led to it: nothing is decided a second time."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from courrier.decision import Decision, Json
from courrier.diagnostics import printable
from courrier.facts import describe, is_blank, lookup
from courrier.model import All, Any, Cascade, Condition, Fact, Has, Not, Refusal, Rule, Scalar, Test
from courrier.routing import Answer, Role, Route

State = Literal["held", "did not hold", "not reached"]

_PLAIN = re.compile(r"[^\W\d][\w.@/+-]*")
_READ_OTHERWISE = {"true", "false", "null"}
_LONGEST_VALUE = 60


class TestSeen(NamedTuple):
    """A test of a rule as its author wrote it, whether it held, and what the facts had."""

    test: str
    holds: bool
    found: str
    leaf: Has | Test
    """The test as the engine knows it."""
    wanted: bool
    """Whether the leaf is to hold or, under a `not`, is not."""


class RuleSeen(NamedTuple):
    """A rule or a refusal, its place as `file:line`, how it went, and its tests where it was reached."""

    rule: str
    at: str
    state: State
    tests: tuple[TestSeen, ...]


class CascadeSeen(NamedTuple):
    """A cascade that was asked, and its rules in order."""

    cascade: str
    rules: tuple[RuleSeen, ...]


class Explanation(NamedTuple):
    """A decision with each rule that had, or could have had, a say in it."""

    decision: Decision
    roles: Mapping[Role, tuple[CascadeSeen, ...]]
    """For `from`, `to` and `cc` the cascades in the order in which they were asked."""
    refusals: tuple[RuleSeen, ...]

    def to_dict(self) -> dict[str, Json]:
        """Return the explanation as the JSON object that `courrier explain --format json` prints."""
        return {
            "decision": self.decision.to_dict(),
            "roles": {
                role: [{"cascade": seen.cascade, "rules": [_json(rule) for rule in seen.rules]} for seen in cascades]
                for role, cascades in self.roles.items()
            },
            "refusals": [_json(refusal) for refusal in self.refusals],
        }


def explanation(route: Route, decision: Decision) -> Explanation:
    """Return what the answers of a route say about each rule."""
    roles = {
        role: tuple(CascadeSeen(answer.question.subject.id, tuple(_rules(answer, route.facts))) for answer in answers)
        for role, answers in route.roles.items()
    }
    refusals = tuple(seen for answer in route.refusals for seen in _rules(answer, route.facts))
    return Explanation(decision, roles, refusals)


def written(test: Has | Test, holds: bool = True) -> str:
    """Return a test as an author writes it, or unless it is to hold, its denial.

    >>> vat_period = Fact("dossier.vat_period", "string")
    >>> written(Test(vat_period, "in", ("monthly",))), written(Has(vat_period), holds=False)
    ('dossier.vat_period: monthly', 'lacks: dossier.vat_period')
    """
    if isinstance(test, Has):
        return f"{'has' if holds else 'lacks'}: {test.fact.path}"
    path, operand = test.fact.path, test.operand
    several = operand.kind == "strings" if isinstance(operand, Fact) else len(operand) > 1
    value = f"{{fact: {operand.path}}}" if isinstance(operand, Fact) else _constants(operand)
    match test.operator:
        case "in" if not (several and isinstance(operand, Fact)):
            text = f"{path}: {value}"
        case "not_in" if not several:
            text = f"{path}: {{not: {value}}}"
        case operator:
            text = f"{path}: {{{operator}: {value}}}"
    return text if holds else f"not: {{{text}}}"


def _rules(answer: Answer, facts: Mapping[str, object]) -> Iterator[RuleSeen]:
    subject = answer.question.subject
    rules: tuple[Rule | Refusal, ...] = subject.rules if isinstance(subject, Cascade) else (subject,)
    for index, rule in enumerate(rules):
        reached = answer.fired is None or index <= answer.fired
        state: State = "held" if index == answer.fired else "did not hold" if reached else "not reached"
        tests = tuple(_tests(rule.when, answer, facts)) if rule.when and reached else ()
        yield RuleSeen(rule.id, rule.span.at, state, tests)


def _tests(condition: Condition, answer: Answer, facts: Mapping[str, object]) -> Iterator[TestSeen]:
    leaves = answer.question.situations.leaves
    for test, holds in dict.fromkeys(_leaves(condition)):
        found = _found(lookup(facts, test.fact.path))
        if isinstance(test, Test) and isinstance(test.operand, Fact):
            found += f"; {test.operand.path} is {_found(lookup(facts, test.operand.path))}"
        yield TestSeen(written(test, holds), leaves[test].holds(answer.situation) == holds, found, test, holds)


def _leaves(condition: Condition, holds: bool = True) -> Iterator[tuple[Has | Test, bool]]:
    """Yield the tests of a condition, in reading order, and whether each is to hold or, under a `not`, is not."""
    match condition:
        case Not(part):
            yield from _leaves(part, not holds)
        case All(parts) | Any(parts):
            for part in parts:
                yield from _leaves(part, holds)
        case _:
            yield condition, holds


def _found(value: object) -> str:
    """Return what a fact holds, short enough for a line."""
    if is_blank(value) or isinstance(value, Mapping):
        return describe(value)
    if isinstance(value, list | tuple):
        text = "[" + ", ".join(_found(item) for item in value) + "]"
        return text if len(text) <= _LONGEST_VALUE else f"a list of {len(value)}"
    try:
        text = printable(_scalar(value)) if isinstance(value, str | int | float) else describe(value)
    except ValueError:  # Python writes no integer of thousands of digits
        text = describe(value)
    return text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "…"


def _scalar(value: Scalar) -> str:
    """Return a scalar as YAML has it, in quotes where it would read as something else without."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _READ_OTHERWISE:
        return value
    return json.dumps(value, ensure_ascii=False)


def _constants(values: tuple[Scalar, ...]) -> str:
    return _scalar(values[0]) if len(values) == 1 else "[" + ", ".join(_scalar(value) for value in values) + "]"


def _json(seen: RuleSeen) -> Json:
    tests: list[Json] = [{"test": test.test, "holds": test.holds, "found": test.found} for test in seen.tests]
    return {**seen._asdict(), "tests": tests}
