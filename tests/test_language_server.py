"""`courrier lsp`, as an editor drives it over its standard input and output."""

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from books import write_book
from commands import COMMAND, courrier
from courrier import resources
from lsp_client import Client, Place

SERVER = (*COMMAND, "lsp", "--stdio")

CASCADES = "cascades:\n  standard:\n    - rule: office\n      address: office.communication_email\n"
MAILS = "mails:\n  task_failed:\n    to: standard\n"
OFFICE = "office: dupont\n"
OFFICE_ADDRESS = {"address": "office.communication_email"}


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """An editor with the shipped rule book in the folder `book`, and other things beside it."""
    folder = tmp_path_factory.mktemp("author")
    shutil.copytree(resources.rules(), folder / "book")
    with Client(SERVER, folder) as client:
        yield client
    assert client.complaints == b""


@pytest.fixture
def editor(servers: Client) -> Iterator[Client]:
    """The editor, which closes its files without saving them when the test is over."""
    yield servers
    servers.close_all()
    assert {file for file, found in servers.diagnostics.items() if found} == set()


def messages(found: list[dict[str, Any]]) -> list[str]:
    return [wrong["message"].partition("\n")[0] for wrong in found]


def shipped(file: str) -> str:
    return (resources.rules() / file).read_text(encoding="utf-8")


def test_what_is_wrong_is_shown_as_it_is_typed(editor: Client) -> None:
    slip = shipped("cascades.yaml").replace("has: dossier.manager", "has: dossier.manger")
    assert editor.write("book/cascades.yaml", slip) == [
        {
            "range": {"start": {"line": 4, "character": 18}, "end": {"line": 4, "character": 32}},
            "message": "no fact is called `dossier.manger`\ndid you mean `dossier.manager`?",
            "severity": 1,
            "code": "unknown-fact",
            "source": "courrier",
        }
    ]
    assert editor.write("book/cascades.yaml", shipped("cascades.yaml")) == []


WITNESS = (
    'witness: {"event": {"type": "client_user_created"}, "office": {"id": "any-office", "communication_email": '
    '"communication@dupont.example", "prepared_domains": ["dupont.example"]}, "dossier": {"client_group": '
    '{"email": "client-group@dupont.example"}, "manager": {"email": "manager@dupont.example"}}, '
    '"user": {"email": "user@dupont.example", "active_elsewhere": false}}'
)


def test_what_is_proved_is_shown_with_its_witness_as_it_is_typed(editor: Client) -> None:
    always = shipped("cascades.yaml").replace("      when: {has: dossier.manager}\n", "", 1)
    found = editor.write("book/cascades.yaml", always)
    first = {"start": {"line": 6, "character": 6}, "end": {"line": 6, "character": 24}}
    assert (found[1]["range"], found[1]["severity"], found[1]["code"]) == (first, 2, "dead-rule")
    message, help, witness = found[1]["message"].splitlines()
    assert message == "`client-group` never fires: `dossier-manager` takes its place"
    assert help == "take it out, or put it before `dossier-manager`"
    assert witness == WITNESS


def test_a_schema_that_is_not_saved_counts_for_what_is_proved(editor: Client) -> None:
    rules = [
        {"rule": "it", "when": {"has": "extra.box"}, "address": "extra.box.email"},
        {"rule": "last", **OFFICE_ADDRESS},
    ]
    box = {
        "type": "object",
        "required": ["email"],
        "properties": {"email": {"type": "string", "format": "email", "minLength": 1}},
    }
    facts = {"extra": {"type": "object", "properties": {"box": box}}}
    write_book(editor.folder / "small", mails={"ping": {"to": rules}}, facts=facts)
    assert editor.write("small/facts.schema.json", json.dumps({"properties": facts})) == []
    del box["required"]
    editor.write("small/facts.schema.json", json.dumps({"properties": facts}))
    editor.wait_for(
        lambda: [one["code"] for one in editor.diagnostics.get("small/mails.yaml", [])] == ["blank-address"]
    )


