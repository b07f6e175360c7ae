"""A collaborator taken out of facts: by whom an id or an address is meant, and which facts are that person."""

from typing import Any

import pytest
from books import FACTS, with_facts
from courrier import Router
from courrier.leaving import Person, person_in, with_directory, without
from courrier.model import Fact

KNOWN = {
    **Router.standard().book().facts,
    "dossier.responsible": Fact("dossier.responsible", "object"),
    "dossier.responsible.email": Fact("dossier.responsible.email", "string", "address"),
    "dossier.sector": Fact("dossier.sector", "object"),
    "dossier.followers": Fact("dossier.followers", "strings", "address"),
    "dossier.team": Fact("dossier.team", "objects"),
}
MARIE = {"id": "marie", "name": "Marie Peeters", "email": "marie@dupont.be"}
JEAN = {"id": "jean", "name": "Jean Claes", "email": "jean@dupont.be"}

HAS_IT = {**JEAN, "email": "marie@dupont.be"}
"""A colleague who has the same address."""


def directory(*people: Any) -> dict[str, Any]:
    return with_facts(office__collaborators=list(people), dossier={})


@pytest.mark.parametrize(
    ("name", "facts", "ids", "addresses"),
    [
        ("marie", directory(), {"marie"}, set()),
        ("marie", directory(MARIE, JEAN), {"marie"}, {"marie@dupont.be"}),
        ("marie@dupont.be", directory(MARIE, JEAN), {"marie@dupont.be", "marie"}, {"marie@dupont.be"}),
        ("marie@DUPONT.be", directory(MARIE), {"marie@DUPONT.be", "marie"}, {"marie@dupont.be"}),
        ("marie", with_facts(office__collaborators=...), {"marie"}, {"marie@dupont.be"}),
        ("marie@dupont.be", with_facts(office__collaborators=...), {"marie@dupont.be", "marie"}, {"marie@dupont.be"}),
        # A person may have several addresses.
        (
            "marie",
            with_facts(dossier__manager__email="m.peeters@dupont.be"),
            {"marie"},
            {"marie@dupont.be", "m.peeters@dupont.be"},
        ),
        # An address that somebody else has, too, is not this person's alone, unless that one has left or has no id.
        ("marie", directory(MARIE, HAS_IT), {"marie"}, set()),
        ("marie", directory(MARIE, {**HAS_IT, "active": False}), {"marie"}, {"marie@dupont.be"}),
        ("marie", directory(MARIE, {"email": "marie@dupont.be"}), {"marie"}, {"marie@dupont.be"}),
        # An address names all who have it.
        (
            "team@dupont.be",
            directory({**MARIE, "email": "team@dupont.be"}, {**JEAN, "email": "team@dupont.be"}),
            {"team@dupont.be", "marie", "jean"},
            {"team@dupont.be"},
        ),
        # What is broken is nobody.
        ("marie", directory(None, 7, {"id": 7, "email": []}, {"id": "marie", "email": " "}), {"marie"}, set()),
        ("marie", with_facts(office__collaborators="marie", dossier=[7]), {"marie"}, set()),
        # The client user is nobody of the office.
        ("marie", with_facts(dossier={}, office__collaborators=[], user__id="marie"), {"marie"}, set()),
    ],
)  # fmt: skip
def test_whom_a_name_means(name: str, facts: Any, ids: set[str], addresses: set[str]) -> None:
    assert person_in(facts, name, KNOWN) == Person(frozenset(ids), frozenset(addresses))


def test_an_accent_is_written_in_one_way_or_the_other() -> None:
    person = person_in(directory({"id": "Zoé", "email": "zoé@dupont.be"}), "Zoe\u0301", KNOWN)
    assert person.is_named("Zoé")
    assert person.is_named("zoe\u0301@DUPONT.be")
    assert not person.is_named("zoe")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            {"office__collaborators": [JEAN, MARIE, None]},
            {"office__collaborators": [JEAN, {**MARIE, "active": False}, None]},
        ),
        (
            {"office__collaborators": [{"email": "marie@dupont.be"}]},
            {"office__collaborators": [{"email": "marie@dupont.be", "active": False}]},
        ),
        ({"dossier__manager": MARIE}, {"dossier__manager": None}),
        ({"dossier__manager": {"id": "marie"}}, {"dossier__manager": None}),
        ({"dossier__manager": {"email": "marie@dupont.be"}}, {"dossier__manager": None}),
        (
            {"dossier__client_group": {"id": "x", "email": "marie@dupont.be"}},
            {"dossier__client_group": {"id": "x", "email": None}},
        ),
        ({"office__functional_email": "marie@Dupont.be"}, {"office__functional_email": None}),
        ({"dossier__responsible": {"id": "marie", "email": "other@dupont.be"}}, {"dossier__responsible": None}),
        ({"dossier__responsible": {"email": "marie@dupont.be"}}, {"dossier__responsible": None}),
        ({"dossier__followers": ["a@b.be", "marie@dupont.be"]}, {"dossier__followers": ["a@b.be"]}),
        ({"dossier__team": [MARIE, JEAN, {"id": "marie"}]}, {"dossier__team": [JEAN, {"id": "marie"}]}),
    ],
)  # fmt: skip
def test_what_is_this_person(before: dict[str, Any], after: dict[str, Any]) -> None:
    facts = with_facts(office__collaborators=[MARIE], dossier={})
    person = person_in(facts, "marie", KNOWN)
    was = with_facts(with_facts(facts, office__collaborators=[]), **before)
    kept = repr(was)
    left = without(was, person, KNOWN)
    assert left == with_facts(was, **after)
    assert without(left, person, KNOWN) is left
    assert repr(was) == kept


@pytest.mark.parametrize(
    "facts",
    [
        with_facts(office__collaborators=[JEAN], dossier__manager=JEAN),
        with_facts(office__collaborators=[{**MARIE, "active": False}], dossier={}),
        with_facts(dossier=None, office__collaborators=None, user=None),
        with_facts(dossier=[MARIE], office__collaborators="marie"),
        # These are no people, or not the office's.
        with_facts(office__collaborators=[], dossier={"client_group": {"id": "marie", "email": "north@dupont.be"}}),
        with_facts(office__collaborators=[], dossier={"sector": {"id": "marie"}}),
        with_facts(office__collaborators=[], dossier={}, user__email="marie@dupont.be", event__by="marie@dupont.be"),
        with_facts(office__collaborators=[], dossier={}, office__communication_email="marie@dupont.be"),
        # No rule can name these.
        with_facts(office__collaborators=[], dossier={"unknown": "marie@dupont.be"}),
    ],
)  # fmt: skip
def test_what_is_not_this_person_stays(facts: Any) -> None:
    person = Person(frozenset({"marie"}), frozenset({"marie@dupont.be"}))
    assert without(facts, person, KNOWN) is facts


def test_a_directory_is_shortened_to_whom_rules_name() -> None:
    people = [MARIE, JEAN, {"id": "luc"}, {"email": "ann@dupont.be"}]
    short = with_directory(with_facts(office__collaborators=people), ["luc", "ann@DUPONT.be", "jean@dupont.be"])
    assert short["office"]["collaborators"] == people[1:]
    assert with_directory(FACTS, [])["office"]["collaborators"] == []
    without_any = with_facts(office__collaborators=...)
    assert with_directory(without_any, ["luc"]) is without_any
