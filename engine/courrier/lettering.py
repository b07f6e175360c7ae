"""Break texts into lines, and tell how wide a line becomes whichever of the usual fonts shows it."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Callable, Iterator

from courrier.diagnostics import printable
from courrier.wording import Said

Measure = Callable[[str], float]

_BULLET = "• "
_DEEPEST = 8
_NARROW, _WIDE, _WIDEST = frozenset("fijlrtI.,:;'\u2018\u2019!|()[]{}·/ "), frozenset("mwMWOQ%@&…—"), 1.0
_EM_NARROW, _EM_USUAL, _EM_CAPITAL = 0.42, 0.64, 0.76


def em(text: str) -> float:
    """Return the width of a text in ems, as wide as the widest of the usual fonts has it.

    >>> em("mi")
    1.42
    """
    return round(sum(map(_em, text)), 2)


def lines(said: Said, most: float, measure: Measure = len, *, depth: int = 0) -> Iterator[str]:
    """Yield a sentence as lines, what stands under it with bullets, indented as deep as leaves room for words.

    >>> list(lines(Said("Do all of these hold?", (Said("there is a dossier"), Said("it is new"))), 12))
    ['Do all of', 'these hold?', '• there is a', '  dossier', '• it is new']
    """
    lead = "  " * min(depth - 1, _DEEPEST) + _BULLET if depth else ""
    for number, line in enumerate(wrapped(said.text, most - measure(lead), measure)):
        yield (" " * len(lead) if number else lead) + line
    for part in said.parts:
        yield from lines(part, most, measure, depth=depth + 1)


def wrapped(text: str, most: float, measure: Measure = len) -> Iterator[str]:
    """Yield a text as lines that are not wider than `most`, broken inside a word where there is no other way.

    A space that does not break belongs to its word. No text is no line.

    >>> list(wrapped("longer-than-all words", 10))
    ['longer-tha', 'n-all', 'words']
    """
    line = ""
    for word in printable(text).replace("\n", " ").split(" "):
        longer = f"{line} {word}" if line else word
        if measure(longer) <= most:
            line = longer
            continue
        if line:
            yield line
        while measure(word) > most:
            fitting = _fitting(word, most, measure)
            yield word[:fitting]
            word = word[fitting:]
        line = word
    if line:
        yield line


def _fitting(word: str, most: float, measure: Measure) -> int:
    """Return how many characters fit: at least one."""
    fitting = 1
    while measure(word[: fitting + 1]) <= most:
        fitting += 1
    return fitting


@functools.cache
def _em(char: str) -> float:
    if char in _NARROW:
        return _EM_NARROW
    if char in _WIDE or unicodedata.east_asian_width(char) in "WF":
        return _WIDEST
    return _EM_CAPITAL if char.isupper() else _EM_USUAL
