"""What words tell of facts, and in which cells of another rule book's axes the facts may fall."""

from __future__ import annotations

import operator
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from courrier.model import Fact
from courrier.situations import ABSENT, NO, YES, Axis, TestAxis, ValueAxis
from courrier.words import HIDDEN, Pseudonyms, Word, said, type_of

FAULT = -1
"""Stands for a cell where the facts would be at fault, since one is missing that has to be there."""

_COMPARISONS = {"at_least": operator.ge, "above": operator.gt, "at_most": operator.le, "below": operator.lt}


class Knowledge:
    """What the words of a record tell of the facts that were decided about."""

    def __init__(self, words: Iterable[Word], hide: Pseudonyms) -> None:
        """Take the words; those about hidden constants are understood with the key that they were hidden by."""
        self._hide = hide
        self._facts: dict[tuple[str, str], list[Word]] = {}
        self._tests: dict[tuple[str | None, str], bool | None] = {}
        for word in words:
            if "test" in word:
                self._tests[word["test"], word["type"]] = word["holds"]
            if word.get("holds", True) is not None:
                self._facts.setdefault((word["fact"], word["type"]), []).append(word)
        self._absent = {path for (path, _), words in self._facts.items() if any(word.get("absent") for word in words)}
        self._present = [path for path, _ in self._facts if path not in self._absent]

    def cells(self, axis: Axis) -> set[int]:
        """Return the cells of an axis that the facts may fall in, or FAULT where they may lack what is needed.

        Facts of which nothing is known are taken to be of the right type.
        """
        cells = self._of_value(axis) if isinstance(axis, ValueAxis) else self._of_test(axis)
        return {FAULT if cell == ABSENT and axis.required else cell for cell in cells}

    def _of_value(self, axis: ValueAxis) -> set[int]:
        words = self._words(axis.fact)
        if any(word.get("absent") for word in words):
            return {ABSENT}
        cells = set() if words else {ABSENT}
        if axis.fact.kind == "boolean":
            values = [value for value in (False, True) if all(_admits(word, value, value) for word in words)]
            return cells | {axis.cell(_facts(axis.fact, value)) for value in values}
        for constant, cell in axis.constants.items():
            spoken = self._hide.constant(constant, axis.fact)
            if all(_admits(word, constant, spoken) for word in words):
                cells.add(cell)
        if axis.bounds:
            gaps = zip((None, *axis.bounds), (*axis.bounds, None), axis.gaps, strict=True)
            return cells | {gap for low, high, gap in gaps if all(_overlaps(word, low, high) for word in words)}
        named = {self._hide.constant(constant, axis.fact) for constant in axis.constants}
        if all(None in named or _admits_others(word, named) for word in words):
            cells.update(axis.gaps)
        return cells

    def _of_test(self, axis: TestAxis) -> set[int]:
        fact, other = axis.test.fact, axis.test.operand
        key = said(axis.test, self._hide), type_of(fact)
        if key in self._tests:
            held = self._tests[key]
            return {ABSENT if held is None else YES if held else NO}
        words = self._words(fact)
        if isinstance(other, Fact):
            return {FAULT, ABSENT, NO, YES} if other.kind == "strings" else {ABSENT, NO, YES}
        if any(word.get("absent") for word in words):
            return {ABSENT}
        listed = next((word["in"] for word in words if "in" in word), None)
        if listed and not any(_is_hidden(value) for value in listed):
            return {axis.cell(_facts(fact, value)) for value in listed}
        return {NO, YES} if words else {ABSENT, NO, YES}

    def _words(self, fact: Fact) -> list[Word]:
        """Return what is known of a fact; also from what stands above it, or under it."""
        if not self._absent.isdisjoint(_above(fact.path)):
            return [{"absent": True}]
        words = self._facts.get((fact.path, type_of(fact)), [])
        if words or fact.kind != "object":
            return words
        return [{"absent": False}] if any(path.startswith(f"{fact.path}.") for path in self._present) else []


def _above(path: str) -> Iterator[str]:
    """Yield the paths of the objects that a fact is in.

    >>> list(_above("dossier.manager.email"))
    ['dossier.manager', 'dossier']
    """
    while "." in path:
        path = path.rpartition(".")[0]
        yield path


def _admits(word: Word, value: Any, spoken: object) -> bool:
    """Tell whether a fact can be a constant; `spoken` is the constant in words, None where these are not known."""
    if "within" in word:
        stretches = word["within"]
        return any(all(_COMPARISONS[bound](value, limit) for bound, limit in stretch.items()) for stretch in stretches)
    if "in" in word:
        return any(map(_is_hidden, word["in"])) if spoken is None else spoken in word["in"]
    return spoken is None or spoken not in word.get("not_in", ())


def _admits_others(word: Word, named: Collection[object]) -> bool:
    """Tell whether a fact can be something other than some constants."""
    return "in" not in word or any(value not in named for value in word["in"])


def _overlaps(word: Word, low: float | None, high: float | None) -> bool:
    """Tell whether a fact can lie between two numbers, being neither; None is no end."""
    for stretch in word.get("within", [{}]):
        lowest, highest = stretch.get("at_least", stretch.get("above")), stretch.get("at_most", stretch.get("below"))
        lows = [bound for bound in (low, lowest) if bound is not None]
        highs = [bound for bound in (high, highest) if bound is not None]
        if not lows or not highs or max(lows) < min(highs):
            return True
        if lowest == highest is not None and (low is None or low < lowest) and (high is None or lowest < high):
            return True
    return False


def _is_hidden(value: object) -> bool:
    return isinstance(value, str) and value.startswith(HIDDEN)


def _facts(fact: Fact, value: object) -> Mapping[str, object]:
    """Return facts in which one fact has a value.

    >>> _facts(Fact("user.language", "string"), "fr")
    {'user': {'language': 'fr'}}
    """
    nested: Any = value
    for key in reversed(fact.path.split(".")):
        nested = {key: nested}
    found: Mapping[str, object] = nested
    return found
