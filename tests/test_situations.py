"""Situations: facts fall into cells, and tests hold in cells; together they say what the tests say of the facts."""

from typing import Any

import meaning
import pytest
from courrier import model, situations
from courrier.cells import Leaf
from courrier.facts import FactsError
from courrier.model import All, Condition, Fact, Has, Not, Operator, Scalar
from courrier.situations import Situations
from courrier.verdicts import verdicts

TEXT, OTHER = Fact("a.text", "string"), Fact("a.other", "string")
HOST, MAIL = Fact("a.host", "string", "host"), Fact("a.mail", "string", "address")
NUMBER, LIMIT = Fact("a.number", "number"), Fact("a.limit", "number")
INTEGER, FLAG, MARK = Fact("a.integer", "integer"), Fact("a.flag", "boolean"), Fact("a.mark", "boolean")
TAGS, HOSTS, MAILS = (
    Fact("a.tags", "strings"),
    Fact("a.hosts", "strings", "host"),
    Fact("a.mails", "strings", "address"),
)
THINGS, BOX = Fact("a.things", "objects"), Fact("a.box", "object")


def compare(fact: Fact, operator: Operator, *operands: Scalar | Fact) -> model.Test:
    other = operands[0] if len(operands) == 1 and isinstance(operands[0], Fact) else None
    return model.Test(fact, operator, other or tuple(one for one in operands if not isinstance(one, Fact)))


def holds(condition: Condition, facts: dict[str, Any], *, refusal: bool = False) -> bool:
    """Ask durable_rules whether a condition holds."""
    asked = Situations([condition], fail_closed=refusal)
    return verdicts(asked.shape).of(asked.of({"a": facts})) == 0


BOUNDS = [-1, 0, 0.1, 1, 1.5, 2, 2**53 - 1, 2**53, 2**53 + 1, 10**20, -1e300, 1e300]
BESIDE = [*BOUNDS, 1.0, 0.1 + 2**-60, 0.3, 1.4999999999999998, 2**53 + 2, float(2**53), 10**400, -(10**400), -0.0]


@pytest.mark.parametrize("operator", ["in", "not_in", "above", "below", "at_least", "at_most"])
def test_numbers_fall_beside_or_onto_the_bounds(operator: Operator) -> None:
    conditions = [compare(NUMBER, operator, bound) for bound in BOUNDS]
    together = Situations([*conditions, compare(NUMBER, "in", 1.5, 7), compare(NUMBER, "above", 1.25), Has(NUMBER)])
    for value in BESIDE:
        facts: dict[str, Any] = {"a": {"number": value}}
        situation = together.of(facts)
        for condition in conditions:
            assert together.leaves[condition].holds(situation) == meaning.holds(condition, facts), (value, condition)
            assert holds(condition, facts["a"]) == meaning.holds(condition, facts)


@pytest.mark.parametrize("operator", ["above", "below", "at_least", "at_most"])
@pytest.mark.parametrize("value", [-1, 0, 1, 2, 2.0, 3, 10**30])
@pytest.mark.parametrize("bound", [1.5, 2, 2.0, 1e30])
def test_integers_may_have_bounds_with_a_fraction(operator: Operator, value: float, bound: float) -> None:
    condition = compare(INTEGER, operator, bound)
    assert holds(condition, {"integer": value}) == meaning.holds(condition, {"a": {"integer": value}})


