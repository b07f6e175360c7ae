"""Cut facts into situations.

Every test looks at one fact and only asks which of a few classes its value falls in. So each fact that a cascade
looks at is an axis, cut into cells by the tests that mention it; the cells of all axes are the situation, a tuple of
small integers, and what the cascade decides depends on the situation alone.
"""

from __future__ import annotations

import bisect
import functools
import itertools
import operator
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple

from courrier.cells import ALWAYS, CellCondition, Cells, Leaf, Shape, Situation, all_cells, join
from courrier.facts import WORDS, FactsError, as_operand, pattern, read, read_list
from courrier.model import All, Any, Condition, Fact, Format, Has, Not, Scalar, Test

ABSENT, NO, YES = 0, 1, 2
"""The cells of an axis that one test makes for itself; on every axis cell 0 is absence."""

Comparison = Callable[[typing.Any, Sequence[typing.Any]], bool]
"""Tells whether a test holds between a value and what it is compared with."""


@dataclass(frozen=True, slots=True)
class ValueAxis:
    """Where a fact stands among the constants that it is compared with; what no test tells apart is one cell."""

    fact: Fact
    required: bool
    size: int
    constants: Mapping[Scalar, int]
    """The cell of each constant."""
    bounds: tuple[float, ...]
    """For numbers the constants in order; the gaps lie before, between and after them."""
    gaps: tuple[int, ...]
    """The cell of each gap; a fact that is no number has one for every value but the constants."""

    def cell(self, facts: Mapping[str, object]) -> int:
        """Return the cell that the facts fall in.

        Raises:
            FactsError: the value is of the wrong type, or is required and absent.
        """
        value: typing.Any = read(facts, self.fact)
        if value is None:
            return _absent(self.fact, self.required)
        cell = self.constants.get(value) if self.constants else None
        return self.gaps[bisect.bisect(self.bounds, value)] if cell is None else cell


@dataclass(frozen=True, slots=True)
class TestAxis:
    """Whether one test holds, where no list of constants can say so: patterns, parts of strings, other facts."""

    size: ClassVar[int] = YES + 1

    test: Test
    required: bool
    compare: Comparison

    def cell(self, facts: Mapping[str, object]) -> int:
        """Return ABSENT, NO or YES.

        Raises:
            FactsError: a value is of the wrong type, or is required and absent.
        """
        fact, operand = self.test.fact, self.test.operand
        value = read(facts, fact)
        if isinstance(operand, Fact):
            found: typing.Any = read_list(facts, operand) if operand.kind == "strings" else read(facts, operand)
            if found is None:
                return _absent(operand, self.required)
            others = found if isinstance(found, list) else [found]
            operand = tuple(as_operand(o, fact, self.test.operator) if isinstance(o, str) else o for o in others)
        if value is None:
            return _absent(fact, self.required)
        return YES if self.compare(value, operand) else NO


Axis = ValueAxis | TestAxis


class Situations:
    """The axes that conditions look at, and the conditions over their cells."""

    def __init__(self, conditions: Sequence[Condition | None], *, fail_closed: bool = False) -> None:
        """Cut the facts that the conditions of rules look at; None always holds.

        With `fail_closed` a fact that is compared has to be there: a refusal must never be passed for want of a fact.
        """
        self.axes: list[Axis] = []
        self.leaves: dict[Has | Test, Leaf] = {}
        """For each test as the author wrote it, the cells in which it holds."""
        asked: dict[Fact | Test, list[Has | Test]] = {}
        for test in dict.fromkeys(test for condition in conditions if condition for test in tests_of(condition)):
            asked.setdefault(_asked(test), []).append(test)
        for index, (subject, tests) in enumerate(asked.items()):
            axis: Axis
            if isinstance(subject, Fact):
                axis, cells = _value_axis(subject, tests, fail_closed)
            else:
                axis, cells = _test_axis(subject, tests, fail_closed)
            self.axes.append(axis)
            self.leaves |= {test: Leaf(index, held) for test, held in cells.items()}
        sizes = [axis.size for axis in self.axes]
        self.shape: Shape = tuple(
            self._over_cells(condition, sizes) if condition else ALWAYS for condition in conditions
        )

    def of(self, facts: Mapping[str, object]) -> Situation:
        """Return the situation that the facts are in.

        Raises:
            FactsError: a fact that the conditions look at is of the wrong type, or absent where it has to be there.
        """
        return tuple([axis.cell(facts) for axis in self.axes])

    def _over_cells(self, condition: Condition, sizes: Sequence[int], holds: bool = True) -> CellCondition:
        """Return the condition over cells or, unless `holds`, what its failing is."""
        match condition:
            case Not(part):
                return self._over_cells(part, sizes, not holds)
            case All(parts) | Any(parts):
                every = isinstance(condition, All) == holds
                return join([self._over_cells(part, sizes, holds) for part in parts], sizes, every=every)
        axis, cells = self.leaves[condition].axis, self.leaves[condition].cells
        return join([Leaf(axis, cells if holds else all_cells(sizes[axis]) & ~cells)], sizes, every=True)


def tests_of(condition: Condition) -> Iterator[Has | Test]:
    """Yield the tests of a condition, in reading order."""
    match condition:
        case Not(part):
            yield from tests_of(part)
        case All(parts) | Any(parts):
            for part in parts:
                yield from tests_of(part)
        case _:
            yield condition


