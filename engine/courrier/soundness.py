"""Make sure that rules mean something which were unpacked and not built: names known, tests fitting their facts.

`build` sees to it with places and helps, for authors. What stands in a file that nobody writes by hand is right or not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from courrier.conditions import OPERATORS
from courrier.consistency import check_platform
from courrier.diagnostics import Report
from courrier.facts import pattern
from courrier.model import AddressOf, Cascade, Fact, Kind, Rule, RuleBook, Test, ToCascade
from courrier.situations import tests_of

_LAST_RESORT = "en"
_CONSTANTS: dict[Kind, type] = {
    "string": str,
    "strings": str,
    "boolean": bool,
    "number": float,
    "integer": float,
}


def is_sound(book: RuleBook) -> bool:
    """Tell whether the engine can decide by a rule book, whatever the facts are."""
    report = Report()
    check_platform(book, report)
    rules = [rule for cascade in _cascades(book) for rule in cascade.rules]
    refusals = [*book.refusals.values(), *(refusal for mail in book.mails.values() for refusal in mail.refusals)]
    conditions = [*(rule.when for rule in rules if rule.when), *(refusal.when for refusal in refusals)]
    return (
        not report.diagnostics
        and all(_leads_somewhere(rule, book) for rule in rules)
        and all(_LAST_RESORT in refusal.message and _LAST_RESORT in refusal.remedy for refusal in refusals)
        and all(_fits(test) for condition in conditions for test in tests_of(condition) if isinstance(test, Test))
    )


def _cascades(book: RuleBook) -> Iterator[Cascade]:
    yield from book.cascades.values()
    for mail in book.mails.values():
        yield from (role for role in (mail.sender, mail.to, mail.cc) if role)


def _leads_somewhere(rule: Rule, book: RuleBook) -> bool:
    match rule.outcome:
        case ToCascade(name):
            return name in book.cascades
        case AddressOf(address, name):
            return address.kind == "string" and (name is None or name.kind == "string")
    return True


def _fits(test: Test) -> bool:
    """Tell whether a test can be made of its fact."""
    constant = _CONSTANTS.get(test.fact.kind)
    if test.operator not in OPERATORS[test.fact.kind]:
        return False
    if isinstance(test.operand, Fact):
        return _CONSTANTS.get(test.operand.kind) is constant
    for value in test.operand:
        if (float if type(value) is int else type(value)) is not constant:
            return False
        if isinstance(value, float) and not math.isfinite(value):
            return False
        if test.operator == "matches" and not _is_pattern(str(value)):
            return False
    return bool(test.operand)


def _is_pattern(text: str) -> bool:
    try:
        pattern(text)
    except ValueError:
        return False
    return True
