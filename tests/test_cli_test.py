"""`courrier test`: what it prints of passing and failing cases, and its JUnit XML."""

import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from books import TO_THE_OFFICE, refusal, texts, with_facts, write, write_book
from commands import GOLDEN, courrier
from courrier import resources
from courrier.proof import walk

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
    counts = "1 of 1 rules exercised\n1 of 1 situations exercised\n2 passed, 0 failed\n"
    out = f"cases/tasks.yaml\n  ✓ one\n  ✓ one\n\n{counts}"
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
    assert courrier("test", root).out.splitlines()[-3] == line


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


MAY_NOT_BE = {"rule": "it", "when": {"user.language": {"matches": "a{201}"}}, "address": "office.communication_email"}
"""A rule for which no facts are found, though there are some."""


def to_paste(out: str) -> str:
    """Return what a rule author would paste: the cases that are shown."""
    return "".join(line for line in out.splitlines(keepends=True) if line.startswith(("  - case:", "    facts:")))


def test_cases_for_other_situations_can_be_pasted(tmp_path: Path) -> None:
    root = tmp_path / "book"
    shutil.copytree(resources.rules(), root)
    (root / "cases" / "standard.yaml").unlink()
    seen = []
    while cases := to_paste((ran := courrier("test", root)).out):
        assert ran.code == 0
        seen.append(next(line for line in ran.out.splitlines() if "situations" in line))
        with (root / "cases" / "more.yaml").open("a", encoding="utf-8") as file:
            file.write(("" if file.tell() else "cases:\n") + cases)
        assert courrier("test", root, "--update").code == 0
    exercised = " situations exercised; cases for the others, which `courrier test --update` completes:"
    assert seen == [f"23 of 34{exercised}", f"33 of 34{exercised}"]
    assert "\n34 of 34 situations exercised\n" in ran.out
    assert courrier("test", root, "--coverage-min", "100").code == 0


@pytest.mark.parametrize(
    ("least", "too_few"), [(25, {}), (30, {"situations": 25}), (34, {"rules": 33, "situations": 25})]
)
def test_fewer_than_there_have_to_be(least: int, too_few: dict[str, int], tmp_path: Path) -> None:
    to = [{"rule": "it", "when": {"has": "user"}, "collaborators": ["marie"]}, {"rule": "rest", "cascade": "standard"}]
    root = book(tmp_path, [{"case": "one", "facts": TASK, "expect": SENT}])
    write(root / "mails.yaml", {"mails": {"task_failed": {"title": texts("title"), "to": to}}})
    ran = courrier("test", root, "--coverage-min", str(least))
    assert ran.code == (1 if too_few else 0)
    said = [f"only {share} % of the {what} are exercised, and have to be {least} %" for what, share in too_few.items()]
    assert ran.out.partition("1 passed, 0 failed\n")[2].splitlines() == said


def test_what_the_proposed_cases_are_called(tmp_path: Path) -> None:
    cc = [{"rule": "it", "when": {"has": "dossier"}, "collaborators": ["marie"]}]
    root = book(tmp_path, [{"case": "one", "facts": TASK, "expect": SENT}], refusals={"no": refusal({"has": "user"})})
    mail = {"title": texts("title"), "to": "standard", "cc": cc, "refuse": ["no"]}
    write(root / "mails.yaml", {"mails": {"task_failed": {"title": texts("title"), "to": "standard"}, "other": mail}})
    titles = [line for line in courrier("test", root).out.splitlines() if line.startswith("  - case:")]
    assert titles == [
        "  - case: to of other by office-communication # cascades.yaml:5",
        "  - case: cc of other by it # mails.yaml:20",
        "  - case: cc of other by it with nobody left # mails.yaml:20",
        "  - case: cc of other where no rule of mails.other.cc holds # mails.yaml:20",
        "  - case: other is refused by no # refusals.yaml:3",
        "  - case: other is not refused by no # refusals.yaml:3",
    ]


@pytest.mark.parametrize(("count", "last"), [(1, "no facts were found for to of e0 by it"), (7, "nor for 2 more")])
def test_situations_for_which_no_facts_are_found(count: int, last: str, tmp_path: Path) -> None:
    root = book(tmp_path, [{"case": "one", "facts": TASK, "expect": SENT}])
    to = [MAY_NOT_BE, {"rule": "rest", "cascade": "standard"}]
    mails = {f"e{number}": {"title": texts("title"), "to": to} for number in range(count)}
    write(root / "mails.yaml", {"mails": {"task_failed": {"title": texts("title"), "to": "standard"}, **mails}})
    ran = courrier("test", root)
    assert ran.code == 0
    *_, said, passed = ran.out.splitlines()
    assert said.removesuffix(" (mails.yaml:19)").strip() == last
    assert passed == "1 passed, 0 failed"


def test_situations_that_cannot_be_counted_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "MOST_STEPS", 0)
    cascades = {
        "standard": [
            {"rule": "user", "when": {"has": "user.email"}, "address": "user.email"},
            *TO_THE_OFFICE["standard"],
        ]
    }
    ran = courrier("test", book(tmp_path, [{"case": "one", "facts": TASK, "expect": SENT}], cascades=cascades))
    assert "  task_failed has more situations than can be counted through\n" in ran.out


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
