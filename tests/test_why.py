"""Why somebody sends or receives a mail, or why not; whole answers are in `golden/cli/why-*.txt`."""

import json
from pathlib import Path
from typing import Any

import generated
import pytest
from books import FACTS, TO_THE_OFFICE, refusal, texts, with_facts, write_book
from commands import GOLDEN, courrier
from courrier import Decision, Router
from courrier.facts import normalise
from courrier.why import Why, takes_part, why
from hypothesis import given, note, settings
from hypothesis import strategies as st
from test_semantics import decisions


def has(address: str, decision: Decision) -> list[str]:
    """Return the roles of an address in a decision."""
    people = {"from": [decision.sender] if decision.sender else [], "to": decision.to, "cc": decision.cc}
    wanted = normalise(address, "address")
    return [role for role, given in people.items() if wanted in [normalise(one.address, "address") for one in given]]


@settings(max_examples=15, report_multiple_bugs=False)
@given(generated.books(), st.sampled_from(generated.ADDRESSES), st.integers(0, 2**32))
def test_answers_are_true(made: generated.Book, address: str, seed: int) -> None:
    for router, facts, now in decisions(made, seed, 8):
        note(f"facts: {facts}")
        answer = why(router.book(now.office), address, facts)
        assert answer.decision == now
        assert answer.holds == takes_part(address, now) == (now.outcome == "send" and has(address, now) != [])
        if now.outcome == "send":
            assert [*answer.roles] == has(address, now)
        decided = {naming.role for naming in answer.rules if naming.standing == "decides"}
        assert decided == {*answer.roles}
        for change in answer.changes:
            assert router.decide(change.facts) == change.decision
            assert takes_part(address, change.decision) != answer.holds
        json.dumps(answer.to_dict())


JEAN = {"id": "jean", "email": "jean@dupont.be"}
MARIE = {"id": "marie", "email": "marie@dupont.be"}


def rule(name: str, when: Any = None, **outcome: Any) -> dict[str, Any]:
    return {"rule": name, **({"when": when} if when else {}), **outcome}


def asked(folder: Path, address: str, facts: dict[str, Any], **roles: Any) -> Why:
    cascades = {
        **TO_THE_OFFICE,
        "nested": [{"rule": "inner", "when": {"has": "user"}, "cascade": "deeper"}],
        "deeper": [{"rule": "deepest", "collaborators": ["jean"]}],
        "insistent": [
            {"rule": "it", "when": {"user.email": {"in": {"fact": "office.prepared_domains"}}}, "cascade": "deeper"}
        ],
    }
    mail = {"title": texts("title"), **roles}
    book = write_book(
        folder, cascades=cascades, mails={"ping": mail}, refusals={"no": refusal({"has": "user.language"})}
    )
    given = {"event": {"type": "ping"}, "office__collaborators": [JEAN, MARIE], **facts}
    return why(Router.load(book).book("dupont"), address, with_facts(FACTS, **given))


MONTHLY, YEARLY = {"dossier.vat_period": "monthly"}, {"dossier.vat_period": "yearly"}


def then_nested(when: Any = YEARLY) -> list[Any]:
    return [rule("first", when, cascade="nested"), rule("last", cascade="standard")]


BY_MARIE = {"from": {"collaborators": ["marie"]}, "to": {"same_as": "from"}}
BY_BOTH = {"from": {"collaborators": ["marie", "jean"]}, "to": {"same_as": "from"}}


