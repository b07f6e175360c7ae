"""What `courrier test --update` writes into files of cases: to the byte, in whichever style they are written."""

from pathlib import Path

import pytest
from books import texts, write, write_book
from commands import courrier
from courrier import Router
from courrier.cases import load_cases
from courrier.diagnostics import Report
from courrier.expectations import with_expectations

FACTS = "{event: {type: task_failed}, office: {id: dupont, communication_email: a@b.be}}"
FLOW = (
    "outcome: send, from: null, to: [a@b.be], cc: [], refusals: [], warnings: [], "
    "rule: {to: cascades.standard.office-communication}"
)
OTHER = f"case:   two\n    expect:  {{outcome: 'refuse'}}\n    facts:  {FACTS}"
BLOCK = """\
      outcome: send
      from: null
      to: [a@b.be]
      cc: []
      refusals: []
      warnings: []
      rule:
        to: cascades.standard.office-communication
"""


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    root = write_book(Path("book"), mails={"task_failed": {"title": texts("title"), "to": "standard"}})
    (root / "cases").mkdir()
    return root


def updated(text: str, book: Path) -> str:
    """Return what becomes of a file of cases."""
    path = book / "cases" / "some.yaml"
    path.write_bytes(text.encode())
    report = Report()
    cases = load_cases(book, report, may_be_open=True)
    assert report.diagnostics == []
    router = Router.load(book)
    decided = {case.span: router.decide(case.facts) for case in cases if not case.expect}  # type: ignore[arg-type]
    return with_expectations(path.read_bytes(), "cases/some.yaml", decided)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # Without `expect`: below the last entry, whatever stands beside or below it.
        (f"- case: one\n    facts: {FACTS}\n", f"- case: one\n    facts: {FACTS}\n    expect:\n{BLOCK}"),
        (f"- case: one\n    facts: {FACTS}", f"- case: one\n    facts: {FACTS}\n    expect:\n{BLOCK.rstrip()}"),
        (
            f"- facts: {FACTS}\n    case: one # why\n\n    # later\n\n  # end\n",
            f"- facts: {FACTS}\n    case: one # why\n    expect:\n{BLOCK}\n    # later\n\n  # end\n",
        ),
        (
            f"- facts: {FACTS}\n    case: |\n      one\n\n  # end\n",
            f"- facts: {FACTS}\n    case: |\n      one\n    expect:\n{BLOCK}\n  # end\n",
        ),
        # With a bare one: below its key.
        (
            f"- case: one\n    expect: # what?\n    facts: {FACTS}\n",
            f"- case: one\n    expect: # what?\n{BLOCK}    facts: {FACTS}\n",
        ),
        # With an empty one: in its place.
        (
            f"- case: one\n    facts: {FACTS}\n    expect: {{}} # what?\n",
            f"- case: one\n    facts: {FACTS}\n    expect: {{{FLOW}}} # what?\n",
        ),
        (
            f"- case: one\n    facts: {FACTS}\n    expect: {{ # what?\n      }}\n",
            f"- case: one\n    facts: {FACTS}\n    expect: {{{FLOW} # what?\n      }}\n",
        ),
        (
            f"- case: one\n    facts: {FACTS}\n    expect: ~\n",
            f"- case: one\n    facts: {FACTS}\n    expect: {{{FLOW}}}\n",
        ),
        # Between brackets.
        (f"- {{case: one, facts: {FACTS}}}\n", f"- {{case: one, facts: {FACTS}, expect: {{{FLOW}}}}}\n"),
        (f"- {{facts: {FACTS}, case: one , }}\n", f"- {{facts: {FACTS}, case: one, expect: {{{FLOW}}} , }}\n"),
        (
            f"- {{case: one, expect: , facts: {FACTS}}}\n",
            f"- {{case: one, expect:  {{{FLOW}}}, facts: {FACTS}}}\n",
        ),
        # Several, and those that expect something already stay.
        (
            f"- case: one\n    facts: {FACTS}\n  - {OTHER}\n  - case: three\n    facts: {FACTS}\n",
            "".join(
                [
                    f"- case: one\n    facts: {FACTS}\n    expect:\n{BLOCK}",
                    f"  - {OTHER}\n",
                    f"  - case: three\n    facts: {FACTS}\n    expect:\n{BLOCK}",
                ]
            ),
        ),
    ],
)
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_what_is_written(before: str, after: str, line_break: str, start: str, book: Path) -> None:
    before, after = (f"{start}# é\ncases:\n  {text}".replace("\n", line_break) for text in (before, after))
    assert updated(before, book) == after
    assert updated(after, book) == after


def test_a_file_on_one_line(book: Path) -> None:
    before = f"\ufeff{{cases: [{{case: 𝄞, facts: {FACTS}}}]}}"
    assert updated(before, book) == f"\ufeff{{cases: [{{case: 𝄞, facts: {FACTS}, expect: {{{FLOW}}}}}]}}"


def test_texts_are_quoted_where_they_would_be_something_else(book: Path) -> None:
    facts = FACTS.replace("a@b.be", '"{a}#@b.be"')
    assert '    to: ["{a}#@b.be"]\n' in updated(f"cases:\n- case: one\n  facts: {facts}\n", book)


