"""The schemas in editors: what yaml-language-server, which many editors run, makes of them over its stdio."""

import shutil
from collections.abc import Iterator
from typing import get_args

import pytest
from commands import courrier
from courrier import resources
from courrier.conditions import OPERATORS
from courrier.model import Operator
from courrier.schema import FROM_FACTS, shipped_facts
from lsp_client import Client

SERVER = shutil.which("yaml-language-server")
SETTINGS = {"yaml": {"validate": True, "completion": True, "hover": True, "schemaStore": {"enable": False}}}

pytestmark = pytest.mark.skipif(
    SERVER is None, reason="yaml-language-server is not on the PATH: `npm install --global yaml-language-server@1`"
)

PATHS = [*shipped_facts()]
EVENTS = ["client_user_created", "task_failed", "message_received", "vat_documents_ok", "user_requested"]
OUTCOMES = ["address", "collaborators", "cascade", "same_as"]

FILES = {
    "cascades.yaml": "schemas/cascades",
    "mails.yaml": "schemas/mails",
    "refusals.yaml": "schemas/refusals",
    "offices/dupont.yaml": "../schemas/office",
    "cases/new.yaml": "../schemas/cases",
}
RULE = "cascades:\n  standard:\n    - rule: new\n"
WHEN = f"{RULE}      when:\n        "
REFUSAL = "refusals:\n  new:\n    when:\n      "
MAIL = "mails:\n  task_failed:\n    "


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """An editor that has the rule book open that `courrier init` writes."""
    book = tmp_path_factory.mktemp("books") / "book"
    assert courrier("init", book).code == 0
    with Client([SERVER or "", "--stdio"], book, settings=SETTINGS) as client:
        yield client
    assert client.complaints == b""


def document(file: str, text: str) -> str:
    return f"# yaml-language-server: $schema={FILES[file]}.schema.json\n{text}"


@pytest.mark.parametrize(
    ("file", "text", "labels"),
    [
        ("cascades.yaml", "|", ["cascades"]),
        ("cascades.yaml", f"{RULE}      |", ["when", "name", *OUTCOMES]),
        ("cascades.yaml", f"{WHEN}has: |", PATHS),
        ("cascades.yaml", f"{WHEN}lacks:\n          - |", PATHS),
        ("cascades.yaml", f"{WHEN}dossier.vat_period: {{fact: |}}", PATHS),
        (
            "cascades.yaml",
            f"{WHEN}|",
            ["has", "lacks", "all", "any", "not", *(p for p, f in shipped_facts().items() if OPERATORS[f.kind])],
        ),
        ("cascades.yaml", f"{WHEN}dossier.vat_period:\n          |", [*get_args(Operator), "not", "fact"]),
        ("cascades.yaml", f"{WHEN}dossier.vat_period: |", ["monthly", "quarterly"]),
        ("cascades.yaml", f"{RULE}      cascade: |", ["standard"]),
        ("cascades.yaml", f"{RULE}      same_as: |", ["from"]),
        ("mails.yaml", "mails:\n  |", EVENTS),
        ("mails.yaml", f"{MAIL}|", ["title", "from", "to", "cc", "refuse"]),
        ("mails.yaml", f"{MAIL}to: |", ["standard"]),
        ("mails.yaml", f"{MAIL}to:\n      |", [*OUTCOMES, "name"]),
        ("mails.yaml", f"{MAIL}refuse: [|]", ["sender-not-prepared", "user-active-elsewhere"]),
        ("refusals.yaml", f"{REFUSAL}|", [*FROM_FACTS, "has", "user.active_elsewhere"]),
        ("offices/dupont.yaml", "office: dupont\nmails:\n  |", EVENTS),
        ("offices/dupont.yaml", f"office: dupont\n{MAIL}|", ["from", "to", "cc"]),
        ("offices/dupont.yaml", f"office: dupont\n{MAIL}to: |", ["standard"]),
        ("offices/dupont.yaml", "office: dupont\ncascades:\n  |", ["standard"]),
        ("offices/dupont.yaml", "office: dupont\ncascades:\n  standard: [|]", ["dossier-manager", "client-group"]),
        ("cases/new.yaml", "cases:\n  - case: it\n    |", ["facts", "facts_file", "expect"]),
        ("cases/new.yaml", "cases:\n  - facts: {event: {type: |}}", EVENTS),
        ("cases/new.yaml", "cases:\n  - expect: {outcome: |}", ["send", "refuse"]),
    ],
)
def test_what_can_stand_somewhere_is_offered(editor: Client, file: str, text: str, labels: list[str]) -> None:
    offered = editor.completions(editor.write_at_cursor(file, document(file, text)))
    assert [label for label in labels if label not in offered] == []


