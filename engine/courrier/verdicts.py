"""Find which rule of a cascade fires in a situation: asked of durable_rules once, and remembered.

At most 32 rules, or ways in which rules may match, stand in a ruleset, and rulesets are chained where a cascade has
more. What is too wide or too deep for one ruleset is asked first, in a ruleset of its own, and its answer is one more
value for the outer one.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from courrier.cells import ALWAYS, NEVER, CellCondition, Every, Leaf, Shape, Situation, Some, leaves_of, runs
from courrier.rete import Expression, Ruleset, name

MOST_WAYS = 31
"""Ways in which the rules of one ruleset may match, besides `otherwise`; at 64 pending the engine fails (error 303)."""
MOST_LEAVES = 128
"""Comparisons in one ruleset; the engine takes 252 names, and hangs on 512 comparisons side by side."""
MOST_GROUPS = 12
"""Ands and ors in one rule, however nested; the engine takes 14 besides the one around the guard (error 113)."""
MOST_REMEMBERED = 4096
"""Situations remembered for a shape of cascade; when there are more, remembering starts anew."""

_TAKEN_TOGETHER = 8
"""Parts of an and that are asked together, where it has too many for one rule."""


class Verdicts:
    """Which rule of a cascade fires in a situation, asked once and remembered."""

    def __init__(self, shape: Shape) -> None:
        """Lay the rules out in rulesets; use `verdicts` to share what is remembered."""
        self._first_match = _FirstMatch(shape, _Layout(shape))
        self._remembered: dict[Situation, int | None] = {}

    def of(self, situation: Situation) -> int | None:
        """Return the index of the first rule that fires; None where none does.

        Raises:
            EngineError: durable_rules failed, and failed again with the ruleset built anew.
        """
        try:
            return self._remembered[situation]
        except KeyError:
            pass
        verdict = self._first_match.ask(situation)
        if len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[situation] = verdict
        return verdict


_shapes: weakref.WeakValueDictionary[Shape, Verdicts] = weakref.WeakValueDictionary()


def verdicts(shape: Shape) -> Verdicts:
    """Return the verdicts on cascades of this shape; whoever has the same shape shares them."""
    return _shapes.get(shape) or _shapes.setdefault(shape, Verdicts(shape))


def remembered() -> int:
    """Return how many situations are remembered, of all shapes of cascade."""
    known = [reference() for reference in _shapes.valuerefs()]
    return sum(len(verdicts._remembered) for verdicts in known if verdicts)


class _FirstMatch:
    """The first of some conditions that holds, asked of as many rulesets as they need."""

    def __init__(self, conditions: Sequence[CellCondition], layout: _Layout) -> None:
        self._chunks = [_Chunk(layout)]
        for index, condition in enumerate(conditions):
            if condition == NEVER:
                continue
            fitted = layout.fitted(condition)
            if not self._chunks[-1].has_room_for(fitted):
                self._chunks.append(_Chunk(layout))
            self._chunks[-1].add(index, fitted)
            if condition == ALWAYS:
                break

    def ask(self, situation: Situation) -> int | None:
        return next((index for chunk in self._chunks if (index := chunk.ask(situation)) is not None), None)


class _Layout:
    """The questions that the rules of a cascade need answered first; each answer counts as one more axis."""

    def __init__(self, shape: Shape) -> None:
        self._axes = 1 + max((leaf.axis for condition in shape for leaf in leaves_of(condition)), default=-1)
        self._asked_first: list[_FirstMatch] = []

    def value(self, axis: int, situation: Situation) -> int:
        """Return the cell on an axis: the situation's own, or 1 where the question behind the axis has an answer."""
        if axis < self._axes:
            return situation[axis]
        return int(self._asked_first[axis - self._axes].ask(situation) is not None)

    def fitted(self, condition: CellCondition) -> CellCondition:
        """Return the condition in a form that one ruleset can take: each leaf one run of cells, no cost too high."""
        match condition:
            case Leaf(axis, cells):
                in_runs = tuple(Leaf(axis, run) for run in runs(cells))
                return in_runs[0] if len(in_runs) == 1 else self._asked_if_costly(Some(in_runs))
            case Some(parts):
                return self._asked_if_costly(Some(tuple(self.fitted(part) for part in parts)))
        every = [self.fitted(part) for part in condition.parts]
        if not _cost(Every(tuple(every))).fits:
            every = [part if isinstance(part, Leaf) else self._ask_first(part) for part in every]
        while not _cost(whole := Every(tuple(every))).fits:
            groups = [every[i : i + _TAKEN_TOGETHER] for i in range(0, len(every), _TAKEN_TOGETHER)]
            every = [self._ask_first(Every(tuple(group))) for group in groups]
        return whole

    def _asked_if_costly(self, condition: Some) -> CellCondition:
        return condition if _cost(condition).fits else self._ask_first(condition)

    def _ask_first(self, condition: CellCondition) -> Leaf:
        """Return a leaf that holds where the condition does; of an or, every part is a rule of the question."""
        parts = condition.parts if isinstance(condition, Some) else (condition,)
        self._asked_first.append(_FirstMatch(parts, self))
        return Leaf(self._axes + len(self._asked_first) - 1, 0b10)


