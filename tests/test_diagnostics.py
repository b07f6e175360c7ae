"""What a rule author is shown: for every mistake the whole text.

A mistake is a file in `golden/mistakes`: the files of a rule book that differ from those in `golden/book`, each under
its name (`<absent>` takes one away), and under `shown` what has to come out. `COURRIER_GOLDEN=write pytest` writes what
does come out, to be read before it is kept.
"""

import json
import os
import pickle
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from courrier.build import load_office, load_platform, office_ids
from courrier.diagnostics import (
    MOST_DIAGNOSTICS,
    Code,
    Diagnostic,
    Report,
    RulesError,
    Span,
    did_you_mean,
    look_up,
    printable,
    quoted,
)
from courrier.document import parse
from courrier.files import LARGEST_FILE
from courrier.schema import validate

GOLDEN = Path(__file__).parent / "golden"
MISTAKES = sorted((GOLDEN / "mistakes").glob("*.txt"))
SECTION = re.compile(r"^-- (\S+) --\n", re.MULTILINE)
SHOWN = "-- shown --\n"


def shown(root: Path) -> str:
    """Return all that is wrong with a rule book and the files of its offices, as a person reads it."""
    report = Report()
    platform = load_platform(root, report)
    for office in office_ids(root, report):
        load_office(root, office, platform, report)
    return f"{RulesError(report.diagnostics)}\n"


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A rule book with nothing wrong in it, under the name that messages show."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(GOLDEN / "book", "rules"))


def test_nothing_is_wrong_with_the_book_that_mistakes_start_from(rules: Path) -> None:
    assert shown(rules) == "\n"


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda path: path.stem)
def test_mistake_is_shown(mistake: Path, rules: Path) -> None:
    text, _, expected = mistake.read_text(encoding="utf-8").partition(SHOWN)
    _, *sections = SECTION.split(text)
    for name, content in zip(sections[::2], sections[1::2], strict=True):
        path = rules / name
        if content == "<absent>\n":
            path.unlink()
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(content, encoding="utf-8", newline="")
    if not any(rules.iterdir()):
        rules.rmdir()
    found = shown(rules)
    if os.environ.get("COURRIER_GOLDEN") == "write":
        mistake.write_text(text + SHOWN + found, encoding="utf-8", newline="")
    assert found == expected


def a_folder(path: Path) -> None:
    path.mkdir()


def a_link_to_nothing(path: Path) -> None:
    path.symlink_to("nowhere.yaml")


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def holding(data: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data)


ODD_FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "utf-16": (
        holding("mails:\n".encode("utf-16")),
        """\
error[not-utf8]: byte 0xff is no UTF-8
  --> mails.yaml:1:1
   |
 1 | ��m�a�i�l�s�:�
   | ^
   = help: save the file as UTF-8
""",
    ),
    "latin-1": (
        holding("mails:\r\n  task_failed:\r\n    title: {fr: Tâches échouées}\r\n".encode("latin-1")),
        """\
error[not-utf8]: byte 0xe2 is no UTF-8
  --> mails.yaml:3:18
   |
 3 |     title: {fr: T�ches �chou�es}
   |                  ^
   = help: save the file as UTF-8
""",
    ),
    "latin-1 after a byte order mark": (
        holding("\ufeffmails: \N{GREEK SMALL LETTER BETA}".encode() + b"\xe9\n"),
        """\
error[not-utf8]: byte 0xe9 is no UTF-8
  --> mails.yaml:1:9
   |
 1 | mails: β�
   |         ^
   = help: save the file as UTF-8
""",
    ),
    "a picture": (
        holding(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"),
        """\
error[not-utf8]: byte 0x89 is no UTF-8
  --> mails.yaml:1:1
   |
 1 | �PNG
   | ^
   = help: save the file as UTF-8
""",
    ),
    "zeros": (
        holding(bytes(4)),
        """\
error[control-character]: the control character U+0000 stands here
  --> mails.yaml:1:1
   |
 1 | ����
   | ^
   = help: take it out, and save the file as UTF-8 text
""",
    ),
    "an escape sequence": (
        holding("mails:\n  # é: \x1b[31m\n".encode()),
        """\
error[control-character]: the control character U+001B stands here
  --> mails.yaml:2:8
   |
 2 |   # é: �[31m
   |        ^
   = help: take it out, and save the file as UTF-8 text
""",
    ),
    "a line break that is none in YAML 1.2": (
        holding("mails:\n  task_failed: {to: x\u2028y}\n".encode()),
        """\
error[control-character]: the control character U+2028 stands here
  --> mails.yaml:2:22
   |
 2 |   task_failed: {to: x�y}
   |                      ^
   = help: take it out, and save the file as UTF-8 text
""",
    ),
    "2 MiB": (
        holding(b"#" * 2 * LARGEST_FILE),
        """\
error[file-too-large]: `mails.yaml` is larger than 1 MiB
  --> mails.yaml:1:1
   = help: take out what is no rule, or split it
""",
    ),
    "nothing but brackets": (
        holding(b"[" + b"\n{}," * 200_000 + b"\n]"),
        """\
error[too-many-values]: `mails.yaml` has more than 200,000 keys and values
       --> mails.yaml:200001:1
        |
 200001 | {},
        | ^
        = help: split it, or take out what is no rule
""",
    ),
    "a folder": (
        a_folder,
        """\
error[unreadable-file]: `mails.yaml` is a folder
  --> mails.yaml:1:1
   = help: put a text file in its place
""",
    ),
    "a link to nothing": (
        a_link_to_nothing,
        """\
error[unreadable-file]: `mails.yaml` is a link to nothing
  --> mails.yaml:1:1
   = help: put a text file in its place
""",
    ),
    "a pipe": (
        a_pipe,
        """\
error[unreadable-file]: `mails.yaml` is no regular file
  --> mails.yaml:1:1
   = help: put a text file in its place
""",
    ),
}


