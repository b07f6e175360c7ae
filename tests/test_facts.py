"""Facts: what is there, of which type, and in the form in which it compares."""

import enum
import pickle
from collections import UserDict
from decimal import Decimal
from random import Random
from types import MappingProxyType
from typing import Any

import pytest
from courrier.facts import (
    FactsError,
    as_operand,
    describe,
    is_blank,
    lookup,
    normalise,
    pattern,
    read,
    read_list,
    read_text,
)
from courrier.model import Fact, Format, Kind, Operator

NAN, INF = float("nan"), float("inf")


class Word(enum.StrEnum):
    MONTHLY = "monthly"


@pytest.mark.parametrize(
    "value", [None, "", " ", " \t\r\n", "\u00a0\u2003\u2028", [], (), {}, MappingProxyType({})], ids=repr
)
def test_blanks_are_not_there(value: object) -> None:
    assert is_blank(value)
    assert read({"a": {"b": value}}, Fact("a.b", "string")) is None
    assert read({"a": value}, Fact("a.b", "number")) is None
    assert describe(value) == "nothing"


@pytest.mark.parametrize("value", [0, 0.0, False, "0", "\u200b", [None], [""], {"a": None}, b"", set()], ids=repr)
def test_what_is_no_blank(value: object) -> None:
    assert not is_blank(value)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("string", "text"),
        ("string", "5"),
        ("string", "true"),
        ("string", "\U0001f600"),
        ("string", Word.MONTHLY),
        ("number", 5),
        ("number", 5.5),
        ("number", -0.0),
        ("number", 10**400),
        ("integer", 5),
        ("integer", 5.0),
        ("integer", -(10**400)),
        ("boolean", True),
        ("boolean", False),
        ("object", {"a": None}),
        ("object", MappingProxyType({"a": 1})),
        ("object", UserDict(a=1)),
    ],
)
def test_values_of_the_right_kind_are_read(kind: Kind, value: object) -> None:
    assert read({"a": {"b": value}}, Fact("a.b", kind)) == value
    assert type(read({"a": {"b": value}}, Fact("a.b", kind))) is type(value)


@pytest.mark.parametrize(
    ("kind", "value", "wanted", "found"),
    [
        ("string", 5, "a string", "a number"),
        ("string", True, "a string", "true or false"),
        ("string", ["a"], "a string", "a list"),
        ("string", {"a": 1}, "a string", "an object"),
        ("string", b"a", "a string", "something that JSON does not have"),
        ("string", "a\ud800", "a string", "a string with half a character (a lone surrogate)"),
        ("string", "\udcff", "a string", "a string with half a character (a lone surrogate)"),
        ("number", "5", "a number", "a string"),
        ("number", True, "a number", "true or false"),
        ("number", NAN, "a number", "no finite number"),
        ("number", INF, "a number", "no finite number"),
        ("number", -INF, "a number", "no finite number"),
        ("number", Decimal(5), "a number", "something that JSON does not have"),
        ("number", 5j, "a number", "something that JSON does not have"),
        ("number", [5], "a number", "a list"),
        ("integer", 5.5, "an integer", "a number"),
        ("integer", "5", "an integer", "a string"),
        ("integer", False, "an integer", "true or false"),
        ("integer", NAN, "an integer", "no finite number"),
        ("boolean", 1, "true or false", "a number"),
        ("boolean", 0, "true or false", "a number"),
        ("boolean", "true", "true or false", "a string"),
        ("object", "a", "an object", "a string"),
        ("object", [{"a": 1}], "an object", "a list"),
        ("strings", "a", "a list of strings", "a string"),
        ("strings", {"a": 1}, "a list of strings", "an object"),
        ("strings", {"a"}, "a list of strings", "something that JSON does not have"),
        ("objects", {"a": 1}, "a list of objects", "an object"),
        ("objects", "a", "a list of objects", "a string"),
    ],
)
def test_values_of_another_kind_are_errors(kind: Kind, value: object, wanted: str, found: str) -> None:
    with pytest.raises(FactsError) as caught:
        read({"a": {"b": value}}, Fact("a.b", kind))
    assert caught.value.to_dict() == {
        "message": f"`a.b`: wanted {wanted}, found {found}",
        "path": "a.b",
        "wanted": wanted,
        "found": found,
    }


@pytest.mark.parametrize(
    ("kind", "value", "read_as"),
    [
        ("strings", ["a", "b"], ["a", "b"]),
        ("strings", ("a", "b"), ["a", "b"]),
        ("strings", ["", "a", None, [], " "], ["a"]),
        ("strings", ["", None], None),
        ("objects", [{"a": 1}, None, {}], [{"a": 1}]),
        ("objects", ({"a": 1},), [{"a": 1}]),
        ("objects", [{}], None),
    ],
)
def test_lists_are_read_without_their_blanks(kind: Kind, value: object, read_as: object) -> None:
    assert read({"a": value}, Fact("a", kind)) == read_as


