"""Verdicts: durable_rules finds the first rule that fires, however wide and deep the rules are."""

import gc
import math
from collections.abc import Iterator, Sequence
from random import Random
from unittest import mock

import pytest
from courrier import verdicts as module
from courrier.cells import ALWAYS, NEVER, CellCondition, Every, Leaf, Shape, Situation, Some, all_cells, join
from courrier.rete import EngineError, Expression, Ruleset
from courrier.verdicts import Verdicts, verdicts
from hypothesis import given
from hypothesis import strategies as st
from test_cells import holds

SIZES = [2, 3, 5, 40]


def first(shape: Shape, situation: Situation) -> int | None:
    return next((index for index, condition in enumerate(shape) if holds(condition, situation)), None)


@st.composite
def conditions(draw: st.DrawFn, axes: int, depth: int) -> CellCondition:
    if depth == 0 or draw(st.booleans()):
        axis = draw(st.integers(0, axes - 1))
        return Leaf(axis, draw(st.integers(1, all_cells(SIZES[axis % 4]) - 1)))
    size = draw(st.integers(1, 4))
    parts = [draw(conditions(axes, depth - 1)) for _ in range(size)]
    return join(parts, [SIZES[axis % 4] for axis in range(axes)], every=draw(st.booleans()))


@given(
    st.integers(1, 9).flatmap(lambda axes: st.lists(conditions(axes, 4), min_size=1, max_size=6)), st.integers(0, 99)
)
def test_verdicts_are_the_first_match(shape: list[CellCondition], seed: int) -> None:
    asked, random = Verdicts(tuple(shape)), Random(seed)  # noqa: S311
    for _ in range(20):
        situation = tuple(random.randrange(SIZES[axis % 4]) for axis in range(9))
        assert asked.of(situation) == first(tuple(shape), situation)


def every_second(size: int) -> int:
    """Return the cells 1, 3, 5…, each a run of its own."""
    return sum(1 << cell for cell in range(1, size, 2))


def nested(depth: int) -> CellCondition:
    """Return ands and ors inside one another, each with a comparison of its own."""
    condition: CellCondition = Leaf(0, 0b10)
    for level in range(depth):
        parts = (condition, Leaf(level + 1, 0b10))
        condition = Some(parts) if level % 2 else Every(parts)
    return condition


def wide(size: int) -> tuple[Leaf, ...]:
    return tuple(Leaf(axis, 0b10) for axis in range(size))