@pytest.mark.parametrize("name", ODD_FILES)
def test_odd_file_is_shown(name: str, rules: Path) -> None:
    make, expected = ODD_FILES[name]
    path = rules / "mails.yaml"
    path.unlink()
    make(path)
    assert shown(rules) == expected


def test_every_code_is_shown_by_some_mistake() -> None:
    texts = [path.read_text(encoding="utf-8").partition(SHOWN)[2] for path in MISTAKES]
    texts += [expected for _, expected in ODD_FILES.values()]
    assert {code for text in texts for code in re.findall(r"^error\[(\S+)\]", text, re.MULTILINE)} == set(
        get_args(Code)
    )


def test_every_message_says_what_to_do() -> None:
    for path in MISTAKES:
        expected = path.read_text(encoding="utf-8").partition(SHOWN)[2]
        for frame in expected.split("\n\n"):
            head, *_, help = frame.strip().split("\n")
            message = head.partition(": ")[2]
            assert re.match(r" +(\d+ )?= help: \S", help), frame
            assert not message.endswith((".", "!")), frame
            assert not message[0].isupper(), frame


def span(text: str, column: int, end_column: int, *, lines: int = 1, line: int = 7) -> Span:
    return Span("mails.yaml", line, column, line + lines - 1, end_column, text)


def frame(place: Span, message: str = "this is wrong") -> list[str]:
    """Return what is shown under the message, without the help."""
    return Diagnostic("tag", "error", message, "", place).frame().split("\n")[1:]


@pytest.mark.parametrize(
    ("place", "source", "carets"),
    [
        pytest.param(span("to: standard", 5, 13), "to: standard", "    ^^^^^^^^", id="plain"),
        pytest.param(span("to:", 4, 4), "to:", "   ^", id="nothing, after the line"),
        pytest.param(span("\tto:\tx", 6, 7), " to: x", "     ^", id="tabs are one column"),
        pytest.param(span("送信: {x: 者}", 9, 10), "送信: {x: 者}", "          ^^", id="wide"),
        pytest.param(span("e\u0301te\u0301: x", 8, 9), "e\u0301te\u0301: x", "     ^", id="combining"),
        pytest.param(span("👍👍: x", 5, 6), "👍👍: x", "      ^", id="emoji"),
        pytest.param(span("\u1112\u1161\u11ab: x", 6, 7), "\u1112\u1161\u11ab: x", "    ^", id="jamo"),
        pytest.param(span("\uff21: x", 4, 5), "\uff21: x", "    ^", id="full width"),
        pytest.param(span("a\u200db: x", 6, 7), "a\u200db: x", "    ^", id="joiner"),
        pytest.param(span("a\x1b[31m: x", 9, 10), "a�[31m: x", "        ^", id="escape"),
        pytest.param(span("a\u202eb\ufeffc\ud800: x", 9, 10), "a�b�c�: x", "        ^", id="unseen"),
        pytest.param(span("- rule: a   ", 3, 9, lines=3), "- rule: a", "  ^^^^^^^", id="several lines"),
        pytest.param(span("x" * 100, 100, 101), "x" * 100, " " * 99 + "^", id="just not long"),
        pytest.param(span("x" * 101, 1, 2), "x" * 100 + "…", "^", id="long, at the start"),
        pytest.param(span("x" * 101, 101, 102), "…" + "x" * 100, " " * 100 + "^", id="long, at the end"),
        pytest.param(span("x" * 300, 151, 300), "…" + "x" * 100 + "…", " " * 51 + "^" * 50, id="long, in the middle"),
        pytest.param(span("x" * 300, 1, 1, lines=2), "x" * 100 + "…", "^" * 100, id="long, several lines"),
    ],
)
def test_carets_stand_under_the_place(place: Span, source: str, carets: str) -> None:
    assert frame(place)[1:] == ["   |", f" 7 | {source}", f"   | {carets}"]


@pytest.mark.parametrize("text", ["", "   ", "\t"])
def test_a_place_without_text_is_shown_by_its_numbers(text: str) -> None:
    assert frame(span(text, 1, 1)) == ["  --> mails.yaml:7:1"]


