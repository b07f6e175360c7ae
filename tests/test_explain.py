"""Explanations: for each rule why it held, why it did not, or that it was not reached."""

import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import generated
import meaning
import pytest
from books import FACTS, refusal, with_facts, write_book
from courrier import Explanation, FactsError, Router, model
from courrier.conditions import build_condition
from courrier.diagnostics import Report
from courrier.document import parse
from courrier.explain import RuleSeen, written
from courrier.model import Condition, Fact, Has, RuleBook
from courrier.schema import FROM_FACTS
from hypothesis import given, note, settings
from hypothesis import strategies as st
from test_semantics import KNOWN, load

# What is told of rules and tests is true


def condition_of(text: str) -> Condition:
    """Return the condition that a test stands for, as it would be read from a rule file."""
    report = Report()
    node = parse(text.encode(), "test", report)
    assert node is not None
    condition = build_condition(node, KNOWN | FROM_FACTS, report)
    report.raise_errors()
    return condition


def conditions_of(book: RuleBook) -> dict[str, Condition | None]:
    """Return the condition of each rule and refusal by its id."""
    roles = [role for mail in book.mails.values() for role in (mail.sender, mail.to, mail.cc) if role]
    rules = {rule.id: rule.when for cascade in [*book.cascades.values(), *roles] for rule in cascade.rules}
    return rules | {refusal.id: refusal.when for refusal in book.refusals.values()}


def check(explained: Explanation, book: RuleBook, facts: dict[str, Any]) -> None:
    conditions = conditions_of(book)
    sender = explained.decision.sender
    chosen = sender and {"name": sender.name, "address": sender.address, "domain": sender.address.partition("@")[2]}
    of_refusals = {**facts, "from": chosen}
    cascades = [seen.rules for cascades in explained.roles.values() for seen in cascades]
    for rules in [*cascades, *[(seen,) for seen in explained.refusals]]:
        states = [rule.state for rule in rules]
        assert states == sorted(states), "did not hold, held, not reached: in this order"
        assert states.count("held") <= 1
        assert "held" in states or "not reached" not in states
        for rule in rules:
            when = conditions[rule.rule]
            if rule.state == "not reached":
                assert rule.tests == ()
                continue
            assert (when is None or meaning.holds(when, of_refusals)) == (rule.state == "held")
            assert len(rule.tests) == (len({*meaning.tests(when)}) if when else 0) or len(rule.tests) > 1
            for test in rule.tests:
                assert meaning.holds(condition_of(test.test), of_refusals) == test.holds


def outcome(ask: Callable[[Any], Any], facts: Any) -> Any:
    try:
        return ask(facts)
    except FactsError as error:
        return error.to_dict()


@settings(max_examples=15, report_multiple_bugs=False)
@given(generated.books(), st.integers(0, 2**32))
def test_explanations_are_true(made: generated.Book, seed: int) -> None:
    random = Random(seed)  # noqa: S311
    with tempfile.TemporaryDirectory() as folder:
        router, _ = load(Path(folder), made)
        for _ in range(20):
            facts = generated.facts(random)
            note(f"facts: {facts}")
            decided, explained = outcome(router.decide, facts), outcome(router.explain, facts)
            if isinstance(explained, Explanation):
                assert explained.decision == decided
                check(explained, router.book(facts["office"]["id"]), facts)
                json.dumps(explained.to_dict())
            else:
                assert explained == decided, "the same error"


# Tests as their authors write them

TEXT, NUMBER, FLAG = Fact("extra.text", "string"), Fact("extra.number", "number"), Fact("extra.flag", "boolean")
TAGS, OTHER = Fact("extra.tags", "strings"), Fact("extra.other", "string")


