"""Write what cases expect where their author has left that open, and leave every other byte as it is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from courrier.cases import points
from courrier.comments import is_flow
from courrier.decision import Decision
from courrier.diagnostics import Report, Span
from courrier.document import LINE_BREAK, Node, parse
from courrier.formatting import in_yaml

_BOM = "\ufeff"
_STEP = "  "


class _Edit(NamedTuple):
    """A text that takes the place of what stands between two offsets."""

    start: int
    end: int
    text: str


def with_expectations(data: bytes, name: str, decided: Mapping[Span, Decision]) -> str:
    """Return the text of a file of cases; those at the places in `decided` expect what was decided about them.

    Raises:
        ValueError: the file is written in a way in which nothing can be added without a change of what it says.
    """
    text = data.decode("utf-8-sig")
    before = _cases(data, name)
    wanted = [entry.plain() for entry in before]
    source = _Source(text)
    edits = []
    for entry, plain in zip(before, wanted, strict=True):
        if entry.span in decided:
            plain["expect"] = expectation(decided[entry.span])
            edits.append(source.edit(entry, plain["expect"]))
    for start, end, added in reversed(edits):
        text = text[:start] + added + text[end:]
    if [entry.plain() for entry in _cases(text.encode(), name)] != wanted:
        raise ValueError(name)
    return (_BOM if data.decode().startswith(_BOM) else "") + text


def expectation(decision: Decision) -> dict[str, Any]:
    """Return what a case has to expect for the decision to be all that it expects."""
    rules = {
        role: reasons[-1].rule for role, reasons in zip(("from", "to", "cc"), decision.reasons, strict=True) if reasons
    }
    return points(decision) | ({"rule": rules} if rules else {})


def proposal(title: str, facts: Mapping[str, Any], comment: str) -> Iterator[str]:
    """Yield the lines of a case that says nothing yet of what it expects, as they go below `cases:`."""
    yield f"{_STEP}- case: {_flow(title)} # {comment}"
    yield f"{_STEP}  facts: {_flow(facts)}"


def _cases(data: bytes, name: str) -> tuple[Node, ...]:
    root = parse(data, name, Report())
    return root.entries["cases"].items if root and "cases" in root.entries else ()


class _Source:
    """The text of a file, and where its lines are."""

    def __init__(self, text: str) -> None:
        self._lines = LINE_BREAK.split(text)
        breaks = list(LINE_BREAK.finditer(text))
        self._starts = [0, *(found.end() for found in breaks)]
        self._break = breaks[0][0] if breaks else "\n"

    def edit(self, case: Node, expected: Mapping[str, Any]) -> _Edit:
        """Return what gives an open case its expectation, in the style in which the case is written."""
        expect = case.entries.get("expect")
        if expect is None:
            *_, last = case.entries.values()
            if is_flow(case):
                end = self._offset(last.span.end_line, last.span.end_column)
                return _Edit(end, end, f", expect: {_flow(expected)}")
            indent = " " * (case.span.column - 1)
            return self._below(last.span, [f"{indent}expect:", *_block(expected, indent + _STEP)])
        span = expect.span
        start, end = self._offset(span.line, span.column), self._offset(span.end_line, span.end_column)
        if expect.value is not None:  # something may stand between its brackets: a comment
            return _Edit(start + 1, start + 1, _entries(expected))
        if start < end:
            return _Edit(start, end, _flow(expected))
        if is_flow(case):
            return _Edit(start, end, f" {_flow(expected)}")
        return self._below(expect.key_span, [*_block(expected, " " * (expect.key_span.column - 1) + _STEP)])

    def _offset(self, line: int, column: int) -> int:
        return self._starts[line - 1] + column - 1

    def _below(self, span: Span, lines: list[str]) -> _Edit:
        """Return what puts lines below the last one of a span; a block of text ends where the next line starts."""
        number = span.end_line - 1 if span.end_column == 1 else span.end_line
        while not self._lines[number - 1].strip():
            number -= 1
        end = self._offset(number, len(self._lines[number - 1]) + 1)
        return _Edit(end, end, "".join(self._break + line for line in lines))


def _block(entries: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in entries.items():
        if isinstance(value, Mapping):
            yield f"{indent}{key}:"
            yield from _block(value, indent + _STEP)
        else:
            yield f"{indent}{key}: {_flow(value)}"


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{{_entries(value)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    return in_yaml(value, in_flow=True) if isinstance(value, str) else json.dumps(value)


def _entries(entries: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}: {_flow(value)}" for key, value in entries.items())
