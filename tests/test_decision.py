"""Decisions: as JSON, as the headers of a message, and on their way between processes."""

import copy
import email
import json
import pickle
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.utils import getaddresses
from pathlib import Path
from typing import Any

import pytest
from books import FACTS, with_facts
from courrier import (
    Address,
    Decision,
    FactsError,
    Reason,
    Reasons,
    RefusalNotice,
    Refused,
    Router,
    RulesError,
    Warning,
    resources,
)
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

MARIE, AN = Address("Marie Peeters", "marie@dupont.be"), Address(None, "an@client.be")
DIGEST = "sha256:" + "0" * 64
SENT = Decision(
    event="client_user_created",
    office="dupont",
    outcome="send",
    sender=MARIE,
    to=(AN,),
    cc=(MARIE,),
    reasons=Reasons((Reason("cascades.standard.dossier-manager", "cascades.yaml:4"),), (), ()),
    refusals=(),
    warnings=(),
    rules=DIGEST,
)
NOTICE = RefusalNotice("sender-not-prepared", "it was not sent", "call us", "refusals.yaml:3")
REFUSED = SENT._replace(outcome="refuse", to=(), cc=(), refusals=(NOTICE, NOTICE._replace(code="other")))


STANDARD = Router.standard()


def standard(**changes: Any) -> Decision:
    """Return what the shipped rules decide about facts with some changed."""
    return STANDARD.decide(with_facts(FACTS, **changes))


def test_a_decision_as_json() -> None:
    decided = standard().to_dict()
    digest = decided.pop("rules")
    assert decided == {
        "event": "client_user_created",
        "office": "dupont",
        "outcome": "send",
        "from": {"name": "Marie Peeters", "address": "marie@dupont.be"},
        "to": [{"name": None, "address": "an@client.be"}],
        "cc": [{"name": "Marie Peeters", "address": "marie@dupont.be"}],
        "reasons": {
            "from": [{"rule": "cascades.standard.dossier-manager", "at": "cascades.yaml:4"}],
            "to": [{"rule": "mails.client_user_created.to", "at": "mails.yaml:6"}],
            "cc": [{"rule": "mails.client_user_created.cc", "at": "mails.yaml:7"}],
        },
        "refusals": [],
        "warnings": [],
    }
    assert str(digest).startswith("sha256:")
    assert list(standard().to_dict()) == [
        "event",
        "office",
        "outcome",
        "from",
        "to",
        "cc",
        "reasons",
        "refusals",
        "warnings",
        "rules",
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"event__type": "task_failed"},
        {"event__type": "vat_documents_ok", "dossier": ...},
        {"user__active_elsewhere": True},
        {"user__active_elsewhere": True, "office__prepared_domains": [], "user__language": "nl-BE"},
        {"office__prepared_domains": ["other.be"], "user__language": None},
    ],
    ids=str,
)
def test_decisions_fit_their_schema(changes: dict[str, Any]) -> None:
    decided = standard(**changes).to_dict()
    Draft202012Validator(resources.schema("decision")).validate(json.loads(json.dumps(decided)))


def test_a_refused_decision_sends_to_nobody() -> None:
    decided = standard(office__prepared_domains=["other.be"])
    assert (decided.outcome, decided.to, decided.cc) == ("refuse", (), ())
    assert decided.sender == MARIE
    assert "to" not in decided.to_dict()
    assert "cc" not in decided.to_dict()
    assert [reason.rule for reason in decided.reasons.to] == ["mails.client_user_created.to"]


def test_the_shipped_schema_refuses_a_refused_decision_with_recipients() -> None:
    wrong = {**REFUSED.to_dict(), "to": []}
    assert not Draft202012Validator(resources.schema("decision")).is_valid(wrong)


def test_addresses_as_people_write_them() -> None:
    assert [str(MARIE), str(AN)] == ["Marie Peeters <marie@dupont.be>", "an@client.be"]


# Headers


def message(**headers: str) -> EmailMessage:
    made = EmailMessage()
    for name, value in headers.items():
        made[name] = value
    made.set_content("Welcome")
    return made


def applied(decision: Decision, used: Any = policy.SMTP) -> Message:
    """Return a message to which a decision was applied, after it was written out and read again."""
    made = message()
    decision.apply_to(made)
    written = made.as_bytes(policy=used)
    assert all(len(line) <= 998 for line in written.splitlines())
    return email.message_from_bytes(written)