@pytest.mark.parametrize(
    ("roles", "facts", "name", "standings"),
    [
        ({"to": "deeper"}, {}, "jean", ["to deepest decides"]),
        ({"to": "nested"}, {}, "jean", ["to deepest decides"]),
        ({"to": "standard"}, {}, "contact", ["to office-communication decides"]),
        (
            {"to": [rule("first", MONTHLY, address="user.email"), rule("last", cascade="nested")]}, {},
            "jean", ["to last not reached"],
        ),
        ({"to": then_nested()}, {}, "jean", ["to first did not hold"]),
        ({"to": then_nested()}, {"user": None}, "jean", []),
        # What cannot be asked of these facts gives nobody.
        (
            {"to": [rule("first", YEARLY, cascade="insistent"), rule("last", cascade="standard")]},
            {"office__prepared_domains": None}, "jean", [],
        ),
        ({"to": {"collaborators": ["jean", "marie"]}}, {}, "marie", ["to to decides"]),
        (
            {"to": {"collaborators": ["jean"]}}, {"office__collaborators": [{**JEAN, "active": False}]},
            "jean", ["to to left out"],
        ),
        ({"to": {"collaborators": ["luc@dupont.be"]}}, {}, "luc", ["to to left out"]),
        # Only the first sends; of the others nobody looks whether they could.
        (BY_BOTH, {}, "jean", ["from from another sends"]),
        (BY_BOTH, {"office__collaborators": [MARIE, {**JEAN, "name": "a\nb"}]}, "jean", ["from from left out"]),
        (
            {**BY_MARIE, "cc": {"collaborators": ["marie"]}}, {},
            "marie", ["from from decides", "to to decides", "cc cc has it already"],
        ),
        (
            {**BY_MARIE, "to": "deeper", "cc": [rule("a", YEARLY, same_as="from"), rule("b", cascade="deeper")]}, {},
            "marie", ["from from decides", "cc a did not hold"],
        ),
    ],
)  # fmt: skip
def test_what_came_of_the_rules(roles: Any, facts: Any, name: str, standings: list[str], tmp_path: Path) -> None:
    answer = asked(tmp_path, f"{name}@Dupont.BE", facts, **roles)
    told = [f"{naming.role} {naming.rule.rule.rpartition('.')[2]} {naming.standing}" for naming in answer.rules]
    assert told == standings


def test_of_a_refused_mail_the_roles_are_known_and_nobody_takes_part(tmp_path: Path) -> None:
    answer = asked(tmp_path, "jean@dupont.be", {}, to="deeper", refuse=["no"])
    assert (answer.holds, answer.roles) == (False, ("to",))
    assert [str(turned) for change in answer.changes for way in change.becomes for turned in way] == [
        "lacks: user.language"
    ]


# The command


@pytest.mark.parametrize(
    ("address", "facts", "code"),
    [
        ("marie@dupont.be", ["facts/welcome.json"], 0),
        ("nobody@dupont.be", ["facts/welcome.json"], 1),
        ("nobody@dupont.be", ["facts/welcome.json", "facts/vat.yaml"], 1),
        ("an@client.be", ["facts/welcome.json", "facts/vat.yaml"], 0),
        ("contact@martin.be", ["facts/events.jsonl"], 2),
    ],
)
@pytest.mark.parametrize("format", ["text", "json"])
def test_the_code_is_that_of_grep(
    address: str, facts: list[str], code: int, format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(GOLDEN)
    assert courrier("why", address, *facts, "--rules", "rules", "--format", format).code == code


def test_json_of_several_files_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GOLDEN)
    ran = courrier("why", "a@b.be", "facts/vat.yaml", "facts/events.jsonl", "--rules", "rules", "--format", "json")
    answers = [json.loads(line) for line in ran.out.splitlines()]
    assert [(answer["file"], answer["line"]) for answer in answers] == [
        ("facts/vat.yaml", 1),
        *[("facts/events.jsonl", line) for line in (1, 3, 4, 5, 6, 7)],
    ]


@pytest.mark.parametrize("address", ["marie", "Marie <marie@dupont.be>", "a@b.be,c@d.be", ""])
def test_an_address_is_one(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GOLDEN)
    message = f"error: `{address}` is no e-mail address (see `courrier why --help`)\n"
    assert courrier("why", address, "facts/vat.yaml") == (2, "", message)


def test_a_stream_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GOLDEN)
    line = json.dumps(FACTS).encode() + b"\n"
    ran = courrier("why", "marie@dupont.be", "-", "--rules", "rules", stdin=2 * line)
    assert [line[:8] for line in ran.out.splitlines()] == ["1: yes  ", "2: yes  "]
