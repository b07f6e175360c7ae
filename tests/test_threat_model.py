"""The threat model: each of its sentences is held by tests that are there, and its limits are those of the code."""

import ast
import functools
import importlib
import json
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import hostile
import pytest
from books import FACTS, refusal, with_facts, write_book
from courrier import FactsError, Router, RulesError
from courrier.diagnostics import Report
from courrier.document import parse
from courrier.files import LARGEST_FILE
from hostile import calls_of, memory_of

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
SENTENCE = re.compile(r"^(\d+)\. (.+\n(?: .+\n)+)", re.MULTILINE)
TEST = re.compile(r"`(tests/\w+\.py)::(\w+)(?:\[([\w-]+)\])?`")
LIMIT = re.compile(r"^\| [^|]+ \| (\d+) \| `([\w.]+)\.(\w+)` \|$", re.MULTILINE)

OFFICE = "dupont"
FACTS_FOR_IT = with_facts(FACTS, event={"type": "ping"})
MAILS = {"ping": {"title": {"en": "Ping"}, "to": "standard", "refuse": ["no"]}}
REFUSALS = {"no": refusal({"user.active_elsewhere": True})}


def router(folder: Path, office: Any) -> Router:
    return Router.load(write_book(folder, mails=MAILS, refusals=REFUSALS, offices={OFFICE: office}))


# The page


