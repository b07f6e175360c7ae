"""What is decided arrives: through a mail server, and through the service of the documentation."""

import json
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from books import FACTS, with_facts
from commands import watched
from courrier import Refused, Router
from postbox import Postbox, Received, postbox

ROOT = Path(__file__).parents[1]
SERVICE = ROOT / "docs" / "examples" / "service.py"
PORTAL = "portal@platform.example"


@pytest.fixture
def box() -> Iterator[Postbox]:
    with postbox() as box:
        yield box


def sent(box: Postbox, facts: Any) -> Received:
    """Decide, send, and return what has arrived."""
    message = EmailMessage()
    message["From"] = f"Portal <{PORTAL}>"
    message["Subject"] = "Bienvenue à l'été"
    message.set_content("Voilà.\n")
    Router.standard().decide(facts).apply_to(message)
    with smtplib.SMTP("127.0.0.1", box.port) as server:
        server.send_message(message)
    return box.received[-1]


@pytest.mark.parametrize(
    ("name", "address", "arrives"),
    [
        ("Marie Peeters", "marie@dupont.be", "marie@dupont.be"),
        ('Peeters, Marie "MP"', "marie@dupont.be", "marie@dupont.be"),
        ("Zoé Çelik, für <Büro>", "marie@dupont.be", "marie@dupont.be"),
        ("Back\\slash (and) a; semicolon: @", "marie@dupont.be", "marie@dupont.be"),
        ("经理," * 60 + "end", "marie@dupont.be", "marie@dupont.be"),
        ("Peeters, " * 60 + "Marie", "marie@dupont.be", "marie@dupont.be"),
        ("Marie Peeters", "marie@münchen.example", "marie@xn--mnchen-3ya.example"),
        ("Zoé", "zoé@bücher.example", "zoé@xn--bcher-kva.example"),
        (None, "o'neil+tag@dupont.be", "o'neil+tag@dupont.be"),
    ],
)
def test_a_mail_arrives_as_it_was_decided(box: Postbox, name: str | None, address: str, arrives: str) -> None:
    domain = address.partition("@")[2]
    manager = {"name": name, "email": address}
    found = sent(box, with_facts(dossier__manager=manager, office__prepared_domains=[domain]))
    sender = [(name or "", arrives)]
    assert (found.sender, found.recipients) == (arrives, ["an@client.be", arrives])
    assert (found.people("From"), found.people("To"), found.people("Cc")) == (sender, [("", "an@client.be")], sender)
    assert found.text("Subject") == "Bienvenue à l'été"


def test_the_platform_is_the_sender_where_no_other_is_named(box: Postbox) -> None:
    found = sent(box, with_facts(event__type="task_failed"))
    assert (found.sender, found.recipients) == (PORTAL, ["marie@dupont.be"])
    assert found.people("From") == [("Portal", PORTAL)]
    assert found.people("Cc") == []


def test_what_is_refused_never_arrives(box: Postbox) -> None:
    facts = with_facts(user__active_elsewhere=True)
    with pytest.raises(Refused, match="user-active-elsewhere"):
        sent(box, facts)
    # Nor does it for a service that looks at nothing and takes the recipients as they are.
    refused = Router.standard().decide(facts)
    with smtplib.SMTP("127.0.0.1", box.port) as server, pytest.raises(smtplib.SMTPRecipientsRefused):
        server.sendmail(str(refused.sender), [address.address for address in (*refused.to, *refused.cc)], "\n")
    assert box.received == []


# The service of the documentation


@pytest.fixture
def service(box: Postbox, tmp_path: Path) -> Iterator[int]:
    """Run the service, and yield its port."""
    options = ["--port", "0", "--smtp", f"127.0.0.1:{box.port}", "--rules", str(ROOT / "rules")]
    command = [sys.executable, str(SERVICE), *options, "--log", str(tmp_path / "log")]
    with watched(subprocess.Popen(command, stdout=subprocess.PIPE, text=True)) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline().rpartition(" ")[2])
        process.terminate()


def asked(port: int, body: Any) -> tuple[int, Any]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", "/", body if isinstance(body, str) else json.dumps(body))
    answer = connection.getresponse()
    found = answer.status, json.loads(answer.read())
    connection.close()
    return found


def test_the_service_sends_or_says_why_not(box: Postbox, service: int, tmp_path: Path) -> None:
    status, answer = asked(service, FACTS)
    assert (status, answer) == (200, Router.standard().decide(FACTS).to_dict())
    assert [found.recipients for found in box.received] == [["an@client.be", "marie@dupont.be"]]
    assert box.received[0].text("Subject") == "Welcome mail"

    status, answer = asked(service, with_facts(user__active_elsewhere=True))
    assert (status, [notice["code"] for notice in answer["refusals"]]) == (409, ["user-active-elsewhere"])

    for body, message in (
        ({}, "`office.id`: wanted a string, found nothing"),
        ("{", "the facts: wanted an object, found nothing"),
    ):
        status, answer = asked(service, body)
        assert (status, answer["error"]["message"]) == (422, message)

    assert len(box.received) == 1
    logged = [json.loads(line)["outcome"] for line in (tmp_path / "log").read_text(encoding="utf-8").splitlines()]
    assert logged == ["send", "refuse"]
