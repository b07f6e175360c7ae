"""Write short strings that a pattern may match; whoever uses them looks whether they do."""

from __future__ import annotations

import functools
import re

from courrier.facts import pattern

_SAMPLES = 12
"""Strings tried for a pattern: the first alternatives first, then others, and more of what may be repeated."""
_MOST_REPEATED = 100
_POOL = "a0A-_.@ " + "".join(map(chr, range(0x21, 0x7F))) + "éß中"
_CLASS = re.compile(r"\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]")
_REPEATED = re.compile(r"\{\d+(?:,\d*)?\}")
_ONE_OF = re.compile(r"\\(?:[dDwWs]|S|p\{\^?\w+\}|P\{\w+\}|[pP]\w)")
_NOTHING = re.compile(r"\\[bBAz]|[$^]|\(\?[a-zA-Z-]+\)")
_OPENING = re.compile(r"\((?:\?(?:P?<\w+>|[a-zA-Z-]*:))?")
_LITERALS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}


@functools.lru_cache(maxsize=1024)
def samples(text: str) -> tuple[str, ...]:
    """Return strings that a pattern in RE2 syntax matches; there may be none, and there may be others.

    >>> samples("(F|G)-[0-9]{3,}")
    ('F-000', 'G-0000', 'F-11111')
    """
    matcher = pattern(text)
    drafts = dict.fromkeys(_Draft(text, turn).alternatives() for turn in range(_SAMPLES))
    return tuple(draft for draft in drafts if matcher.fullmatch(draft) is not None)[:3]


class _Draft:
    """One walk through a pattern; the turn says which of the possible ways to take."""

    def __init__(self, text: str, turn: int) -> None:
        self._text, self._turn, self._at = text, turn, 0

    def alternatives(self) -> str:
        branches = [self._sequence()]
        while self._text[self._at : self._at + 1] == "|":
            self._at += 1
            branches.append(self._sequence())
        return branches[self._turn % len(branches)]

    def _sequence(self) -> str:
        written = ""
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            piece = self._piece()
            written += piece * self._times()
        return written

    def _piece(self) -> str:
        """Return what one piece of the pattern may stand for."""
        if self._take(_NOTHING):
            return ""
        if one_of := self._take(_CLASS) or self._take(_ONE_OF):
            return self._one_of(one_of)
        if self._take(_OPENING):
            inner = self.alternatives()
            self._at += 1
            return inner
        char = self._text[self._at]
        self._at += 1
        if char == "\\":
            char = self._text[self._at : self._at + 1]
            self._at += 1
            return _LITERALS.get(char, char)
        return "x" if char == "." else char

    def _times(self) -> int:
        """Return how often to repeat the piece before this."""
        least, most = 1, 1
        if found := self._take(_REPEATED):
            first, comma, last = found[1:-1].partition(",")
            least = int(first)
            most = int(last or least + 2) if comma else least
        elif self._text[self._at : self._at + 1] in {"*", "+", "?"}:
            least, most = {"*": (0, 2), "+": (1, 3), "?": (0, 1)}[self._text[self._at]]
            self._at += 1
        else:
            return 1
        if self._text[self._at : self._at + 1] == "?":
            self._at += 1
        return min(least + self._turn % (most - least + 1), _MOST_REPEATED)

    def _one_of(self, one_of: str) -> str:
        fitting = [char for char in _POOL if pattern(one_of).fullmatch(char) is not None]
        return fitting[self._turn % len(fitting)] if fitting else ""

    def _take(self, wanted: re.Pattern[str]) -> str:
        found = wanted.match(self._text, self._at)
        if found is None:
            return ""
        self._at = found.end()
        return found[0]
