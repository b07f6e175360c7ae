"""`courrier replay`: which logged decisions would come out differently under other rules."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import click

from courrier.cli.logs import LogLine, log_key, read_logs, unusable_key
from courrier.cli.options import format_option, rules_option
from courrier.decision import Json
from courrier.diagnostics import RulesError, printable
from courrier.replay import Replay, Replayed, State
from courrier.router import Router

ALIKE, DIFFERENT = 0, 1

MOST_LISTED = 1000
"""Results that are listed; the decisions of more are only counted."""
_COLOURS: Mapping[State, str] = {"different": "red", "cannot be told": "yellow"}


@click.command(
    short_help="Say which logged decisions other rules would change.",
    epilog="Example: courrier replay decisions.jsonl --rules my-rules",
)
@click.argument("logs", metavar="LOG...", nargs=-1, required=True, type=click.Path(path_type=Path))
@rules_option
@format_option("text", "json")
def replay(logs: tuple[Path, ...], rules: Path, format_: str) -> int:
    """Say which of the decisions in each LOG would come out differently under other rules.

    A log is what `courrier decide --log` writes, or a service. COURRIER_LOG_KEY has the key that it was written with.

    Exits with 0 when no decision is known to come out differently, with 1 when some are.
    """
    router = Router.load(rules)
    try:
        again = Replay(router, log_key())
    except ValueError as error:
        raise unusable_key(error) from error
    tally = _tally(again, read_logs(logs))
    if not any(tally.counts.values()):
        raise click.ClickException(f"`{logs[0]}` holds no record of a decision; name a file that `--log` has written")
    click.echo(json.dumps(tally.to_dict()) if format_ == "json" else "\n".join(_in_words(tally)))
    return DIFFERENT if tally.counts["different"] else ALIKE


class _Found(NamedTuple):
    """How many decisions came to a result, and where the first of them stands."""

    decisions: int
    first: str


class _Tally:
    """What came of the lines of logs."""

    def __init__(self) -> None:
        self.counts: dict[State, int] = {"alike": 0, "different": 0, "cannot be told": 0}
        self.found: dict[Replayed, _Found] = {}
        self.broken = 0
        self.first_broken = ""

    def add(self, replayed: Replayed, at: str) -> None:
        self.counts[replayed.state] += 1
        if replayed.state != "alike" and (replayed in self.found or len(self.found) < MOST_LISTED):
            decisions, first = self.found.get(replayed, (0, at))
            self.found[replayed] = _Found(decisions + 1, first)

    def to_dict(self) -> dict[str, Json]:
        counts: dict[str, Json] = dict(self.counts.items())
        results = [{**replayed._asdict(), **found._asdict()} for replayed, found in self.found.items()]
        return {**counts, "broken": self.broken, "results": [*results]}


def _tally(replay: Replay, lines: Iterable[LogLine]) -> _Tally:
    tally = _Tally()
    for text, at in lines:
        if not text.strip():
            continue
        try:
            tally.add(replay.line(text), at)
        except RulesError:
            raise
        except ValueError:
            tally.broken += 1
            tally.first_broken = tally.first_broken or at
    return tally


def _in_words(tally: _Tally) -> Iterator[str]:
    different_first = sorted(tally.found.items(), key=lambda item: item[0].state != "different")
    for replayed, found in different_first:
        times = f"{found.decisions} times, first at" if found.decisions > 1 else "at"
        state = click.style(replayed.state, fg=_COLOURS[replayed.state], bold=True)
        yield f"{state}  {printable(replayed.event)} of {printable(replayed.office)}, {times} {printable(found.first)}"
        lead = "the log does not say: " if replayed.state == "cannot be told" else ""
        yield from (f"  {lead}{printable(detail)}" for detail in replayed.details)
        yield ""
    yield ", ".join(f"{count} {state}" for state, count in tally.counts.items())
    if tally.broken:
        lines = "1 line is no record" if tally.broken == 1 else f"{tally.broken} lines are no records"
        yield f"{lines} of a decision, the first at {printable(tally.first_broken)}"