@pytest.mark.parametrize(
    ("condition", "facts", "answer"),
    [
        # booleans are neither numbers nor strings
        (compare(FLAG, "in", True), {"flag": True}, True),
        (compare(FLAG, "in", True), {"flag": False}, False),
        (compare(FLAG, "not_in", True), {"flag": False}, True),
        (compare(FLAG, "not_in", True, False), {"flag": False}, False),
        (compare(FLAG, "in", True, False), {"flag": False}, True),
        (compare(FLAG, "not_in", True), {}, False),
        (compare(FLAG, "in", MARK), {"flag": False, "mark": False}, True),
        (compare(FLAG, "not_in", MARK), {"flag": False, "mark": True}, True),
        # comparing needs a value, and on both sides
        (compare(TEXT, "in", "a"), {"text": "a"}, True),
        (compare(TEXT, "in", "a"), {}, False),
        (compare(TEXT, "not_in", "a"), {}, False),
        (compare(TEXT, "not_in", "a"), {"text": " "}, False),
        (Not(compare(TEXT, "in", "a")), {}, True),
        (Not(compare(TEXT, "not_in", "a")), {}, True),
        (Not(Has(TEXT)), {"text": "\u00a0"}, True),
        (compare(TEXT, "in", OTHER), {"text": "a"}, False),
        (compare(TEXT, "in", OTHER), {"other": "a"}, False),
        (compare(TEXT, "in", OTHER), {}, False),
        (compare(TEXT, "not_in", OTHER), {}, False),
        (compare(TEXT, "not_in", OTHER), {"text": "a"}, False),
        (compare(TEXT, "not_in", OTHER), {"text": "a", "other": "b"}, True),
        (Not(compare(TEXT, "not_in", OTHER)), {"text": "a"}, True),
        (compare(NUMBER, "above", LIMIT), {"number": 2, "limit": 1.5}, True),
        (compare(NUMBER, "above", LIMIT), {"number": 2}, False),
        (compare(NUMBER, "below", INTEGER), {"number": 2, "integer": 2}, False),
        (compare(NUMBER, "at_least", INTEGER), {"number": 2.0, "integer": 2}, True),
        (compare(NUMBER, "at_most", INTEGER), {"number": 2**53 + 1, "integer": 2**53}, False),
        # lists
        (compare(TEXT, "in", TAGS), {"text": "a", "tags": ["b", "a"]}, True),
        (compare(TEXT, "in", TAGS), {"text": "a", "tags": []}, False),
        (compare(TEXT, "not_in", TAGS), {"text": "a", "tags": []}, True),
        (compare(TEXT, "not_in", TAGS), {"text": "a", "tags": ["", None]}, True),
        (compare(TEXT, "not_in", TAGS), {"tags": []}, False),
        (compare(TAGS, "contains", "a"), {"tags": ["ab"]}, False),
        (compare(TAGS, "contains", "a"), {"tags": ["b", "a"]}, True),
        (compare(TAGS, "contains", "a"), {"tags": []}, False),
        (compare(TAGS, "contains", TEXT), {"tags": ["b", "a"], "text": "a"}, True),
        (compare(TAGS, "contains", TEXT), {"tags": ["b", "a"]}, False),
        (compare(MAILS, "contains", "M@a.be"), {"mails": ["M@A.BE"]}, True),
        # parts of strings
        (compare(TEXT, "starts_with", "é"), {"text": "e\u0301a"}, True),
        (compare(TEXT, "ends_with", "b"), {"text": "ab"}, True),
        (compare(TEXT, "contains", "a"), {"text": "bab"}, True),
        (compare(TEXT, "contains", OTHER), {"text": "bab", "other": "ab"}, True),
        (compare(TEXT, "starts_with", OTHER), {"text": "bab", "other": " "}, False),
        (compare(TEXT, "matches", "a.*b"), {"text": "a\u00e9b"}, True),
        (compare(TEXT, "matches", "a"), {"text": "ab"}, False),
        (compare(TEXT, "matches", "a.b"), {"text": "a\nb"}, False),
        (compare(TEXT, "matches", "e\u0301"), {"text": "é"}, True),
        (compare(TEXT, "matches", ".*"), {}, False),
        # hosts and addresses, also beside plain strings
        (compare(HOST, "in", HOSTS), {"host": "A.BE", "hosts": ["a.be"]}, True),
        (compare(HOST, "in", TAGS), {"host": "a.be", "tags": ["A.BE"]}, True),
        (compare(TEXT, "in", HOSTS), {"text": "A.BE", "hosts": ["a.be"]}, True),
        (compare(TEXT, "in", OTHER), {"text": "A.BE", "other": "a.be"}, False),
        (compare(MAIL, "in", TEXT), {"mail": "M@A.BE", "text": "M@A.BE"}, True),
        (compare(MAIL, "in", TEXT), {"mail": "M@A.BE", "text": "M@a.be"}, True),
        (compare(MAIL, "in", TEXT), {"mail": "M@A.BE", "text": "m@a.be"}, False),
        (compare(MAIL, "starts_with", TEXT), {"mail": "M@A.BE", "text": "M"}, True),
        (compare(MAIL, "starts_with", TEXT), {"mail": "M@A.BE", "text": "M@a"}, True),
        (compare(MAIL, "ends_with", HOST), {"mail": "M@A.BE", "host": "a.BE"}, True),
        (compare(TEXT, "ends_with", HOST), {"text": "A.BE", "host": "A.BE"}, True),
        # what can only be there or not
        (Has(THINGS), {"things": [{"a": 1}]}, True),
        (Has(THINGS), {"things": [{}]}, False),
        (Has(BOX), {"box": {"a": None}}, True),
        (Has(BOX), {"box": {}}, False),
        (Has(TAGS), {"tags": [None]}, False),
        (All(()), {}, True),
        (model.Any(()), {}, False),
        (Not(All(())), {}, False),
    ],
)
def test_conditions(condition: Condition, facts: dict[str, Any], answer: bool) -> None:
    assert holds(condition, facts) == meaning.holds(condition, {"a": facts}) == answer


