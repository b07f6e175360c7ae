"""Find a situation in which conditions hold together, or that there is none: counting through without listing."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from courrier.cells import ALWAYS, NEVER, CellCondition, Cells, Every, Leaf, Some, all_cells, leaves_of

MOST_STEPS = 500_000
"""Conditions looked at before counting is given up."""

_MOST_WIDENED = 64
"""Points of a realm that are looked at one by one."""

Domains = list[Cells]
"""For each realm the points that are still possible."""


class NotCountedError(Exception):
    """There are more situations than can be counted through."""


class _Clause(NamedTuple):
    """A condition that has to hold, and the realms that it looks at, as bits."""

    looks_at: int
    condition: CellCondition


class _Choice(NamedTuple):
    """A clause of which one part or another has to hold."""

    looks_at: int
    condition: Some


class Narrowed(NamedTuple):
    """What conditions leave possible: the points, and the clauses that say which of these go together."""

    domains: Domains
    clauses: list[_Choice]


class Fires(NamedTuple):
    """Where a condition is the first that holds, if anywhere, and conditions before it that hold together with it."""

    points: tuple[int, ...] | None
    before: Mapping[int, tuple[int, ...]]
    """By the number of such a condition a situation in which it takes the other's place."""


class Walk:
    """Looks for situations, and counts the steps that this takes."""

    def __init__(self, sizes: Sequence[int]) -> None:
        """Take the number of points of each realm."""
        self._sizes = sizes
        self._left = MOST_STEPS

    def find(self, domains: Domains, conditions: Iterable[CellCondition]) -> Domains | None:
        """Return domains of which every choice of a point each fulfils all conditions; None where nothing does.

        Raises:
            NotCountedError: it takes too many steps.
        """
        return self.find_more(Narrowed(domains, []), conditions)

    def narrowed(self, domains: Domains, conditions: Iterable[CellCondition]) -> Narrowed | None:
        """Return what the conditions leave of the domains, as far as it is plain to see; None where that is nothing.

        Raises:
            NotCountedError: it takes too many steps.
        """
        return self._narrowed(domains, list(map(_clause, conditions)), [])

    def find_more(self, start: Narrowed, conditions: Iterable[CellCondition]) -> Domains | None:
        """Return what `find` does, of what has been narrowed already.

        Raises:
            NotCountedError: it takes too many steps.
        """
        stack = [(start.domains, list(map(_clause, conditions)), start.clauses)]
        while stack:
            found = self._narrowed(*stack.pop())
            if found is None:
                continue
            domains, clauses = found
            if not clauses:
                return domains
            chosen = min(clauses, key=lambda clause: len(clause.condition.parts))
            clauses.remove(chosen)
            denied: list[_Clause] = []
            ways = []
            for part in chosen.condition.parts:
                ways.append((domains, [_clause(part), *denied], clauses))
                denied.append(_clause(self.denied(part)))
            stack += reversed(ways)
        return None

    def fires(
        self, domains: Domains, given: Iterable[CellCondition], conditions: Sequence[CellCondition], index: int
    ) -> Fires:
        """Find where the condition at an index is the first of some that holds; those before it are denied as needed.

        Raises:
            NotCountedError: it takes too many steps.
        """
        left = self.narrowed(domains, [*given, conditions[index]])
        before: dict[int, tuple[int, ...]] = {}
        while left is not None and (found := self.find_more(left, [])) is not None:
            points = one_of(found)
            first = next(number for number, condition in enumerate(conditions) if holds(condition, points))
            if first == index:
                return Fires(points, before)
            before[first] = points
            left = self._narrowed(left.domains, [_clause(self.denied(conditions[first]))], left.clauses)
        return Fires(None, before)

    def spend(self, steps: int) -> None:
        """Count steps that are taken elsewhere.

        Raises:
            NotCountedError: there were too many.
        """
        self._left -= steps
        if self._left < 0:
            raise NotCountedError

    def denied(self, condition: CellCondition) -> CellCondition:
        """Return the condition that holds where another does not."""
        if isinstance(condition, Leaf):
            return Leaf(condition.axis, all_cells(self._sizes[condition.axis]) & ~condition.cells)
        parts = tuple(map(self.denied, condition.parts))
        return Some(parts) if isinstance(condition, Every) else Every(parts)

    def _narrowed(self, domains: Domains, fresh: list[_Clause], settled: Sequence[_Choice]) -> Narrowed | None:
        """Return the domains without the points that a clause rules out alone, and the clauses that are left."""
        domains, left = list(domains), list(settled)
        while fresh:
            changed = 0
            for clause in fresh:
                condition = within(clause.condition, domains)
                if condition == NEVER:
                    return None
                if isinstance(condition, Leaf):
                    domains[condition.axis] &= condition.cells
                    changed |= 1 << condition.axis
                elif isinstance(condition, Every):
                    fresh += map(_clause, condition.parts)
                else:
                    left.append(_Choice(clause.looks_at, condition))
            self.spend(len(fresh))
            fresh = [_Clause(*choice) for choice in left if choice.looks_at & changed]
            left = [choice for choice in left if not choice.looks_at & changed]
        return Narrowed(domains, left)


