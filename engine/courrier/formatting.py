"""Write a rule file in the one style: keys in one order, one way of quoting, comments where they belong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from courrier.comments import BLANK, Piece, is_flow, pieces
from courrier.document import Node
from courrier.scalars import core_value

WIDTH = 120
_STEP = "  "


class Shape(NamedTuple):
    """The order of a mapping's keys, and the shapes of what is in it."""

    keys: tuple[str, ...] = ()
    under: Mapping[str, Shape] = {}
    each: Shape | None = None
    """The shape of every other value of the mapping, and of the items of a list."""

    def place(self, key: str | None) -> int:
        """Return the place of a key; keys that have none come after the others, as they were."""
        return self.keys.index(key) if key in self.keys else len(self.keys)

    def of(self, key: str | None) -> Shape:
        """Return the shape of what stands under a key."""
        return self.under.get(key or "") or self.each or Shape()


_TEXTS = Shape(("en", "fr", "nl"))
_WHEN = Shape()
_RULE = Shape(("rule", "when", "address", "name", "collaborators", "cascade", "same_as"), {"when": _WHEN})
_ROLE = Shape(_RULE.keys, _RULE.under, _RULE)
_MAIL = Shape(("title", "from", "to", "cc", "refuse"), {"title": _TEXTS, "from": _ROLE, "to": _ROLE, "cc": _ROLE})
_REFUSAL = Shape(("when", "message", "remedy"), {"when": _WHEN, "message": _TEXTS, "remedy": _TEXTS})
_EXPECT = Shape(("outcome", "from", "to", "cc", "refusals", "warnings", "rule"), {"rule": Shape(("from", "to", "cc"))})
_CASE = Shape(("case", "facts", "facts_file", "expect"), {"expect": _EXPECT})
_FILE = Shape(
    ("office", "mails", "cascades", "refusals", "cases"),
    {
        "cascades": Shape(each=Shape(each=_RULE)),
        "mails": Shape(each=_MAIL),
        "refusals": Shape(each=_REFUSAL),
        "cases": Shape(each=_CASE),
    },
)

_INDICATORS = tuple("-?:,[]{}#&*!|>'\"%@`")
_AT_THE_START = re.compile(r"[-?:][^\s,\[\]{}]")
"""How a plain text may start although it starts with an indicator."""
_READ_OTHERWISE = re.compile(
    r"""(?ix: y | n | yes | no | on | off | = | << | ~
    | [-+]? [0-9][0-9_]* (\.[0-9_]*)? (e[-+]?[0-9]+)?
    | [-+]? \.[0-9_]+ (e[-+]?[0-9]+)?
    | [-+]? 0[box][0-9a-f_]+
    | [-+]? [0-9][0-9_]* (:[0-5]?[0-9])+ (\.[0-9_]*)?
    | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2} ([t\s].*)?)"""
)
"""What is text to YAML 1.2, and something else to readers of YAML 1.1; so it keeps its quotes, and gets them."""

_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})
"""Spaces that lines are not broken at, which are as good as letters."""


def formatted(text: str, root: Node) -> str:
    """Return the text of a rule file in the one style; `root` is what it was read into."""
    document = pieces(root, [*text.splitlines(), ""])
    head = [*_commented(document.above, "")]
    start = 1 if head[:1] == [BLANK] else 0
    return "\n".join([*head[start:], *_block(document, "", _FILE)]) + "\n"


def _block(piece: Piece, indent: str, shape: Shape) -> Iterator[str]:
    """Yield what a piece is made of as lines, with the comments that close it."""
    for number, part in enumerate(sorted(piece.parts, key=lambda part: shape.place(part.key))):
        lines = [*_part(part, indent, shape.of(part.key))]
        yield from lines[1:] if number == 0 and lines[0] == BLANK else lines
    yield from _commented(piece.below, indent)


def _part(piece: Piece, indent: str, shape: Shape) -> Iterator[str]:
    """Yield an entry or an item as lines, with its comments."""
    start = indent + ("-" if piece.key is None else f"{in_yaml(piece.key)}:")
    parts = piece.parts or _parts(piece.node, start, shape)
    lines = [*_block(replace(piece, parts=parts), indent + _STEP, shape)] if parts else []
    if lines and piece.key is None:
        # The dash stands before the first entry, and comments on either go above both.
        first = next(number for number, line in enumerate(lines) if not line.lstrip().startswith("#") and line)
        yield from _commented([*piece.above, *piece.beside], indent)
        yield from (line.removeprefix(_STEP) for line in lines[:first])
        yield f"{start} {lines[first].removeprefix(indent + _STEP)}"
        yield from lines[first + 1 :]
        return
    head = 0
    if lines:
        lines = [start, *lines]
    else:
        lines, head = _value(piece.node, start, indent, shape)
    yield from _commented(piece.above, indent)
    lines[head] += "".join(f" {comment}" for comment in piece.beside)
    yield from lines


