"""Conditions over cells: what is left of a `when` once each fact is known by the cell that it falls in."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

Situation = tuple[int, ...]
"""The cell of each axis."""
Cells = int
"""A set of cells: bit n is set where cell n belongs to it."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """Holds in some of the cells of an axis."""

    axis: int
    cells: Cells

    def holds(self, situation: Situation) -> bool:
        """Tell whether the situation's cell of the axis is among the cells."""
        return bool(self.cells >> situation[self.axis] & 1)


@dataclass(frozen=True, slots=True)
class Every:
    """Holds when all parts hold; without parts, always."""

    parts: tuple[CellCondition, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """Holds when at least one part holds; without parts, never."""

    parts: tuple[CellCondition, ...]


CellCondition = Leaf | Every | Some
Shape = tuple[CellCondition, ...]
"""The conditions of rules in order, without the facts' names and constants: offices alike have the same."""

ALWAYS, NEVER = Every(()), Some(())


def join(parts: Iterable[CellCondition], sizes: Sequence[int], *, every: bool) -> CellCondition:
    """Join conditions by and, or by or; those that look at one axis become one.

    Args:
        parts: conditions that are joined themselves.
        sizes: how many cells each axis has.
        every: whether all the parts have to hold, or one of them.
    """
    kind, neutral, decided = (Every, ALWAYS, NEVER) if every else (Some, NEVER, ALWAYS)
    cells: dict[int, Cells] = {}
    joined: list[CellCondition] = []
    for part in itertools.chain.from_iterable(part.parts if isinstance(part, kind) else (part,) for part in parts):
        if isinstance(part, Leaf):
            known = cells.get(part.axis, part.cells)
            cells[part.axis] = known & part.cells if every else known | part.cells
        else:
            joined.append(part)
    for axis, held in cells.items():
        if held == 0:
            joined.append(NEVER)
        elif held == all_cells(sizes[axis]):
            joined.append(ALWAYS)
        else:
            joined.append(Leaf(axis, held))
    if decided in joined:
        return decided
    left = tuple(part for part in joined if part != neutral)
    return left[0] if len(left) == 1 else kind(left)


def all_cells(size: int) -> Cells:
    """Return all the cells of an axis of that size.

    >>> bin(all_cells(3))
    '0b111'
    """
    return (1 << size) - 1


def runs(cells: Cells) -> Iterator[Cells]:
    """Yield the runs of neighbouring cells.

    >>> [bin(run) for run in runs(0b110100)]
    ['0b100', '0b110000']
    """
    while cells:
        # Adding the lowest cell carries through its run: what changes is the run and the cell after it.
        run = cells & ~(cells + (cells & -cells))
        yield run
        cells &= ~run


def leaves_of(condition: CellCondition) -> Iterator[Leaf]:
    """Yield the leaves of a condition, in order."""
    if isinstance(condition, Leaf):
        yield condition
    else:
        for part in condition.parts:
            yield from leaves_of(part)
