"""Make up what facts may be that have no meaning of their own here, such as those of a rule book's own schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from courrier.facts import FactsError, read
from courrier.model import AddressOf, Condition, Fact
from courrier.proof.candidates import candidates, made_up
from courrier.proof.points import document, facts_of
from courrier.recipients import addresses
from courrier.sample.names import Lot
from courrier.situations import Situations

_SEVERAL = 3
"""Values of a fact of which nothing is known but its type."""
_LACKING = 0.08
"""How often a fact that may be absent is."""
_STEPS = 9
"""Steps from the least to the largest number that a schema allows."""


class Values:
    """Draws values of facts: those that schemas name, and those with which tests of the rules come out either way."""

    def __init__(self, facts: Sequence[Fact], described: Mapping[str, Any], conditions: Sequence[Condition]) -> None:
        """Find the values of some facts.

        Args:
            facts: the facts to make up.
            described: their schemas, by path.
            conditions: what the rules ask.
        """
        axes = Situations(conditions).axes
        self.paths = [fact.path for fact in facts]
        """The facts that are made up here."""
        self._pools: dict[str, Sequence[object]] = {}
        for fact in facts:
            asked = [axis for axis in axes if any(fact.path == other.path for other in facts_of(axis))]
            compared = {other.path: other for axis in asked for other in facts_of(axis)} | {fact.path: fact}
            tried = candidates([*compared.values()], asked)[fact.path].values if asked else ()
            named = [value for value in _described(described.get(fact.path, {})) if _fits(value, fact)]
            told = [value for value in tried if _fits(value, fact) and not (named and value == made_up(fact))]
            self._pools[fact.path] = [*named, *told] or [made_up(fact, number) for number in range(_SEVERAL)]

    def draw(
        self, above: str, lot: Lot, there: frozenset[str] = frozenset(), without: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Return what stands in an object, as far as it is made up here.

        Args:
            above: the path of the object.
            lot: the draws.
            there: the facts that have to be there.
            without: the paths of objects inside it that are left out.
        """
        drawn: dict[str, object] = {}
        for path, pool in self._pools.items():
            if path.startswith(f"{above}.") and not any(path.startswith(f"{inner}.") for inner in without):
                value, lacking = lot.one_of(pool), lot.happens(_LACKING)
                drawn[path.removeprefix(f"{above}.")] = None if lacking and path not in there else value
        return document(drawn)


def _described(schema: Mapping[str, Any]) -> Iterator[object]:
    """Yield values that a schema names."""
    yield from schema.get("enum", schema.get("examples", ()))
    if "minimum" in schema and "maximum" in schema:
        low, high = schema["minimum"], schema["maximum"]
        yield from (low + (high - low) * step // _STEPS for step in range(_STEPS + 1))


def _fits(value: object, fact: Fact) -> bool:
    """Tell whether a fact can have a value, and where it is an address, receive a mail by it."""
    facts = document({fact.path: value})
    try:
        if fact.format == "address" and fact.kind == "string":
            return any(True for _ in addresses(AddressOf(fact, None), facts, None, []))
        return read(facts, fact) is not None
    except FactsError:
        return False
