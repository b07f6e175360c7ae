"""The router: rule books are loaded, offices have their own rules, and rules change without a restart."""

from pathlib import Path
from typing import Any

import pytest
from books import FACTS, with_facts, write, write_book
from courrier import Decision, FactsError, Router, RulesError, resources

STANDARD = {
    "standard": [
        {"rule": "manager", "when": {"has": "dossier.manager"}, "address": "dossier.manager.email"},
        {"rule": "group", "when": {"has": "dossier.client_group.email"}, "address": "dossier.client_group.email"},
        {"rule": "office", "address": "office.communication_email"},
    ]
}
MAILS: dict[str, Any] = {
    "ping": {"to": "standard", "cc": {"collaborators": ["marie"]}},
    "pong": {"from": "standard", "to": {"address": "user.email"}},
}


TO_THE_OFFICE = "office: dupont\nmails: {ping: {to: {address: office.communication_email}}}\n"


def book(folder: Path, **parts: Any) -> Path:
    return write_book(folder, **{"cascades": STANDARD, "mails": MAILS, **parts})


def facts(office: str = "dupont", event: str = "ping", **changes: Any) -> dict[str, Any]:
    return with_facts(FACTS, event={"type": event}, office__id=office, **changes)


def route(decision: Decision) -> tuple[str | None, list[str], list[str]]:
    """Return the addresses of a decision."""
    sender = decision.sender.address if decision.sender else None
    return sender, [address.address for address in decision.to], [address.address for address in decision.cc]


def test_the_shipped_rules_are_at_hand() -> None:
    decided = Router.standard().decide(FACTS)
    assert decided == Router.load(resources.rules()).decide(FACTS)
    assert decided == Router.load(str(resources.rules())).decide(FACTS)
    assert decided == Router(resources.rules()).decide(FACTS)


def test_rules_at_fault_are_told_all_at_once(tmp_path: Path) -> None:
    folder = book(tmp_path, mails={"ping": {"to": "nobody"}, "pong": {"to": {"address": "dossier.x"}}})
    with pytest.raises(RulesError) as caught:
        Router.load(folder)
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == ["unknown-cascade", "unknown-fact"]


@pytest.mark.parametrize(
    ("role", "said", "expected", "rule"),
    [
        ("to", {"collaborators": ["marie"]}, (None, ["marie@dupont.be"], []), "offices.dupont.mails.ping.to"),
        ("to", "standard", (None, ["marie@dupont.be"], []), "cascades.standard.manager"),
        (
            "to",
            [{"rule": "monthly", "when": {"dossier.vat_period": "monthly"}, "address": "office.communication_email"}],
            (None, ["contact@dupont.be"], ["marie@dupont.be"]),
            "offices.dupont.mails.ping.to.monthly",
        ),
        (
            "to",
            [{"rule": "yearly", "when": {"dossier.vat_period": "yearly"}, "address": "office.communication_email"}],
            (None, ["marie@dupont.be"], []),
            "cascades.standard.manager",
        ),
        ("cc", {"address": "dossier.client_group.email"}, (None, ["marie@dupont.be"], ["north@dupont.be"]), None),
        (
            "cc",
            [{"rule": "never", "when": {"lacks": "dossier"}, "address": "dossier.client_group.email"}],
            (None, ["marie@dupont.be"], []),
            None,
        ),
    ],
)
def test_an_office_chooses(role: str, said: Any, expected: tuple[Any, ...], rule: str | None, tmp_path: Path) -> None:
    router = Router.load(book(tmp_path, offices={"dupont": {"mails": {"ping": {role: said}}}}))
    decision = router.decide(facts())
    assert route(decision) == expected
    assert rule is None or decision.reasons.to[0].rule == rule
    assert route(router.decide(facts("lambert"))) == (None, ["marie@dupont.be"], [])


def test_an_office_reorders_a_cascade(tmp_path: Path) -> None:
    router = Router.load(book(tmp_path, offices={"dupont": {"cascades": {"standard": ["group", "manager", "office"]}}}))
    decision = router.decide(facts())
    assert route(decision)[1] == ["north@dupont.be"]
    assert decision.reasons.to[0]._asdict() == {"rule": "cascades.standard.group", "at": "cascades.yaml:12"}
    assert decision.rules != router.decide(facts("lambert")).rules
    assert route(router.decide(facts("lambert")))[1] == ["marie@dupont.be"]