def test_who_types_on_sees_what_is_wrong_in_the_last_text(editor: Client) -> None:
    editor.write("book/mails.yaml", MAILS)
    for length in range(len(MAILS)):
        editor.change("book/mails.yaml", MAILS[:length])
    assert messages(editor.write("book/mails.yaml", MAILS.replace("to:", "too:"))) == ["`too` is not known here"]


def test_places_count_in_utf_16(editor: Client) -> None:
    text = "mails:\n  task_failed: {title: {en: 𝄞é}, to: nobody}\n"
    (wrong, *_) = editor.write("book/mails.yaml", text)
    assert wrong["message"].startswith("no cascade is called `nobody`")
    assert wrong["range"] == {"start": {"line": 1, "character": 38}, "end": {"line": 1, "character": 44}}


def test_a_place_may_end_on_another_line(editor: Client) -> None:
    (wrong,) = editor.write("book/offices/cabinet-lambert.yaml", "office:\n  - a\n  - [𝄞,\n    𝄞𝄞]\n")
    assert wrong["range"] == {"start": {"line": 1, "character": 2}, "end": {"line": 3, "character": 9}}


def test_a_new_file_counts_once_it_is_saved(editor: Client) -> None:
    path = editor.folder / "book" / "offices" / "dupont.yaml"
    assert editor.write("book/offices/dupont.yaml", "office: martin\n") == []
    path.touch()
    editor.tell("textDocument/didSave", textDocument={"uri": editor.uri("book/offices/dupont.yaml")})
    editor.wait_for(lambda: bool(editor.diagnostics["book/offices/dupont.yaml"]))
    path.unlink()


def test_unsaved_texts_count_in_the_other_files(editor: Client) -> None:
    assert editor.write("book/mails.yaml", shipped("mails.yaml")) == []
    editor.write("book/cascades.yaml", shipped("cascades.yaml").replace("standard:", "usual:"))
    editor.wait_for(lambda: len(editor.diagnostics["book/mails.yaml"]) == 5)
    assert messages(editor.diagnostics["book/mails.yaml"])[0] == "no cascade is called `standard`"


def test_files_that_are_not_open_are_shown_too(editor: Client) -> None:
    editor.write("book/mails.yaml", shipped("mails.yaml").replace("vat_documents_ok", "vat_documents"))
    office = editor.diagnostics["book/offices/cabinet-lambert.yaml"]
    assert messages(office) == ["no event is called `vat_documents_ok`"]


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("book/mails.yaml", "mails: [", "this list is never closed"),
        ("book/mails.yaml", "", "`mails.yaml` is empty"),
        ("book/mails.yaml", "mails:\n\ttask_failed: 1\n", "a tab stands in the indentation"),
        ("book/mails.yaml", "mails: \ud800\n", "byte 0xed is no UTF-8"),
        ("book/mails.yaml", "mails: a\u2028b\n", "the control character U+2028 stands here"),
        ("book/mails.yaml", "#" * (1024 * 1024 + 1), "`mails.yaml` is larger than 1 MiB"),
        ("book/refusals.yaml", "refusals: {a: &b {}}\n", "`&b` is an anchor, and anchors are not read"),
        ("book/offices/cabinet-lambert.yaml", "office: dupont\n", "this names another office, `dupont`"),
        ("book/cases/welcome.yaml", "cases: {}\n", "wanted a list, found a mapping"),
    ],
)
def test_broken_text_is_shown_as_such(editor: Client, file: str, text: str, message: str) -> None:
    assert message in messages(editor.write(file, text))


@pytest.mark.parametrize("file", ["cascades.yaml", "mails.yaml", "refusals.yaml", "offices/cabinet-lambert.yaml"])
def test_text_may_end_anywhere(editor: Client, file: str) -> None:
    text = shipped(file)
    for end in range(0, min(len(text), 1500), 37):
        place = editor.write_at_cursor(f"book/{file}", text[:end] + "|")
        for ask in (editor.completions, editor.hover, editor.definition):
            ask(place)


