"""Hold documents against the JSON Schemas, and read the facts' types out of theirs."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from courrier import resources
from courrier.diagnostics import Code, Partial, Report, Span, did_you_mean, nearest, quoted
from courrier.document import Node, read
from courrier.files import is_there
from courrier.model import Fact, Format, Kind

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

FACTS_FILE = "facts.schema.json"
FROM_FACTS = {
    "from.address": Fact("from.address", "string", "address"),
    "from.domain": Fact("from.domain", "string", "host"),
    "from.name": Fact("from.name", "string"),
}
"""What a refusal knows of the chosen sender, besides the caller's facts."""

_TYPES = {
    "string": "a string",
    "number": "a number",
    "integer": "an integer",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}
_FORMATS: dict[str, Format] = {"email": "address", "idn-email": "address", "hostname": "host", "idn-hostname": "host"}
_KINDS: dict[str, Kind] = {"string": "string", "number": "number", "integer": "integer", "boolean": "boolean"}
_LISTS: dict[str, Kind] = {"string": "strings", "object": "objects"}

Steps = tuple[str | int, ...]
"""The way through a document: keys and indexes."""


class _Problem(NamedTuple):
    code: Code
    span: Span
    message: str
    help: str


class _Fault(NamedTuple):
    message: str
    help: str


def validate(node: Node, name: str, report: Report) -> None:
    """Report everywhere that a document does not fit the schema of that name."""
    _report(_validator(name), node, report)


def shipped_facts() -> dict[str, Fact]:
    """Return the facts that `schemas/facts.schema.json` names, by path."""
    return {fact.path: fact for _, fact in _facts(resources.schema("facts")) if isinstance(fact, Fact)}


def load_facts(root: Path, report: Report) -> tuple[Mapping[str, Fact], bytes]:
    """Return the facts that a rule book knows, and the text of its own `facts.schema.json`, empty if it has none."""
    shipped = shipped_facts()
    path = root / FACTS_FILE
    if not is_there(path):
        return shipped, b""
    before = len(report.diagnostics)
    data, node = read(path, FACTS_FILE, report)  # all JSON is YAML, and so its mistakes have their places too
    own: dict[str, Fact] = {}
    if node is not None and _report(_validator(""), node, report):
        for steps, found in _facts(node.plain()):
            fact = _own_fact(found, shipped)
            if isinstance(fact, Fact):
                own[fact.path] = fact
            else:
                report.error("facts-schema", at(node, steps).key_span, *fact)
    facts = shipped | own
    return (facts if len(report.diagnostics) == before else Partial(facts)), data


def at(root: Node, steps: Iterable[str | int]) -> Node:
    """Return the node that stands at the end of some steps."""
    node = root
    for step in steps:
        node = node.items[step] if isinstance(step, int) else node.entries[step]
    return node


def _own_fact(found: Fact | _Fault, shipped: Mapping[str, Fact]) -> Fact | _Fault:
    """Return the fact of a rule book's own schema, or why it cannot have it."""
    if isinstance(found, _Fault):
        return found
    if found.path == "from":
        return _Fault("`from` is the sender that was chosen, and no fact of the caller's", "choose another name")
    if shipped.get(found.path, found) != found:
        message = f"{quoted(found.path)} is of another type in the shipped schema"
        return _Fault(message, "take it out, or choose another name")
    return found


def _facts(schema: Any, above: Steps = (), prefix: str = "") -> Iterator[tuple[Steps, Fact | _Fault]]:
    """Yield the facts that a schema's properties name, or what is wrong with one, each with the steps to it."""
    for name, part in schema.get("properties", {}).items():
        path, steps = prefix + name, (*above, "properties", name)
        fact = _fact(path, part)
        if not re.fullmatch("[a-z][a-z0-9_]*", name):
            yield steps, _Fault(f"{quoted(path)} is no name of a fact", "write small letters, digits and `_`")
        elif fact is None:
            help = "give it one `type`: string, number, integer, boolean, object, or array of strings or objects"
            yield steps, _Fault(f"{quoted(path)} is of no type that a rule can test", help)
        elif fact.kind != "object" and not prefix:
            yield steps, _Fault(f"{quoted(path)} stands alone", "put it into an object, such as `dossier`")
        else:
            yield steps, fact
            if fact.kind == "object":
                yield from _facts(part, steps, path + ".")


def _fact(path: str, schema: Any) -> Fact | None:
    """Return the fact that a schema describes, or None where rules cannot test such values."""
    kind = _one_type(schema)
    if kind == "object":
        return Fact(path, "object")
    kinds, described = (_LISTS, schema["items"]) if kind == "array" and "items" in schema else (_KINDS, schema)
    if (found := kinds.get(_one_type(described))) is None:
        return None
    return Fact(path, found, _FORMATS.get(described.get("format", ""), "text"))


def _one_type(schema: Any) -> str:
    """Return the one type that a schema allows besides null; the empty string where there is not just one."""
    types = schema.get("type", []) if isinstance(schema, Mapping) else []
    kinds = [kind for kind in _listed(types) if kind != "null"]
    return kinds[0] if len(kinds) == 1 else ""


