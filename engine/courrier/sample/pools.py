"""Make the texts that rows are put together from, as far as they are the same for every office."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from courrier.sample.names import TOP, WORDS, Language, Lot, Names, as_typed, slug
from courrier.sample.needs import GROUP, MANAGER
from courrier.sample.values import Values

Pool = Sequence[bytes]
"""Texts in UTF-8, of which each is as likely as the others."""

_SEVERAL = 100
"""Texts of a pool that have made-up values."""
_USERS = 2000
"""Beginnings of client users' addresses in a language, and domains; a user has one of each."""
_YEARS = range(2018, 2027)
_NUMBERS = range(10_000)


class Pools:
    """Pools of which a row takes one text each, in their order."""

    def __init__(
        self,
        names: Mapping[Language, Names],
        values: Values,
        languages: Sequence[str],
        there: frozenset[str],
        lot: Lot,
    ) -> None:
        """Make the pools.

        Args:
            names: the names of people, by language.
            values: what is known of events, dossiers, users and the rule book's own facts.
            languages: the languages of users that rules know.
            there: the facts that have to be there.
            lot: the draws.
        """
        self._values, self._there, self._lot = values, there, lot
        self._years = pool(f', "dossier": {{"id": "{year}-' for year in _YEARS)
        self._numbers = pool(f'{number:04}"' for number in _NUMBERS)
        self._rest = pool(f"{more}}}" for more in self._drawn("dossier", without=(MANAGER, GROUP)))
        self._locals = {
            language: pool(f', "user": {{"email": "{local}@' for local in self._before_at(of))
            for language, of in names.items()
        }
        self._domains = {
            language: pool(f'{domain}"' for domain in self._after_at(language, of)) for language, of in names.items()
        }
        self._logins = {
            (language, known): pool(self._of_users([language, *languages], known=known))
            for language in names
            for known in (True, False)
        }

    def event(self, event: str) -> Pool:
        """Return how a row about an event begins, up to its office."""
        start = f'{{"event": {{"type": {json.dumps(event, ensure_ascii=False)}'
        return pool(f'{start}{more}}}, "office": ' for more in self._drawn("event"))

    def dossier(self, managers: Pool, groups: Pool) -> Sequence[Pool]:
        """Return the pools of a dossier that has one of some managers, and one of some groups."""
        return [self._years, self._numbers, managers, groups, self._rest]

    def user(self, language: Language, *, known: bool) -> Sequence[Pool]:
        """Return the pools of a client user of an office where a language is spoken; all may be known of them."""
        return [self._locals[language], self._domains[language], self._logins[language, known]]

    def own(self, name: str) -> Pool:
        """Return the pool of an object that the rule book's own schema has beside the others."""
        return pool(members({name: self._values.draw(name, self._lot, self._there)}) for _ in range(_SEVERAL))

    def _drawn(self, path: str, without: Sequence[str] = ()) -> Sequence[str]:
        drawn = [members(self._values.draw(path, self._lot, self._there, without)) for _ in range(_SEVERAL)]
        return drawn if any(drawn) else [""]

    def _before_at(self, names: Names) -> Iterator[str]:
        """Yield what stands before the `@`, now and then as an alias."""
        lot = self._lot
        for _ in range(_USERS):
            first, last = slug(lot.one_of(names.first)), slug(lot.one_of(names.last))
            local = lot.one_of((f"{first}.{last}", f"{first[0]}.{last}", f"{first}{last}", first))
            yield f"{local}+{lot.one_of(('compta', 'portal', last))}" if lot.happens(0.03) else local

    def _after_at(self, language: Language, names: Names) -> Iterator[str]:
        lot = self._lot
        for _ in range(_USERS):
            name = f"{lot.one_of(WORDS[language].clients)} {lot.one_of(names.last)}"
            yield as_typed(f"{slug(name, accents=lot.happens(0.1))}.{TOP}", lot)

    def _of_users(self, languages: Sequence[str], *, known: bool) -> Iterator[str]:
        """Yield what else is known of client users: most read the first of some languages, few are active elsewhere."""
        lot, others = self._lot, [*languages, *([] if "user.language" in self._there else [None])]
        for number in range(_SEVERAL):
            language = lot.one_of(others) if lot.happens(0.3) else languages[0]
            login: dict[str, Any] = {"language": language, "active_elsewhere": number < 5}
            if not known:
                login = {key: value for key, value in login.items() if not lot.happens(0.1)}
            yield members(login | self._values.draw("user", lot, self._there)) + "}"


def pool(texts: Iterable[str]) -> Pool:
    """Return a pool of texts."""
    return [text.encode() for text in texts]


def members(found: Mapping[str, Any]) -> str:
    """Return members of an object as JSON has them after others."""
    text = json.dumps(found, ensure_ascii=False)[1:-1]
    return f", {text}" if text else ""
