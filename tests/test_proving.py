"""What is proved of rules: for every rule book in `golden/proved` the whole text, and that its witnesses are true.

A rule book is written as one of `golden/mistakes` is; `facts.jsonl` has the directories of offices.
`COURRIER_GOLDEN=write pytest` writes what does come out, to be read before it is kept.
"""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any, get_args

import generated
import pytest
from books import write_book
from courrier import FactsError, Router, RulesError, resources
from courrier.build import load_office, load_platform
from courrier.checking import check_book
from courrier.cli.inputs import all_facts
from courrier.diagnostics import Diagnostic, Proved, Report
from courrier.proof import walk
from courrier.proof.proving import Proving
from courrier.proof.rules import Proof
from courrier.routing import Question
from hypothesis import given, settings
from hypothesis import strategies as st
from test_diagnostics import GOLDEN, SECTION, SHOWN

PROVED = sorted((GOLDEN / "proved").glob("*.txt"))
NO_WITNESS = {"always-true", "never-true", "missing-translation", "not-counted", "restated"} | {
    code for code in get_args(Proved) if code.startswith("unused-") or code.endswith("-collaborator")
}
"""What there are no facts to show by."""


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A rule book in which nothing is found, under the name that messages show."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(GOLDEN / "book", "rules"))


def found_in(text: str, rules: Path) -> tuple[Diagnostic, ...]:
    """Return what is found in a rule book that is written as one text."""
    _, *sections = SECTION.split(text)
    for name, content in zip(sections[::2], sections[1::2], strict=True):
        path = Path(name) if name == "facts.jsonl" else rules / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    directories = all_facts("facts.jsonl") if Path("facts.jsonl").exists() else ()
    return check_book(rules, directories=directories)


@pytest.mark.parametrize("path", PROVED, ids=lambda path: path.stem)
def test_what_is_proved_is_shown(path: Path, rules: Path) -> None:
    text, _, expected = path.read_text(encoding="utf-8").partition(SHOWN)
    found = found_in(text, rules)
    assert all(one.severity == "warning" for one in found)
    frames = "".join(f"{one.frame()}\n\n" for one in found).removesuffix("\n")
    if os.environ.get("COURRIER_GOLDEN") == "write":
        path.write_text(text + SHOWN + frames, encoding="utf-8")
    assert frames == expected


@pytest.mark.parametrize("path", PROVED, ids=lambda path: path.stem)
def test_a_witness_is_accepted_as_it_is(path: Path, rules: Path) -> None:
    text, _, _ = path.read_text(encoding="utf-8").partition(SHOWN)
    found, router = found_in(text, rules), Router.load(rules)
    for one in found:
        assert bool(one.witness) == (one.code not in NO_WITNESS), one.frame()
        facts: Any = json.loads(json.dumps(one.witness))
        if one.code == "blank-address":
            with pytest.raises(FactsError) as raised:
                router.explain(facts)
            assert f"`{raised.value.path}` is blank" in one.message
        elif facts:
            explanation = router.explain(facts)
            assert ("no-recipient-left" in {it.code for it in explanation.decision.warnings}) == (one.code == "gap")


def test_nothing_is_found_in_the_shipped_rules() -> None:
    assert check_book(resources.rules()) == ()


def test_everything_that_can_be_proved_is_shown() -> None:
    texts = [path.read_text(encoding="utf-8").partition(SHOWN)[2] for path in PROVED]
    shown = {code for text in texts for code in re.findall(r"^warning\[(\S+)\]", text, re.MULTILINE)}
    assert shown == {*get_args(Proved)} - {"not-counted"}


def test_what_is_not_counted_is_said(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (rules / "mails.yaml").write_text(
        "mails: {a: {to: [{rule: it, when: {has: user}, collaborators: [marie]}], refuse: [sender-not-prepared]}}".replace(
            "{to:", "{from: standard, to:"
        )
    )
    monkeypatch.setattr(walk, "MOST_STEPS", 2)
    assert {one.code for one in check_book(rules)} == {"not-counted"}


def test_offices_alike_are_proved_once(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = Report()
    (rules / "offices").mkdir()
    for number in range(3):
        choices = f"{{task_failed: {{to: {{collaborators: [person-{number}]}}}}}}"
        (rules / "offices" / f"o{number}.yaml").write_text(f"office: o{number}\nmails: {choices}\n")
    platform = load_platform(rules, report)
    proving, proved = Proving(rules, platform), 0
    original = Proving._choices

    def counted(*arguments: Any) -> Any:
        nonlocal proved
        proved += 1
        return original(*arguments)

    monkeypatch.setattr(Proving, "_choices", lambda *arguments: list(counted(*arguments)))
    for number in range(3):
        assert list(proving.office(f"o{number}", load_office(rules, f"o{number}", platform, report))) == []
    assert report.diagnostics == []


@settings(max_examples=int(os.environ.get("COURRIER_EXAMPLES", "25")), deadline=None)
@given(generated.books(), st.integers(0, 2**32))
def test_a_rule_that_is_proved_dead_never_fires(book: generated.Book, seed: int) -> None:
    random = Random(seed)  # noqa: S311
    with tempfile.TemporaryDirectory() as folder:
        write_book(
            Path(folder),
            cascades=book.cascades,
            mails=book.mails,
            refusals=book.refusals,
            facts=generated.own_schema(),
        )
        rules = Router.load(folder).book()
        for cascade in rules.cascades.values():
            proof, question = Proof(cascade.rules, frozenset()), Question(cascade)
            found = [{one.code: one.message for one in proof.findings(index)} for index in range(len(cascade.rules))]
            dead = {
                index
                for index, codes in enumerate(found)
                if "may never" not in codes.get("dead-rule", "may never") or {"same-rule"} & codes.keys()
            }
            for _ in range(40):
                assert fired(question, generated.facts(random)) not in dead


def fired(question: Question, facts: Mapping[str, Any]) -> int | None:
    """Return which rule fires; None also where the facts are at fault."""
    try:
        return question.ask(facts).fired
    except FactsError:
        return None


def test_an_error_leaves_no_room_for_proof(rules: Path) -> None:
    (rules / "cascades.yaml").write_text(
        "cascades: {standard: [{rule: a, address: office.communication_email}], b: [{}]}"
    )
    assert {one.severity for one in check_book(rules)} == {"error"}
    with pytest.raises(RulesError):
        Router.load(rules)
