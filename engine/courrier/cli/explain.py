"""`courrier explain`: a decision and, for each rule, why it held or why it did not."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from courrier.cli.answers import print_json, print_text
from courrier.cli.inputs import read_facts
from courrier.cli.options import format_option, rules_option
from courrier.cli.show import explanation_in_full
from courrier.cli.told import explanation_told
from courrier.lines import Given
from courrier.phrasebook import LANGUAGES, Language
from courrier.router import Router
from courrier.wording import Wording


@click.command(
    short_help="Say for each rule why it held or why it did not.", epilog="Example: courrier explain dossier.yaml"
)
@click.argument("facts")
@rules_option
@click.option(
    "--lang",
    metavar="CODE",
    help="Explain in words: en, fr or nl.  [default: the tests as they are written, messages in the user's language]",
)
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

    wording = Wording.of_book(_in_words(lang), rules) if lang else None

    def in_text(given: Given) -> Iterable[str]:
        explanation = router.explain(given.facts, lang=lang)
        if wording is None:
            return explanation_in_full(explanation, given.facts)
        mail = router.book(explanation.decision.office).mails[explanation.decision.event]
        return explanation_told(explanation, given.facts, mail, wording)

    return print_text(source, in_text, apart=True)


def _in_words(lang: str) -> Language:
    """Return the language to explain in: that of messages where it is one that rules can be said in, else English."""
    code = lang.replace("_", "-").partition("-")[0].lower()
    return next((language for language in LANGUAGES if language == code), "en")
