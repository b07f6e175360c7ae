"""What is packed is unpacked as it was; what is something else is refused."""

import json
from typing import Any

import pytest
from courrier import Router, model
from courrier.diagnostics import Span
from courrier.model import All, Fact, Has, Not, Rule, RuleBook, SameAsFrom, ToCascade
from courrier.packing import PackingError, pack, unpack

MANAGER = Fact("dossier.manager", "object")
PERIOD = Fact("dossier.vat_period", "string")
SPAN = Span("cascades.yaml", 4, 7, 4, 28, "    - rule: dossier-manager")


def rule(when: Any) -> Rule:
    return Rule("cascades.standard.it", True, when, ToCascade("other"), SPAN)


@pytest.mark.parametrize(
    "when",
    [
        None,
        Has(MANAGER),
        Not(All((Has(MANAGER), model.Any(())))),
        model.Test(PERIOD, "in", ("monthly", 1, 1.5, True)),
        model.Test(PERIOD, "not_in", Fact("office.periods", "strings", "host")),
    ],
    ids=str,
)
def test_what_is_packed_is_unpacked_as_it_was(when: Any) -> None:
    packed = json.loads(json.dumps(pack(rule(when))))
    unpacked = unpack(Rule, packed)
    assert unpacked == rule(when)
    assert repr(unpacked) == repr(rule(when))  # 1, 1.0 and True are equal, and not the same


def test_a_rule_book_is_unpacked_as_it_was() -> None:
    book = Router.standard().book("cabinet-lambert")
    assert unpack(RuleBook, json.loads(json.dumps(pack(book)))) == book


@pytest.mark.parametrize(
    ("packed", "message"),
    [
        (None, "NoneType cannot stand here"),
        ({}, "dict cannot stand here"),
        ({"Fact": [], "Has": []}, "dict cannot stand here"),
        ({"os.system": ["true"]}, "dict cannot stand here"),
        ({"SameAsFrom": []}, "dict cannot stand here"),
        ({"Fact": "dossier.manager"}, "Fact has 3 fields"),
        ({"Fact": ["dossier.manager", "object"]}, "Fact has 3 fields"),
        ({"Fact": ["dossier.manager", "object", "text", "more"]}, "Fact has 3 fields"),
        ({"Fact": ["dossier.manager", "thing", "text"]}, "an unknown word stands here"),
        ({"Fact": ["dossier.manager", ["object"], "text"]}, "list cannot stand here"),
        ({"Fact": [True, "object", "text"]}, "bool cannot stand here"),
        ({"Fact": [{"__class__": "x"}, "object", "text"]}, "dict cannot stand here"),
    ],
    ids=str,
)
def test_what_is_something_else_is_refused(packed: Any, message: str) -> None:
    with pytest.raises(PackingError, match=message):
        unpack(Fact, packed)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (["id", 1, None, {"SameAsFrom": []}, [*SPAN]], "int cannot stand here"),
        (["id", True, None, {"SameAsFrom": [1]}, [*SPAN]], "SameAsFrom has 0 fields"),
        (["id", True, None, {"SameAsFrom": []}, [*SPAN][:5]], "Span has 6 fields"),
        (["id", True, None, {"SameAsFrom": []}, ["f", True, 1, 1, 1, ""]], "bool cannot stand here"),
        (["id", True, {"SameAsFrom": []}, {"SameAsFrom": []}, [*SPAN]], "dict cannot stand here"),
        (["id", True, {"All": [{"Has": []}]}, {"SameAsFrom": []}, [*SPAN]], "dict cannot stand here"),
    ],
    ids=str,
)
def test_every_field_is_looked_at(fields: list[Any], message: str) -> None:
    with pytest.raises(PackingError, match=message):
        unpack(Rule, {"Rule": fields})
    assert unpack(Rule, {"Rule": ["id", True, None, {"SameAsFrom": []}, [*SPAN]]}).outcome == SameAsFrom()
