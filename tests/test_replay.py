"""A replay agrees with deciding about the facts themselves, whenever it claims to know."""

import copy
import itertools
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import generated
import pytest
from books import TO_THE_OFFICE, refusal, with_facts, write_book
from commands import courrier
from courrier import FactsError, Router, RulesError, replay
from courrier.cli import logs
from courrier.records import Decided, parse
from courrier.replay import Replay, Replayed
from hypothesis import given, settings
from hypothesis import strategies as st
from logged import KEY, line_of, told, write_generated

BOOKS = int(os.environ.get("COURRIER_EXAMPLES", "25"))
FACTS_A_BOOK = 40

PING = with_facts(
    event__type="ping",
    office__collaborators=[
        {"id": "marie", "email": "marie@dupont.be"},
        {"id": "jean", "email": "jean@dupont.be"},
        {"id": "gone", "email": "gone@dupont.be", "active": False},
    ],
    dossier__employees=7,
)
OWN = {"dossier": {"type": "object", "properties": {"employees": {"type": "number"}, "sector": {"type": "string"}}}}
"""Facts that the rule books of these tests have besides the shipped ones."""


def book(folder: Path, *, cascades: Any = None, refusals: Any = None, offices: Any = None, **mail: Any) -> Path:
    """Write a rule book with one event, whose mail goes to the office."""
    mails = {"ping": {"to": "standard", **mail}}
    cascades = {**TO_THE_OFFICE, **(cascades or {})}
    return write_book(folder, cascades=cascades, mails=mails, refusals=refusals, offices=offices, facts=OWN)


def vat(value: Any) -> list[Any]:
    """Return the rules of a role that asks for the VAT period."""
    return [{"rule": "vat", "when": {"dossier.vat_period": value}, "address": "dossier.client_group.email"}]


def size(test: Any, then: str = "dossier.client_group.email") -> list[Any]:
    return [{"rule": "size", "when": {"dossier.employees": test}, "address": then}]


def people(*names: str) -> Any:
    return {"collaborators": list(names)}


GROUP, OFFICE = "dossier.client_group.email", "office.communication_email"
TO_GROUP = f"to: `{GROUP}` before, `{OFFICE}` now"
TO_OFFICE = f"to: `{OFFICE}` before, `{GROUP}` now"


