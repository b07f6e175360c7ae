"""Make up offices: who works there, which groups of clients they have, and what was set up for them and when."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from courrier.sample.names import LANGUAGES, TOP, WORDS, Language, Lot, Names, as_typed, slug
from courrier.sample.needs import FUNCTIONAL, GROUP, MANAGER, PREPARED
from courrier.sample.values import Values

Members = dict[str, Any]
"""What stands in an object: keys that are there, with their values."""

_MOMENTS = 12
"""States of an office that its dossiers are met in: people come and leave, domains are set up."""
_POOL = 24
_MANAGED, _UNMANAGED = 15, 5
"""Of so many dossiers, those that have a manager, and those of which it is said that they have none."""
_GROUPED, _UNGROUPED = 12, 7
"""The same of groups of clients."""
_MORE_PEOPLE, _GROUPS = 10, 4


@dataclass(frozen=True, slots=True)
class Office:
    """An office, as the facts about its dossiers have it."""

    id: str
    language: Language
    moments: Sequence[Members]
    """The office as it was, time after time."""
    managers: Sequence[Members]
    """What a dossier has of its manager, each as likely as the others; so with groups."""
    groups: Sequence[Members]


class Offices:
    """Makes up offices, one after the other."""

    def __init__(self, names: Mapping[Language, Names], values: Values, groups: Iterable[str], lot: Lot) -> None:
        """Take what offices are made of.

        Args:
            names: the names of people, by language.
            values: what else is known of offices, managers and groups.
            groups: the ids of groups of clients that every office has, since rules know them.
            lot: the draws.
        """
        self._names, self._values, self._groups, self._lot = names, values, [*dict.fromkeys(groups)], lot
        self._taken: set[str] = set()

    def known(self, id: str, wanted: Iterable[str], there: frozenset[str]) -> Office:
        """Return an office that has rules of its own.

        Args:
            id: the office's id.
            wanted: the collaborators whom its rules name, by id or address.
            there: the facts that its rules cannot do without.
        """
        self._taken.add(id)
        return self._office(id, f"{id}.{TOP}", self._lot.one_of(LANGUAGES), wanted, there)

    def another(self, wanted: Iterable[str], there: frozenset[str]) -> Office:
        """Return an office that has no rules of its own, and an id that no office has yet; with the same arguments."""
        language = self._lot.one_of(LANGUAGES)
        name = f"{self._lot.one_of(WORDS[language].offices)} {self._lot.one_of(self._names[language].last)}"
        ending = next(ending for ending in _endings() if slug(name) + ending not in self._taken)
        self._taken.add(slug(name) + ending)
        domain = f"{slug(name, accents=self._lot.happens(0.3))}{ending}.{TOP}"
        return self._office(slug(name) + ending, domain, language, wanted, there)

    def _office(self, id: str, domain: str, language: Language, wanted: Iterable[str], there: frozenset[str]) -> Office:
        named = [*self._named(dict.fromkeys(wanted), domain, language)]
        people = [*named, *self._others({person["id"] for person in named}, domain, language)]
        words = [self._lot.one_of(WORDS[language].groups) for _ in range(_GROUPS)]
        groups = [*self._groups, *map(slug, dict.fromkeys(words))]
        return Office(
            id,
            language,
            moments=[*self._moments(id, domain, language, people, len(named), there)],
            managers=[*self._managers(people, there)],
            groups=[*self._grouped(groups, domain, there)],
        )

    def _named(self, wanted: Iterable[str], domain: str, language: Language) -> Iterator[Members]:
        """Yield the collaborators whom rules name."""
        names = self._names[language]
        for name in wanted:
            id = slug(name.partition("@")[0]) if "@" in name else name
            first = next((first for first in names.first if slug(first) == id), id.capitalize())
            email = name if "@" in name else f"{slug(id)}@{domain}"
            yield {"id": id, "name": f"{first} {self._lot.one_of(names.last)}", "email": email}

    def _others(self, taken: set[str], domain: str, language: Language) -> Iterator[Members]:
        """Yield the other collaborators, with ids that nobody has yet."""
        names, lot = self._names[language], self._lot
        whole = lot.happens(0.5)
        for _ in range(2 + int(lot.random() ** 2 * _MORE_PEOPLE)):
            first, last = lot.one_of(names.first), lot.one_of(names.last)
            id = next(id for ending in _endings() if (id := slug(first) + ending) not in taken)
            taken.add(id)
            local = f"{id}.{slug(last)}" if whole else id
            yield {"id": id, "name": f"{first} {last}", "email": f"{local}@{domain}"}

    def _moments(
        self,
        id: str,
        domain: str,
        language: Language,
        people: Sequence[Members],
        named: int,
        there: frozenset[str],
    ) -> Iterator[Members]:
        """Yield the office time after time; the first of its people are named by rules, and once have all left."""
        lot = self._lot
        prepared = [domain] if domain.isascii() else [domain, domain.encode("idna").decode()]
        functional = f"{lot.one_of(('noreply', 'no-reply', 'mail'))}@{as_typed(domain, lot)}"
        always = FUNCTIONAL in there
        chosen = always or lot.happens(0.5)
        said: Sequence[Members] = lot.one_of(([{"active": True}], [{}], [{"active": True}, {}, {"active": None}]))
        for moment in range(_MOMENTS):
            staff = people if moment else people[named:]
            kept = always or (chosen and lot.happens(0.9))
            yield {
                "id": id,
                **({"functional_email": functional} if kept else self._blank("functional_email")),
                "communication_email": f"{lot.one_of(WORDS[language].contact)}@{as_typed(domain, lot)}",
                "prepared_domains": [as_typed(one, lot) for one in self._prepared(prepared, PREPARED in there)],
                "collaborators": [person | self._presence(said) for person in staff if not lot.happens(0.04)],
                **self._values.draw("office", lot, there),
            }

    def _presence(self, said: Sequence[Members]) -> Members:
        return {"active": False} if self._lot.happens(0.07) else self._lot.one_of(said)

    def _prepared(self, domains: Sequence[str], some: bool) -> Sequence[str]:
        if self._lot.happens(0.9):
            return domains
        return [f"portal.{TOP}"] if some or self._lot.happens(0.5) else []

    def _managers(self, people: Sequence[Members], there: frozenset[str]) -> Iterator[Members]:
        lot = self._lot
        for _ in range(_MANAGED):
            person = lot.one_of(people)
            local, _, domain = person["email"].rpartition("@")
            if lot.happens(0.08):  # their own address, for which nothing is set up
                domain = f"{slug(person['name'])}.{TOP}"
            named = {"name": person["name"]} if lot.happens(0.93) or f"{MANAGER}.name" in there else self._blank("name")
            manager = {"id": person["id"], **named, "email": f"{local}@{as_typed(domain, lot)}"}
            yield {"manager": manager | self._values.draw(MANAGER, lot, there)}
        yield from [{"manager": None}] * _UNMANAGED
        yield from [{}] * (_POOL - _MANAGED - _UNMANAGED)

    def _grouped(self, groups: Sequence[str], domain: str, there: frozenset[str]) -> Iterator[Members]:
        lot = self._lot
        for number in range(_GROUPED):
            group, filled = lot.one_of(groups), number == 0 or lot.happens(0.75)
            address = {"email": f"{slug(group)}@{as_typed(domain, lot)}"} if filled else self._blank("email")
            yield {"client_group": {"id": group, **address, **self._values.draw(GROUP, lot, there)}}
        yield from [{"client_group": None}] * _UNGROUPED
        yield from [{}] * (_POOL - _GROUPED - _UNGROUPED - 1)
        yield {"client_group": {}}

    def _blank(self, key: str) -> Members:
        """Return one of the ways in which a text is not there."""
        return self._lot.one_of(({key: None}, {key: None}, {key: ""}, {key: "  "}, {}))


def _endings() -> Iterator[str]:
    """Yield what may stand at the end of an id, so that it is another one."""
    yield ""
    yield from (f"-{number}" for number in itertools.count(2))