@pytest.mark.parametrize(
    ("test", "text"),
    [
        (Has(TEXT), "has: extra.text"),
        (model.Test(TEXT, "in", ("monthly",)), "extra.text: monthly"),
        (model.Test(TEXT, "in", ("a", "b c")), 'extra.text: [a, "b c"]'),
        (model.Test(TEXT, "not_in", ("a",)), "extra.text: {not: a}"),
        (model.Test(TEXT, "not_in", ("a", "b")), "extra.text: {not_in: [a, b]}"),
        (model.Test(TEXT, "in", OTHER), "extra.text: {fact: extra.other}"),
        (model.Test(TEXT, "not_in", OTHER), "extra.text: {not: {fact: extra.other}}"),
        (model.Test(TEXT, "in", TAGS), "extra.text: {in: {fact: extra.tags}}"),
        (model.Test(TEXT, "not_in", TAGS), "extra.text: {not_in: {fact: extra.tags}}"),
        (model.Test(TAGS, "contains", ("a",)), "extra.tags: {contains: a}"),
        (model.Test(TAGS, "contains", OTHER), "extra.tags: {contains: {fact: extra.other}}"),
        (model.Test(TEXT, "starts_with", ("@a.be",)), 'extra.text: {starts_with: "@a.be"}'),
        (model.Test(TEXT, "matches", ("a{2}",)), 'extra.text: {matches: "a{2}"}'),
        (model.Test(NUMBER, "above", (1.5,)), "extra.number: {above: 1.5}"),
        (model.Test(NUMBER, "in", (1e16, -1)), "extra.number: [1e+16, -1]"),
        (model.Test(FLAG, "in", (True,)), "extra.flag: true"),
    ],
)
def test_tests_are_written_as_authors_write_them(test: Has | model.Test, text: str) -> None:
    assert written(test) == text
    assert condition_of(text) == test


WORDS = [
    "true", "Null", "~", "5", "-5", "+5", "1e3", ".5", ".inf", "0x1f", "12:30", "2024-01-01", "a: b", "a #b", "a:b",
    "- a", "-", "?", "*a", "&a", "!a", "@a", "%a", "'a'", '"', "\\", "{a}", "a,b", "é", "例", "a/b", "<<", "=", " a",
]  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
def test_words_are_written_so_that_they_are_read_as_words(word: str) -> None:
    test = model.Test(TEXT, "in", (word, "other"))
    assert condition_of(written(test)) == test


def test_denials_are_written_out() -> None:
    assert written(Has(TEXT), holds=False) == "lacks: extra.text"
    assert written(model.Test(TEXT, "in", ("a",)), holds=False) == "not: {extra.text: a}"


# What is found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (..., "nothing"),
        (" ", "nothing"),
        ("monthly", "monthly"),
        ("a b", '"a b"'),
        ("a\x1b[31mb", '"a\\u001b[31mb"'),
        ("a\u202eb", '"a\ufffdb"'),
        ("é" * 70, "é" * 60 + "…"),
    ],
)
def test_what_is_found_is_told_in_a_few_words(value: Any, found: str, tmp_path: Path) -> None:
    rules = [{"rule": "r", "when": {"dossier.vat_period": "x"}, "cascade": "standard"}]
    router = Router.load(write_book(tmp_path, mails={"ping": {"to": rules}}))
    facts = with_facts(FACTS, event={"type": "ping"}, dossier__vat_period=value)
    ((test,),) = (rule.tests for rule in router.explain(facts).roles["to"][0].rules)
    assert test.found == found


def test_a_number_of_thousands_of_digits_is_a_number(tmp_path: Path) -> None:
    rules = [{"rule": "r", "when": {"extra.n": {"above": 1}}, "cascade": "standard"}]
    extra = {"extra": {"type": "object", "properties": {"n": {"type": "number"}}}}
    router = Router.load(write_book(tmp_path, mails={"ping": {"to": rules}}, facts=extra))
    facts = with_facts(FACTS, event={"type": "ping"}, extra={"n": 10**5_000})
    ((test,),) = (rule.tests for rule in router.explain(facts).roles["to"][0].rules)
    assert (test.holds, test.found) == (True, "a number")


