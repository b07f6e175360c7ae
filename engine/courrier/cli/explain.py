"""`courrier explain`: a decision, for each rule why it held or did not, and which one fact would lead elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from courrier.cli.answers import print_json, print_text
from courrier.cli.changes import changes_in_full
from courrier.cli.inputs import Given, read_facts
from courrier.cli.options import format_option, rules_option, words_option
from courrier.cli.show import explanation_in_full
from courrier.cli.told import explanation_told
from courrier.cli.voice import Voice
from courrier.decision import Json
from courrier.nearest import nearest_changes
from courrier.router import Router


@click.command(
    short_help="Say for each rule why it held or why it did not.", epilog="Example: courrier explain dossier.yaml"
)
@click.argument("facts")
@rules_option
@words_option
@format_option("text", "json")
def explain(facts: str, rules: Path, lang: str | None, format_: str) -> int:
    """Explain the decision about FACTS: why each rule held or did not, and which one fact would lead elsewhere.

    FACTS is a .json, .yaml or .jsonl file, or - for JSON or JSONL on the standard input. Of many facts there is one
    line for each, with the rules that decided.

    Exits with 0 when everything is decided, with 1 when some facts are at fault.
    """
    router = Router.load(rules)
    source = read_facts(facts)
    if format_ == "json":
        return print_json(source, lambda given: _as_json(router, given.facts, lang))
    source, voice = source.settled(), Voice.of(lang, rules)

    def in_text(given: Given) -> Iterator[str]:
        if source.in_lines:
            decision = router.decide(given.facts, lang=lang)
            yield f"{given.place}: {voice.line(decision, router.book(decision.office).mails[decision.event])}"
            return
        explanation = router.explain(given.facts, lang=lang)
        decision = explanation.decision
        book = router.book(decision.office)
        if voice.wording is None:
            yield from explanation_in_full(explanation, given.facts)
        else:
            yield from explanation_told(explanation, given.facts, book.mails[decision.event], voice.wording)
        yield from changes_in_full(nearest_changes(book, given.facts, lang=lang), decision, book, voice)

    return print_text(source, in_text, apart=not source.in_lines)


def _as_json(router: Router, facts: Mapping[str, Any], lang: str | None) -> Json:
    explanation = router.explain(facts, lang=lang)
    changes = nearest_changes(router.book(explanation.decision.office), facts, lang=lang)
    return {**explanation.to_dict(), "changes": [change.to_dict() for change in changes]}
