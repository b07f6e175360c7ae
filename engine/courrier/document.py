"""Read YAML text into plain values that remember where each of them stands.

YAML is read as YAML 1.2 core, so that `no`, `on`, `12:30` and `2024-01-01` are the strings they look like.
Duplicate keys, aliases and tags are refused: each has surprised somebody, and no rule needs them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from courrier.diagnostics import Report, Span, quoted
from courrier.files import read_file
from courrier.model import Scalar
from courrier.scalars import core_value
from courrier.syntax import advice

DEEPEST = 100
"""Levels of nesting; a condition takes two a level, so some 45 may stand inside one another."""
MOST_VALUES = 200_000
"""Keys and values of a document; a rule has some ten. Each costs memory and time, whatever its length."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
LINE_BREAK = re.compile("\r\n|\n|\r")
_YAML_TAG = "tag:yaml.org,2002:"
_NO_TEXT = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""What YAML does not allow, and the line breaks that YAML 1.2 no longer takes for such."""

Value: TypeAlias = "Scalar | tuple[Node, ...] | Mapping[str, Node] | None"


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a YAML file: a scalar, a sequence of nodes or a mapping of nodes, with its place."""

    value: Value
    span: Span
    key_span: Span
    """Where the key stands that names the value; for other values, the value's own place."""
    broken: bool = False
    """Whether something in it was refused, so that its type and what it lacks say nothing about the author's mind."""

    @property
    def entries(self) -> Mapping[str, Node]:
        """The entries of a mapping; nothing for other values."""
        return self.value if isinstance(self.value, Mapping) else {}

    @property
    def items(self) -> tuple[Node, ...]:
        """The items of a sequence; nothing for other values."""
        return self.value if isinstance(self.value, tuple) else ()

    @property
    def text(self) -> str:
        """The value of a string; the empty string for other values."""
        return self.value if isinstance(self.value, str) else ""

    def plain(self) -> Any:
        """Return the value as JSON has it."""
        if isinstance(self.value, Mapping):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, tuple):
            return [node.plain() for node in self.value]
        return self.value


def read(path: Path, name: str, report: Report) -> tuple[bytes, Node | None]:
    """Read the YAML file at `path`, called `name` in messages; report everything wrong with it.

    Returns:
        The file's bytes, and its node: None where the file cannot be made sense of.
    """
    data = read_file(path, name, report)
    return (b"", None) if data is None else (data, parse(data, name, report))


def parse(data: bytes, name: str, report: Report) -> Node | None:
    """Read the YAML document in `data`; return None, with the reason reported, where there is not just one."""
    return next(_documents(data, name, report, just_one=True), None)


def parse_all(data: bytes, name: str, report: Report) -> Iterator[Node]:
    """Yield the documents of a YAML stream, up to one that cannot be read."""
    return _documents(data, name, report, just_one=False)


def _documents(data: bytes, name: str, report: Report, *, just_one: bool) -> Iterator[Node]:
    text = _decode(data, name, report)
    if text is None:
        return
    lines = [*LINE_BREAK.split(text), ""]  # the parser ends the last line where the file does not
    builder = _Builder(name, lines, report)
    found = False
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if builder.root is not None and isinstance(event, yaml.DocumentStartEvent | yaml.StreamEndEvent):
                if just_one and isinstance(event, yaml.DocumentStartEvent):
                    help = "take this line out: a file holds one document"
                    report.error("several-documents", builder.span(event), "a second document starts here", help)
                    return
                yield builder.root
                builder, found = _Builder(name, builder.lines, report), True
            if not builder.take(event):
                return
    except yaml.MarkedYAMLError as error:
        builder.report_syntax(error)
        return
    if not found:
        help = "`courrier init` writes one to start from"
        report.error("empty-file", Span.of_file(name), f"{quoted(name)} is empty", help)