@pytest.mark.parametrize(
    ("old", "new", "changes", "state", "details"),
    [
        # Words of strings
        (vat("monthly"), vat("monthly"), {}, "alike", ()),
        (vat("monthly"), vat(["monthly", "yearly"]), {}, "alike", ()),
        (vat("monthly"), vat("yearly"), {}, "different", (TO_GROUP,)),
        (vat("monthly"), vat({"starts_with": "mon"}), {}, "alike", ()),
        (vat("monthly"), vat({"ends_with": "mon"}), {}, "different", (TO_GROUP,)),
        (vat(["monthly", "yearly"]), vat("monthly"), {}, "cannot be told", ("dossier.vat_period",)),
        (vat(["monthly", "yearly"]), vat({"matches": ".*ly"}), {}, "alike", ()),
        (
            vat(["monthly", "yearly"]),
            vat({"starts_with": "m"}),
            {},
            "cannot be told",
            ("dossier.vat_period: {starts_with: m}",),
        ),
        (vat("yearly"), vat("yearly"), {}, "alike", ()),
        (vat("yearly"), vat("monthly"), {}, "cannot be told", ("dossier.vat_period",)),
        (vat("yearly"), vat({"contains": "x"}), {}, "cannot be told", ("dossier.vat_period: {contains: x}",)),
        (vat("yearly"), vat("monthly"), {"dossier__vat_period": None}, "alike", ()),
        (vat("yearly"), vat({"starts_with": "m"}), {"dossier__vat_period": None}, "alike", ()),
        (vat({"starts_with": "mon"}), vat({"starts_with": "mon"}), {}, "alike", ()),
        (vat({"starts_with": "mon"}), vat("monthly"), {}, "cannot be told", ("dossier.vat_period",)),
        (
            vat({"starts_with": "mon"}),
            vat({"starts_with": "x"}),
            {"dossier__vat_period": None},
            "cannot be told",
            ("dossier.vat_period: {starts_with: x}",),
        ),
        # Words of numbers
        (size({"above": 5}), size({"above": 4}), {}, "alike", ()),
        (size({"above": 5}), size({"above": 6}), {}, "cannot be told", ("dossier.employees",)),
        (size({"above": 5}), size({"at_most": 5}), {}, "different", (TO_GROUP,)),
        (size(7), size({"above": 6, "below": 8}), {}, "alike", ()),
        (size({"at_least": 8}), size({"above": 8}), {}, "alike", ()),
        (size({"above": 5, "below": 9}), size([6, 8]), {}, "cannot be told", ("dossier.employees",)),
        (size([6, 8]), size({"not": [6, 8]}), {}, "different", (TO_OFFICE,)),
        (size({"not_in": [6, 8]}), size({"above": 100}), {}, "cannot be told", ("dossier.employees",)),
        (size([5, 7]), size({"in": [5, 6, 7]}), {}, "alike", ()),
        # Facts in facts, and facts of which nothing is known
        (
            vat("monthly"),
            [{"rule": "r", "when": {"has": "dossier.sector"}, "address": GROUP}],
            {},
            "cannot be told",
            ("dossier.sector",),
        ),
        (
            [{"rule": "r", "when": {"has": "dossier.manager"}, "address": GROUP}],
            [{"rule": "r", "when": {"has": "dossier.manager.email"}, "address": GROUP}],
            {"dossier__manager": None},
            "alike",
            (),
        ),
        (
            [{"rule": "r", "when": {"dossier.manager.email": "marie@dupont.be"}, "address": GROUP}],
            [{"rule": "r", "when": {"has": "dossier.manager"}, "address": GROUP}],
            {},
            "alike",
            (),
        ),
        (
            [{"rule": "r", "when": {"dossier.manager.email": "marie@dupont.be"}, "address": GROUP}],
            [{"rule": "r", "when": {"dossier.manager.email": {"ends_with": "@dupont.be"}}, "address": GROUP}],
            {},
            "cannot be told",
            ('dossier.manager.email: {ends_with: "@dupont.be"}',),
        ),
        (
            [{"rule": "r", "when": {"dossier.manager.email": {"ends_with": "@dupont.be"}}, "address": GROUP}],
            [{"rule": "r", "when": {"dossier.manager.email": {"ends_with": "@dupont.be"}}, "address": GROUP}],
            {},
            "alike",
            (),
        ),
        (
            [{"rule": "r", "when": {"dossier.vat_period": {"fact": "dossier.sector"}}, "address": GROUP}],
            [{"rule": "r", "when": {"dossier.vat_period": {"not": {"fact": "dossier.sector"}}}, "address": GROUP}],
            {"dossier__sector": "monthly"},
            "different",
            (TO_GROUP,),
        ),
        (
            vat("x"),
            [{"rule": "r", "when": {"event.type": "ping", "office.id": "dupont"}, "address": GROUP}],
            {},
            "different",
            (TO_OFFICE,),
        ),
        (vat("x"), [{"rule": "r", "when": {"office.id": "martin"}, "address": GROUP}], {}, "alike", ()),
        # People
        (people("marie"), people("marie"), {}, "alike", ()),
        (people("marie", "jean"), people("jean"), {}, "different", ...),
        (people("marie", "gone"), people("gone"), {}, "different", ...),
        (people("gone"), people("gone", "nobody"), {}, "cannot be told", ("office.collaborators",)),
        (people("gone"), "standard", {}, "alike", ()),
        (people("marie"), people("jean"), {}, "cannot be told", ("office.collaborators",)),
        (people("marie"), "standard", {}, "different", ...),
    ],
)
def test_recipients(tmp_path: Path, old: Any, new: Any, changes: Mapping[str, Any], state: str, details: Any) -> None:
    got, said = replayed(tmp_path, {"to": old}, {"to": new}, **changes)
    assert got == state
    assert details is ... or said == details


def replayed(folder: Path, old: Any, new: Any, key: str | None = KEY, again: str | None = KEY, **changes: Any) -> Any:
    """Return what comes of a decision by one book when its line is replayed by another."""
    before = told(book(folder / "old", **old), with_facts(PING, **changes))
    # A title that nobody looks at keeps books apart that are else the same.
    after = Router.load(book(folder / "new", **new, title={"en": "New"}))
    event, office, state, details = Replay(after, again).line(line_of(before, key))
    assert (event, office) == ("ping", "dupont")
    return state, details


