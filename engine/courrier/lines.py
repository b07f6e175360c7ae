"""Read facts from lines of JSON, with what is wrong about a line in the words of errors about facts."""

from __future__ import annotations

import json
from typing import Any, NamedTuple, NoReturn

from courrier.facts import FactsError


class Line(NamedTuple):
    """A line of an input, with its number."""

    number: int
    data: bytes


class Given(NamedTuple):
    """Facts as they were given, or what is wrong with them, and the line that they start on."""

    line: int
    facts: Any
    error: FactsError | None = None


def parsed(line: Line) -> Given:
    """Return the facts that JSON text holds, or an error that says what is wrong with the text."""
    number, data = line
    try:
        return Given(number, decoded(data))
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


def decoded(data: bytes) -> Any:
    """Return what JSON text holds.

    Raises:
        ValueError: it is no JSON, or none that can be trusted; of a key that stands twice it is a FactsError.
    """
    return _DECODER.decode(data.decode().removeprefix("\ufeff"))


def _no_constant(name: str) -> NoReturn:
    raise FactsError("", "a JSON object", f"broken JSON: `{name}` is no number that JSON has")


def _with_each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):  # else the last would win in silence
        raise FactsError("", "a JSON object", "JSON with an object that has a key twice")
    return found


_DECODER = json.JSONDecoder(parse_constant=_no_constant, object_pairs_hook=_with_each_key_once)
