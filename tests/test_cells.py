"""Conditions over cells: to join them is to say the same in fewer words."""

from collections.abc import Iterator

import pytest
from courrier.cells import (
    ALWAYS,
    NEVER,
    CellCondition,
    Every,
    Leaf,
    Situation,
    Some,
    all_cells,
    join,
    leaves_of,
    runs,
)
from hypothesis import given
from hypothesis import strategies as st

SIZES = (2, 3, 4)


def holds(condition: CellCondition, situation: Situation) -> bool:
    match condition:
        case Leaf():
            return condition.holds(situation)
        case Every(parts):
            return all(holds(part, situation) for part in parts)
        case Some(parts):
            return any(holds(part, situation) for part in parts)


def situations() -> Iterator[Situation]:
    return ((a, b, c) for a in range(SIZES[0]) for b in range(SIZES[1]) for c in range(SIZES[2]))


@st.composite
def leaves(draw: st.DrawFn) -> Leaf:
    axis = draw(st.integers(0, len(SIZES) - 1))
    return Leaf(axis, draw(st.integers(0, all_cells(SIZES[axis]))))


joined = st.recursive(
    leaves(),
    lambda parts: st.builds(lambda parts, every: join(parts, SIZES, every=every), st.lists(parts), st.booleans()),
)


@given(st.lists(joined, max_size=5), st.booleans())
def test_joined_conditions_hold_where_their_parts_do(parts: list[CellCondition], every: bool) -> None:
    whole = join(parts, SIZES, every=every)
    for situation in situations():
        assert holds(whole, situation) == (all if every else any)(holds(part, situation) for part in parts)


@given(joined)
def test_joined_conditions_are_as_short_as_can_be(condition: CellCondition) -> None:
    def check(part: CellCondition) -> None:
        if isinstance(part, Leaf):
            assert 0 < part.cells < all_cells(SIZES[part.axis])
            return
        axes = [leaf.axis for leaf in part.parts if isinstance(leaf, Leaf)]
        assert len(axes) == len(set(axes)), "one leaf an axis"
        assert len(part.parts) > 1, "a single part stands for itself"
        for inner in part.parts:
            assert type(inner) is not type(part), "no and in an and, no or in an or"
            check(inner)

    joined_alone = join([condition], SIZES, every=True)
    if joined_alone not in (ALWAYS, NEVER):
        check(joined_alone)


@pytest.mark.parametrize(
    ("parts", "every", "whole"),
    [
        ([], True, ALWAYS),
        ([], False, NEVER),
        ([ALWAYS, NEVER], True, NEVER),
        ([ALWAYS, NEVER], False, ALWAYS),
        ([ALWAYS, Leaf(0, 0b10)], True, Leaf(0, 0b10)),
        ([ALWAYS, Leaf(0, 0b10)], False, ALWAYS),
        ([NEVER, Leaf(0, 0b10)], False, Leaf(0, 0b10)),
        ([Leaf(1, 0b011), Leaf(1, 0b110)], True, Leaf(1, 0b010)),
        ([Leaf(1, 0b001), Leaf(1, 0b100)], True, NEVER),
        ([Leaf(1, 0b001), Leaf(1, 0b110)], False, ALWAYS),
        ([Leaf(1, 0), Leaf(0, 0b10)], True, NEVER),
        ([Leaf(1, 0b111), Leaf(0, 0b10)], True, Leaf(0, 0b10)),
        ([Every((Leaf(0, 1), Leaf(1, 1))), Leaf(1, 0b11)], True, Every((Leaf(0, 1), Leaf(1, 1)))),
        ([Some((Leaf(0, 1), Leaf(1, 1))), Leaf(2, 1)], False, Some((Leaf(0, 1), Leaf(1, 1), Leaf(2, 1)))),
    ],
)
def test_join(parts: list[CellCondition], every: bool, whole: CellCondition) -> None:
    assert join(parts, SIZES, every=every) == whole


@given(st.integers(0, 2**80))
def test_runs_are_the_stretches_of_neighbouring_cells(cells: int) -> None:
    found = list(runs(cells))
    assert sum(found) == cells
    assert [bin(run).strip("0b") for run in found] == [stretch for stretch in bin(cells)[:1:-1].split("0") if stretch]


def test_leaves_come_in_order() -> None:
    first, second, third = Leaf(0, 1), Leaf(1, 1), Leaf(0, 2)
    assert list(leaves_of(Every((first, Some((second, third)))))) == [first, second, third]
    assert list(leaves_of(ALWAYS)) == []
