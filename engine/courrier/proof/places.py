"""Find again where in its file something stands that a rule book was made of."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from courrier import resources
from courrier.diagnostics import Report, Span
from courrier.document import Node, read
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
        for step in (*(steps[2:] if steps[0] == "offices" else steps), *keys):
            node = self._below(node, step)
        return node.key_span

    def _below(self, node: Node, step: str) -> Node:
        if not node.items:
            return node.entries[step]
        return next(item for item in node.items if step in {item.text, *_name(item)})

    def _document(self, file: str) -> Node:
        _, node = read(self._root / file, file, Report())
        if node is None:
            raise FileNotFoundError(file)
        return node


def needed_facts(root: Path) -> frozenset[str]:
    """Return the paths of the facts that are there whenever the fact is that they stand in, as the schemas say.

    >>> "dossier.manager.email" in needed_facts(resources.rules())
    True
    """
    schemas = [resources.schema("facts")]
    if (root / FACTS_FILE).exists():
        _, node = read(root / FACTS_FILE, FACTS_FILE, Report())
        own: Any = node.plain() if node else {}
        schemas.append(own)
    return frozenset(path for schema in schemas for path in _needed(schema, ""))


def _needed(schema: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for name, part in schema.get("properties", {}).items():
        kinds = part.get("type", [])
        may_be_blank = "null" in kinds or (kinds == "string" and not part.get("minLength"))
        if name in schema.get("required", ()) and not may_be_blank:
            yield prefix + name
        yield from _needed(part, f"{prefix}{name}.")


def _name(item: Node) -> Iterator[str]:
    """Yield the name of a rule."""
    if "rule" in item.entries:
        yield item.entries["rule"].text