def situations(axes: int) -> Iterator[Situation]:
    """Yield situations of zeros and ones: all alike, and with a single cell that is not as the others."""
    for cell in (0, 1):
        yield (cell,) * axes
        for axis in {0, axes // 2, axes - 1}:
            yield tuple(1 - cell if other == axis else cell for other in range(axes))


@pytest.mark.parametrize(
    ("conditions", "axes"),
    [
        pytest.param([Leaf(0, every_second(5_000))], 1, id="a thousand runs"),
        pytest.param([Leaf(0, ~every_second(5_000) & all_cells(5_000)), ALWAYS], 1, id="all other runs"),
        pytest.param([Some(wide(31))], 31, id="as wide as a ruleset"),
        pytest.param([Some(wide(32))], 32, id="one wider than a ruleset"),
        pytest.param([Some(wide(600))], 600, id="a wide or"),
        pytest.param([Every(wide(600))], 600, id="a wide and"),
        pytest.param([Every(tuple(Some(wide(7)[i:] + wide(3)) for i in range(5)))], 7, id="an and of ors"),
        pytest.param([Every(tuple(Some(wide(30)[i : i + 10]) for i in (0, 10, 20)))], 30, id="a thousand ways"),
        pytest.param(
            [Some(tuple(Every((Leaf(n, 0b10), Some(wide(40)), Leaf(n + 1, 0b01))) for n in range(40)))],
            41,
            id="an or of ands",
        ),
        pytest.param([Every((*wide(3), Leaf(3, 0b1010), Leaf(4, 0b101)))] * 100, 5, id="the same rule again and again"),
        pytest.param([nested(99)], 100, id="a hundred deep"),
        pytest.param([nested(40), nested(41), nested(42)] * 40, 43, id="many deep ones"),
        pytest.param([*[Leaf(axis, 0b10) for axis in reversed(range(300))], ALWAYS, Leaf(0, 1)], 300, id="many rules"),
        pytest.param([NEVER, Leaf(0, 0b10), NEVER, ALWAYS, ALWAYS], 1, id="never and always"),
        pytest.param([NEVER], 1, id="never"),
        pytest.param([], 1, id="no rule"),
    ],
)
def test_no_shape_is_too_large(conditions: Sequence[CellCondition], axes: int) -> None:
    asked = Verdicts(tuple(conditions))
    for situation in [*situations(axes), *[(cell, *(1,) * (axes - 1)) for cell in range(2, 9)]]:
        assert asked.of(situation) == first(tuple(conditions), situation)


@pytest.mark.parametrize("size", [1, 10, 31, 32, 33, 62, 63, 100, 1_000, 5_000])
def test_no_cascade_is_too_long(size: int) -> None:
    shape = tuple(Leaf(0, 1 << rule + 1) for rule in range(size))
    asked = Verdicts(shape)
    for cell in {0, 1, 2, size // 2, size - 1, size, size + 1}:
        assert asked.of((cell,)) == (cell - 1 if 0 < cell <= size else None)


def ways(rule: Expression) -> int:
    """Return in how many ways a rule may match, which are what the engine multiplies out."""
    if "$or" in rule:
        return sum(map(ways, rule["$or"]))
    return math.prod(map(ways, rule.get("$and", ())))


def comparisons(rule: Expression) -> int:
    return sum(map(comparisons, rule.get("$and", []) + rule.get("$or", []))) or 1


def groups(rule: Expression) -> int:
    parts = rule.get("$and", []) + rule.get("$or", [])
    return sum(map(groups, parts)) + bool(parts)


def test_rulesets_stay_within_their_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    spy = mock.Mock(side_effect=Ruleset)
    monkeypatch.setattr(module, "Ruleset", spy)
    ors = tuple(Some(wide(30)[i : i + 10]) for i in (0, 10, 20))
    rules = [*wide(100), Some(wide(100)), *[Every(wide(43))] * 3, *[Every(wide(129))] * 2, nested(50), Every(ors)]
    assert Verdicts((*rules, Leaf(0, every_second(99)))).of((0,) * 129) is None
    for (ruleset,), _ in spy.call_args_list:
        assert sum(map(ways, ruleset)) <= 31, "and one that always matches: 32"
        assert sum(map(comparisons, ruleset)) <= 128
        assert max(map(groups, ruleset)) <= 12


def test_what_is_asked_is_remembered_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    spy = mock.create_autospec(Ruleset.ask, side_effect=Ruleset.ask)
    monkeypatch.setattr(Ruleset, "ask", spy)
    monkeypatch.setattr(module, "MOST_REMEMBERED", 3)
    asked = Verdicts((Leaf(0, 0b110),))
    assert [asked.of((cell,)) for cell in (0, 1, 2, 0, 1, 2)] == [None, 0, 0] * 2
    assert [call.args[1] for call in spy.call_args_list] == [[0], [1], [2]]
    assert [asked.of((cell,)) for cell in (3, 0, 3)] == [None] * 3
    assert [call.args[1] for call in spy.call_args_list] == [[0], [1], [2], [3], [0]]


def test_what_fails_is_not_remembered() -> None:
    asked = Verdicts((Leaf(0, 0b10),))
    with (
        mock.patch.object(Ruleset, "ask", side_effect=EngineError("broken")),
        pytest.raises(EngineError, match="broken"),
    ):
        asked.of((1,))
    assert asked.of((1,)) == 0


def test_those_alike_share_their_verdicts_while_anybody_needs_them() -> None:
    shape = (Leaf(0, 0b10), Leaf(7, 0b110))
    one, other = verdicts(shape), verdicts((Leaf(0, 0b10), Leaf(7, 0b110)))
    assert one is other
    assert verdicts((Leaf(0, 0b10), Leaf(7, 0b111))) is not one
    del one, other
    gc.collect()
    assert shape not in module._shapes