def shown(read: Message, header: str) -> list[tuple[str, str]]:
    """Return the names and addresses that a mail reader shows of a header."""
    addresses = getaddresses([str(read[header])])
    return [(str(make_header(decode_header(name))), address) for name, address in addresses]


def test_headers_are_put_in_place_of_those_there() -> None:
    made = message(Subject="Welcome", From="x@y.z", To="p@q.r, s@t.u", CC="v@w.x", Bcc="b@c.d")
    SENT.apply_to(made)
    assert made.as_string().partition("\n\n")[0].splitlines() == [
        "Subject: Welcome",
        "Bcc: b@c.d",
        'Content-Type: text/plain; charset="utf-8"',
        "Content-Transfer-Encoding: 7bit",
        "MIME-Version: 1.0",
        "From: Marie Peeters <marie@dupont.be>",
        "To: an@client.be",
        "Cc: Marie Peeters <marie@dupont.be>",
    ]
    SENT.apply_to(made)
    assert [made.get_all(name, []) for name in ("From", "To", "Cc")] == [
        ["Marie Peeters <marie@dupont.be>"],
        ["an@client.be"],
        ["Marie Peeters <marie@dupont.be>"],
    ]


def test_the_sender_of_the_platform_stays() -> None:
    made = message(From="Platform <platform@example.org>", Cc="v@w.x")
    SENT._replace(sender=None, cc=()).apply_to(made)
    assert made["From"] == "Platform <platform@example.org>"
    assert made["To"] == "an@client.be"
    assert "Cc" not in made


def test_a_refused_mail_stays_as_it_was() -> None:
    made = message(From="x@y.z", To="p@q.r")
    before = made.as_bytes()
    with pytest.raises(Refused) as caught:
        REFUSED.apply_to(made)
    assert str(caught.value) == "sender-not-prepared: it was not sent; other: it was not sent"
    assert caught.value.refusals == REFUSED.refusals
    assert made.as_bytes() == before


def test_a_decision_made_by_hand_cannot_break_a_header_and_leaves_the_message_as_it_was() -> None:
    made = message(From="x@y.z", To="p@q.r")
    before = made.as_bytes()
    with pytest.raises(ValueError, match="CR or LF"):
        SENT._replace(cc=(Address("a\r\nBcc: x@y.z", "a@b.be"),)).apply_to(made)
    assert made.as_bytes() == before


NAMES = [
    "Marie Peeters",
    "Peeters, Marie",
    'Marie "Momo" Peeters',
    "Marie <x@y.z>, Jean",
    "O'Neil; (Jo) [x]: \\ .",
    "Zo\u00eb d'Hondt, expert-comptable",
    'Fran\u00e7ois "le Grand" <x@y.z>, Lef\u00e8vre & associ\u00e9s (Bruxelles)',
    "\u4f8b\u3048\u3070",
    "\U0001f600",
    "Cabinet Lambert, Peeters & Cie, experts-comptables certifi\u00e9s, Bruxelles, Namur, Li\u00e8ge, Mons",
    "Cabinet Lambert, Peeters & Cie <x@y.z>, experts-comptables, Bruxelles, Namur, Mons, Charleroi",
    "x" * 300,
    "a, " * 300 + "b",
    "\u00e9, " * 300 + "b",
]


@pytest.mark.parametrize("used", [policy.default, policy.SMTP], ids=["default", "SMTP"])
@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name[:60]))
def test_names_survive(name: str, used: Any) -> None:
    others = tuple(
        Address(other, f"number{index}@a-rather-long-domain.example") for index, other in enumerate(NAMES[:7])
    )
    decision = SENT._replace(to=(AN, Address(name, "to@dupont.be"), *others, Address(name, "last@dupont.be")))
    read = applied(decision, used)
    assert [address for _, address in shown(read, "To")] == [person.address for person in decision.to]
    assert [name for name, _ in shown(read, "To")] == [person.name or "" for person in decision.to]