@pytest.mark.parametrize(
    ("condition", "facts", "path", "found"),
    [
        (compare(TEXT, "in", TAGS), {"text": "a"}, "a.tags", "nothing"),
        (compare(TEXT, "in", TAGS), {"text": "a", "tags": None}, "a.tags", "nothing"),
        (compare(TEXT, "not_in", TAGS), {"tags": ""}, "a.tags", "nothing"),
        (compare(TEXT, "in", TAGS), {"text": "a", "tags": ["a", 5]}, "a.tags[1]", "a number"),
        (compare(TEXT, "in", OTHER), {"other": 5}, "a.other", "a number"),
        (compare(TEXT, "in", OTHER), {"text": True}, "a.text", "true or false"),
        (compare(NUMBER, "above", 1), {"number": True}, "a.number", "true or false"),
        (compare(NUMBER, "in", 5), {"number": "5"}, "a.number", "a string"),
        (compare(NUMBER, "above", 1), {"number": float("nan")}, "a.number", "no finite number"),
        (compare(FLAG, "in", True), {"flag": 1}, "a.flag", "a number"),
        (Has(BOX), {"box": "a"}, "a.box", "a string"),
        (Not(Has(NUMBER)), {"number": "a"}, "a.number", "a string"),
    ],
)
def test_facts_at_fault(condition: Condition, facts: dict[str, Any], path: str, found: str) -> None:
    with pytest.raises(FactsError) as caught:
        holds(condition, facts)
    assert (caught.value.path, caught.value.found) == (path, found)


@pytest.mark.parametrize(
    ("condition", "facts", "path", "wanted"),
    [
        (compare(TEXT, "in", "a"), {}, "a.text", "a string"),
        (compare(TEXT, "not_in", "a"), {"text": ""}, "a.text", "a string"),
        (Not(compare(FLAG, "in", True)), {"flag": None}, "a.flag", "true or false"),
        (model.Any((Has(TEXT), compare(TEXT, "in", "a"))), {}, "a.text", "a string"),
        (model.Any((compare(OTHER, "in", "a"), compare(TEXT, "in", "a"))), {"other": "a"}, "a.text", "a string"),
        (compare(TEXT, "starts_with", "a"), {}, "a.text", "a string"),
        (compare(TEXT, "in", OTHER), {"text": "a"}, "a.other", "a string"),
        (compare(TEXT, "in", OTHER), {"other": "a"}, "a.text", "a string"),
        (compare(TEXT, "not_in", TAGS), {"tags": []}, "a.text", "a string"),
        (compare(TAGS, "contains", "a"), {"tags": []}, "a.tags", "a list of strings"),
        (compare(NUMBER, "above", 1), {}, "a.number", "a number"),
    ],
)
def test_a_refusal_needs_what_it_compares(condition: Condition, facts: dict[str, Any], path: str, wanted: str) -> None:
    with pytest.raises(FactsError) as caught:
        holds(condition, facts, refusal=True)
    assert (caught.value.path, caught.value.wanted, caught.value.found) == (path, wanted, "nothing")


