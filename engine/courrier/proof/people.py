"""Ask of an office's directory whether anybody of those whom a rule names can receive mail."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from courrier.cells import CellCondition, Leaf
from courrier.model import Collaborators
from courrier.proof.candidates import DOMAIN
from courrier.recipients import addresses
from courrier.situations import NO, YES

_LOCAL = re.compile("[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
"""Names that can be the first part of an address, also where mail systems are strict."""

MOST_LISTS = 8
"""Lists of collaborators of which every mixture of somebody and nobody is tried."""


@dataclass(frozen=True, slots=True)
class PeopleAxis:
    """Whether any of the collaborators whom a rule names can receive mail."""

    size: ClassVar[int] = YES + 1

    names: tuple[str, ...]

    def cell(self, facts: Mapping[str, object]) -> int:
        """Return NO or YES."""
        return YES if any(True for _ in addresses(Collaborators(self.names), facts, None, [])) else NO


class AnyOf(NamedTuple):
    """Asks whether any of some collaborators can receive mail."""

    names: tuple[str, ...]

    @property
    def axes(self) -> Sequence[PeopleAxis]:
        """The one axis."""
        return [PeopleAxis(self.names)]

    @property
    def shape(self) -> Sequence[CellCondition]:
        """The one condition."""
        return [Leaf(0, 1 << YES)]


Directory = Sequence[Mapping[str, str]]


def directory(names: Iterable[str]) -> Directory:
    """Return a directory of the collaborators whom rules name, by id or by address."""
    return [_person(name, number) for number, name in enumerate(dict.fromkeys(names), 1)]


def directories(lists: Sequence[tuple[str, ...]]) -> Iterator[Directory]:
    """Yield directories of collaborators, so that of any of the lists somebody or nobody is there."""
    names = dict.fromkeys(itertools.chain(*lists))
    everybody = dict(zip(names, directory(names), strict=True))
    yield directory(["somebody"])
    for size in range(len(lists) + 1):
        for gone in itertools.islice(itertools.combinations(lists, size), 1 << MOST_LISTS):
            absent = set(itertools.chain(*gone))
            if present := [person for name, person in everybody.items() if name not in absent]:
                yield present


def _person(name: str, number: int) -> Mapping[str, str]:
    if "@" in name:
        return {"id": f"person-{number}", "email": name}
    local = name if _LOCAL.fullmatch(name) else f"collaborator-{number}"
    return {"id": name, "email": f"{local}@{DOMAIN}"}
