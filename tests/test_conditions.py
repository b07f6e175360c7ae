"""A `when` to a condition; what cannot be meant stands in `golden/mistakes`."""

from collections.abc import Mapping

import pytest
from courrier.conditions import build_condition, compared_facts
from courrier.diagnostics import Partial, Report
from courrier.document import parse
from courrier.model import All, Any, Condition, Fact, Has, Not, Operator, Scalar
from courrier.model import Test as Compares

FACTS = {
    fact.path: fact
    for fact in [
        Fact("dossier", "object"),
        Fact("dossier.id", "string"),
        Fact("dossier.email", "string", "address"),
        Fact("dossier.group_email", "string", "address"),
        Fact("dossier.host", "string", "host"),
        Fact("dossier.hosts", "strings", "host"),
        Fact("dossier.tags", "strings"),
        Fact("dossier.people", "objects"),
        Fact("dossier.size", "integer"),
        Fact("dossier.turnover", "number"),
        Fact("dossier.vat", "boolean"),
    ]
}
ID, EMAIL, HOST, TAGS = FACTS["dossier.id"], FACTS["dossier.email"], FACTS["dossier.host"], FACTS["dossier.tags"]
SIZE, TURNOVER, VAT = FACTS["dossier.size"], FACTS["dossier.turnover"], FACTS["dossier.vat"]


def build(text: str, facts: Mapping[str, Fact] = FACTS) -> tuple[Condition, list[str]]:
    """Return the condition that a `when` states, and what is said against it."""
    report = Report()
    node = parse(text.encode(), "x.yaml", report)
    assert node is not None
    return build_condition(node, facts, report), [diagnostic.message for diagnostic in report.diagnostics]


def compares(fact: Fact, operator: Operator, *operands: Scalar) -> Compares:
    return Compares(fact, operator, operands)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("has: dossier", Has(FACTS["dossier"])),
        ("has: [dossier.id, dossier.tags]", All((Has(ID), Has(TAGS)))),
        ("lacks: dossier.people", Not(Has(FACTS["dossier.people"]))),
        ("lacks: [dossier.id, dossier.size]", All((Not(Has(ID)), Not(Has(SIZE))))),
        ("{has: dossier.id, dossier.size: 5}", All((Has(ID), compares(SIZE, "in", 5)))),
        ("all: [{has: dossier.id}, {dossier.vat: true}]", All((Has(ID), compares(VAT, "in", True)))),
        ("any: [{has: dossier.id}, {dossier.vat: false}]", Any((Has(ID), compares(VAT, "in", False)))),
        ("any: [{has: dossier.id, dossier.size: 5}]", Any((All((Has(ID), compares(SIZE, "in", 5))),))),
        ("not: {has: dossier.id}", Not(Has(ID))),
        ("not: {has: dossier.id, dossier.size: 5}", Not(All((Has(ID), compares(SIZE, "in", 5))))),
        ("not: {not: {dossier.id: x}}", Not(Not(compares(ID, "in", "x")))),
    ],
)
def test_combinators(text: str, expected: Condition) -> None:
    assert build(text) == (expected, [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dossier.id: no", compares(ID, "in", "no")),
        ("dossier.id: 2024-01-01", compares(ID, "in", "2024-01-01")),
        ("dossier.id: '5'", compares(ID, "in", "5")),
        ("dossier.id: [a, b]", compares(ID, "in", "a", "b")),
        ("dossier.id: {in: [a]}", compares(ID, "in", "a")),
        ("dossier.id: {not_in: [a, b]}", compares(ID, "not_in", "a", "b")),
        ("dossier.id: {not: a}", compares(ID, "not_in", "a")),
        ("dossier.id: {not: [a, b]}", compares(ID, "not_in", "a", "b")),
        (
            "dossier.id: {starts_with: a, ends_with: b}",
            All((compares(ID, "starts_with", "a"), compares(ID, "ends_with", "b"))),
        ),
        ("dossier.id: {contains: ' a '}", compares(ID, "contains", " a ")),
        ("dossier.id: {matches: '[0-9]{4}-.*'}", compares(ID, "matches", "[0-9]{4}-.*")),
        ("dossier.tags: {contains: a}", compares(TAGS, "contains", "a")),
        ("dossier.vat: {not: true}", compares(VAT, "not_in", True)),
        (
            "dossier.size: {above: 1.5, at_most: 1e3}",
            All((compares(SIZE, "above", 1.5), compares(SIZE, "at_most", 1000.0))),
        ),
        ("dossier.size: [1, 2.0, -3, 0x10]", compares(SIZE, "in", 1, 2.0, -3, 16)),
        (
            "dossier.turnover: {below: -1, at_least: .5}",
            All((compares(TURNOVER, "below", -1), compares(TURNOVER, "at_least", 0.5))),
        ),
        ("dossier.turnover: {not: 0}", compares(TURNOVER, "not_in", 0)),
    ],
)
def test_constants(text: str, expected: Condition) -> None:
    assert build(text) == (expected, [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dossier.email: {fact: dossier.group_email}", Compares(EMAIL, "in", FACTS["dossier.group_email"])),
        ("dossier.email: {not: {fact: dossier.group_email}}", Compares(EMAIL, "not_in", FACTS["dossier.group_email"])),
        ("dossier.host: {in: {fact: dossier.hosts}}", Compares(HOST, "in", FACTS["dossier.hosts"])),
        ("dossier.host: {not_in: {fact: dossier.hosts}}", Compares(HOST, "not_in", FACTS["dossier.hosts"])),
        ("dossier.email: {ends_with: {fact: dossier.host}}", Compares(EMAIL, "ends_with", HOST)),
        ("dossier.tags: {contains: {fact: dossier.id}}", Compares(TAGS, "contains", ID)),
        ("dossier.size: {above: {fact: dossier.turnover}}", Compares(SIZE, "above", TURNOVER)),
        ("dossier.turnover: {fact: dossier.size}", Compares(TURNOVER, "in", SIZE)),
        ("dossier.vat: {not: {fact: dossier.vat}}", Compares(VAT, "not_in", VAT)),
    ],
)
def test_other_facts(text: str, expected: Condition) -> None:
    assert build(text) == (expected, [])


