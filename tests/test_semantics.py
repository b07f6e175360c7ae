"""The engine means what `meaning` says: over made-up rule books and facts, each decision and each error is the same.

`COURRIER_EXAMPLES=10000 pytest tests/test_semantics.py` compares more than the suite does.
"""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import generated
import meaning
from books import write_book
from courrier import Decision, FactsError, Router
from courrier.conditions import build_condition
from courrier.diagnostics import Report
from courrier.document import parse
from courrier.facts import read_text
from courrier.model import Cascade, Fact, RuleBook
from courrier.situations import Situations
from courrier.verdicts import verdicts
from hypothesis import given, note, settings
from hypothesis import strategies as st

BOOKS = int(os.environ.get("COURRIER_EXAMPLES", "60"))
FACTS_A_BOOK = 250
FACTS_A_CONDITION = 150
KNOWN = {path: Fact(path, known.kind, known.format) for path, known in generated.CALLERS.items()}
ROLES = ("from", "to", "cc")


def twin(event: str, role: str) -> str:
    """Return the event of the platform that says what an office says of another event."""
    return f"twin-{event}-{role}"


def load(folder: Path, book: generated.Book) -> tuple[Router, dict[str, RuleBook]]:
    """Return a router for a made-up book, and the rules that hold for offices without and with choices.

    The platform gets a twin of each of the office's choices, so that these can be put together as `meaning` says.
    """
    twins = {
        twin(event, role): {"from": "last", "to": said}
        for event, roles in book.own.items()
        for role, said in roles.items()
    }
    office = {"mails": book.own, "cascades": book.order}
    router = Router.load(
        write_book(
            folder,
            cascades=book.cascades,
            mails={**book.mails, **twins},
            refusals=book.refusals,
            offices={generated.OFFICE: office},
            facts=generated.own_schema(),
        )
    )
    platform = router.book()
    own = {
        event: {role: own_rules(platform.mails[twin(event, role)].to, event, role) for role in roles}
        for event, roles in book.own.items()
    }
    return router, {"o2": platform, generated.OFFICE: meaning.of_office(platform, own, book.order)}


def own_rules(of_twin: Cascade, event: str, role: str) -> Cascade:
    """Return what the office says of a role, as its twin has it, under the ids that the office's rules have."""
    before, after = f"mails.{twin(event, role)}.to", f"offices.{generated.OFFICE}.mails.{event}.{role}"
    return Cascade(after, tuple(replace(rule, id=after + rule.id.removeprefix(before)) for rule in of_twin.rules))


def decided(router: Router, facts: Mapping[str, Any]) -> Any:
    """Return what the engine decides, without its words, or the error."""
    try:
        decision = router.decide(facts)
    except FactsError as error:
        return error.to_dict()
    return meaning.Meaning(
        decision.sender,
        list(decision.to),
        list(decision.cc),
        {key: [reason.rule for reason in reasons] for key, reasons in zip(ROLES, decision.reasons, strict=True)},
        [refusal.code for refusal in decision.refusals],
        {warning.code for warning in decision.warnings},
    )


def decisions(made: generated.Book, seed: int, count: int) -> Iterator[tuple[Router, dict[str, Any], Decision]]:
    """Yield what a made-up rule book decides about made-up facts, with its router, as far as they are in order."""
    random = Random(seed)  # noqa: S311
    with tempfile.TemporaryDirectory() as folder:
        router, _ = load(Path(folder), made)
        for _ in range(count):
            facts = generated.facts(random)
            try:
                decision = router.decide(facts)
            except FactsError:
                continue
            yield router, facts, decision


def meant(books: Mapping[str, RuleBook], facts: Mapping[str, Any]) -> list[Any]:
    """Return what the facts mean, or the errors of which one has to be told."""
    try:
        return [meaning.decide(books[read_text(facts, "office.id")], facts)]
    except FactsError as error:
        return [error.to_dict()]
    except meaning.AtFault as error:
        return [fault.to_dict() for fault in error.faults]


@settings(max_examples=BOOKS, report_multiple_bugs=False)
@given(generated.books(), st.integers(0, 2**32))
def test_decisions_are_what_rules_mean(book: generated.Book, seed: int) -> None:
    random = Random(seed)  # noqa: S311
    with tempfile.TemporaryDirectory() as folder:
        router, books = load(Path(folder), book)
        for _ in range(FACTS_A_BOOK):
            facts = generated.facts(random)
            got, expected = decided(router, facts), meant(books, facts)
            if got not in expected:
                note(f"facts: {facts}")
                assert got == expected


@settings(max_examples=2 * BOOKS, report_multiple_bugs=False)
@given(generated.whens(depth=4), st.booleans(), st.integers(0, 2**32))
def test_conditions_are_what_they_mean(when: dict[str, Any], refusal: bool, seed: int) -> None:
    report = Report()
    node = parse(json.dumps(when, ensure_ascii=False).encode(), "when", report)
    assert node is not None
    condition = build_condition(node, KNOWN, report)
    report.raise_errors()
    question = Situations([condition], fail_closed=refusal)
    asked = verdicts(question.shape)
    random = Random(seed)  # noqa: S311
    for _ in range(FACTS_A_CONDITION):
        facts = generated.facts(random)
        expected: list[Any]
        try:
            meaning.check([condition], facts, refusal=refusal)
            expected = [0 if meaning.holds(condition, facts) else None]
        except meaning.AtFault as error:
            expected = [fault.to_dict() for fault in error.faults]
        try:
            got: Any = asked.of(question.of(facts))
        except FactsError as error:
            got = error.to_dict()
        if got not in expected:
            note(f"facts: {facts}")
            assert got == expected
