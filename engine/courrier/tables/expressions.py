"""Say in SQL what facts are in Python: blank, plain, in the form in which they compare.

Expressions are written in DuckDB's dialect, and sqlglot says them in others. Engines disagree beyond ASCII, so that
the query only compares plain values; which are not, it leaves to Python. Every test is two-valued: NULL is no answer.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterable, Mapping, Sequence

from courrier.model import Format, Scalar

try:
    import sqlglot
    from sqlglot import exp
except ImportError as error:
    raise ImportError("tables need packages that are not installed: pip install 'courrier[table]'") from error

DIALECT = "duckdb"
"""The dialect in which expressions are written."""

SQL = exp.Expr
FALSE, NOTHING = exp.false(), exp.null()

WHITE = "".join(filter(str.isspace, map(chr, range(sys.maxunicode + 1))))
"""What Python takes for white space; engines' defaults differ from it."""
_BEYOND_ASCII = "\x80"

PLAIN_ADDRESS = r"[!#-'*+\-./0-9A-Z^-~]+@[-0-9A-Z_a-z]+(\.[-0-9A-Z_a-z]+)*"
"""Matches addresses that are in order for sure; most are."""
LONGEST_ADDRESS = 254
ODD_NAME = r"[\x{0}-\x{1f}\x{7f}-\x{9f}\x{2028}-\x{202e}\x{2066}-\x{206f}]|=\?"
"""Is found in names that cannot stand in a header."""


def sql(text: str, /, **parts: SQL | Scalar) -> SQL:
    r"""Return the expression that a text in DuckDB's dialect is, with parts in the place of `:name`.

    >>> sql("starts_with(:name, :start)", name=column("a b"), start="it's").sql("spark")
    "STARTSWITH(`a b`, 'it\\'s')"
    """
    return exp.replace_placeholders(_parsed(text), **parts)


@functools.lru_cache(maxsize=512)
def _parsed(text: str) -> SQL:
    return sqlglot.parse_one(text, dialect=DIALECT)


def column(name: str, *fields: str) -> SQL:
    """Return a column, or a field in the structs that it holds."""
    found: SQL = exp.column(exp.to_identifier(name, quoted=True))
    for field in fields:
        found = exp.Dot(this=found, expression=exp.to_identifier(field, quoted=True))
    return found


def named(value: SQL, name: str) -> SQL:
    """Return a value as a column of that name."""
    return exp.Alias(this=value, alias=exp.to_identifier(name, quoted=True))


def select(columns: Iterable[SQL], rows: str, *, all_of_them: bool = False) -> exp.Select:
    """Return a query for columns of a table or view, beside all that it has.

    The methods of sqlglot would copy what they are given, over and over.
    """
    found: list[SQL] = [exp.Star()] if all_of_them else []
    return exp.Select(expressions=[*found, *columns]).from_(exp.to_identifier(rows, quoted=True), copy=False)


def any_of(*tests: SQL) -> SQL:
    """Return a test that holds when one of some two-valued tests does."""
    found: SQL = FALSE
    for number, test in enumerate(tests):
        found = exp.Or(this=found, expression=exp.Paren(this=test)) if number else exp.Paren(this=test)
    return found


def all_of(*tests: SQL) -> SQL:
    """Return a test that holds when all of some tests do."""
    found = tests[0]
    for test in tests[1:]:
        found = exp.And(this=found, expression=exp.Paren(this=test))
    return found


def not_(test: SQL) -> SQL:
    """Return a test that holds when a two-valued test does not."""
    return exp.Not(this=exp.Paren(this=test))


def is_blank(text: SQL) -> SQL:
    """Return whether a string that is there is empty or white space alone; most begin with a letter and need no trim.

    A string that sorts from `!` to the last of ASCII begins with a character that is no white space.
    """
    likely = "CASE WHEN :text >= '!' AND :text < :end THEN FALSE ELSE COALESCE(TRIM(:text, :white) = '', TRUE) END"
    return sql(likely, text=text, end=_BEYOND_ASCII, white=WHITE)


def is_ascii(text: SQL) -> SQL:
    """Return whether a string has ASCII characters only; NULL has."""
    return sql("COALESCE(BIT_LENGTH(:text) = 8 * LENGTH(:text), TRUE)", text=text)


def matches(text: SQL, pattern: str) -> SQL:
    """Return whether the whole of a string matches a pattern that all engines read alike."""
    return sql("COALESCE(REGEXP_MATCHES(:text, :pattern), FALSE)", text=text, pattern=rf"\A(?:{pattern})\z")


def is_plain_address(text: SQL) -> SQL:
    """Return whether a string is an address that is in order for sure."""
    within = sql("LENGTH(:text) <= :longest", text=text, longest=LONGEST_ADDRESS)
    return exp.And(this=matches(text, PLAIN_ADDRESS), expression=within)


def is_odd_name(text: SQL) -> SQL:
    """Return whether a name cannot stand in a header; NULL can."""
    return sql("COALESCE(REGEXP_MATCHES(:text, :pattern), FALSE)", text=text, pattern=ODD_NAME)


def normal(text: SQL, format: Format) -> SQL:
    """Return a string of ASCII in the form in which it compares."""
    if format == "host":
        return sql("LOWER(:text)", text=text)
    if format == "address":
        head = sql("LEFT(:text, LENGTH(:text) - LENGTH(:last))", text=text, last=_after_at(text))
        return sql(":head || LOWER(:last)", head=head, last=_after_at(text))
    return text


def domain(address: SQL) -> SQL:
    """Return the domain of a plain address."""
    return sql("SUBSTRING(:text, STRPOS(:text, '@') + 1)", text=address)


def _after_at(text: SQL) -> SQL:
    """Return what follows the last `@` of a string, all of it where there is none."""
    return sql("SPLIT_PART(:text, '@', -1)", text=text)


def number(value: float) -> SQL:
    """Return a number as a literal of an engine's doubles."""
    return cast(exp.Literal.string(repr(float(value))), exp.DType.DOUBLE)


def cast(value: SQL, type: exp.DType) -> SQL:
    """Return a value cast to a type."""
    return exp.Cast(this=value, to=exp.DataType(this=type))


def struct(parts: Mapping[str, SQL]) -> SQL:
    """Return a struct of some fields."""
    fields = [exp.PropertyEQ(this=exp.to_identifier(key, quoted=True), expression=part) for key, part in parts.items()]
    return exp.Struct(expressions=fields)


def as_json(value: SQL) -> SQL:
    """Return a value as JSON text."""
    return sql("CAST(TO_JSON(:value) AS TEXT)", value=value)


def case(branches: Sequence[tuple[SQL, SQL]], otherwise: SQL) -> SQL:
    """Return the expression of the first branch whose condition holds.

    `Case.when()` of sqlglot copies all that was there before.
    """
    if not branches:
        return otherwise
    ifs = [exp.If(this=condition, true=value) for condition, value in branches]
    return exp.Case(ifs=ifs, default=otherwise)


def integer(value: int) -> SQL:
    """Return an integer as a literal."""
    return exp.convert(value)