def test_what_an_office_leaves_out_of_a_cascade_is_gone(tmp_path: Path) -> None:
    router = Router.load(book(tmp_path, offices={"dupont": {"cascades": {"standard": ["office"]}}}))
    assert route(router.decide(facts()))[1] == ["contact@dupont.be"]


def test_a_new_event_is_a_few_lines_of_yaml(tmp_path: Path) -> None:
    folder = book(tmp_path)
    router = Router.load(folder)
    with pytest.raises(FactsError, match="found `year_closed`"):
        router.decide(facts(event="year_closed"))
    write(folder / "mails.yaml", "mails:\n  year_closed:\n    to: standard\n")
    router.reload()
    assert route(router.decide(facts(event="year_closed"))) == (None, ["marie@dupont.be"], [])


def test_a_rule_book_brings_facts_of_its_own(tmp_path: Path) -> None:
    own = {"dossier": {"type": "object", "properties": {"turnover": {"type": "number"}}}}
    large = [{"rule": "large", "when": {"dossier.turnover": {"above": 1e6}}, "address": "office.communication_email"}]
    router = Router.load(book(tmp_path, mails={"ping": {"to": large}}, facts=own))
    assert route(router.decide(facts(dossier__turnover=1_000_001)))[1] == ["contact@dupont.be"]
    assert route(router.decide(facts(dossier__turnover=1_000_000)))[1] == ["marie@dupont.be"]
    assert route(router.decide(facts()))[1] == ["marie@dupont.be"]
    with pytest.raises(FactsError, match=r"^`dossier\.turnover`: wanted a number, found a string$"):
        router.decide(facts(dossier__turnover="1000001"))


@pytest.mark.parametrize(
    "office",
    [
        "../../etc/passwd",
        "Dupont",
        "dupont/../lambert",
        "-dupont",
        "dupont.yaml",
        "dupont\n",
        "d\u00fcpont",
        "a" * 64,
        "a\x00b",
    ],
    ids=ascii,
)
def test_no_id_reaches_another_file(office: str, tmp_path: Path) -> None:
    router = Router.load(book(tmp_path, offices={"lambert": {}}))
    error = "`office.id`: wanted small letters, digits and `-`, at most 63, found a string of another form"
    for ask in (
        lambda: router.decide(facts(office)),
        lambda: router.explain(facts(office)),
        lambda: router.book(office),
    ):
        with pytest.raises(FactsError) as caught:
            ask()
        assert str(caught.value) == error


def test_an_office_at_fault_stands_alone_and_is_read_again_once_it_is_mended(tmp_path: Path) -> None:
    folder = book(tmp_path, offices={"dupont": {"mails": {"ping": {"to": "nobody"}}}})
    router = Router.load(folder)
    for _ in range(2):
        with pytest.raises(RulesError, match="no cascade is called `nobody`"):
            router.decide(facts())
    assert route(router.decide(facts("lambert")))[1] == ["marie@dupont.be"]
    write(
        folder / "offices" / "dupont.yaml",
        TO_THE_OFFICE,
    )
    assert route(router.decide(facts()))[1] == ["contact@dupont.be"]


def test_rules_change_without_a_restart_and_mistakes_change_nothing(tmp_path: Path) -> None:
    folder = book(tmp_path)
    router = Router.load(folder)
    before = router.decide(facts())
    write(
        folder / "offices" / "dupont.yaml",
        TO_THE_OFFICE,
    )
    assert router.decide(facts()) == before, "an office is read when it is first asked for"
    write(folder / "cascades.yaml", "cascades: {standard: []}\n")
    with pytest.raises(RulesError):
        router.reload()
    assert router.decide(facts()) == before
    book(folder)
    router.reload()
    assert route(router.decide(facts()))[1] == ["contact@dupont.be"]


def test_the_rules_of_an_office_are_at_hand(tmp_path: Path) -> None:
    router = Router.load(book(tmp_path, offices={"dupont": {"mails": {"ping": {"to": "standard"}}}}))
    assert router.book() is router.book("lambert")
    assert router.book("dupont").mails["ping"].to.id == "offices.dupont.mails.ping.to"
    assert router.book("dupont").digest != router.book().digest


