"""Read facts from JSON, YAML and JSONL: one after the other, a faulty line without harm to the next."""

from __future__ import annotations

import itertools
import json
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import click

from courrier.diagnostics import Report
from courrier.document import parse_all
from courrier.lines import Given, Line, decoded, parsed

STDIN = "-"

_LINES = {".jsonl", ".ndjson"}
_YAML = {".yaml", ".yml"}
_JSON = {".json"}
_LINES_PER_STEP = 1000


class Input(NamedTuple):
    """The facts of a file or a stream, one after the other."""

    given: Iterator[Given]
    in_lines: bool | None
    """Whether each stands on a line of its own; None where that shows when there is a second."""
    awaited: bool = False
    """Whether somebody may wait for each answer before giving the next facts."""

    def settled(self) -> Input:
        """Return the input with `in_lines` known."""
        if self.in_lines is not None:
            return self
        head = list(itertools.islice(self.given, 2))
        return Input(itertools.chain(head, self.given), len(head) > 1, self.awaited)


def read_facts(name: str) -> Input:
    """Return the facts at a path, or on the standard input for `-`.

    Raises:
        click.ClickException: the file cannot be read, or its name does not say what it holds.
        RulesError: the file is no YAML.
    """
    if name == STDIN:
        return _json_or_lines(sys.stdin.buffer)
    path = Path(name)
    suffix = path.suffix.lower()
    try:
        stream = path.open("rb")
        if suffix in _LINES:
            lines = _with_progress(stream, path.stat().st_size)
            return Input(_allparsed(_numbered(lines)), in_lines=True)
        with stream:
            data = stream.read() if suffix in _YAML | _JSON else b""
    except OSError as error:
        raise click.ClickException(f"`{name}` cannot be read: {str(error.strerror).lower()}") from error
    if suffix in _YAML:
        return Input(_documents(data, name), in_lines=False)
    if suffix in _JSON:
        return Input(iter([parsed(Line(1, data))]), in_lines=False)
    raise click.ClickException(f"`{name}` is called neither .json nor .jsonl nor .yaml; name it after what it holds")


def all_facts(name: str) -> Iterator[Any]:
    """Yield the facts at a path, or on the standard input, every one of which has to be readable.

    Raises:
        click.ClickException: they cannot be read, or some of them not.
        RulesError: the file is no YAML.
    """
    for given in read_facts(name).given:
        if given.error:
            raise click.ClickException(f"`{name}`, line {given.line}: {given.error}")
        yield given.facts


def _json_or_lines(stream: BinaryIO) -> Input:
    """Tell JSON from JSONL by the first two lines, so that a stream need not be held in memory, nor end."""
    lines = _numbered(stream)
    head = [*_up_to_text(lines)]
    if not head or not head[-1].data.strip():
        return Input(iter(()), in_lines=True)
    if _is_unfinished(head[-1]):
        head += _up_to_text(lines)
        if not _looks_like_facts(head[-1]):
            head += lines
            document = parsed(Line(1, b"".join(line.data for line in head)))
            if document.error is None or not any(map(_looks_like_facts, head)):
                return Input(iter([document]), in_lines=False)
    return Input(_allparsed(itertools.chain(head, lines)), in_lines=None, awaited=True)


def _up_to_text(lines: Iterable[Line]) -> Iterator[Line]:
    """Yield lines up to the first that is not blank."""
    for line in lines:
        yield line
        if line.data.strip():
            return


def _is_unfinished(line: Line) -> bool:
    """Tell whether the line may be the first of a JSON document that goes on below."""
    try:
        decoded(line.data)
    except json.JSONDecodeError as error:
        return error.pos >= len(error.doc.rstrip())
    except (ValueError, RecursionError):
        pass
    return False


def _looks_like_facts(line: Line) -> bool:
    facts = parsed(line).facts
    return isinstance(facts, dict) and "event" in facts


def _with_progress(stream: BinaryIO, size: int) -> Iterator[bytes]:
    """Yield the lines of a file, with a progress bar, and the rate at the end, where a person looks on and waits."""
    hidden = sys.stdout.isatty() or not sys.stderr.isatty()
    started, number = time.monotonic(), 0
    with stream, click.progressbar(length=size, file=sys.stderr, label="deciding", hidden=hidden) as bar:
        for number, line in enumerate(stream, start=1):
            if number % _LINES_PER_STEP == 1:
                bar.update(stream.tell() - bar.pos)
            yield line
        bar.update(size - bar.pos)
    if not hidden:
        click.echo(f"{number:,} lines, {number / (time.monotonic() - started):,.0f} a second", err=True)


def _numbered(lines: Iterable[bytes]) -> Iterator[Line]:
    return map(Line, itertools.count(1), lines)


def _allparsed(lines: Iterable[Line]) -> Iterator[Given]:
    for number, data in lines:
        if text := data.rstrip():
            yield parsed(Line(number, text))


def _documents(data: bytes, name: str) -> Iterator[Given]:
    report = Report()
    nodes = list(parse_all(data, name, report))
    report.raise_errors()
    return (Given(node.span.line, node.plain()) for node in nodes)
