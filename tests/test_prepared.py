"""Whether domains are prepared, asked of a name server on the loopback: good, missing, broken and looping records."""

import importlib
import itertools
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dns.resolver
import pytest
from commands import Ran, courrier
from courrier import lookup, setup_texts
from courrier.lookup import Lookup, Server
from courrier.prepared import Domain, Finding, Platform, Preparation, check_domain
from nameserver import ALIAS, FAILING, SILENT, Table, nameserver

PLATFORM = Platform("spf.portal.example", "portal")
COMMANDS = Path(__file__).parents[1] / "docs" / "reference" / "commands.md"
GOOD = "v=spf1 include:spf.portal.example ~all"
KEY = "v=DKIM1; k=rsa; p=" + "MIGf" * 80
POLICY = "v=DMARC1; p=reject; rua=mailto:dmarc@dupont.be"
PREPARED: Table = {
    "dupont.be": GOOD,
    "portal._domainkey.dupont.be": KEY,
    "_dmarc.dupont.be": POLICY,
    "spf.portal.example": "v=spf1 ip4:192.0.2.0/24 -all",
}
NO_SERVER = "is no name server: give its IP address, with its port after a `:`"


def found(records: Mapping[str, Any], domain: str = "dupont.be") -> Preparation:
    with nameserver({**PREPARED, **records}) as port:
        timeout = 1 if SILENT in records.values() else 30
        return check_domain(Domain.of(domain), PLATFORM, Lookup(Server("127.0.0.1", port), timeout))


def of(check: str, records: Mapping[str, Any], domain: str = "dupont.be") -> tuple[str, str, str]:
    """Return what a check finds: status, name and detail."""
    (finding,) = (finding for finding in found(records, domain).findings if finding.check == check)
    return finding[1:]


def test_a_domain_that_is_prepared() -> None:
    assert found({}) == Preparation(
        Domain("dupont.be", "dupont.be"),
        (
            Finding("spf", "ok", "dupont.be", "include:spf.portal.example"),
            Finding("dkim", "ok", "portal._domainkey.dupont.be"),
            Finding("dmarc", "ok", "_dmarc.dupont.be", POLICY),
        ),
    )


def chain(length: int) -> dict[str, str]:
    """Return records that include one another, the last of them the platform's."""
    names = ["dupont.be", *(f"n{number}.example" for number in range(length)), "spf.portal.example"]
    return {name: f"v=spf1 include:{after} -all" for name, after in itertools.pairwise(names)}


NOT = "not-included"


