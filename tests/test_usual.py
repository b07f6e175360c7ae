"""What is answered as usual is what care would answer: the same decision, of the same types, or the same error."""

import inspect
import tempfile
from collections import OrderedDict, defaultdict
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any

import generated
import pytest
from books import FACTS, refusal, with_facts, write_book
from courrier import FactsError, Router, familiar, usual
from courrier.decision import Address, Decision
from courrier.model import Collaborators
from courrier.routing import Routing
from courrier.usual import Usual
from hypothesis import given, note, settings
from hypothesis import strategies as st
from test_semantics import load

BOOKS = 10
FACTS_A_BOOK = 40
LANGUAGES = [None, "fr", "nl-BE", "xx", "", " ", 7, ["fr"], True]


class Text(StrEnum):
    """A text of another type than str."""

    DOMAIN = "dupont.be"
    MARIE = "marie@dupont.be"
    OFFICE = "dupont"
    FRENCH = "fr"


def answer(decide: Any, facts: Any, lang: str | None = None) -> Any:
    """Return the decision, or the error as what it says."""
    try:
        return decide(facts, lang=lang)
    except FactsError as error:
        return error.to_dict()


def types(value: Any) -> Any:
    return (type(value), [types(part) for part in value]) if isinstance(value, tuple) else type(value)


def quick(router: Router, facts: Mapping[str, Any], lang: str | None = None) -> Decision | None:
    """Return what the function of the mail says by itself."""
    routing = router._rules.of_office(facts["office"]["id"])
    assert isinstance(routing, Usual)
    return routing.functions[facts["event"]["type"]](dict(facts), facts["office"], facts["office"]["id"], lang)


def warmed(router: Router, *given: Any) -> Router:
    for facts in given:
        for _ in range(3):
            answer(router.decide, facts)
    return router


@settings(max_examples=BOOKS, report_multiple_bugs=False)
@given(generated.books(), st.integers(0, 2**32))
def test_it_answers_what_the_careful_way_answers(book: generated.Book, seed: int) -> None:
    random = Random(seed)  # noqa: S311
    with tempfile.TemporaryDirectory() as folder:
        router, books = load(Path(folder), book)
        careful = {office: Routing(router.book(office)) for office in books}
        drawn = [(generated.facts(random), random.choice([None, None, "fr", "xx"])) for _ in range(FACTS_A_BOOK)]
        for facts, lang in drawn + drawn + drawn:
            if isinstance(facts.get("user"), dict) and random.random() < 0.3:
                facts = {**facts, "user": {**facts["user"], "language": random.choice(LANGUAGES)}}
            office = facts["office"].get("id") if isinstance(facts["office"], Mapping) else None
            if office in careful:
                got, meant = answer(router.decide, facts, lang), answer(careful[office].decide, facts, lang)
                if (got, types(got)) != (meant, types(meant)):
                    note(f"facts: {facts}, {lang}")
                    assert got == meant


