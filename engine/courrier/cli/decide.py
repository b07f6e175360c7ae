"""`courrier decide`: who a mail comes from, who receives it, and whether it may leave."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from courrier.cli.answers import print_json, print_text
from courrier.cli.inputs import read_facts
from courrier.cli.logs import log_option
from courrier.cli.options import format_option, lang_option, rules_option
from courrier.cli.show import decision_in_full, decision_in_line
from courrier.decision_log import DecisionLog
from courrier.lines import Given
from courrier.router import Router


@click.command(
    short_help="Say who a mail comes from, who receives it, and whether it may leave.",
    epilog="Example: courrier decide dossier.json --format json",
)
@click.argument("facts")
@rules_option
@lang_option
@format_option("text", "json")
@log_option
def decide(facts: str, rules: Path, lang: str | None, format_: str, log: DecisionLog | None) -> int:
    """Decide about FACTS: a .json, .yaml or .jsonl file, or - for JSON or JSONL on the standard input.

    Exits with 0 when everything is decided (a refusal is a decision), with 1 when some facts are at fault.
    """
    router = Router.load(rules, on_decision=log)
    source = read_facts(facts)
    if format_ == "json":
        return print_json(source, lambda given: router.decide(given.facts, lang=lang).to_dict())
    source = source.settled()

    def in_text(given: Given) -> Iterable[str]:
        decision = router.decide(given.facts, lang=lang)
        return [decision_in_line(decision, given.line)] if source.in_lines else decision_in_full(decision, given.facts)

    return print_text(source, in_text, apart=not source.in_lines)
