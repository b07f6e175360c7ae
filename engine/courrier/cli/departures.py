"""Show what changes when a collaborator leaves: to a person, to a program, and on a page."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import click

from courrier.cli.show import label
from courrier.decision import Json, Reason
from courrier.departure import Counted, Departure, Effect
from courrier.diagnostics import facts_line, printable, quoted

_MOST_LISTED = 10
"""Effects of one kind of event that are listed; a program is given all."""
_MOST_OFFICES = 5


def text(found: Departure) -> Iterator[str]:
    """Yield what changes as lines, kind by kind of event, with facts that show it."""
    yield click.style(_headline(found), bold=True)
    for event, of_event in _by_event(found.effects):
        yield ""
        yield f"{click.style(printable(event), bold=True)}: {_change(found.changed.get(event, 0))}"
        shown: set[int] = set()
        for one in of_event[:_MOST_LISTED]:
            yield f"  {one.cases:>5,}  {printable(_in_words(one.effect))}"
            if one.line not in shown:
                said = click.style(f"line {one.line} without the person", dim=True)
                yield f"         {said}  {facts_line(one.example)}"
            shown.add(one.line)
        yield from _more(of_event, "  ")
    if found.rules:
        yield ""
        yield "rules that name the person, to be changed:"
        yield from (f"  {_rule(rule)}" for rule in found.rules)
    if rest := [*_rest(found, "  ")]:
        yield ""
        yield from rest


def markdown(found: Departure) -> Iterator[str]:
    """Yield what changes as a page."""
    yield f"**courrier without**: {_headline(found)}"
    for event, of_event in _by_event(found.effects):
        yield f"\n### `{printable(event)}`: {_change(found.changed.get(event, 0))}\n"
        yield "| cases | what changes | first on line |"
        yield "|---|---|---|"
        for one in of_event[:_MOST_LISTED]:
            yield f"| {one.cases} | {_in_a_cell(_in_words(one.effect))} | {one.line} |"
        yield from _more(of_event, "\n")
        yield "\n<details><summary>facts that show it, without the person</summary>\n\n```json"
        yield from dict.fromkeys(facts_line(one.example) for one in of_event[:_MOST_LISTED])
        yield "```\n\n</details>"
    if found.rules:
        yield "\nRules that name the person, to be changed:"
        yield from (f"- {_rule(rule)}" for rule in found.rules)
    if rest := [*_rest(found, "- ")]:
        yield ""
        yield from rest


def as_json(found: Departure) -> Iterator[str]:
    """Yield one JSON object."""
    told: dict[str, Json] = {
        "collaborator": found.name,
        "offices": list(found.offices),
        "cases": found.cases,
        "changed": dict(found.changed),
        "effects": [_as_json(one) for one in found.effects],
        "further": found.further,
        "rules": [dict(rule._asdict()) for rule in found.rules],
        "at_fault": found.at_fault,
        "faults": [dict(fault._asdict()) for fault in found.faults],
    }
    yield json.dumps(told, ensure_ascii=False)


FORMATS: Mapping[str, Callable[[Departure], Iterator[str]]] = {"text": text, "json": as_json, "markdown": markdown}


def _headline(found: Departure) -> str:
    named = ", ".join(found.offices[:_MOST_OFFICES])
    more = len(found.offices) - _MOST_OFFICES
    offices = f" {named}{f' and {more} more' if more > 0 else ''}" if named else ""
    changed = sum(found.changed.values())
    change = "change" if changed > 1 else "changes"
    return printable(f"{quoted(found.name)} leaves{offices}: {changed or 'none'} of {_cases(found.cases)} {change}")


def _rest(found: Departure, mark: str) -> Iterator[str]:
    """Yield what else there is to know; `mark` stands before each item of a list."""
    if len(found.offices) > 1 and "@" not in found.name:
        yield f"{quoted(printable(found.name))} is an id at several offices: name one person by the e-mail address"
    if found.further:
        yield f"{_cases(found.further)} change in further ways"
    if found.at_fault:
        yield f"{_cases(found.at_fault)} at fault, about which nothing is decided:"
        yield from (f"{mark}line {fault.line}: {printable(fault.message)}" for fault in found.faults)
        if more := found.at_fault - len(found.faults):
            yield f"{mark}and {more:,} more"


def _by_event(effects: Iterable[Counted]) -> Iterator[tuple[str, Sequence[Counted]]]:
    for event, of_event in itertools.groupby(effects, lambda one: one.effect.event):
        yield event, [*of_event]


def _in_words(effect: Effect) -> str:
    """Say what an effect is, and by which rule."""
    by = f"  {_rule(effect.by)}" if effect.by else ""
    last = " as the last resort" if effect.last_resort else ""
    if effect.what == "facts":
        return f"nothing is decided any more: {effect.after}"
    if effect.what == "refuse":
        return f"{'refused' if effect.after else 'no longer refused'}{by}"
    if not effect.changes:
        return f"{effect.what}: still {effect.after}{by}{last}"
    return f"{effect.what}: {effect.before or 'nobody'} → {effect.after or 'nobody takes over'}{by}{last}"


def _rule(rule: Reason) -> str:
    return printable(f"{label(rule.rule)} ({rule.at})")


def _cases(count: int) -> str:
    return f"{count:,} case{'' if count == 1 else 's'}"


def _change(count: int) -> str:
    return f"{_cases(count)} change{'s' if count == 1 else ''}"


def _more(listed: Sequence[Counted], mark: str) -> Iterator[str]:
    if len(listed) > _MOST_LISTED:
        yield f"{mark}and {len(listed) - _MOST_LISTED} more ways, which --format json has"


def _in_a_cell(words: str) -> str:
    return printable(words).replace("|", "\\|")


def _as_json(one: Counted) -> Json:
    effect = one.effect
    return {
        "event": effect.event,
        "what": effect.what,
        "before": effect.before or None,
        "after": effect.after or None,
        "rule": effect.by.rule if effect.by else None,
        "at": effect.by.at if effect.by else None,
        "last_resort": effect.last_resort,
        "cases": one.cases,
        "line": one.line,
        "example": dict(one.example),
    }
