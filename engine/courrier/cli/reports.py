"""The forms in which `courrier check` prints what it found: for people, programs, and CI systems."""

from __future__ import annotations

import json
import os
import urllib.parse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from courrier.diagnostics import Diagnostic, printable

Diagnostics = Sequence[Diagnostic]

_COLOURS = {"error": "red", "warning": "yellow"}


def text(diagnostics: Diagnostics, rules: Path) -> Iterator[str]:
    """Yield the frames, and how many errors and warnings they are."""
    book = f"`{printable(str(rules))}`"
    if not diagnostics:
        yield f"nothing is wrong in {book}"
        return
    for diagnostic in diagnostics:
        first, _, rest = diagnostic.frame().partition("\n")
        yield f"{click.style(first, fg=_COLOURS[diagnostic.severity], bold=True)}\n{rest}\n"
    severities = [diagnostic.severity for diagnostic in diagnostics]
    counts = [(severities.count(severity), severity) for severity in _COLOURS if severity in severities]
    total = " and ".join(f"{count} {severity}{'s' if count > 1 else ''}" for count, severity in counts)
    yield f"{total} in {book}"


def as_json(diagnostics: Diagnostics, rules: Path) -> Iterator[str]:  # noqa: ARG001  # all reports take the same
    """Yield one JSON object with all diagnostics, files relative to the rule book."""
    yield json.dumps({"diagnostics": [diagnostic.to_dict() for diagnostic in diagnostics]}, ensure_ascii=False)


def github(diagnostics: Diagnostics, rules: Path) -> Iterator[str]:
    """Yield the workflow commands with which GitHub Actions annotates the lines of a pull request."""
    for diagnostic in diagnostics:
        span = diagnostic.span
        place = {"file": _from_here(rules, span.file), "line": span.line, "endLine": span.end_line}
        if span.line == span.end_line:  # GitHub takes columns on one line only
            place |= {"col": span.column, "endColumn": span.end_column}
        properties = {**place, "title": diagnostic.code}
        listed = ",".join(f"{key}={_escaped(str(value), ',:')}" for key, value in properties.items())
        yield f"::{diagnostic.severity} {listed}::{_escaped(diagnostic.text)}"


def sarif(diagnostics: Diagnostics, rules: Path) -> Iterator[str]:
    """Yield a log in SARIF 2.1.0 (OASIS), which code scanning services read."""
    codes = sorted({diagnostic.code for diagnostic in diagnostics})
    driver = {"name": "courrier", "rules": [{"id": code} for code in codes]}
    results = [_sarif_result(diagnostic, rules) for diagnostic in diagnostics]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    yield json.dumps(log, ensure_ascii=False, indent=2)


REPORTS: dict[str, Callable[[Diagnostics, Path], Iterator[str]]] = {
    "text": text,
    "json": as_json,
    "github": github,
    "sarif": sarif,
}


def _sarif_result(diagnostic: Diagnostic, rules: Path) -> dict[str, Any]:
    span = diagnostic.span
    region = {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
    uri = urllib.parse.quote(os.fsencode(_from_here(rules, span.file)))
    return {
        "ruleId": diagnostic.code,
        "level": diagnostic.severity,
        "message": {"text": diagnostic.text},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}],
        **({"properties": {"witness": diagnostic.witness}} if diagnostic.witness else {}),
    }


def _from_here(rules: Path, file: str) -> str:
    """Return a rule file's path as seen from the current folder, which in CI is the checkout."""
    return Path(os.path.relpath(rules / file)).as_posix()


def _escaped(text: str, more: str = "") -> str:
    """Return text as workflow commands have it: per cent signs, line ends and some other characters encoded."""
    for char in "%\r\n" + more:
        text = text.replace(char, f"%{ord(char):02X}")
    return printable(text)
