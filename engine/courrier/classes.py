"""Say which values of a fact fall into some cells of an axis, by tests and how they turn out."""

from __future__ import annotations

import itertools
import typing
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from courrier.cells import Situation
from courrier.explain import written
from courrier.facts import as_operand, read, read_list
from courrier.model import Fact, Has, Operator, Scalar, Test
from courrier.situations import ABSENT, YES, Axis, ValueAxis

_OPPOSITE: Mapping[Operator, Operator] = {
    "in": "not_in",
    "above": "at_most",
    "below": "at_least",
    "at_least": "below",
    "at_most": "above",
}
_MIRRORED: Mapping[Operator, Operator] = {
    "in": "in",
    "above": "below",
    "below": "above",
    "at_least": "at_most",
    "at_most": "at_least",
}
_MOST_ENDS = 3
"""Domains of the sender that are said one by one, as ends of an address."""


class Working(NamedTuple):
    """Asks whether a collaborator, as a rule names them, is one who can receive mail."""

    name: str


class Turned(NamedTuple):
    """A test and how it turns out; one that compares and does not hold has found a value all the same."""

    leaf: Has | Test | Working
    holds: bool

    def __str__(self) -> str:
        """Show the test as an author writes it."""
        if isinstance(self.leaf, Working):
            return f"`{self.leaf.name}` is {'an' if self.holds else 'no'} active collaborator"
        return written(self.leaf, self.holds)


Way = tuple[Turned, ...]
"""Tests that turn out so together."""


def ways(axis: Axis, cells: Collection[int], fact: Fact, facts: Mapping[str, object]) -> Iterator[Way]:
    """Yield the ways in which a fact falls into one of some cells while all other facts are as they are.

    Args:
        axis: an axis that looks at the fact.
        cells: some of its cells.
        fact: the fact.
        facts: all facts, with the sender; what the fact is compared with has its value from them.
    """
    if ABSENT in cells:
        yield (Turned(Has(fact), False),)
    there = {cell for cell in cells if cell != ABSENT}
    if len(there) == axis.size - 1:
        yield (Turned(Has(fact), True),)
    elif not there:
        return
    elif isinstance(axis, ValueAxis):
        yield from _of_value(axis, there, fact)
    else:
        yield (_of_test(_with_value(axis.test, fact, facts), YES in there),)


def by_giver(way: Way, giver: Fact) -> Iterator[Way]:
    """Yield what is said of the sender's address, domain or name as said of the fact that gives it."""
    ((leaf, holds),) = way
    match leaf:
        case Has():
            yield (Turned(Has(giver), holds),)
        case Test(Fact("from.domain"), "in", (*domains,)) if len(domains) <= _MOST_ENDS:
            yield from ((_ends(giver, domain, True),) for domain in domains)
        case Test(Fact("from.domain"), "not_in", (*domains,)) if len(domains) <= _MOST_ENDS:
            yield tuple(_ends(giver, domain, False) for domain in domains)
        case Test(Fact("from.address" | "from.name"), operand=tuple()):
            yield (Turned(replace(leaf, fact=giver), holds),)
        case _:
            yield way


def _ends(giver: Fact, domain: object, holds: bool) -> Turned:
    return Turned(Test(giver, "ends_with", (f"@{domain}",)), holds)


def told_apart(
    group: Collection[Situation], among: Collection[Situation], here: Situation, new: Collection[int] = ()
) -> Iterator[dict[int, set[int]]]:
    """Yield which cells tell a group of situations from the others, by the positions of their axes.

    Several are ways to be of the group. Axes on which nothing changes are not said, since all else is as it is; but for
    those that are `new`, which look at what was not there to look at.

    >>> [*told_apart([(2, 1), (2, 2)], [(1, 1), (1, 2), (2, 1), (2, 2)], (1, 1))]
    [{0: {2}}]
    >>> [*told_apart([(1, 2), (2, 1)], [(1, 1), (1, 2), (2, 1), (2, 2)], (1, 1))]
    [{1: {2}}, {0: {2}}]
    """
    meant = {position: {situation[position] for situation in group} for position in range(len(here))}
    same = {position: cells for position, cells in meant.items() if cells == {here[position]} and position not in new}
    said = {position: cells for position, cells in meant.items() if position not in same}
    if len(_within({**same, **said}, among)) != len(group):
        left = {*group}
        for position in said:
            sure = meant[position] - {other[position] for other in among if other not in group}
            covered = _within({position: sure}, among)
            if left.intersection(covered):
                left.difference_update(covered)
                yield {position: sure}
        for situation in group:
            if situation in left:
                yield from told_apart([situation], among, here, new)
        return
    for position in reversed([*said]):
        others = {other: cells for other, cells in said.items() if other != position}
        if others and len(_within({**same, **others}, among)) == len(group):
            said = others
    yield said


