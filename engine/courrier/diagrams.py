"""Write a picture as Mermaid, which wikis and pull requests draw, and as the DOT of Graphviz."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from courrier.diagnostics import printable
from courrier.lettering import lines, wrapped
from courrier.picture import Answer, Ladder, Picture

_CHARACTERS = 38
"""The longest line."""
_INK, _OWN = "#1f2328", "#8250df"


class _Look(NamedTuple):
    """How boxes of a kind are drawn: their brackets in Mermaid, their attributes in DOT, their colours."""

    brackets: tuple[str, str]
    attributes: str
    fill: str
    line: str


_LOOKS = {
    "mail": _Look(("[/", "/]"), "shape=box3d style=filled", "#f6f8fa", "#57606a"),
    "question": _Look(("(", ")"), 'shape=box style="rounded,filled"', "#ddf4ff", "#0969da"),
    "person": _Look(("[", "]"), "shape=box style=filled", "#dafbe1", "#1a7f37"),
    "cascade": _Look(("[[", "]]"), 'shape=box style="filled,dashed"', "#fff8c5", "#9a6700"),
    "refusal": _Look(("{{", "}}"), "shape=octagon style=filled", "#ffebe9", "#cf222e"),
    "leaves": _Look(("(", ")"), 'shape=box style="rounded,filled"', "#dafbe1", "#1a7f37"),
}
_MERMAID_UNSAFE = re.compile("[^\\w ,:?!'“”«»•·…@/\u00a0\u2018\u2019-]")
"""What may mean something to Mermaid, or to the Markdown in it."""

_DOT_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "&": "&amp;"})


class _Node(NamedTuple):
    id: str
    kind: str
    lines: Sequence[str]
    own: bool = False


class _Arrow(NamedTuple):
    start: str
    end: str
    label: str = ""


class _Group(NamedTuple):
    """A ladder."""

    id: str
    title: str
    nodes: Sequence[_Node]
    arrows: Sequence[_Arrow]

    @property
    def first(self) -> str:
        """The id of the node that the ladder starts with."""
        return self.nodes[0].id


class _Chart:
    """A picture as groups of nodes, with the mails before them and the arrows between them."""

    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        self._ids = (f"n{number}" for number in itertools.count(1))
        self._named: list[tuple[str, str]] = []
        self.mails: list[_Node] = []
        self.groups: list[_Group] = []
        self.arrows: list[_Arrow] = []
        drawn = {}
        for sheet in picture.sheets:
            title = " · ".join(filter(None, [sheet.title or picture.title, sheet.note]))
            groups = [self._group(ladder, ladder.title or title) for ladder in sheet.ladders]
            if sheet.name is None:
                self.mails.append(_Node(next(self._ids), "mail", [*wrapped(title, _CHARACTERS)]))
                self.arrows += [_Arrow(self.mails[-1].id, group.first) for group in groups]
            else:
                drawn[sheet.name] = groups[0].first
            self.groups += groups
        self.pointers = [_Arrow(id, drawn[name]) for id, name in self._named if name in drawn]
        """From where a cascade is named to where it is drawn."""

    def _group(self, ladder: Ladder, title: str) -> _Group:
        nodes: list[_Node] = []
        arrows: list[_Arrow] = []
        above: _Arrow | None = None
        for step in ladder.steps:
            question = step.question and _Node(next(self._ids), "question", [*lines(step.question, _CHARACTERS)])
            answer = _answer(step.answer, next(self._ids))
            first = question or answer
            if question:
                arrows.append(_Arrow(question.id, answer.id, self._picture.answer(step.when)))
                nodes.append(question)
            nodes.append(answer)
            if above:
                label = " · ".join(filter(None, [above.label, step.heading]))
                arrows.append(above._replace(end=first.id, label=label))
            above = _Arrow(first.id, "", self._picture.answer(not step.when))
            if step.answer.to is not None:
                self._named.append((answer.id, step.answer.to))
        title = " · ".join(filter(None, [title, ladder.steps[0].heading]))
        return _Group(f"of_{nodes[0].id}", title, nodes, arrows)


def mermaid(picture: Picture) -> str:
    """Return the picture as a Mermaid flowchart."""
    chart = _Chart(picture)
    return "\n".join(["---", *_front_matter(picture), "---", "flowchart TD", *_indented(_mermaid(chart))]) + "\n"


def dot(picture: Picture) -> str:
    """Return the picture as a DOT graph."""
    return "\n".join(["digraph {", *_indented(_dot(_Chart(picture), picture.title)), "}"]) + "\n"


def _front_matter(picture: Picture) -> Iterator[str]:
    yield f"title: {json.dumps(printable(picture.title), ensure_ascii=False)}"
    yield "config: {flowchart: {wrappingWidth: 400}}"


def _mermaid(chart: _Chart) -> Iterator[str]:
    yield from map(_mermaid_node, chart.mails)
    for group in chart.groups:
        yield f"subgraph {group.id} [{_mermaid_text([group.title])}]"
        yield "  direction TB"
        yield from _indented(map(_mermaid_node, group.nodes))
        yield from _indented(f"{start} -->|{_mermaid_text([label])}| {end}" for start, end, label in group.arrows)
        yield "end"
    yield from (f"{arrow.start} --> {arrow.end}" for arrow in chart.arrows)
    yield from (f"{arrow.start} -.-> {arrow.end}" for arrow in chart.pointers)
    for kind, look in _LOOKS.items():
        yield f"classDef {kind} fill:{look.fill},stroke:{look.line},color:{_INK}"
    yield f"classDef own stroke:{_OWN},stroke-width:3px"
    yield f"classDef group fill:#f6f8fa,stroke:#d0d7de,color:{_INK}"
    yield f"class {','.join(group.id for group in chart.groups)} group"
    if own := [node.id for group in chart.groups for node in group.nodes if node.own]:
        yield f"class {','.join(own)} own"


def _mermaid_node(node: _Node) -> str:
    start, end = _LOOKS[node.kind].brackets
    return f"{node.id}{start}{_mermaid_text(node.lines)}{end}:::{node.kind}"


def _mermaid_text(texts: Iterable[str]) -> str:
    return '"' + "<br/>".join(map(_mermaid_safe, texts)) + '"'


def _mermaid_safe(text: str) -> str:
    text = printable(text)
    indent = len(text) - len(text.lstrip(" "))
    return "#nbsp;" * indent + _MERMAID_UNSAFE.sub(lambda found: f"#{ord(found[0])};", text[indent:])


def _dot(chart: _Chart, title: str) -> Iterator[str]:
    yield f'graph [fontname="sans-serif" fontsize=18 labelloc=t label={_dot_text([title])}]'
    yield f'node [fontname="sans-serif" fontcolor="{_INK}"]'
    yield 'edge [fontname="sans-serif"]'
    yield from map(_dot_node, chart.mails)
    for group in chart.groups:
        yield f"subgraph cluster_{group.id} {{"
        yield f"  graph [fontsize=14 label={_dot_text([group.title])}]"
        yield from _indented(map(_dot_node, group.nodes))
        yield from _indented(f"{start} -> {end} [label={_dot_text([label])}]" for start, end, label in group.arrows)
        yield "}"
    yield from (f"{arrow.start} -> {arrow.end}" for arrow in chart.arrows)
    yield from (f"{arrow.start} -> {arrow.end} [style=dashed]" for arrow in chart.pointers)


def _dot_node(node: _Node) -> str:
    look = _LOOKS[node.kind]
    line = f'color="{_OWN}" penwidth=3' if node.own else f'color="{look.line}"'
    return f'{node.id} [{look.attributes} fillcolor="{look.fill}" {line} label={_dot_text(node.lines)}]'


def _dot_text(texts: Sequence[str]) -> str:
    """Return lines as a label: in the middle, or on the left where they are a list."""
    end = "\\l" if any(text.startswith("•") for text in texts) else "\\n"
    escaped = [printable(text).translate(_DOT_ESCAPES) for text in texts]
    return '"' + end.join(escaped) + (end if end == "\\l" else "") + '"'


def _indented(rows: Iterable[str]) -> Iterator[str]:
    return (f"  {row}" for row in rows)


def _answer(answer: Answer, id: str) -> _Node:
    texts = [line for text in (answer.text, *answer.notes) for line in wrapped(text, _CHARACTERS)]
    return _Node(id, answer.kind, texts, answer.own)
