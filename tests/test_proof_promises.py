"""What proof promises, for made-up rule books: held against made-up facts, and on tiny ones against all there are.

`COURRIER_EXAMPLES=10000 pytest tests/test_proof_promises.py` tries more than the suite does.
"""

import itertools
import math
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import generated
import meaning
from books import write_book
from courrier import FactsError, Router
from courrier.cells import ALWAYS, CellCondition, Every, Leaf, Some, all_cells
from courrier.checking import check_book
from courrier.diagnostics import Diagnostic
from courrier.model import Cascade, Refusal
from courrier.proof.gaps import comes_to_the_same, role_of
from courrier.proof.rules import Proof
from courrier.proof.walk import Domains, Steps, Walk, holds, widened, within
from courrier.routing import Role, Routing
from hypothesis import given, settings
from hypothesis import strategies as st
from logged import write_generated

EXAMPLES = int(os.environ.get("COURRIER_EXAMPLES", "4"))
FACTS = 40
"""Facts that are made up for each rule book."""

FIELDS: Mapping[Role, str] = {"from": "sender", "to": "to", "cc": "cc"}

RANDOM = st.integers(0, 2**32).map(Random)
often = settings(max_examples=5 * EXAMPLES, deadline=None)
seldom = settings(max_examples=EXAMPLES, deadline=None)


# Of whole rule books


class Checked(NamedTuple):
    """A made-up rule book, and what was found in it."""

    router: Router
    found: tuple[Diagnostic, ...]


@contextmanager
def checked(book: generated.Book) -> Iterator[Checked]:
    with tempfile.TemporaryDirectory() as folder:
        write_generated(Path(folder), book)
        yield Checked(Router.load(folder), check_book(Path(folder)))


@seldom
@given(generated.books())
def test_a_witness_shows_what_was_found(book: generated.Book) -> None:
    with checked(book) as (router, found):
        for one in found:
            assert one.severity == "warning", one
            assert one.witness or one.code not in {"gap", "blank-address"}, one
            if one.code == "blank-address":
                fault = fault_in(router, one.witness)
                assert fault is not None
                assert f"`{fault}` is blank" in one.message
            elif one.witness:
                warnings = {warning.code for warning in router.decide(one.witness).warnings}
                assert one.code != "gap" or "no-recipient-left" in warnings


def fault_in(router: Router, facts: Any) -> str | None:
    try:
        router.decide(facts)
    except FactsError as error:
        return error.path
    return None


@seldom
@given(generated.books(), RANDOM)
def test_what_an_office_restates_can_be_left_out(book: generated.Book, random: Random) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_generated(Path(folder), book)
        router = Router.load(folder)
        platform, own = router.book(), router.book(generated.OFFICE)
    for event, choices in book.own.items():
        mail, other = own.mails[event], platform.mails[event]
        for role in [role for role in FIELDS if role in choices]:
            if not comes_to_the_same(mail, other, own, role, Steps()):
                continue
            roles: dict[str, Any] = {FIELDS[role]: role_of(other, role)}
            left_out = replace(mail, **roles)
            without = replace(own, mails={**own.mails, event: left_out})
            for facts in (generated.facts(random) for _ in range(FACTS)):
                facts = {**facts, "event": {"type": event}}
                assert received(Routing(own), role, facts) == received(Routing(without), role, facts)


def received(routing: Routing, role: Role, facts: Mapping[str, Any]) -> object:
    """Return who has a role; None where the facts are at fault."""
    try:
        return routing.route(facts).addresses[role]
    except FactsError:
        return None


# Of lists of rules


@often
@given(generated.books(), RANDOM)
def test_what_is_proved_holds_for_made_up_facts(book: generated.Book, random: Random) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_generated(Path(folder), book)
        rules = Router.load(folder).book()
    lists: list[Cascade | Refusal] = [*rules.cascades.values(), *rules.refusals.values()]
    claims = [(one, claimed(one)) for one in lists]
    for facts in (mixed(generated.facts(random), random) for _ in range(FACTS)):
        for one, codes in claims:
            held = held_in(one, facts)
            for index, holds_here in enumerate(held):
                assert not ("never-true" in codes[index] and holds_here)
                assert not ("always-true" in codes[index] and not holds_here)
                assert not (codes[index] & DEAD and holds_here and True not in held[:index])


DEAD = {"dead-rule", "same-rule"}


def claimed(one: Cascade | Refusal) -> list[set[str]]:
    """Return the codes of what is said for certain of each rule as a whole."""
    rules = one.rules if isinstance(one, Cascade) else [one]
    proof = Proof(rules, frozenset(), fail_closed=isinstance(one, Refusal))
    found = [list(proof.findings(index)) for index in range(len(rules))]
    return [
        {it.code for it in of_rule if not it.message.startswith("a part") and "may never fire" not in it.message}
        for of_rule in found
    ]


def held_in(one: Cascade | Refusal, facts: Mapping[str, Any]) -> list[bool]:
    """Return which of the rules' conditions hold; nothing where the facts are at fault."""
    whens = [rule.when for rule in one.rules] if isinstance(one, Cascade) else [one.when]
    try:
        meaning.check(whens, facts, refusal=isinstance(one, Refusal))
    except meaning.AtFault:
        return []
    return [when is None or meaning.holds(when, facts) for when in whens]