@pytest.mark.parametrize(
    ("when", "found"),
    [
        ({"has": "office.collaborators"}, "[an object]"),
        ({"has": "dossier"}, "an object"),
        ({"user.active_elsewhere": True}, "false"),
        ({"office.prepared_domains": {"contains": "x.be"}}, "[dupont.be, lambert.example]"),
        (
            {"user.email": {"in": {"fact": "office.prepared_domains"}}},
            "an@client.be; office.prepared_domains is [dupont.be, lambert.example]",
        ),
        ({"user.email": {"fact": "user.language"}}, "an@client.be; user.language is fr"),
    ],
    ids=str,
)
def test_what_is_found_of_other_kinds(when: Any, found: str, tmp_path: Path) -> None:
    rules = [{"rule": "r", "when": when, "cascade": "standard"}]
    router = Router.load(write_book(tmp_path, mails={"ping": {"to": rules}}))
    facts = with_facts(FACTS, event={"type": "ping"}, office__prepared_domains=["dupont.be", "lambert.example"])
    ((test,),) = (rule.tests for rule in router.explain(facts).roles["to"][0].rules)
    assert test.found == found


# A whole explanation


def lines(explained: Explanation) -> Iterator[str]:
    for role, cascades in explained.roles.items():
        for cascade in cascades:
            yield f"{role}: {cascade.cascade}"
            yield from (line for rule in cascade.rules for line in of_rule(rule))
    yield from (line for rule in explained.refusals for line in of_rule(rule))


def of_rule(rule: RuleSeen) -> Iterator[str]:
    yield f"- {rule.rule.rpartition('.')[2]}, {rule.at.partition(':')[0]}: {rule.state}"
    yield from (f"  {test.test}: {'yes' if test.holds else 'no'}, {test.found}" for test in rule.tests)


WELCOME = """
from: cascades.standard
- dossier-manager, cascades.yaml: did not hold
  has: dossier.manager: no, nothing
- client-group, cascades.yaml: held
  has: dossier.client_group.email: yes, north@dupont.be
- office-functional, cascades.yaml: not reached
- office-communication, cascades.yaml: not reached
to: mails.client_user_created.to
- to, mails.yaml: held
cc: mails.client_user_created.cc
- cc, mails.yaml: held
- sender-not-prepared, refusals.yaml: held
  from.domain: {not_in: {fact: office.prepared_domains}}: yes, dupont.be; office.prepared_domains is nothing
- user-active-elsewhere, refusals.yaml: did not hold
  user.active_elsewhere: true: no, false
"""


def test_the_welcome_mail_explained() -> None:
    explained = Router.standard().explain(with_facts(FACTS, dossier__manager=None, office__prepared_domains=[]))
    assert list(lines(explained)) == WELCOME.strip().splitlines()


def test_an_explanation_as_json(tmp_path: Path) -> None:
    rules = [{"rule": "r", "when": {"not": {"has": "dossier"}}, "cascade": "standard"}]
    refusals = {"no": refusal({"user.active_elsewhere": True})}
    cascades = {"standard": [{"rule": "always", "address": "office.communication_email"}]}
    mails = {"ping": {"to": rules, "refuse": ["no"]}}
    router = Router.load(write_book(tmp_path, cascades=cascades, mails=mails, refusals=refusals))
    explained = router.explain(with_facts(FACTS, event={"type": "ping"}, dossier=None))
    assert explained.to_dict() == {
        "decision": explained.decision.to_dict(),
        "roles": {
            "from": [],
            "to": [
                {
                    "cascade": "mails.ping.to",
                    "rules": [
                        {
                            "rule": "mails.ping.to.r",
                            "at": "mails.yaml:6",
                            "state": "held",
                            "tests": [{"test": "lacks: dossier", "holds": True, "found": "nothing"}],
                        }
                    ],
                },
                {
                    "cascade": "cascades.standard",
                    "rules": [
                        {"rule": "cascades.standard.always", "at": "cascades.yaml:5", "state": "held", "tests": []}
                    ],
                },
            ],
            "cc": [],
        },
        "refusals": [
            {
                "rule": "refusals.no",
                "at": "refusals.yaml:3",
                "state": "did not hold",
                "tests": [{"test": "user.active_elsewhere: true", "holds": False, "found": "false"}],
            }
        ],
    }