@functools.cache
def _validator(name: str) -> Draft202012Validator:
    """Return what holds documents against the schema of that name, or against that of schemas."""
    # Imported here, since it takes longer than all the rest.
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend
    from referencing import Registry, Resource

    if not name:
        return Draft202012Validator(Draft202012Validator.META_SCHEMA)
    known = [(f"{other}.schema.json", resources.schema(other)) for other in resources.SCHEMA_NAMES]
    registry: Registry[Any] = Registry().with_resources((uri, Resource.from_contents(text)) for uri, text in known)
    validator: type[Draft202012Validator] = extend(  # type: ignore[no-untyped-call]
        Draft202012Validator, {"uniqueItems": _unique_items}
    )
    return validator(resources.schema(name), registry=registry)


def _unique_items(_validator: object, _unique: bool, items: Any, _schema: object) -> Iterator[Exception]:
    """Find in one go that something stands in a list twice; jsonschema may compare each item with every other."""
    from jsonschema import ValidationError

    if isinstance(items, list) and len(set(map(repr, items))) < len(items):
        yield ValidationError("something stands in this list twice")


def _report(validator: Draft202012Validator, root: Node, report: Report) -> bool:
    """Report everything that a validator finds, each once; tell whether that was nothing."""
    seen: set[_Problem] = set()
    for problem in _problems(validator.iter_errors(root.plain()), root):
        if report.full:
            break
        if problem not in seen:
            seen.add(problem)
            report.error(*problem)
    return not seen


def _problems(errors: Iterable[Any], root: Node) -> Iterator[_Problem]:
    """Turn the validator's errors into codes, places and words."""
    for error in errors:
        node, schema, rule = at(root, error.absolute_path), error.schema, error.validator_value
        help = schema.get("description", "see https://json-schema.org/understanding-json-schema/reference")
        match error.validator:
            case "additionalProperties":
                known = schema.get("properties", {})
                named = [re.compile(pattern) for pattern in schema.get("patternProperties", {})]
                for key, child in node.entries.items():
                    if key not in known and not any(pattern.search(key) for pattern in named):
                        yield _unknown_key(key, child.key_span, known)
            case _ if node.broken:
                continue
            case "anyOf":
                yield from _best_branch(error, root, node)
            case "required":
                known = schema.get("properties", {})
                for key in rule:
                    slip = any(nearest(other, [key]) for other in node.entries if other not in known)
                    if key not in node.entries and not slip:
                        help = known.get(key, {}).get("description", "")
                        yield _Problem("missing-key", node.key_span, f"`{key}` is missing", help)
            case "type":
                yield _wrong_type(node, _listed(rule), help)
            case "enum":
                yield _Problem(
                    "not-allowed",
                    node.span,
                    f"{_written(node)} cannot stand here",
                    did_you_mean(node.text, map(str, rule)),
                )
            case "uniqueItems":
                yield from _repeated(node)
            case "minLength" | "minItems" | "minProperties":
                yield _Problem("empty-value", node.span, "this is empty", help)
            case "pattern" if node.text.isspace():
                yield _Problem("empty-value", node.span, "this is blank", help)
            case "pattern" if node.text != node.text.strip():
                message = f"{_written(node)} has white space before or after it"
                yield _Problem("not-allowed", node.span, message, "take the white space out")
            case _:
                yield _Problem("not-allowed", node.span, f"{_written(node)} cannot stand here", help)


def _best_branch(error: Any, root: Node, node: Node) -> Iterator[_Problem]:
    """Explain the alternative that the author meant: the one for values of this type."""
    branches: dict[int, list[Any]] = {}
    for part in error.context:
        branches.setdefault(part.schema_path[0], []).append(part)
    wanted: list[str] = []
    for parts in branches.values():
        refused = [part.validator_value for part in parts if part.validator == "type" and not part.path]
        if not refused:
            yield from _problems(parts, root)
            return
        wanted += [kind for kinds in refused for kind in _listed(kinds)]
    yield _wrong_type(node, wanted, error.schema.get("description", ""))


def _unknown_key(key: str, span: Span, known: Mapping[str, Any]) -> _Problem:
    if not known:
        return _Problem("bad-name", span, f"{quoted(key)} is no name", "names are small letters, digits, `-` and `_`")
    return _Problem("unknown-key", span, f"{quoted(key)} is not known here", did_you_mean(key, known))


def _repeated(node: Node) -> Iterator[_Problem]:
    """Find what stands in a list again."""
    seen: set[str] = set()
    for item in node.items:
        value = repr(item.plain())
        if value in seen:
            yield _Problem("not-allowed", item.span, f"{_written(item)} stands in this list already", "name each once")
        seen.add(value)


def _wrong_type(node: Node, kinds: Iterable[str], help: str) -> _Problem:
    *others, last = dict.fromkeys(_TYPES[kind] for kind in kinds)
    wanted = f"{', '.join(others)} or {last}" if others else last
    return _Problem("wrong-type", node.span, f"wanted {wanted}, found {in_words(node)}", help)


def in_words(node: Node) -> str:
    """Say what an author wrote: which scalar, or which kind of collection."""
    match node.value:
        case None:
            return "nothing"
        case bool():
            return _written(node)
        case "":
            return "an empty string"
        case str():
            return f"the string {_written(node)}"
        case tuple():
            return "a list"
        case Mapping():
            return "a mapping"
    return f"the number {_written(node)}"


def _written(node: Node) -> str:
    return quoted(node.text or node.span.source)


def _listed(kinds: str | list[str]) -> list[str]:
    return kinds if isinstance(kinds, list) else [kinds]
