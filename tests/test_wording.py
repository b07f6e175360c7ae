"""What rules are called in the words of an office; `golden/wording.txt` has each condition in all three languages.

Each block there is a condition, and for each language the question with the answer for which it holds, and the
statement. What stands under a sentence is in brackets.
"""

import re
from pathlib import Path
from typing import Any

import pytest
from books import write
from courrier import resources
from courrier.conditions import build_condition
from courrier.diagnostics import Report
from courrier.document import parse
from courrier.model import AddressOf, Collaborators, Condition, Fact, Has, Not, Outcome, SameAsFrom, ToCascade
from courrier.model import Any as AnyOf
from courrier.model import Test as Compares
from courrier.phrasebook import LANGUAGES, Language
from courrier.schema import FROM_FACTS, load_facts, shipped_facts
from courrier.wording import Said, Wording

GOLDEN = Path(__file__).parent / "golden" / "wording.txt"

OWN = {
    "turnover": {
        "type": "number",
        "x-words": {"en": "a/the turnover", "fr": "un/le chiffre d'affaires", "nl": "omzet"},
    },
    "ceiling": {"type": "number", "title": "Ceiling"},
    "sector": {"type": "string", "title": "Sector", "x-values": {"en": {"a1": "farming", "a2": 7}, "fr": "?"}},
    "tags": {"type": "array", "items": {"type": "string"}, "title": "Tags"},
    "listed": {"type": "boolean", "title": "Listed"},
    "bare": {"type": "string", "x-words": "bare"},
}
"""Facts of a rule book's own: named in words, by a title, or by nothing."""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    book = tmp_path_factory.mktemp("book")
    write(book / "facts.schema.json", {"properties": {"client": {"type": "object", "properties": OWN}}})
    return book


def built(when: str, book: Path) -> Condition:
    report = Report()
    facts, _ = load_facts(book, report)
    node = parse(when.encode(), "when.yaml", report)
    assert node
    condition = build_condition(node, {**facts, **FROM_FACTS}, report)
    assert report.diagnostics == []
    return condition


def told(said: Said) -> str:
    return said.text + (f" [{'; '.join(map(told, said.parts))}]" if said.parts else "")


@pytest.mark.parametrize("block", GOLDEN.read_text(encoding="utf-8").rstrip().split("\n\n"))
def test_a_condition_in_words(block: str, book: Path) -> None:
    when = block.partition("\n")[0]
    condition = built(when, book)
    lines = [when]
    for language in LANGUAGES:
        wording = Wording.of_book(language, book)
        question, answer = wording.question(condition)
        lines.append(f"  {told(question)} {wording.say('yes' if answer else 'no')}")
        lines.append(f"  {told(wording.statement(condition))}")
    assert "\n".join(lines).replace("\u00a0", " ") == block


DOMAIN, ELSEWHERE = Fact("from.domain", "string", "host"), Fact("user.active_elsewhere", "boolean")
DOMAINS = Fact("office.prepared_domains", "strings", "host")


@pytest.mark.parametrize(
    ("condition", "question", "answer"),
    [
        (
            Compares(DOMAIN, "not_in", DOMAINS),
            "Is the domain of the sender's address one of the domains prepared for the portal?",
            False,
        ),
        (
            Compares(ELSEWHERE, "in", (False,)),
            "Is there a different office where the client user is already active?",
            False,
        ),
        (AnyOf((Not(Compares(DOMAIN, "not_in", ("a.be",))),)), "Is the domain of the sender's address “a.be”?", True),
    ],
)
def test_what_refuses_asks_of_facts_that_are_there(condition: Condition, question: str, answer: bool) -> None:
    assert Wording("en").question(condition, complete=True) == (Said(question), answer)


MANAGER, NAME = Fact("dossier.manager.email", "string", "address"), Fact("dossier.manager.name", "string")