def shortened(way: Iterable[Turned]) -> Way:
    """Return a way without what goes without saying: that a fact is there, where more is said of it or of its parts.

    >>> manager, email = Fact("dossier.manager", "object"), Fact("dossier.manager.email", "string", "address")
    >>> way = shortened([Turned(Has(manager), True), Turned(Test(email, "in", ("a@b.be",)), True)])
    >>> [str(turned) for turned in way]
    ['dossier.manager.email: a@b.be']
    """
    once = [*dict.fromkeys(way)]
    implied = {path for turned in once for path in _implied(turned)}
    return tuple(
        turned
        for turned in once
        if not (isinstance(turned.leaf, Has) and turned.holds and turned.leaf.fact.path in implied)
    )


def _implied(turned: Turned) -> Iterator[str]:
    """Yield the paths of what has to be there for a test to turn out so, but for what it asks for itself."""
    leaf, holds = turned
    if isinstance(leaf, Test) or (isinstance(leaf, Has) and holds):
        steps = leaf.fact.path.split(".")
        for length in range(1, len(steps) + isinstance(leaf, Test)):
            yield ".".join(steps[:length])


def _within(cells: Mapping[int, Collection[int]], among: Collection[Situation]) -> list[Situation]:
    return [
        situation for situation in among if all(situation[position] in wanted for position, wanted in cells.items())
    ]


def _of_value(axis: ValueAxis, cells: Collection[int], fact: Fact) -> Iterator[Way]:
    if axis.bounds:
        yield from _stretches(axis, cells, fact)
        return
    known: Mapping[Scalar, int] = axis.constants
    if fact.kind == "boolean":
        known = {value: known.get(value) or axis.gaps[0] for value in (False, True)}
    others = fact.kind != "boolean" and axis.gaps[0] in cells
    values = tuple(value for value, cell in known.items() if (cell in cells) != others)
    yield (Turned(Test(fact, "not_in" if others else "in", values), True),)


def _stretches(axis: ValueAxis, cells: Collection[int], fact: Fact) -> Iterator[Way]:
    """Yield the stretches of numbers that cells are made of."""
    # The ranks of constants are odd, and those of the gaps before, between and after them even.
    ranks = range(2 * len(axis.bounds) + 1)
    cell_of = [axis.constants[axis.bounds[rank // 2]] if rank % 2 else axis.gaps[rank // 2] for rank in ranks]
    for held, run in itertools.groupby(ranks, lambda rank: cell_of[rank] in cells):
        if held:
            within = [*run]
            yield tuple(Turned(test, True) for test in _limits(axis.bounds, within[0], within[-1], fact))


def _limits(bounds: Sequence[float], first: int, last: int, fact: Fact) -> Iterator[Test]:
    if first == last and first % 2:
        yield Test(fact, "in", (bounds[first // 2],))
        return
    if first > 0:
        yield Test(fact, "at_least" if first % 2 else "above", (bounds[(first - 1) // 2],))
    if last < 2 * len(bounds):
        yield Test(fact, "at_most" if last % 2 else "below", (bounds[last // 2],))


def _of_test(test: Test, holds: bool) -> Turned:
    """Return how a test turns out, said without a `not` where there is a word for it."""
    if not holds and test.operand == ():
        return Turned(Has(test.fact), True)
    if not holds and test.operator in _OPPOSITE:
        return Turned(replace(test, operator=_OPPOSITE[test.operator]), True)
    return Turned(test, holds)


def _with_value(test: Test, fact: Fact, facts: Mapping[str, object]) -> Test:
    """Return a test between two facts as one of this fact, with the other's value, where that says the same."""
    other = test.operand
    if not isinstance(other, Fact) or other.path == test.fact.path or test.fact.format != fact.format:
        return test
    if other.path != fact.path:
        found = read_list(facts, other) if other.kind == "strings" else [read(facts, other)]
        return Test(fact, test.operator, tuple(_operand(item, test) for item in found))
    value: typing.Any = read(facts, test.fact)
    if isinstance(value, list):
        return Test(fact, "in", tuple(value))
    if test.operator == "in" and fact.kind == "strings":
        return Test(fact, "contains", (value,))
    mirrored = _MIRRORED.get(test.operator)
    return Test(fact, mirrored, (value,)) if mirrored else test


def _operand(value: typing.Any, test: Test) -> Scalar:
    """Return a value of another fact in the form in which the test compares with it."""
    return as_operand(value, test.fact, test.operator) if isinstance(value, str) else typing.cast(Scalar, value)
