"""`courrier graph`: the rules as a picture that an office understands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import click

from courrier.build import load_office, load_platform, office_ids
from courrier.cli.options import format_option, rules_argument
from courrier.diagnostics import Report, did_you_mean, quoted
from courrier.diagrams import dot, mermaid
from courrier.model import RuleBook
from courrier.phrasebook import LANGUAGES, Language
from courrier.picture import Office, Picture, picture
from courrier.svg import svg
from courrier.wording import Wording

_FORMATS: Mapping[str, Callable[[Picture], str]] = {"mermaid": mermaid, "dot": dot, "svg": svg}


@click.command(
    short_help="Draw who sends and who receives each mail.",
    epilog="Example: courrier graph my-rules --event client_user_created --lang fr --format svg > welcome.svg",
)
@rules_argument
@format_option(*_FORMATS)
@click.option(
    "--lang", type=click.Choice(LANGUAGES), default="en", show_default=True, help="The language of the picture."
)
@click.option("--office", metavar="ID", help="Draw the rules that hold for an office, its own choices marked.")
@click.option("--event", metavar="EVENT", help="Draw the mail of one event alone.")
def graph(rules: Path, format_: str, lang: Language, office: str | None, event: str | None) -> int:
    """Draw the rule book in the folder RULES as questions, and where each answer leads.

    Without RULES it is the folder that COURRIER_RULES names, else the shipped rule book.
    """
    report = Report()
    platform = book = load_platform(rules, report)
    if office is not None:
        book = _of_office(office, rules, platform, report)
    report.raise_errors()
    if event is not None and event not in book.mails:
        raise click.ClickException(f"no event is called {quoted(event)}; {did_you_mean(event, book.mails)}")
    whose = Office(office, platform) if office is not None else None
    drawn = picture(book, Wording.of_book(lang, rules), event, whose)
    click.echo(_FORMATS[format_](drawn), nl=False)
    return 0


def _of_office(office: str, rules: Path, platform: RuleBook, report: Report) -> RuleBook:
    known = office_ids(rules, Report())
    if office not in known:
        message = f"no office {quoted(office)} has choices of its own; {did_you_mean(office, known)}"
        raise click.ClickException(message)
    return load_office(rules, office, platform, report)
