"""Take a collaborator out of facts: what the platform would say if this person were no longer at the office.

- In `office.collaborators` the person is no longer active.
- An object with an `email` is a person, such as `dossier.manager`; where it is this one, it is not there any more. The
  client group is no person: it loses its address, where that is this person's.
- Any other address of the person is not there any more, alone or in a list, such as `office.functional_email`.
- `office.communication_email` stays, since no office is without; so do the event and the client user, who are not the
  office's.

Facts that no rule can name are left as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from courrier.facts import is_blank, normalise
from courrier.model import Fact
from courrier.recipients import COLLABORATORS

_MANAGER, _GROUP = "dossier.manager", "dossier.client_group"
_KEPT = {"event", "user"}
_KEPT_PATHS = {"office", "dossier", "office.id", "office.communication_email", _GROUP}

Facts = Mapping[str, Any]


class Person(NamedTuple):
    """A collaborator: the ids and the addresses by which facts and rules mean this person."""

    ids: frozenset[str]
    addresses: frozenset[str]

    def is_named(self, name: str) -> bool:
        """Tell whether a name in a rule is this person's id or address."""
        return normalise(name) in self.ids or normalise(name, "address") in self.addresses

    def is_in(self, value: Mapping[str, Any]) -> bool:
        """Tell whether an object of the facts is this person: by its id, or where it has none by its address."""
        id = _text(value.get("id"))
        return id in self.ids if id else _address(value.get("email")) in self.addresses


def person_in(facts: Facts, name: str, known: Mapping[str, Fact]) -> Person:
    """Return the collaborator whom an id or an e-mail address names, as facts know this person.

    Whom an address names has the ids that go with it there, and whom an id names has the addresses; but an address
    that an active collaborator of another id has, too, is not this person's alone.

    Args:
        facts: the facts of a case.
        name: the id or the address.
        known: the facts that rules may name, by path.
    """
    people = [(_text(one.get("id")), _address(one.get("email")), one) for one in _people(facts, known)]
    named = _address(name)
    ids = {normalise(name), *(id for id, address, _ in people if named and address == named)} - {""}
    addresses = {named, *(address for id, address, _ in people if id in ids)} - {""}
    others = {
        address
        for id, address, one in people
        if address in addresses and id and id not in ids and one.get("active") is not False
    }
    return Person(frozenset(ids), frozenset(addresses - others))


def without(facts: Facts, person: Person, known: Mapping[str, Fact]) -> Facts:
    """Return facts as they would be without a person; the very same where nothing in them is this person."""
    left = facts
    for fact in known.values():
        if fact.path.partition(".")[0] in _KEPT or fact.path in _KEPT_PATHS:
            continue
        value = _at(left, fact.path)
        if fact.path == COLLABORATORS.path:
            kept = _inactive(value, person)
        elif isinstance(value, list | tuple):
            kept = [item for item in value if not _is(person, item, fact.path)]
            kept = value if len(kept) == len(value) else kept
        else:
            kept = None if _is(person, value, fact.path) else value
        if kept is not value:
            left = _with(left, fact.path.split("."), kept)
    return left


def directory(facts: Facts) -> list[Mapping[str, Any]]:
    """Return the collaborators that facts list, as far as they are readable."""
    listed = _at(facts, COLLABORATORS.path)
    return [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list | tuple) else []


def with_directory(facts: Facts, names: Collection[str]) -> Facts:
    """Return facts with those of the office's collaborators alone whom ids or addresses name."""
    wanted = {form(name) for name in names for form in (_text, _address)} - {""}
    people = [one for one in directory(facts) if {_text(one.get("id")), _address(one.get("email"))} & wanted]
    return _with(facts, COLLABORATORS.path.split("."), people) if directory(facts) else facts


def _people(facts: Facts, known: Mapping[str, Fact]) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of facts that are people who may be collaborators."""
    yield from directory(facts)
    for path, fact in known.items():
        if fact.kind == "object" and path.partition(".")[0] not in _KEPT and path not in _KEPT_PATHS:
            value = _at(facts, path)
            if isinstance(value, Mapping) and _is_somebody(path, value):
                yield value


def _is(person: Person, value: object, path: str) -> bool:
    """Tell whether a value at a path is the person, or the person's address."""
    if isinstance(value, Mapping):
        return _is_somebody(path, value) and person.is_in(value)
    return _address(value) in person.addresses


def _is_somebody(path: str, value: Mapping[str, Any]) -> bool:
    return path == _MANAGER or "email" in value


def _inactive(people: object, person: Person) -> object:
    """Return the office's collaborators with the person no longer active; the very same where that changes nothing."""
    if not isinstance(people, list | tuple):
        return people
    leaves = [isinstance(one, Mapping) and person.is_in(one) and one.get("active") is not False for one in people]
    changed = [{**one, "active": False} if left else one for one, left in zip(people, leaves, strict=True)]
    return changed if any(leaves) else people


def _at(facts: object, path: str) -> Any:
    """Return the value at a path; None where there is nothing, or something above it is no object."""
    for key in path.split("."):
        facts = facts.get(key) if isinstance(facts, Mapping) else None
    return facts


def _with(facts: Any, steps: list[str], value: object) -> dict[str, Any]:
    """Return facts with another value at the end of some steps."""
    key, *rest = steps
    return {**facts, key: _with(facts[key], rest, value) if rest else value}


def _text(value: object) -> str:
    """Return a string in the form in which it compares; empty where it is blank or none."""
    return normalise(value) if isinstance(value, str) and not is_blank(value) else ""


def _address(value: object) -> str:
    """Return an e-mail address in the form in which it compares; empty where it is none."""
    return normalise(value, "address") if isinstance(value, str) and "@" in value else ""