def _parts(node: Node, start: str, shape: Shape) -> list[Piece]:
    """Return what a mapping or a list is made of, unless it is written between brackets and short enough to stay so."""
    if is_flow(node) and len(f"{start} {_flow(node, shape)}") <= WIDTH:
        return []
    entries = [*node.entries.items(), *((None, child) for child in node.items)]
    return [Piece(key, child, (0, 0), None) for key, child in entries]


def _commented(comments: Sequence[str], indent: str) -> Iterator[str]:
    """Yield comments as lines, and one blank line for several."""
    for number, comment in enumerate(comments):
        if comment != BLANK:
            yield indent + comment
        elif number == 0 or comments[number - 1] != BLANK:
            yield BLANK


def _value(node: Node, start: str, indent: str, shape: Shape) -> tuple[list[str], int]:
    """Return a key or a dash with its value as lines, and the index of the line that a comment can stand on."""
    line, text = f"{start} {_flow(node, shape)}", node.text
    inner = indent + _STEP
    if _is_block(text):
        lines = text.removesuffix("\n").split("\n")
        mark = "|" if text.endswith("\n") else "|-"
        return [f"{start} {mark}", *(f"{inner}{line}" if line else "" for line in lines)], 0
    words = text.split(" ")
    if len(line) <= WIDTH or len(words) == 1 or "" in words or not _is_printable(text):
        return [line], 0
    if _is_plain(text, in_flow=False):
        lines = [*_filled(words, start, inner)]
        return lines, len(lines) - 1
    return [f"{start} >-", *(inner + line.lstrip(" ") for line in _filled(words, inner, inner))], 0


def _is_block(text: str) -> bool:
    """Tell whether a text of several lines can be written as such."""
    lines = text.removesuffix("\n").split("\n")
    plain = all(line == line.rstrip() and _is_printable(line) for line in lines)
    return "\n" in text and plain and lines[0][:1] not in {"", " "} and lines[-1] != ""


def _filled(words: Sequence[str], start: str, indent: str) -> Iterator[str]:
    """Yield words as lines that are as full as can be; the first word stays with what is before it."""
    line = f"{start} {words[0]}"
    for word in words[1:]:
        if len(line) + 1 + len(word) <= WIDTH:
            line = f"{line} {word}"
        else:
            yield line
            line = indent + word
    yield line


def _flow(node: Node, shape: Shape, *, inside: bool = False) -> str:
    """Return a value on one line; whether it stands inside of brackets tells what has to be quoted."""
    if isinstance(node.value, Mapping):
        entries = sorted(node.entries.items(), key=lambda entry: shape.place(entry[0]))
        written = [
            f"{in_yaml(key, in_flow=True)}: {_flow(child, shape.of(key), inside=True)}" for key, child in entries
        ]
        return "{" + ", ".join(written) + "}"
    if isinstance(node.value, tuple):
        return "[" + ", ".join(_flow(child, shape.of(None), inside=True) for child in node.items) + "]"
    if isinstance(node.value, str):
        return in_yaml(node.value, in_flow=inside)
    return _literal(node)


def _literal(node: Node) -> str:
    """Return a value that is no text; a number stays as its author wrote it."""
    if node.value is None or isinstance(node.value, bool):
        return json.dumps(node.value)
    return node.span.source


def in_yaml(text: str, *, in_flow: bool = False) -> str:
    """Return a text, in quotes where it would be something else without."""
    if _is_plain(text, in_flow=in_flow):
        return text
    if ('"' in text or "\\" in text) and "'" not in text and _is_printable(text):
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False)


def _is_plain(text: str, *, in_flow: bool) -> bool:
    """Tell whether a text is one without quotes, to readers of YAML 1.1 too."""
    if not text or text != text.strip() or not _is_printable(text) or text.startswith(("---", "...")):
        return False
    if text.startswith(_INDICATORS) and not (not in_flow and _AT_THE_START.match(text)):
        return False
    if ": " in text or " #" in text or text.endswith(":") or (in_flow and re.search(r"[,\[\]{}]", text)):
        return False
    try:
        return core_value(text) == text and not _READ_OTHERWISE.fullmatch(text)
    except ValueError:  # no number that can be compared
        return False


def _is_printable(text: str) -> bool:
    return text.translate(_SPACES).isprintable()
