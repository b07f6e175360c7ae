"""In which words situations are said, and where a gap is found at all."""

from pathlib import Path
from typing import Any

import generated
import pytest
from books import refusal, write_book
from courrier.build import load_platform
from courrier.cells import Cells
from courrier.checking import check_book
from courrier.diagnostics import Report
from courrier.proof.people import AnyOf
from courrier.proof.phrases import ALWAYS, situations_in_words
from courrier.proof.realms import Asked, Realms
from courrier.situations import NO, YES, Situations


def gap_in(folder: Path, *whens: Any) -> str | None:
    """Return where a list of rules with these conditions gives nothing, as is said; None where it always does."""
    rules = [{"rule": f"r{n}", "when": when, "address": "office.communication_email"} for n, when in enumerate(whens)]
    write_book(folder, mails={"ping": {"to": rules}}, facts=generated.own_schema())
    found = [one.message for one in check_book(folder) if one.code == "gap"]
    return found[0].removeprefix("`mails.ping.to` gives nothing where ") if found else None


TEXT, OTHER, NUMBER, TAGS = "extra.text", "extra.other", "extra.number", "extra.tags"

SEVERAL = (
    "(there is no `extra.text` and there is no `extra.other`; "
    "or there is no `extra.text` and `extra.other` is none of `b`, `a`; "
    "or there is no `extra.text` and `extra.other` is `a`; "
    "or there is no `extra.text` and `extra.other` is `b`; "
    "or `extra.text` is none of `a`, `b` and there is no `extra.other`; "
    "or `extra.text` is none of `a`, `b` and `extra.other` is none of `b`, `a` and `extra.text` is not `extra.other`; "
    "or 6 other ways)"
)