def _decode(data: bytes, name: str, report: Report) -> str | None:
    """Return the text of a file, or None with the reason reported."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        rest = error.object  # without the mark that a file may start with
        place = _place(name, rest.decode(errors="replace"), len(rest[: error.start].decode()))
        report.error("not-utf8", place, f"byte 0x{rest[error.start]:02x} is no UTF-8", "save the file as UTF-8")
        return None
    if found := _NO_TEXT.search(text):
        message = f"the control character U+{ord(found[0]):04X} stands here"
        place = _place(name, text, found.start())
        report.error("control-character", place, message, "take it out, and save the file as UTF-8 text")
        return None
    return text


def _place(name: str, text: str, index: int) -> Span:
    """Return the span of one character of a text."""
    before = LINE_BREAK.split(text[:index])
    line, column = len(before), len(before[-1]) + 1
    return Span(name, line, column, line, column + 1, LINE_BREAK.split(text)[line - 1])


@dataclass(slots=True)
class _Open:
    """A sequence or mapping that is still being read."""

    span: Span
    key_span: Span | None
    is_mapping: bool
    broken: bool
    last: Span
    """The place of the last value in it."""
    items: list[Node] = field(default_factory=list)
    entries: dict[str, Node] = field(default_factory=dict)
    key: tuple[str | None, Span] | None = None
    """The key that waits for its value; its name is None where the value is to be dropped."""


class _Builder:
    """Makes nodes of the parser's events, with a stack of its own so that no depth can exhaust Python's."""

    def __init__(self, name: str, lines: list[str], report: Report) -> None:
        self.root: Node | None = None
        self.lines = lines
        self._name, self._report = name, report
        self._values = 0
        self._stack: list[_Open] = []
        self._anchors: set[str] = set()

    def take(self, event: yaml.Event) -> bool:
        """Take in an event; return False, with the reason reported, where there is no going on."""
        span = self.span(event)
        if isinstance(event, yaml.NodeEvent):
            self._values += 1
            if self._values > MOST_VALUES:
                message = f"{quoted(self._name)} has more than {MOST_VALUES:,} keys and values"
                self._report.error("too-many-values", span, message, "split it, or take out what is no rule")
                return False
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event, span)
        elif isinstance(event, yaml.CollectionStartEvent):
            if len(self._stack) == DEEPEST:
                message = f"this is nested more than {DEEPEST} levels deep"
                self._report.error("too-deep", span, message, "spread it over several rules")
                return False
            is_mapping = isinstance(event, yaml.MappingStartEvent)
            self._stack.append(_Open(span, self._key_span(), is_mapping, self._refused(event, span), span))
        elif isinstance(event, yaml.CollectionEndEvent):
            self._close(span)
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                message = f"{quoted(span.source)} is an alias, and aliases are not read"
                self._report.error("alias", span, message, "write the value out, or put quotes around the text")
            self._add(None, span, broken=True)
        return True

    def report_syntax(self, error: yaml.MarkedYAMLError) -> None:
        """Report where and why the parser gave up."""
        at = self._span(error.problem_mark, error.problem_mark)
        opening = self._span(error.context_mark, error.context_mark) if error.context_mark else at
        if opening == at and self._stack:
            opening = self._stack[-1].span
        self._report.error("yaml-syntax", *advice(str(error.problem), at, opening))

    def span(self, event: yaml.Event) -> Span:
        """Return the place of an event."""
        return self._span(event.start_mark, event.end_mark)

    def _span(self, start: Any, end: Any) -> Span:
        return Span(self._name, start.line + 1, start.column + 1, end.line + 1, end.column + 1, self.lines[start.line])

    def _refused(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, span: Span) -> bool:
        """Report an anchor or a tag; tell whether the value cannot be known for it."""
        if event.anchor is not None:
            self._anchors.add(event.anchor)
            message = f"{quoted('&' + event.anchor)} is an anchor, and anchors are not read"
            help = f"write the value out wherever {quoted('*' + event.anchor)} stands"
            self._report.error("alias", span, message, help)
        if event.tag is None:
            return False
        message = f"{quoted(event.tag.replace(_YAML_TAG, '!!'))} is a tag, and tags are not read"
        self._report.error("tag", span, message, "take it out; put quotes around what has to be a string")
        return True

    def _key_span(self) -> Span | None:
        """Return the place of the key that waits for its value, if one does."""
        key = self._stack[-1].key if self._stack else None
        return key[1] if key else None

    def _scalar(self, event: yaml.ScalarEvent, span: Span) -> None:
        text: str = event.value
        broken = self._refused(event, span)
        if event.style == '"' and (found := _NO_TEXT.search(text)):
            message = f"this stands for the control character U+{ord(found[0]):04X}"
            self._report.error("control-character", span, message, "take it out")
            broken = True
        parent = self._stack[-1] if self._stack else None
        if parent is not None and parent.is_mapping and parent.key is None:
            if text == "<<" and not event.style:
                help = "write the entries out where they are needed"
                self._report.error("alias", span, "merge keys are not read", help)
                broken = True
            self._open_key(parent, None if broken else text, span)
        elif broken or event.style:
            self._add(None if broken else text, span, broken)
        else:
            self._add_plain(text, span)

    def _open_key(self, parent: _Open, name: str | None, span: Span) -> None:
        """Let a key wait for its value; None is one that was refused."""
        if name in parent.entries:
            message = f"the key {quoted(name)} stands here a second time"
            first = parent.entries[name].key_span.line
            self._report.error("duplicate-key", span, message, f"the first is on line {first}; keep one")
        parent.broken = parent.broken or name is None
        parent.key = (None if name in parent.entries else name, span)

    def _add_plain(self, text: str, span: Span) -> None:
        """Add an unquoted scalar; report a number that cannot be compared."""
        try:
            self._add(core_value(text), span)
        except ValueError:
            message = f"{quoted(text)} is no number that can be compared"
            self._report.error("yaml-number", span, message, "write a smaller number, or put quotes around a text")
            self._add(None, span, broken=True)

    def _close(self, end: Span) -> None:
        """End the sequence or mapping that was opened last, at its bracket or where the last value in it ends."""
        opened = self._stack.pop()
        span = opened.span.until(opened.last if end.column == end.end_column else end)
        value = opened.entries if opened.is_mapping else tuple(opened.items)
        self._add(value, span, opened.broken)

    def _add(self, value: Value, span: Span, broken: bool = False) -> None:
        """Put a value into what is open around it."""
        node = Node(value, span, self._key_span() or span, broken)
        if not self._stack:
            self.root = None if value is None and not broken else node
            return
        parent = self._stack[-1]
        parent.last = span
        if not parent.is_mapping:
            parent.items.append(node)
        elif parent.key is None:
            if not broken:
                help = "put quotes around a text that starts with `[` or `{`"
                self._report.error("yaml-key", span, "a key has to be a plain word", help)
            self._open_key(parent, None, span)
        else:
            name, _ = parent.key
            parent.key = None
            if name is not None:
                parent.entries[name] = node