@pytest.mark.parametrize(
    ("record", "others", "expected"),
    [
        ("v=spf1 ip4:192.0.2.1 ip6:2001:db8::/32 a mx include:SPF.Portal.Example. -all", {}, ("ok", "dupont.be")),
        ("V=SPF1 +include:spf.portal.example", {}, ("ok", "dupont.be")),
        (["v=spf1x no", "google-site-verification=x", GOOD], {}, ("ok", "dupont.be")),
        ("v=spf1 redirect=spf.portal.example", {}, ("ok", "dupont.be")),
        ("v=spf1 redirect=other.be", {"other.be": GOOD}, ("ok", "other.be", "include:spf.portal.example")),
        ("v=spf1 include:other.be -all", {"other.be": GOOD}, ("ok", "other.be")),
        ("v=spf1 a:x.be/24 mx/24 exists:%{i}.x.be include:%{d}.x.be exp=x.be " + GOOD[7:], {}, ("ok", "dupont.be")),
        ("v=spf1 -all", {}, (NOT, "dupont.be", "v=spf1 -all")),
        ("v=spf1", {}, (NOT, "dupont.be", "v=spf1")),
        ("v=spf1 -all include:spf.portal.example", {}, (NOT, "dupont.be")),
        ("v=spf1 redirect=spf.portal.example ~all", {}, (NOT, "dupont.be")),
        ("v=spf1 ?include:spf.portal.example -all", {}, (NOT, "dupont.be")),
        ("v=spf1 include:other.be -all", {"other.be": "v=spf1 -all"}, (NOT, "dupont.be", "v=spf1 include:other.be -all")),  # noqa: E501
        ("v=spf1 include:other.be include:other.be " + GOOD[7:], {"other.be": "v=spf1"}, ("ok", "dupont.be")),
        ([], {}, ("missing", "dupont.be", "")),
        ("v=spf2.0/pra", {}, ("missing", "dupont.be")),
        ([GOOD, "v=spf1 -all"], {}, ("several", "dupont.be")),
        ("v=spf1 include:other.be", {"other.be": [GOOD, GOOD + " "]}, ("several", "other.be")),
        ("v=spf1 include:nowhere.be " + GOOD[7:], {}, ("dangling", "dupont.be", "nowhere.be")),
        ("v=spf1 incldue:spf.portal.example", {}, ("broken", "dupont.be", "incldue:spf.portal.example")),
        (GOOD + " ip4:300.0.0.1", {}, ("broken", "dupont.be", "ip4:300.0.0.1")),
        (GOOD + " ip4:", {}, ("broken", "dupont.be", "ip4:")),
        (GOOD + " ip6:192.0.2.1", {}, ("broken", "dupont.be", "ip6:192.0.2.1")),
        (GOOD + " include", {}, ("broken", "dupont.be", "include")),
        (GOOD + " include:", {}, ("broken", "dupont.be", "include:")),
        (GOOD + " a:", {}, ("broken", "dupont.be", "a:")),
        (GOOD + ":x", {}, ("broken", "dupont.be", "~all:x")),
        (GOOD + " !", {}, ("broken", "dupont.be", "!")),
        ("v=spf1 include:dupont.be", {}, ("loop", "dupont.be", "include:dupont.be")),
        ("v=spf1 include:a.be", {"a.be": "v=spf1 redirect=dupont.be"}, ("loop", "a.be", "redirect=dupont.be")),
        ("v=spf1 " + "mx " * 9 + GOOD[7:], {}, ("ok", "dupont.be")),
        ("v=spf1 " + "mx " * 10 + GOOD[7:], {}, ("too-many-lookups", "dupont.be", "include:spf.portal.example")),
        ("v=spf1 " + "exists:x.be " * 10 + "redirect=spf.portal.example", {}, ("too-many-lookups", "dupont.be")),
        (SILENT, {}, ("unanswered", "dupont.be")),
        (FAILING, {}, ("unanswered", "dupont.be")),
        ("v=spf1 include:slow.be", {"slow.be": SILENT}, ("unanswered", "slow.be")),
        (f"v=spf1 include:{'x' * 70}.be", {}, ("unanswered", "x" * 70 + ".be")),
    ],
)  # fmt: skip
def test_spf(record: Any, others: dict[str, Any], expected: tuple[str, ...]) -> None:
    assert of("spf", {"dupont.be": record, **others})[: len(expected)] == expected


@pytest.mark.parametrize(("length", "status"), [(8, "ok"), (9, "ok"), (10, "too-many-lookups")])
def test_spf_through_many_records(length: int, status: str) -> None:
    assert of("spf", chain(length))[0] == status


@pytest.mark.parametrize(
    ("record", "status"),
    [
        ("p=MIGf", "ok"),
        ("v=DKIM1; k=ed25519 ; p=MIGf MIGf; ", "ok"),
        (ALIAS + "dupont._domainkey.portal.example", "ok"),
        (ALIAS + "nowhere.example", "missing"),
        ([], "missing"),
        ([KEY, KEY + " "], "several"),
        ("v=DKIM1; p=", "revoked"),
        ("v=DKIM1; k=rsa", "broken"),
        ("v=DKIM2; p=MIGf", "broken"),
        ("v=DKIM1; p=MIG!", "broken"),
        ("v=DKIM1; p=MIGfM", "broken"),
        ("p=MIGf; p=MIGf", "broken"),
        ("hello", "broken"),
        (SILENT, "unanswered"),
        (ALIAS + "portal._domainkey.dupont.be", "unanswered"),
    ],
)
def test_dkim(record: Any, status: str) -> None:
    records = {"portal._domainkey.dupont.be": record, "dupont._domainkey.portal.example": KEY}
    assert of("dkim", records) == (status, "portal._domainkey.dupont.be", "")


