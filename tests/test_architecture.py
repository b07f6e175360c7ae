"""Imports go one way, down; each outside package has one importer; modules stay small."""

import ast
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import courrier
import pytest

PACKAGE = Path(courrier.__file__).parent

FLOORS = (
    {
        "cells",
        "database",
        "decision_phrases",
        "diagnostics",
        "headers",
        "lookup",
        "packing",
        "resources",
        "revisions",
        "spf",
    },
    {"decision", "files", "model", "phrasebook", "prepared", "rete", "syntax"},
    {"facts", "scalars", "setup_texts", "verdicts"},
    {"document", "recipients", "situations"},
    {"comments", "familiar", "leaving", "reader", "routing", "schema"},
    {"conditions", "consistency", "explain", "formatting", "usual", "wording"},
    {"classes", "lettering", "picture", "roles", "soundness", "words"},
    {"build", "diagrams", "knowledge", "records", "svg"},
    {"decision_log", "folder"},
    {"built", "offices"},
    {"watch"},
    {"router"},
    {"branches", "cases", "metrics", "proof", "replay"},
    {"checking", "departure", "expectations", "names", "sample", "search", "surroundings"},
    {"coverage", "language_server", "nearest"},
    {"why"},
    {"cli"},
)
"""From the ground up; a module imports from lower floors only."""

FLOORS_INSIDE = {
    "proof": (
        {"samples", "walk"},
        {"candidates", "places"},
        {"people"},
        {"points"},
        {"realms", "witness"},
        {"phrases"},
        {"rules", "ways"},
        {"compare"},
        {"gaps"},
        {"shown", "subjects"},
        {"examples"},
        {"changes"},
        {"grouped", "leftovers", "tally"},
        {"diff"},
        {"proving"},
    ),
    "sample": (
        {"names", "needs"},
        {"values"},
        {"formats", "offices", "pools"},
        {"rows"},
    ),
}
"""The same of the modules in a folder, which is one module to those outside."""

IMPORTERS = {
    "click": {"cli"},
    "dns": {"lookup"},
    "duckdb": {"database"},
    "durable_rules_engine": {"rete"},
    "faker": {"sample"},
    "jsonschema": {"schema"},
    "lsprotocol": {"language_server"},
    "prometheus_client": {"metrics"},
    "pygls": {"language_server"},
    "re2": {"facts"},
    "referencing": {"schema"},
    "yaml": {"document"},
}
"""The outside packages, and who alone may import each."""

LONGEST, SHORTEST = 300, 30


def modules() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py"]


def name_of(path: Path) -> str:
    """Return the module's name on its floor: what is in `cli/` is `cli`."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module, "imports are absolute"
            yield from (
                [f"courrier.{alias.name}" for alias in node.names] if node.module == "courrier" else [node.module]
            )


def floor_of(name: str, floors: Sequence[set[str]] = FLOORS) -> int:
    (floor,) = (number for number, names in enumerate(floors) if name in names)
    return floor


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_go_down(path: Path) -> None:
    name = name_of(path)
    inside = {module.split(".")[1] for module in imports_of(path) if module.startswith("courrier.")}
    assert {other for other in inside if floor_of(other) >= floor_of(name)} <= {name if path.parent != PACKAGE else ""}


@pytest.mark.parametrize("folder", FLOORS_INSIDE)
def test_imports_in_a_folder_go_down(folder: str) -> None:
    floors, package = FLOORS_INSIDE[folder], f"courrier.{folder}."
    paths = [path for path in (PACKAGE / folder).glob("*.py") if path.name != "__init__.py"]
    assert {path.stem for path in paths} == set().union(*floors)
    for path in paths:
        inside = {module.removeprefix(package) for module in imports_of(path) if module.startswith(package)}
        assert {other for other in inside if floor_of(other, floors) >= floor_of(path.stem, floors)} == set(), path


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_outside_packages_have_one_importer(path: Path) -> None:
    outside = {module.split(".")[0] for module in imports_of(path)} - {"courrier"} - sys.stdlib_module_names
    assert {package for package in outside if name_of(path) not in IMPORTERS.get(package, set())} == set()


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_modules_are_neither_long_nor_crumbs(path: Path) -> None:
    shortest = 0 if path.name == "__init__.py" else SHORTEST
    assert shortest <= len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


def test_every_module_has_a_floor() -> None:
    assert {name_of(path) for path in modules()} == set().union(*FLOORS)


def test_importing_the_library_imports_no_tool_of_authors() -> None:
    code = "import courrier, sys; print(*sorted({'click', 'jsonschema'} & sys.modules.keys()))"
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip() == ""
