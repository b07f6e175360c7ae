"""Find the ways in which facts that are looked at together can stand, each with values that show it."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from courrier.cells import Cells
from courrier.facts import FactsError
from courrier.model import Fact
from courrier.proof.candidates import THERE, Tried, candidates
from courrier.proof.people import MOST_LISTS, PeopleAxis, directories
from courrier.proof.walk import Steps
from courrier.recipients import COLLABORATORS
from courrier.situations import NO, YES, Axis, TestAxis, ValueAxis

AnyAxis = Axis | PeopleAxis

_MOST_ASKED = 40_000
"""Cells that are asked of the axes of a realm, for every mixture of values; of more, some mixtures have to do."""
_TRIED_OF_TOO_MANY = 500
_MOST_POINTS = 4096
_MOST_UNSEEN = 1024


class Point(NamedTuple):
    """The cells of a realm's axes, a fact's path where that fact is at fault; and values that show them, if known."""

    cells: tuple[int | str, ...]
    values: Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class Realm:
    """Axes that look at the same facts."""

    axes: tuple[int, ...]
    """Their numbers among all the axes."""
    facts: tuple[Fact, ...]
    points: tuple[Point, ...]
    beyond: bool
    """Whether there may be points besides these."""

    def where(self, wanted: Callable[[Point], bool]) -> Cells:
        """Return the points that are wanted, as bits."""
        return _bits(index for index, point in enumerate(self.points) if wanted(point))

    def by_cell(self, position: int) -> dict[int | str, Cells]:
        """Return for each cell of one of the axes the points in which it is."""
        found: dict[int | str, list[int]] = {}
        for index, point in enumerate(self.points):
            found.setdefault(point.cells[position], []).append(index)
        return {cell: _bits(indexes) for cell, indexes in found.items()}


def document(values: Mapping[str, object]) -> dict[str, Any]:
    """Return values by path as facts, one inside the other."""
    facts: dict[str, Any] = {}
    for path, value in values.items():
        *above, last = path.split(".")
        place = facts
        for key in above if value is not None else ():
            if place.get(key, THERE) == THERE:
                place[key] = {}
            place = place[key]
        if value is THERE:
            place.setdefault(last, dict(THERE))
        elif value is not None:
            place[last] = value
    return facts


def facts_of(axis: AnyAxis) -> Iterator[Fact]:
    """Yield the facts that an axis looks at."""
    if isinstance(axis, PeopleAxis):
        yield COLLABORATORS
    elif isinstance(axis, ValueAxis):
        yield axis.fact
    else:
        yield axis.test.fact
        if isinstance(axis.test.operand, Fact):
            yield axis.test.operand


def root(path: str) -> str:
    """Return the path of the fact that another follows from: the sender's domain is that of its address."""
    return "from.address" if path == "from.domain" else path


def realm(
    numbers: tuple[int, ...],
    axes: Sequence[AnyAxis],
    always_there: Collection[str],
    given: Mapping[str, Sequence[object]],
    steps: Steps | None,
) -> Realm:
    """Return the realm of some axes.

    Args:
        numbers: the numbers of the axes among all.
        axes: the axes.
        always_there: the paths of the facts that cannot be absent.
        given: the values that facts can have, by path, where that is known.
        steps: the steps that may be taken; where none are left, a few values have to do.
    """
    facts = {fact.path: fact for axis in axes for fact in facts_of(axis)}
    given = {path: values for path, values in given.items() if path in facts}
    tried = _tried([*facts.values()], axes, [*itertools.chain.from_iterable(given.values())])
    tried |= {path: Tried(tuple(values), True) for path, values in given.items()}
    values = [
        [value for value in tried[path].values if value is not None or path not in always_there] for path in tried
    ]
    asked = {_meaning(axis): axis for axis in axes}
    of_meaning = {meaning: _Answers(axis, list(tried), values) for meaning, axis in asked.items()}
    answers = [of_meaning[_meaning(axis)] for axis in axes]
    points: dict[Any, Point] = {}
    sizes = [len(of_fact) for of_fact in values]
    countable = math.prod(sizes) * len(asked) <= _MOST_ASKED and not (steps and steps.are_spent)
    if steps:
        steps.take(math.prod(sizes) if countable else _TRIED_OF_TOO_MANY)
    for chosen in itertools.product(*map(range, sizes)) if countable else _some_choices(sizes):
        cells = tuple([answer.of(chosen) for answer in answers])
        key = cells, tuple([of_fact[index] is None for of_fact, index in zip(values, chosen, strict=True)])
        if key not in points:
            if len(points) == _MOST_POINTS:
                break
            shown = {path: of_fact[index] for path, of_fact, index in zip(tried, values, chosen, strict=True)}
            points[key] = Point(cells, _with_domain(shown))
    complete = countable and len(points) < _MOST_POINTS and all(one.complete for one in tried.values())
    unseen: list[Point] = []
    if not complete and len(facts) == 1:
        found = {point.cells for point in points.values()}
        ways = [[axis.gaps[0]] if isinstance(axis, ValueAxis) else [NO, YES] for axis in asked.values()]
        if complete := math.prod(map(len, ways)) <= _MOST_UNSEEN:
            numbered = {meaning: number for number, meaning in enumerate(asked)}
            places = [numbered[_meaning(axis)] for axis in axes]
            mixed = (tuple([cells[place] for place in places]) for cells in itertools.product(*ways))
            unseen = [Point(cells, None) for cells in mixed if cells not in found]
    return Realm(numbers, tuple(facts.values()), (*points.values(), *unseen), beyond=not complete)