@pytest.mark.parametrize(
    ("domain", "records", "expected"),
    [
        ("dupont.be", {}, ("ok", "_dmarc.dupont.be", POLICY)),
        ("mail.dupont.be", {}, ("ok", "_dmarc.dupont.be", POLICY)),
        ("a.b.c.d.e.f.g.h.dupont.be", {}, ("ok", "_dmarc.dupont.be", POLICY)),
        ("dupont.be", {"_dmarc.dupont.be": "v=DMARC1;p=NONE"}, ("ok", "_dmarc.dupont.be", "v=DMARC1;p=NONE")),
        ("dupont.be", {"_dmarc.dupont.be": ["x", "V = DMARC1; p=none"]}, ("ok", "_dmarc.dupont.be", "V = DMARC1; p=none")),  # noqa: E501
        ("dupont.be", {"_dmarc.dupont.be": []}, ("missing", "_dmarc.dupont.be", "")),
        ("dupont.be", {"_dmarc.dupont.be": "v=DMARC1"}, ("broken", "_dmarc.dupont.be", "v=DMARC1")),
        ("dupont.be", {"_dmarc.dupont.be": "v=DMARC1; p=all"}, ("broken", "_dmarc.dupont.be", "v=DMARC1; p=all")),
        ("dupont.be", {"_dmarc.dupont.be": "v=DMARC1; none"}, ("broken", "_dmarc.dupont.be", "v=DMARC1; none")),
        ("dupont.be", {"_dmarc.dupont.be": [POLICY, "v=DMARC1; p=none"]}, ("several", "_dmarc.dupont.be", "")),
        ("dupont.be", {"_dmarc.dupont.be": FAILING}, ("unanswered", "_dmarc.dupont.be", "")),
    ],
)  # fmt: skip
def test_dmarc(domain: str, records: dict[str, Any], expected: tuple[str, str, str]) -> None:
    assert of("dmarc", records, domain) == expected


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("Dupont.BE.", Domain("dupont.be", "dupont.be")),
        ("MÜNCHEN.example", Domain("münchen.example", "xn--mnchen-3ya.example")),
        ("mu\u0308nchen.example", Domain("münchen.example", "xn--mnchen-3ya.example")),
        ("xn--mnchen-3ya.example", Domain("xn--mnchen-3ya.example", "xn--mnchen-3ya.example")),
        ("例え.jp", Domain("例え.jp", "xn--r8jz45g.jp")),
    ],
)
def test_names_of_domains(text: str, domain: Domain) -> None:
    assert Domain.of(text) == domain


@pytest.mark.parametrize(
    "text",
    [
        "",
        "be",
        "a b.be",
        "an@dupont.be",
        "-a.be",
        "a-.be",
        "a..be",
        ".be",
        "straße.de",
        "x" * 64 + ".be",
        "a." * 126 + "be.be",
    ],
)
def test_what_is_no_name_of_a_domain(text: str) -> None:
    with pytest.raises(ValueError, match="is no name of a domain, such as"):
        Domain.of(text)


# The texts


@pytest.mark.parametrize(("check", "status"), [*setup_texts._TEXTS, ("spf", "unanswered")])
def test_texts_are_there_in_each_language(check: Any, status: str) -> None:
    finding = Finding(check, status, "a.be", "<detail>")
    said = [setup_texts.advice(finding, PLATFORM, language) for language in ("en", "fr", "nl")]
    assert len({*said}) == 3
    for message, remedy in said:
        assert "a.be" in message
        assert bool(remedy) == (status != "ok")
        assert ("<detail>" in message) == ("<detail>" in said[0].message)
        assert (PLATFORM.spf_include in remedy) == (PLATFORM.spf_include in said[0].remedy)


# The command


def asked(port: int, *arguments: str, options: tuple[str, ...] = ()) -> Ran:
    platform = ["--spf-include", PLATFORM.spf_include, "--dkim-selector", PLATFORM.dkim_selector]
    where = ["--nameserver", f"127.0.0.1:{port}", "--timeout", "30"]
    return courrier("prepared", *arguments, *platform, *where, *options)


