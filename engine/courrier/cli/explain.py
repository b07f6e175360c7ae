"""`courrier explain`: a decision and, for each rule, why it held or why it did not."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from courrier.cli.answers import print_json, print_text
from courrier.cli.inputs import Given, read_facts
from courrier.cli.options import format_option, lang_option, rules_option
from courrier.cli.show import explanation_in_full
from courrier.router import Router


@click.command(
    short_help="Say for each rule why it held or why it did not.", epilog="Example: courrier explain dossier.yaml"
)
@click.argument("facts")
@rules_option
@lang_option
@format_option("text", "json")
def explain(facts: str, rules: Path, lang: str | None, format_: str) -> int:
    """Explain the decision about FACTS: each rule in order, why it held, why not, or that it was not reached.

    FACTS is a .json, .yaml or .jsonl file, or - for JSON or JSONL on the standard input.
    Exits with 0 when everything is decided, with 1 when some facts are at fault.
    """
    router = Router.load(rules)
    source = read_facts(facts)
    if format_ == "json":
        return print_json(source, lambda given: router.explain(given.facts, lang=lang).to_dict())

    def in_text(given: Given) -> Iterable[str]:
        return explanation_in_full(router.explain(given.facts, lang=lang), given.facts)

    return print_text(source, in_text, apart=True)
