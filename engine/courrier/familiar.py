"""Give addresses as `recipients` does, quicker where they were found in order before and the facts are plain."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from operator import eq
from typing import Any

from courrier.decision import Address, Warning
from courrier.facts import normalise
from courrier.model import AddressOf, Collaborators, Outcome
from courrier.recipients import EMAIL, NAME, addresses, each_once

MOST_REMEMBERED = 4096
"""Addresses that are known to be in order; when there are more, remembering starts anew."""

Found = tuple[Address, str | None, str, str]
"""An address that is in order, its name, its text and its domain."""
Giver = Callable[[Mapping[str, object], Address | None, Iterable[Address]], tuple[Address, ...] | None]
"""Gives addresses, from facts and the sender, without some; None where there is something to warn of."""

_LABEL = "[-0-9A-Z_a-z]{1,46}+"
is_plain = re.compile(rf"[-+.0-9A-Z_a-z]{{1,64}}+@{_LABEL}(?:\.{_LABEL}){{0,3}}+").fullmatch
"""Matches addresses that are in order for sure; most are."""

known: dict[str, Found] = {}
"""What the texts of addresses gave, each with the name that it had last."""

_OF_PERSON = AddressOf(EMAIL, NAME)


def found_in_order(outcome: AddressOf, text: object, name: object, facts: Mapping[str, object]) -> Found:
    """Return the address that an outcome gives, whose text and name the facts have, and know it from now on.

    Raises:
        FactsError: it is not in order.
    """
    if type(text) is not str:
        return checked(outcome, facts)
    if is_plain(text) and (name is None or (type(name) is str and _is_plain_name(name))):
        found: Found = Address(name, text), name, text, text.rpartition("@")[2]
    else:
        found = checked(outcome, facts)
    if len(known) >= MOST_REMEMBERED:
        known.clear()
    known[text] = found
    return found


def _is_plain_name(name: str) -> bool:
    return name.isascii() and name.replace(" ", "").isalpha() and name.strip() == name


def checked(outcome: AddressOf, facts: Mapping[str, object]) -> Found:
    """Return the address that an outcome gives.

    Raises:
        FactsError: it is not in order.
    """
    (address,) = addresses(outcome, facts, None, [])
    return address, *address, address.address.rpartition("@")[2]


def giver(outcome: Outcome) -> Giver:
    """Return what gives the addresses of an outcome.

    It raises FactsError, or another error of Python's, where the facts are at fault.
    """

    def give(facts: Mapping[str, object], sender: Address | None, but: Iterable[Address]) -> tuple[Address, ...] | None:
        warnings: list[Warning] = []
        found = each_once(addresses(outcome, facts, sender, warnings), but)
        return None if warnings else found

    return _of_collaborators(outcome, give) if isinstance(outcome, Collaborators) else give


def _of_collaborators(outcome: Collaborators, otherwise: Giver) -> Giver:
    """Return what gives collaborators, of whom it knows from their ids and addresses which of the names mean them."""
    names = [(normalise(name), normalise(name, "address")) for name in outcome.names]
    just_one = len(names) == 1
    meant: dict[tuple[object, object], tuple[int, ...]] = {}

    def learn(id: object, email: object) -> tuple[int, ...] | None:
        if type(id) is not str or type(email) is not str:
            return None
        if len(meant) >= MOST_REMEMBERED:
            meant.clear()
        forms = normalise(id), normalise(email, "address")
        places = tuple(place for place, name in enumerate(names) if any(map(eq, name, forms)))
        meant[id, email] = places
        return places

    def give(facts: Mapping[str, object], sender: Address | None, but: Iterable[Address]) -> tuple[Address, ...] | None:
        office = facts["office"]
        directory = office.get("collaborators") if type(office) is dict else None
        if type(directory) is not list:
            return otherwise(facts, sender, but)
        given: dict[int, Address] = {}
        for person in directory:
            if type(person) is not dict:
                return otherwise(facts, sender, but)
            email: Any = person.get("email")
            active = person.get("active")
            places: tuple[int, ...] | None
            try:
                places = meant[person["id"], email]
            except KeyError:
                places = learn(person.get("id"), email)
            if places is None or not (active is True or active is None or active is False):
                return otherwise(facts, sender, but)
            if places and active is not False:
                found = known.get(email)
                if found is None or found[1] != person.get("name"):
                    found = found_in_order(_OF_PERSON, email, person.get("name"), person)
                for place in places:
                    given.setdefault(place, found[0])
        if len(given) < len(names):
            return otherwise(facts, sender, but)
        return (given[0],) if just_one and not but else each_once((given[place] for place in range(len(names))), but)

    return give
