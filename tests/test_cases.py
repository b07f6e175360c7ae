"""The cases of a rule book: how they are read, compared, and counted against its rules."""

from pathlib import Path
from typing import Any

import pytest
from books import FACTS, refusal, texts, with_facts, write, write_book
from courrier import Router
from courrier.cases import exercised, load_cases, offices_without_case, to_exercise, try_case
from courrier.diagnostics import Report

TASK = with_facts(event__type="task_failed")
SENT = {"outcome": "send"}
WELCOME = {
    "title": texts("title"),
    "from": [
        {"rule": "manager", "when": {"has": "dossier.manager"}, "address": "dossier.manager.email"},
        {"rule": "rest", "cascade": "standard"},
    ],
    "to": {"address": "user.email"},
    "cc": {"same_as": "from"},
    "refuse": ["elsewhere", "unprepared"],
}


@pytest.fixture
def book(tmp_path: Path) -> Path:
    root = write_book(
        tmp_path / "book",
        mails={"client_user_created": WELCOME, "task_failed": {"title": texts("title"), "to": {"cascade": "standard"}}},
        refusals={
            "elsewhere": refusal({"user.active_elsewhere": True}),
            "unprepared": refusal({"from.domain": {"not_in": {"fact": "office.prepared_domains"}}}),
            "of-no-mail": refusal({"user.active_elsewhere": False}),
        },
        offices={"dupont": {"mails": {"task_failed": {"to": {"collaborators": ["marie"]}}}}, "alone": {}},
    )
    (root / "cases").mkdir()
    return root


def write_cases(book: Path, *cases: dict[str, Any], name: str = "some.yaml") -> None:
    write(book / "cases" / name, {"cases": cases})


def frames(book: Path) -> list[str]:
    report = Report()
    load_cases(book, report)
    return [f"{found.span.at}: {found.code}: {found.message}; {found.help}" for found in report.diagnostics]