COPY, NO_COPY = {"same_as": "from"}, {"address": "office.communication_email"}
FROM = {"from": {"address": "dossier.manager.email", "name": "dossier.manager.name"}}
NO = {"user.active_elsewhere": True}
FROM_ELSEWHERE = {"from.domain": {"not_in": ["dupont.be"]}}
NAMELESS = {"lacks": "from.name"}


def refused(when: Any, **mail: Any) -> dict[str, Any]:
    return {"refusals": {"no": refusal(when)}, "refuse": ["no"], **mail}


@pytest.mark.parametrize(
    ("old", "new", "changes", "state", "details"),
    [
        # Copies, and who is there already
        ({**FROM, "cc": COPY}, {**FROM, "cc": FROM["from"]}, {}, "alike", ()),
        (
            {**FROM, "cc": COPY},
            FROM,
            {},
            "different",
            ("cc: `dossier.manager.name <dossier.manager.email>` before, none now",),
        ),
        ({}, {"cc": NO_COPY}, {}, "alike", ()),
        ({}, FROM, {}, "different", ("from: none before, `dossier.manager.name <dossier.manager.email>` now",)),
        (FROM, {"from": [*size(7, "dossier.manager.email")]}, {}, "different", ...),
        ({**FROM, "cc": COPY}, {"from": size(7, GROUP), "cc": COPY}, {}, "different", ...),
        ({"from": size(7), "cc": COPY}, {"from": size({"above": 1}), "cc": COPY}, {}, "alike", ()),
        (
            {"from": size({"above": 1}), "cc": COPY},
            {"from": size(7), "cc": COPY},
            {},
            "cannot be told",
            ("dossier.employees",),
        ),
        ({"from": people("gone", "marie")}, {"from": people("gone", "marie", "jean")}, {}, "alike", ()),
        (
            {"from": people("gone", "marie")},
            {"from": people("jean", "marie")},
            {},
            "cannot be told",
            ("office.collaborators",),
        ),
        # Cascades that leave the choice to others
        (
            {"cascades": {"other": size(7)}, "to": "other"},
            {"cascades": {"other": size({"above": 5})}, "to": [{"rule": "r", "cascade": "other"}]},
            {},
            "alike",
            (),
        ),
        # Refusals
        (refused(NO), refused(NO), {}, "alike", ()),
        (refused(NO), {}, {}, "alike", ()),
        ({}, refused(NO), {}, "cannot be told", ("user.active_elsewhere",)),
        (refused(NO), {}, {"user__active_elsewhere": True}, "different", ("refused by: `no` before, none now",)),
        (refused(NO), refused({"not": NO}), {}, "different", ("refused by: none before, `no` now",)),
        (
            {"to": vat("x")},
            refused({"dossier.vat_period": "x"}),
            {"dossier__vat_period": None},
            "different",
            ("refused by: none before, facts at fault now",),
        ),
        (refused(NO), refused(NO, to={"address": GROUP}), {"user__active_elsewhere": True}, "cannot be told", (GROUP,)),
        (
            refused(NO, to=people("marie", "gone")),
            refused(NO, to=people("marie")),
            {"user__active_elsewhere": True},
            "alike",
            (),
        ),
        (
            refused(NO, to=people("marie")),
            refused(NO, to=people("jean")),
            {"user__active_elsewhere": True},
            "cannot be told",
            ("office.collaborators",),
        ),
        # Refusals that look at the sender
        (refused(FROM_ELSEWHERE, **FROM), refused(FROM_ELSEWHERE, **FROM), {}, "alike", ()),
        (refused(NO, **FROM), refused(FROM_ELSEWHERE, **FROM), {}, "cannot be told", ("from.domain",)),
        (
            refused(FROM_ELSEWHERE, **{"from": size({"above": 1})}),
            refused(FROM_ELSEWHERE, **{"from": size(7)}),
            {},
            "cannot be told",
            ("dossier.employees", "from.domain"),
        ),
        (refused(NO, **FROM), refused({"has": "from.address"}, **FROM), {}, "different", ...),
        (refused(NO, **FROM), refused(NAMELESS, **FROM), {}, "cannot be told", ("from.name",)),
        (
            refused(NO, **{"from": {"address": GROUP}}),
            refused(NAMELESS, **{"from": {"address": GROUP}}),
            {},
            "different",
            ...,
        ),
        (
            refused(NO, **{"from": people("marie")}),
            refused(NAMELESS, **{"from": people("marie")}),
            {},
            "cannot be told",
            ("from.name",),
        ),
        (refused(NO), refused({"has": "from.name"}), {}, "alike", ()),
        (
            refused({"office.communication_email": {"fact": "from.address"}}, **FROM),
            refused({"office.communication_email": {"not": {"fact": "from.address"}}}, **FROM),
            {},
            "different",
            ...,
        ),
    ],
)
def test_mails(tmp_path: Path, old: Any, new: Any, changes: Mapping[str, Any], state: str, details: Any) -> None:
    got, said = replayed(tmp_path, old, new, **changes)
    assert got == state
    assert details is ... or said == details


