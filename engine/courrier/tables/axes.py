"""Say in SQL in which cell of its axis a fact falls, or that Python has to look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlglot import exp

from courrier.model import Fact, Format, Operator
from courrier.situations import ABSENT, NO, YES, Axis, TestAxis, ValueAxis
from courrier.tables.expressions import FALSE, SQL, as_json, case, column, integer, is_ascii, normal, not_, number, sql
from courrier.tables.readings import NO_TEXT, Reading

ODD = -1
"""The cell of what the query does not understand."""
NO_OPERAND = 3
"""The cell where the other fact of a test is absent: another than where the fact itself is, as errors differ."""
MOST_LISTED = 24
"""Constants that are compared one by one; more are looked up in a table."""

_HOLDS: Mapping[Operator, str] = {
    "in": ":value = :other",
    "above": ":value > :other",
    "below": ":value < :other",
    "at_least": ":value >= :other",
    "at_most": ":value <= :other",
    "starts_with": "STARTS_WITH(:value, :other)",
    "ends_with": "ENDS_WITH(:value, :other)",
    "contains": "STRPOS(:value, :other) > 0",
}


class Lookup(NamedTuple):
    """A table to look a text up in, for its cell."""

    text: SQL
    cells: Mapping[str, int]
    into: str
    """The column that gets the cell."""


class Component(NamedTuple):
    """A part of a row's key: a cell, from ODD to below the size, and a text that tells odd values apart."""

    cell: SQL
    size: int
    raw: SQL = NO_TEXT
    lookup: Lookup | None = None
    may_be_odd: bool = True


def component(axis: Axis, read: Reading, operand: Reading | None, into: str) -> Component:
    """Return the cell that facts fall in, given how the facts of the axis are read.

    Args:
        axis: the axis.
        read: how its fact is read.
        operand: how the other fact is read, where the axis is a test between two.
        into: a name for the column of a lookup.
    """
    branches = [(read.odd, integer(ODD))] if read.odd != FALSE else []
    if isinstance(axis, ValueAxis):
        branches.append((not_(read.there), integer(ABSENT)))
        return _of_value(axis, read, branches, into)
    if operand is not None:
        return _of_facts(axis, read, operand, branches)
    branches.append((not_(read.there), integer(ABSENT)))
    return _of_test(axis, read, branches)


def facts_of(axis: Axis) -> Sequence[Fact]:
    """Return the facts that an axis looks at."""
    if isinstance(axis, ValueAxis):
        return (axis.fact,)
    return (axis.test.fact, axis.test.operand) if isinstance(axis.test.operand, Fact) else (axis.test.fact,)


_Branches = list[tuple[SQL, SQL]]


def _of_value(axis: ValueAxis, read: Reading, branches: _Branches, into: str) -> Component:
    gap = integer(axis.gaps[-1] if axis.gaps else ABSENT)
    may_be_odd = read.odd != FALSE
    if not axis.constants:
        return Component(case(branches, gap), axis.size, read.raw, may_be_odd=may_be_odd)
    if axis.fact.kind == "boolean":
        true, false = (integer(axis.constants[value]) if value in axis.constants else gap for value in (True, False))
        found = case([*branches, (read.value, true)], false)
        return Component(found, axis.size, read.raw, may_be_odd=may_be_odd)
    if axis.fact.kind in {"number", "integer"}:
        found = case(branches, _rank(axis, read.value, 0, len(axis.bounds)))
        return Component(found, axis.size, read.raw, may_be_odd=may_be_odd)
    branches.append((not_(is_ascii(read.value)), integer(ODD)))
    text, cells = normal(read.value, axis.fact.format), {str(text): cell for text, cell in axis.constants.items()}
    if len(cells) > MOST_LISTED:
        found = sql("COALESCE(:listed, :gap)", listed=column(into), gap=gap)
        return Component(case(branches, found), axis.size, either(read), Lookup(text, cells, into))
    for each in sorted({*cells.values()} - {axis.gaps[-1]}):
        listed = [exp.convert(constant) for constant, cell in cells.items() if cell == each]
        branches.append((exp.In(this=text, expressions=listed), integer(each)))
    return Component(case(branches, gap), axis.size, either(read))


def _rank(axis: ValueAxis, value: SQL, first: int, last: int) -> SQL:
    """Return the cell of a number that lies between two bounds, by halving what lies between."""
    cells = {axis.gaps[first], *(axis.constants[bound] for bound in axis.bounds[first:last])}
    cells.update(axis.gaps[first : last + 1])
    if len(cells) == 1:
        return integer(cells.pop())
    middle = (first + last) // 2
    bound = axis.bounds[middle]
    above = _rank(axis, value, middle + 1, last)
    literal = number(bound)
    nearest = float(bound)
    if nearest == bound:
        is_it = [(sql(":value = :bound", value=value, bound=literal), integer(axis.constants[bound]))]
        below = sql(":value < :bound", value=value, bound=literal)
    else:  # no double is equal to it
        is_it = []
        below = sql(":value <= :bound" if nearest < bound else ":value < :bound", value=value, bound=literal)
    return case([(below, _rank(axis, value, first, middle)), *is_it], above)