def test_nobody_and_no_rule(book: Path) -> None:
    write(book / "offices" / "dupont.yaml", "office: dupont\nmails: {task_failed: {to: {collaborators: [x]}}}\n")
    rule = "rule: {to: cascades.standard.office-communication}}"
    made = updated(f"cases:\n- {{case: one, facts: {FACTS}}}\n", book)
    assert f"warnings: [unknown-collaborator, no-recipient-left], {rule}" in made


ODD = [f"- case: one\n    facts: {FACTS}\n    ? expect\n", f"- facts: {FACTS}\n    case: |+\n      one\n\n"]


@pytest.mark.parametrize("case", ODD)
def test_what_cannot_be_added_to_is_left_alone(case: str, book: Path) -> None:
    with pytest.raises(ValueError, match=r"cases/some\.yaml"):
        updated(f"cases:\n  {case}", book)
    expected = "error: `cases/some.yaml` cannot be added to without a change of what it says; write `expect` by hand\n"
    assert courrier("test", "book", "--update") == (2, "", expected)
    assert (book / "cases" / "some.yaml").read_text(encoding="utf-8") == f"cases:\n  {case}"


# The command


def test_the_cases_are_updated_and_tried(book: Path) -> None:
    for name in ("a", "b"):
        write(book / "cases" / f"{name}.yaml", f"cases:\n  - case: {name}\n    facts: {FACTS}\n")
    write(book / "cases" / "c.yaml", f"cases:\n  - case: c\n    facts: {FACTS}\n    expect: {{outcome: refuse}}\n")
    kept = (book / "cases" / "c.yaml").stat()
    ran = courrier("test", "book", "--update")
    assert ran.out.startswith(
        "wrote what comes out, to be reviewed:\n  a (cases/a.yaml:2)\n  b (cases/b.yaml:2)\n\ncases/a.yaml\n  ✓ a\n"
    )
    assert ran.out.endswith("2 passed, 1 failed\n")
    assert ran.code == 1
    after = f"cases:\n  - case: a\n    facts: {FACTS}\n    expect:\n{BLOCK}"
    assert (book / "cases" / "a.yaml").read_text(encoding="utf-8") == after
    assert (book / "cases" / "c.yaml").stat() == kept
    assert sorted(path.name for path in (book / "cases").iterdir()) == ["a.yaml", "b.yaml", "c.yaml"]
    assert courrier("test", "book", "--update").out.startswith("no case lacks what it expects\n\ncases/a.yaml\n")


def test_what_is_written_is_in_the_one_style(book: Path) -> None:
    write(book / "facts.yaml", FACTS)
    write(book / "cases" / "some.yaml", "cases:\n  - case: one\n    facts_file: ../facts.yaml\n")
    assert courrier("test", "book", "--update").code == 0
    assert courrier("fmt", "book", "--check").out.count("would change cases/") == 0


@pytest.mark.parametrize(
    ("case", "frame"),
    [
        (f"case: one\n    facts: {FACTS}", "missing-key]: `expect` is missing"),
        (f"case: one\n    facts: {FACTS}\n    expect: {{}}", "empty-value]: this is empty"),
        (f"case: one\n    facts: {FACTS}\n    expect:", "wrong-type]: wanted a mapping, found nothing"),
    ],
)
def test_without_the_option_what_a_case_expects_has_to_be_there(case: str, frame: str, book: Path) -> None:
    write(book / "cases" / "some.yaml", f"cases:\n  - {case}\n")
    code, out, err = courrier("test", "book")
    assert (code, out) == (2, "")
    assert err.startswith(f"error[{frame}\n")
    assert err.endswith("; `courrier test --update` writes it for you\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"cases:\n  - case: one\n    facts: {FACTS}\n    expct: {{}}\n", "error[unknown-key]: `expct` is not known"),
        ("cases:\n  - case: one\n", "error[missing-key]: `facts` is missing"),
        ("cases: []\n", "error[empty-value]: this is empty"),
        ("cass: []\n", "error[unknown-key]: `cass` is not known here"),
        (f"cases:\n  - case: one\n    facts: {FACTS}\n    expect: !x\n", "error[tag]: `!x` is a tag"),
        ("cases: [1]", "error[wrong-type]: wanted a mapping, found the number `1`"),
        (
            f"cases:\n  - case: one\n    facts: {FACTS.replace('a@b.be', 'nobody')}\n",
            "error: nothing comes out of the case `one` (cases/b.yaml:2): `office.communication_email`: ",
        ),
    ],
)
def test_where_something_is_wrong_nothing_is_written(text: str, message: str, book: Path) -> None:
    first = f"cases:\n  - case: a\n    facts: {FACTS}\n"
    write(book / "cases" / "a.yaml", first)
    write(book / "cases" / "b.yaml", text)
    code, out, err = courrier("test", "book", "--update")
    assert (code, out) == (2, "")
    assert err.startswith(message)
    assert (book / "cases" / "a.yaml").read_text(encoding="utf-8") == first
