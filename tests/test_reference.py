"""The reference: its tables leave out nothing that there is, and name nothing that there is not."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import click
import courrier
import pytest
from courrier import resources
from courrier.cli import courrier as command_line
from courrier.conditions import OPERATORS
from courrier.diagnostics import Code, Proved
from courrier.facts import WORDS
from courrier.model import Fact, Format, Kind
from courrier.schema import FROM_FACTS, shipped_facts
from test_architecture import FLOORS
from test_docs import DIAGNOSTICS, FENCED, ROOT

COMMANDS = ROOT / "docs" / "reference" / "commands.md"
DESIGN = ROOT / "docs" / "design.md"
EMBEDDERS = ROOT / "docs" / "embedders.md"
LANGUAGE = ROOT / "docs" / "reference" / "language.md"

CODED = re.compile(r"`([^`]+)`")

Row = list[str]


def titles(page: Path, start: str) -> list[str]:
    """Return the headings that start so, without their start."""
    return re.findall(rf"^{start}(.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)


def table(page: Path, title: str) -> list[Row]:
    """Return the rows of the table under a heading, without its head."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    (section,) = re.findall(rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    return [row.split(" | ") for row in re.findall(r"^\| (.+) \|$", section, re.MULTILINE)[1:]]


def part(name: str, pointer: str) -> dict[str, Any]:
    """Return a part of a schema with what it refers to; its own words go before those."""
    found: Any = resources.schema(name)
    for key in pointer.split("/")[1:]:
        found = found[int(key) if isinstance(found, list) else key]
    if "$ref" not in found:
        return dict(found)
    file, _, target = found["$ref"].partition("#")
    return {**part(file.removesuffix(".schema.json") or name, target), **found}


def keys(name: str, pointer: str) -> list[Row]:
    """Return what a table of keys has to hold: each key, whether it is needed, what it says."""
    above = part(name, pointer)
    needed = above.get("required", ())
    return [
        [f"`{key}`", "yes" if key in needed else "", part(name, f"{pointer}/properties/{key}")["description"]]
        for key in above["properties"]
    ]


FORMS: Mapping[Format, str] = {"text": "", "address": " (address)", "host": " (host)"}


def facts(known: Mapping[str, Fact], name: str, pointer: str) -> list[Row]:
    """Return what a table of facts has to hold: each path, whether it is needed, its type, what it is."""
    rows = []
    for path, fact in known.items():
        steps = [path] if path in FROM_FACTS else path.split(".")
        above = pointer + "".join(f"/properties/{step}" for step in steps[:-1])
        ((_, needed, says),) = [row for row in keys(name, above) if row[0] == f"`{steps[-1]}`"]
        rows.append([f"`{path}`", needed, WORDS[fact.kind] + FORMS[fact.format], says])
    return rows


FITS: Mapping[Kind, str] = {
    "string": "strings",
    "number": "numbers",
    "boolean": "true or false",
    "strings": "lists of strings",
}


def operators() -> list[Row]:
    """Return what the table of operators has to hold: each, the facts that it applies to, what it says."""
    spelled = {"not": "not_in", "fact": "in"}
    rows = []
    for key, _, says in keys("rule", "/$defs/operators"):
        operator = spelled.get(key.strip("`"), key.strip("`"))
        rows.append([key, ", ".join(word for kind, word in FITS.items() if operator in OPERATORS[kind]), says])
    return rows


COMBINATORS = [row for row in keys("rule", "/$defs/when") if "." not in row[0]]
COLLABORATOR = "/properties/office/properties/collaborators/items"
SENDER = "/$defs/refusal/properties/when/allOf/0"


@pytest.mark.parametrize(
    ("page", "title", "expected"),
    [
        (LANGUAGE, "cascades.yaml", keys("cascades", "")),
        (LANGUAGE, "Rules", keys("rule", "/$defs/rule")),
        (LANGUAGE, "mails.yaml", keys("mails", "")),
        (LANGUAGE, "Keys of a mail", keys("mails", "/$defs/mail")),
        (LANGUAGE, "Texts", keys("rule", "/$defs/texts")),
        (LANGUAGE, "refusals.yaml", keys("refusals", "")),
        (LANGUAGE, "Keys of a refusal", keys("refusals", "/$defs/refusal")),
        (LANGUAGE, "offices/ID.yaml", keys("office", "")),
        (LANGUAGE, "Choices of an office", keys("office", "/$defs/choices")),
        (LANGUAGE, "cases/*.yaml", keys("cases", "")),
        (LANGUAGE, "Keys of a case", keys("cases", "/$defs/case")),
        (LANGUAGE, "Keys of expect", keys("cases", "/$defs/expect")),
        (LANGUAGE, "Keys of rule in expect", keys("cases", "/$defs/expect/properties/rule")),
        (LANGUAGE, "Conditions", COMBINATORS),
        (LANGUAGE, "Operators", operators()),
        (LANGUAGE, "Facts", facts(shipped_facts(), "facts", "")),
        (LANGUAGE, "Collaborators", keys("facts", COLLABORATOR)),
        (LANGUAGE, "The chosen sender", facts(FROM_FACTS, "refusals", SENDER)),
        (EMBEDDERS, "The decision as JSON", keys("decision", "")),
    ],
)
def test_a_table_says_what_the_schemas_say(page: Path, title: str, expected: list[Row]) -> None:
    assert table(page, title) == expected


def test_every_diagnostic_has_a_section() -> None:
    assert titles(DIAGNOSTICS, "## ") == sorted((*get_args(Code), *get_args(Proved)))


def test_every_command_has_a_section() -> None:
    assert titles(COMMANDS, "## courrier ") == list(command_line.commands)


def typed(param: click.Parameter) -> str:
    """Return how the reference shows an argument or an option."""
    words = [param.human_readable_name] if isinstance(param, click.Argument) else param.opts
    return ", ".join(f"`{word}`" for word in words)


@pytest.mark.parametrize("name", ["", *command_line.commands])
def test_every_option_is_described(name: str) -> None:
    command: click.Command = command_line.commands[name] if name else command_line
    params = command.params if name else command.get_params(click.Context(command, **command.context_settings))
    rows = table(COMMANDS, f"courrier {name}".rstrip())
    assert [option for option, _ in rows] == [typed(param) for param in params]
    for (_, says), param in zip(rows, params, strict=True):
        if isinstance(param.type, click.Choice):
            assert CODED.findall(says)[: len(param.type.choices)] == list(param.type.choices)


def test_every_public_name_is_described() -> None:
    described = EMBEDDERS.read_text(encoding="utf-8")
    assert [name for name in courrier.__all__ if f"`{name}" not in described] == []


def test_every_method_is_described() -> None:
    calls = [CODED.findall(call)[0].partition("(")[0] for call, _ in table(EMBEDDERS, "Decide")]
    methods = [name for name in vars(courrier.Router) if not name.startswith("_")]
    assert [call.partition(".")[2] for call in calls] == methods


def test_every_field_of_a_decision_is_described() -> None:
    fields = [field for names, _ in table(EMBEDDERS, "The decision") for field in CODED.findall(names)]
    assert fields == list(courrier.Decision._fields)


def test_every_error_is_described() -> None:
    described = {CODED.findall(error)[0] for error, *_ in table(EMBEDDERS, "Errors")}
    kinds = {name: getattr(courrier, name) for name in courrier.__all__}
    assert described == {name for name, kind in kinds.items() if issubclass(kind, Exception)}


def test_the_floors_are_those_that_imports_are_held_to() -> None:
    assert [set(CODED.findall(modules)) for _, modules, _ in table(DESIGN, "Floors")] == list(FLOORS)
