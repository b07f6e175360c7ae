"""Routing: cascades are asked, addresses are taken, refusals are heard, and a mail is never lost."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from unittest import mock
from weakref import WeakValueDictionary

import durable_rules_engine
import pytest
from books import refusal, with_facts, write_book
from courrier import Decision, FactsError, Router, rete, verdicts
from courrier.routing import text_in

OFFICE = {"rule": "office", "address": "office.communication_email"}
MANAGER = {"rule": "manager", "when": {"has": "dossier.manager"}, "address": "dossier.manager.email"}


def rules_of(decision: Decision) -> dict[str, list[str]]:
    return {role: [reason.rule for reason in reasons] for role, reasons in decision.reasons._asdict().items()}


def to(decision: Decision) -> list[str]:
    return [address.address for address in decision.to]


def ping(folder: Path, cascades: Any = None, refusals: Any = None, **mail: Any) -> Router:
    """Return a router for a rule book whose one event is `ping`."""
    return Router.load(
        write_book(
            folder, cascades=cascades or {"standard": [MANAGER, OFFICE]}, mails={"ping": mail}, refusals=refusals
        )
    )


def facts(**changes: Any) -> dict[str, Any]:
    return with_facts(event={"type": "ping"}, **changes)


# Who decides


def test_the_first_rule_that_holds_decides(tmp_path: Path) -> None:
    decision = ping(tmp_path, to="standard").decide(facts())
    assert (to(decision), rules_of(decision)["to"]) == (["marie@dupont.be"], ["cascades.standard.manager"])
    decision = ping(tmp_path, to="standard").decide(facts(dossier=None))
    assert (to(decision), rules_of(decision)["to"]) == (["contact@dupont.be"], ["cascades.standard.office"])


def test_a_choice_that_is_left_to_another_cascade_is_told_step_by_step(tmp_path: Path) -> None:
    cascades = {
        "standard": [OFFICE],
        "first": [{"rule": "on", "when": {"has": "user"}, "cascade": "second"}, OFFICE],
        "second": [{"rule": "further", "cascade": "third"}],
        "third": [{"rule": "manager", "address": "dossier.manager.email"}],
    }
    decision = ping(tmp_path, cascades, to=[{"rule": "list", "cascade": "first"}]).decide(facts())
    assert to(decision) == ["marie@dupont.be"]
    steps = ["mails.ping.to.list", "cascades.first.on", "cascades.second.further", "cascades.third.manager"]
    assert rules_of(decision)["to"] == steps
    assert [reason.at.partition(":")[0] for reason in decision.reasons.to] == ["mails.yaml", *["cascades.yaml"] * 3]
    for in_one_word in ("first", {"cascade": "first"}):
        decision = ping(tmp_path, cascades, to=in_one_word).decide(facts())
        assert rules_of(decision)["to"] == steps[1:]


def test_an_address_that_is_not_there_is_an_error_and_no_other_rule_takes_over(tmp_path: Path) -> None:
    router = ping(tmp_path, to="standard")
    with pytest.raises(FactsError, match=r"^`dossier\.manager\.email`: wanted a string, found nothing$"):
        router.decide(facts(dossier__manager__email=" "))


@pytest.mark.parametrize(
    ("people", "sent", "rules", "warnings"),
    [
        (["marie"], ["marie@dupont.be"], ["mails.ping.to"], []),
        (["marie", "marie@dupont.be"], ["marie@dupont.be"], ["mails.ping.to"], []),
        (["ghost", "marie"], ["marie@dupont.be"], ["mails.ping.to"], ["unknown-collaborator"]),
        (
            ["ghost", "jean"],
            ["contact@dupont.be"],
            ["mails.ping.to", "cascades.standard.office"],
            ["unknown-collaborator", "inactive-collaborator", "no-recipient-left"],
        ),
    ],
)
def test_a_mail_is_never_lost(
    people: list[str], sent: list[str], rules: list[str], warnings: list[str], tmp_path: Path
) -> None:
    directory = [{"id": "marie", "email": "marie@dupont.be"}, {"id": "jean", "email": "j@dupont.be", "active": False}]
    given = facts(office__collaborators=directory, dossier=None)
    decision = ping(tmp_path, to={"collaborators": people}).decide(given)
    assert (to(decision), rules_of(decision)["to"]) == (sent, rules)
    assert [warning.code for warning in decision.warnings] == warnings


def test_where_no_rule_holds_the_standard_cascade_decides(tmp_path: Path) -> None:
    never = [{"rule": "never", "when": {"dossier.vat_period": "never"}, "address": "user.email"}]
    router = ping(tmp_path, **{"from": never}, to=never, cc=never)
    decision = router.decide(facts(dossier=None))
    assert decision.sender is not None
    assert (decision.sender.address, to(decision), decision.cc) == ("contact@dupont.be", ["contact@dupont.be"], ())
    assert rules_of(decision) == {"sender": ["cascades.standard.office"], "to": ["cascades.standard.office"], "cc": []}
    assert [tuple(warning) for warning in decision.warnings] == [
        ("no-recipient-left", "there is no sender left, so that the cascade `standard` decides"),
        ("no-recipient-left", "nobody is left to receive this mail, so that the cascade `standard` decides"),
    ]


def test_of_several_collaborators_the_first_usable_is_the_sender(tmp_path: Path) -> None:
    directory = [
        {"id": "jean", "email": "j@dupont.be", "active": False},
        {"id": "marie", "email": "marie@dupont.be"},
        {"id": "broken", "email": "no address"},
    ]
    people = {"collaborators": ["jean", "marie", "ghost", "broken"]}
    decision = ping(tmp_path, **{"from": people}, to="standard").decide(facts(office__collaborators=directory))
    assert decision.sender is not None
    assert decision.sender.address == "marie@dupont.be"
    assert [warning.code for warning in decision.warnings] == ["inactive-collaborator"]


def test_cc_leaves_out_who_receives_the_mail_anyway_and_warnings_come_once(tmp_path: Path) -> None:
    directory = [{"id": "a", "email": "a@dupont.be"}, {"id": "b", "email": "b@dupont.be"}]
    mail = {"to": {"collaborators": ["b", "ghost"]}, "cc": {"collaborators": ["a", "b", "ghost", "a@Dupont.be"]}}
    decision = ping(tmp_path, **mail).decide(facts(office__collaborators=directory))
    assert (to(decision), [address.address for address in decision.cc]) == (["b@dupont.be"], ["a@dupont.be"])
    assert [warning.code for warning in decision.warnings] == ["unknown-collaborator"]


def test_without_from_the_platform_sends(tmp_path: Path) -> None:
    decision = ping(tmp_path, to="standard").decide(facts())
    assert decision.sender is None
    assert decision.to_dict()["from"] is None
    assert rules_of(decision) == {"sender": [], "to": ["cascades.standard.manager"], "cc": []}


# What refuses


def refusing(folder: Path, *conditions: Any, sender: Any = "standard") -> Router:
    refusals = {f"no-{index}": refusal(when) for index, when in enumerate(conditions)}
    mail = {"from": sender} if sender else {}
    return ping(folder, refusals=refusals, **mail, to={"address": "user.email"}, refuse=list(refusals))


def test_all_the_refusals_that_hold_are_told_in_order(tmp_path: Path) -> None:
    router = refusing(tmp_path, {"user.active_elsewhere": True}, {"has": "dossier.id"}, {"has": "user"})
    decision = router.decide(facts())
    assert [refusal.code for refusal in decision.refusals] == ["no-1", "no-2"]
    assert (decision.outcome, decision.to, decision.cc) == ("refuse", (), ())
    assert decision.sender is not None
    assert [refusal.at for refusal in decision.refusals] == ["refusals.yaml:18", "refusals.yaml:33"]


@pytest.mark.parametrize(
    ("when", "refused"),
    [
        ({"from.address": "marie@Dupont.BE"}, True),
        ({"from.domain": {"in": {"fact": "office.prepared_domains"}}}, True),
        ({"from.domain": "DUPONT.be"}, True),
        ({"from.name": {"starts_with": "Marie"}}, True),
        ({"lacks": "from.name"}, False),
        ({"from.address": {"fact": "dossier.manager.email"}}, True),
        ({"from.address": {"not": {"fact": "dossier.manager.email"}}}, False),
    ],
    ids=str,
)
def test_refusals_know_the_sender(when: Any, refused: bool, tmp_path: Path) -> None:
    sender = {"address": "dossier.manager.email", "name": "dossier.manager.name"}
    decision = refusing(tmp_path, when, sender=sender).decide(facts())
    assert (decision.outcome == "refuse") is refused


def test_a_refusal_that_compares_the_name_of_a_nameless_sender_fails_closed(tmp_path: Path) -> None:
    router = refusing(tmp_path, {"from.name": "Marie"})
    with pytest.raises(FactsError, match=r"^`from\.name`: wanted a string, found nothing$"):
        router.decide(facts(dossier=None))


def test_nobody_can_pass_for_the_sender(tmp_path: Path) -> None:
    pretended = {"name": "x", "address": "x@y.z", "domain": "y.z"}
    decision = refusing(tmp_path, {"from.domain": {"not": "dupont.be"}}).decide(facts(**{"from": pretended}))
    assert decision.outcome == "send"
    router = refusing(tmp_path, {"has": "from.address"}, sender=None)
    assert router.decide(facts(**{"from": pretended})).outcome == "send"


@pytest.mark.parametrize("changes", [{"user__active_elsewhere": None}, {"user__active_elsewhere": ...}])
def test_an_absent_fact_never_lets_the_mail_through(changes: dict[str, Any], tmp_path: Path) -> None:
    router = refusing(tmp_path, {"any": [{"has": "dossier.id"}, {"not": {"user.active_elsewhere": True}}]})
    with pytest.raises(FactsError, match=r"^`user\.active_elsewhere`: wanted true or false, found nothing$"):
        router.decide(facts(**changes))


@pytest.mark.parametrize(
    ("lang", "language", "read"),
    [
        (None, "fr", "fr"),
        (None, "nl-BE", "nl"),
        (None, "nl_BE", "nl"),
        (None, "NL", "nl"),
        (None, "de", "en"),
        (None, " ", "en"),
        (None, None, "en"),
        ("nl", "fr", "nl"),
        ("nl", 5, "nl"),
        ("de", "fr", "en"),
        ("", "fr", "fr"),
    ],
)
def test_texts_come_in_the_language_asked_for(lang: str | None, language: object, read: str, tmp_path: Path) -> None:
    router = refusing(tmp_path, {"has": "user"})
    (refusal,) = router.decide(facts(user__language=language), lang=lang).refusals
    assert (refusal.message, refusal.remedy) == (f"message ({read})", f"remedy ({read})")


def test_a_language_that_is_no_string_is_an_error_where_it_is_needed(tmp_path: Path) -> None:
    assert refusing(tmp_path, {"lacks": "user"}).decide(facts(user__language=5)).outcome == "send"
    with pytest.raises(FactsError, match=r"^`user\.language`: wanted a string, found a number$"):
        refusing(tmp_path, {"has": "user"}).decide(facts(user__language=5))


def test_texts_in_a_language_that_is_empty_stand_in_english() -> None:
    assert text_in({"en": "yes", "fr": ""}, "fr") == "yes"


# What the caller has to give


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"event__type": ...}, "`event.type`: wanted a string, found nothing"),
        ({"event": None}, "`event.type`: wanted a string, found nothing"),
        ({"event__type": ["ping"]}, "`event.type`: wanted a string, found a list"),
        ({"event": "ping"}, "`event`: wanted an object, found a string"),
        ({"office": ...}, "`office.id`: wanted a string, found nothing"),
        ({"office__id": " "}, "`office.id`: wanted a string, found nothing"),
        ({"office__id": 5}, "`office.id`: wanted a string, found a number"),
        ({"office__communication_email": ...}, "`office.communication_email`: wanted a string, found nothing"),
        ({"office__communication_email": ""}, "`office.communication_email`: wanted a string, found nothing"),
        ({"office__communication_email": True}, "`office.communication_email`: wanted a string, found true or false"),
        (
            {"office__communication_email": "contact", "dossier": None},
            "`office.communication_email`: wanted an e-mail address, found a string of another form",
        ),
        (
            {"event__type": "pnig"},
            "`event.type`: wanted an event that a mail is for, found `pnig`; did you mean `ping`?",
        ),
        (
            {"event__type": "x\x1b[31m" + "y" * 100},
            f"`event.type`: wanted an event that a mail is for, found `x\ufffd[31m{'y' * 54}`; known here: `ping`",
        ),
        ({"dossier": "2024"}, "`dossier`: wanted an object, found a string"),
        ({"dossier__manager": "marie"}, "`dossier.manager`: wanted an object, found a string"),
    ],
    ids=str,
)
def test_facts_at_fault(changes: dict[str, Any], error: str, tmp_path: Path) -> None:
    with pytest.raises(FactsError) as caught:
        ping(tmp_path, to="standard").decide(with_facts(facts(), **changes))
    assert str(caught.value) == error


def test_an_address_that_does_not_leave_need_not_be_one(tmp_path: Path) -> None:
    decision = ping(tmp_path, to="standard").decide(
        facts(office__communication_email="contact", office__collaborators=5)
    )
    assert to(decision) == ["marie@dupont.be"]


@pytest.mark.parametrize("given", [None, [], [1], "facts", 5, object()], ids=lambda given: str(given)[:7])
def test_facts_that_are_no_object(given: Any, tmp_path: Path) -> None:
    with pytest.raises(FactsError, match=r"^the facts: wanted an object, found "):
        ping(tmp_path, to="standard").decide(given)


# What the engine sees


def hostile() -> dict[str, Any]:
    """Return facts with everything in them that durable_rules must not see."""
    deep: Any = {}
    for _ in range(10_000):
        deep = {"sid": deep}
    keys: dict[Any, Any] = {"sid": "x", "id": ["}"], "$s": 1, "$forward": True, "$or": [], "\ud800": 2**70, "a0": deep}
    dossier = {**keys, "id": '"}{', "vat_period": "\x00\u2028"}
    return {**facts(user={**keys, "email": "a'$m@b.be", "active_elsewhere": False}), **keys, "dossier": dossier}


def test_the_engine_sees_small_integers_and_nothing_of_the_caller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spy = mock.Mock(wraps=durable_rules_engine, unsafe=True)
    monkeypatch.setattr(rete, "engine", spy)
    monkeypatch.setattr(verdicts, "_shapes", WeakValueDictionary())  # so that no verdict is known already
    tests = [{"dossier.vat_period": ["x", "sid"]}, {"dossier.id": {"matches": ".*"}}, {"user.email": {"not": "sid"}}]
    to_user = [{"rule": "r", "when": {"any": tests}, "address": "user.email"}]
    refusals = {"no": refusal({"user.active_elsewhere": True})}
    router = ping(tmp_path, refusals=refusals, to=to_user, refuse=["no"])
    assert to(router.decide(hostile())) == ["a'$m@b.be"]
    events = [json.loads(call.args[1]) for call in spy.assert_event.call_args_list]
    assert len(events) == 2
    for event in events:
        assert list(event) == ["_", *[f"a{number}" for number in range(len(event) - 1)]]
        assert all(type(value) is int and 0 <= value < 10 for value in event.values())
    for call in spy.create_ruleset.call_args_list:
        words = re.findall(r"[^\s{}\[\]:,]+", call.args[1])
        assert all(re.fullmatch(r'\d+|"(\d+|otherwise|all|m|pri|_|a\d+|\$(and|or|lte|gte))"', word) for word in words)


@pytest.mark.parametrize("made", [MappingProxyType, dict], ids=["read only", "dict"])
def test_facts_may_be_any_mapping_and_stay_as_they_are(made: Any, tmp_path: Path) -> None:
    def frozen(value: Any) -> Any:
        if isinstance(value, Mapping):
            return made({key: frozen(item) for key, item in value.items()})
        return tuple(map(frozen, value)) if isinstance(value, list) else value

    given, before = frozen(facts()), frozen(facts())
    decision = refusing(tmp_path, {"user.active_elsewhere": True}).decide(given)
    assert decision == refusing(tmp_path, {"user.active_elsewhere": True}).decide(facts())
    assert given == before
