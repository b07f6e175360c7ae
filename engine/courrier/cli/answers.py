"""Answer facts one after the other; those at fault have an error in their place, and the others go on."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from typing import TypeVar

import click

from courrier.cli.inputs import Input
from courrier.cli.show import error_in_line
from courrier.decision import Json
from courrier.diagnostics import RulesError
from courrier.facts import FactsError, rules_at_fault
from courrier.lines import Given

ALL_ANSWERED, SOME_AT_FAULT = 0, 1

_Answer = TypeVar("_Answer")

_readable, _plain = json.JSONEncoder(ensure_ascii=False).encode, json.JSONEncoder().encode


def print_json(source: Input, answer: Callable[[Given], Json]) -> int:
    """Print the answer to each of the given facts as a line of JSON; return the exit code."""
    code = ALL_ANSWERED
    for given in source.given:
        result = _answered(given, answer)
        if isinstance(result, FactsError):
            code = SOME_AT_FAULT
            result = {"error": {**result.to_dict()}, "line": given.line}
        line = _readable(result)
        if not line.isprintable():  # JSON escapes some, and not all, of what a terminal obeys
            line = _plain(result)
        sys.stdout.write(line + "\n")
        if source.awaited:
            sys.stdout.flush()
    return code


def print_text(source: Input, answer: Callable[[Given], Iterable[str]], *, apart: bool) -> int:
    """Print the answer to each of the given facts as lines of text, with an empty line between if they stand `apart`.

    Returns the exit code.
    """
    code = ALL_ANSWERED
    for index, given in enumerate(source.given):
        lines = _answered(given, lambda given: [*answer(given)])
        if isinstance(lines, FactsError):
            code = SOME_AT_FAULT
            lines = [error_in_line(lines, given.line)]
        if apart and index:
            click.echo()
        click.echo("\n".join(lines))
    return code


def _answered(given: Given, answer: Callable[[Given], _Answer]) -> _Answer | FactsError:
    """Return the answer, or what is wrong with the facts or with the rules of the office that they name."""
    if given.error:
        return given.error
    try:
        return answer(given)
    except FactsError as error:
        return error
    except RulesError as error:
        return rules_at_fault(error)
