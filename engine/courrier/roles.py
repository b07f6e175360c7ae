"""Turn what a mail or a cascade says into rules: names resolved, conditions typed, one outcome each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from courrier.conditions import build_condition, resolve_fact
from courrier.diagnostics import Report, Span, look_up, nearest, quoted
from courrier.document import Node
from courrier.facts import WORDS
from courrier.model import AddressOf, Cascade, Collaborators, Fact, Outcome, Rule, SameAsFrom, ToCascade

_OUTCOMES = ("address", "collaborators", "cascade", "same_as")
_UNKNOWN = ToCascade("")
"""Stands for an outcome that is at fault; it leads nowhere, and nothing more is said of it."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What the rules of a file may name, and where to report what they should not."""

    facts: Mapping[str, Fact]
    cascades: Mapping[str, object]
    report: Report


def build_role(node: Node, id: str, scope: Scope) -> Cascade:
    """Return what `from`, `to` or `cc` says as a cascade: a name and a single outcome are cascades of one rule."""
    if node.items:
        return build_cascade(node, id, scope)
    outcome = _outcome(node, node.key_span, scope) if node.entries else _to_cascade(node, scope)
    return Cascade(id, (Rule(id, False, None, outcome, node.key_span),))


def build_cascade(node: Node, id: str, scope: Scope) -> Cascade:
    """Return the rules of a list, in order; their names are unique in it."""
    return Cascade(id, tuple(_rules(node, id, scope)))


def _rules(node: Node, id: str, scope: Scope) -> Iterator[Rule]:
    seen: dict[str, Span] = {}
    for item in node.items:
        name, when = item.entries.get("rule"), item.entries.get("when")
        text = name.text if name else ""
        span = name.key_span.until(name.span) if name else item.span
        if text and (first := seen.setdefault(text, span)) is not span:
            message = f"a rule of this list is called {quoted(text)} already"
            scope.report.error(
                "duplicate-rule", span, message, f"the first is on line {first.line}; give each its own name"
            )
        condition = build_condition(when, scope.facts, scope.report) if when else None
        yield Rule(f"{id}.{text}", True, condition, _outcome(item, span, scope), span)


def _outcome(node: Node, span: Span, scope: Scope) -> Outcome:
    """Return the one outcome of the rule at a place; report it where there is not just one."""
    given = {key: child for key, child in node.entries.items() if key in _OUTCOMES}
    name = node.entries.get("name")
    if len(given) > 1:
        message = f"this rule has several outcomes: {', '.join(map(quoted, given))}"
        scope.report.error("one-outcome", [*given.values()][1].key_span, message, "keep one of them")
        return _UNKNOWN
    if not given and node.entries and node.entries.keys() <= {"rule", "when", "name"} and not node.broken:
        outcomes = ", ".join(map(quoted, _OUTCOMES))
        scope.report.error("one-outcome", span, "this rule has no outcome", f"give it one of {outcomes}")
    elif name and given and "address" not in given:
        scope.report.error("one-outcome", name.key_span, "`name` goes with `address` alone", "take it out")
    match given:
        case {"address": value}:
            address, shown = _address(value, scope), _name(name, scope) if name else None
            return AddressOf(address, shown) if address else _UNKNOWN
        case {"collaborators": value}:
            return Collaborators(tuple(item.text for item in value.items))
        case {"cascade": value}:
            return _to_cascade(value, scope)
        case {"same_as": _}:
            return SameAsFrom()
    return _UNKNOWN


def _address(node: Node, scope: Scope) -> Fact | None:
    """Return the fact that holds an address; report one that holds none."""
    if "@" in node.text:
        help = (
            f"name the fact that holds the address; who works at the office is named in `collaborators: [{node.text}]`"
        )
        scope.report.error("unknown-fact", node.span, f"{quoted(node.text)} is an address, and no fact", help)
        return None
    fact = resolve_fact(node.text, node.span, scope.facts, scope.report)
    if fact is None or (fact.format == "address" and fact.kind == "string"):
        return fact
    addresses = [path for path, other in scope.facts.items() if other.format == "address" and other.kind == "string"]
    beside = fact.path.rpartition(".")[0] if fact.kind == "string" else fact.path
    near = nearest(f"{beside}.email", addresses)
    message = f"{quoted(fact.path)} is {WORDS[fact.kind]}, and an address is wanted here"
    help = "name a fact that is an address; one of your own says `format: email` in `facts.schema.json`"
    scope.report.error("type-mismatch", node.span, message, f"did you mean {quoted(near)}?" if near else help)
    return None


def _name(node: Node, scope: Scope) -> Fact | None:
    """Return the fact that holds a name; report one that holds no string."""
    fact = resolve_fact(node.text, node.span, scope.facts, scope.report)
    if fact is None or fact.kind == "string":
        return fact
    message = f"{quoted(fact.path)} is {WORDS[fact.kind]}, and a name is wanted here"
    scope.report.error("type-mismatch", node.span, message, "name a fact that is a string")
    return None


def _to_cascade(node: Node, scope: Scope) -> ToCascade:
    if "@" in node.text:
        help = f"who works at the office is named in `collaborators: [{node.text}]`"
        scope.report.error("unknown-cascade", node.span, f"{quoted(node.text)} is an address, and no cascade", help)
        return _UNKNOWN
    look_up("unknown-cascade", "cascade", node.text, node.span, scope.cascades, scope.report)
    return ToCascade(node.text)