@pytest.mark.parametrize("place", [Place("book/mails.yaml", 99, 0), Place("book/mails.yaml", 1, 99)])
def test_a_place_may_be_beyond_the_text(editor: Client, place: Place) -> None:
    editor.write(place.file, MAILS)
    for ask in (editor.completions, editor.hover, editor.definition):
        assert not ask(place)


RULES = ["dossier-manager", "client-group", "office-functional", "office-communication"]
EVENTS = ["client_user_created", "task_failed", "message_received", "vat_documents_ok", "user_requested"]
REFUSALS = ["sender-not-prepared", "user-active-elsewhere"]
PEOPLE = ["aurelie", "benoit", "tva@cabinet-lambert.example", "francoise", "tva"]
OWN_RULES = ["mails.client_user_created.to", "mails.client_user_created.cc"]


@pytest.mark.parametrize(
    ("file", "text", "labels"),
    [
        ("mails.yaml", "mails:\n  task_failed:\n    to: |", ["standard"]),
        ("mails.yaml", "mails:\n  task_failed:\n    from: stan|dard", ["standard"]),
        ("mails.yaml", "mails:\n  task_failed:\n    to:\n      cascade: |", ["standard"]),
        ("mails.yaml", "mails:\n  task_failed:\n    to: {cascade: |}", ["standard"]),
        ("mails.yaml", "mails:\n  task_failed:\n    to:\n      - rule: a\n        cascade: |", ["standard"]),
        ("mails.yaml", "mails:\n  a:\n    refuse: [|", REFUSALS),
        ("mails.yaml", "mails:\n  a: {title: {en: It's}, refuse: [sender-not-prepared, user|]}", REFUSALS),
        ("mails.yaml", "mails:\n  a:\n    refuse:\n      - |", REFUSALS),
        ("cascades.yaml", "cascades:\n  a:\n    - rule: b\n      cascade: |", ["a"]),
        ("cascades.yaml", "cascades:\n  |", []),
        ("cascades.yaml", "cascades:\n  standard:\n    - rule: |", []),
        ("mails.yaml", "mails:\n  |", []),
        ("refusals.yaml", "refusals:\n  |", []),
        ("offices/cabinet-lambert.yaml", "mails:\n  |", EVENTS),
        ("offices/cabinet-lambert.yaml", "mails:\n  task_failed: {to: standard}\n  us|", EVENTS),
        ("offices/cabinet-lambert.yaml", "cascades:\n  |", ["standard"]),
        ("offices/cabinet-lambert.yaml", "cascades:\n  standard: [client-group, |", RULES),
        ("offices/cabinet-lambert.yaml", "cascades:\n  unheard-of: [|", []),
        ("offices/cabinet-lambert.yaml", f"{shipped('offices/cabinet-lambert.yaml')}    bcc: |", []),
        ("cases/welcome.yaml", "cases:\n  - facts: {event: {type: |}}", EVENTS),
        ("cases/welcome.yaml", "cases:\n  - expect:\n      refusals: [|]", REFUSALS),
        ("cases/welcome.yaml", "cases:\n  - expect: {rule: {from: |}}", [*RULES, *OWN_RULES]),
        ("mails.yaml", "mails:\n  a:\n    title: {en: |}", []),
        ("mails.yaml", "mails:\n  a:\n    to: {address: |}", []),
        ("mails.yaml", "mails: 'a\n  |", []),
        ("mails.yaml", "mails: 'it''s', \"a\\\"b\" # [{\n  |", []),
    ],
)
def test_names_are_offered(editor: Client, file: str, text: str, labels: list[str]) -> None:
    assert list(editor.completions(editor.write_at_cursor(f"book/{file}", text))) == labels