def test_the_command_says_what_to_set_up() -> None:
    records = {
        "martin.be": "v=spf1 include:_spf.martin.be -all",
        "_spf.martin.be": "v=spf1 mx -all",
        "portal._domainkey.martin.be": FAILING,
    }
    with nameserver({**PREPARED, **records}) as port:
        ran = asked(port, "dupont.be", "martin.be")
        alone = asked(port, "dupont.be", options=("--lang", "fr"))
    assert (ran.code, ran.err) == (1, "")
    assert (
        ran.out
        == """\
dupont.be is prepared: the portal may send in its name
  ✓ SPF    the SPF record lets the portal send: `include:spf.portal.example` at
           `dupont.be`
  ✓ DKIM   the portal's DKIM key stands at `portal._domainkey.dupont.be`
  ✓ DMARC  the DMARC policy at `_dmarc.dupont.be` agrees: `v=DMARC1; p=reject;
           rua=mailto:dmarc@dupont.be`

martin.be is not prepared: the portal may not send in its name
  ✗ SPF    the SPF record at `martin.be` does not let the portal send: `v=spf1
           include:_spf.martin.be -all`
           → add `include:spf.portal.example` to it, before `all`
  ✗ DKIM   no name server says what stands at `portal._domainkey.martin.be`
           → try again later; if it stays so, check the domain's name servers
  ✗ DMARC  there is no DMARC policy at `_dmarc.martin.be`, and large mail
           providers ask for one
           → add the TXT record `v=DMARC1; p=none`, or a stricter one
"""
    )
    assert f"$ courrier prepared dupont.be martin.be\n{ran.out}" in COMMANDS.read_text(encoding="utf-8")
    assert (alone.code, alone.err) == (0, "")
    assert (
        alone.out
        == """\
dupont.be est prêt : le portail peut envoyer en son nom
  ✓ SPF    l'enregistrement SPF autorise le portail à envoyer :
           `include:spf.portal.example` à `dupont.be`
  ✓ DKIM   la clé DKIM du portail se trouve à `portal._domainkey.dupont.be`
  ✓ DMARC  la politique DMARC à `_dmarc.dupont.be` convient : `v=DMARC1;
           p=reject; rua=mailto:dmarc@dupont.be`
"""
    )


def test_the_command_gives_the_prepared_domains_as_json() -> None:
    name = "xn--mnchen-3ya.example"
    records = {name: GOOD, f"portal._domainkey.{name}": KEY, f"_dmarc.{name}": POLICY}
    with nameserver({**PREPARED, **records}) as port:
        ran = asked(port, "münchen.example", "martin.be", "dupont.be", options=("--format", "json", "--lang", "nl"))
    assert (ran.code, ran.err) == (1, "")
    found = json.loads(ran.out)
    assert found["prepared_domains"] == ["münchen.example", name, "dupont.be"]
    assert [(domain["domain"], domain["prepared"]) for domain in found["domains"]] == [
        ("münchen.example", True),
        ("martin.be", False),
        ("dupont.be", True),
    ]
    assert found["domains"][1]["checks"][1] == {
        "check": "dkim",
        "status": "missing",
        "name": "portal._domainkey.martin.be",
        "detail": "",
        "message": "er is geen DKIM-sleutel op `portal._domainkey.martin.be`",
        "remedy": "voeg het TXT- of CNAME-record toe dat de support van het portaal u geeft",
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "missing argument `DOMAIN...` (see `courrier prepared --help`)"),
        ("a.be", "missing option `--spf-include` (see `courrier prepared --help`)"),
        ("a.be an@b.be", "`an@b.be` is no name of a domain, such as `dupont.be`"),
        ("a.be --nameserver ns.example", f"`ns.example` {NO_SERVER}"),
        ("a.be --nameserver 127.0.0.1:x", f"`127.0.0.1:x` {NO_SERVER}"),
    ],
)  # fmt: skip
def test_wrong_usage(arguments: str, message: str) -> None:
    platform = {} if "option" in message else {"COURRIER_SPF_INCLUDE": "x.example", "COURRIER_DKIM_SELECTOR": "x"}
    assert courrier("prepared", *arguments.split(), environment=platform) == (2, "", f"error: {message}\n")


def test_a_system_without_name_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolver(**_: object) -> None:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.resolver, "Resolver", resolver)
    platform = {"COURRIER_SPF_INCLUDE": "x.example", "COURRIER_DKIM_SELECTOR": "x"}
    message = "error: this system names no server to ask; name one by `--nameserver`\n"
    assert courrier("prepared", "a.be", environment=platform) == (2, "", message)


def test_without_dnspython_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dns.resolver", None)
    with pytest.raises(ImportError, match=r"^looking domains up needs a package that is not installed: pip install"):
        importlib.reload(lookup)
    for module in ("courrier.lookup", "courrier.prepared"):
        monkeypatch.delitem(sys.modules, module)
    platform = {"COURRIER_SPF_INCLUDE": "x.example", "COURRIER_DKIM_SELECTOR": "x"}
    message = "error: looking domains up needs a package that is not installed: pip install 'courrier[prepared]'\n"
    assert courrier("prepared", "a.be", environment=platform) == (2, "", message)
