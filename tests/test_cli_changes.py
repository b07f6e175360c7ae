"""How the nearest changes are shown: a handful of lines, whatever there is to say."""

import json
from pathlib import Path
from typing import Any

import pytest
from books import FACTS, TO_THE_OFFICE, texts, with_facts, write, write_book
from commands import courrier

OWN = {"size": {"type": "number", "x-words": {"fr": "une/la taille"}}, "sector": {"type": "string"}}


def shown(folder: Path, to: Any, *options: str, **mail: Any) -> list[str]:
    """Return the lines below `what if`."""
    book = write_book(
        folder / "book",
        cascades=TO_THE_OFFICE,
        mails={"ping": {"title": texts("title"), "to": to, **mail}},
        facts={"own": {"type": "object", "properties": OWN}},
    )
    people = [{"id": f"p{number}", "email": f"p{number}@dupont.be"} for number in range(100)]
    write(folder / "facts.json", with_facts(FACTS, event={"type": "ping"}, office__collaborators=people))
    code, out, err = courrier("explain", folder / "facts.json", "--rules", book, *options)
    assert (code, err) == (0, "")
    lines = out.replace("\u00a0", " ").splitlines()
    return lines[next(n for n, line in enumerate(lines) if line.startswith(("  what if", "  Et si"))) + 1 :]


def by_sector(most: int) -> list[Any]:
    return [
        {"rule": f"r{number}", "when": {"own.sector": f"s{number}"}, "collaborators": [f"p{number}"]}
        for number in range(most)
    ]


def test_all_are_shown_where_only_one_would_be_left_out(tmp_path: Path) -> None:
    lines = shown(tmp_path, by_sector(13))
    assert lines[-2:] == ["    own.sector: s12", "      → to p12@dupont.be  r12 (mails.yaml:119)"]
    assert len(lines) == 26


@pytest.mark.parametrize(
    ("options", "last"),
    [
        ([], ["    own.sector: s11", "      → to p11@dupont.be  r11 (mails.yaml:110)", "    and 2 others"]),
        (
            ["--lang", "fr"],
            ["    « sector » est « s11 »", "      → À p11@dupont.be  r11 (mails.yaml:110)", "    et 2 autres"],
        ),
    ],
)
def test_of_many_changes_a_dozen_are_shown(options: list[str], last: list[str], tmp_path: Path) -> None:
    assert shown(tmp_path, by_sector(14), *options)[-3:] == last


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ([], "    own.size: 1, own.size: 3, own.size: 5 or 3 other ways"),
        (["--lang", "fr"], "    la taille est 1, 3, 5, 7, 9 ou 11"),
    ],
)
def test_of_many_ways_a_few_are_shown(options: list[str], line: str, tmp_path: Path) -> None:
    rules = [{"rule": "it", "when": {"own.size": [1, 3, 5, 7, 9, 11]}, "address": "user.email"}]
    assert shown(tmp_path, rules, *options)[0] == line


def test_a_long_line_is_cut(tmp_path: Path) -> None:
    sectors = [f"sector-{number}" for number in range(100)]
    rules = [{"rule": "it", "when": {"own.sector": sectors}, "address": "user.email"}]
    (line, _) = shown(tmp_path, rules)
    assert line.startswith("    own.sector: [sector-0, sector-1, ")
    assert line.endswith("…")
    assert len(line) == 204


def test_several_ways_are_said_in_one_breath_and_others_beside_them(tmp_path: Path) -> None:
    ways = {"any": [{"own.sector": {"ends_with": "a"}}, {"own.sector": {"starts_with": "b"}}]}
    rules = [{"rule": "it", "when": ways, "address": "user.email"}]
    said = "    « sector » se termine par « a » ou « sector » commence par « b »"
    assert shown(tmp_path, rules, "--lang", "fr")[0] == said


def test_a_copy_for_nobody_any_more(tmp_path: Path) -> None:
    copy = [{"rule": "it", "when": {"has": "user.language"}, "collaborators": ["p1"]}]
    lines = shown(tmp_path, "standard", "--lang", "fr", cc=copy)
    assert lines == [
        "    « p1 » ne fait pas partie des collaborateurs actifs du bureau",
        "      → Cc personne",
        "    il n'y a pas de langue de l'utilisateur client",
        "      → Cc personne",
    ]


def test_a_copy_that_nobody_gets_has_no_place_in_a_line(tmp_path: Path) -> None:
    mail = {"title": texts("title"), "to": "standard", "cc": {"collaborators": ["luc"]}}
    book = write_book(tmp_path / "book", mails={"ping": mail})
    write(tmp_path / "facts.jsonl", 2 * (json.dumps(with_facts(FACTS, event={"type": "ping"})) + "\n"))
    ran = courrier("explain", tmp_path / "facts.jsonl", "--rules", book)
    line = "send  ping of dupont  from the platform's own sender  to contact@dupont.be (office-communication)"
    assert ran.out.splitlines() == [f"{number}: {line}  warnings: unknown-collaborator" for number in (1, 2)]