@pytest.mark.parametrize(
    ("outcome", "language", "said"),
    [
        (AddressOf(MANAGER, NAME), "en", "the address of the dossier manager"),
        (AddressOf(MANAGER, None), "fr", "l'adresse du gestionnaire de dossier"),
        (Collaborators(("marie",)), "en", "marie"),
        (Collaborators(("marie", "jean", "an\x1b")), "fr", "marie, jean et an�"),
        (Collaborators(tuple("abcdefg")), "nl", "a, b, c, d, e en 2 andere"),
        (ToCascade("standard"), "en", "whoever the cascade “standard” gives"),
        (ToCascade("standard"), "fr", "celui que la cascade «\u00a0standard\u00a0» désigne"),
        (ToCascade("standard"), "nl", "wie de cascade “standard” aanwijst"),
        (SameAsFrom(), "en", "the sender"),
    ],
)
def test_outcomes(outcome: Outcome, language: Language, said: str) -> None:
    assert Wording(language).outcome(outcome) == said


@pytest.mark.parametrize("path", shipped_facts())
def test_the_shipped_facts_have_words_in_every_language(path: str) -> None:
    schema: Any = resources.schema("facts")
    for key in path.split("."):
        schema = schema["properties"][key]
    assert schema["x-words"].keys() == {*LANGUAGES}
    for words in schema["x-words"].values():
        assert re.fullmatch(r"[a-z]*/[a-z']+ [^/]+", words)


@pytest.mark.parametrize("path", FROM_FACTS)
def test_the_facts_of_the_sender_have_words(path: str) -> None:
    for language in LANGUAGES:
        assert "“" not in Wording(language).fact(FROM_FACTS[path])


VAT, DOMAIN = Fact("dossier.vat_period", "string"), Fact("from.domain", "string", "host")
PREPARED = Fact("office.prepared_domains", "strings", "host")


@pytest.mark.parametrize(
    ("leaf", "holds", "english", "french", "dutch"),
    [
        (Has(VAT), True, "there is a VAT period", "il y a une période de TVA", "er is een btw-periode"),
        (Has(VAT), False, "there is no VAT period", "il n'y a pas de période de TVA", "er is geen btw-periode"),
        (
            Compares(VAT, "in", ("monthly",)), True,
            "the VAT period is “monthly”", "la période de TVA est « mensuelle »", "de btw-periode is “maandelijks”",
        ),
        (
            Compares(DOMAIN, "starts_with", ("a",)), False,
            "the domain of the sender's address does not start with “a”",
            "le domaine de l'adresse de l'expéditeur ne commence pas par « a »",
            "het domein van het adres van de afzender begint niet met “a”",
        ),
        (
            Compares(DOMAIN, "ends_with", ("a",)), False,
            "the domain of the sender's address does not end with “a”",
            "le domaine de l'adresse de l'expéditeur ne se termine pas par « a »",
            "het domein van het adres van de afzender eindigt niet op “a”",
        ),
        (
            Compares(DOMAIN, "contains", ("a",)), False,
            "the domain of the sender's address does not contain “a”",
            "le domaine de l'adresse de l'expéditeur ne contient pas « a »",
            "het domein van het adres van de afzender bevat “a” niet",
        ),
        (
            Compares(DOMAIN, "matches", ("a",)), False,
            "the domain of the sender's address does not have the form “a”",
            "le domaine de l'adresse de l'expéditeur n'a pas la forme « a »",
            "het domein van het adres van de afzender heeft niet de vorm “a”",
        ),
        (
            Compares(PREPARED, "contains", ("a.be",)), False,
            "“a.be” is not one of the domains prepared for the portal",
            "« a.be » ne figure pas parmi les domaines préparés pour le portail",
            "“a.be” is geen van de domeinen die voor het portaal zijn voorbereid",
        ),
    ],
)  # fmt: skip
def test_how_a_test_turns_out(leaf: Has | Compares, holds: bool, english: str, french: str, dutch: str) -> None:
    said = [Wording(language).turned(leaf, holds).replace("\u00a0", " ") for language in LANGUAGES]
    assert said == [english, french, dutch]
