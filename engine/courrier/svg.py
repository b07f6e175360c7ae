"""Draw a picture as SVG: a ladder of questions down the left, the answers to its right.

No program lays it out: a cascade has one shape only. Nothing is fetched, so that it can be sent as it is; its colours
follow the reader's light or dark setting.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from courrier.diagnostics import printable
from courrier.lettering import em, lines, wrapped
from courrier.picture import Answer, Ladder, Picture, Sheet, Step

_COLUMN, _GAP, _MARGIN, _PADDING = 340, 64, 24, 12
_INSIDE = _MARGIN + 20
_ANSWERS = _INSIDE + _COLUMN + _GAP
_WIDTH = _ANSWERS + _COLUMN + _INSIDE
_TEXT = _COLUMN - 2 * _PADDING - 4
_MIDDLE = _INSIDE + _COLUMN // 2
_HEADING = _MIDDLE + 60
_SIZE, _LINE = 14, 20
_SMALL, _SMALL_LINE = 12, 17
_TITLE, _TITLE_LINE = 20, 28
_SHEET, _SHEET_LINE = 16, 22
_DROP = 34
_HEAD = 5
_CORNER = 14

_STYLE = """
.courrier text { font: 14px system-ui, "Segoe UI", Roboto, "DejaVu Sans", Verdana, sans-serif; fill: #1f2328 }
.courrier text.title { font-size: 20px; font-weight: 600 }
.courrier text.sheet { font-size: 16px; font-weight: 600 }
.courrier text.ladder { font-weight: 600 }
.courrier text.small { font-size: 12px; fill: #57606a }
.courrier .page { fill: #ffffff }
.courrier .card { fill: #f6f8fa; stroke: #d0d7de }
.courrier .line { fill: none; stroke: #57606a; stroke-width: 1.5 }
.courrier .head { fill: #57606a }
.courrier .question { fill: #ddf4ff; stroke: #0969da }
.courrier .person, .courrier .leaves { fill: #dafbe1; stroke: #1a7f37 }
.courrier .cascade { fill: #fff8c5; stroke: #9a6700; stroke-dasharray: 5 3 }
.courrier .refusal { fill: #ffebe9; stroke: #cf222e }
.courrier .own { stroke: #8250df; stroke-width: 3 }
@media (prefers-color-scheme: dark) {
  .courrier text { fill: #e6edf3 }
  .courrier text.small { fill: #9198a1 }
  .courrier .page { fill: #0d1117 }
  .courrier .card { fill: #161b22; stroke: #30363d }
  .courrier .line { stroke: #9198a1 }
  .courrier .head { fill: #9198a1 }
  .courrier .question { fill: #10233f; stroke: #4493f8 }
  .courrier .person, .courrier .leaves { fill: #12261e; stroke: #3fb950 }
  .courrier .cascade { fill: #272115; stroke: #d29922 }
  .courrier .refusal { fill: #2d1418; stroke: #f85149 }
  .courrier .own { stroke: #ab7df8 }
}
"""


class _Box(NamedTuple):
    """A box with its lines, the small ones below."""

    kind: str
    text: Sequence[str]
    small: Sequence[str] = ()

    @property
    def height(self) -> int:
        return len(self.text) * _LINE + len(self.small) * _SMALL_LINE + 2 * _PADDING


def svg(picture: Picture) -> str:
    """Return the picture as the text of an SVG file."""
    drawing = _Drawing(picture)
    drawing.draw()
    return drawing.text()


class _Drawing:
    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        self._root = ET.Element(
            "svg", {"xmlns": "http://www.w3.org/2000/svg", "class": "courrier", "role": "img", "lang": picture.language}
        )
        self._y = _MARGIN

    def draw(self) -> None:
        ET.SubElement(self._root, "title").text = printable(self._picture.title)
        ET.SubElement(self._root, "desc").text = printable(" ".join(_told(self._picture)))
        ET.SubElement(self._root, "style").text = _STYLE
        page = self._add("rect", "page", x=0, y=0)
        for line in wrapped(self._picture.title, (_WIDTH - 2 * _MARGIN) / _TITLE, em):
            self._y += _TITLE_LINE
            self._text(_MARGIN, self._y - 8, line, "title")
        self._y += _MARGIN // 2
        for sheet in self._picture.sheets:
            self._sheet(sheet)
        size = {"width": str(_WIDTH), "height": str(self._y)}
        page.attrib.update(size)
        self._root.attrib.update(size, viewBox=f"0 0 {_WIDTH} {self._y}")

    def text(self) -> str:
        ET.indent(self._root)
        return ET.tostring(self._root, encoding="unicode") + "\n"

    def _sheet(self, sheet: Sheet) -> None:
        top = self._y
        card = self._add(
            "rect", "card own" if sheet.note else "card", x=_MARGIN, y=top, width=_WIDTH - 2 * _MARGIN, rx=8
        )
        self._y += 10 if sheet.title else 0
        for line in wrapped(sheet.title, (_WIDTH - 2 * _INSIDE) / _SHEET, em):
            self._y += _SHEET_LINE
            self._text(_INSIDE, self._y - 3, line, "sheet")
        for line in wrapped(sheet.note, (_WIDTH - 2 * _INSIDE) / _SMALL, em):
            self._y += _SMALL_LINE
            self._text(_INSIDE, self._y - 3, line, "small")
        for ladder in sheet.ladders:
            self._ladder(ladder)
        self._y += 20
        card.set("height", str(self._y - top))
        self._y += 20

    def _ladder(self, ladder: Ladder) -> None:
        self._y += 16
        if ladder.title:
            self._y += _LINE
            self._text(_INSIDE, self._y - 8, ladder.title, "ladder")
        below: tuple[int, str] | None = None
        for step in ladder.steps:
            if below:
                self._y += _DROP
            labels = self._y - 14
            for line in wrapped(step.heading, (_WIDTH - _INSIDE - _HEADING) / _SMALL, em):
                self._text(_HEADING if below else _INSIDE, self._y - 14 if below else self._y + 8, line, "small")
                self._y += _SMALL_LINE
            top, bottom = self._step(step)
            if below:
                self._down(below[0], top)
                self._text(_MIDDLE + 10, labels, below[1], "")
            below = bottom, self._picture.answer(not step.when)

    def _step(self, step: Step) -> tuple[int, int]:
        """Draw a step, and return where it starts and ends in its column."""
        answer, top = _box_of(step.answer), self._y
        if step.question is None:
            self._box(answer, step.answer, _INSIDE, top)
            self._y += answer.height
            return top, self._y
        question = _Box("question", [*lines(step.question, _TEXT / _SIZE, em)])
        height = max(question.height, answer.height)
        middle = top + height // 2
        self._box(question, None, _INSIDE, middle - question.height // 2)
        self._box(answer, step.answer, _ANSWERS, middle - answer.height // 2)
        self._add("path", "line", d=f"M{_INSIDE + _COLUMN} {middle}H{_ANSWERS - _HEAD}")
        self._add("path", "head", d=f"M{_ANSWERS} {middle}l{-2 * _HEAD} {-_HEAD}v{2 * _HEAD}z")
        label = self._text(_ANSWERS - _GAP // 2 - _HEAD, middle - 7, self._picture.answer(step.when), "")
        label.set("text-anchor", "middle")
        self._y += height
        return middle - question.height // 2, middle - question.height // 2 + question.height

    def _down(self, top: int, bottom: int) -> None:
        self._add("path", "line", d=f"M{_MIDDLE} {top}V{bottom - _HEAD}")
        self._add("path", "head", d=f"M{_MIDDLE} {bottom}l{-_HEAD} {-2 * _HEAD}h{2 * _HEAD}z")

    def _box(self, box: _Box, answer: Answer | None, x: int, y: int) -> None:
        kind = f"{box.kind} own" if answer and answer.own else box.kind
        if box.kind == "refusal":
            inner, side = _COLUMN - 2 * _CORNER, box.height - 2 * _CORNER
            corners = f"m0 {_CORNER}l{_CORNER} {-_CORNER}h{inner}l{_CORNER} {_CORNER}v{side}l{-_CORNER} {_CORNER}"
            self._add("path", kind, d=f"M{x} {y}{corners}h{-inner}l{-_CORNER} {-_CORNER}z")
        else:
            round = {"question": box.height // 2, "leaves": box.height // 2}.get(box.kind, 4)
            self._add("rect", kind, x=x, y=y, width=_COLUMN, height=box.height, rx=min(round, 22))
        y += _PADDING
        for line in box.text:
            self._text(x + _PADDING + 2, y + _SIZE, line, "")
            y += _LINE
        for line in box.small:
            self._text(x + _PADDING + 2, y + _SMALL, line, "small")
            y += _SMALL_LINE

    def _text(self, x: int, y: int, text: str, kind: str) -> ET.Element:
        indent = len(text) - len(text.lstrip(" "))
        element = self._add("text", kind, x=x + indent * _SIZE // 3, y=y)
        element.text = text[indent:]
        return element

    def _add(self, name: str, kind: str, **attributes: object) -> ET.Element:
        classes = {"class": kind} if kind else {}
        return ET.SubElement(self._root, name, {**classes, **{key: str(value) for key, value in attributes.items()}})


def _box_of(answer: Answer) -> _Box:
    small = [line for note in answer.notes for line in wrapped(note, _TEXT / _SMALL, em)]
    return _Box(answer.kind, [*wrapped(answer.text, _TEXT / _SIZE, em)], small)


def _told(picture: Picture) -> Iterator[str]:
    """Yield what the picture shows, for who does not see it."""
    for sheet in picture.sheets:
        if sheet.title:
            yield f"{sheet.title}."
        if sheet.note:
            yield f"{sheet.note}."
        for ladder in sheet.ladders:
            if ladder.title:
                yield f"{ladder.title}:"
            for step in ladder.steps:
                answer = "; ".join([step.answer.text, *step.answer.notes])
                if step.heading:
                    yield f"{step.heading}:"
                if step.question is None:
                    yield f"{answer}."
                else:
                    question = " ".join(line.strip() for line in lines(step.question, 10_000))
                    yield f"{question} {picture.answer(step.when).capitalize()}: {answer}."