def test_collaborators_are_offered_whom_rules_name_and_cases_know(editor: Client) -> None:
    text = shipped("offices/cabinet-lambert.yaml").replace("[francoise]", "[francoise, |]")
    place = editor.write_at_cursor("book/offices/cabinet-lambert.yaml", text)
    assert list(editor.completions(place)) == PEOPLE


def test_collaborators_are_called_as_rules_call_them(editor: Client) -> None:
    people = "[{id: an, name: An}, {email: jo@x.be}, {name: nobody}]"
    facts = (
        f"{{event: {{type: a}}, office: {{id: cabinet-lambert, communication_email: a@x.be, collaborators: {people}}}}}"
    )
    editor.write("book/cases/welcome.yaml", f"cases:\n  - {{case: a, expect: {{outcome: send}}, facts: {facts}}}\n")
    place = editor.write_at_cursor("book/offices/cabinet-lambert.yaml", "mails: {task_failed: {to: {collaborators: [|")
    offered = editor.completions(place)
    assert (offered["an"]["detail"], offered["jo@x.be"]["detail"]) == ("An", "collaborator")
    assert "nobody" not in offered
    assert "" not in offered


def test_facts_of_the_book_are_offered_besides_those_of_the_schemas(editor: Client, own_facts: Path) -> None:
    when = "cascades:\n  standard:\n    - rule: a\n      when: {|"
    for end in ("", "has: ", "has: [dossier.id, ", "dossier.id: {fact: ", "any: [{"):
        place = editor.write_at_cursor("book/cascades.yaml", when.replace("|", f"{end}|"))
        assert {name: item["detail"] for name, item in editor.completions(place).items()} == {
            "dossier.sector": "a string",
            "firm": "an object",
            "firm.size": "a number",
        }
    hover = "cascades:\n  standard:\n    - {rule: a, when: {dossier.sector: it}, address: office.communication_email}\n"
    editor.write("book/cascades.yaml", hover)
    assert editor.hover(Place("book/cascades.yaml", 2, 13)) == (
        "`a`, where “Sector” is “it”: the communication address of the office"
    )
    own_facts.write_text("{", encoding="utf-8")
    assert editor.hover(Place("book/cascades.yaml", 2, 13)) == "`a`, where …: the communication address of the office"


@pytest.fixture
def own_facts(servers: Client) -> Iterator[Path]:
    """The book's own facts, which are there for a test."""
    path = servers.folder / "book" / "facts.schema.json"
    sector = '{"type": "object", "properties": {"sector": {"type": "string", "title": "Sector"}}}'
    firm = '{"type": "object", "properties": {"size": {"type": "number"}}}'
    path.write_text(f'{{"properties": {{"dossier": {sector}, "firm": {firm}}}}}', encoding="utf-8")
    yield path
    path.unlink()


def test_a_name_takes_the_place_of_what_is_begun(editor: Client) -> None:
    place = editor.write_at_cursor("book/mails.yaml", "mails:\n  a: {title: {en: 𝄞}, refuse: [sender-no|")
    item = editor.completions(place)["sender-not-prepared"]
    assert item["textEdit"] == {
        "range": {"start": {"line": 1, "character": 32}, "end": {"line": 1, "character": 41}},
        "newText": "sender-not-prepared",
    }
    assert item["detail"].startswith("This mail was not sent, because the sender's address has not been set up")
    place = editor.write_at_cursor("book/mails.yaml", "mails:\n  a: {refuse: ['x', \"send\\u0065|")
    assert editor.completions(place) == {}


def test_broken_files_keep_the_names_they_had(editor: Client) -> None:
    assert editor.completions(editor.write_at_cursor("book/mails.yaml", "mails:\n  a:\n    to: |")) != {}
    editor.write("book/cascades.yaml", "cascades: [")
    assert list(editor.completions(Place("book/mails.yaml", 2, 8))) == ["standard"]


STANDARD = """\
the first rule that holds decides:

1. `dossier-manager`, where there is a dossier manager: the address of the dossier manager
2. `client-group`, where there is an address of the client group: the address of the client group
3. `office-functional`, where there is a functional address of the office: the functional address of the office
4. `office-communication`, always: the communication address of the office"""

