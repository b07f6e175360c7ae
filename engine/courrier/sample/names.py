"""Make up the names of people, offices and clients in Belgium, and write them as addresses have them."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Mapping, Sequence
from random import Random
from typing import Literal, NamedTuple, TypeVar

try:
    from faker import Faker
except ImportError as error:
    raise ImportError(
        "to make up people needs a package that is not installed: pip install 'courrier[sample]'"
    ) from error

Language = Literal["fr", "nl"]

LANGUAGES: tuple[Language, ...] = ("fr", "nl")
TOP = "example"
"""The top of every made-up domain; it is reserved (RFC 2606), so that no mail to a made-up address reaches anybody."""

_LOCALES: Mapping[Language, str] = {"fr": "fr_BE", "nl": "nl_BE"}
_DRAWN = 400
"""Names that are drawn from Faker for each language, which is slow; some come twice."""

T = TypeVar("T")


class Lot:
    """Draws that come out alike on every Python: of `Random`, its method `random` alone promises that."""

    def __init__(self, seed: str) -> None:
        """Start anew with a seed."""
        self.random = Random(seed).random  # noqa: S311

    def one_of(self, pool: Sequence[T]) -> T:
        """Return one of a pool, each as likely as the others."""
        return pool[int(self.random() * len(pool))]

    def happens(self, share: float) -> bool:
        """Tell whether something happens that does so in this share of cases."""
        return self.random() < share


class Names(NamedTuple):
    """Names of people who speak a language."""

    first: tuple[str, ...]
    last: tuple[str, ...]


class Words(NamedTuple):
    """What offices, clients and groups of clients are called in a language."""

    offices: tuple[str, ...]
    clients: tuple[str, ...]
    groups: tuple[str, ...]
    contact: tuple[str, ...]
    """Where to write to an office as such."""


WORDS: Mapping[Language, Words] = {
    "fr": Words(
        ("Fiduciaire", "Cabinet", "Bureau", "Comptabilité", "Fiscalité"),
        (
            "Boulangerie",
            "Garage",
            "Pharmacie",
            "Menuiserie",
            "Électricité",
            "Café",
            "Imprimerie",
            "Jardins",
            "Maçonnerie",
        ),
        ("horeca", "construction", "médecins", "indépendants", "asbl", "commerce", "bien-être"),
        ("contact", "info", "secretariat"),
    ),
    "nl": Words(
        ("Accountants", "Boekhouding", "Kantoor", "Fiscalisten", "Fiduciair"),
        ("Bakkerij", "Garage", "Apotheek", "Schrijnwerkerij", "Elektro", "Café", "Drukkerij", "Tuinen", "Bouw"),
        ("horeca", "bouw", "artsen", "zelfstandigen", "vzw", "handel", "financiën"),
        ("info", "kantoor", "onthaal"),
    ),
}


@functools.cache
def names(language: Language, seed: int) -> Names:
    """Return names of people who speak a language."""
    faker = Faker(_LOCALES[language])
    faker.seed_instance(seed)
    first = dict.fromkeys(faker.first_name() for _ in range(_DRAWN))
    last = dict.fromkeys(faker.last_name() for _ in range(_DRAWN))
    return Names(tuple(first), tuple(last))


@functools.lru_cache(maxsize=8192)
def slug(text: str, *, accents: bool = False) -> str:
    """Return a text as ids and domains have it, with its accents only where they are wanted.

    >>> slug("Électricité D'Hondt"), slug("Électricité D'Hondt", accents=True)
    ('electricite-d-hondt', 'électricité-d-hondt')
    """
    if not accents:
        text = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return re.sub(r"[\W_]+", "-", text.lower()).strip("-")


def as_typed(domain: str, lot: Lot) -> str:
    """Return a domain as people type it: now and then in capitals, or with accents that stand as signs of their own."""
    if lot.happens(0.04):
        domain = "".join(char.upper() if char.isascii() else char for char in domain)
    return unicodedata.normalize("NFD", domain) if lot.happens(0.2) else domain