MARIE = [{"rule": "r", "when": {"dossier.manager.email": "marie@dupont.be"}, "address": GROUP}]
NOT_JEAN = [{"rule": "r", "when": {"dossier.manager.email": {"not": "jean@dupont.be"}}, "address": GROUP}]


@pytest.mark.parametrize(
    ("key", "again", "state"),
    [
        (KEY, KEY, "alike"),
        (KEY, None, "cannot be told"),
        (KEY, KEY + "!", "cannot be told"),
        (None, None, "cannot be told"),
        (None, KEY, "cannot be told"),
    ],
)
@pytest.mark.parametrize(("old", "new"), [(MARIE, MARIE), (MARIE, NOT_JEAN), (people("marie"), people("marie"))])
def test_what_is_hidden_is_known_with_the_key(
    tmp_path: Path, old: Any, new: Any, key: str | None, again: str | None, state: str
) -> None:
    assert replayed(tmp_path, {"to": old}, {"to": new}, key, again)[0] == state


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 16 bytes"):
        Replay(Router.standard(), "short")


def test_the_same_rules_decide_alike(tmp_path: Path) -> None:
    folder = book(tmp_path, to=people("marie"))
    assert Replay(Router.load(folder)).line(line_of(told(folder, PING), None)) == Replayed("ping", "dupont", "alike")


def test_an_event_without_a_mail_comes_out_differently(tmp_path: Path) -> None:
    line = line_of(told(book(tmp_path), PING))
    assert Replay(Router.standard()).line(line) == Replayed(
        "ping", "dupont", "different", ("no mail is for this event",)
    )


def test_an_office_has_its_own_rules(tmp_path: Path) -> None:
    office = {"mails": {"ping": {"to": {"address": GROUP}}}}
    line = line_of(told(book(tmp_path / "old", to=vat("x")), PING))
    after = Router.load(book(tmp_path / "new", offices={"dupont": office, "martin": "office: no\n"}))
    assert Replay(after).line(line).state == "different"
    with pytest.raises(RulesError):
        Replay(after).line(line.replace(b'"dupont"', b'"martin"'))


def test_too_many_open_situations_cannot_be_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "MOST_SITUATIONS", 1)
    assert replayed(tmp_path, {"to": vat("yearly")}, {"to": vat("monthly")}) == (
        "cannot be told",
        ("dossier.vat_period",),
    )


def test_what_is_remembered_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "MOST_REMEMBERED", 1)
    before = book(tmp_path / "old", to=size({"above": 5}))
    lines = [line_of(told(before, with_facts(PING, dossier__employees=number))) for number in (3, 8)]
    again = Replay(Router.load(book(tmp_path / "new", to=size({"above": 4}))))
    assert [again.line(line).state for line in lines * 2] == ["cannot be told", "alike"] * 2


