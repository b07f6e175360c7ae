"""What changes when a collaborator leaves: who takes over, what falls to the last resort, what is refused or fails."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import generated
import pytest
from books import refusal, texts, with_facts, write_book
from courrier import Decision, FactsError, Router
from courrier import departure as module
from courrier.departure import Departure, departure
from courrier.leaving import person_in, without
from hypothesis import given, settings
from hypothesis import strategies as st

MARIE, JEAN = ({"id": id, "name": None, "email": f"{id}@dupont.be"} for id in ("marie", "jean"))
STANDARD = [
    {"rule": "manager", "when": {"has": "dossier.manager"}, "address": "dossier.manager.email"},
    {"rule": "group", "when": {"has": "dossier.client_group.email"}, "address": "dossier.client_group.email"},
    {"rule": "office", "address": "office.communication_email"},
]
MAILS = {
    "welcome": {
        "title": texts("title"),
        "from": "standard",
        "to": {"address": "user.email"},
        "cc": {"same_as": "from"},
        "refuse": ["not-prepared"],
    },
    "task": {"title": texts("title"), "to": "standard"},
    "vat": {"title": texts("title"), "from": "standard", "to": "standard", "cc": {"address": "dossier.manager.email"}},
    "open": {"title": texts("title"), "to": [{"rule": "it", "when": {"has": "user"}, "collaborators": ["marie"]}]},
}
OWN = {
    "task": {"to": {"collaborators": ["marie", "jean"]}},
    "vat": {"from": {"collaborators": ["marie@dupont.be"]}, "cc": {"collaborators": ["marie"]}},
}
SOLE = with_facts(
    office__collaborators=[MARIE], dossier={"client_group": {"email": "north@dupont.be"}}, event__type="vat"
)
BOTH = with_facts(office__collaborators=[MARIE, JEAN], event__type="task")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return write_book(
        tmp_path,
        cascades={"standard": STANDARD},
        mails=MAILS,
        refusals={"not-prepared": refusal({"from.domain": {"not_in": {"fact": "office.prepared_domains"}}})},
        offices={"dupont": {"mails": OWN}, "broken": "office: broken\nmails: {tsk: {to: standard}}"},
    )


@pytest.fixture
def router(book: Path) -> Router:
    return Router.load(book)


def left(router: Router, *cases: Any, name: str = "marie") -> Departure:
    return departure(router, name, enumerate(cases, start=1))


def seen(found: Departure) -> list[tuple[Any, ...]]:
    """Return of each effect what it is, what was before, what is after, by which rule, and whether as a last resort."""
    return [
        (effect.what, effect.before, effect.after, effect.by and effect.by.rule.rpartition(".")[2], effect.last_resort)
        for effect, *_ in found.effects
    ]


WELCOME = with_facts(event__type="welcome", office__collaborators=[MARIE])
NOT_PREPARED = ("refuse", "", "not-prepared", "not-prepared", False)


@pytest.mark.parametrize(
    ("facts", "effects"),
    [
        (
            WELCOME,
            [
                ("from", "marie@dupont.be", "north@dupont.be", "group", False),
                ("cc", "marie@dupont.be", "north@dupont.be", "cc", False),
            ],
        ),
        (
            with_facts(WELCOME, dossier__client_group__email="north@group.be"),
            [("from", "marie@dupont.be", "north@group.be", "group", False), NOT_PREPARED],
        ),
        (
            with_facts(WELCOME, dossier__manager__email="marie@old.be"),
            [
                ("from", "marie@old.be", "north@dupont.be", "group", False),
                ("refuse", "not-prepared", "", "not-prepared", False),
            ],
        ),
        (BOTH, [("to", "marie@dupont.be", "", "to", False)]),
        (
            with_facts(BOTH, office__collaborators=[MARIE], dossier__manager=JEAN),
            [("to", "marie@dupont.be", "jean@dupont.be", "manager", True)],
        ),
        # The sender is lost, and so is the copy.
        (
            with_facts(SOLE, dossier__manager=JEAN),
            [
                ("from", "marie@dupont.be", "jean@dupont.be", "manager", True),
                ("cc", "marie@dupont.be", "", "cc", False),
            ],
        ),
        (
            with_facts(SOLE, event__type="open", office__id="other"),
            [("to", "marie@dupont.be", "north@dupont.be", "group", True)],
        ),
        # The last resort decided before, too.
        (
            with_facts(SOLE, event__type="open", office__id="other", user=None, dossier={"manager": MARIE}),
            [("to", "marie@dupont.be", "contact@dupont.be", "office", True)],
        ),
        (
            with_facts(SOLE, event__type="vat", office__id="other", dossier={"manager": MARIE}),
            [("facts", "", "`dossier.manager.email`: wanted a string, found nothing", None, False)],
        ),
        # What is the office's stays.
        (
            with_facts(BOTH, office={"id": "other", "communication_email": "marie@dupont.be"}, dossier={}),
            [],
        ),
        (
            with_facts(
                BOTH,
                office={"id": "other", "communication_email": "marie@Dupont.be", "collaborators": [MARIE]},
                dossier={},
            ),
            [("to", "marie@Dupont.be", "marie@Dupont.be", "office", False)],
        ),
        (with_facts(BOTH, office__collaborators=[JEAN, {**MARIE, "active": False}], dossier={}), []),
    ],
)  # fmt: skip
def test_what_changes(facts: Any, effects: list[Any], router: Router) -> None:
    found = left(router, facts)
    assert seen(found) == effects
    changes = any(effect[1] != effect[2] for effect in effects)
    assert found.changed == ({facts["event"]["type"]: 1} if changes else {})
    for effect, cases, line, example in found.effects:
        assert (effect.event, cases, line) == (facts["event"]["type"], 1, 1)
        if effect.what == "facts":
            with pytest.raises(FactsError):
                router.decide(example)
        elif effect.what != "refuse":
            assert effect.after in set(addresses(router.decide(example))) | {""}


def addresses(decision: Decision) -> Iterator[str]:
    senders = [decision.sender] if decision.sender else []
    return (address.address for address in (*senders, *decision.to, *decision.cc))


def test_cases_are_counted_effect_by_effect(router: Router) -> None:
    cases = [
        BOTH,
        WELCOME,
        with_facts(BOTH, event__description="another"),
        with_facts(BOTH, office__collaborators=[JEAN]),
    ]
    found = left(router, *cases)
    assert (found.cases, found.changed, found.offices) == (4, {"task": 2, "welcome": 1}, ("dupont",))
    assert [(one.effect.event, one.effect.what, one.cases, one.line) for one in found.effects] == [
        ("task", "to", 2, 1),
        ("welcome", "from", 1, 2),
        ("welcome", "cc", 1, 2),
    ]


def test_the_rules_that_name_the_person_are_found(router: Router) -> None:
    by_id = left(router, with_facts(BOTH, office__collaborators=[], dossier={}))
    assert [(rule.rule, rule.at) for rule in by_id.rules] == [
        ("offices.dupont.mails.task.to", "offices/dupont.yaml:5"),
        ("offices.dupont.mails.vat.cc", "offices/dupont.yaml:18"),
        ("mails.open.to.it", "mails.yaml:48"),
    ]
    by_both = left(router, with_facts(BOTH, office__collaborators=[MARIE]), name="marie@DUPONT.be")
    assert [rule.rule for rule in by_both.rules] == [
        "offices.dupont.mails.task.to",
        "offices.dupont.mails.vat.from",
        "offices.dupont.mails.vat.cc",
        "mails.open.to.it",
    ]


def test_who_is_nowhere_found(router: Router) -> None:
    found = left(
        router,
        with_facts(BOTH, office__collaborators=[MARIE, {"id": " luc"}, {"email": "ann@dupont.be"}]),
        name="lucas",
    )
    assert (found.offices, found.rules) == ((), ())
    assert found.known == ("marie", "marie@dupont.be", " luc", "ann@dupont.be")


def test_who_has_left_before_is_found(router: Router) -> None:
    luc = {"id": "luc", "active": False}
    found = left(router, with_facts(BOTH, office__collaborators=[luc]), name="luc")
    assert (found.offices, found.changed, found.effects, found.known) == (("dupont",), {}, (), ())


def test_cases_at_fault_are_counted_and_named(router: Router, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_FAULTS", 3)
    unreadable = FactsError("", "a JSON object", "broken JSON")
    found = left(router, unreadable, BOTH, {}, with_facts(office__id="broken"), [], with_facts(event__type="tsk"))
    assert (found.cases, found.at_fault, found.changed) == (6, 5, {"task": 1})
    assert [(fault.line, fault.message) for fault in found.faults] == [
        (1, "the facts: wanted a JSON object, found broken JSON"),
        (3, "`office.id`: wanted a string, found nothing"),
        (4, "offices/broken.yaml:2: no event is called `tsk`"),
    ]


def test_what_is_kept_is_bounded(router: Router, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_EFFECTS", 3)
    monkeypatch.setattr(module, "_MOST_OFFICES", 2)
    monkeypatch.setattr(module, "_MOST_KNOWN", 1)
    cases = [
        with_facts(BOTH, office__id=f"o{n}", dossier={"manager": MARIE, "client_group": {"email": f"g{n}@x.be"}})
        for n in range(5)
    ]
    nowhere = with_facts(BOTH, office__collaborators=[JEAN], dossier={})
    found = left(router, nowhere, nowhere, *cases, cases[0])
    assert (found.cases, len(found.effects), found.further, found.changed) == (8, 3, 2, {"task": 6})
    assert found.offices == ("o0", "o1")
    assert found.effects[0].cases == 2


def test_an_example_lists_whom_rules_name(router: Router) -> None:
    others = [{"id": f"p{n}", "email": f"p{n}@dupont.be"} for n in range(20)]
    facts = with_facts(BOTH, office__collaborators=[*others, MARIE, JEAN])
    (one,) = left(router, facts).effects
    assert one.example["office"]["collaborators"] == [{**MARIE, "active": False}, JEAN]


def test_an_example_is_whole_where_others_count(tmp_path: Path) -> None:
    to = [
        {"rule": "it", "when": {"has": ["office.collaborators", "dossier.manager"]}, "address": "dossier.manager.email"}
    ]
    write_book(
        tmp_path,
        cascades={"standard": STANDARD},
        mails={
            "task": {
                "title": texts("title"),
                "to": [*to, {"rule": "a", "when": {"has": "office.collaborators"}, "cascade": "standard"}],
            }
        },
    )
    facts = with_facts(BOTH, office__collaborators=[JEAN], dossier={"manager": MARIE})
    (one,) = left(Router.load(tmp_path), facts).effects
    assert one.example["office"]["collaborators"] == [JEAN]


@settings(max_examples=int(os.environ.get("COURRIER_EXAMPLES", "25")), deadline=None)
@given(generated.books(), st.sampled_from(["a", "b", "m@a.be", "x@b.be", "é"]), st.integers(0, 2**32))
def test_it_is_what_is_decided_without_the_person(book: generated.Book, name: str, seed: int) -> None:
    random = Random(seed)  # noqa: S311
    with tempfile.TemporaryDirectory() as folder:
        router = generated_router(book, folder)
        known = router.book().facts
        for _ in range(12):
            facts = generated.facts(random)
            found = left(router, facts, name=name)
            was = outcome(router, facts)
            if was is None:
                assert (found.at_fault, found.changed, found.effects) == (1, {}, ())
                continue
            person = person_in(facts, name, known)
            now = outcome(router, without(facts, person, known))
            assert bool(found.changed) == (was != now)
            for effect, _, _, example in found.effects:
                assert outcome(router, example) == now
                if effect.what in {"from", "to", "cc"}:
                    assert effect.changes or effect.after.lower() in {one.lower() for one in person.addresses}


def generated_router(book: generated.Book, folder: str) -> Router:
    """Write a made-up rule book with its office."""
    own = {generated.OFFICE: {"mails": book.own, "cascades": book.order}}
    parts = {"cascades": book.cascades, "mails": book.mails, "refusals": book.refusals}
    return Router.load(write_book(Path(folder), **parts, facts=generated.own_schema(), offices=own))


def outcome(router: Router, facts: Any) -> Any:
    """Return who is in which role, and what refuses; None where the facts are at fault."""
    try:
        decision = router.decide(facts)
    except FactsError:
        return None
    refusals = {notice.code for notice in decision.refusals}
    return (
        decision.sender and decision.sender.address,
        {one.address for one in decision.to},
        {one.address for one in decision.cc},
        refusals,
    )