ODD: list[Any] = [
    {},
    {"office__id": Text.OFFICE},
    {"office__id": " dupont"},
    {"office__id": 7},
    {"office__id": ["dupont"]},
    {"event__type": ["client_user_created"]},
    {"event__type": Text.OFFICE},
    {"event": "client_user_created"},
    {"event": MappingProxyType({"type": "client_user_created"})},
    {"office": None},
    {"office": defaultdict(str, FACTS["office"])},
    {"office__communication_email": None},
    {"office__communication_email": "\u00e9@dupont.be"},
    {"office__functional_email": 5},
    {"office__functional_email": "\ud800"},
    {"office__prepared_domains": "dupont.be"},
    {"office__prepared_domains": ("dupont.be",)},
    {"office__prepared_domains": ["dupont.be", 7]},
    {"office__prepared_domains": ["DUPONT.be"]},
    {"office__prepared_domains": ["dupont.be", "\ud800"]},
    {"office__prepared_domains": ["dupont.be\ndupont.be"]},
    {"office__prepared_domains": [Text.DOMAIN]},
    {"office__prepared_domains": []},
    {"office__prepared_domains": None},
    {"office__prepared_domains": ["elsewhere.be"], "user__language": "nl_BE"},
    {"office__prepared_domains": ["elsewhere.be"], "user__language": ["nl"]},
    {"office__prepared_domains": ["elsewhere.be"], "user__language": 7},
    {"office__prepared_domains": ["elsewhere.be"], "user__language": Text.FRENCH},
    {"office__prepared_domains": ["elsewhere.be"], "user__language": None},
    {"dossier": OrderedDict(FACTS["dossier"])},
    {"dossier": []},
    {"dossier": 0},
    {"dossier": ...},
    {"dossier__manager": {}},
    {"dossier__manager": {"name": "M"}},
    {"dossier__manager__name": ["M"]},
    {"dossier__manager__name": " Marie Peeters "},
    {"dossier__manager__name": "Marie\nPeeters"},
    {"dossier__manager__name": "Aure\u0301lie"},
    {"dossier__manager__name": ""},
    {"dossier__manager__email": Text.MARIE},
    {"dossier__manager__email": ["marie@dupont.be"]},
    {"dossier__manager__email": "marie@dupont.be\n"},
    {"dossier__manager__email": "marie@DUPONT.be"},
    {"dossier__manager__email": "marie"},
    {"dossier__manager__email": None},
    {"user": ...},
    {"user__email": None},
    {"user__email": "an@@client.be"},
    {"user__email": "an@client.be\n"},
    {"user__email": ".an@client..be"},
    {"user__email": f"{'a' * 300}@client.be"},
    {"user__email": "\u00e9@client.be"},
    {"user__email": "marie@dupont.be"},
    {"user__email": "marie@DUPONT.BE"},
    {"user__email": "MARIE@dupont.be"},
    {"user__email": b"an@client.be"},
    {"user__active_elsewhere": True},
    {"user__active_elsewhere": 1},
    {"user__active_elsewhere": None},
    {"from": {"domain": "evil.be"}},
]


@pytest.mark.parametrize("changes", ODD, ids=str)
def test_facts_out_of_the_usual(changes: dict[str, Any]) -> None:
    router, careful = warmed(Router.standard(), FACTS), Router.standard(on_decision=lambda _: None)
    facts = with_facts(FACTS, **changes)
    for _ in range(3):
        got, meant = answer(router.decide, facts), answer(careful.decide, facts)
        assert (got, types(got)) == (meant, types(meant))


@pytest.mark.parametrize("facts", [None, [], 7, "facts", MappingProxyType(FACTS), OrderedDict(FACTS)], ids=str)
def test_facts_that_are_no_dict(facts: Any) -> None:
    router, careful = warmed(Router.standard(), FACTS), Router.standard(on_decision=lambda _: None)
    assert answer(router.decide, facts) == answer(careful.decide, facts)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"event__type": "task_failed"},
        {"dossier__manager": None},
        {"dossier": ..., "user__email": "an+office@client.be"},
        {"dossier__manager__name": "Aur\u00e9lie"},
        {"office__functional_email": "noreply@dupont.be", "dossier": {}},
        {"office__prepared_domains": ["elsewhere.be"]},
        {"user__active_elsewhere": True},
    ],
    ids=str,
)
def test_what_is_usual_needs_no_care(changes: dict[str, Any]) -> None:
    facts = with_facts(FACTS, **changes)
    router = warmed(Router.standard(), facts)
    assert quick(router, facts) == router.decide(facts) == Routing(router.book()).decide(facts)


PEOPLE: list[Any] = [
    {"id": "marie", "name": "Marie", "email": "marie@dupont.be"},
    {"id": "jan", "name": "Jan", "email": "Jan@Dupont.BE", "active": True},
    {"id": "els", "email": "els@dupont.be", "active": False},
]


