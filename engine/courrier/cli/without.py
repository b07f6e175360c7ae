"""`courrier without`: what changes when a collaborator leaves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from courrier.cli.departures import FORMATS
from courrier.cli.inputs import read_facts
from courrier.cli.options import format_option, rules_option
from courrier.departure import Departure, departure
from courrier.diagnostics import did_you_mean, quoted
from courrier.router import Router

ALL_DECIDED, SOME_AT_FAULT = 0, 1


@click.command(
    short_help="Say what changes when a collaborator leaves.",
    epilog="Example: courrier without marie --facts cases.jsonl --rules my-rules",
)
@click.argument("collaborator")
@click.option("--facts", metavar="FILE", required=True, help="The cases: a file of facts, or - for the standard input.")
@rules_option
@format_option(*FORMATS)
def without(collaborator: str, facts: str, rules: Path, format_: str) -> int:
    """Say which cases change when the COLLABORATOR leaves whom an id or an e-mail address names.

    Each case is decided as it is, and without that person: who takes over, what falls to the last resort, what is
    refused then; and which rules name the person. Of each such change there are facts for `courrier explain -`.

    Exits with 0 when every case is decided, with 1 when some facts are at fault.
    """
    cases = ((given.line, given.error or given.facts) for given in read_facts(facts).given)
    found = departure(Router.load(rules), collaborator, cases)
    if not (found.offices or found.rules):
        raise click.ClickException("; ".join(_nowhere(found)))
    for line in FORMATS[format_](found):
        click.echo(line)
    return SOME_AT_FAULT if found.at_fault else ALL_DECIDED


def _nowhere(found: Departure) -> Iterator[str]:
    """Say that the person was not found, and why that may be."""
    yield f"{quoted(found.name)} is in none of the {found.cases:,} cases, and no rule has the name"
    for fault in found.faults[:1]:
        yield f"{found.at_fault:,} of them are at fault, the first on line {fault.line}: {fault.message}"
    if found.known:
        yield did_you_mean(found.name, found.known)
