"""`courrier without`: what it prints of many changes, and of names and cases that are not in order."""

import json
from pathlib import Path
from typing import Any

import pytest
from books import with_facts
from commands import GOLDEN, courrier
from courrier import departure, resources

CASES, RULES = GOLDEN / "facts" / "departure.jsonl", GOLDEN / "rules"
MARIE = {"id": "marie", "email": "marie@dupont.be"}
NOWHERE = "is in none of the {} cases, and no rule has the name"
NO_OFFICE = "`office.id`: wanted a string, found nothing"
TASK = with_facts(event__type="task_failed", office__functional_email=None)


def write_lines(path: Path, *lines: Any) -> Path:
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return path


def groups(count: int) -> list[Any]:
    """Return cases in each of which another client group takes over."""
    dossiers = [{"manager": MARIE, "client_group": {"email": f"g{n:02}@dupont.be"}} for n in range(count)]
    return [with_facts(TASK, office__id=f"o{n}", dossier=dossier) for n, dossier in enumerate(dossiers)]


def test_each_example_can_be_explained() -> None:
    ran = courrier("without", "marie@dupont.be", "--facts", CASES, "--rules", RULES, "--format", "json")
    effects = json.loads(ran.out)["effects"]
    assert len(effects) == 8
    for effect in effects:
        explained = courrier("explain", "-", "--rules", RULES, stdin=json.dumps(effect["example"]).encode())
        assert explained.code == (1 if effect["what"] == "facts" else 0)
        if effect["what"] != "facts":
            assert (effect["after"] or "") in explained.out
            assert effect["at"] in explained.out


def test_the_examples_of_a_person_stand_in_lines_that_can_be_explained() -> None:
    ran = courrier("without", "marie@dupont.be", "--facts", CASES, "--rules", RULES)
    examples = [line.partition("  {")[2] for line in ran.out.splitlines() if "without the person" in line]
    assert len(examples) == 6
    for example in examples[:-1]:
        assert courrier("explain", "-", "--rules", RULES, stdin=f"{{{example}".encode()).code == 0


@pytest.mark.parametrize(("format", "mark"), [("text", "  "), ("markdown", "\n")])
def test_of_many_changes_some_are_listed(format: str, mark: str, tmp_path: Path) -> None:
    facts = write_lines(tmp_path / "cases.jsonl", *groups(12))
    ran = courrier("without", "marie", "--facts", facts, "--rules", resources.rules(), "--format", format)
    assert ran.code == 0
    assert "`marie` leaves o0, o1, o2, o3, o4 and 7 more: 12 of 12 cases change\n" in ran.out
    assert "g09@dupont.be" in ran.out
    assert "g10@dupont.be" not in ran.out
    assert f"{mark}and 2 more ways, which --format json has\n" in ran.out
    assert "`marie` is an id at several offices: name one person by the e-mail address\n" in ran.out
    by_address = courrier("without", "marie@dupont.be", "--facts", facts, "--rules", resources.rules())
    assert "several offices" not in by_address.out


def test_what_is_no_longer_told_apart_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(departure, "MOST_EFFECTS", 2)
    monkeypatch.setattr(departure, "MOST_FAULTS", 1)
    facts = write_lines(tmp_path / "cases.jsonl", *groups(5), {}, {}, {})
    ran = courrier("without", "marie@dupont.be", "--facts", facts, "--rules", resources.rules())
    assert ran.code == 1
    assert ran.out.endswith(
        "\n\n3 cases change in further ways\n3 cases at fault, about which nothing is decided:\n"
        "  line 6: `office.id`: wanted a string, found nothing\n  and 2 more\n"
    )


@pytest.mark.parametrize("format", ["text", "json", "markdown"])
def test_nothing_may_change(format: str, tmp_path: Path) -> None:
    luc = {"id": "luc", "email": "luc@dupont.be", "active": False}
    facts = write_lines(tmp_path / "cases.jsonl", with_facts(TASK, office__collaborators=[luc]))
    ran = courrier("without", "luc", "--facts", facts, "--rules", resources.rules(), "--format", format)
    said = "`luc` leaves dupont: none of 1 case changes"
    assert ran.code == 0
    assert ran.out == {"text": f"{said}\n", "markdown": f"**courrier without**: {said}\n"}.get(format, ran.out)
    if format == "json":
        assert json.loads(ran.out)["changed"] == {}


def test_a_rule_may_name_whom_no_case_knows(tmp_path: Path) -> None:
    facts = write_lines(tmp_path / "cases.jsonl", with_facts(TASK, office__collaborators=[], dossier=None))
    ran = courrier("without", "jean", "--facts", facts, "--rules", RULES)
    assert ran.out == (
        "`jean` leaves: none of 1 case changes\n\n"
        "rules that name the person, to be changed:\n  mails.task_failed.to (offices/dupont.yaml:4)\n"
    )


@pytest.mark.parametrize(
    ("name", "facts", "said"),
    [
        ("mari", [with_facts(TASK, dossier=None)], f"`mari` {NOWHERE.format(1)}; did you mean `marie`?"),
        ("mari", [with_facts(TASK, dossier=None, office__collaborators=[])], f"`mari` {NOWHERE.format(1)}"),
        ("ma\u202eri", [], f"`ma�ri` {NOWHERE.format(0)}"),
        (
            "mari",
            [{}, 7],
            f"`mari` {NOWHERE.format(2)}; 2 of them are at fault, the first on line 1: {NO_OFFICE}",
        ),
    ],
)  # fmt: skip
def test_who_is_nowhere_is_no_collaborator(name: str, facts: list[Any], said: str, tmp_path: Path) -> None:
    cases = write_lines(tmp_path / "cases.jsonl", *facts)
    assert courrier("without", name, "--facts", cases, "--rules", resources.rules()) == (
        2,
        "",
        f"error: {said}\n",
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["marie"], "missing option `--facts`"),
        (["--facts", "cases.jsonl"], "missing argument `COLLABORATOR`"),
        (["marie", "--facts", "nowhere.jsonl"], "`nowhere.jsonl` cannot be read: no such file or directory"),
    ],
)
def test_wrong_usage(arguments: list[str], message: str) -> None:
    code, out, err = courrier("without", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {message}")


def test_text_from_facts_is_made_printable(tmp_path: Path) -> None:
    group = {"email": "g\u202e@dupont.be"}
    facts = write_lines(tmp_path / "cases.jsonl", with_facts(TASK, dossier={"manager": MARIE, "client_group": group}))
    for format in ("text", "markdown"):
        ran = courrier("without", "marie", "--facts", facts, "--rules", resources.rules(), "--format", format)
        assert "\u202e" not in ran.out
        assert "can no longer" in ran.out or "nothing is decided" in ran.out


def test_a_stream_of_cases() -> None:
    lines = CASES.read_bytes()
    named = courrier("without", "marie", "--facts", CASES, "--rules", RULES)
    assert courrier("without", "marie", "--facts", "-", "--rules", RULES, stdin=lines) == named
