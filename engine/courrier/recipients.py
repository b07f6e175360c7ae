"""Turn what a rule gives into addresses that can leave: there, well formed, each once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from courrier.decision import Address, Warning
from courrier.facts import FactsError, is_blank, lookup, normalise, read, read_text
from courrier.model import AddressOf, Collaborators, Fact, Outcome

_NO_HEADER = r"\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u206f"
"""Control characters, ends of lines, and marks that turn the direction of writing."""
_UNSEEN = (
    r"\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2060-\u206f\u2800\u3164\ufe00-\ufe0f"
    r"\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""What is shown as nothing (Unicode's Default_Ignorable_Code_Point and its like), but for joiners, which words need."""
_ENCODED = r"=\?"
"""What starts an encoded word: mail software reads other characters, even another address, out of it."""

_NO_NAME = re.compile(rf"[{_NO_HEADER}]|{_ENCODED}")
_LABEL = r"[-\w\x80-\U0010ffff]+"
_ADDRESS = re.compile(
    rf"(?=.{{,254}}\Z)(?!.*(?:[\s{_NO_HEADER}{_UNSEEN}]|{_ENCODED}))"
    rf"""[^@<>()\[\],;:"\\]+@{_LABEL}(?:\.{_LABEL})*""",
    re.DOTALL,
)

COLLABORATORS = Fact("office.collaborators", "objects")
ID, EMAIL = Fact("id", "string"), Fact("email", "string", "address")
NAME, ACTIVE = Fact("name", "string"), Fact("active", "boolean")
"""What is known of each of the collaborators."""


def is_address(text: str) -> bool:
    """Tell whether a text is an e-mail address, alone and in a form that mail can be sent to."""
    return _ADDRESS.fullmatch(text) is not None


def addresses(
    outcome: Outcome, facts: Mapping[str, object], sender: Address | None, warnings: list[Warning]
) -> Iterator[Address]:
    """Yield the addresses that an outcome gives; note a warning for each collaborator who can receive no mail.

    Raises:
        FactsError: an address is missing or malformed, or a name cannot stand in a header.
    """
    match outcome:
        case AddressOf(address, name):
            yield _address(facts, address, name)
        case Collaborators(names):
            people = _people(facts)
            for wanted in names:
                yield from _chosen(wanted, people, warnings)
        case _ if sender is not None:
            yield sender


def each_once(given: Iterable[Address], but: Iterable[Address] = ()) -> tuple[Address, ...]:
    """Return addresses in their order, each once, and without some that have the mail already."""
    taken = {normalise(address.address, "address") for address in but}
    unique: dict[str, Address] = {}
    for address in given:
        unique.setdefault(normalise(address.address, "address"), address)
    return tuple(address for key, address in unique.items() if key not in taken)


class _Person(NamedTuple):
    """A collaborator of the office, with the facts about them and where these stand."""

    id: object
    email: object
    active: bool
    facts: Mapping[str, object]
    path: str

    def address(self) -> Address:
        try:
            return _address(self.facts, EMAIL, NAME)
        except FactsError as error:
            raise error.under(self.path) from None


def _people(facts: Mapping[str, object]) -> list[_Person]:
    """Return the office's collaborators.

    Raises:
        FactsError: something in the list is of the wrong type.
    """
    read(facts, COLLABORATORS)
    directory: Any = lookup(facts, COLLABORATORS.path) or ()
    people = []
    for index, person in enumerate(directory):
        path = f"{COLLABORATORS.path}[{index}]"
        if not is_blank(person):
            try:
                active = read(person, ACTIVE) is not False
                people.append(_Person(read(person, ID), read(person, EMAIL), active, person, path))
            except FactsError as error:
                raise error.under(path) from None
    return people


def _chosen(wanted: str, people: Iterable[_Person], warnings: list[Warning]) -> Iterator[Address]:
    """Yield the address of the first active collaborator whom an id or an e-mail address names."""
    id, email = normalise(wanted), normalise(wanted, "address")
    known = [person for person in people if id == person.id or email == person.email]
    active = [person for person in known if person.active]
    if active:
        yield active[0].address()
    elif known:
        message = f"`{wanted}` is no longer active at the office and is left out"
        warnings.append(Warning("inactive-collaborator", message))
    else:
        message = f"`{wanted}` is no collaborator of the office and is left out"
        warnings.append(Warning("unknown-collaborator", message))


def _address(facts: Mapping[str, object], address: Fact, name: Fact | None) -> Address:
    """Return the address and the name that facts hold, neither of which can break a header.

    Raises:
        FactsError: the address is missing or is none, or the name cannot stand in a header.
    """
    text = read_text(facts, address.path)
    if not is_address(text):
        raise FactsError(address.path, "an e-mail address", "a string of another form")
    shown = read(facts, name) if name else None
    if name and isinstance(shown, str) and _NO_NAME.search(shown):
        raise FactsError(name.path, "a name on one line", "a string with a control character or `=?`")
    return Address(shown.strip() if isinstance(shown, str) else None, text)