WORD = {"fact": "dossier.vat_period", "type": "string"}


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b"{}",
        b"[" * 100_000,
        {"event": 1},
        {"event": None},
        {"office": "../etc"},
        {"gives": {"from": []}},
        {"gives": []},
        {"refusals": [1]},
        {"refusals": 1},
        {"key": 5},
        {"facts": None},
        {"facts": [5]},
        {"facts": [{}]},
        {"facts": [{**WORD}]},
        {"facts": [{**WORD, "in": []}]},
        {"facts": [{**WORD, "in": [[]]}]},
        {"facts": [{**WORD, "in": ["x"], "not_in": ["y"]}]},
        {"facts": [{**WORD, "not_in": [None]}]},
        {"facts": [{**WORD, "within": [{"about": 1}]}]},
        {"facts": [{**WORD, "within": [{"below": "1"}]}]},
        {"facts": [{**WORD, "within": []}]},
        {"facts": [{**WORD, "test": 1, "holds": True}]},
        {"facts": [{**WORD, "test": "x", "holds": 1}]},
        {"facts": [{**WORD, "type": 1, "absent": True}]},
        {"facts": [{**WORD, "in": ["monthly"]}, {**WORD, "in": ["yearly"]}]},
        {"facts": [{**WORD, "in": [5]}]},
    ],
)
def test_a_line_that_is_no_record_is_told_from_the_others(tmp_path: Path, broken: Any) -> None:
    again = Replay(
        Router.load(
            book(
                tmp_path / "new",
                to=[
                    *vat("monthly"),
                    *[{"rule": "s", "when": {"dossier.vat_period": {"starts_with": "y"}}, "address": GROUP}],
                ],
            )
        )
    )
    if not isinstance(broken, bytes):
        broken = json.dumps({**json.loads(line_of(told(book(tmp_path / "old"), PING))), **broken}).encode()
    with pytest.raises(ValueError):  # noqa: PT011
        again.line(broken)


# The property


def changed(book: generated.Book, random: Random) -> generated.Book:
    """Return a rule book with some of its parts dropped, exchanged or in another order."""
    cascades, mails, refusals = copy.deepcopy(book[:3])
    rules = [rule for cascade in cascades.values() for rule in cascade[:-1]]
    rules += [rule for mail in mails.values() for role in mail.values() if isinstance(role, list) for rule in role]
    rules = [rule for rule in rules if isinstance(rule, dict) and "when" in rule]
    conditions = random.choice([rules, [rule for code, rule in refusals.items() if code != "silent"]])
    cascade = random.choice([*cascades.values()])
    for _ in range(random.randint(1, 3)):
        match random.randrange(7):
            case 0:
                cascade[:] = cascade[random.choice([0, 1, -1]) :] or cascade[-1:]
            case 1:
                cascade[:-1] = random.sample(cascade[:-1], len(cascade) - 1)
            case 2:
                for one, other in itertools.pairwise(random.sample(conditions, min(2, len(conditions)))):
                    one["when"], other["when"] = other["when"], one["when"]
            case 3:
                mails["ping"], mails["pong"] = mails["pong"], mails["ping"]
            case 4:
                mails["ping"].pop(random.choice(["cc", "refuse"]), None)
            case 5:
                mails["ping"]["to"] = random.choice(sorted(cascades))
            case 6:
                mails["pong"]["from"] = random.choice(sorted(cascades))
    return generated.Book(cascades, mails, refusals, book.own, {})


def comes_to(decided: Decided) -> Any:
    """Return what a replay compares: where addresses come from, and whether the mail leaves."""
    record = parse(line_of(decided))
    sends = record.outcome == "send"
    to, cc = record.gives["to"], record.gives["cc"]
    recipients = (replay._each_once(to), replay._each_once(cc, to)) if sends else ()
    return record.refusals, record.gives["from"], recipients


@settings(max_examples=BOOKS, deadline=None, report_multiple_bugs=False)
@given(generated.books(), st.integers(0, 2**32), st.sampled_from([KEY, None]))
def test_a_replay_agrees_with_deciding(book: generated.Book, seed: int, key: str | None) -> None:
    random = Random(seed)  # noqa: S311
    with tempfile.TemporaryDirectory() as folder:
        old = write_generated(Path(folder, "old"), book)
        new = write_generated(Path(folder, "new"), changed(book, random))
        found: list[Decided] = []
        before, after = Router.load(old, on_decision=found.append), Router.load(new, on_decision=found.append)
        again, claims = Replay(after, key), Counter[tuple[str, str]]()
        for _ in range(FACTS_A_BOOK):
            found.clear()
            facts = generated.facts(random)
            try:
                was = before.decide(facts)
            except FactsError:
                continue
            state = again.line(line_of(found[0], key)).state
            try:
                now = after.decide(facts)
            except FactsError as error:
                if error.found == "nothing":  # what the log says nothing of is taken to be of the right type
                    claims["error", state] += 1
                continue
            claims["decision", state] += 1
            if state == "alike":
                assert (was.outcome, was.sender, was.to, was.cc) == (now.outcome, now.sender, now.to, now.cc)
                assert {notice.code for notice in was.refusals} == {notice.code for notice in now.refusals}
            elif state == "different":
                assert comes_to(found[0]) != comes_to(found[1])
    assert claims["error", "alike"] == 0