@pytest.mark.parametrize("facts", [{}, {"text": "a"}])
def test_a_refusal_may_ask_what_is_there(facts: dict[str, Any]) -> None:
    assert holds(Has(TEXT), facts, refusal=True) == bool(facts)
    assert holds(Not(Has(TEXT)), facts, refusal=True) != bool(facts)


def test_a_fact_is_one_axis_and_what_no_test_tells_apart_is_one_cell() -> None:
    first, second = compare(TEXT, "in", "a", "b"), compare(TEXT, "not_in", "b", "c")
    asked = Situations([first, second, Has(TEXT)])
    (axis,) = asked.axes
    assert isinstance(axis, situations.ValueAxis)
    assert [asked.of({"a": {"text": text}}) for text in ("", "z", "a", "b", "c")] == [(0,), (1,), (2,), (3,), (4,)]
    assert asked.leaves == {first: Leaf(0, 0b1100), second: Leaf(0, 0b0110), Has(TEXT): Leaf(0, 0b11110)}
    alike = Situations([compare(TEXT, "in", "a", "b"), compare(TEXT, "not_in", "a", "b")])
    assert alike.axes[0].size == 3


def test_bounds_cut_a_number_into_stretches() -> None:
    asked = Situations([compare(NUMBER, "at_least", 1), compare(NUMBER, "above", 2), compare(NUMBER, "at_least", 2)])
    cells = {value: asked.of({"a": {"number": value}})[0] for value in (0, 0.5, 1, 1.5, 2, 2.5, 9)}
    assert cells == {0: 1, 0.5: 1, 1: 2, 1.5: 2, 2: 3, 2.5: 4, 9: 4}


def test_a_boolean_has_no_third_value() -> None:
    asked = Situations([compare(FLAG, "in", True), compare(FLAG, "in", False)])
    assert asked.axes[0].size == 3


def test_a_test_and_its_denial_are_one_axis() -> None:
    first, second = compare(TEXT, "in", OTHER), compare(TEXT, "not_in", OTHER)
    asked = Situations([first, second, compare(TEXT, "starts_with", "a")])
    assert [type(axis) for axis in asked.axes] == [situations.TestAxis] * 2
    assert (asked.leaves[first], asked.leaves[second]) == (Leaf(0, 0b100), Leaf(0, 0b010))


def test_axes_come_in_the_order_in_which_tests_mention_them() -> None:
    asked = Situations([compare(TEXT, "matches", "a"), None, Has(NUMBER), compare(TEXT, "in", "a")])
    assert [axis.test if isinstance(axis, situations.TestAxis) else axis.fact for axis in asked.axes] == [
        compare(TEXT, "matches", "a"),
        NUMBER,
        TEXT,
    ]


def test_offices_alike_have_the_same_shape() -> None:
    def shape(host: str, path: str) -> object:
        fact = Fact(path, "string")
        return Situations([All((Has(fact), compare(fact, "in", host))), Not(compare(NUMBER, "above", len(host)))]).shape

    assert shape("dupont.be", "a.host") == shape("lambert.example", "b.domain")


def test_tests_are_found_in_reading_order() -> None:
    first, second, third = Has(TEXT), compare(NUMBER, "above", 1), Has(FLAG)
    condition = All((first, Not(model.Any((second, first))), third))
    assert list(situations.tests_of(condition)) == [first, second, first, third]


def test_a_huge_list_of_constants_and_a_huge_string_are_no_matter() -> None:
    many = compare(TEXT, "in", *map(str, range(100_000)))
    assert holds(many, {"text": "99999"})
    assert not holds(many, {"text": "100000"})
    huge = "é" * 5_000_000
    for operator in ("in", "not_in", "starts_with", "ends_with", "contains"):
        assert holds(compare(TEXT, operator, "z"), {"text": huge}) == (operator == "not_in")
    assert not holds(compare(TEXT, "matches", "(é*)*z"), {"text": huge})
    assert holds(compare(TEXT, "in", OTHER), {"text": huge, "other": huge})
