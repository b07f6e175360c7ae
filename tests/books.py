"""Write rule books for tests."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FACTS: Mapping[str, Any] = {
    "event": {"type": "client_user_created"},
    "office": {
        "id": "dupont",
        "functional_email": None,
        "communication_email": "contact@dupont.be",
        "prepared_domains": ["dupont.be"],
        "collaborators": [{"id": "marie", "name": "Marie Peeters", "email": "marie@dupont.be", "active": True}],
    },
    "dossier": {
        "id": "2024-017",
        "manager": {"id": "marie", "name": "Marie Peeters", "email": "marie@dupont.be"},
        "client_group": {"id": "north", "email": "north@dupont.be"},
        "vat_period": "monthly",
    },
    "user": {"email": "an@client.be", "language": "fr", "active_elsewhere": False},
}
"""Facts for the shipped rules: everything is filled in."""

TO_THE_OFFICE = {"standard": [{"rule": "office-communication", "address": "office.communication_email"}]}
"""The smallest cascades that a rule book can have."""


def write_book(
    folder: Path,
    *,
    cascades: Any = TO_THE_OFFICE,
    mails: Any,
    refusals: Any = None,
    offices: Mapping[str, Any] | None = None,
    facts: Any = None,
) -> Path:
    """Write a rule book into a folder and return it; what is not text is written as JSON, which is YAML too.

    `cascades`, `mails` and `refusals` are what stands under the key of that name, `facts` the `properties` of the
    book's own `facts.schema.json`, and `offices` has the choices of each office by its id.
    """
    (folder / "offices").mkdir(parents=True, exist_ok=True)
    for name, content in (("cascades", cascades), ("mails", mails), ("refusals", refusals or {})):
        write(folder / f"{name}.yaml", content if isinstance(content, str) else {name: content})
    for office, choices in (offices or {}).items():
        write(
            folder / "offices" / f"{office}.yaml",
            choices if isinstance(choices, str) else {"office": office, **choices},
        )
    if facts is not None:
        write(folder / "facts.schema.json", {"properties": facts})
    return folder


def write(path: Path, content: Any) -> None:
    """Write a file, as JSON unless the content is text."""
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False, indent=1)
    path.write_text(text, encoding="utf-8")


def texts(word: str) -> dict[str, str]:
    """Return a text that says the word in each language."""
    return {language: f"{word} ({language})" for language in ("en", "fr", "nl")}


def refusal(when: Any) -> dict[str, Any]:
    """Return a refusal with that condition and any texts."""
    return {"when": when, "message": texts("message"), "remedy": texts("remedy")}


def with_facts(facts: Mapping[str, Any] = FACTS, /, **changes: Any) -> dict[str, Any]:
    """Return facts with some changed: `dossier__manager__email="x"` stands for `dossier.manager.email`.

    What is changed to `...` is left out.
    """
    changed = dict(facts)
    for path, value in changes.items():
        key, _, rest = path.partition("__")
        if rest:
            changed[key] = with_facts(changed.get(key) or {}, **{rest: value})
        elif value is ...:
            changed.pop(key, None)
        else:
            changed[key] = value
    return changed
