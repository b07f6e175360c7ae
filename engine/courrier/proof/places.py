"""Find again where in its file something stands that a rule book was made of."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from courrier import resources
from courrier.diagnostics import Report, Span
from courrier.document import Node, read
from courrier.files import is_there
from courrier.schema import FACTS_FILE


class Places:
    """The files of a rule book in order, read again where a place in them is asked for."""

    def __init__(self, root: Path) -> None:
        """Take the rule book's folder."""
        self._root = root
        self._read = functools.lru_cache(maxsize=8)(self._document)

    def of(self, id: str, *keys: str) -> Span:
        """Return the place of what an id names, or of a key in it: of the key itself, or of an item of a list.

        >>> Places(resources.rules()).of("cascades.standard.client-group", "when").at
        'cascades.yaml:9'
        """
        steps = id.split(".")
        file = f"offices/{steps[1]}.yaml" if steps[0] == "offices" else f"{steps[0]}.yaml"
        node = self._read(file)
        if node is None:
            return Span.of_file(file)
        for step in (*(steps[2:] if steps[0] == "offices" else steps), *keys):
            node = _below(node, step) or node  # where somebody writes meanwhile, what is left will do
        return node.key_span

    def _document(self, file: str) -> Node | None:
        _, node = read(self._root / file, file, Report())
        return node


def needed_facts(root: Path) -> frozenset[str]:
    """Return the paths of the facts that are there whenever the fact is that they stand in, as the schemas say.

    >>> "dossier.manager.email" in needed_facts(resources.rules())
    True
    """
    schemas = [resources.schema("facts")]
    if is_there(root / FACTS_FILE):
        _, node = read(root / FACTS_FILE, FACTS_FILE, Report())
        schemas += [node.plain()] if node else []
    return frozenset(path for schema in schemas for path in _needed(schema, ""))


def _needed(schema: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for name, part in schema.get("properties", {}).items():
        kinds = part["type"]
        may_be_blank = "null" in kinds or ("string" in kinds and not part.get("minLength"))
        if name in schema.get("required", ()) and not may_be_blank:
            yield prefix + name
        if "object" in kinds:
            yield from _needed(part, f"{prefix}{name}.")


def _below(node: Node, step: str) -> Node | None:
    """Return what stands in a node under a key, or the item of a list that is a text, or a rule of a name."""
    named = {item.entries["rule"].text if "rule" in item.entries else item.text: item for item in node.items}
    return node.entries.get(step) or named.get(step)
