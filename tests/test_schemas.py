"""The schemas: that they are described, and say the same as the engine, the shipped rule book and its decisions."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import yaml
from courrier import FactsError, Router, Warning, resources
from courrier.build import load_office, load_platform
from courrier.conditions import OPERATORS
from courrier.diagnostics import Report
from courrier.document import parse, read
from courrier.model import Operator
from courrier.schema import FROM_FACTS, shipped_facts, validate
from jsonschema import Draft202012Validator

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"
OFFICES = sorted(path.stem for path in (resources.rules() / "offices").glob("*.yaml"))
YAML_FILES = sorted([*resources.rules().rglob("*.yaml"), *EXAMPLES.glob("*.yaml")])


def part(schema: Any, pointer: str) -> Any:
    """Return what a JSON pointer names."""
    for key in pointer.removeprefix("#").split("/")[1:]:
        schema = schema[int(key)] if isinstance(schema, list) else schema[key]
    return schema


def parts(schema: Any, where: str = "#") -> Iterator[tuple[str, Any]]:
    """Yield every object of a schema; what only says when something holds is left out, since it describes nothing."""
    if isinstance(schema, dict):
        yield where, schema
    items = schema.items() if isinstance(schema, dict) else enumerate(schema) if isinstance(schema, list) else ()
    for key, value in items:
        if key not in {"if", "then", "else"}:
            yield from parts(value, f"{where}/{key}")


def fact_schema(path: str) -> Any:
    """Return what describes the fact at a path."""
    return part(resources.schema("facts"), "#/properties/" + path.replace(".", "/properties/"))


def documents(path: Path) -> Iterator[str]:
    """Yield the documents of a YAML stream."""
    yield from path.read_text(encoding="utf-8").split("---\n")


@pytest.mark.parametrize("name", resources.SCHEMA_NAMES)
def test_a_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(resources.schema(name))


@pytest.mark.parametrize("name", resources.SCHEMA_NAMES)
def test_references_lead_somewhere(name: str) -> None:
    for _, schema in parts(resources.schema(name)):
        if "$ref" in schema:
            file, _, pointer = schema["$ref"].partition("#")
            assert part(resources.schema(file.removesuffix(".schema.json") or name), pointer) is not None


@pytest.mark.parametrize("name", resources.SCHEMA_NAMES)
def test_every_property_is_described(name: str) -> None:
    root = resources.schema(name)
    tables = [table for where, table in parts(root) if where.endswith(("/properties", "/patternProperties"))]
    properties = [(key, schema) for table in tables for key, schema in table.items()]
    assert properties or name == "rule"
    for key, schema in properties:
        described = part(root, schema["$ref"]) if schema.keys() == {"$ref"} else schema
        assert described["title"], key
        assert described["description"], key


@pytest.mark.parametrize("name", resources.SCHEMA_NAMES)
def test_descriptions_read_well_as_help(name: str) -> None:
    for _, schema in parts(resources.schema(name)):
        text = schema.get("description", "of a property with this name")
        if isinstance(text, str):
            assert not text[0].isupper()
            assert not text.endswith(".")


def test_the_paths_offered_are_the_facts() -> None:
    rule, facts = resources.schema("rule"), shipped_facts()
    paths = part(rule, "#/$defs/path/anyOf/0")
    assert paths["enum"] == list(facts)
    assert paths["enumDescriptions"] == [fact_schema(path)["description"] for path in facts]
    addresses = [path for path, fact in facts.items() if fact.format == "address"]
    assert part(rule, "#/$defs/outcome/properties/address")["examples"] == addresses
    offered = {path: schema for path, schema in part(rule, "#/$defs/when/properties").items() if "." in path}
    assert list(offered) == [path for path, fact in facts.items() if OPERATORS[fact.kind]]
    for path, schema in offered.items():
        described = fact_schema(path)
        assert {key: schema[key] for key in ("title", "description")} == {
            key: described[key] for key in ("title", "description")
        }


def test_the_events_and_cascades_offered_are_the_shipped_ones() -> None:
    platform = load_platform(resources.rules(), Report())
    events = part(resources.schema("rule"), "#/$defs/events/properties")
    assert {event: said["title"] for event, said in events.items()} == {
        event: mail.title["en"] for event, mail in platform.mails.items()
    }
    assert part(resources.schema("facts"), "#/properties/event/properties/type")["examples"] == list(events)
    assert list(part(resources.schema("office"), "#/properties/cascades/allOf/0/properties")) == list(platform.cascades)


def test_the_sender_is_offered_to_refusals() -> None:
    when = part(resources.schema("refusals"), "#/$defs/refusal/properties/when/allOf/0/properties")
    assert when.keys() == FROM_FACTS.keys()


def test_the_operators_offered_are_those_of_the_engine() -> None:
    offered = part(resources.schema("rule"), "#/$defs/operators/properties")
    assert offered.keys() == {*get_args(Operator), "not", "fact"}


@pytest.mark.parametrize(
    ("name", "pointer"),
    [
        ("cases", "#/$defs/expect/properties/warnings/items"),
        ("decision", "#/properties/warnings/items/properties/code"),
    ],
)
def test_the_codes_of_warnings_are_those_of_the_engine(name: str, pointer: str) -> None:
    assert part(resources.schema(name), pointer)["enum"] == list(get_args(get_type_hints(Warning)["code"]))


def test_the_shipped_rules_have_nothing_wrong() -> None:
    report = Report()
    platform = load_platform(resources.rules(), report)
    assert report.diagnostics == []
    assert platform.cascades["standard"].rules[0].span.at == "cascades.yaml:4"
    assert platform.mails["client_user_created"].to.rules[0].span.at == "mails.yaml:6"
    texts = [mail.title for mail in platform.mails.values()]
    texts += [text for refusal in platform.refusals.values() for text in (refusal.message, refusal.remedy)]
    assert all(text.keys() == {"en", "fr", "nl"} for text in texts)


@pytest.mark.parametrize("office", OFFICES)
def test_the_shipped_offices_have_nothing_wrong(office: str) -> None:
    report = Report()
    load_office(resources.rules(), office, load_platform(resources.rules(), report), report)
    assert report.diagnostics == []


@pytest.mark.parametrize("path", sorted((resources.rules() / "cases").glob("*.yaml")), ids=lambda path: path.name)
def test_the_shipped_cases_have_nothing_wrong(path: Path) -> None:
    report = Report()
    _, node = read(path, path.name, report)
    assert node is not None
    validate(node, "cases", report)
    assert report.diagnostics == []


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.name)
def test_the_examples_are_facts(path: Path) -> None:
    report = Report()
    for text in documents(path):
        node = parse(text.encode(), path.name, report)
        assert node is not None
        validate(node, "facts", report)
    assert report.diagnostics == []


@pytest.mark.parametrize("path", YAML_FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_first_line_tells_editors_the_schema(path: Path) -> None:
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    schema = first.removeprefix("# yaml-language-server: $schema=")
    assert schema != first
    assert (path.parent / schema).is_file()


SENT: dict[str, Any] = {
    "event": "client_user_created",
    "office": "dupont",
    "outcome": "send",
    "from": {"name": "Marie Peeters", "address": "marie@dupont.be"},
    "to": [{"name": None, "address": "an@client.be"}],
    "cc": [{"name": "Marie Peeters", "address": "marie@dupont.be"}],
    "reasons": {
        "from": [{"rule": "cascades.standard.dossier-manager", "at": "cascades.yaml:4"}],
        "to": [{"rule": "mails.client_user_created.to", "at": "mails.yaml:6"}],
        "cc": [{"rule": "mails.client_user_created.cc", "at": "mails.yaml:7"}],
    },
    "refusals": [],
    "warnings": [],
    "rules": "sha256:" + "0" * 64,
}
REFUSED = {key: value for key, value in SENT.items() if key not in {"to", "cc"}} | {
    "outcome": "refuse",
    "refusals": [{"code": "sender-not-prepared", "message": "No.", "remedy": "Ask.", "at": "refusals.yaml:3"}],
}
WARNING = {"code": "no-recipient-left", "message": "nobody is left"}


@pytest.mark.parametrize(
    ("decision", "valid"),
    [
        (SENT, True),
        (SENT | {"from": None, "cc": [], "warnings": [WARNING]}, True),
        (SENT | {"to": []}, False),
        (SENT | {"extra": 1}, False),
        (SENT | {"refusals": REFUSED["refusals"]}, False),
        (SENT | {"rules": "sha256:…"}, False),
        (SENT | {"warnings": [WARNING | {"code": "late"}]}, False),
        ({key: value for key, value in SENT.items() if key != "to"}, False),
        ({key: value for key, value in SENT.items() if key != "cc"}, False),
        ({key: value for key, value in SENT.items() if key != "reasons"}, False),
        (REFUSED, True),
        (REFUSED | {"to": SENT["to"]}, False),
        (REFUSED | {"cc": []}, False),
        (REFUSED | {"refusals": []}, False),
    ],
)
def test_decisions(decision: dict[str, Any], valid: bool) -> None:
    assert Draft202012Validator(resources.schema("decision")).is_valid(decision) is valid


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.name)
def test_what_is_decided_about_the_examples_fits_the_schema(path: Path) -> None:
    validator, router = Draft202012Validator(resources.schema("decision")), Router.standard()
    for text in documents(path):
        facts: Any = yaml.safe_load(text)
        validator.validate(router.decide(facts).to_dict())


def test_facts_at_fault_fit_the_schema() -> None:
    schema = part(resources.schema("decision"), "#/$defs/error")
    Draft202012Validator(schema).validate(
        {"error": FactsError("user.email", "a string", "a list").to_dict(), "line": 3}
    )
