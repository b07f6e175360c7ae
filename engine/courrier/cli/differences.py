"""Show in what two rule books differ: to a person and to a program."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click

from courrier.cli.show import label
from courrier.decision import Json
from courrier.diagnostics import facts_line, printable, quoted
from courrier.proof.changes import Change, in_words
from courrier.proof.diff import Diff
from courrier.proof.grouped import Concerned, Difference
from courrier.proof.phrases import ALWAYS, listed
from courrier.proof.tally import Tally
from courrier.proof.ways import Way

ONLY = {"before": "there is no such mail any more", "after": "such a mail is new"}
MAYBE = "none were found, so that this may never happen"
LEFT_OUT = "there are more situations than can be counted through: more may change here"

_MOST_OFFICES = 6
_MOST_PEOPLE = 20
_WIDTH = 100


def text(found: Diff, counted: Tally | None) -> Iterator[str]:
    """Yield each difference as lines, with facts that show it."""
    for difference in found.differences:
        for concerned in difference.concerned:
            yield click.style(click.wrap_text(printable(whom(concerned, found)), _WIDTH, "", "  "), bold=True)
        if difference.only:
            yield f"  {ONLY[difference.only]}"
        for change in difference.changes.listed:
            yield ""
            yield click.wrap_text(printable(where(change)), _WIDTH, "  ", "    ")
            for when, way in zip(("before", "after"), change.ways, strict=True):
                yield f"    {when:<6}  {printable(result(way))}"
            yield f"    facts   {facts_of(change) or MAYBE}"
        if not difference.changes.complete:
            yield f"\n  {LEFT_OUT}"
        yield ""
    if counted:
        yield from _counted(counted)
    yield total(found)


def as_json(found: Diff, counted: Tally | None) -> Iterator[str]:
    """Yield one JSON object."""
    told: dict[str, Json] = {
        "alike": not found.differences,
        "differences": [_difference(difference) for difference in found.differences],
        "offices": {"added": [*found.added], "removed": [*found.removed]},
    }
    if counted:
        told["cases"] = {
            "cases": counted.cases,
            "at_fault": counted.at_fault,
            "changed": dict(sorted(counted.changed.items())),
            "people": [
                {
                    "address": mails.address,
                    "event": mails.event,
                    "gains": counted.gained[mails],
                    "loses": counted.lost[mails],
                }
                for mails in counted.people()
            ],
        }
    yield json.dumps(told, ensure_ascii=False)


def total(found: Diff) -> str:
    """Say how many differences there are."""
    if not found.differences:
        return "both decide alike"
    count = sum(max(1, len(difference.changes.listed)) for difference in found.differences)
    return f"{count} difference{'s' if count > 1 else ''}"


def whom(concerned: Concerned, found: Diff) -> str:
    """Say what a difference concerns, and for which offices."""
    events = listed([quoted(event) for event in concerned.events])
    kind, _, code = concerned.what.rpartition(".")
    what = {"refusals": f"refusal `{code}` of ", "": f"`{code}` of " if code else ""}[kind]
    within = f", as far as the cascade {quoted(label(concerned.within))} decides" if concerned.within else ""
    return f"{what}{events}, for {_offices(concerned, found)}{within}"


def where(change: Change) -> str:
    """Say in which situations it changes."""
    return ALWAYS if change.where == ALWAYS else f"where {change.where}"


def result(way: Way) -> str:
    """Say what situations come to, and by which rule."""
    return in_words(way.end) + (f", by {quoted(label(way.rule.id))} ({way.rule.span.at})" if way.rule else "")


def facts_of(change: Change) -> str:
    """Return the facts that show a change on one line; nothing where there are none."""
    return facts_line(change.facts) if change.facts else ""


def cases(counted: Tally) -> str:
    """Say how many cases change."""
    changed = sum(counted.changed.values())
    line = (
        f"{changed:,} of {counted.cases:,} case{'s' if counted.cases != 1 else ''} change{'s' if changed == 1 else ''}"
    )
    if len(counted.changed) > 1:
        line += ": " + listed([f"{number:,} of {quoted(event)}" for event, number in counted.changed.most_common()])
    if counted.at_fault:
        fault = "1 is" if counted.at_fault == 1 else f"{counted.at_fault:,} are"
        line += f"; {fault} at fault in both, the first on line {counted.first_at_fault}"
    return line


def more_people(counted: Tally, most: int) -> str:
    """Say how many more gain or lose mails than are listed, if there are more."""
    more = len(counted.people()) - most
    return f"and {more:,} more, whom `--format json` names" if more > 0 else ""


def _counted(counted: Tally) -> Iterator[str]:
    """Yield how many cases change, and who receives more mails of an event, and who fewer."""
    yield cases(counted)
    for mails in counted.people()[:_MOST_PEOPLE]:
        counts = {"gains": counted.gained[mails], "loses": counted.lost[mails]}
        said = " and ".join(f"{verb} {count:,}" for verb, count in counts.items() if count)
        yield printable(f"  {mails.address} {said} of {quoted(mails.event)}")
    if more := more_people(counted, _MOST_PEOPLE):
        yield f"  {more}"
    yield ""


def _offices(concerned: Concerned, found: Diff) -> str:
    """Say for which offices something changes."""
    if concerned.every_office:
        return "every office"
    files = {**dict.fromkeys(found.added, " (new file)"), **dict.fromkeys(found.removed, " (no file any more)")}
    named = [f"{quoted(office)}{files.get(office, '')}" for office in concerned.offices[:_MOST_OFFICES]]
    if more := len(concerned.offices) - len(named):
        named.append(f"{more:,} more")
    return listed([*(["every office that leaves this to the platform"] if concerned.platform else []), *named])


def _difference(difference: Difference) -> Json:
    return {
        "concerned": [
            {
                "what": concerned.what or None,
                "events": [*concerned.events],
                "every_office": concerned.every_office,
                "platform": concerned.platform,
                "offices": [*concerned.offices],
                "within": concerned.within or None,
            }
            for concerned in difference.concerned
        ],
        "only": difference.only or None,
        "complete": difference.changes.complete,
        "changes": [
            {
                "where": change.where,
                "before": _way(change.before),
                "after": _way(change.after),
                "facts": change.facts,
            }
            for change in difference.changes.listed
        ],
    }


def _way(way: Way) -> Json:
    rule = way.rule
    return {"gives": in_words(way.end), "rule": rule.id if rule else None, "at": rule.span.at if rule else None}
