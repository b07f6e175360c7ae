"""Read facts from columns: in SQL for the query, and in Python for the rows that are decided.

The query understands what is plain. What is of another type than the fact, or too large a number, is odd: then the
query only tells such values apart, and Python has a look at each.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import NamedTuple

from sqlglot import exp

from courrier.model import Fact, Kind
from courrier.tables.columns import Branch, Form, Leaf, find
from courrier.tables.expressions import FALSE, NOTHING, SQL, any_of, cast, is_blank, matches, not_, number, sql

NO_TEXT: SQL = exp.Literal.string("")
_EXACT = 2**53
"""Integers up to this one are doubles too."""
_LARGEST = 1.7976931348623157e308
_NUMBER = r"-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][-+]?[0-9]+)?"
_TEXTS = r'\["[ !#-\[\]-~]*"(, ?"[ !#-\[\]-~]*")*\]'
_SWITCHES = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


class Reading(NamedTuple):
    """How the query reads a fact; every test is two-valued."""

    value: SQL
    """The value, where it is there and not odd; a number is a double."""
    there: SQL
    """Whether it is there, and not blank."""
    odd: SQL = FALSE
    """Whether it is something that the query does not understand."""
    raw: SQL = NO_TEXT
    """A text that tells odd values apart, as far as decisions do."""
    listed: SQL = FALSE
    """Whether there is a list, be it empty."""


NOT_THERE = Reading(NOTHING, FALSE)


def reading(root: Branch, fact: Fact) -> Reading:
    """Return how the query reads a fact."""
    path, node = find(root, fact.path)
    if node is None:
        return NOT_THERE
    if isinstance(node, Branch):
        there = any_of(*(sql(":leaf IS NOT NULL", leaf=leaf.where) for _, leaf in node.leaves()))
        return Reading(NOTHING, there) if fact.kind == "object" else Reading(NOTHING, FALSE, odd=there)
    return of_leaf(node, fact.kind) if path == fact.path else _of_another_kind(node)


def of_leaf(leaf: Leaf, kind: Kind) -> Reading:
    """Return how the query reads a fact of a kind from a column or field."""
    read = _READERS.get((kind, leaf.form))
    return read(leaf) if read else _of_another_kind(leaf)


def sample(root: Branch, fact: Fact) -> tuple[str, SQL] | None:
    """Return what to fetch of a row for `facts_of`, and the path that it stands at."""
    path, node = find(root, fact.path)
    if node is None:
        return None
    return path, reading(root, Fact(path, "object")).there if isinstance(node, Branch) else node.where


def facts_of(root: Branch, known: Mapping[str, Fact], values: Mapping[str, object]) -> dict[str, object]:
    """Return the facts that a row holds, of which some values were fetched by their paths."""
    facts: dict[str, object] = {}
    for path, value in values.items():
        _, node = find(root, path)
        if value is None or (isinstance(node, Branch) and not value):
            continue
        *above, last = path.split(".")
        inside = facts
        for key in above:
            inside = inside.setdefault(key, {})  # type: ignore[assignment]
        if isinstance(node, Branch):
            inside.setdefault(last, {}).setdefault("", None)  # type: ignore[attr-defined]
        elif isinstance(node, Leaf) and node.form == "cell":
            inside[last] = _from_cell(str(value), known[path].kind if path in known else "object")
        else:
            inside[last] = _plain(value)
    return facts


def _of_text(leaf: Leaf) -> Reading:
    return Reading(leaf.where, _is_text(leaf.where))


def _of_integer(leaf: Leaf) -> Reading:
    odd = sql("COALESCE(:v NOT BETWEEN -:most AND :most, FALSE)", v=leaf.where, most=_EXACT)
    return Reading(_double(leaf.where), _is_there(leaf.where), odd, _text(leaf.where))


def _of_double(leaf: Leaf) -> Reading:
    finite = _is_finite(_double(leaf.where))
    return Reading(_double(leaf.where), _is_there(leaf.where), sql("NOT :finite", finite=finite), _text(finite))


def _of_whole(leaf: Leaf) -> Reading:
    value, there, odd, raw, _ = _of_double(leaf)
    return Reading(value, there, any_of(odd, _has_fraction(value)), raw)


def _of_exact(leaf: Leaf) -> Reading:
    value = _double(_text(leaf.where))
    return Reading(value, _is_there(leaf.where), _is_large(value), _text(leaf.where))


def _of_whole_exact(leaf: Leaf) -> Reading:
    value, there, odd, raw, _ = _of_exact(leaf)
    return Reading(value, there, any_of(odd, _has_fraction(value)), raw)


def _of_boolean(leaf: Leaf) -> Reading:
    return Reading(leaf.where, _is_there(leaf.where))


def _of_texts(leaf: Leaf) -> Reading:
    likely = "CASE WHEN :first IS NOT NULL AND NOT :blank THEN TRUE ELSE :some END"
    first = sql("LIST_EXTRACT(:items, 1)", items=leaf.where)
    texts = sql("LIST_FILTER(:items, LAMBDA x : NOT :blank)", items=leaf.where, blank=is_blank(exp.column("x")))
    there = sql(likely, first=first, blank=is_blank(first), some=_is_some(texts))
    return Reading(leaf.where, there, listed=_is_there(leaf.where))


def _of_objects(leaf: Leaf) -> Reading:
    item = exp.to_identifier("x")
    fields = [exp.Dot.build([item, *(exp.to_identifier(step, quoted=True) for step in steps)]) for steps in leaf.fields]
    there = any_of(*(sql(":field IS NOT NULL", field=field) for field in fields))
    return Reading(NOTHING, _is_some(sql("LIST_FILTER(:items, LAMBDA x : :there)", items=leaf.where, there=there)))


def _of_flag(leaf: Leaf) -> Reading:
    return Reading(NOTHING, leaf.where)


def _of_another_kind(leaf: Leaf) -> Reading:
    """Return the reading of what is no such fact: the error is the same whatever it is, unless it stands in a list."""
    if leaf.form in {"text", "cell"}:
        return Reading(NOTHING, FALSE, odd=_is_text(leaf.where))
    raw = _text(leaf.where) if leaf.form in {"double", "texts", "objects", "list"} else NO_TEXT
    return Reading(NOTHING, FALSE, odd=_is_there(leaf.where), raw=raw)


def _of_number_cell(leaf: Leaf) -> Reading:
    is_number = matches(leaf.where, _NUMBER)
    value = sql("TRY_CAST(:cell AS DOUBLE)", cell=leaf.where)
    odd = sql(":there AND NOT (:is_number AND :finite AND NOT :large)", there=_is_text(leaf.where),
              is_number=is_number, finite=_is_finite(value), large=_is_large(value))  # fmt: skip
    return Reading(value, _is_text(leaf.where), odd, leaf.where)


def _of_whole_cell(leaf: Leaf) -> Reading:
    value, there, odd, raw, _ = _of_number_cell(leaf)
    return Reading(value, there, any_of(odd, _has_fraction(value)), raw)


def _of_boolean_cell(leaf: Leaf) -> Reading:
    true, false = (
        exp.convert([word for word, stands_for in _SWITCHES.items() if stands_for == value]).expressions
        for value in (True, False)
    )
    is_true, is_false = (exp.In(this=leaf.where, expressions=words) for words in (true, false))
    there = _is_text(leaf.where)
    odd = sql(":there AND NOT :true AND NOT :false", there=there, true=is_true, false=is_false)
    return Reading(is_true, there, odd)


def _of_texts_cell(leaf: Leaf) -> Reading:
    inside = sql("REPLACE(SUBSTRING(:cell, 3, LENGTH(:cell) - 4), '\", \"', '\",\"')", cell=leaf.where)
    plain = matches(leaf.where, _TEXTS)
    items = sql("CASE WHEN :plain THEN STRING_SPLIT(:inside, '\",\"') END", plain=plain, inside=inside)
    read = _of_texts(Leaf(items, "texts"))
    odd = sql(":there AND NOT :plain AND :cell <> '[]'", there=_is_text(leaf.where), plain=plain, cell=leaf.where)
    return Reading(
        items, read.there, odd, leaf.where, sql("COALESCE(:cell = '[]', FALSE) OR :plain", cell=leaf.where, plain=plain)
    )


def _of_odd_cell(leaf: Leaf) -> Reading:
    return Reading(NOTHING, FALSE, _is_text(leaf.where), leaf.where)


_READERS: Mapping[tuple[Kind, Form], Callable[[Leaf], Reading]] = {
    ("string", "text"): _of_text,
    ("string", "cell"): _of_text,
    ("number", "integer"): _of_integer,
    ("integer", "integer"): _of_integer,
    ("number", "double"): _of_double,
    ("integer", "double"): _of_whole,
    ("number", "exact"): _of_exact,
    ("integer", "exact"): _of_whole_exact,
    ("number", "cell"): _of_number_cell,
    ("integer", "cell"): _of_whole_cell,
    ("boolean", "boolean"): _of_boolean,
    ("boolean", "cell"): _of_boolean_cell,
    ("strings", "texts"): _of_texts,
    ("strings", "cell"): _of_texts_cell,
    ("objects", "objects"): _of_objects,
    ("objects", "cell"): _of_odd_cell,
    ("object", "cell"): _of_odd_cell,
    ("objects", "flag"): _of_flag,
    ("object", "flag"): _of_flag,
}


def _is_there(value: SQL) -> SQL:
    return sql(":value IS NOT NULL", value=value)


def _is_text(value: SQL) -> SQL:
    return not_(is_blank(value))


def _is_some(list: SQL) -> SQL:
    return sql("COALESCE(ARRAY_SIZE(:items) > 0, FALSE)", items=list)


def _is_finite(value: SQL) -> SQL:
    return sql("COALESCE(ABS(:value) <= :most, TRUE)", value=value, most=number(_LARGEST))


def _is_large(value: SQL) -> SQL:
    return sql("COALESCE(ABS(:value) > :most, FALSE)", value=value, most=number(_EXACT))


def _has_fraction(value: SQL) -> SQL:
    return sql("COALESCE(:value <> FLOOR(:value), FALSE)", value=value)


def _double(value: SQL) -> SQL:
    return cast(value, exp.DType.DOUBLE)


def _text(value: SQL) -> SQL:
    return cast(value, exp.DType.TEXT)


def _from_cell(text: str, kind: Kind) -> object:
    """Return the value that a cell of CSV stands for, where the fact is of a kind."""
    if kind == "boolean":
        return _SWITCHES.get(text, text)
    is_json = re.fullmatch(_NUMBER, text) if kind in {"number", "integer"} else text.startswith(("[", "{"))
    if kind == "string" or not is_json:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _plain(value: object) -> object:
    """Return a value as JSON would have it, an object without what is NULL in it."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        pruned = {key: _plain(part) for key, part in value.items() if part is not None}
        return {key: part for key, part in pruned.items() if part != {}}
    return [_plain(item) for item in value] if isinstance(value, list) else value