def test_numbers_of_lines_make_room() -> None:
    assert frame(span("to: x", 5, 6, line=1000)) == [
        "     --> mails.yaml:1000:5",
        "      |",
        " 1000 | to: x",
        "      |     ^",
    ]


def test_nothing_that_a_terminal_obeys_is_shown() -> None:
    report = Report()
    report.error("tag", Span("\x1b]0;\udcff.yaml", 1, 1, 1, 1, "\x9b31m"), "\x1b[31m\r\n", "\u202ex\x07")
    (found,) = report.diagnostics
    assert found.frame() == ("error[tag]: �[31m��\n  --> �]0;�.yaml:1:1\n   |\n 1 | �31m\n   | ^\n   = help: �x�")
    assert printable(json.dumps(found.to_dict(), ensure_ascii=False)) == json.dumps(found.to_dict(), ensure_ascii=False)


def test_a_diagnostic_as_json() -> None:
    report = Report()
    report.error("unknown-fact", span("  when: {has: x}", 15, 16), "no fact is called `x`", "name one")
    assert report.diagnostics[0].to_dict() == {
        "code": "unknown-fact",
        "severity": "error",
        "message": "no fact is called `x`",
        "help": "name one",
        "file": "mails.yaml",
        "line": 7,
        "column": 15,
        "end_line": 7,
        "end_column": 16,
    }


def test_a_span_knows_its_place_and_its_text() -> None:
    key, value = span("- rule: first # one", 3, 7), span("- rule: first # one", 9, 14)
    assert key.at == "mails.yaml:7"
    assert (key.source, value.source, key.until(value).source) == ("rule", "first", "rule: first")
    assert span("- rule: first  ", 3, 1, lines=2).source == "rule: first"
    assert Span.of_file("x.yaml") == ("x.yaml", 1, 1, 1, 1, "")


def test_errors_are_raised_in_reading_order() -> None:
    report = Report()
    report.raise_errors()
    places = [("b.yaml", 1, 1), ("a.yaml", 10, 1), ("a.yaml", 2, 5), ("a.yaml", 2, 1)]
    for file, line, column in places:
        report.error("tag", Span(file, line, column, line, column, ""), "m", "h")
    with pytest.raises(RulesError) as raised:
        report.raise_errors()
    assert [diagnostic.span[:3] for diagnostic in raised.value.diagnostics] == sorted(places)
    assert str(raised.value) == "\n\n".join(diagnostic.frame() for diagnostic in raised.value.diagnostics)


def test_a_warning_is_carried_and_raises_nothing() -> None:
    report = Report()
    warning = Diagnostic("tag", "warning", "m", "h", Span.of_file("z.yaml"))
    report.diagnostics.append(warning)
    report.raise_errors()
    report.error("tag", Span.of_file("a.yaml"), "m", "h")
    with pytest.raises(RulesError) as raised:
        report.raise_errors()
    assert raised.value.diagnostics[1] is warning
    assert warning.frame().startswith("warning[tag]: m")


def test_errors_travel_between_processes() -> None:
    report = Report()
    report.error("tag", span("to: x", 5, 6), "m", "h")
    error = RulesError(report.diagnostics)
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert isinstance(copy, RulesError)
    assert (copy.diagnostics, str(copy)) == (error.diagnostics, str(error))


def test_nobody_reads_more_than_a_thousand_errors() -> None:
    report = Report()
    names = "".join(f"  name{number}: standard\n" for number in range(MOST_DIAGNOSTICS + 1))
    for data in (f"mails:\n{names}", "- *x\n" * (MOST_DIAGNOSTICS + 1)):
        report = Report()
        node = parse(data.encode(), "mails.yaml", report)
        if node:
            validate(node, "mails", report)
        assert report.full
        assert len(report.diagnostics) == MOST_DIAGNOSTICS
    assert look_up("unknown-event", "event", "x", Span.of_file("a"), {"y": 1}, report) is None


@pytest.mark.parametrize(
    ("word", "known", "help"),
    [
        ("dossier.manger", ["dossier.manager", "user.email"], "did you mean `dossier.manager`?"),
        ("Dossier.Manager", ["dossier.manager"], "did you mean `dossier.manager`?"),
        ("vat_period", ["dossier.vat_period", "user.email"], "did you mean `dossier.vat_period`?"),
        ("dossier.sector", ["dossier", "dossier.id", "user.email"], "known here: `dossier.id`"),
        ("dossier.sector", ["dossier.manager", "user.email"], "known here: `dossier.manager`"),
        ("x", ["not_in", "in"], "known here: `in`, `not_in`"),
        ("x", [], "there is none yet: write it first"),
        (
            "x",
            [f"name-{number:02}" for number in range(13)],
            "known here: " + ", ".join(f"`name-{n:02}`" for n in range(12)) + ", …",
        ),
    ],
)
def test_help_names_what_may_be_meant(word: str, known: list[str], help: str) -> None:
    assert did_you_mean(word, known) == help


def test_long_texts_are_quoted_in_part() -> None:
    assert quoted("x" * 60) == f"`{'x' * 60}`"
    assert quoted("x" * 61) == f"`{'x' * 59}…`"