@pytest.mark.parametrize("role", ["to", "cc"])
@pytest.mark.parametrize(
    "names", [["marie"], ["Jan@dupont.be"], ["marie", "jan"], ["marie", "marie@dupont.be"], ["els"]]
)
@pytest.mark.parametrize(
    "people",
    [
        PEOPLE,
        [{"id": "els", "email": "x@dupont.be"}, *PEOPLE],
        [{"id": "jan", "email": "jan@DUPONT.be"}, *PEOPLE],
        [*PEOPLE, None],
        [*PEOPLE, 7],
        [*PEOPLE, {"id": 7}],
        [*PEOPLE, {"id": "a", "email": "a@dupont.be", "active": "yes"}],
        [*PEOPLE, {"id": "\u00e9", "email": "e@dupont.be"}],
        [{**person, "email": "none"} for person in PEOPLE],
        tuple(PEOPLE),
        [],
    ],
    ids=str,
)
def test_collaborators(tmp_path: Path, role: str, names: list[str], people: Any) -> None:
    mails = {"ping": {"to": "standard", role: {"collaborators": names}}}
    router = Router.load(write_book(tmp_path, mails=mails))
    facts = with_facts(FACTS, event__type="ping", office__collaborators=people)
    warmed(router, with_facts(facts, office__collaborators=PEOPLE), facts)
    assert answer(router.decide, facts) == answer(Routing(router.book()).decide, facts)


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usual, "MOST_REMEMBERED", 4)
    monkeypatch.setattr(familiar, "MOST_REMEMBERED", 4)
    router = Router.standard()
    for number in range(20):
        changes: dict[str, Any] = {"dossier__manager__email": f"marie{number}@dupont.be"}
        if number % 2:
            changes |= {"office__prepared_domains": ["elsewhere.be"], "user__language": f"l{number}"}
        facts = with_facts(FACTS, **changes)
        for _ in range(2):
            assert router.decide(facts) == Routing(router.book()).decide(facts)
    mail = router._rules.platform._mails["client_user_created"]
    assert mail is not None
    assert mail._learned <= 4
    assert len(familiar.known) <= 4


def test_what_is_remembered_of_collaborators_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(familiar, "MOST_REMEMBERED", 4)
    give = familiar.giver(Collaborators(("marie",)))
    for number in range(20):
        people = [{"id": f"p{number}", "email": f"p{number}@x.be"}, {"id": "marie", "email": f"m{number}@x.be"}]
        assert give({"office": {"collaborators": people}}, None, ()) == (Address(None, f"m{number}@x.be"),)
    assert len(inspect.getclosurevars(give).nonlocals["meant"]) <= 4


@pytest.mark.parametrize("tests", [usual.MOST_READ - 20, usual.MOST_READ + 20])
def test_a_mail_that_looks_at_too_much_has_no_function(tmp_path: Path, tests: int) -> None:
    own = {f"flag{n}": {"type": "boolean"} for n in range(tests)}
    steps: list[Any] = [
        {"rule": f"r{n}", "when": {f"extra.flag{n}": True}, "address": "user.email"} for n in range(tests)
    ]
    cascades: Any = {"standard": [*steps, {"rule": "last", "address": "office.communication_email"}]}
    facts_schema = {"extra": {"type": "object", "properties": own}}
    router = Router.load(
        write_book(tmp_path, cascades=cascades, mails={"ping": {"to": "standard"}}, facts=facts_schema)
    )
    facts = with_facts(FACTS, event__type="ping", extra={"flag7": True})
    warmed(router, facts)
    assert router.decide(facts) == Routing(router.book()).decide(facts)
    assert ("ping" in router._rules.platform.functions) == (tests < usual.MOST_READ)


def test_a_sender_from_among_the_collaborators_is_chosen_with_care(tmp_path: Path) -> None:
    mails = {"ping": {"from": {"collaborators": ["marie"]}, "to": {"address": "user.email"}, "refuse": ["no"]}}
    router = Router.load(write_book(tmp_path, mails=mails, refusals={"no": refusal({"from.domain": "evil.be"})}))
    facts = with_facts(FACTS, event__type="ping")
    warmed(router, facts)
    assert quick(router, facts) is None
    assert router.decide(facts) == Routing(router.book()).decide(facts)


def test_what_is_at_fault_beside_the_way_is_left_alone(tmp_path: Path) -> None:
    cascades = {
        "standard": [{"rule": "last", "address": "office.communication_email"}],
        "other": [
            {"rule": "monthly", "when": {"dossier.vat_period": "monthly"}, "address": "user.email"},
            {"rule": "last", "address": "office.communication_email"},
        ],
    }
    rules = [
        {"rule": "abroad", "when": {"user.active_elsewhere": True}, "cascade": "other"},
        {"rule": "here", "cascade": "standard"},
    ]
    router = Router.load(write_book(tmp_path, cascades=cascades, mails={"ping": {"to": rules}}))
    facts = with_facts(FACTS, event__type="ping", dossier__vat_period=7)
    for _ in range(3):
        assert router.decide(facts) == Routing(router.book()).decide(facts)
    facts = with_facts(facts, user__active_elsewhere=True)
    assert answer(router.decide, facts) == answer(Routing(router.book()).decide, facts)