def test_no_line_is_longer_than_mail_servers_take() -> None:
    made = message()
    long, short = Address("\u4e2d" * 800, "a@b.be"), Address("\u4e2d" * 290, "c@d.be")
    SENT._replace(to=(long, short)).apply_to(made)
    lines = made.as_bytes(policy=policy.SMTPUTF8).split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert f" {short.name} <c@d.be>".encode() in lines
    assert shown(applied(SENT._replace(to=(long, short)), policy.SMTPUTF8), "To")[0] == long


@given(
    st.lists(st.text('\u00e9\u4f8b,"<>@ab .;:()\\=?_', max_size=90).map(str.strip), min_size=1, max_size=4),
    st.sampled_from([policy.default, policy.SMTP, policy.SMTPUTF8]),
)
def test_no_name_becomes_an_address(names: list[str], used: Any) -> None:
    to = tuple(Address(name, f"number{index}@dupont.example") for index, name in enumerate(names))
    made = message()
    SENT._replace(to=to).apply_to(made)
    lines = made.as_bytes(policy=used).decode().replace("\r\n", "\n").partition("\nTo: ")[2].partition("\nCc:")[0]
    read = message(To=lines.replace("\n", ""))
    assert [address for _, address in shown(read, "To")] == [person.address for person in to]


def test_an_internationalised_domain_is_written_in_ascii() -> None:
    for domain, written in {
        "m\u00fcnchen.example": "xn--mnchen-3ya.example",
        "mu\u0308nchen.example": "xn--mnchen-3ya.example",
        "M\u00dcNCHEN.example": "xn--mnchen-3ya.example",
        "\u4f8b\u3048.jp": "xn--r8jz45g.jp",
        "Dupont.BE": "Dupont.BE",
    }.items():
        read = applied(SENT._replace(to=(Address("An", f"an@{domain}"),)))
        assert shown(read, "To") == [("An", f"an@{written}")]
        assert "To: An <an@xn--" in read.as_string() or domain.isascii()


@pytest.mark.parametrize(
    "domain", ["stra\u00dfe.example", "b\uff0ec.example", "\u00e9" * 64 + ".be", "x\u3002be"], ids=ascii
)
def test_a_domain_that_ascii_would_turn_into_another_stays(domain: str) -> None:
    made = message()
    decision = SENT._replace(to=(Address("An", f"an@{domain}"),))
    decision.apply_to(made)
    assert f"To: An <an@{domain}>\r\n".encode() in made.as_bytes(policy=policy.SMTPUTF8)
    with pytest.raises(ValueError, match=r"needs a policy with `utf8=True`, such as `email.policy.SMTPUTF8`"):
        made.as_bytes(policy=policy.SMTP)


def test_other_letters_before_the_at_need_smtputf8() -> None:
    made = message()
    SENT._replace(to=(Address("Zo\u00eb, x", "zo\u00eb@m\u00fcnchen.example"),)).apply_to(made)
    assert 'To: "Zo\u00eb, x" <zo\u00eb@xn--mnchen-3ya.example>\r\n'.encode() in made.as_bytes(policy=policy.SMTPUTF8)
    with pytest.raises(ValueError, match=r"^`zo\u00eb@xn--mnchen-3ya\.example` needs a policy with `utf8=True`"):
        made.as_bytes()


def test_a_message_can_be_copied() -> None:
    made = message()
    SENT._replace(to=(Address("Peeters, " * 20 + "Zo\u00eb", "a@b.be"), Address("Jean", "c@d.be"))).apply_to(made)
    for copied in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made))):  # noqa: S301
        assert copied.as_bytes() == made.as_bytes()
        assert shown(copied, "To") == shown(made, "To")


# Between processes


def rules_error(folder: Path) -> RulesError:
    with pytest.raises(RulesError) as caught:
        Router.load(folder / "nothing")
    return caught.value


def test_all_that_is_raised_and_returned_can_travel(tmp_path: Path) -> None:
    for value in (SENT, REFUSED, NOTICE, Warning("no-recipient-left", "nobody is left"), standard()):
        assert pickle.loads(pickle.dumps(value)) == value  # noqa: S301
    for error in (FactsError("a.b", "a string", "nothing"), Refused(REFUSED.refusals), rules_error(tmp_path)):
        travelled = pickle.loads(pickle.dumps(error))  # noqa: S301
        assert type(travelled) is type(error)
        assert (str(travelled), vars(travelled)) == (str(error), vars(error))
        assert str(copy.copy(error)) == str(error)
