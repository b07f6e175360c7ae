"""`courrier why`: why somebody sends or receives a mail, or why not, and what would make it otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from courrier.cli.answers import SOME_AT_FAULT, print_json, print_text
from courrier.cli.changes import changes_in_full
from courrier.cli.inputs import Given, read_several
from courrier.cli.options import format_option, rules_option, words_option
from courrier.cli.show import heading, label, mark, refusal_in_full, tests_in_full, warned
from courrier.cli.told import Telling
from courrier.cli.voice import Voice
from courrier.decision import Json
from courrier.diagnostics import printable
from courrier.facts import read_text
from courrier.model import RuleBook
from courrier.recipients import is_address
from courrier.router import Router
from courrier.why import Naming, Why, takes_part
from courrier.why import why as reasons_why

YES, NO, AT_FAULT = 0, 1, 2


@click.command(
    short_help="Say why somebody sends or receives a mail, or why not.",
    epilog="Example: courrier why marie@dupont.example dossier.yaml",
)
@click.argument("address")
@click.argument("facts", nargs=-1, required=True)
@rules_option
@words_option
@format_option("text", "json")
def why(address: str, facts: tuple[str, ...], rules: Path, lang: str | None, format_: str) -> int:
    """Say whether ADDRESS sends or receives the mail of FACTS, why or why not, and which one fact would change it.

    FACTS are .json, .yaml and .jsonl files, or - for JSON or JSONL on the standard input. Of many facts there is one
    line for each.

    Exits as grep does: with 0 when ADDRESS sends or receives a mail, with 1 when it does neither, with 2 when some
    facts are at fault.
    """
    if not is_address(address):
        raise click.UsageError(f"`{address}` is no e-mail address", click.get_current_context())
    router, voice, source = Router.load(rules), Voice.of(lang, rules), read_several(facts)
    found: set[bool] = set()

    def in_json(given: Given) -> Json:
        answer = reasons_why(router.book(read_text(given.facts, "office.id")), address, given.facts, lang=lang)
        found.add(answer.holds)
        place: dict[str, Json] = {"file": given.file, "line": given.line} if given.file else {}
        return {**place, **answer.to_dict()}

    def in_text(given: Given) -> Iterator[str]:
        decision = router.decide(given.facts, lang=lang)
        book = router.book(decision.office)
        holds = takes_part(address, decision)
        found.add(holds)
        if source.in_lines:
            line = voice.line(decision, book.mails[decision.event])
            yield f"{printable(given.place)}: {_yes_or_no(holds, voice)}  {line}"
        else:
            yield from _in_full(reasons_why(book, address, given.facts, lang=lang), given.facts, book, voice)

    as_text = format_ == "text"
    code = print_text(source, in_text, apart=not source.in_lines) if as_text else print_json(source, in_json)
    return AT_FAULT if code == SOME_AT_FAULT else YES if True in found else NO


def _in_full(answer: Why, facts: Mapping[str, Any], book: RuleBook, voice: Voice) -> Iterator[str]:
    """Yield an answer as lines: yes or no, the rules that give the address or would, and what would change it."""
    decision = answer.decision
    event = voice.event(decision, book.mails[decision.event])
    yield from heading(decision, facts, _yes_or_no(answer.holds, voice), event)
    told = voice.say(f"of {' '.join(answer.roles) or 'nobody'}", who=printable(answer.address))
    if decision.refusals and answer.roles:
        told = voice.sentence(voice.say("of a refused mail", it=told))
    yield f"  {told}"
    if not answer.roles:
        yield from voice.table(decision)
    for refusal in decision.refusals:
        yield from refusal_in_full(refusal, voice.say("reason"))
    for warning in decision.warnings:
        yield warned(voice.warning(warning), voice.say("warning"))
    roles = dict.fromkeys(naming.role for naming in answer.rules)
    for role in roles:
        yield ""
        yield f"  {click.style(voice.title(role), bold=True)}"
        yield from _rules([naming for naming in answer.rules if naming.role == role], answer, facts, voice)
    if not roles:
        yield ""
        yield f"  {voice.sentence(voice.say('no rule'))}"
    yield from changes_in_full(answer.changes, decision, book, voice)


def _rules(rules: list[Naming], answer: Why, facts: Mapping[str, Any], voice: Voice) -> Iterator[str]:
    """Yield rules as lines, with what came of each and what its tests found."""
    names = max(len(label(naming.rule.rule)) for naming in rules)
    places = max(len(naming.rule.at) for naming in rules)
    for _, rule, standing, decided in rules:
        said = voice.say("decided", rule=voice.named(label(decided))) if decided else voice.say(standing)
        line = f"{label(rule.rule):<{names}}  {rule.at:<{places}}  {said}"
        yield f"    {mark(rule.state)} {click.style(line, dim=True) if decided else line}"
        if voice.wording:
            yield from Telling(voice.wording, facts, answer.decision).tests(rule.tests)
        else:
            yield from tests_in_full(rule.tests)


def _yes_or_no(holds: bool, voice: Voice) -> str:
    said = voice.say("yes" if holds else "no")
    return click.style(said.capitalize() if voice.wording else said, fg="green" if holds else "yellow", bold=True)