def mixed(facts: dict[str, Any], random: Random) -> dict[str, Any]:
    """Return facts with some texts put together of several, as parts of strings are looked for in them."""
    if isinstance(facts.get("extra"), dict):
        for path in ("text", "other", "mail"):
            if random.random() < 0.5:
                parts = [*generated.TEXTS, *generated.ADDRESSES, "@A", "be"]
                facts["extra"][path] = "".join(random.choices(parts, k=random.randrange(1, 4)))
    return facts


# Of tiny lists, against all facts that there are

NEAR = {math.floor(number) + near for number in (*generated.NUMBERS, *generated.INTEGERS) for near in (-2, -1, 0, 1, 2)}
VALUES: Mapping[str, Sequence[Any]] = {
    "extra.flag": (None, False, True),
    "extra.mark": (None, False, True),
    "extra.box": (None, {"a": 1}),
    "extra.integer": (None, *sorted(NEAR)),
    "extra.limit": (None, *sorted(NEAR)),
}
"""Of each fact a value for everything that can be told apart."""


@often
@given(st.data())
def test_of_tiny_lists_all_is_known(data: st.DataObject) -> None:
    paths = data.draw(
        st.sampled_from([("extra.flag", "extra.mark", "extra.box", "extra.limit"), ("extra.integer", "extra.limit")])
    )
    whens = data.draw(
        st.lists(generated.whens({path: generated.OWN[path] for path in paths}, 1), min_size=1, max_size=4)
    )
    rules = [{"rule": f"r{n}", "when": when, "address": "office.communication_email"} for n, when in enumerate(whens)]
    with tempfile.TemporaryDirectory() as folder:
        write_book(Path(folder), mails={"ping": {"to": rules}}, facts=generated.own_schema())
        cascade = Router.load(folder).book().mails["ping"].to
    held = [
        held_in(cascade, {"extra": {path.partition(".")[2]: value for path, value in zip(paths, values, strict=True)}})
        for values in itertools.product(*(VALUES[path] for path in paths))
    ]
    fires = {[*one, True].index(True) for one in held}
    for index, codes in enumerate(claimed(cascade)):
        ways = {one[index] for one in held}
        assert ("never-true" in codes, "always-true" in codes) == (True not in ways, False not in ways)
        assert bool(codes & {"never-true", *DEAD}) == (index not in fires)


# Of walks

SIZES = (2, 3, 2, 4)
"""How many points each realm has."""
EVERYWHERE = [*itertools.product(*map(range, SIZES))]
leaves = st.sampled_from(range(len(SIZES))).flatmap(
    lambda axis: st.integers(0, all_cells(SIZES[axis])).map(lambda cells: Leaf(axis, cells))
)
conditions: st.SearchStrategy[CellCondition] = st.recursive(
    leaves,
    lambda parts: st.builds(
        lambda kind, of: kind(tuple(of)), st.sampled_from([Every, Some]), st.lists(parts, max_size=4)
    ),
)
ANYWHERE = [all_cells(size) for size in SIZES]


@often
@given(st.lists(conditions, max_size=5))
def test_a_walk_finds_situations_where_there_are_any(several: list[CellCondition]) -> None:
    found = Walk(SIZES).find(ANYWHERE, several)
    together = [one for one in EVERYWHERE if all(holds(condition, one) for condition in several)]
    assert (found is None) == (not together)
    if found is not None:
        assert set(inside(found)) <= set(together)


@often
@given(st.lists(conditions, min_size=1, max_size=5), conditions)
def test_a_walk_finds_where_a_condition_is_the_first(several: list[CellCondition], tie: CellCondition) -> None:
    first = [
        next((number for number, condition in enumerate(several) if holds(condition, one)), None)
        for one in EVERYWHERE
        if holds(tie, one)
    ]
    for index, condition in enumerate(several):
        fires = Walk(SIZES).fires(ANYWHERE, [tie], several, index)
        assert (fires.points is None) == (index not in first)
        for number, points in (*fires.before.items(), *([(index, fires.points)] if fires.points else [])):
            assert holds(condition, points)
            assert holds(tie, points)
            assert next(other for other, it in enumerate(several) if holds(it, points)) == number


@often
@given(conditions, st.lists(conditions, max_size=3), st.sampled_from(EVERYWHERE))
def test_situations_are_widened_as_far_as_is_wanted(
    condition: CellCondition, hints: list[CellCondition], start: tuple[int, ...]
) -> None:
    wanted = condition if holds(condition, start) else Walk(SIZES).denied(condition)
    found = widened(start, ANYWHERE, hints, lambda domains: within(wanted, domains) == ALWAYS)
    assert start in inside(found)
    assert all(holds(wanted, one) for one in inside(found))


def inside(domains: Domains) -> list[tuple[int, ...]]:
    """Return the situations of some domains."""
    return [one for one in EVERYWHERE if all(cells >> point & 1 for cells, point in zip(domains, one, strict=True))]
