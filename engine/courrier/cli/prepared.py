"""`courrier prepared`: whether domains are set up for the platform to send in their name."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import click

from courrier.cli.options import format_option
from courrier.decision import Json
from courrier.diagnostics import printable

if TYPE_CHECKING:
    from courrier.lookup import Lookup
    from courrier.prepared import Platform, Preparation
    from courrier.setup_texts import Language

ALL_PREPARED, SOME_NOT = 0, 1

_NAMES = {"spf": "SPF", "dkim": "DKIM", "dmarc": "DMARC"}
_WIDTH = 80


@click.command(
    short_help="Say whether domains are set up for the platform to send.",
    epilog="Example: courrier prepared dupont.be --spf-include spf.portal.example --dkim-selector portal",
)
@click.argument("domains", metavar="DOMAIN...", nargs=-1, required=True)
@click.option(
    "--spf-include",
    metavar="NAME",
    required=True,
    envvar="COURRIER_SPF_INCLUDE",
    help="The name of the platform's SPF record; else COURRIER_SPF_INCLUDE has it.",
)
@click.option(
    "--dkim-selector",
    metavar="NAME",
    required=True,
    envvar="COURRIER_DKIM_SELECTOR",
    help="What stands before ._domainkey for the platform's key; else COURRIER_DKIM_SELECTOR has it.",
)
@click.option("--nameserver", metavar="HOST:PORT", help="The IP address of the name server to ask.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=5,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for an answer.",
)
@click.option(
    "--lang", type=click.Choice(["en", "fr", "nl"]), default="en", show_default=True, help="The language to say it in."
)
@format_option("text", "json")
def prepared(
    domains: tuple[str, ...],
    spf_include: str,
    dkim_selector: str,
    nameserver: str | None,
    timeout: float,
    lang: str,
    format_: str,
) -> int:
    """Look up whether each DOMAIN lets the platform send in its name, and say what its owner has to set up.

    Exits with 0 when all are prepared, with 1 when some are not, or nobody can say.
    """
    try:
        from courrier.prepared import Domain, Platform, check_domain
    except ImportError as error:
        raise click.ClickException(str(error)) from error
    platform, language = Platform(spf_include, dkim_selector), cast("Language", lang)
    lookup = _lookup(nameserver, timeout)
    try:
        named = [Domain.of(domain) for domain in domains]
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    found = []
    for index, domain in enumerate(named):
        found.append(check_domain(domain, platform, lookup))
        if format_ == "text":
            click.echo("\n" * bool(index) + "\n".join(_in_words(found[-1], platform, language)))
    if format_ == "json":
        click.echo(json.dumps(_in_json(found, platform, language), ensure_ascii=False))
    return ALL_PREPARED if all(preparation.prepared for preparation in found) else SOME_NOT


def _lookup(nameserver: str | None, timeout: float) -> Lookup:
    """Return what asks a name server, or those of the system.

    Raises:
        click.ClickException: the name server is none, or the system has none.
    """
    from courrier.lookup import PORT, Lookup, Server

    server = None
    try:
        if nameserver is not None:
            parts = urlsplit(f"//{nameserver}")
            server = Server(str(ipaddress.ip_address(parts.hostname or "")), parts.port or PORT)
    except ValueError as error:
        message = f"`{nameserver}` is no name server: give its IP address, with its port after a `:`"
        raise click.ClickException(message) from error
    try:
        return Lookup(server, timeout)
    except ValueError as error:
        raise click.ClickException(f"{error}; name one by `--nameserver`") from error


def _in_words(preparation: Preparation, platform: Platform, language: Language) -> Iterator[str]:
    """Yield what the owner of a domain should read."""
    from courrier.setup_texts import advice, verdict

    yield click.style(verdict(preparation, language), bold=True)
    for finding in preparation.findings:
        message, remedy = advice(finding, platform, language)
        mark, colour = ("✗", "red") if remedy else ("✓", "green")
        label = f"  {click.style(mark, fg=colour)} {_NAMES[finding.check]:<5}  "
        yield label + click.wrap_text(printable(message), _WIDTH, " " * 11, " " * 11).lstrip()
        if remedy:
            yield click.wrap_text(printable(remedy), _WIDTH, "           → ", " " * 13)


def _in_json(found: Sequence[Preparation], platform: Platform, language: Language) -> Json:
    """Return the domains that are prepared, as `office.prepared_domains` has them, and what each check found."""
    from courrier.setup_texts import advice

    names = [name for preparation in found if preparation.prepared for name in preparation.domain]
    domains: list[Json] = [
        {
            "domain": preparation.domain.name,
            "prepared": preparation.prepared,
            "checks": [
                {**finding._asdict(), **advice(finding, platform, language)._asdict()}
                for finding in preparation.findings
            ],
        }
        for preparation in found
    ]
    return {"prepared_domains": [*dict.fromkeys(names)], "domains": domains}
