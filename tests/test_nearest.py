"""The nearest changes: what one fact would have to be for another to send, others to receive, or another fate."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import generated
import meaning
import pytest
from books import FACTS, TO_THE_OFFICE, refusal, texts, with_facts, write_book
from courrier import Address, Router
from courrier.classes import Turned, Working
from courrier.facts import is_blank, normalise, read
from courrier.model import Has
from courrier.nearest import Change, fate, nearest_changes
from hypothesis import given, note, settings
from hypothesis import strategies as st
from test_semantics import decisions

PERSON = re.compile(r"office\.collaborators\[(\d+)\](\.active)?")


def seen(facts: Mapping[str, Any], sender: Address | None) -> dict[str, Any]:
    """Return facts as refusals see them."""
    chosen = sender and {"name": sender.name, "address": sender.address, "domain": sender.address.rpartition("@")[2]}
    return {**facts, "from": chosen}


def works(name: str, facts: Mapping[str, Any]) -> bool:
    people = [person for person in facts["office"].get("collaborators") or () if isinstance(person, Mapping)]
    return any(
        person.get("active") is not False
        and (
            normalise(name) == normalise(person.get("id") or "")
            or normalise(name, "address") == normalise(person.get("email") or "", "address")
        )
        for person in people
    )


def turns_out(turned: Turned, facts: Mapping[str, Any]) -> bool:
    """Tell whether a test turns out as it is said to."""
    leaf, holds = turned
    if isinstance(leaf, Working):
        return works(leaf.name, facts) == holds
    there = isinstance(leaf, Has) or holds or read(facts, leaf.fact) is not None
    return there and meaning.holds(leaf, facts) == holds


def without(facts: Any, path: list[str]) -> Any:
    """Return facts without what stands at a path, and without what is blank then."""
    if not isinstance(facts, Mapping):
        return None if is_blank(facts) else facts
    rest = {
        key: without(value, path[1:] if path[:1] == [key] else ["-"]) for key, value in facts.items() if path != [key]
    }
    return {key: value for key, value in rest.items() if not is_blank(value)} or None


def only_that_differs(change: Change, facts: Mapping[str, Any]) -> bool:
    """Tell whether the facts differ in the changed one and in no other."""
    person = PERSON.fullmatch(change.fact)
    path = ["office", "collaborators"] if person else change.fact.split(".")
    if person:
        lists = [of["office"].get("collaborators") for of in (facts, change.facts)]
        before, after = ([*people] if isinstance(people, list | tuple) else [] for people in lists)
        number = int(person[1])
        if person[2]:
            before[number] = {**before[number], "active": change.example}
        assert [*before[:number], after[number], *before[number + 1 :]] == after
    return repr(without(facts, path)) == repr(without(change.facts, path))


@settings(max_examples=15, report_multiple_bugs=False)
@given(generated.books(), st.integers(0, 2**32))
def test_changes_are_true(made: generated.Book, seed: int) -> None:
    for router, facts, now in decisions(made, seed, 8):
        note(f"facts: {facts}")
        for change in nearest_changes(router.book(now.office), facts):
            note(f"change: {change}")
            assert router.decide(change.facts) == change.decision
            assert fate(change.decision) != fate(now)
            assert only_that_differs(change, facts)
            after, before = seen(change.facts, change.decision.sender), seen(facts, now.sender)
            assert any(all(turns_out(turned, after) for turned in way) for way in change.becomes)
            assert not any(all(turns_out(turned, before) for turned in way) for way in change.becomes)
            json.dumps(change.to_dict())


# What one fact would have to be

OWN = {
    "size": {"type": "number"},
    "limit": {"type": "number"},
    "listed": {"type": "boolean"},
    "audited": {"type": "boolean"},
    "sector": {"type": "string"},
    "branch": {"type": "string"},
    "tags": {"type": "array", "items": {"type": "string"}},
    "hosts": {"type": "array", "items": {"type": "string", "format": "hostname"}},
    "box": {"type": "object"},
}


def changes(folder: Path, when: Any, role: Any = None, refuse: Any = None, **facts: Any) -> list[Change]:
    """Return the changes of facts where a mail goes to the client user instead of the office when a rule holds."""
    rules = role or [{"rule": "it", "when": when, "address": "user.email"}]
    book = write_book(
        folder,
        mails={"ping": {"title": texts("title"), "to": rules, **({"refuse": ["no"]} if refuse else {})}},
        refusals={"no": refusal(refuse)} if refuse else None,
        facts={"own": {"type": "object", "properties": OWN}},
    )
    given = with_facts(FACTS, event={"type": "ping"}, **facts)
    return [*nearest_changes(Router.load(book).book("dupont"), given)]


def said(found: list[Change]) -> list[str]:
    return [" or ".join(" and ".join(map(str, way)) for way in change.becomes) for change in found]


@pytest.mark.parametrize(
    ("when", "own", "becomes"),
    [
        ({"has": "own.sector"}, {}, ["has: own.sector"]),
        ({"has": "own.sector"}, {"sector": "a"}, ["lacks: own.sector"]),
        ({"has": "own.box"}, {}, ["has: own.box"]),
        ({"has": "own.tags"}, {}, ["has: own.tags"]),
        ({"own.sector": "a"}, {}, ["own.sector: a"]),
        ({"own.sector": ["a", "b"]}, {"sector": "b"}, ["lacks: own.sector or own.sector: {not_in: [a, b]}"]),
        ({"own.sector": {"not": "a"}}, {"sector": "a"}, ["own.sector: {not: a}"]),
        ({"not": {"own.sector": "a"}}, {"sector": "a"}, ["lacks: own.sector or own.sector: {not: a}"]),
        ({"own.listed": True}, {"listed": True}, ["lacks: own.listed or own.listed: false"]),
        ({"own.listed": False}, {}, ["own.listed: false"]),
        ({"own.listed": [True, False]}, {}, ["has: own.listed"]),
        # Numbers: stretches between the constants.
        ({"own.size": {"above": 5}}, {"size": 7}, ["lacks: own.size or own.size: {at_most: 5}"]),
        ({"own.size": {"at_least": 5}}, {}, ["own.size: {at_least: 5}"]),
        ({"own.size": {"at_least": 5, "below": 9}}, {}, ["own.size: {at_least: 5} and own.size: {below: 9}"]),
        ({"own.size": {"above": 5, "at_most": 9}}, {}, ["own.size: {above: 5} and own.size: {at_most: 9}"]),
        ({"own.size": [5, 9]}, {}, ["own.size: 5 or own.size: 9"]),
        ({"own.size": {"not": 5}}, {"size": 5}, ["own.size: {below: 5} or own.size: {above: 5}"]),
        # Tests that no list of constants stands for.
        ({"own.sector": {"starts_with": "a"}}, {}, ["own.sector: {starts_with: a}"]),
        ({"own.sector": {"ends_with": "a"}}, {}, ["own.sector: {ends_with: a}"]),
        ({"own.sector": {"matches": "a"}}, {"sector": "a"}, ["lacks: own.sector or not: {own.sector: {matches: a}}"]),
        ({"own.sector": {"contains": "a"}}, {"sector": "b"}, ["own.sector: {contains: a}"]),
        ({"own.sector": {"matches": "a+"}}, {"sector": "b"}, ["own.sector: {matches: a+}"]),
        ({"own.tags": {"contains": "a"}}, {"tags": ["b"]}, ["own.tags: {contains: a}"]),
        ({"own.tags": {"contains": "a"}}, {"tags": ["a"]}, ["lacks: own.tags or not: {own.tags: {contains: a}}"]),
        # Two facts: each with the value of the other.
        ({"own.sector": {"fact": "own.branch"}}, {"sector": "a", "branch": "b"}, ["own.sector: b", "own.branch: a"]),
        (
            {"own.sector": {"fact": "own.branch"}},
            {"sector": "a", "branch": "a"},
            ["lacks: own.sector or own.sector: {not: a}", "lacks: own.branch or own.branch: {not: a}"],
        ),
        (
            {"own.sector": {"starts_with": {"fact": "own.branch"}}},
            {"sector": "ab", "branch": "b"},
            ["own.sector: {starts_with: b}", "own.sector: {starts_with: {fact: own.branch}}"],
        ),
        ({"own.sector": {"in": {"fact": "own.tags"}}}, {"sector": "a", "tags": []}, ["own.tags: {contains: a}"]),
        ({"own.sector": {"not_in": {"fact": "own.tags"}}}, {"tags": []}, ["has: own.sector"]),
        (
            {"own.tags": {"contains": {"fact": "own.sector"}}},
            {"sector": "a", "tags": ["b", "c"]},
            ["own.tags: {contains: a}", "own.sector: [b, c]"],
        ),
        (
            {"own.size": {"above": {"fact": "own.limit"}}},
            {"size": 5, "limit": 6},
            ["own.size: {above: 6}", "own.limit: {below: 5}"],
        ),
        (
            {"own.size": {"at_most": {"fact": "own.limit"}}},
            {"size": 6, "limit": 6},
            ["lacks: own.size or own.size: {above: 6}", "lacks: own.limit or own.limit: {below: 6}"],
        ),
        ({"own.listed": {"fact": "own.audited"}}, {"audited": True}, ["own.listed: true"]),
        # As hosts they are alike, and as texts they are not: both facts are said.
        (
            {"own.sector": {"in": {"fact": "own.hosts"}}},
            {"sector": "b.be", "hosts": ["A.be"]},
            ["own.sector: {in: {fact: own.hosts}}", "own.hosts: {contains: b.be}"],
        ),
        ({"own.sector": {"fact": "own.sector"}}, {}, ["own.sector: {fact: own.sector}"]),
        # Of what comes to the same in several ways, each that is not one with the others.
        (
            {"any": [{"own.sector": {"starts_with": "a", "ends_with": "b"}}]},
            {"sector": "c"},
            ["own.sector: {starts_with: a} and own.sector: {ends_with: b}"],
        ),
        (
            {"any": [
                {"own.sector": {"starts_with": "a"}, "not": {"own.sector": {"ends_with": "b"}}},
                {"own.sector": {"ends_with": "b"}, "not": {"own.sector": {"starts_with": "a"}}},
            ]},
            {"sector": "c"},
            ["own.sector: {ends_with: b} or own.sector: {starts_with: a}"],
        ),
        (
            {"any": [{"own.sector": {"starts_with": "a"}}, {"own.sector": {"ends_with": "b"}}]}, {"sector": "c"},
            ["own.sector: {starts_with: a} or own.sector: {ends_with: b}"],
        ),
        # Which event it is, and which office, is not changed.
        ({"event.type": "pong", "office.id": "martin"}, {}, []),
        # Two facts would have to be different, so that none alone leads elsewhere.
        ({"own.sector": "a", "own.branch": "b"}, {}, []),
    ],
)  # fmt: skip
def test_what_a_fact_would_have_to_be(when: Any, own: Any, becomes: list[str], tmp_path: Path) -> None:
    assert said(changes(tmp_path, when, own=own)) == becomes


def test_a_fact_that_gives_the_sender_is_looked_at_as_the_sender(tmp_path: Path) -> None:
    """The domain of the sender is said of whichever address would be the sender."""
    when = {"from.domain": {"not_in": {"fact": "office.prepared_domains"}}}
    book = write_book(
        tmp_path,
        cascades={
            "standard": [
                {"rule": "manager", "when": {"has": "dossier.manager"}, "address": "dossier.manager.email"},
                {"rule": "office", "address": "office.communication_email"},
            ]
        },
        mails={"ping": {"title": texts("title"), "from": "standard", "to": "standard", "refuse": ["no"]}},
        refusals={"no": refusal(when)},
    )
    without_manager = with_facts(FACTS, event={"type": "ping"}, dossier=None, office__communication_email="a@b.be")
    found = nearest_changes(Router.load(book).book("dupont"), without_manager)
    assert [(change.fact, said([change]), change.decision.outcome) for change in found] == [
        ("dossier.manager.email", ['dossier.manager.email: {ends_with: "@dupont.be"}'], "send"),
        ("office.communication_email", ['office.communication_email: {ends_with: "@dupont.be"}'], "send"),
        ("office.prepared_domains", ["office.prepared_domains: {contains: b.be}"], "send"),
        ("dossier.manager", ['not: {dossier.manager.email: {ends_with: "@dupont.be"}}'], "refuse"),
    ]
    assert [change.stand_ins for change in found] == [
        {"manager@dupont.be": "dossier.manager.email"},
        {"a@dupont.be": "office.communication_email"},
        {},
        {"manager.example@b.be": "dossier.manager.email"},
    ]


@pytest.mark.parametrize(
    ("refuse", "becomes"),
    [
        ({"from.address": "x@y.be"}, ["office.communication_email: x@y.be"]),
        ({"from.address": {"starts_with": "x"}}, ["office.communication_email: {starts_with: x}"]),
        ({"from.domain": ["y.be", "z.be"]}, [
            'office.communication_email: {ends_with: "@y.be"} or office.communication_email: {ends_with: "@z.be"}'
        ]),
        ({"from.domain": {"starts_with": "y"}}, ["from.domain: {starts_with: y}"]),
        ({"from.domain": ["a.be", "b.be", "c.be", "d.be"]}, ["from.domain: [a.be, b.be, c.be, d.be]"]),
        ({"from.address": {"fact": "user.email"}}, [
            "office.communication_email: an@client.be", "user.email: contact@dupont.be"
        ]),
        ({"from.address": {"in": {"fact": "own.hosts"}}}, [
            "from.address: {in: {fact: own.hosts}}", "own.hosts: {contains: contact@dupont.be}"
        ]),
        # The address of last resort has no name, and nothing else gives the sender one.
        ({"has": "from.name"}, []),
    ],
)  # fmt: skip
def test_what_the_sender_would_have_to_be(refuse: Any, becomes: list[str], tmp_path: Path) -> None:
    book = write_book(
        tmp_path,
        mails={"ping": {"title": texts("title"), "from": "standard", "to": "standard", "refuse": ["no"]}},
        refusals={"no": refusal(refuse)},
        facts={"own": {"type": "object", "properties": OWN}},
    )
    given = with_facts(FACTS, event={"type": "ping"}, own={"hosts": ["x@y.be"]})
    assert said([*nearest_changes(Router.load(book).book("dupont"), given)]) == becomes


def test_the_name_of_the_sender_is_looked_at_where_it_stands(tmp_path: Path) -> None:
    book = write_book(
        tmp_path,
        cascades={"standard": [{"rule": "it", "address": "office.communication_email", "name": "own.sector"}]},
        mails={"ping": {"title": texts("title"), "from": "standard", "to": "standard", "refuse": ["no"]}},
        refusals={"no": refusal({"lacks": "from.name"})},
        facts={"own": {"type": "object", "properties": OWN}},
    )
    found = nearest_changes(Router.load(book).book("dupont"), with_facts(FACTS, event={"type": "ping"}))
    assert said([*found]) == ["has: own.sector"]
    assert found[0].decision.outcome == "send"


PEOPLE = [
    {"id": "jean", "email": "jean@dupont.be", "active": False},
    None,
    {"id": "marie", "email": "marie@dupont.be"},
    {"id": "twice", "email": "one@dupont.be"},
    {"id": "twice", "email": "two@dupont.be"},
]


@pytest.mark.parametrize(
    ("name", "becomes", "fact", "example"),
    [
        ("marie", ["`marie` is no active collaborator"], "[2].active", False),
        ("jean@dupont.be", ["`jean@dupont.be` is an active collaborator"], "[0].active", True),
        ("luc", ["`luc` is an active collaborator"], "[5]", {"id": "luc", "email": "luc.example@dupont.be"}),
        ("l@x.be", ["`l@x.be` is an active collaborator"], "[5]", {"email": "l@x.be"}),
        # Whoever of them leaves, the name still stands for the other.
        ("twice", [], "", None),
    ],
)  # fmt: skip
def test_collaborators_come_and_go(name: str, becomes: list[str], fact: str, example: Any, tmp_path: Path) -> None:
    found = changes(tmp_path, None, {"collaborators": [name]}, office__collaborators=PEOPLE)
    assert said(found) == becomes
    wanted = [(f"office.collaborators{fact}", example)] * len(becomes)
    assert [(change.fact, change.example) for change in found] == wanted


def test_what_is_at_fault_and_no_rule_looks_at_is_left_alone(tmp_path: Path) -> None:
    """A rule is not asked whose facts are of the wrong type; what it looks at is not spoken of."""
    last = [{"rule": "it", "when": {"own.size": 5, "own.limit": {"fact": "own.size"}}, "address": "user.email"}]
    book = write_book(
        tmp_path,
        cascades={**TO_THE_OFFICE, "last": last},
        mails={
            "ping": {
                "title": texts("title"),
                "to": [
                    {"rule": "first", "when": {"own.sector": "a"}, "address": "user.email"},
                    {"rule": "second", "when": {"own.branch": "b"}, "cascade": "last"},
                    {"rule": "third", "cascade": "standard"},
                ],
            }
        },
        facts={"own": {"type": "object", "properties": OWN}},
    )
    given = with_facts(FACTS, event={"type": "ping"}, own={"size": "large", "limit": 5})
    found = nearest_changes(Router.load(book).book("dupont"), given)
    assert said([*found]) == ["own.sector: a"]


def test_what_stands_in_a_fact_that_is_no_object_has_no_place(tmp_path: Path) -> None:
    rules = [
        {"rule": "first", "when": {"own.branch": "b"}, "address": "user.email"},
        {"rule": "second", "when": {"own.sector": "a"}, "cascade": "last"},
    ]
    last = [{"rule": "it", "when": {"dossier.vat_period": "monthly"}, "address": "user.email"}]
    book = write_book(
        tmp_path,
        cascades={**TO_THE_OFFICE, "last": last},
        mails={"ping": {"title": texts("title"), "to": rules}},
        facts={"own": {"type": "object", "properties": OWN}},
    )
    given = with_facts(FACTS, event={"type": "ping"}, dossier="2026-017")
    assert said([*nearest_changes(Router.load(book).book("dupont"), given)]) == ["own.branch: b"]
