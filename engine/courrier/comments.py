"""Tie the comments of a YAML file to what they speak of, so that both can move together.

A comment on a line of its own speaks of what starts below it, or, where it is indented deeper than that, closes the
block it stands in; one at the end of a line speaks of what starts on that line.
"""

from __future__ import annotations

import bisect
import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from courrier.diagnostics import Span
from courrier.document import Node

MODELINE = "# yaml-language-server:"
"""How the line starts that tells editors the schema."""
BLANK = ""
"""Stands between comments for blank lines."""

Place = tuple[int, int]
"""A line and a column."""

_HASH = re.compile(r"(?<![^ \t])#")


class Comment(NamedTuple):
    """A comment, where it starts, and whether nothing stands before it on its line."""

    place: Place
    text: str
    alone: bool


@dataclass(slots=True)
class Piece:
    """An entry of a mapping or an item of a list, with the comments that speak of it."""

    key: str | None
    node: Node
    place: Place
    parent: Piece | None
    parts: list[Piece] = field(default_factory=list)
    """What it is made of, unless it is a scalar or stands between brackets without comments in them."""
    above: list[str] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    below: list[str] = field(default_factory=list)
    """The comments that close it."""


def pieces(root: Node, lines: Sequence[str]) -> Piece:
    """Return a document as pieces with their comments; those at the head of the file are above the document."""
    comments = list(_comments(root, lines))
    splitter = _Splitter(lines, [comment.place for comment in comments])
    document = Piece(None, root, (0, 0), None)
    document.parts = splitter.parts(document)
    tying = _Tying(document, lines)
    for comment in comments:
        (tying.alone if comment.alone else tying.beside)(comment)
    tying.blanks()
    _take_head(document)
    return document


def is_flow(node: Node) -> bool:
    """Tell whether a node is written between brackets."""
    return (bool(node.entries) or bool(node.items)) and node.span.source.startswith(("{", "["))


class _Splitter:
    """Splits nodes into pieces, those between brackets only where comments stand in them."""

    def __init__(self, lines: Sequence[str], comments: Sequence[Place]) -> None:
        self._lines, self._comments = lines, comments

    def parts(self, piece: Piece) -> list[Piece]:
        node = piece.node
        entries = [Piece(key, child, _start(child.key_span), piece) for key, child in node.entries.items()]
        items = [Piece(None, child, self._start_of_item(child, node), piece) for child in node.items]
        for part in [*entries, *items]:
            if not is_flow(part.node) or self._has_comments(part.node.span):
                part.parts = self.parts(part)
        return [*entries, *items]

    def _has_comments(self, span: Span) -> bool:
        return bisect.bisect(self._comments, _start(span)) < bisect.bisect(self._comments, _end(span))

    def _start_of_item(self, node: Node, parent: Node) -> Place:
        """Return where an item of a list starts: at its dash, where it has one."""
        line, column = _start(node.span)
        if is_flow(parent):
            return line, column
        before = self._lines[line - 1][: column - 1].rstrip()
        while not before.endswith("-"):
            line -= 1
            before = self._lines[line - 1].partition(" #")[0].rstrip()
        return line, len(before)


class _Tying:
    """Ties comments to the pieces of a document."""

    def __init__(self, document: Piece, lines: Sequence[str]) -> None:
        self._document, self._lines = document, lines
        self._pieces = list(_all(document.parts))
        self._places = [piece.place for piece in self._pieces]

    def alone(self, comment: Comment) -> None:
        before, after = self._around(comment.place)
        if before and not before.parts and comment.place < _start(before.node.span):
            self._add(before.above, comment)
            return
        end = after.parent if after else self._document
        for container in itertools.takewhile(lambda piece: piece is not end, _outwards(before)):
            if container.parts and _closes(comment.place, container, after):
                self._add(container.below, comment)
                return
        if after and after.parent and after.parent.key is None and after is after.parent.parts[0]:
            after = after.parent if after.parent is not self._document else after  # it opens an item of a list
        self._add(after.above if after else self._document.below, comment)

    def beside(self, comment: Comment) -> None:
        piece, _ = self._around(comment.place)
        while piece and piece.parent and is_flow(piece.parent.node) and comment.place >= _end(piece.parent.node.span):
            piece = piece.parent
        if piece and piece.key is None and piece.parts and not is_flow(piece.node):
            piece.above.append(comment.text)  # it stands beside a dash
        else:
            (piece.beside if piece else self._document.above).append(comment.text)

    def blanks(self) -> None:
        """Put a blank above what has a blank line above it."""
        for piece in self._pieces:
            line, column = piece.place
            if self._is_blank(line - 1) and not self._lines[line - 1][: column - 1].strip():
                piece.above.append(BLANK)

    def _add(self, comments: list[str], comment: Comment) -> None:
        if self._is_blank(comment.place[0] - 1):
            comments.append(BLANK)
        comments.append(comment.text)

    def _is_blank(self, line: int) -> bool:
        return line > 0 and not self._lines[line - 1].strip()

    def _around(self, place: Place) -> tuple[Piece | None, Piece | None]:
        """Return the last piece that starts before a place, and the first after it."""
        index = bisect.bisect_left(self._places, place)
        before, after = self._pieces[:index][-1:], self._pieces[index : index + 1]
        return next(iter(before), None), next(iter(after), None)


def _take_head(document: Piece) -> None:
    """Leave what stands at the head of the file above the document: the modeline, and what a blank line cuts off."""
    first = document.parts[0]
    comments = [*document.above, *first.above]
    modelines = [text for text in comments if text.startswith(MODELINE)]
    others = [text for text in comments if text not in modelines]
    cut = max((index for index, text in enumerate(others, 1) if text == BLANK), default=0)
    document.above, first.above = [*modelines, *others[:cut]], others[cut:]


def _closes(place: Place, container: Piece, after: Piece | None) -> bool:
    """Tell whether a comment that stands after the last part of a container, and before what is after it, is in it."""
    if is_flow(container.node):
        return place < _end(container.node.span)
    deeper = after is None or after.place[1] < place[1]
    return deeper and min(container.parts[0].place[1], container.place[1] + 1) <= place[1]


def _outwards(piece: Piece | None) -> Iterator[Piece]:
    """Yield a piece and what it stands in, from the inside out."""
    while piece:
        yield piece
        piece = piece.parent


def _all(parts: Iterable[Piece]) -> Iterator[Piece]:
    for piece in parts:
        yield piece
        yield from _all(piece.parts)


def _comments(root: Node, lines: Sequence[str]) -> Iterator[Comment]:
    """Yield the comments, which are what starts with `#` outside of scalars."""
    scalars = defaultdict(list)
    for span in _scalars(root):
        for number in range(span.line, span.end_line + 1):
            scalars[number].append((_start(span), _end(span)))
    for number, line in enumerate(lines, 1):
        for found in _HASH.finditer(line):
            place = number, found.start() + 1
            if not any(start <= place < end for start, end in scalars[number]):
                yield Comment(place, line[found.start() :].rstrip(), not line[: found.start()].strip())
                break


def _scalars(node: Node) -> Iterator[Span]:
    """Yield where the scalars stand, keys among them; of a block of text its lines below the first."""
    for child in node.entries.values():
        yield child.key_span
    for child in (*node.entries.values(), *node.items):
        yield from _scalars(child)
    if not node.entries and not node.items:
        span = node.span
        yield span._replace(line=span.line + 1, column=1) if span.source.startswith(("|", ">")) else span


def _start(span: Span) -> Place:
    return span.line, span.column


def _end(span: Span) -> Place:
    return span.end_line, span.end_column