@pytest.mark.parametrize(
    ("text", "operand"),
    [
        ("dossier.id: E\u0301t\u00c9", "\u00c9t\u00c9"),
        ("dossier.email: Marie@Dupont.BE", "Marie@dupont.be"),
        ("dossier.email: {ends_with: Dupont.BE}", "dupont.be"),
        ("dossier.email: {ends_with: '@Dupont.BE'}", "@dupont.be"),
        ("dossier.email: {starts_with: Marie}", "Marie"),
        ("dossier.email: {contains: 'A@B'}", "A@b"),
        ("dossier.host: {starts_with: Mail.}", "mail."),
        ("dossier.hosts: {contains: Dupont.BE}", "dupont.be"),
        ("dossier.id: {ends_with: BE}", "BE"),
        ("dossier.email: {matches: '[A-Z]@X'}", "[A-Z]@X"),
    ],
)
def test_a_constant_stands_in_the_form_in_which_facts_compare(text: str, operand: str) -> None:
    condition, said = build(text)
    assert said == []
    assert isinstance(condition, Compares)
    assert condition.operand == (operand,)


def test_what_does_not_fit_is_left_out_and_said_once() -> None:
    assert build(
        "{dossier.id: [a, 5], dossier.size: x, has: [dossier.id, dossier.idd], foo: 1, dossier.vat: {foo: 1}}"
    ) == (
        All((compares(ID, "in", "a"), Has(ID))),
        [
            "`dossier.id` is a string, and the number `5` is no string",
            "`dossier.size` is an integer, and the string `x` is no integer",
            "no fact is called `dossier.idd`",
        ],
    )


def test_of_facts_that_may_be_there_nothing_is_said() -> None:
    text = "{has: [dossier.id, dossier.sector], dossier.city: x, dossier.id: {fact: dossier.town}, dossier.size: x}"
    assert build(text, Partial(FACTS)) == (
        Has(ID),
        ["`dossier.size` is an integer, and the string `x` is no integer"],
    )


def test_the_facts_that_a_condition_compares() -> None:
    condition, _ = build(
        "{has: dossier, any: [{dossier.id: x}, {not: {dossier.size: {above: {fact: dossier.turnover}}}}]}"
    )
    assert list(compared_facts(condition)) == [ID, SIZE, TURNOVER]