REORDERED = """\
the first rule that holds decides:

1. `client-group`, where there is an address of the client group: the address of the client group
2. `office-communication`, always: the communication address of the office"""
VAT = """\
**VAT documents OK**

- to: `monthly-filers`, where the VAT period is “monthly”: tva@cabinet-lambert.example; \
whoever the cascade “standard” gives"""
WELCOME = """\
**Welcome mail**

- from: whoever the cascade “standard” gives
- to: the address of the client user
- cc: the sender
- refuse: `sender-not-prepared`, `user-active-elsewhere`"""
NOT_PREPARED = """\
no mail where the domain of the sender's address is none of the domains prepared for the portal

This mail was not sent, because the sender's address has not been set up yet for sending from the portal.

Please contact our support team. They will work out with your office's IT partner what has to be set up."""
ODD = """\
`odd`, where at least one of these holds: there is a dossier; there is no client user: \
whoever the cascade “standard” gives"""


@pytest.mark.parametrize(
    ("file", "text", "shown", "stands"),
    [
        ("mails.yaml", "mails:\n  task_failed:\n    to: stan|dard\n", STANDARD, "cascades.yaml:3"),
        (
            "cascades.yaml",
            shipped("cascades.yaml").replace("rule: client-group", "rule: client-gr|oup"),
            "`client-group`, where there is an address of the client group: the address of the client group",
            "cascades.yaml:8",
        ),
        (
            "offices/cabinet-lambert.yaml",
            "office: cabinet-lambert\ncascades:\n  stand|ard: [client-group, office-communication]\n",
            REORDERED,
            "cascades.yaml:3",
        ),
        (
            "offices/cabinet-lambert.yaml",
            shipped("offices/cabinet-lambert.yaml").replace("vat_documents_ok", "vat_docu|ments_ok"),
            VAT,
            "mails.yaml:17",
        ),
        (
            "mails.yaml",
            shipped("mails.yaml").replace("client_user_created", "client_user|_created"),
            WELCOME,
            "mails.yaml:3",
        ),
        (
            "mails.yaml",
            shipped("mails.yaml").replace("[sender-not-prepared,", "[sender-not|-prepared,"),
            NOT_PREPARED,
            "refusals.yaml:3",
        ),
        (
            "cases/welcome.yaml",
            "cases:\n  - {case: a, expect: {rule: {to: mails.client_user|_created.to}}}\n",
            "`to`, always: the address of the client user",
            "mails.yaml:6",
        ),
        (
            "cascades.yaml",
            CASCADES + "  other: [{rule: o|dd, when: {any: [{has: dossier}, {lacks: user}]}, cascade: standard}]\n",
            ODD,
            "cascades.yaml:5",
        ),
        ("cascades.yaml", shipped("cascades.yaml").replace("  standard:", "  stand|ard:"), STANDARD, "cascades.yaml:3"),
        (
            "refusals.yaml",
            shipped("refusals.yaml").replace("  sender-not-prepared:", "  sender-not|-prepared:"),
            NOT_PREPARED,
            "refusals.yaml:3",
        ),
        ("mails.yaml", "mails:\n  a: {to: unheard|-of, refuse: [b]}\n", "", ""),
        ("mails.yaml", "mails:\n  a: {to: standard, refuse: [unhea|rd-of]}\n", "", ""),
        ("mails.yaml", "mails:\n  a: {to: {address: user.em|ail}}\n", "", ""),
        ("mails.yaml", "mails:\n  a: {to: {collaborators: [ma|rie]}}\n", "", ""),
        ("mails.yaml", "mails:\n  a: {title: {en: st|andard}}\n", "", ""),
        ("offices/cabinet-lambert.yaml", "office: cabinet-lambert\ncascades: {standard: [unhe|ard-of]}\n", "", ""),
    ],
)
def test_a_name_is_explained_and_leads_somewhere(editor: Client, file: str, text: str, shown: str, stands: str) -> None:
    place = editor.write_at_cursor(f"book/{file}", text)
    assert (editor.hover(place), editor.definition(place)) == (shown, stands and f"book/{stands}")


