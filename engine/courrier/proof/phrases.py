"""Say in words which situations are meant."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from courrier.cells import Cells
from courrier.diagnostics import quoted
from courrier.model import Fact, Scalar, Test
from courrier.proof.people import PeopleAxis
from courrier.proof.points import AnyAxis, Realm
from courrier.proof.realms import Realms
from courrier.situations import ABSENT, NO, YES, TestAxis, ValueAxis
from courrier.words import stretches

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
        _of_axis(axes[realm.axes[position]], cells, by_cell[position]) for position, cells in chosen.items()
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


def _of_axis(axis: AnyAxis, cells: Collection[int | str], known: Collection[int | str]) -> str:
    """Return what is said of an axis; `known` are the cells that there are."""
    found = sorted(cell for cell in cells if isinstance(cell, int))
    phrases = [f"`{path}` is missing" for path in sorted(cell for cell in cells if isinstance(cell, str))]
    if isinstance(axis, PeopleAxis):
        return " or ".join([*(_people(axis.names, cell == YES) for cell in found), *phrases])
    names = [f"`{path}`" for path in dict.fromkeys(_paths(axis))]
    there = [cell for cell in found if cell != ABSENT]
    if there and found == sorted(cell for cell in known if isinstance(cell, int) and cell != ABSENT):
        phrases.insert(0, f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} there")
    elif there:
        more = f" or {'is' if len(names) == 1 else 'one of them is'} not there" if ABSENT in found else ""
        phrases.insert(0, f"{names[0]} {_value(axis, there)}{more}")
    elif found:
        phrases.insert(0, "there is " + " or ".join(f"no {name}" for name in names))
    return " or ".join(phrases)


def _people(names: Sequence[str], anybody: bool) -> str:
    if len(names) == 1:
        return f"{quoted(names[0])} can{'' if anybody else 'not'} receive mail"
    return f"{'one' if anybody else 'none'} of {_listed(list(map(quoted, names)), other=True)} can receive mail"


def _paths(axis: ValueAxis | TestAxis) -> Iterator[str]:
    """Yield the paths of the facts whose absence an axis sees; a list that a fact is looked for in has to be there."""
    if isinstance(axis, ValueAxis):
        yield axis.fact.path
    else:
        yield axis.test.fact.path
        if isinstance(axis.test.operand, Fact) and axis.test.operand.kind != "strings":
            yield axis.test.operand.path


def _value(axis: ValueAxis | TestAxis, cells: Sequence[int]) -> str:
    if isinstance(axis, TestAxis):
        return _test(axis.test, cells[0] == NO)
    if axis.bounds:
        return "is " + " or ".join(map(_range, stretches(axis, cells)))
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


def _range(limits: Mapping[str, object]) -> str:
    """Say a range of numbers by its limits, `above` and the like."""
    if len({*limits.values()}) < len(limits):
        return str(limits["at_least"])
    return " and ".join(f"{limit.replace('_', ' ')} {number}" for limit, number in limits.items())


def _written(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return quoted(value) if isinstance(value, str) else str(value)


def listed(words: Sequence[str], joint: str = "and") -> str:
    """Join words by commas, the last by another word.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return f" {joint} ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def _listed(words: Sequence[str], *, other: bool = False) -> str:
    """Join words by commas, the last by `or` where they are what may be."""
    more = [f"{len(words) - _MOST_NAMED} more"] if len(words) > _MOST_NAMED else []
    words = [*words[: _MOST_NAMED - len(more)], *more]
    return ", ".join(words) if other else listed(words, "or")
