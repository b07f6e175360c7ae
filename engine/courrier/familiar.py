"""Give addresses as `recipients` does, quicker where they were found in order before and the facts are plain."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from courrier.decision import Address, Warning
from courrier.facts import normalise
from courrier.model import AddressOf, Collaborators, Fact, Outcome
from courrier.recipients import addresses, each_once

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

_OF_PERSON = AddressOf(Fact("email", "string", "address"), Fact("name", "string"))


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
    wanted = [(normalise(name), normalise(name, "address")) for name in outcome.names]
    forms = {form for id, email in wanted for form in (id, email.lower())}

    def give(facts: Mapping[str, object], sender: Address | None, but: Iterable[Address]) -> tuple[Address, ...] | None:
        office = facts["office"]
        directory = office.get("collaborators") if type(office) is dict else None
        likely = _likely(directory, forms) if type(directory) is list else None
        if likely is None:
            return otherwise(facts, sender, but)
        given = []
        for of_id, of_email in wanted:
            for person in likely:
                email = person["email"]
                if email == of_email or person["id"] == of_id or normalise(email, "address") == of_email:
                    found = known.get(email)
                    if found is None or found[1] != person.get("name"):
                        found = found_in_order(_OF_PERSON, email, person.get("name"), person)
                    given.append(found[0])
                    break
            else:
                return otherwise(facts, sender, but)
        return tuple(given) if len(given) == 1 and not but else each_once(given, but)

    return give


def _likely(directory: list[object], forms: Collection[str]) -> list[dict[str, Any]] | None:
    """Return the active collaborators whose id or address in small letters is among some; None unless all are plain."""
    likely = []
    for person in directory:
        if type(person) is not dict:
            return None
        id, email, active = person.get("id"), person.get("email"), person.get("active")
        if type(id) is not str or type(email) is not str or not id.isascii() or not email.isascii():
            return None
        if active is not True and active is not False and active is not None:
            return None
        if (id in forms or email.lower() in forms) and active is not False:
            likely.append(person)
    return likely