@pytest.mark.parametrize(
    ("kind", "value", "path", "found"),
    [
        ("strings", ["a", 5], "a.b[1]", "a number"),
        ("strings", [None, True], "a.b[1]", "true or false"),
        ("strings", [["a"]], "a.b[0]", "a list"),
        ("strings", ["a\ud800"], "a.b[0]", "a string with half a character (a lone surrogate)"),
        ("objects", [{"a": 1}, "a"], "a.b[1]", "a string"),
    ],
)
def test_what_is_wrong_in_a_list_is_named_by_its_place(kind: Kind, value: object, path: str, found: str) -> None:
    with pytest.raises(FactsError) as caught:
        read({"a": {"b": value}}, Fact("a.b", kind))
    assert (caught.value.path, caught.value.found) == (path, found)


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ([], "the facts: wanted an object, found nothing"),
        (None, "the facts: wanted an object, found nothing"),
        ([{"a": 1}], "the facts: wanted an object, found a list"),
        ("text", "the facts: wanted an object, found a string"),
        (5, "the facts: wanted an object, found a number"),
        ({"a": "text"}, "`a`: wanted an object, found a string"),
        ({"a": {"b": 5}}, "`a.b`: wanted an object, found a number"),
        ({"a": {"b": [1]}}, "`a.b`: wanted an object, found a list"),
    ],
)
def test_what_is_no_object_has_no_facts_in_it(facts: Any, message: str) -> None:
    with pytest.raises(FactsError) as caught:
        lookup(facts, "a.b.c")
    assert str(caught.value) == message


def test_keys_are_looked_up_one_by_one() -> None:
    facts: dict[Any, Any] = {"a.b": 1, "sid": 2, "id": 3, "$s": 4, 5: 6, "a": {"b": 7, "": 8}}
    assert lookup(facts, "a.b") == 7
    assert lookup(facts, "c.b") is None


def test_nesting_is_no_matter() -> None:
    deep: Any = {}
    for _ in range(10_000):
        deep = {"a": deep}
    assert read(deep, Fact("a.a", "object")) is deep["a"]["a"]
    assert is_blank(lookup(deep, "a.b"))
    assert describe(deep) == "an object"


@pytest.mark.parametrize(
    ("value", "found"),
    [(["a", ""], ["a"]), ([], []), ((), []), ([""], []), ([None], [])],
)
def test_a_list_that_has_to_be_there_may_be_empty(value: object, found: list[str]) -> None:
    assert read_list({"a": value}, Fact("a", "strings")) == found


@pytest.mark.parametrize("facts", [{}, {"a": None}, {"a": ""}, {"a": {}}])
def test_a_list_that_has_to_be_there_is_missed(facts: dict[str, object]) -> None:
    with pytest.raises(FactsError, match=r"`a`: wanted a list of strings, found nothing"):
        read_list(facts, Fact("a", "strings"))


def test_a_text_that_has_to_be_there_is_missed() -> None:
    assert read_text({"a": "e\u0301"}, "a") == "é"
    with pytest.raises(FactsError, match=r"`a`: wanted a string, found nothing"):
        read_text({"a": " "}, "a")


@pytest.mark.parametrize(
    ("format", "text", "normal"),
    [
        ("text", "E\u0301 A", "\u00c9 A"),
        ("text", "Dupont.BE", "Dupont.BE"),
        ("host", "Dupont.BE", "dupont.be"),
        ("host", "DU\u0301.BE", "d\u00da.be"),
        ("address", "Marie@Dupont.BE", "Marie@dupont.be"),
        ("address", "A@B@C", "A@B@c"),
        ("address", "Dupont.BE", "dupont.be"),
    ],
)
def test_strings_compare_in_one_form(format: Format, text: str, normal: str) -> None:
    assert normalise(text, format) == normal
    assert normalise(normal, format) == normal


@pytest.mark.parametrize(
    ("kind", "format", "operator", "text", "operand"),
    [
        ("string", "address", "in", "Marie", "marie"),
        ("string", "address", "not_in", "M@A.BE", "M@a.be"),
        ("string", "address", "ends_with", "A.BE", "a.be"),
        ("string", "address", "ends_with", "@A.BE", "@a.be"),
        ("string", "address", "starts_with", "Marie", "Marie"),
        ("string", "address", "starts_with", "Marie@A", "Marie@a"),
        ("string", "address", "contains", "Marie", "Marie"),
        ("strings", "address", "contains", "Marie", "marie"),
        ("string", "host", "starts_with", "WWW", "www"),
        ("string", "text", "contains", "A@B", "A@B"),
        ("string", "text", "contains", "e\u0301", "é"),
    ],
)
def test_operands_compare_in_the_form_of_the_fact(
    kind: Kind, format: Format, operator: Operator, text: str, operand: str
) -> None:
    assert as_operand(text, Fact("a.b", kind, format), operator) == operand


def test_errors_are_named_from_outside_and_travel() -> None:
    error = FactsError("email", "a string", "a number").under("office.collaborators[3]")
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert str(copy) == "`office.collaborators[3].email`: wanted a string, found a number"
    assert copy.to_dict() == error.to_dict()


def test_patterns_are_re2() -> None:
    assert pattern("e\u0301").fullmatch("é")
    assert pattern("(a*)*b").fullmatch("a" * 100_000) is None
    with pytest.raises(ValueError, match="invalid perl operator"):
        pattern("(?=a)")


def test_patterns_are_small_and_right_with_little_memory() -> None:
    with pytest.raises(ValueError, match="pattern too large"):
        pattern(r"[\pL\pM]{1,100}")
    # A matcher with a state for each of 2 ** 60 pasts runs out of memory, and has to go on without states.
    matcher, text = pattern("[ab]*a[ab]{60}"), "".join(Random(0).choices("ab", k=20_000))  # noqa: S311
    ends = range(len(text) - 200, len(text))
    assert [matcher.fullmatch(text[:end]) is not None for end in ends] == [text[end - 61] == "a" for end in ends]