def _of_test(axis: TestAxis, read: Reading, branches: _Branches) -> Component:
    fact, operator, operand = axis.test.fact, axis.test.operator, axis.test.operand
    if operator == "matches":  # the patterns of engines differ
        return Component(case(branches, integer(ODD)), axis.size, either(read))
    constant = exp.convert(operand[0])  # type: ignore[index]
    if fact.kind == "strings":
        branches += _is_listed(constant, read, fact.format)
        return Component(case(branches, integer(NO)), axis.size, _with_list(read))
    branches.append((not_(is_ascii(read.value)), integer(ODD)))
    holds = sql(_HOLDS[operator], value=normal(read.value, fact.format), other=constant)
    return Component(case([*branches, (holds, integer(YES))], integer(NO)), axis.size, either(read))


def _of_facts(axis: TestAxis, read: Reading, operand: Reading, branches: _Branches) -> Component:
    (fact, other), operator = facts_of(axis), axis.test.operator
    kinds = {fact.kind, other.kind}
    size = NO_OPERAND + 1
    if operand.odd != FALSE:
        branches.append((operand.odd, integer(ODD)))
    operand_there = operand.listed if other.kind == "strings" else operand.there
    branches += [(not_(operand_there), integer(NO_OPERAND)), (not_(read.there), integer(ABSENT))]
    if fact.kind in {"number", "integer", "boolean"}:
        holds = sql(_HOLDS[operator], value=read.value, other=operand.value)
        return Component(case([*branches, (holds, integer(YES))], integer(NO)), size, _both(read.raw, operand.raw))
    if "strings" in kinds:
        one, several = (read, operand) if other.kind == "strings" else (operand, read)
        branches.append((not_(is_ascii(one.value)), integer(ODD)))
        branches += _is_listed(normal(one.value, fact.format), several, fact.format)
        return Component(case(branches, integer(NO)), size, _both(either(one), _with_list(several)))
    plain = sql(":one AND :other", one=is_ascii(read.value), other=is_ascii(operand.value))
    branches.append((not_(plain), integer(ODD)))
    holds = sql(
        _HOLDS[operator], value=normal(read.value, fact.format), other=_as_operand(operand.value, fact, operator)
    )
    return Component(case([*branches, (holds, integer(YES))], integer(NO)), size, _both(either(read), either(operand)))


def _as_operand(text: SQL, fact: Fact, operator: Operator) -> SQL:
    """Return a text in the form in which a fact is compared with it; see `courrier.facts.as_operand`."""
    whole = normal(text, fact.format)
    if fact.format != "address" or operator in {"in", "ends_with"}:
        return whole
    return sql("CASE WHEN STRPOS(:text, '@') > 0 THEN :whole ELSE :text END", text=text, whole=whole)


def _is_listed(text: SQL, several: Reading, format: Format) -> _Branches:
    """Return branches that tell whether a text is in a list; most often it is, and as it stands there."""
    listed = sql("COALESCE(LIST_CONTAINS(:items, :text), FALSE)", items=several.value, text=text)
    plain = is_ascii(_joined(several.value))
    items = sql("LIST_TRANSFORM(:items, LAMBDA x : :item)", items=several.value, item=normal(exp.column("x"), format))
    normalised = sql("COALESCE(LIST_CONTAINS(:items, :text), FALSE)", items=items, text=text)
    branches = [(listed, integer(YES)), (not_(plain), integer(ODD))]
    return branches if format == "text" else [*branches, (normalised, integer(YES))]


def _joined(list: SQL) -> SQL:
    return sql("ARRAY_TO_STRING(:items, ',')", items=list)


def either(read: Reading) -> SQL:
    """Return the raw text of an odd value, or the value itself where only its letters are odd."""
    value = sql("'=' || COALESCE(:value, '')", value=read.value)
    return value if read.odd == FALSE else case([(read.odd, sql("'!' || :raw", raw=read.raw))], value)


def _with_list(read: Reading) -> SQL:
    text = sql("COALESCE(:text, '')", text=as_json(read.value))
    return text if read.raw == NO_TEXT else _both(read.raw, text)


def _both(one: SQL, other: SQL) -> SQL:
    """Return a text that tells pairs of texts apart."""
    length = sql("CAST(LENGTH(COALESCE(:one, '')) AS TEXT)", one=one)
    return sql(":length || ':' || COALESCE(:one, '') || COALESCE(:other, '')", length=length, one=one, other=other)
