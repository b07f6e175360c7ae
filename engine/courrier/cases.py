"""Try a rule book on its own cases: what each expects, what it got, and which rules no case exercises."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from courrier.build import office_ids
from courrier.decision import Address, Decision, Json, Reason
from courrier.diagnostics import Report, RulesError, Span, quoted
from courrier.document import Node, read
from courrier.facts import FactsError
from courrier.model import Refusal, Rule, RuleBook
from courrier.router import Router
from courrier.schema import validate

_CASES = "cases"


@dataclass(frozen=True, slots=True)
class Case:
    """A case as its author wrote it: facts, and what to expect of the decision about them."""

    title: str
    facts: Json
    expect: Mapping[str, Any]
    """Empty where the author has left it open."""
    span: Span


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A point in which a decision is not what a case expects."""

    point: str
    expected: str
    got: str


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a case: the decision, where there is one, and the points in which it is not as expected."""

    case: Case
    decision: Decision | None
    mismatches: tuple[Mismatch, ...]


def load_cases(root: Path, report: Report, *, may_be_open: bool = False) -> list[Case]:
    """Read the cases of a rule book, in the order of the files' names; report what is wrong with them.

    What a case expects has to be there, unless it may be open.
    """
    files = sorted(path for path in (root / _CASES).glob("[!.]*") if path.suffix in {".yaml", ".yml"})
    given: dict[str, Node | None] = {}
    return [case for path in files for case in _cases(root, f"{_CASES}/{path.name}", given, report, may_be_open)]


def try_case(router: Router, case: Case) -> Result:
    """Decide about a case and compare the decision with what the case expects."""
    facts: Any = case.facts
    try:
        decision = router.decide(facts)
    except FactsError as error:
        return Result(case, None, (Mismatch("facts", "facts to decide about", str(error)),))
    except RulesError as error:
        found = error.diagnostics[0]
        return Result(case, None, (Mismatch("rules", "rules in order", f"{found.span.at}: {found.message}"),))
    return Result(case, decision, tuple(_mismatches(case.expect, decision)))


def exercised(results: Iterable[Result]) -> set[str]:
    """Return the ids of the rules and refusals that had a say in the decisions."""
    decisions = [result.decision for result in results if result.decision]
    rules = {reason.rule for decision in decisions for reasons in decision.reasons for reason in reasons}
    return rules | {f"refusals.{refusal.code}" for decision in decisions for refusal in decision.refusals}


def to_exercise(router: Router, results: Iterable[Result]) -> dict[str, Span]:
    """Return the ids and places of the rules and refusals, the platform's and those of the offices in the cases.

    They come in reading order.
    """
    offices = {result.decision.office for result in results if result.decision}
    books = [router.book(), *(router.book(office) for office in sorted(offices))]
    places = {part.id: part.span for book in books for part in _parts(book)}
    return dict(sorted(places.items(), key=lambda item: item[1][:2]))


def _cases(root: Path, name: str, given: dict[str, Node | None], report: Report, may_be_open: bool) -> Iterator[Case]:
    """Yield the cases of a file; `given` holds the files of facts that were read before."""
    before = len(report.diagnostics)
    _, node = read(root / name, name, report)
    if node is None:
        return
    validate(_closed(node) if may_be_open else node, "cases", report)
    if len(report.diagnostics) > before:
        return
    for entry in node.entries["cases"].items:
        facts = entry.entries.get("facts")
        if named := entry.entries.get("facts_file"):
            facts = _facts_file(root, named, given, report)
        if facts is not None:
            plain: Any = entry.plain()
            yield Case(plain["case"], facts.plain(), plain.get("expect") or {}, entry.span)


def _closed(node: Node) -> Node:
    """Return the cases of a file with something in the place of each expectation that is open."""
    cases = node.entries.get("cases")
    if cases is None:
        return node
    some = Node({"outcome": Node("send", node.span, node.span)}, node.span, node.span)
    items = tuple(
        replace(entry, value={**entry.entries, "expect": some}) if entry.entries and _is_open(entry) else entry
        for entry in cases.items
    )
    return replace(node, value={**node.entries, "cases": replace(cases, value=items)}) if items else node


def _is_open(entry: Node) -> bool:
    """Tell whether a case as its file has it does not say yet what it expects: not at all, or nothing."""
    expect = entry.entries.get("expect")
    return expect is None or (not expect.broken and expect.value in (None, {}))


def _facts_file(root: Path, named: Node, given: dict[str, Node | None], report: Report) -> Node | None:
    """Return the facts of a file that a case names from its own file's folder; report a file without any."""
    name = os.path.normpath(Path(_CASES, named.text))
    if name not in given:
        given[name] = None
        if os.path.lexists(root / name):
            _, given[name] = read(root / name, name, report)
        else:
            help = f"its path starts from `{_CASES}`, the folder of this file"
            report.error("missing-file", named.span, f"there is no file {quoted(named.text)}", help)
        if node := given[name]:
            validate(node, "facts", report)
    return given[name]


def points(decision: Decision) -> dict[str, Json]:
    """Return what a decision has for each point that a case can expect, but for the deciding rules."""
    return {
        "outcome": decision.outcome,
        "from": decision.sender.address if decision.sender else None,
        "to": _addresses(decision.to),
        "cc": _addresses(decision.cc),
        "refusals": [refusal.code for refusal in decision.refusals],
        "warnings": [warning.code for warning in decision.warnings],
    }


def _mismatches(expect: Mapping[str, Any], decision: Decision) -> Iterator[Mismatch]:
    for point, value in points(decision).items():
        if point in expect and expect[point] != value:
            yield Mismatch(point, _shown(expect[point]), _shown(value))
    for role, reasons in zip(("from", "to", "cc"), decision.reasons, strict=True):
        expected = expect.get("rule", {}).get(role)
        if expected is not None and not (reasons and _is_called(reasons[-1], expected)):
            yield Mismatch(f"rule of {role}", expected, f"{reasons[-1].rule} ({reasons[-1].at})" if reasons else "none")


def _addresses(addresses: Iterable[Address]) -> list[Json]:
    return [address.address for address in addresses]


def _is_called(reason: Reason, name: str) -> bool:
    return name in {reason.rule, reason.rule.rpartition(".")[2]}


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return "none" if value is None else str(value)


def offices_without_case(root: Path, results: Iterable[Result]) -> list[str]:
    """Return the offices that have a file of their own and that no case is about."""
    tried = {result.decision.office for result in results if result.decision}
    return [office for office in office_ids(root, Report()) if office not in tried]


def _parts(book: RuleBook) -> Iterator[Rule | Refusal]:
    """Yield the rules and refusals that can have a say; a role that only names a cascade has none of its own."""
    cascades = [*book.cascades.values()]
    for mail in book.mails.values():
        cascades += [role for role in (mail.sender, mail.to, mail.cc) if role]
        yield from mail.refusals
    for cascade in cascades:
        yield from (rule for rule in cascade.rules if not rule.is_a_name)
