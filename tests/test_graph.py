"""Pictures of rules: that they are well formed and nothing runs out of its box, and that those in the docs are current.

What they show, to the letter, is in the transcripts of `golden/cli`.
"""

import re
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from books import write_book
from commands import GOLDEN, courrier
from courrier import resources
from courrier.build import load_office, load_platform
from courrier.diagnostics import Report
from courrier.diagrams import dot, mermaid
from courrier.lettering import em
from courrier.phrasebook import LANGUAGES, Language
from courrier.picture import Office, Picture, picture
from courrier.svg import svg
from courrier.wording import Wording
from generated import EVENTS, OFFICE, Book, books, own_schema
from hypothesis import given, settings

IMAGES = Path(__file__).parents[1] / "docs" / "images"
SVG = "{http://www.w3.org/2000/svg}"
SIZES = {"title": 20, "sheet": 16, "small": 12}


def drawn(folder: Path, language: Language = "en", event: str | None = None, office: str | None = None) -> Picture:
    report = Report()
    platform = book = load_platform(folder, report)
    if office:
        book = load_office(folder, office, platform, report)
    assert report.diagnostics == []
    return picture(book, Wording.of_book(language, folder), event, Office(office, platform) if office else None)


def check_svg(text: str) -> ET.Element:
    """Read an SVG, and see that every text is inside the page and that what follows a box starts below it."""
    root = ET.fromstring(text)  # noqa: S314
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    assert root.attrib["viewBox"] == f"0 0 {width:.0f} {height:.0f}"
    boxes = [
        tuple(float(box.attrib[key]) for key in ("x", "y", "width", "height"))
        for box in root.iter(f"{SVG}rect")
        if box.attrib["class"].split()[0] not in {"page", "card"}
    ]
    for element in root.iter(f"{SVG}text"):
        x, y = float(element.attrib["x"]), float(element.attrib["y"])
        right = x + em(element.text or "") * SIZES.get(element.attrib.get("class", ""), 14)
        assert right <= width
        assert 0 < y <= height
        for left, top, box_width, box_height in boxes:
            if left <= x < left + box_width and top < y < top + box_height:
                assert right <= left + box_width
    for one in boxes:
        for other in boxes:
            apart = one[1] + one[3] <= other[1] or other[1] + other[3] <= one[1] or one[0] != other[0]
            assert apart or one is other
    return root


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("office", [None, "dupont"])
def test_the_svg_holds_what_it_shows(language: Language, office: str | None) -> None:
    root = check_svg(svg(drawn(GOLDEN / "drawn", language, office=office)))
    assert [child.tag for child in root][:3] == [f"{SVG}title", f"{SVG}desc", f"{SVG}style"]
    assert root.attrib["role"] == "img"
    shown = "".join((element.text or "").strip() for element in root.iter(f"{SVG}text"))
    assert "<script>alert('x')</script>" in shown
    told = root.findtext(f"{SVG}desc") or ""
    assert "vat-desk" in told
    assert ("monthly-filers" in told) is (office is not None)


def test_the_svg_needs_nothing_from_elsewhere() -> None:
    text = svg(drawn(GOLDEN / "drawn"))
    assert re.findall("https?://[^\"']*", text) == ["http://www.w3.org/2000/svg"]
    assert not re.search("href|url\\(|@import|<script", text)


@settings(max_examples=10)
@given(books())
def test_every_rule_book_can_be_drawn(book: Book) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = write_book(
            Path(folder),
            cascades=book.cascades,
            mails={event: {"title": {"en": event}, **mail} for event, mail in book.mails.items()},
            refusals=book.refusals,
            offices={OFFICE: {"mails": book.own, "cascades": book.order}},
            facts=own_schema(),
        )
        for event, office in ((None, None), (None, OFFICE), (EVENTS[0], OFFICE)):
            shown = drawn(root, "nl", event, office)
            check_svg(svg(shown))
            assert mermaid(shown).count("subgraph") == dot(shown).count("subgraph")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("welcome-mail.svg", "--event client_user_created"),
        ("vat-documents.svg", "--event vat_documents_ok --office cabinet-lambert --lang fr"),
    ],
)
def test_the_pictures_in_the_documentation_are_current(name: str, options: str) -> None:
    ran = courrier("graph", resources.rules(), "--format", "svg", *options.split())
    assert ran.out == (IMAGES / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("event", "office", "headings", "cascades"),
    [
        ("client_user_created", None, ["The cascade “standard”"], []),
        ("client_user_created", "dupont", ["The cascade “standard” · in the order chosen by dupont"], []),
        ("vat_documents_ok", None, ["The cascade “vat-desk”"], ["standard", "sub"]),
        (None, None, [], ["standard", "vat-desk", "sub"]),
    ],
)
def test_a_cascade_that_one_place_asks_is_drawn_there(
    event: str | None, office: str | None, headings: list[str], cascades: list[str]
) -> None:
    sheets = drawn(GOLDEN / "drawn", event=event, office=office).sheets
    steps = [step for sheet in sheets for ladder in sheet.ladders for step in ladder.steps]
    assert [step.heading for step in steps if step.heading] == headings
    assert [sheet.name for sheet in sheets if sheet.name] == cascades


def test_a_mail_without_a_title_is_called_by_its_event(tmp_path: Path) -> None:
    write_book(tmp_path, mails={"ping": {"to": "standard"}})
    assert drawn(tmp_path, event="ping").title == "ping"


def test_conditions_nested_deep_stay_in_their_boxes(tmp_path: Path) -> None:
    when: dict[str, object] = {"has": "dossier.manager"}
    for number in range(30):
        when = {("any", "all")[number % 2]: [when, {"user.language": ["fr", f"{number}"]}]}
    rules = [{"rule": "deep", "when": when, "address": "user.email"}]
    write_book(tmp_path, mails={"ping": {"to": rules}})
    check_svg(svg(drawn(tmp_path, event="ping")))
