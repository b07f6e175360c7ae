"""Facts to measure with: no two alike, most of them usual, some with what sends a mail another way."""

from __future__ import annotations

from random import Random
from typing import Any

Facts = dict[str, Any]

FIRST = ["Marie", "Jan", "Aurélie", "Tom", "Sofie", "Benoît", "Els", "Karim", "Lucie", "Wout"]
LAST = ["Peeters", "Janssens", "Lambert", "De Smet", "Dubois", "Maes", "Claes", "Renard", "Willems", "Simon"]
EXAMPLE_OFFICE = "cabinet-lambert"
"""The office that has a file of its own in the shipped rule book."""


def dossiers(count: int, *, event: str = "client_user_created", office: str | None = None) -> list[Facts]:
    """Return facts of so many dossiers; every address of a client user is another one."""
    random = Random(count)  # noqa: S311
    return [_dossier(random, number, event, office) for number in range(count)]


def _dossier(random: Random, number: int, event: str, office: str | None) -> Facts:
    office = office or f"office-{random.randrange(40)}"
    domain = f"{office}.example"
    collaborators = [_collaborator(index, domain) for index in range(3)]
    if office == EXAMPLE_OFFICE:
        collaborators[2] |= {"id": "tva", "email": f"tva@{domain}"}
    manager = random.choice(collaborators)
    group = random.choice(["north", "south", "trade"])
    return {
        "event": {"type": event},
        "office": {
            "id": office,
            "functional_email": f"noreply@{domain}" if random.random() < 0.5 else None,
            "communication_email": f"contact@{domain}",
            "prepared_domains": [domain] if random.random() < 0.97 else ["elsewhere.example"],
            "collaborators": collaborators,
        },
        "dossier": {
            "id": f"2026-{number}",
            "manager": {key: manager[key] for key in ("id", "name", "email")} if random.random() < 0.7 else None,
            "client_group": {"id": group, "email": f"{group}@{domain}"} if random.random() < 0.5 else None,
            "vat_period": random.choice(["monthly", "quarterly"]),
        },
        "user": {
            "email": f"{random.choice(FIRST[:2]).lower()}.{number}@client-{random.randrange(500)}.example",
            "language": random.choice(["en", "fr", "nl"]),
            "active_elsewhere": random.random() < 0.03,
        },
    }


def _collaborator(index: int, domain: str) -> Facts:
    first, last = FIRST[index], LAST[index]
    email = f"{first.lower().replace('é', 'e').replace('î', 'i')}@{domain}"
    return {"id": f"c{index}", "name": f"{first} {last}", "email": email, "active": True}
