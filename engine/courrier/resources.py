"""Find the rules and the schemas that ship with the package.

A wheel carries them inside the package; a checkout, also an editable install of one, has them two folders up.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SCHEMA_NAMES = ("rule", "cascades", "mails", "refusals", "office", "cases", "facts", "decision")


def folder(name: str) -> Path:
    """Return the shipped folder of that name: `rules` or `schemas`."""
    package = Path(__file__).parent
    inside = package / name
    return inside if inside.is_dir() else package.parents[1] / name


def rules() -> Path:
    """Return the folder of the shipped rule book."""
    return folder("rules")


def schema(name: str) -> dict[str, Any]:
    """Return a shipped JSON Schema by its short name, `cascades` for `cascades.schema.json`."""
    path = folder("schemas") / f"{name}.schema.json"
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data