class _Chunk:
    """Consecutive rules that fit one ruleset."""

    def __init__(self, layout: _Layout) -> None:
        self._layout = layout
        self._rules: list[tuple[int, CellCondition]] = []
        self._ways = self._leaves = 0
        self._axes: tuple[int, ...] = ()
        self._ruleset: Ruleset | None = None

    def has_room_for(self, condition: CellCondition) -> bool:
        cost = _cost(condition)
        return self._ways + cost.ways <= MOST_WAYS and self._leaves + cost.leaves <= MOST_LEAVES

    def add(self, index: int, condition: CellCondition) -> None:
        cost = _cost(condition)
        self._ways += cost.ways
        self._leaves += cost.leaves
        self._rules.append((index, condition))

    def ask(self, situation: Situation) -> int | None:
        """Return the index of the first rule that fires."""
        if self._ruleset is None:
            self._axes = tuple(
                dict.fromkeys(leaf.axis for _, condition in self._rules for leaf in leaves_of(condition))
            )
            names = {axis: name(position) for position, axis in enumerate(self._axes)}
            self._ruleset = Ruleset([_expression(condition, names) for _, condition in self._rules])
        fired = self._ruleset.ask([self._layout.value(axis, situation) for axis in self._axes])
        return None if fired is None else self._rules[fired][0]


class _Cost(NamedTuple):
    """What a condition costs a ruleset: ways to match, comparisons, ands and ors."""

    ways: int
    leaves: int
    groups: int

    @property
    def fits(self) -> bool:
        return self.ways <= MOST_WAYS and self.leaves <= MOST_LEAVES and self.groups <= MOST_GROUPS


def _cost(condition: CellCondition) -> _Cost:
    if isinstance(condition, Leaf):
        return _Cost(1, 2, 1) if "$and" in _expression(condition, {condition.axis: ""}) else _Cost(1, 1, 0)
    costs = [_cost(part) for part in condition.parts]
    ways = [cost.ways for cost in costs]
    return _Cost(
        math.prod(ways) if isinstance(condition, Every) else sum(ways),
        sum(cost.leaves for cost in costs),
        1 + sum(cost.groups for cost in costs),
    )


def _expression(condition: CellCondition, names: Mapping[int, str]) -> Expression:
    """Return a fitted condition as durable_rules writes it."""
    if isinstance(condition, Leaf):
        axis, cells = names[condition.axis], condition.cells
        first, last = (cells & -cells).bit_length() - 1, cells.bit_length() - 1
        if first == last:
            return {axis: first}
        at_most = {"$lte": {axis: last}}
        return at_most if first == 0 else {"$and": [{"$gte": {axis: first}}, at_most]}
    operator = "$and" if isinstance(condition, Every) else "$or"
    return {operator: [_expression(part, names) for part in condition.parts]} if condition.parts else {}
