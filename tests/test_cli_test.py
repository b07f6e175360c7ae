"""`courrier test`: what it prints of passing and failing cases, and its JUnit XML."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from books import texts, with_facts, write, write_book
from commands import GOLDEN, courrier
from courrier import resources

TASK = with_facts(event__type="task_failed")
SENT = {"outcome": "send"}


def book(folder: Path, cases: list[dict[str, Any]], **parts: Any) -> Path:
    """Write a rule book with one mail and some cases into a folder."""
    mails = {"task_failed": {"title": texts("title"), "to": "standard"}}
    root = write_book(folder, mails=mails, **parts)
    (root / "cases").mkdir()
    write(root / "cases" / "tasks.yaml", {"cases": cases})
    return root


def test_the_shipped_cases_pass() -> None:
    code, out, err = courrier("test", resources.rules())
    assert (code, err) == (0, "")
    assert "✗" not in out
    assert out.endswith(" passed, 0 failed\n")


def test_all_pass(tmp_path: Path) -> None:
    root = book(tmp_path, [{"case": "one", "facts": TASK, "expect": SENT}] * 2)
    out = "cases/tasks.yaml\n  ✓ one\n  ✓ one\n\n1 of 1 rules exercised\n2 passed, 0 failed\n"
    assert courrier("test", root) == (0, out, "")


@pytest.mark.parametrize(
    ("count", "line"),
    [
        (1, "  offices without a case: o0"),
        (5, "  offices without a case: o0, o1, o2, o3, o4"),
        (7, "  offices without a case: o0, o1, o2, o3, o4 and 2 more"),
    ],
)
def test_offices_without_a_case_are_named(count: int, line: str, tmp_path: Path) -> None:
    offices: dict[str, Any] = {f"o{number}": {} for number in range(count)}
    root = book(tmp_path, [{"case": "one", "facts": TASK, "expect": SENT}], offices={"dupont": {}, **offices})
    assert courrier("test", root).out.splitlines()[-2] == line


@pytest.mark.parametrize("folder", [None, "cases"])
def test_a_book_without_cases(folder: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_book(Path("book"), mails={"task_failed": {"title": texts("title"), "to": "standard"}})
    if folder:
        Path("book", folder).mkdir()
    expected = "error: `book` has no cases; write some into `book/cases`\n"
    assert courrier("test", "book", "--junit", "report.xml") == (2, "", expected)
    assert not Path("report.xml").exists()


def test_broken_cases_are_shown_in_frames(tmp_path: Path) -> None:
    root = book(tmp_path, [{"case": "one", "facts": TASK, "expct": SENT}])
    code, out, err = courrier("test", root)
    assert (code, out) == (2, "")
    assert err.startswith("error[unknown-key]: `expct` is not known here\n   --> cases/tasks.yaml:")


def test_broken_office_rules_fail_the_case(tmp_path: Path) -> None:
    offices = {"dupont": {"mails": {"task_faild": {"to": "standard"}}}}
    code, out, _ = courrier("test", book(tmp_path, [{"case": "one", "facts": TASK, "expect": SENT}], offices=offices))
    assert code == 1
    assert "rules  rules in order  offices/dupont.yaml:4: no event is called `task_faild`\n" in out


def test_what_a_terminal_obeys_is_not_printed(tmp_path: Path) -> None:
    expect = {"to": ["a\u202e@b.be"]}
    ran = courrier("test", book(tmp_path, [{"case": "o\u202ene", "facts": TASK, "expect": expect}]))
    assert ran.code == 1
    assert "\u202e" not in ran.out
    assert "o�ne" in ran.out


def test_junit(tmp_path: Path) -> None:
    path = tmp_path / "report.xml"
    ran = courrier("test", GOLDEN / "rules", "--junit", path)
    assert ran == courrier("test", GOLDEN / "rules")
    assert path.read_text(encoding="utf-8") == (GOLDEN / "report.xml").read_text(encoding="utf-8")


def test_junit_is_xml_whatever_the_titles(tmp_path: Path) -> None:
    titles = ["<&>\"'", "]]>", "é\u202e𝄞", "a\nb"]
    root = book(tmp_path, [{"case": title, "facts": TASK, "expect": {"to": [title]}} for title in titles])
    assert courrier("test", root, "--junit", tmp_path / "report.xml").code == 1
    suite = ET.parse(tmp_path / "report.xml").getroot()  # noqa: S314  # written just now
    assert [case.get("name") for case in suite] == ["<&>\"'", "]]>", "é�𝄞", "a�b"]
    assert suite.get("failures") == "4"
