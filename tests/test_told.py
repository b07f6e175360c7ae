"""What `courrier explain --lang` says a test has found; whole explanations are in `golden/cli/explain-*.txt`."""

from pathlib import Path
from typing import Any

import pytest
from books import FACTS, refusal, texts, with_facts, write, write_book
from commands import courrier

OWN: Any = {
    "client": {
        "type": "object",
        "properties": {
            "turnover": {
                "type": "number",
                "x-words": {"en": "a/the turnover", "fr": "un/le chiffre d'affaires", "nl": "een/de omzet"},
            },
            "sector": {"type": "string", "title": "Sector", "x-values": {"fr": {"a1": "agriculture"}}},
            "tags": {"type": "array", "items": {"type": "string"}, "x-words": {"fr": "des/les étiquettes"}},
            "listed": {"type": "boolean", "x-words": {"fr": "une/la cotation en bourse"}},
            "audited": {"type": "boolean", "x-words": {"fr": "un/l' audit"}},
        },
    }
}


def book(folder: Path, when: Any, **role: Any) -> Path:
    """Write a rule book whose mail has a rule with a condition."""
    mail = {"title": texts("title"), "to": [{"rule": "it", "when": when, "cascade": "standard"}], **role}
    return write_book(folder / "book", mails={"ping": mail}, facts=OWN)


def told(rules: Path, folder: Path, lang: str = "fr", **facts: Any) -> list[str]:
    """Return the lines of an explanation."""
    write(folder / "facts.json", with_facts(FACTS, event={"type": "ping"}, **facts))
    code, out, err = courrier("explain", folder / "facts.json", "--rules", rules, "--lang", lang)
    assert (code, err) == (0, "")
    return out.replace("\u00a0", " ").splitlines()


@pytest.mark.parametrize(
    ("when", "client", "question", "test"),
    [
        (
            {"client.turnover": {"above": 1.5}},
            {"turnover": 2.25},
            "Est-ce que le chiffre d'affaires dépasse 1,5 ? Oui",
            "✓ client.turnover: {above: 1.5}  trouvé : 2,25",
        ),
        (
            {"client.sector": "a1"},
            {"sector": "b2"},
            "Est-ce que « Sector » est « agriculture » ? Non",
            "✗ client.sector: a1  trouvé : « b2 »",
        ),
        (
            {"client.sector": {"not": "b2"}},
            {"sector": "a1"},
            "Est-ce que « Sector » est autre que « b2 » ? Oui",
            "✓ client.sector: {not: b2}  trouvé : « agriculture »",
        ),
        (
            {"not": {"client.sector": "b2"}},
            {},
            "Est-ce que « Sector » est « b2 » ? Non",
            "✓ not: {client.sector: b2}  trouvé : rien",
        ),
        (
            {"has": "client.tags"},
            {"tags": ["a", "b"]},
            "Y a-t-il des étiquettes ? Oui",
            "✓ has: client.tags  trouvé : « a » et « b »",
        ),
        # What has parts is not said.
        ({"lacks": "client"}, {"sector": "a1"}, "Le champ « client » est-il rempli ? Oui", "✗ lacks: client"),
        (
            {"lacks": "office.collaborators"},
            {},
            "Y a-t-il des collaborateurs du bureau ? Oui",
            "✗ lacks: office.collaborators",
        ),
        # Of yes and no the answer says as much, unless it is unknown, or beside another.
        (
            {"client.listed": True},
            {"listed": False},
            "Y a-t-il une cotation en bourse ? Non",
            "✗ client.listed: true",
        ),
        (
            {"client.listed": False},
            {},
            "Sait-on qu'il n'y a pas de cotation en bourse ? Non",
            "✗ client.listed: false  trouvé : rien",
        ),
        (
            {"client.listed": {"fact": "client.audited"}},
            {"listed": True, "audited": False},
            "Est-ce que la cotation en bourse a la même valeur que l'audit ? Non",
            "✗ client.listed: {fact: client.audited}  trouvé : « oui » ; l'audit : « non »",
        ),
    ],
)
def test_what_a_test_has_found(when: Any, client: Any, question: str, test: str, tmp_path: Path) -> None:
    lines = told(book(tmp_path, when), tmp_path, client=client)
    index = lines.index(f"        {question}")
    assert lines[index + 1] == f"          {test}"


@pytest.mark.parametrize(
    ("lang", "line"),
    [
        ("en", "        Is “client.turnover” above 1.5? No"),
        ("fr", "        Est-ce que « client.turnover » dépasse 1,5 ? Non"),
        ("nl", "        Is “client.turnover” hoger dan 1,5? Nee"),
    ],
)
def test_a_file_of_rules_knows_paths_and_no_words(lang: str, line: str, tmp_path: Path) -> None:
    built = tmp_path / "rules.courrier"
    assert courrier("build", book(tmp_path, {"client.turnover": {"above": 1.5}}), built).code == 0
    assert line in told(built, tmp_path, lang, client={"turnover": 1})


def test_the_platform_sends_and_nobody_has_a_copy(tmp_path: Path) -> None:
    rules = book(tmp_path, {"has": "user"}, cc={"collaborators": ["jean"]}, refuse=["no"])
    write(rules / "refusals.yaml", {"refusals": {"no": refusal({"has": "from.address"})}})
    lines = told(rules, tmp_path)
    assert [line for line in lines if line.startswith(("  De ", "  Cc "))] == [
        "  De    l'expéditeur propre à la plateforme",
        "  Cc    personne                             mails.ping.cc (mails.yaml:18)",
    ]
    refusals = lines.index("  Refus  un seul qui s'applique suffit à refuser l'e-mail")
    assert lines[refusals + 2 : refusals + 4] == [
        "        Y a-t-il une adresse de l'expéditeur ? Non",
        "          ✗ has: from.address  trouvé : rien",
    ]
    assert "  attention  « jean » ne fait pas partie des collaborateurs du bureau : il n'en" in lines


def test_what_a_terminal_obeys_is_not_told(tmp_path: Path) -> None:
    rules = book(tmp_path, {"client.sector": "a\u202e"}, cc={"collaborators": ["\u202ejean"]})
    text = "\n".join(told(rules, tmp_path, client={"sector": "b\x1b[31m"}))
    assert "\u202e" not in text
    assert "\x1b" not in text
    assert "« b�[31m »" in text