# The command line


def log(path: Path, *lines: bytes) -> Path:
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def test_the_command_says_what_would_be_different(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = book(Path("old"), to=size({"above": 5}))
    book(Path("new"), to=size({"at_least": 100}), cc=size({"below": 6}, "dossier.manager.email"))
    few, some, many = (line_of(told(before, with_facts(PING, dossier__employees=n))) for n in (3, 7, 11))
    log(Path("log"), some, few, b"", b"{", some, many, b"[]")
    ran = courrier("replay", "log", "--rules", "new", environment={"COURRIER_LOG_KEY": KEY})
    assert (ran.code, ran.err) == (1, "")
    assert (
        ran.out
        == """\
different  ping of dupont, at log:2
  cc: none before, `dossier.manager.email` now

cannot be told  ping of dupont, 3 times, first at log:1
  the log does not say: dossier.employees

0 alike, 1 different, 3 cannot be told
2 lines are no records of a decision, the first at log:4
"""
    )
    ran = courrier("replay", "log", "--rules", "new", "--format", "json")
    shared = {"event": "ping", "office": "dupont"}
    assert ran.code == 1
    assert json.loads(ran.out) == {
        "alike": 0,
        "different": 1,
        "cannot be told": 3,
        "broken": 2,
        "results": [
            {**shared, "state": "cannot be told", "details": ["dossier.employees"], "decisions": 3, "first": "log:1"},
            {
                **shared,
                "state": "different",
                "details": ["cc: none before, `dossier.manager.email` now"],
                "decisions": 1,
                "first": "log:2",
            },
        ],
    }


def test_the_command_exits_with_0_when_nothing_is_known_to_differ(tmp_path: Path) -> None:
    line = line_of(told(book(tmp_path / "old", to=vat("yearly")), PING))
    book(tmp_path / "new", to=vat("monthly"))
    ran = courrier("replay", log(tmp_path / "log", line), log(tmp_path / "more", line), "--rules", tmp_path / "new")
    assert ran.code == 0
    assert (
        ran.out
        == f"""\
cannot be told  ping of dupont, 2 times, first at {tmp_path}/log:1
  the log does not say: dossier.vat_period

0 alike, 0 different, 2 cannot be told
"""
    )


def test_of_many_results_some_are_listed_and_all_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["courrier.cli.replay"], "MOST_LISTED", 1)
    monkeypatch.setattr(logs, "_LINES_PER_STEP", 1)
    before = book(tmp_path / "old", to=size({"above": 5}))
    book(tmp_path / "new", to=size(9))
    line = line_of(told(before, PING))
    path = log(tmp_path / "log", line, line, line.replace(b'"dupont"', b'"martin"'))
    ran = courrier("replay", path, "--rules", tmp_path / "new", "--format", "json")
    found = json.loads(ran.out)
    assert (found["cannot be told"], [result["decisions"] for result in found["results"]]) == (3, [2])


@pytest.mark.parametrize(
    ("content", "key", "error"),
    [
        (b"", "", "error: `log` holds no record of a decision; name a file that `--log` has written\n"),
        (b"{}\n", "", "error: `log` holds no record of a decision; name a file that `--log` has written\n"),
        (None, "", "error: `log` cannot be read: no such file or directory\n"),
        (b"", "x", "error: COURRIER_LOG_KEY cannot be used: the key of a decision log has at least 16 bytes\n"),
    ],
)
def test_the_command_says_what_it_cannot_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, key: str, error: str
) -> None:
    monkeypatch.chdir(tmp_path)
    if content is not None:
        Path("log").write_bytes(content)
    ran = courrier("replay", "log", environment={"COURRIER_LOG_KEY": key})
    assert (ran.code, ran.out, ran.err) == (2, "", error)


def test_an_office_with_rules_at_fault_ends_the_command(tmp_path: Path) -> None:
    line = line_of(told(book(tmp_path / "old"), PING))
    book(tmp_path / "new", offices={"dupont": "office: no\n"})
    ran = courrier("replay", log(tmp_path / "log", line), "--rules", tmp_path / "new")
    assert (ran.code, ran.err.splitlines()[0]) == (2, "error[office-name]: this names another office, `no`")
