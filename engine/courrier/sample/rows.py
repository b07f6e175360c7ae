"""Draw the facts about dossiers, row by row, from pools of texts that are made once."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from courrier import resources
from courrier.built import Built
from courrier.facts import is_blank
from courrier.folder import Folder
from courrier.model import Condition, Fact, RuleBook
from courrier.sample.names import LANGUAGES, Lot, names
from courrier.sample.needs import GROUP, MANAGER, Needs, conditions, constants, looked_at, needs, people
from courrier.sample.offices import Office, Offices
from courrier.sample.pools import Pool, Pools, members, pool
from courrier.sample.values import Values
from courrier.schema import FACTS_FILE, shipped_facts

EachOffice = Callable[[Sequence[str]], Iterable[str]]

OFFICES = 100
"""Offices that dossiers are spread over, where nobody says how many."""

_OBJECTS = ("event", "office", "dossier", "user")
_KNOWN_HERE = (
    *("event.type", "office.id", "office.functional_email", "office.communication_email", "office.prepared_domains"),
    *("office.collaborators", "dossier.id", f"{MANAGER}.id", f"{MANAGER}.name", f"{MANAGER}.email"),
    *(f"{GROUP}.id", f"{GROUP}.email", "user.email", "user.language", "user.active_elsewhere"),
)
"""The facts that are made up with regard to what they mean."""
_DOSSIERS, _USERS = 18, 10
"""Of so many one is null and one is missing, where that may be."""


_END = b"}\n"


class Plan(NamedTuple):
    """What rows about an event at an office are put together from."""

    pools: tuple[Pool, ...]
    insisted: tuple[str, ...]
    """The facts for want of which nothing is decided."""


class Sample:
    """The facts about any number of dossiers, for which a rule book has something to decide."""

    def __init__(
        self,
        rules: Path,
        seed: int,
        *,
        offices: int = OFFICES,
        faulty: float = 0.0,
        each_office: EachOffice = iter,
    ) -> None:
        """Make the pools that rows are drawn from.

        Args:
            rules: a rule book's folder, or a file that `courrier build` made.
            seed: another seed gives other rows.
            offices: how many offices the dossiers are spread over; those that have rules of their own come first.
            faulty: the share of rows that lack a fact without which nothing is decided.
            each_office: goes through the ids of the offices with rules; whoever wants to show progress does it there.

        Raises:
            RulesError: the rule book, or the rules of one of the offices, cannot be used.
        """
        source = Built(rules) if rules.is_file() else Folder(rules)
        platform = source.platform
        self.facts: Mapping[str, Fact] = platform.facts
        """The facts that rows may have, by path."""
        self._seed, self._faulty = seed, faulty
        self._lot = Lot(f"{seed} offices")
        with_rules = [*itertools.islice(source.offices(), offices)]
        books = {id: source.office(id) or platform for id in each_office(with_rules)}
        self._needs = {id: _needs(book) for id, book in [("", platform), *books.items()]}
        asked = [*dict.fromkeys(conditions([platform, *books.values()]))]
        values = Values(*_made_up(platform, rules, asked), asked)
        spoken = {language: names(language, seed) for language in LANGUAGES}
        there = frozenset().union(*(need.there for of in self._needs.values() for need in of.values()))
        self._pools = Pools(spoken, values, [*constants(asked, "user.language")], there, self._lot)
        self._events = {event: self._pools.event(event) for event in platform.mails}
        own = dict.fromkeys(path.partition(".")[0] for path in values.paths)
        self._own = [self._pools.own(name) for name in own if name not in _OBJECTS]
        maker = Offices(spoken, values, constants(asked, f"{GROUP}.id"), self._lot)
        self._offices = [self._plans(maker.known(id, people(book), self._there(id)), id) for id, book in books.items()]
        everywhere = [*people(platform)]
        self._offices += [
            self._plans(maker.another(everywhere, self._there("")), "") for _ in range(offices - len(books))
        ]

    def lines(self) -> Iterator[bytes]:
        """Yield rows as lines of JSON in UTF-8, without end; the first of them are the same however many are taken."""
        random, faulty = Lot(f"{self._seed} rows").random, self._faulty
        offices, count = self._offices, len(self._offices)
        while True:
            size = random()  # squared, so that some offices have many more dossiers than others
            plans = offices[int(count * size * size)]
            pools, insisted = plans[int(len(plans) * random())]
            line = b"".join([pool[int(len(pool) * random())] for pool in pools]) + _END
            chance = random()
            yield line if chance >= faulty else _spoilt(line, insisted, chance / faulty)

    def _there(self, id: str) -> frozenset[str]:
        return frozenset().union(*(need.there for need in self._needs[id].values()))

    def _plans(self, office: Office, id: str) -> Sequence[Plan]:
        """Return what rows about an office are put together from: each event as often as the others."""
        moments = pool(json.dumps(moment, ensure_ascii=False) for moment in office.moments)
        kinds = _kinds_of(office)
        plans: list[Plan] = []
        for event, need in self._needs[id].items():
            managers, groups = kinds[MANAGER, need.under(MANAGER)], kinds[GROUP, need.under(GROUP)]
            dossiers = _now_and_then_none("dossier", self._pools.dossier(managers, groups), need, _DOSSIERS)
            user = self._pools.user(office.language, known=need.under("user"))
            users = _now_and_then_none("user", user, need, _USERS)
            for (dossier, often), (login, again) in itertools.product(dossiers, users):
                pools = (self._events[event], moments, *dossier, *login, *self._own)
                plans += [Plan(pools, need.insisted)] * (often * again)
        return plans


def _needs(book: RuleBook) -> Mapping[str, Needs]:
    return {event: needs(mail, book) for event, mail in book.mails.items()}


def _made_up(book: RuleBook, rules: Path, asked: Sequence[Condition]) -> tuple[list[Fact], Mapping[str, Any]]:
    """Return the facts of which nothing is known here but their schemas and what rules ask, with the schemas."""
    own = rules / FACTS_FILE
    schemas = [
        resources.schema("facts"),
        *([json.loads(own.read_bytes().decode("utf-8-sig"))] if own.is_file() else []),
    ]
    described = {path: part for schema in schemas for path, part in _described(schema)}
    mentioned, shipped = looked_at(asked), shipped_facts()
    facts = [
        fact
        for path, fact in book.facts.items()
        if path not in _KNOWN_HERE
        and not any(other.startswith(f"{path}.") for other in book.facts)
        and (path not in shipped or path in mentioned or "examples" in described[path])
    ]
    return facts, described


def _described(schema: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, part in schema.get("properties", {}).items():
        yield above + key, part
        yield from _described(part, f"{above}{key}.")


def _kinds_of(office: Office) -> Mapping[tuple[str, bool], Pool]:
    """Return what dossiers have of managers and of groups, all of it and as far as there is somebody to write to."""
    known = {MANAGER: ("manager", office.managers), GROUP: ("client_group", office.groups)}
    return {
        (path, wanted): pool(
            members(found) for found in kinds if not (wanted and is_blank((found.get(key) or {}).get("email")))
        )
        for path, (key, kinds) in known.items()
        for wanted in (False, True)
    }


def _now_and_then_none(
    name: str, pools: Sequence[Pool], need: Needs, many: int
) -> Sequence[tuple[Sequence[Pool], int]]:
    """Return the pools of an object, and how often of many times; else it is null or missing, where that may be."""
    if need.under(name):
        return [(pools, many)]
    return [(pools, many - 2), ([pool([members({name: None})])], 1), ([], 1)]


def _spoilt(line: bytes, insisted: Sequence[str], chance: float) -> bytes:
    """Return a row without one of the facts that are insisted on."""
    facts = json.loads(line)
    *above, last = insisted[int(len(insisted) * chance)].split(".")
    place = facts
    for key in above:
        place = place[key]
    place[last] = None
    return f"{json.dumps(facts, ensure_ascii=False)}\n".encode()
