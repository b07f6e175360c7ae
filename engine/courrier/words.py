"""Say situations in words that outlive the rules that cut them, and that name nobody.

A cell means something to the rules it was cut by, and to no others. In words it is knowledge of a fact: absent, one of
some constants or none of them, between two bounds; or whether a test held.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from courrier.decision import Address, Json
from courrier.explain import written
from courrier.facts import normalise
from courrier.model import AddressOf, Fact, Scalar, Test
from courrier.situations import ABSENT, YES, Axis, ValueAxis

SHORTEST_KEY = 16
"""Bytes; what a shorter key hides could be found by trying keys."""
HIDDEN = "hmac:"
"""What a pseudonym starts with, and no constant that is written as it is."""
MOST_CONSTANTS = 64
"""Constants in one word; where there are more it says less than is known, and nothing wrong."""

_CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,31}|[A-Z]{2,3}")
"""What may be written as it is: `monthly`, `BE`, `dupont.be`; no address, and no name as people write it."""
_OF_PEOPLE = {"id", "name", "email"}
_ON_EVERY_LINE = {"event.type", "office.id"}

BOUNDS = frozenset({"above", "at_least", "at_most", "below"})
"""How a word says where a stretch of numbers starts and ends."""

Word = Mapping[str, Any]
"""What is known of one fact, or of one test of it."""

_PRESENT: Word = {"absent": False}


class Pseudonyms:
    """Stand for people, and for what rules say of them; without a key there are none."""

    def __init__(self, key: str | bytes | None) -> None:
        """Take the key: secret, and the same for as long as equality is to be followed.

        Raises:
            ValueError: the key is too short to hide anything.
        """
        self._key = key.encode() if isinstance(key, str) else key or b""
        if 0 < len(self._key) < SHORTEST_KEY:
            raise ValueError(f"the key of a decision log has at least {SHORTEST_KEY} bytes")
        self.key_id = self._hash("key")[:8] if self._key else None
        """Tells one key from another, and nothing of either."""

    def __bool__(self) -> bool:
        """Tell whether there is a key."""
        return bool(self._key)

    def person(self, address: Address) -> Json:
        """Return the pseudonym of whoever has an address."""
        return self._hidden("address", normalise(address.address, "address"))

    def collaborator(self, office: str, name: str) -> str | None:
        """Return the pseudonym of a collaborator whom a rule names, by id or by address."""
        return self._hidden(f"collaborator of {office}", normalise(name, "address"))

    def constant(self, value: Scalar, fact: Fact) -> Scalar | None:
        """Return what a rule compares a fact with: hidden where it may say who somebody is, None without a key.

        >>> vat, name = Fact("dossier.vat_period", "string"), Fact("dossier.manager.name", "string")
        >>> Pseudonyms(None).constant("monthly", vat), Pseudonyms(None).constant("Marie", name)
        ('monthly', None)
        """
        if not isinstance(value, str) or fact.path in _ON_EVERY_LINE:
            return value
        personal = fact.format == "address" or fact.path.rpartition(".")[2] in _OF_PEOPLE
        if not personal and _CODE.fullmatch(value):
            return value
        return self._hidden("address" if fact.format == "address" else "constant", value)

    def _hidden(self, kind: str, text: str) -> str | None:
        return f"{HIDDEN}{self._hash(f'{kind} {text}')[:32]}" if self._key else None

    def _hash(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()


def word_of(axis: Axis, cell: int, hide: Pseudonyms) -> Word:
    """Return what a cell of an axis tells."""
    if isinstance(axis, ValueAxis):
        fact, known = axis.fact, _of_value(axis, cell, hide)
    else:
        fact, test = axis.test.fact, said(axis.test, hide)
        known = {"absent": cell == ABSENT}
        if test is not None:
            known = {"test": test, "holds": None if cell == ABSENT else cell == YES}
    return {"fact": fact.path, "type": type_of(fact), **known}


def type_of(fact: Fact) -> str:
    """Return the fact's kind, or its format where that says more.

    >>> type_of(Fact("from.domain", "string", "host"))
    'host'
    """
    return fact.kind if fact.format == "text" else fact.format


def said(test: Test, hide: Pseudonyms) -> str | None:
    """Return a test as words have it, or None where it cannot be said without a key."""
    if isinstance(test.operand, Fact):
        return written(test)
    constants = [hide.constant(constant, test.fact) for constant in test.operand]
    spoken = tuple(constant for constant in constants if constant is not None)
    return written(replace(test, operand=spoken)) if len(spoken) == len(constants) else None


def source_of(outcome: AddressOf) -> str:
    """Return where an address and its name come from, written as an address is.

    >>> source_of(AddressOf(Fact("user.email", "string"), Fact("user.name", "string")))
    'user.name <user.email>'
    """
    return f"{outcome.name.path} <{outcome.address.path}>" if outcome.name else outcome.address.path


def _of_value(axis: ValueAxis, cell: int, hide: Pseudonyms) -> Word:
    """Return which values a cell has, or may have."""
    if cell == ABSENT:
        return {"absent": True}
    if axis.bounds:
        return {"within": stretches(axis, {cell})}
    if axis.fact.kind == "boolean":
        values = [value for value in (False, True) if (axis.constants.get(value) or axis.gaps[0]) == cell]
        return {"in": [*values]} if len(values) == 1 else _PRESENT
    others = cell in axis.gaps
    listed = [value for value, its_cell in axis.constants.items() if (its_cell == cell) != others]
    spoken = [constant for value in listed if (constant := hide.constant(value, axis.fact)) is not None]
    if others:
        return {"not_in": [*spoken[:MOST_CONSTANTS]]} if spoken else _PRESENT
    return {"in": [*spoken]} if len(spoken) == len(listed) <= MOST_CONSTANTS else _PRESENT


def stretches(axis: ValueAxis, cells: Collection[int]) -> list[dict[str, Json]]:
    """Return the stretches of numbers that some cells are made of; of too many, one that holds them all."""
    # The ranks of constants are odd, and those of the gaps before, between and after them even.
    last = 2 * len(axis.bounds)
    ranks = (axis.constants[axis.bounds[rank // 2]] if rank % 2 else axis.gaps[rank // 2] for rank in range(last + 1))
    runs = [[*run] for meant, run in itertools.groupby(enumerate(ranks), lambda one: one[1] in cells) if meant]
    limits = [(run[0][0], run[-1][0]) for run in runs]
    if len(limits) > MOST_CONSTANTS:
        limits = [(limits[0][0], limits[-1][1])]
    found: list[dict[str, Json]] = []
    for start, end in limits:
        stretch: dict[str, Json] = {}
        if start > 0:
            stretch["at_least" if start % 2 else "above"] = axis.bounds[(start - 1) // 2]
        if end < last:
            stretch["at_most" if end % 2 else "below"] = axis.bounds[end // 2]
        found.append(stretch)
    return found