def test_nothing_leads_into_a_broken_file(editor: Client) -> None:
    place = editor.write_at_cursor("book/mails.yaml", "mails:\n  task_failed:\n    to: stan|dard\n")
    assert editor.hover(place) == STANDARD
    for text in ("cascades: [", "cascade: {}"):
        editor.write("book/cascades.yaml", text)
        assert editor.definition(place) == ""


@pytest.mark.parametrize(
    ("text", "title", "mended"),
    [
        ("mails:\n  a: {to: standrad}\n", "write `standard`", "mails:\n  a: {to: standard}\n"),
        ("mails:\n  a: {too: standard}\n", "write `to`", "mails:\n  a: {to: standard}\n"),
        (
            "mails:\n  a:\n    title: {en: 𝄞}\n    to: {address: dossier.manager}\n",
            "write `dossier.manager.email`",
            "mails:\n  a:\n    title: {en: 𝄞}\n    to: {address: dossier.manager.email}\n",
        ),
    ],
)
def test_a_slip_is_put_right(editor: Client, text: str, title: str, mended: str) -> None:
    found = editor.write("book/mails.yaml", text)
    (fix,) = editor.fixes("book/mails.yaml", found[0]["range"])
    assert (fix["title"], fix["kind"], fix["isPreferred"], fix["diagnostics"]) == (title, "quickfix", True, found[:1])
    assert editor.applied("book/mails.yaml", text, fix["edit"]) == mended


def test_there_is_no_fix_elsewhere(editor: Client) -> None:
    editor.write("book/mails.yaml", "mails:\n  a: {to: standrad}\n  b: {to: {address: user.nickname}}\n")
    nowhere = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}}
    everywhere = {"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}}
    assert editor.fixes("book/mails.yaml", nowhere) == []
    assert [fix["title"] for fix in editor.fixes("book/mails.yaml", everywhere)] == ["write `standard`"]


@pytest.mark.parametrize("file", ["readme.yaml", "elsewhere/offices/dupont.yaml", "elsewhere/mails.yaml"])
def test_other_files_are_let_alone(editor: Client, file: str) -> None:
    editor.tell("textDocument/didOpen", textDocument=editor.document(file, "mails: ["))
    place = Place(file, 0, 8)
    assert (editor.completions(place), editor.hover(place), editor.definition(place)) == ({}, "", "")
    assert file not in editor.diagnostics
    editor.tell("textDocument/didClose", textDocument={"uri": editor.uri(file)})


def test_of_many_offices_those_are_looked_at_that_are_open(tmp_path: Path) -> None:
    (tmp_path / "offices").mkdir()
    (tmp_path / "cascades.yaml").write_text(CASCADES)
    (tmp_path / "mails.yaml").write_text(MAILS)
    (tmp_path / "refusals.yaml").write_text("refusals: {}\n")
    wrong = "mails: {task_failed: {too: standard}}\n"
    for number in range(101):
        (tmp_path / "offices" / f"o{number}.yaml").write_text(f"office: o{number}\n{wrong}")
    with Client(SERVER, tmp_path) as editor:
        assert len(editor.write("offices/o7.yaml", f"office: o7\n{wrong}")) == 1
        assert list(editor.diagnostics) == ["offices/o7.yaml"]
        (tmp_path / "offices" / "o100.yaml").unlink()
        editor.write("offices/o7.yaml", f"office: o7\n{wrong} ")
        editor.wait_for(lambda: len(editor.diagnostics) == 100)


def test_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygls.lsp.server", None)
    monkeypatch.delitem(sys.modules, "courrier.language_server", raising=False)
    message = "error: serving editors needs a package that is not installed: pip install 'courrier[lsp]'\n"
    assert courrier("lsp") == (2, "", message)