def within(condition: CellCondition, domains: Sequence[Cells]) -> CellCondition:
    """Return what is left to know of a condition where only some points are possible."""
    if isinstance(condition, Leaf):
        possible = domains[condition.axis]
        held = possible & condition.cells
        return NEVER if held == 0 else ALWAYS if held == possible else condition
    every = isinstance(condition, Every)
    neutral, decided = (ALWAYS, NEVER) if every else (NEVER, ALWAYS)
    left = []
    for part in condition.parts:
        known = within(part, domains)
        if known == decided:
            return decided
        if known != neutral:
            left.append(known)
    if len(left) == 1:
        return left[0]
    return (Every if every else Some)(tuple(left))


def holds(condition: CellCondition, points: Sequence[int]) -> bool:
    """Tell whether a condition holds in a situation."""
    if isinstance(condition, Leaf):
        return bool(condition.cells >> points[condition.axis] & 1)
    combine = all if isinstance(condition, Every) else any
    return combine(holds(part, points) for part in condition.parts)


def one_of(domains: Domains) -> tuple[int, ...]:
    """Return a point of each realm: the first that is possible."""
    return tuple((cells & -cells).bit_length() - 1 for cells in domains)


def first_of(conditions: Sequence[CellCondition], index: int, walk: Walk) -> list[CellCondition]:
    """Return what holds where the condition at an index is the first of some that holds."""
    return [conditions[index], *(walk.denied(condition) for condition in itertools.islice(conditions, index))]


def widened(
    points: Sequence[int], among: Sequence[Cells], hints: Sequence[CellCondition], wanted: Callable[[Domains], bool]
) -> Domains:
    """Return as many situations around one as still hold, as domains, so that few words say which they are.

    Args:
        points: the situation to start from.
        among: the points that there are.
        hints: conditions, whose leaves say which points may belong together.
        wanted: tells whether all situations of some domains are wanted.
    """
    domains = [1 << point for point in points]
    together: list[set[Cells]] = [set() for _ in points]
    for condition in hints:
        for leaf in leaves_of(condition):
            together[leaf.axis] |= {leaf.cells, ~leaf.cells}
    # The realms that matter least come first: those of facts that the rules ask for last.
    for number in reversed(range(len(points))):
        everything = among[number]
        wider = sorted({everything & cells for cells in together[number]}, key=int.bit_count, reverse=True)
        singles = [1 << point for point in range(everything.bit_length())]
        for cells in [everything, *wider, *(singles if len(singles) <= _MOST_WIDENED else ())]:
            cells = domains[number] | cells & everything
            if cells != domains[number] and wanted([*domains[:number], cells, *domains[number + 1 :]]):
                domains[number] = cells
    return domains


def _clause(condition: CellCondition) -> _Clause:
    return _Clause(_looks_at(condition), condition)


def _looks_at(condition: CellCondition) -> int:
    if isinstance(condition, Leaf):
        return 1 << condition.axis
    looks_at = 0
    for part in condition.parts:
        looks_at |= _looks_at(part)
    return looks_at