def _tried(facts: Sequence[Fact], axes: Sequence[AnyAxis], given: Sequence[object]) -> dict[str, Tried]:
    """Return what to try for each fact, but for those that follow from others."""
    known = [axis for axis in axes if not isinstance(axis, PeopleAxis)]
    tried = candidates(facts, known, given)
    lists = [axis.names for axis in axes if isinstance(axis, PeopleAxis)]
    if lists:
        tried[COLLABORATORS.path] = Tried((None, *directories(lists)), len(lists) <= MOST_LISTS)
    if domains := tried.pop("from.domain", None):
        whole = tried.get("from.address", Tried((None,), True))
        locals_ = [value.rpartition("@")[0] for value in whole.values if isinstance(value, str)] or ["sender"]
        values = [f"{local}@{domain}" for local in dict.fromkeys(locals_) for domain in domains.values if domain]
        # Where both are looked at, what one of them is may rule out what the other is.
        tried["from.address"] = Tried((*whole.values, *values), domains.complete and len(whole.values) == 1)
    return tried


def _some_choices(sizes: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Yield some choices of one out of each of some sizes, the same ones each time."""
    lot = random.Random(0)  # noqa: S311
    yield from (tuple(lot.randrange(size) for size in sizes) for _ in range(_TRIED_OF_TOO_MANY))


def _meaning(axis: AnyAxis) -> object:
    """Return what axes that are cut alike have alike."""
    if isinstance(axis, ValueAxis):
        return axis.fact, axis.required, tuple(axis.constants.items()), axis.gaps
    return (axis.test, axis.required) if isinstance(axis, TestAxis) else axis


class _Answers:
    """The cells of an axis for the values of facts, by their numbers; each is asked once."""

    def __init__(self, axis: AnyAxis, paths: Sequence[str], values: Sequence[Sequence[object]]) -> None:
        self._axis, self._values = axis, values
        looked_at = {root(fact.path) for fact in facts_of(axis)}
        self._facts = [(number, path) for number, path in enumerate(paths) if path in looked_at]
        self._known: dict[tuple[int, ...], int | str] = {}

    def of(self, chosen: Sequence[int]) -> int | str:
        """Return the cell, or the path of the fact that is at fault."""
        key = tuple([chosen[number] for number, _ in self._facts])
        if key not in self._known:
            facts = document(_with_domain({path: self._values[number][chosen[number]] for number, path in self._facts}))
            try:
                self._known[key] = self._axis.cell(facts)
            except FactsError as error:
                self._known[key] = error.path
        return self._known[key]


def _with_domain(values: dict[str, object]) -> dict[str, object]:
    """Return values with the sender's domain, which follows from its address."""
    if "from.address" in values:
        address = values["from.address"]
        values["from.domain"] = address.rpartition("@")[2] if isinstance(address, str) else None
    return values


def _bits(indexes: Iterable[int]) -> Cells:
    bits = 0
    for index in indexes:
        bits |= 1 << index
    return bits