@functools.cache
def names_in(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_sentences_are_numbered() -> None:
    numbers = [int(found[1]) for found in SENTENCE.finditer(PAGE)]
    assert numbers == [*range(1, len(re.findall(r"^\d+\. ", PAGE, re.MULTILINE)) + 1)]


@pytest.mark.parametrize("sentence", [found[2] for found in SENTENCE.finditer(PAGE)], ids=lambda text: text[:40])
def test_a_sentence_names_tests_that_are_there(sentence: str) -> None:
    assert TEST.search(sentence)
    for file, name, mistake in TEST.findall(sentence):
        assert name in names_in(file)
        assert not mistake or (ROOT / "tests" / "golden" / "mistakes" / f"{mistake}.txt").exists()


def test_what_stands_here_is_on_the_page() -> None:
    here = f"tests/{Path(__file__).name}"
    named = {name for file, name, _ in TEST.findall(PAGE) if file == here}
    of_the_page = {
        "test_sentences_are_numbered",
        "test_a_sentence_names_tests_that_are_there",
        "test_what_stands_here_is_on_the_page",
        "test_limits_are_those_of_the_code",
    }
    assert named == {name for name in names_in(here) if name.startswith("test_")} - of_the_page


@pytest.mark.parametrize(("limit", "module", "name"), LIMIT.findall(PAGE))
def test_limits_are_those_of_the_code(limit: str, module: str, name: str) -> None:
    assert getattr(importlib.import_module(module), name) == int(limit)


# What no other test says


@pytest.mark.parametrize(
    ("choices", "code"),
    [
        ({"mails": {"ping": {"refuse": []}}}, "unknown-key"),
        ({"mails": {"ping": {"title": {"en": "x"}}}}, "unknown-key"),
        ({"refusals": REFUSALS}, "unknown-key"),
        ({"facts": {}}, "unknown-key"),
        ({"mails": {"pong": {"to": "standard"}}}, "unknown-event"),
        ({"cascades": {"mine": ["office-communication"]}}, "unknown-cascade"),
        ({"cascades": {"standard": [{"rule": "r", "address": "user.email"}]}}, "wrong-type"),
        (
            {"mails": {"ping": {"to": [{"rule": "r", "when": {"user.it": "x"}, "address": "office.id"}]}}},
            "unknown-fact",
        ),
    ],
)
def test_an_office_says_whom_and_nothing_else(choices: Any, code: str, tmp_path: Path) -> None:
    with pytest.raises(RulesError) as raised:
        router(tmp_path, choices).decide(FACTS_FOR_IT)
    assert code in {diagnostic.code for diagnostic in raised.value.diagnostics}


def test_an_office_changes_nothing_for_others(tmp_path: Path) -> None:
    loaded = router(tmp_path, {"mails": {"ping": {"to": {"collaborators": ["marie"]}}}})
    other = with_facts(FACTS_FOR_IT, office__id="martin")
    given = [[address.address for address in loaded.decide(facts).to] for facts in (FACTS_FOR_IT, other) * 3]
    assert given == [["marie@dupont.be"], ["contact@dupont.be"]] * 3


HOSTILE = ["__import__('os')._exit(1)", "'); raise SystemExit #", '"""', "\\", "{facts}", "%s", "$(exit)", "lambda: 0"]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_rules_say_is_never_code(text: str, tmp_path: Path) -> None:
    when = {"any": [{"dossier.id": [text]}, {"dossier.id": {"starts_with": text}}]}
    loaded = router(tmp_path, {"mails": {"ping": {"to": [{"rule": "r", "when": when, "collaborators": ["marie"]}]}}})
    for id, to in [
        (text, "marie@dupont.be"),
        ("other", "contact@dupont.be"),
    ] * 3:  # the third time by a written function
        assert [address.address for address in loaded.decide(with_facts(FACTS_FOR_IT, dossier__id=id)).to] == [to]


@pytest.mark.parametrize("pattern", ["(a{1,1000}){1,1000}", "(?=a)a", r"(a)\1", "((((a{99}){99}){99}){99})"])
def test_no_pattern_is_large(pattern: str, tmp_path: Path) -> None:
    when = {"dossier.id": {"matches": pattern}}
    with pytest.raises(RulesError) as raised:
        router(tmp_path, {"mails": {"ping": {"to": [{"rule": "r", "when": when, "cascade": "standard"}]}}}).book(OFFICE)
    assert [diagnostic.code for diagnostic in raised.value.diagnostics] == ["bad-pattern"]


def paths(facts: Any, path: str = "") -> list[str]:
    inner = [
        inside for key, value in facts.items() if isinstance(value, dict) for inside in paths(value, f"{path}{key}__")
    ]
    return [*(f"{path}{key}" for key in facts), *inner]


PRIVATE = "Jo Secret <jo@secret.be>\x00"


@pytest.mark.parametrize("path", sorted({*paths(FACTS)} - {"event__type"}))
@pytest.mark.parametrize(
    "value", [PRIVATE, [PRIVATE], {PRIVATE: PRIVATE}, [[PRIVATE]]], ids=["text", "list", "object", "lists"]
)
def test_errors_about_facts_hold_no_value(path: str, value: Any) -> None:
    asked = Router.standard()
    for event in ("client_user_created", "task_failed"):
        try:
            asked.decide(with_facts(FACTS, **{"event__type": event, path: value}))
            told = ""
        except FactsError as error:
            told = f"{error} {error.path} {error.wanted} {error.found}"
        assert "Jo" not in told


SHORTEST: dict[str, Callable[[int], str]] = {
    "items": lambda size: "[" + "a," * (size // 2) + "]",
    "mappings": lambda size: "- {}\n" * (size // 5),
    "keys": lambda size: "".join(f"{number:06}:\n" for number in range(size // 8)),
    "the same key": lambda size: "k: 1\n" * (size // 5),
    "anchors": lambda size: "- &a\n" * (size // 5),
    "documents": lambda size: "---\n" * (size // 4),
    "lines": lambda size: "\n" * size + "a: [",
}


@pytest.mark.parametrize("kind", SHORTEST)
def test_a_rule_file_takes_work_and_memory_in_line_with_its_size(kind: str) -> None:
    small, large = (SHORTEST[kind](size).encode() for size in (20_000, 40_000))
    work = calls_of(lambda: parse(small, "x.yaml", Report()))
    assert calls_of(lambda: parse(large, "x.yaml", Report())) <= 2.2 * work
    assert memory_of(lambda: parse(large, "x.yaml", Report())) <= 150 * len(large)
    largest = SHORTEST[kind](LARGEST_FILE).encode()
    assert memory_of(lambda: parse(largest, "x.yaml", Report())) <= 80 * len(largest)


WORD = {"fact": "dossier.vat_period", "type": "string"}
LINES: dict[str, tuple[Callable[[bytes], bool], Callable[[int], Any]]] = {
    "objects": (hostile.facts, lambda size: {"event": {"type": "task_failed"}, "x": [{}] * (size // 4)}),
    "people": (hostile.facts, lambda size: {**hostile.TASK, "office": {"collaborators": [{}] * (size // 4)}}),
    "levels": (hostile.log, lambda size: {"facts": [{**WORD, "fact": "a" + ".a" * (size // 2), "absent": False}]}),
    "words": (hostile.log, lambda size: {"facts": [{**WORD, "absent": False}] * (size // 70)}),
    "constants": (hostile.log, lambda size: {"facts": [{**WORD, "in": ["x"] * (size // 5)}]}),
    "sources": (hostile.log, lambda size: {"gives": dict.fromkeys(("from", "to", "cc"), ["x"] * (size // 15))}),
}


@pytest.mark.parametrize("kind", LINES)
def test_facts_and_logs_take_work_and_memory_in_line_with_their_size(kind: str) -> None:
    take, make = LINES[kind]
    start = json.loads(hostile.samples()[take][0])
    small, large = (json.dumps({**start, **make(size)}).encode() for size in (40_000, 80_000))
    work = calls_of(lambda: take(small))
    assert calls_of(lambda: take(large)) <= 2.2 * work
    assert memory_of(lambda: take(large)) <= 50 * len(large)


OFFICES: dict[str, Callable[[int], Any]] = {
    "rules": lambda number: {"rule": f"r{number}", "when": {"dossier.id": f"x{number}"}, "collaborators": ["marie"]},
    "no rule": lambda number: {"rule": f"r{number}"},
    "the same rule": lambda number: {"rule": "r", "when": {"dossier.id": f"x{number}"}, "cascade": "standard"},
    "no fact": lambda number: {"rule": f"r{number}", "when": {f"dossier.x{number}": 1}, "cascade": "standard"},
    "no cascade": lambda number: {"rule": f"r{number}", "when": {"has": "dossier.id"}, "cascade": f"standart{number}"},
    "a pattern": lambda number: {
        "rule": f"r{number}",
        "when": {"dossier.id": {"matches": f"(a|a)*{number}"}},
        "cascade": "standard",
    },
}


@pytest.mark.parametrize("kind", OFFICES)
def test_what_an_office_says_takes_work_in_line_with_its_size(kind: str, tmp_path: Path) -> None:
    def asked(size: int) -> int:
        loaded = router(tmp_path, {"mails": {"ping": {"to": [OFFICES[kind](number) for number in range(size)]}}})

        def ask() -> None:
            with suppress(RulesError):
                loaded.decide(FACTS_FOR_IT)

        return calls_of(ask)

    asked(1)
    assert asked(400) <= 2.2 * asked(200)
