"""Find the situations in which two lists of ways come to different ends."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from courrier.cells import ALWAYS, NEVER, CellCondition, Leaf, all_cells, join
from courrier.model import SameAsFrom
from courrier.proof.realms import Realms
from courrier.proof.walk import Domains, NotCountedError, Walk, first_of, one_of, widened, within
from courrier.proof.ways import End, Fault, Nobody, Way

MOST_CLASSES = 20
"""Classes of situations that are told apart in one comparison."""


class Difference(NamedTuple):
    """Situations in which two lists of ways come to different ends."""

    example: Domains | None
    """Some of the situations, narrowed to what makes them; None where it is only known that there may be one."""
    situations: Domains
    before: Way
    after: Way


class Comparison(NamedTuple):
    """What two lists of ways differ in, and whether that is all."""

    differences: tuple[Difference, ...]
    complete: bool


def compared(before: Sequence[Way], after: Sequence[Way], realms: Realms, most: int = MOST_CLASSES) -> Comparison:
    """Return where two lists of ways over the same realms differ, in so many classes at most."""
    if [way[:2] for way in before] == [way[:2] for way in after]:
        return Comparison((), True)
    search = _Search(before, after, realms)
    found: list[Difference] = []
    try:
        for difference in search.differences():
            if len(found) == most:
                return Comparison(tuple(found), False)
            found.append(difference)
    except NotCountedError:
        return Comparison(tuple(found), False)
    return Comparison(tuple(found), found != [] or not realms.beyond)


def alike(first: End, second: End) -> bool:
    """Tell whether two ends come to the same; facts at fault are at fault, whichever they are."""
    return first == second or any(isinstance(first, kind) and isinstance(second, kind) for kind in (Nobody, Fault))


class _Search:
    def __init__(self, before: Sequence[Way], after: Sequence[Way], realms: Realms) -> None:
        self._before = [way for way in before if way.when != NEVER]
        self._after = [way for way in after if way.when != NEVER]
        self._realms = realms
        self._walk = Walk(realms.sizes)
        self._told: list[CellCondition] = []
        """Conditions that leave out the situations that have been found."""

    def differences(self) -> Iterator[Difference]:
        """Yield the classes of situations that differ: first those that are known to be possible."""
        yield from self._within(self._realms.shown, shown=True)
        everything = [all_cells(size) for size in self._realms.sizes]
        if everything != self._realms.shown:
            yield from self._within(everything, shown=False)

    def _within(self, among: Domains, *, shown: bool) -> Iterator[Difference]:
        whens = [way.when for way in self._after]
        for index, before in enumerate(self._before):
            fires = first_of([way.when for way in self._before], index, self._walk)
            start = self._walk.narrowed(among, [*self._realms.ties, *fires])
            if start is None:
                continue
            for other, after in enumerate(self._after):
                known = within(after.when, start.domains)
                while known != NEVER and not alike(before.end, after.end) and not _follow_the_sender(before, after):
                    conditions = [*self._told, *first_of(whens, other, self._walk)]
                    domains = self._walk.find_more(start, conditions)
                    if domains is None:
                        break
                    points = one_of(domains)
                    holds = functools.partial(self._differs, before=before, after=after)
                    situations = widened(points, among, [*whens, *fires], holds)
                    self._told.append(self._outside(situations))
                    yield Difference(domains if shown else None, situations, before, after)
                if known == ALWAYS or after.when == before.when:
                    break

    def _differs(self, domains: Domains, before: Way, after: Way) -> bool:
        self._walk.spend(len(self._before) + len(self._after))
        return comes_to(self._before, before.end, domains) and comes_to(self._after, after.end, domains)

    def _outside(self, situations: Domains) -> CellCondition:
        sizes = self._realms.sizes
        leaves = [Leaf(number, all_cells(sizes[number]) & ~cells) for number, cells in enumerate(situations)]
        return join(leaves, sizes, every=False)


def _follow_the_sender(before: Way, after: Way) -> bool:
    """Tell whether both give the sender, so that what differs is said of the sender."""
    return all(way.rule is not None and way.rule.outcome == SameAsFrom() for way in (before, after))


def comes_to(ways: Sequence[Way], end: End, domains: Domains) -> bool:
    """Tell whether ways come to an end in all situations of some domains; where it is hard to see, say no."""
    for way in ways:
        known = within(way.when, domains)
        if known != NEVER and not alike(way.end, end):
            return False
        if known == ALWAYS:
            return True
    return False