def mismatches(book: Path, facts: Any, expect: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return point, expected and got of each mismatch of a case."""
    write_cases(book, {"case": "one", "facts": facts, "expect": expect})
    (case,) = load_cases(book, Report())
    return [(wrong.point, wrong.expected, wrong.got) for wrong in try_case(Router.load(book), case).mismatches]


def test_a_book_may_have_no_cases(book: Path) -> None:
    (book / "cases").rmdir()
    assert load_cases(book, Report()) == []


def test_files_are_read_in_the_order_of_their_names(book: Path) -> None:
    for name in ("b.yaml", "a.yml", "c.yaml", ".hidden.yaml", "notes.txt"):
        write_cases(book, {"case": name, "facts": TASK, "expect": SENT}, name=name)
    assert [case.title for case in load_cases(book, Report())] == ["a.yml", "b.yaml", "c.yaml"]


def test_a_case_keeps_its_place_and_two_may_have_one_title(book: Path) -> None:
    text = "cases:\n  - {case: one, facts: %s, expect: {outcome: send}}\n"
    facts = "{event: {type: task_failed}, office: {id: dupont, communication_email: a@b.be}}"
    (book / "cases" / "some.yaml").write_text(text % facts + (text % facts).partition("\n")[2], encoding="utf-8")
    assert [(case.title, case.span.at) for case in load_cases(book, Report())] == [
        ("one", "cases/some.yaml:2"),
        ("one", "cases/some.yaml:3"),
    ]


@pytest.mark.parametrize("path", ["facts.json", "here/facts.yaml", "../facts.yaml", "./here/../../facts.yaml"])
def test_facts_may_stand_in_a_file_of_their_own(path: str, book: Path) -> None:
    (book / "cases" / "here").mkdir()
    write(book / "cases" / path, FACTS)
    write_cases(book, {"case": "one", "facts_file": path, "expect": SENT})
    (case,) = load_cases(book, Report())
    assert case.facts == FACTS


def test_facts_may_stand_anywhere(book: Path, tmp_path: Path) -> None:
    write(tmp_path / "facts.json", FACTS)
    write_cases(book, {"case": "one", "facts_file": str(tmp_path / "facts.json"), "expect": SENT})
    (case,) = load_cases(book, Report())
    assert case.facts == FACTS


def test_a_file_of_facts_that_is_not_there(book: Path) -> None:
    write_cases(book, *[{"case": "one", "facts_file": "../gone.json", "expect": SENT}] * 2)
    found = "cases/some.yaml:5: missing-file: there is no file `../gone.json`"
    assert frames(book) == [f"{found}; its path starts from `cases`, the folder of this file"]


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({"office": TASK["office"]}, "gone/facts.json:1: missing-key: `event` is missing"),
        ("{", "gone/facts.json:1: yaml-syntax: this mapping is never closed"),
        ("", "gone/facts.json:1: empty-file: `gone/facts.json` is empty"),
        (None, "gone/facts.json:1: unreadable-file: `gone/facts.json` is a folder"),
    ],
)
def test_a_broken_file_of_facts_is_reported_once(facts: Any, found: str, book: Path) -> None:
    path = book / "gone" / "facts.json"
    path.parent.mkdir()
    if facts is None:
        path.mkdir()
    else:
        write(path, facts)
    write_cases(book, *[{"case": "one", "facts_file": "../gone/facts.json", "expect": SENT}] * 2)
    (frame,) = frames(book)
    assert frame.startswith(found)


@pytest.mark.parametrize(
    ("case", "found"),
    [
        ({"case": "one", "expect": SENT}, "missing-key"),
        ({"case": "one", "facts": TASK, "facts_file": "facts.json", "expect": SENT}, "wrong-type"),
        ({"case": "one", "facts": TASK, "expect": {}}, "empty-value"),
        ({"case": "one", "facts": TASK, "expect": {"outcome": "sent"}}, "not-allowed"),
        ({"case": "one", "facts": {**TASK, "office": []}, "expect": SENT}, "wrong-type"),
    ],
)
def test_a_broken_case_is_reported(case: dict[str, Any], found: str, book: Path) -> None:
    write_cases(book, case)
    assert [frame.split(": ")[1] for frame in frames(book)] == [found]


def test_a_broken_file_of_cases_harms_no_other(book: Path) -> None:
    (book / "cases" / "broken.yaml").write_text("cases: [", encoding="utf-8")
    write_cases(book, {"case": "one", "facts": TASK, "expect": SENT})
    assert [case.title for case in load_cases(book, Report())] == ["one"]


@pytest.mark.parametrize(
    ("facts", "expect"),
    [
        (FACTS, {"outcome": "send", "from": "marie@dupont.be", "to": ["an@client.be"], "cc": ["marie@dupont.be"]}),
        (FACTS, {"refusals": [], "warnings": []}),
        (FACTS, {"rule": {"from": "manager", "to": "mails.client_user_created.to", "cc": "cc"}}),
        (FACTS, {"rule": {"from": "mails.client_user_created.from.manager"}}),
        (with_facts(dossier=None), {"rule": {"from": "office-communication"}, "from": "contact@dupont.be"}),
        (with_facts(user__active_elsewhere=True), {"outcome": "refuse", "to": [], "refusals": ["elsewhere"]}),
        (TASK, {"from": None, "to": ["marie@dupont.be"], "rule": {"to": "offices.dupont.mails.task_failed.to"}}),
    ],
)
def test_what_is_as_expected(facts: Any, expect: dict[str, Any], book: Path) -> None:
    assert mismatches(book, facts, expect) == []


@pytest.mark.parametrize(
    ("facts", "expect", "wrong"),
    [
        (FACTS, {"outcome": "refuse"}, ("outcome", "refuse", "send")),
        (FACTS, {"from": None}, ("from", "none", "marie@dupont.be")),
        (TASK, {"from": "a@b.be"}, ("from", "a@b.be", "none")),
        (FACTS, {"to": ["b@c.be", "a@b.be"]}, ("to", "b@c.be, a@b.be", "an@client.be")),
        (FACTS, {"to": []}, ("to", "none", "an@client.be")),
        (FACTS, {"refusals": ["elsewhere"]}, ("refusals", "elsewhere", "none")),
        (TASK, {"rule": {"from": "manager"}}, ("rule of from", "manager", "none")),
        (
            FACTS,
            {"rule": {"from": "rest"}},
            ("rule of from", "rest", "mails.client_user_created.from.manager (mails.yaml:11)"),
        ),
        (
            with_facts(event__type="task_faild"),
            SENT,
            (
                "facts",
                "facts to decide about",
                "`event.type`: wanted an event that a mail is for, found `task_faild`; did you mean `task_failed`?",
            ),
        ),
    ],
)
def test_what_is_not_as_expected(facts: Any, expect: dict[str, Any], wrong: tuple[str, ...], book: Path) -> None:
    assert mismatches(book, facts, expect) == [wrong]


def test_an_office_whose_rules_are_broken(book: Path) -> None:
    write(book / "offices" / "dupont.yaml", "office: dupont\nmails: {task_faild: {to: standard}}")
    wrong = ("rules", "rules in order", "offices/dupont.yaml:2: no event is called `task_faild`")
    assert mismatches(book, TASK, SENT) == [wrong]


def test_rules_are_counted(book: Path) -> None:
    """A role that only names a cascade has no rule of its own, and a refusal of no mail cannot have a say."""
    cases = (FACTS, with_facts(user__active_elsewhere=True), TASK, with_facts(event__type="task_faild"))
    write_cases(book, *[{"case": "one", "facts": facts, "expect": SENT} for facts in cases])
    router = Router.load(book)
    results = [try_case(router, case) for case in load_cases(book, Report())]
    rules = to_exercise(router, results)
    assert list(rules) == [
        "cascades.standard.office-communication",
        "mails.client_user_created.from.manager",
        "mails.client_user_created.from.rest",
        "mails.client_user_created.to",
        "mails.client_user_created.cc",
        "offices.dupont.mails.task_failed.to",
        "refusals.elsewhere",
        "refusals.unprepared",
    ]
    assert rules.keys() - exercised(results) == {
        "cascades.standard.office-communication",
        "mails.client_user_created.from.rest",
        "refusals.unprepared",
    }
    assert offices_without_case(book, results) == ["alone"]