@pytest.mark.parametrize(
    ("whens", "where"),
    [
        ([{"has": TEXT}], "there is no `extra.text`"),
        ([{"lacks": TEXT}], "`extra.text` is there"),
        ([{"has": TEXT}, {"lacks": TEXT}], None),
        ([{TEXT: "a"}], "`extra.text` is not `a` or is not there"),
        ([{TEXT: "a"}, {"lacks": TEXT}], "`extra.text` is not `a`"),
        ([{TEXT: ["a", "b"]}], "`extra.text` is none of `a`, `b` or is not there"),
        ([{TEXT: {"not": "a"}}], "`extra.text` is `a` or is not there"),
        ([{TEXT: {"not": ["a", "b"]}}], "`extra.text` is `a` or `b` or is not there"),
        ([{TEXT: {"not": list("abcdefgh")}}, {"lacks": TEXT}], "`extra.text` is `a`, `b`, `c`, `d`, `e` or 2 more"),
        ([{"extra.flag": True}], "`extra.flag` is not true or is not there"),
        ([{"extra.flag": False}, {"lacks": "extra.flag"}], "`extra.flag` is not false"),
        ([{"extra.flag": [True, False]}], "there is no `extra.flag`"),
        ([{NUMBER: 1}], "`extra.number` is below 1 or above 1 or is not there"),
        ([{NUMBER: {"above": 1}}, {"lacks": NUMBER}], "`extra.number` is at most 1"),
        ([{NUMBER: {"at_least": 1}}, {"lacks": NUMBER}], "`extra.number` is below 1"),
        ([{NUMBER: {"above": 1}}, {NUMBER: {"below": 1}}, {"lacks": NUMBER}], "`extra.number` is 1"),
        (
            [{NUMBER: {"above": 2}}, {NUMBER: {"below": 1}}, {"lacks": NUMBER}],
            "`extra.number` is at least 1 and at most 2",
        ),
        (
            [{NUMBER: {"at_least": 2}}, {NUMBER: {"at_most": 1}}, {"lacks": NUMBER}],
            "`extra.number` is above 1 and below 2",
        ),
        ([{"extra.integer": {"at_least": 2}}, {"extra.integer": {"at_most": 1}}, {"lacks": "extra.integer"}], None),
        ([{TEXT: {"starts_with": "a"}}, {"lacks": TEXT}], "`extra.text` does not start with `a`"),
        ([{TEXT: {"ends_with": "a"}}, {"lacks": TEXT}], "`extra.text` does not end with `a`"),
        ([{TEXT: {"contains": "a"}}, {"lacks": TEXT}], "`extra.text` does not contain `a`"),
        ([{TEXT: {"matches": "a+"}}, {"lacks": TEXT}], "`extra.text` does not match `a+`"),
        ([{"not": {TEXT: {"matches": "a+"}}}], "`extra.text` matches `a+`"),
        ([{TEXT: {"fact": OTHER}}], "`extra.text` is not `extra.other` or one of them is not there"),
        ([{TEXT: {"in": {"fact": TAGS}}}], "`extra.text` is not in `extra.tags` or is not there"),
        ([{TAGS: {"contains": "a"}}], "`extra.tags` does not contain `a` or is not there"),
        (
            [{"extra.bound": {"above": {"fact": NUMBER}}}],
            "`extra.bound` is not above `extra.number` or one of them is not there",
        ),
        ([{TEXT: "a", NUMBER: 1}], "`extra.text` is not `a` or is not there"),
        (
            [{"any": [{TEXT: "a"}, {NUMBER: 1}]}],
            "`extra.text` is not `a` or is not there, and `extra.number` is below 1 or above 1 or is not there",
        ),
        (
            [{"has": [TEXT, OTHER]}, {"not": {TEXT: {"fact": OTHER}}, "lacks": TEXT}],
            "`extra.text` is there and there is no `extra.other`",
        ),
        (
            [{"not": {TEXT: {"fact": OTHER}}, "has": [TEXT, OTHER]}],
            "`extra.text` is `extra.other` or one of them is not there",
        ),
        ([{TEXT: {"fact": OTHER}}, {TEXT: {"not": {"fact": OTHER}}}], "there is no `extra.text` or no `extra.other`"),
        ([{"lacks": TEXT}, {"lacks": OTHER}], "`extra.text` is there, and `extra.other` is there"),
        ([{"not": {TEXT: {"fact": TEXT}}}], "`extra.text` is there"),
        ([{TEXT: "a", OTHER: "b"}, {TEXT: "b", OTHER: "a"}, {TEXT: {"fact": OTHER}}], SEVERAL),
        ([{"event.type": "ping"}], None),
        ([{"event.type": "pong"}], "always"),
    ],
)
def test_a_gap_is_said_in_words(whens: list[Any], where: str | None, tmp_path: Path) -> None:
    assert gap_in(tmp_path, *whens) == where


def said(asked: Asked, *wanted: tuple[int | str, ...]) -> str:
    realms = Realms([asked])
    domains: list[Cells] = [one.where(lambda point: point.cells in wanted) for one in realms.realms]
    return situations_in_words(domains, realms.shown, realms)


@pytest.mark.parametrize(
    ("names", "cell", "words"),
    [
        (("marie",), YES, "`marie` can receive mail"),
        (("marie",), NO, "`marie` cannot receive mail"),
        (("marie", "jean"), YES, "one of `marie`, `jean` can receive mail"),
        (("marie", "jean"), NO, "none of `marie`, `jean` can receive mail"),
    ],
)
def test_people_are_said_in_words(names: tuple[str, ...], cell: int, words: str) -> None:
    assert said(AnyOf(names), (cell,)) == words


def test_facts_at_fault_are_said_in_words(tmp_path: Path) -> None:
    refusals = {"it": refusal({TEXT: "a"})}
    book = load_platform(
        write_book(tmp_path, mails={"ping": {"to": "standard"}}, refusals=refusals, facts=generated.own_schema()),
        report := Report(),
    )
    assert report.diagnostics == []
    asked = Situations([book.refusals["it"].when], fail_closed=True)
    assert said(asked, (TEXT,)) == "`extra.text` is missing"
    assert said(asked, (TEXT,), (2,)) == "`extra.text` is `a` or `extra.text` is missing"
    assert said(asked, (TEXT,), (1,), (2,)) == ALWAYS