@pytest.mark.parametrize(
    ("file", "text", "label", "inserted", "says"),
    [
        (
            "mails.yaml",
            "mails:\n  |",
            "task_failed",
            "task_failed:\n  ",
            "something went wrong, and",
        ),
        ("offices/dupont.yaml", "cascades:\n  |", "standard", "standard:\n  - ", "the order in which the standard"),
        ("cascades.yaml", f"{WHEN}has: |", "user", "user", "the person who logs in for the client company"),
        (
            "cascades.yaml",
            f"{WHEN}user.email:\n          |",
            "not_in",
            "not_in: ",
            "the fact is there, and none of these",
        ),
    ],
)
def test_what_is_offered_is_described(
    editor: Client, file: str, text: str, label: str, inserted: str, says: str
) -> None:
    item = editor.completions(editor.write_at_cursor(file, document(file, text)))[label]
    assert (item["insertText"], item["documentation"][: len(says)]) == (inserted, says)


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("cascades.yaml", f"{WHEN}ha|s: dossier.manager", "a fact's path, such as"),
        ("cascades.yaml", f"{WHEN}has: dossier.ma|nager", "* `dossier.manager`: the collaborator in charge"),
        ("cascades.yaml", f"{WHEN}dossier.vat|_period: monthly", "how often the client files VAT"),
        ("cascades.yaml", f"{WHEN}dossier.vat_period: {{no|t_in: [monthly]}}", "the fact is there, and none of these"),
        ("cascades.yaml", f"{RULE}      addr|ess: user.email", "the path of the fact that holds the e-mail address"),
        ("mails.yaml", f"{MAIL}t|o: standard", "who receives the mail"),
        ("refusals.yaml", f"{REFUSAL}from.do|main: dupont.be", "the domain of the sender's address"),
        ("offices/dupont.yaml", f"office: dupont\n{MAIL}c|c: standard", "who receives a copy of this mail"),
    ],
)
def test_what_stands_somewhere_is_explained(editor: Client, file: str, text: str, says: str) -> None:
    shown = editor.hover(editor.write_at_cursor(file, document(file, text)))
    assert says in shown


@pytest.mark.parametrize(
    ("file", "text", "line", "words"),
    [
        ("cascades.yaml", f"{RULE}      adress: user.email\n", 4, "adress is not allowed"),
        ("cascades.yaml", f"{WHEN}dossier.manager: {{is: 1}}\n", 5, "Incorrect type"),
        ("mails.yaml", f"{MAIL}too: standard\n", 3, "too is not allowed"),
        ("mails.yaml", "mails:\n  Task Failed: {to: standard}\n", 2, "Task Failed is not allowed"),
        ("refusals.yaml", "refusals:\n  new: {message: {en: No.}, remedy: {en: Ask.}}\n", 2, 'Missing property "when"'),
        ("offices/dupont.yaml", f"office: dupont\n{MAIL}refuse: []\n", 4, "refuse is not allowed"),
        (
            "cases/new.yaml",
            "cases:\n  - case: it\n    facts: {event: {}}\n",
            3,
            'Missing property "type"',
        ),
    ],
)
def test_what_is_wrong_is_shown_where_it_is(editor: Client, file: str, text: str, line: int, words: str) -> None:
    found = editor.write(file, document(file, text))
    assert [
        wrong["message"] for wrong in found if wrong["range"]["start"]["line"] == line and words in wrong["message"]
    ]


@pytest.mark.parametrize(
    "path",
    sorted(path.relative_to(resources.rules()).as_posix() for path in resources.rules().rglob("*.yaml")),
)
def test_nothing_is_wrong_with_the_shipped_rules(editor: Client, path: str) -> None:
    assert editor.write(path, (editor.folder / path).read_text(encoding="utf-8")) == []
