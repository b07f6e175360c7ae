"""Read facts from JSON, YAML and JSONL: one after the other, a faulty line without harm to the next."""

from __future__ import annotations

import itertools
import json
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, NoReturn

import click

from courrier.diagnostics import Report
from courrier.document import parse_all
from courrier.facts import FactsError

STDIN = "-"

_LINES = {".jsonl", ".ndjson"}
_YAML = {".yaml", ".yml"}
_JSON = {".json"}
_LINES_PER_STEP = 1000


class Line(NamedTuple):
    """A line of an input, with its number."""

    number: int
    data: bytes


class Given(NamedTuple):
    """Facts as they were given, or what is wrong with them, and the line that they start on."""

    line: int
    facts: Any
    error: FactsError | None = None


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
            return Input(_all_parsed(_numbered(lines)), in_lines=True)
        with stream:
            data = stream.read() if suffix in _YAML | _JSON else b""
    except OSError as error:
        raise click.ClickException(f"`{name}` cannot be read: {str(error.strerror).lower()}") from error
    if suffix in _YAML:
        return Input(_documents(data, name), in_lines=False)
    if suffix in _JSON:
        return Input(iter([_parsed(Line(1, data))]), in_lines=False)
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
            document = _parsed(Line(1, b"".join(line.data for line in head)))
            if document.error is None or not any(map(_looks_like_facts, head)):
                return Input(iter([document]), in_lines=False)
    return Input(_all_parsed(itertools.chain(head, lines)), in_lines=None, awaited=True)


def _up_to_text(lines: Iterable[Line]) -> Iterator[Line]:
    """Yield lines up to the first that is not blank."""
    for line in lines:
        yield line
        if line.data.strip():
            return


def _is_unfinished(line: Line) -> bool:
    """Tell whether the line may be the first of a JSON document that goes on below."""
    try:
        _decode(line.data)
    except json.JSONDecodeError as error:
        return error.pos >= len(error.doc.rstrip())
    except (ValueError, RecursionError):
        pass
    return False


def _looks_like_facts(line: Line) -> bool:
    facts = _parsed(line).facts
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


def _all_parsed(lines: Iterable[Line]) -> Iterator[Given]:
    for number, data in lines:
        if text := data.rstrip():
            yield _parsed(Line(number, text))


def _documents(data: bytes, name: str) -> Iterator[Given]:
    report = Report()
    nodes = list(parse_all(data, name, report))
    report.raise_errors()
    return (Given(node.span.line, node.plain()) for node in nodes)


def _parsed(line: Line) -> Given:
    """Return the facts that JSON text holds, or an error that says what is wrong with the text."""
    number, data = line
    try:
        return Given(number, _decode(data))
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}" if error.lineno > 1 else f"column {error.colno}"
        if error.msg == "Extra data" and error.lineno > 1:
            found = f"more than one JSON value, the second at {place}: lines of JSON go into a .jsonl file"
        else:
            found = f"broken JSON: {error.msg[:1].lower()}{error.msg[1:]} at {place}"
    except UnicodeDecodeError as error:
        found = f"text that is not UTF-8: byte {error.start + 1} is 0x{data[error.start]:02x}"
    except RecursionError:
        found = "JSON that is nested too deep"
    except FactsError as error:
        return Given(number, None, error)
    except ValueError:  # Python reads no number of thousands of digits
        found = "JSON with a number of too many digits"
    return Given(number, None, FactsError("", "a JSON object", found))


def _decode(data: bytes) -> Any:
    return _DECODER.decode(data.decode().removeprefix("\ufeff"))


def _no_constant(name: str) -> NoReturn:
    raise FactsError("", "a JSON object", f"broken JSON: `{name}` is no number that JSON has")


def _with_each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):  # else the last would win in silence
        raise FactsError("", "a JSON object", "JSON with an object that has a key twice")
    return found


_DECODER = json.JSONDecoder(parse_constant=_no_constant, object_pairs_hook=_with_each_key_once)