def test_offices_that_are_not_asked_for_are_let_go(tmp_path: Path) -> None:
    offices = {name: {"mails": {"ping": {"to": "standard"}}} for name in ("a", "b", "c")}
    loaded = Router.load(book(tmp_path, offices=offices), offices=2)
    first = loaded.book("a")
    assert loaded.book("b") is loaded.book("b")
    assert loaded.book("a") is first
    loaded.book("c")
    loaded.book("b")
    assert loaded.book("a") is not first


def test_offices_whose_rules_have_one_shape_share_their_verdicts(tmp_path: Path) -> None:
    def office(period: str) -> Any:
        when = {"dossier.vat_period": period}
        return {"mails": {"ping": {"to": [{"rule": period, "when": when, "collaborators": ["marie"]}]}}}

    loaded = Router.load(book(tmp_path, offices={"dupont": office("monthly"), "lambert": office("quarterly")}))
    verdicts = [loaded.explain(facts(name)).roles["to"][0] for name in ("dupont", "lambert")]
    assert [[rule.state for rule in seen.rules] for seen in verdicts] == [
        ["held", "not reached"],
        ["did not hold", "held"],
    ]
    first, second = (loaded._rules.of_office(name)._questions for name in ("dupont", "lambert"))
    asked = first["offices.dupont.mails.ping.to"], second["offices.lambert.mails.ping.to"]
    assert asked[0] is not asked[1]
    assert asked[0]._verdicts is asked[1]._verdicts


# Large and deep rule books


NUMBERS = {"extra": {"type": "object", "properties": {"n": {"type": "number"}, "t": {"type": "string"}}}}


def condition(kind: str, number: int) -> str:
    """Return a condition that, of a cascade of these, holds in one rule for each number and its text."""
    return {
        "equality": f"{{extra.t: t{number}}}",
        "order": f"{{extra.n: {{below: {number + 1}}}}}",
        "any and all": f"{{any: [{{extra.n: {number}, has: user.email}}, {{all: [{{extra.n: {{above: {number},"
        f" below: {number + 1}}}}}, {{not: {{extra.t: x}}}}]}}]}}",
    }[kind]


@pytest.mark.parametrize("size", [1, 10, 100, 1_000, 5_000])
@pytest.mark.parametrize("kind", ["equality", "order", "any and all"])
def test_a_cascade_may_be_long(kind: str, size: int, tmp_path: Path) -> None:
    lines = [
        f"      - {{rule: r{number}, when: {condition(kind, number)}, collaborators: [c{number}]}}"
        for number in range(size)
    ]
    loaded = Router.load(book(tmp_path, mails="\n".join(["mails:", "  ping:", "    to:", *lines, ""]), facts=NUMBERS))
    for number in sorted({0, 1, 31, 32, size // 2, size - 1, size, size + 1}):
        directory = [{"id": f"c{number}", "email": f"c{number}@dupont.be"}]
        for exactly in (number, number + 0.5):
            given = facts(office__collaborators=directory, extra={"n": exactly, "t": f"t{number}"})
            expected = f"c{number}@dupont.be" if number < size else "marie@dupont.be"
            assert route(loaded.decide(given))[1] == [expected]


@pytest.mark.parametrize("depth", [1, 10, 30, 40])
def test_conditions_may_be_deep(depth: int, tmp_path: Path) -> None:
    when: Any = {"extra.t": "t0"}
    for level in range(depth):
        key = ("any", "all", "not")[level % 3]
        when = {key: [when, {"extra.n": level}]} if key != "not" else {key: {"any": [when, {"extra.n": level}]}}
    mails = {"ping": {"to": [{"rule": "deep", "when": when, "cascade": "standard"}]}}
    loaded = Router.load(book(tmp_path, mails=mails, facts=NUMBERS))

    def holds(level: int, text: str, number: int) -> bool:
        if level < 0:
            return text == "t0"
        inner, here = holds(level - 1, text, number), number == level
        return [inner or here, inner and here, not (inner or here)][level % 3]

    for number in range(-1, depth + 1):
        for text in ("t0", "t1"):
            rules = [reason.rule for reason in loaded.decide(facts(extra={"n": number, "t": text})).reasons.to]
            assert ("mails.ping.to.deep" in rules) == holds(depth - 1, text, number)


def test_offices_that_cannot_be_reached_are_not_passed_over(tmp_path: Path) -> None:
    root = book(tmp_path)
    (root / "offices").rmdir()
    (root / "offices").symlink_to("offices")
    with pytest.raises(RulesError) as caught:
        Router.load(root).decide(facts())
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == ["unreadable-file"]
