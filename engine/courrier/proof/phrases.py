"""Say in words which situations are meant."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence

from courrier.cells import Cells
from courrier.diagnostics import quoted
from courrier.model import Fact, Scalar, Test
from courrier.proof.people import PeopleAxis
from courrier.proof.points import AnyAxis, Realm
from courrier.proof.realms import Realms
from courrier.situations import ABSENT, NO, YES, TestAxis, ValueAxis

ALWAYS = "always"
"""What is said of situations where nothing matters."""

_Where = Mapping[int | str, Cells]
"""For each cell of an axis the points in which the axis is in it."""

_MOST_NAMED = 6
_OPERATORS = {
    "in": ("is {}", "is not {}"),
    "above": ("is above {}", "is not above {}"),
    "below": ("is below {}", "is not below {}"),
    "at_least": ("is at least {}", "is below {}"),
    "at_most": ("is at most {}", "is above {}"),
    "starts_with": ("starts with {}", "does not start with {}"),
    "ends_with": ("ends with {}", "does not end with {}"),
    "contains": ("contains {}", "does not contain {}"),
    "matches": ("matches {}", "does not match {}"),
}


def situations_in_words(domains: Sequence[Cells], among: Sequence[Cells], realms: Realms) -> str:
    """Return what is known of the facts where of some points of each realm only some are possible."""
    phrases = []
    for realm, possible, everything in zip(realms.realms, domains, among, strict=True):
        if everything & ~possible:
            phrases.append(_of_realm(realm, possible, everything, realms.axes))
    return ", and ".join(phrases) or ALWAYS


def _of_realm(realm: Realm, possible: Cells, everything: Cells, axes: Sequence[AnyAxis]) -> str:
    """Say which points of a realm are meant: axis by axis where that says it, else point by point."""
    by_cell = [
        {cell: where & everything for cell, where in realm.by_cell(position).items() if where & everything}
        for position in range(len(realm.axes))
    ]
    cells = [{cell for cell, where in known.items() if where & possible} for known in by_cell]
    if _selected(by_cell, dict(enumerate(cells)), everything) == possible:
        return _joined(realm, by_cell, possible, everything, axes)
    points = [1 << index for index in range(possible.bit_length()) if possible >> index & 1]
    ways = dict.fromkeys(_joined(realm, by_cell, point, everything, axes) for point in points[:_MOST_NAMED])
    more = [f"{len(points) - _MOST_NAMED} other ways"] if len(points) > _MOST_NAMED else []
    return f"({'; or '.join([*ways, *more])})"


def _joined(realm: Realm, by_cell: Sequence[_Where], meant: Cells, everything: Cells, axes: Sequence[AnyAxis]) -> str:
    """Say of each axis what there is to say of the points that are meant, unless the others say it."""
    chosen = {
        position: {cell for cell, where in known.items() if where & meant} for position, known in enumerate(by_cell)
    }
    selected = _selected(by_cell, chosen, everything)
    for position in reversed(range(len(by_cell))):
        others = {other: cells for other, cells in chosen.items() if other != position}
        if _selected(by_cell, others, everything) == selected:
            chosen = others
    return " and ".join(
        phrase
        for position, cells in chosen.items()
        for phrase in _of_axis(axes[realm.axes[position]], cells, by_cell[position])
    )


def _selected(by_cell: Sequence[_Where], chosen: Mapping[int, Collection[int | str]], everything: Cells) -> Cells:
    """Return the points in which each axis is in one of the cells chosen for it."""
    selected = everything
    for position, cells in chosen.items():
        held = 0
        for cell in cells:
            held |= by_cell[position][cell]
        selected &= held
    return selected


def _of_axis(axis: AnyAxis, cells: Collection[int | str], known: Collection[int | str]) -> Iterator[str]:
    """Yield what is said of an axis, in one phrase; `known` are the cells that there are."""
    missing = [f"`{cell}` is missing" for cell in cells if isinstance(cell, str)]
    found = sorted(cell for cell in cells if isinstance(cell, int))
    others = {cell for cell in known if isinstance(cell, int) and cell != ABSENT}
    if isinstance(axis, PeopleAxis):
        phrases = [_people(axis.names, cell == YES) for cell in found]
    else:
        path, absent = _subject(axis)
        there = [cell for cell in found if cell != ABSENT]
        if set(there) == others and ABSENT not in found:
            phrases = [f"`{path}` is there"]
        elif there:
            phrases = [f"`{path}` {_value(axis, there)}" + (" or is not there" if ABSENT in found else "")]
        else:
            phrases = [absent] if found else []
    if phrases or missing:
        yield " or ".join([*phrases, *missing])


def _people(names: Sequence[str], anybody: bool) -> str:
    if len(names) == 1:
        return f"{quoted(names[0])} can{'' if anybody else 'not'} receive mail"
    return f"{'one' if anybody else 'none'} of {_listed(list(map(quoted, names)), other=True)} can receive mail"


def _subject(axis: ValueAxis | TestAxis) -> tuple[str, str]:
    """Return the path that an axis is about, and how to say that it is absent."""
    if isinstance(axis, TestAxis) and isinstance(axis.test.operand, Fact):
        return axis.test.fact.path, f"there is no `{axis.test.fact.path}` or no `{axis.test.operand.path}`"
    path = axis.fact.path if isinstance(axis, ValueAxis) else axis.test.fact.path
    return path, f"there is no `{path}`"


def _value(axis: ValueAxis | TestAxis, cells: Sequence[int]) -> str:
    if isinstance(axis, TestAxis):
        return _test(axis.test, cells[0] == NO)
    if axis.bounds:
        return "is " + " or ".join(_ranges(axis, cells))
    other = axis.gaps[0] in cells if axis.gaps else False
    named = [_written(value) for value, cell in axis.constants.items() if (cell in cells) != other]
    return f"is {'not ' if other and len(named) == 1 else 'none of ' if other else ''}{_listed(named, other=other)}"


def _test(test: Test, denied: bool) -> str:
    operand = test.operand
    if isinstance(operand, Fact):
        listed = operand.kind == "strings" and test.operator == "in"
        words = f"{'in ' if listed else ''}`{operand.path}`"
    else:
        words = _listed([_written(value) for value in operand])
    return _OPERATORS[test.operator][denied].format(words)


def _ranges(axis: ValueAxis, cells: Collection[int]) -> Iterator[str]:
    """Yield the ranges of numbers that cells stand for."""
    ranks: list[tuple[int, Scalar | None]] = []
    for gap, bound in itertools.zip_longest(axis.gaps, axis.bounds):
        ranks.append((gap, None))
        if bound is not None:
            ranks.append((axis.constants[bound], bound))
    for held, run in itertools.groupby(range(len(ranks)), lambda rank: ranks[rank][0] in cells):
        if held:
            of_run = [*run]
            yield _range(ranks, of_run[0], of_run[-1])


def _range(ranks: Sequence[tuple[int, Scalar | None]], first: int, last: int) -> str:
    lower, upper = ranks[first][1], ranks[last][1]
    if first == last and lower is not None:
        return str(lower)
    limits = []
    if first > 0:
        limits.append(f"at least {lower}" if lower is not None else f"above {ranks[first - 1][1]}")
    if last < len(ranks) - 1:
        limits.append(f"at most {upper}" if upper is not None else f"below {ranks[last + 1][1]}")
    return " and ".join(limits)


def _written(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return quoted(value) if isinstance(value, str) else str(value)


def _listed(words: Sequence[str], *, other: bool = False) -> str:
    """Join words by commas, the last by `or` where they are what may be."""
    more = [f"{len(words) - _MOST_NAMED} more"] if len(words) > _MOST_NAMED else []
    words = [*words[: _MOST_NAMED - len(more)], *more]
    if other or len(words) < 2:
        return ", ".join(words)
    return f"{', '.join(words[:-1])} or {words[-1]}"
