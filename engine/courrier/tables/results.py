"""Say in SQL what rows are answered: an answer says where addresses stand, and the row has them there."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from courrier.tables.answers import TYPES
from courrier.tables.expressions import SQL, case, normal, sql
from courrier.tables.query import Keys, Table

_NOBODY = sql("CAST([] AS TEXT[])")


def answers_table(keys: Mapping[str, Keys]) -> Table:
    """Return the table, without rows, that the answers of rule books go into, beside the key that they all make."""
    columns: dict[str, str] = {}
    for each in keys.values():
        columns |= {f"answered_{name}": type for name, type in each.key.items()}
    for each in keys.values():
        columns |= {each.name(f"is_{name}"): type for name, type in TYPES.items()}
    return Table(columns, ())


def value(keys: Keys, name: str) -> SQL:
    """Return a part of a rule book's answer as a column of rows with which the answers are joined."""
    match name:
        case "from":
            return _address(keys, "from", sql("LIST_EXTRACT(:some, 1)", some=keys.column("is_from_addresses")))
        case "to":
            return _sent(keys, _listed(keys, "to"))
        case "cc":
            return _sent(keys, _without_receivers(keys))
    return keys.column(f"is_{name}")


def _address(keys: Keys, role: str, otherwise: SQL) -> SQL:
    place = keys.column(f"is_{role}_place")
    return case([(sql(":place > 0", place=place), keys.address(place))], otherwise)


def _listed(keys: Keys, role: str) -> SQL:
    """Return the addresses of a role as a list."""
    place = keys.column(f"is_{role}_place")
    return case(
        [(sql(":place > 0", place=place), sql("[:address]", address=keys.address(place)))],
        keys.column(f"is_{role}_addresses"),
    )


def _sent(keys: Keys, addresses: SQL) -> SQL:
    """Return addresses where the mail is sent; one that is refused is sent to nobody."""
    return sql(
        "CASE WHEN :outcome = 'send' THEN :addresses END", outcome=keys.column("is_outcome"), addresses=addresses
    )


def _without_receivers(keys: Keys) -> SQL:
    """Return who is in cc, without those who receive the mail already."""
    to_place, cc_place = keys.column("is_to_place"), keys.column("is_cc_place")
    one, other = (normal(keys.address(place), "address") for place in (cc_place, to_place))
    single = sql(
        "CASE WHEN :one = :other THEN :nobody ELSE :cc END",
        one=one,
        other=other,
        nobody=_NOBODY,
        cc=_listed(keys, "cc"),
    )
    receivers = sql(
        "LIST_TRANSFORM(:to, LAMBDA x : :normal)", to=_listed(keys, "to"), normal=normal(exp.column("x"), "address")
    )
    is_one = sql("LIST_CONTAINS(:receivers, :address)", receivers=receivers, address=normal(exp.column("y"), "address"))
    several = sql("LIST_FILTER(:cc, LAMBDA y : NOT :is_one)", cc=_listed(keys, "cc"), is_one=is_one)
    none_at_places = sql(":to = 0 AND :cc = 0", to=to_place, cc=cc_place)
    both_at_places = sql(":to > 0 AND :cc > 0", to=to_place, cc=cc_place)
    return case([(none_at_places, keys.column("is_cc_addresses")), (both_at_places, single)], several)
