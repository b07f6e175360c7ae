"""Show in what two rule books differ: to a person, to a program, and on a pull request."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence

import click

from courrier.decision import Json
from courrier.diagnostics import printable
from courrier.proof.changes import Change, in_words
from courrier.proof.diff import Difference, Tally
from courrier.proof.phrases import ALWAYS
from courrier.proof.ways import Way

_MOST_NAMED = 6
_ALIKE = "both decide alike"
_ONLY = {"before": "there is no such mail any more", "after": "such a mail is new"}
_MAYBE = "no facts were found that show it, so that it may be none"
_LEFT_OUT = "there are more situations than can be counted through, and more may change"


def text(found: Sequence[Difference], counted: Tally | None) -> Iterator[str]:
    """Yield each difference as lines, with facts that show it."""
    for difference in found:
        yield f"{click.style(', '.join(difference.events), bold=True)}, for {_offices(difference)}"
        if difference.only:
            yield f"  {_ONLY[difference.only]}"
        for change in difference.changes.listed:
            where = "always" if change.where == ALWAYS else f"where {printable(change.where)}"
            yield f"  {click.style(_what(change), bold=True)}, {where}"
            yield f"    before   {_end(change.before)}"
            yield f"    after    {_end(change.after)}"
            yield f"    witness  {_facts(change) or _MAYBE}"
        if not difference.changes.complete:
            yield f"  {_LEFT_OUT}"
        yield ""
    yield from _counted(counted, "") if counted else ()
    yield _total(found)


def markdown(found: Sequence[Difference], counted: Tally | None) -> Iterator[str]:
    """Yield the differences as a comment on a pull request."""
    yield f"**courrier diff**: {_total(found)}"
    for difference in found:
        yield f"\n### {', '.join(f'`{event}`' for event in difference.events)}, for {_offices(difference)}\n"
        if difference.only:
            yield _sentence(_ONLY[difference.only])
        if difference.changes.listed:
            yield "| | where | before | after |"
            yield "|---|---|---|---|"
        for change in difference.changes.listed:
            cells = (_what(change), printable(change.where), _end(change.before), _end(change.after))
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
        if not difference.changes.complete:
            yield f"\n{_sentence(_LEFT_OUT)}"
        shown = [facts for change in difference.changes.listed if (facts := _facts(change))]
        if shown:
            yield "\n<details><summary>facts that show it</summary>\n\n```json"
            yield from shown
            yield "```\n\n</details>"
    if counted:
        yield ""
        yield from _counted(counted, "- ")


def as_json(found: Sequence[Difference], counted: Tally | None) -> Iterator[str]:
    """Yield one JSON object."""
    told: dict[str, Json] = {"alike": not found, "differences": [_difference(difference) for difference in found]}
    if counted:
        told["cases"] = {
            "cases": counted.cases,
            "at_fault": counted.at_fault,
            "changed": dict(sorted(counted.changed.items())),
            "gained": _people(counted.gained),
            "lost": _people(counted.lost),
        }
    yield json.dumps(told, ensure_ascii=False)


FORMATS: Mapping[str, Callable[[Sequence[Difference], Tally | None], Iterator[str]]] = {
    "text": text,
    "json": as_json,
    "markdown": markdown,
}


def _total(found: Sequence[Difference]) -> str:
    if not found:
        return _ALIKE
    changes = sum(max(1, len(difference.changes.listed)) for difference in found)
    return f"{changes} difference{'s' if changes > 1 else ''}"


def _offices(difference: Difference) -> str:
    """Say which offices a difference concerns."""
    named = [f"`{office}`" for office in difference.offices[:_MOST_NAMED]]
    if more := len(difference.offices) - len(named):
        named.append(f"{more} more")
    if not difference.platform:
        return ", ".join(named)
    return "every office that leaves it to the platform" + (f", and {', '.join(named)}" if named else "")


def _what(change: Change) -> str:
    return change.what.replace("refusals.", "refusal ")


def _end(way: Way) -> str:
    return in_words(way.end) + (f" by {way.rule.id} ({printable(way.rule.span.at)})" if way.rule else "")


def _facts(change: Change) -> str:
    return printable(json.dumps(change.facts, ensure_ascii=False)) if change.facts else ""


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _counted(tally: Tally, mark: str) -> Iterator[str]:
    """Yield how many cases change, and who receives more and fewer mails of a kind."""
    changed = sum(tally.changed.values())
    fault = f"; {tally.at_fault} are at fault in both" if tally.at_fault else ""
    yield f"{mark}{changed} of {tally.cases} cases change{fault}"
    for address, event in sorted(tally.gained.keys() | tally.lost.keys()):
        counts = {"gains": tally.gained[address, event], "loses": tally.lost[address, event]}
        said = " and ".join(f"{word} {count}" for word, count in counts.items() if count)
        yield f"{mark or '  '}{printable(address)} {said} of `{event}`"
    if not mark:
        yield ""


def _people(counts: Mapping[tuple[str, str], int]) -> Json:
    return [{"address": address, "event": event, "mails": count} for (address, event), count in sorted(counts.items())]


def _difference(difference: Difference) -> Json:
    return {
        "events": list(difference.events),
        "only": difference.only or None,
        "platform": difference.platform,
        "offices": list(difference.offices),
        "complete": difference.changes.complete,
        "changes": [
            {
                "what": change.what,
                "where": change.where,
                "before": _way(change.before),
                "after": _way(change.after),
                "witness": change.facts,
            }
            for change in difference.changes.listed
        ],
    }


def _way(way: Way) -> Json:
    rule = way.rule
    return {"gives": in_words(way.end), "rule": rule.id if rule else None, "at": rule.span.at if rule else None}