def _asked(test: Has | Test) -> Fact | Test:
    """Return what the axis of a test is about: a fact, or where constants cannot cut it the test, undenied."""
    if isinstance(test, Has) or (test.operator in _BY_CONSTANTS and not isinstance(test.operand, Fact)):
        return test.fact
    return replace(test, operator="in") if test.operator == "not_in" else test


def _test_axis(asked: Test, tests: Iterable[Has | Test], fail_closed: bool) -> tuple[TestAxis, dict[Has | Test, Cells]]:
    """Make an axis of a test; return it, and for the test and its denial the cell in which it holds."""
    held: dict[Has | Test, Cells] = {test: 1 << (YES if test == asked else NO) for test in tests}
    if isinstance(asked.operand, Fact):
        # Of two facts both compare as hosts if one is a host, else as addresses if one is an address.
        formats = {asked.fact.format, asked.operand.format}
        format: Format = "host" if "host" in formats else "address" if "address" in formats else "text"
        asked = replace(asked, fact=replace(asked.fact, format=format), operand=replace(asked.operand, format="text"))
    return TestAxis(asked, fail_closed, _comparison(asked)), held


def _value_axis(
    fact: Fact, tests: Iterable[Has | Test], fail_closed: bool
) -> tuple[ValueAxis, dict[Has | Test, Cells]]:
    """Cut a fact by the constants of its tests; return the axis, and for each test the cells in which it holds."""
    operands = {test: typing.cast(tuple[Scalar, ...], test.operand) for test in tests if isinstance(test, Test)}
    constants: list[typing.Any] = list(dict.fromkeys(itertools.chain.from_iterable(operands.values())))
    ordered = fact.kind in {"number", "integer"}
    if ordered:
        constants.sort()
    # A constant's rank is odd and a gap's is even, so that to compare ranks is to compare values.
    ranks = {value: 2 * position + 1 for position, value in enumerate(constants)}
    if ordered:
        gaps = range(0, 2 * len(constants) + 1, 2)
    else:
        gaps = range(0 if fact.kind == "boolean" and len(constants) == 2 else 1)
    listed_in: dict[int, list[int]] = {}
    cuts: list[int] = []
    for number, (test, values) in enumerate(operands.items()):
        if test.operator in _CUTS:
            cuts.append(ranks[values[0]] + _CUTS[test.operator].after)
        else:
            for rank in {ranks[value] for value in values}:
                listed_in.setdefault(rank, []).append(number)
    cuts.sort()
    # Ranks that lie between the same cuts and are listed in the same tests are one cell. Cells are numbered in the
    # order of the ranks, so that what lies above a cut is the cells from some number on.
    cells: dict[tuple[int, tuple[int, ...]], int] = {}
    cell_of: dict[int, int] = {}
    for rank in sorted([*ranks.values(), *gaps]):
        alike = bisect.bisect(cuts, rank), tuple(listed_in.get(rank, ()))
        cell_of[rank] = cells.setdefault(alike, len(cells) + 1)
    present = (1 << len(cells) + 1) - 2
    held: dict[Has | Test, Cells] = dict.fromkeys(tests, present)
    for test, values in operands.items():
        if cut := _CUTS.get(test.operator):
            below = (1 << cell_of[ranks[values[0]] + cut.after]) - 2
            held[test] = present & ~below if cut.upward else below
        else:
            listed = functools.reduce(operator.or_, (1 << cell_of[ranks[value]] for value in values), 0)
            held[test] = listed if test.operator == "in" else present & ~listed
    axis = ValueAxis(
        fact,
        required=fail_closed and bool(operands),
        size=len(cells) + 1,
        constants={value: cell_of[rank] for value, rank in ranks.items()},
        bounds=tuple(constants) if ordered else (),
        gaps=tuple(cell_of[gap] for gap in gaps),
    )
    return axis, held


class _Cut(NamedTuple):
    """Where an order test cuts the ranks: at its constant's, or after it; and whether it holds from there on."""

    after: int
    upward: bool


_CUTS = {
    "above": _Cut(1, upward=True),
    "at_least": _Cut(0, upward=True),
    "below": _Cut(0, upward=False),
    "at_most": _Cut(1, upward=False),
}
_BY_CONSTANTS = {"in", "not_in", *_CUTS}
"""The operators whose constants cut a fact's values; each of the others is an axis of its own."""

_COMPARISONS: dict[str, Comparison] = {
    "in": lambda value, operands: value in operands,
    "above": lambda value, operands: value > operands[0],
    "below": lambda value, operands: value < operands[0],
    "at_least": lambda value, operands: value >= operands[0],
    "at_most": lambda value, operands: value <= operands[0],
    "starts_with": lambda value, operands: value.startswith(operands[0]),
    "ends_with": lambda value, operands: value.endswith(operands[0]),
    "contains": lambda value, operands: operands[0] in value,
}


def _comparison(test: Test) -> Comparison:
    """Return what tells whether a test holds between a value and its constants, or the other fact's values."""
    if test.operator == "matches" and not isinstance(test.operand, Fact):
        matcher = pattern(str(test.operand[0]))
        return lambda value, operands: matcher.fullmatch(value) is not None
    return _COMPARISONS[test.operator]


def _absent(fact: Fact, required: bool) -> int:
    if required:
        raise FactsError(fact.path, WORDS[fact.kind], "nothing")
    return ABSENT
