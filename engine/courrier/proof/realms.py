"""Find which cells of several axes can come together, each time with facts that show it.

Axes are not always strangers to one another: two may look at one fact, or compare it with another. Those that do are a
realm. Its points are the ways in which their cells can come together; realms as such have nothing to do with one
another, but for facts that stand inside others: where a dossier is absent, so is its manager.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

from courrier.cells import CellCondition, Cells, Every, Leaf, all_cells, join, leaves_of
from courrier.model import Fact
from courrier.proof.points import AnyAxis, Point, facts_of, realm, root
from courrier.proof.walk import Steps

ALWAYS_THERE = frozenset({"event", "event.type", "office", "office.id", "office.communication_email"})
"""The facts without which nothing is decided."""
OF_SENDER = frozenset({"from.address", "from.domain"})
"""The facts that are there as well, for the refusals of a mail that has a sender."""


class Asked(Protocol):
    """Axes, and conditions over their cells."""

    @property
    def axes(self) -> Sequence[AnyAxis]:
        """The axes."""

    @property
    def shape(self) -> Sequence[CellCondition]:
        """The conditions."""


class Realms:
    """The realms of what is asked, and the conditions over their points: leaf n of a condition looks at realm n."""

    def __init__(
        self,
        asked: Sequence[Asked],
        always_there: Collection[str] = ALWAYS_THERE,
        given: Mapping[str, Sequence[object]] = MappingProxyType({}),
        steps: Steps | None = None,
    ) -> None:
        """Find the points of all axes.

        Args:
            asked: axes and conditions, which may look at the same facts.
            always_there: the paths of the facts that cannot be absent.
            given: the values that facts can have, by path, where that is known.
            steps: the steps that may be taken.
        """
        self.axes = [axis for one in asked for axis in one.axes]
        self.realms = [
            realm(numbers, [self.axes[number] for number in numbers], always_there, given, steps)
            for numbers in _groups(self.axes)
        ]
        self.sizes = [len(one.points) for one in self.realms]
        self._by_cell = {
            axis: (number, one.by_cell(position))
            for number, one in enumerate(self.realms)
            for position, axis in enumerate(one.axes)
        }
        """For each axis its realm, and in which points of it each cell is."""
        offsets = itertools.accumulate((len(one.axes) for one in asked), initial=0)
        self._spans = [range(start, start + len(one.axes)) for start, one in zip(offsets, asked, strict=False)]
        self.conditions = [
            tuple(self.over_points(condition, span.start) for condition in one.shape)
            for span, one in zip(self._spans, asked, strict=True)
        ]
        self.sure = [
            tuple(self._is_sure(condition, span.start) for condition in one.shape)
            for span, one in zip(self._spans, asked, strict=True)
        ]
        """For each condition whether the points tell all there is to know of it."""
        self.seen = [one.where(_is_shown) for one in self.realms]
        """For each realm its points that are known to be possible."""
        self.possible = [one.where(_is_no_fault) for one in self.realms]
        """For each realm its points that may be possible."""
        self.shown = [one.where(lambda point: point.values is not None) for one in self.realms]
        """For each realm its points that are known to be possible, also with facts at fault."""
        self.ties = list(self._ties(range(len(self.realms))))
        """What holds between the realms."""
        self.sure_ties = list(self._ties([number for number, one in enumerate(self.realms) if not one.beyond]))
        """What holds between the realms in which there are no other points."""

    @property
    def beyond(self) -> bool:
        """Whether something may be possible that is not even among the possible points."""
        return any(one.beyond for one in self.realms)

    def over_points(self, condition: CellCondition, offset: int = 0) -> CellCondition:
        """Return a condition over cells as one over points; `offset` is the number of its first axis."""
        if isinstance(condition, Leaf):
            number, by_cell = self._by_cell[condition.axis + offset]
            points = 0
            for cell, where in by_cell.items():
                if isinstance(cell, int) and condition.cells >> cell & 1:
                    points |= where
            return Leaf(number, points)
        parts = [self.over_points(part, offset) for part in condition.parts]
        return join(parts, self.sizes, every=isinstance(condition, Every))

    def faults(self, asked: int) -> Iterator[tuple[str, CellCondition]]:
        """Yield the facts that what is asked, by its number, insists on, and where each is at fault."""
        for axis in self._spans[asked]:
            number, by_cell = self._by_cell[axis]
            yield from ((cell, Leaf(number, where)) for cell, where in by_cell.items() if isinstance(cell, str))

    def absent(self, path: str) -> CellCondition:
        """Return where a fact is known to be absent: it is, or what it stands inside of."""
        leaves = [
            Leaf(number, one.where(functools.partial(_lacks, fact)))
            for number, one in enumerate(self.realms)
            for fact in one.facts
            if f"{path}.".startswith(f"{fact.path}.")
        ]
        return join(leaves, self.sizes, every=False)

    def values(self, domains: Sequence[Cells]) -> dict[str, object]:
        """Return values that show one of some situations, by path; None where a fact has to be absent."""
        values: dict[str, object] = {}
        for one, possible, everything in zip(self.realms, domains, self.seen, strict=True):
            if possible & everything != everything:
                values |= one.points[(possible & -possible).bit_length() - 1].values or {}
        return values

    def _is_sure(self, condition: CellCondition, offset: int) -> bool:
        numbers = {self._by_cell[leaf.axis + offset][0] for leaf in leaves_of(condition)}
        return not any(self.realms[number].beyond for number in numbers)

    def _ties(self, among: Collection[int]) -> Iterator[CellCondition]:
        """Yield that nothing stands inside what is absent, between some of the realms."""
        for outer, inner in itertools.permutations(among, 2):
            for above in self.realms[outer].facts:
                for fact in self.realms[inner].facts:
                    if fact.path.startswith(f"{above.path}."):
                        lacking = self.realms[outer].where(functools.partial(_lacks, above))
                        there = all_cells(self.sizes[outer]) & ~lacking
                        absent = self.realms[inner].where(functools.partial(_lacks, fact))
                        yield join([Leaf(outer, there), Leaf(inner, absent)], self.sizes, every=False)


def _is_no_fault(point: Point) -> bool:
    return not any(isinstance(cell, str) for cell in point.cells)


def _is_shown(point: Point) -> bool:
    return point.values is not None and _is_no_fault(point)


def _lacks(fact: Fact, point: Point) -> bool:
    return point.values is not None and point.values[fact.path] is None


def _groups(axes: Sequence[AnyAxis]) -> list[tuple[int, ...]]:
    """Return the numbers of the axes, those together that look at one fact, directly or by way of others."""
    groups: list[tuple[set[str], list[int]]] = []
    for number, axis in enumerate(axes):
        paths = {root(fact.path) for fact in facts_of(axis)}
        touched = [group for group in groups if group[0] & paths]
        groups = [group for group in groups if group not in touched]
        numbers = sorted([number, *itertools.chain.from_iterable(group[1] for group in touched)])
        groups.append((paths.union(*(group[0] for group in touched)), numbers))
    return [tuple(numbers) for _, numbers in sorted(groups, key=lambda group: group[1])]
