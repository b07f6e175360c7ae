"""`courrier check`: the forms of its report, and what becomes of odd file names."""

import dataclasses
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from commands import GOLDEN, courrier
from courrier.checking import check_book
from courrier.cli import reports
from courrier.diagnostics import Diagnostic, Severity, Span


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A rule book in the current folder that is in order but for an office's file, whose name is odd."""
    monkeypatch.chdir(tmp_path)
    book = Path("ma règle, 100%")
    shutil.copytree(GOLDEN / "rules", book, ignore=shutil.ignore_patterns("cases"))
    (book / "offices" / "É: 1\t\u202e.yaml").write_text("office: e", encoding="utf-8")
    return book


def finding(severity: Severity, help: str = "") -> Diagnostic:
    return Diagnostic("bad-name", severity, "100% wrong,\r\nso to say", help, Span("a,b.yaml", 1, 2, 1, 3, "text"))


def test_json_has_files_from_the_rule_book(book: Path) -> None:
    ran = courrier("check", book, "--format", "json")
    (found,) = json.loads(ran.out)["diagnostics"]
    assert (found["file"], found["line"], found["column"], ran.code) == ("offices/É: 1��.yaml", 1, 1, 1)


def test_github_has_files_from_here_and_escapes(book: Path) -> None:
    ran = courrier("check", book, "--format", "github")
    place = "file=ma règle%2C 100%25/offices/É%3A 1��.yaml,line=1,endLine=1,col=1,endColumn=1,title=office-name"
    assert ran.out.startswith(
        f"::error {place}::`É: 1��.yaml` is not named after an office, so that nobody reads it%0A"
    )
    assert ran.out.count("\n") == 1


def test_sarif_has_addresses_of_files_from_here(book: Path) -> None:
    (run,) = json.loads(courrier("check", book, "--format", "sarif").out)["runs"]
    (location,) = run["results"][0]["locations"]
    uri = "ma%20r%C3%A8gle%2C%20100%25/offices/%C3%89%3A%201%09%E2%80%AE.yaml"
    assert location["physicalLocation"]["artifactLocation"] == {"uri": uri}


@pytest.mark.parametrize("format", ["github", "sarif"])
def test_a_book_elsewhere_is_seen_from_here(format: str, book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = book / "offices" / "other"
    other.mkdir()
    relative = courrier("check", book, "--format", format).out
    assert courrier("check", book.resolve(), "--format", format).out == relative
    monkeypatch.chdir(other)
    assert "../" in courrier("check", "../..", "--format", format).out


@pytest.mark.parametrize("name", reports.REPORTS)
@pytest.mark.parametrize("folder", ["no\x1b[31mrules\n", "rules"])
def test_reports_of_a_book_without_rules_are_printable(
    name: str, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(folder).mkdir()
    ran = courrier("check", folder, "--format", name)
    assert (ran.code, ran.err) == (1, "")
    assert "no-rule-book" in ran.out
    assert "\x1b" not in ran.out


@pytest.mark.parametrize(
    ("severities", "total"),
    [
        (["error"], "1 error in `rules`"),
        (["error", "error"], "2 errors in `rules`"),
        (["warning"], "1 warning in `rules`"),
        (["warning", "error", "warning"], "1 error and 2 warnings in `rules`"),
        ([], "nothing is wrong in `rules`"),
    ],
)
def test_findings_are_counted(severities: list[Severity], total: str) -> None:
    *_, last = reports.text([finding(severity) for severity in severities], Path("rules"))
    assert last == total


@pytest.mark.parametrize(
    ("end", "place"),
    [
        ((1, 3), "line=1,endLine=1,col=2,endColumn=3"),
        ((4, 1), "line=1,endLine=4"),
    ],
)
def test_github_has_columns_on_one_line_only(end: tuple[int, int], place: str) -> None:
    found = finding("warning")
    span = found.span._replace(end_line=end[0], end_column=end[1])
    (line,) = reports.github([dataclasses.replace(found, span=span)], Path("rules"))
    assert line == f"::warning file=rules/a%2Cb.yaml,{place},title=bad-name::100%25 wrong,%0D%0Aso to say"


def test_warnings_are_no_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["courrier.cli.check"], "check_book", lambda *_: (finding("warning", "mend it"),))
    ran = courrier("check", GOLDEN / "rules")
    assert ran.code == 0
    assert ran.out.startswith("warning[bad-name]: ")


def test_the_check_goes_through_the_offices() -> None:
    seen: list[str] = []

    def each(offices: Sequence[str]) -> list[str]:
        seen.extend(offices)
        return seen

    assert check_book(GOLDEN / "rules", each) == check_book(GOLDEN / "rules")
    assert seen == ["dupont", "martin"]
