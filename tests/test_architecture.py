"""Imports go one way, down; each outside package has one importer; modules stay small."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import courrier
import pytest

PACKAGE = Path(courrier.__file__).parent

FLOORS = (
    {"cells", "diagnostics", "headers", "lookup", "packing", "phrasebook", "resources", "revisions", "spf"},
    {"decision", "files", "model", "prepared", "rete", "syntax", "walk"},
    {"facts", "scalars", "setup_texts", "verdicts"},
    {"document", "recipients", "samples", "situations"},
    {"candidates", "comments", "familiar", "reader", "routing", "schema"},
    {"conditions", "consistency", "explain", "formatting", "people", "places", "usual", "wording"},
    {"lettering", "picture", "points", "roles", "soundness", "words"},
    {"build", "diagrams", "knowledge", "realms", "records", "svg", "witness"},
    {"decision_log", "folder", "phrases", "proof", "ways"},
    {"built", "compare", "offices"},
    {"gaps", "watch"},
    {"changes", "router", "shown"},
    {"cases", "leftovers", "metrics", "replay"},
    {"comparing", "proving"},
    {"checking", "expectations", "names"},
    {"language_server"},
    {"cli"},
)
"""From the ground up; a module imports from lower floors only."""

IMPORTERS = {
    "click": {"cli"},
    "dns": {"lookup"},
    "durable_rules_engine": {"rete"},
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


def floor_of(name: str) -> int:
    (floor,) = (number for number, names in enumerate(FLOORS) if name in names)
    return floor


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_go_down(path: Path) -> None:
    name = name_of(path)
    inside = {module.split(".")[1] for module in imports_of(path) if module.startswith("courrier.")}
    assert {other for other in inside if floor_of(other) >= floor_of(name)} <= ({"cli"} if name == "cli" else set())


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_outside_packages_have_one_importer(path: Path) -> None:
    outside = {module.split(".")[0] for module in imports_of(path)} - {"courrier"} - sys.stdlib_module_names
    assert {package for package in outside if name_of(path) not in IMPORTERS.get(package, set())} == set()


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_modules_are_neither_long_nor_crumbs(path: Path) -> None:
    assert SHORTEST <= len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


def test_every_module_has_a_floor() -> None:
    assert {name_of(path) for path in modules()} == set().union(*FLOORS)


def test_importing_the_library_imports_no_tool_of_authors() -> None:
    code = "import courrier, sys; print(*sorted({'click', 'jsonschema'} & sys.modules.keys()))"
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip() == ""
