"""What proof is put together of, and what its parts do at their ends: samples, values, places, ways, witnesses."""

import itertools
from pathlib import Path
from typing import Any

import generated
import pytest
from books import refusal, write_book
from courrier import model, resources
from courrier.build import load_platform
from courrier.cells import ALWAYS, Leaf
from courrier.checking import check_book
from courrier.diagnostics import Diagnostic, Report, Span
from courrier.facts import pattern
from courrier.model import AddressOf, Fact, RuleBook
from courrier.proof import points as proof_points
from courrier.proof import witness as proof_witness
from courrier.proof.candidates import candidates, made_up
from courrier.proof.compare import comes_to, compared
from courrier.proof.gaps import comes_to_the_same
from courrier.proof.people import directory
from courrier.proof.places import Places, needed_facts
from courrier.proof.realms import Realms
from courrier.proof.samples import samples
from courrier.proof.walk import NotCountedError, Steps, Walk
from courrier.proof.ways import Fault, Passes, Refuses, TooManyWaysError, Way, Ways, ways_of_refusal
from courrier.proof.witness import completed, witness
from courrier.routing import Routing
from courrier.situations import Situations


def book_of(folder: Path, **parts: Any) -> RuleBook:
    report = Report()
    book = load_platform(
        write_book(folder, **{"mails": {"ping": {"to": "standard"}}, "facts": generated.own_schema(), **parts}), report
    )
    assert report.diagnostics == []
    return book


# Samples


@pytest.mark.parametrize(
    ("text", "some"),
    [
        ("abc", "abc"),
        ("a|b", "b"),
        ("(?:a|(b|c))d", "cd"),
        ("(?P<name>x)y", "xy"),
        ("(?i)ab", "ab"),
        ("^a$", "a"),
        (r"\Aa\z", "a"),
        (r"a\.b\n", "a.b\n"),
        (".", "x"),
        ("[[:digit:]]+", "0"),
        (r"[^\]a]x", "0x"),
        (r"\d{4}-\d{2}", "0000-00"),
        (r"\p{Greek}?z", "z"),
        ("a{2,3}?", "aa"),
        ("a*?b", "b"),
        ("(ab)+c?", "ab"),
        ("()a", "a"),
        ("a{300}", None),
        (r"\p{Greek}", None),
        ("a(", ValueError),
    ],
)
def test_samples_match_their_pattern(text: str, some: Any) -> None:
    if some is ValueError:
        with pytest.raises(ValueError, match="missing"):
            samples(text)
        return
    found = samples(text)
    assert all(pattern(text).fullmatch(one) for one in found)
    assert some in found if some else found == ()


def test_samples_are_short_whatever_is_repeated() -> None:
    assert max(map(len, samples("(((((((((a+)+)+)+)+)+)+)+)+)+"))) <= 200


def test_a_pattern_too_deep_to_walk_has_no_samples() -> None:
    assert samples("(" * 900 + "a" + ")" * 900) == ()


# Values


@pytest.mark.parametrize(
    ("fact", "values"),
    [
        (Fact("user.email", "string", "address"), ["user@dupont.example", "user2@dupont.example"]),
        (Fact("from.domain", "string", "host"), ["dupont.example", "mail2.example"]),
        (Fact("dossier.vat_period", "string"), ["vat-period", "vat-period2"]),
        (Fact("extra.number", "number"), [0, 1]),
        (Fact("extra.flag", "boolean"), [False, True]),
        (Fact("extra.tags", "strings"), [["tags"], ["tags2"]]),
        (Fact("extra.things", "objects"), [[{"note": "…"}]] * 2),
        (Fact("extra.box", "object"), [{"note": "…"}] * 2),
    ],
)
def test_values_are_made_up(fact: Fact, values: list[object]) -> None:
    assert [made_up(fact), made_up(fact, 1)] == values


def tried(*tests: model.Test) -> Any:
    facts = list(dict.fromkeys(itertools.chain.from_iterable(map(facts_of, tests))))
    return candidates(facts, Situations(list(tests)).axes)


def facts_of(test: model.Test) -> list[Fact]:
    return [test.fact, *([test.operand] if isinstance(test.operand, Fact) else [])]


asks = model.Test
TEXT, OTHER = Fact("extra.text", "string"), Fact("extra.other", "string")
MAIL, TAGS = Fact("extra.mail", "string", "address"), Fact("extra.tags", "strings")
WHOLE = Fact("extra.integer", "integer")


@pytest.mark.parametrize(
    ("tests", "complete"),
    [
        ([asks(TEXT, "in", ("a",))], True),
        ([asks(TEXT, "in", ("text",))], False),  # what was made up is a constant
        ([asks(TEXT, "starts_with", ("a",)), asks(TEXT, "ends_with", ("b",))], True),
        ([asks(TEXT, "contains", (part,)) for part in "abcdefghij"], False),  # too many to put together
        ([asks(TEXT, "contains", ("-_.~+=/x0",))], False),  # nothing is left to join parts by
        ([asks(MAIL, "starts_with", ("a@",))], True),
        ([asks(MAIL, "starts_with", ("a@",)), asks(MAIL, "ends_with", (".be",))], False),
        ([asks(TEXT, "matches", ("a+",))], False),
        ([asks(TEXT, "contains", OTHER)], False),
        ([asks(WHOLE, "above", (0.5,))], True),
    ],
)
def test_it_is_known_whether_values_show_everything(tests: list[model.Test], complete: bool) -> None:
    assert tried(*tests)[tests[0].fact.path].complete == complete


def test_whole_numbers_are_tried_at_bounds_that_are_none() -> None:
    assert tried(asks(WHOLE, "above", (0.5,)))[WHOLE.path].values == (None, -1, 1)


@pytest.mark.parametrize(("items", "lists", "complete"), [(3, 8 + 1, True), (8, 19, False), (20, 23, False)])
def test_lists_hold_some_of_the_items(items: int, lists: int, complete: bool) -> None:
    values, known = tried(*(asks(TAGS, "contains", (f"item-{number}",)) for number in range(items)))[TAGS.path]
    assert (len(values), known) == (lists, complete)


def test_addresses_start_and_end_as_tests_ask() -> None:
    values = tried(
        asks(MAIL, "starts_with", ("a@b",)), asks(MAIL, "starts_with", ("c",)), asks(MAIL, "ends_with", ("@d.be",))
    )[MAIL.path].values
    assert "c@d.be" in values
    assert any(isinstance(one, str) and one.startswith("a@b") and one.endswith("dupont.example") for one in values)


def test_collaborators_have_addresses_that_mail_systems_take() -> None:
    assert directory(["vat-desk", "é", "an@x.be", "vat-desk"]) == [
        {"id": "vat-desk", "email": "vat-desk@dupont.example"},
        {"id": "é", "email": "collaborator-2@dupont.example"},
        {"id": "person-3", "email": "an@x.be"},
    ]


# Points


def test_of_too_many_mixtures_of_values_some_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [Situations([asks(TEXT, "in", OTHER), asks(TEXT, "in", ("a", "b"))])]
    assert not Realms(asked).beyond
    monkeypatch.setattr(proof_points, "_MOST_ASKED", 3)
    assert Realms(asked).beyond


def test_of_too_many_points_some_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof_points, "_MOST_POINTS", 3)
    realms = Realms([Situations([asks(TEXT, "in", OTHER), asks(TEXT, "in", ("a", "b"))])])
    assert (realms.beyond, realms.sizes) == (True, [3])


@pytest.mark.parametrize(("patterns", "beyond"), [(10, False), (11, True)])
def test_of_too_many_patterns_not_every_mixture_is_thought_of(patterns: int, beyond: bool) -> None:
    asked = Situations([asks(TEXT, "matches", (f"{number}a{{300}}",)) for number in range(patterns)])
    assert Realms([asked]).beyond == beyond


def test_where_no_steps_are_left_few_values_are_tried() -> None:
    steps = Steps(0)
    Realms([Situations([asks(TEXT, "in", ("a",))])], steps=steps)
    assert steps.are_spent
    assert Realms([Situations([asks(TEXT, "in", OTHER)])], steps=steps).beyond


# Steps


def test_steps_are_taken_of_those_of_the_whole() -> None:
    of_book = Steps(5)
    Steps(of=of_book).spend(5)
    with pytest.raises(NotCountedError):
        Steps(of=of_book).spend(1)
    assert Steps(of=of_book).are_spent


def test_a_walk_ends_where_there_are_no_steps_left() -> None:
    with pytest.raises(NotCountedError):
        Walk([2], Steps(0)).find([0b11], [Leaf(0, 1)])


# Places


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("cascades: {standard: [{rule: it, when: {has: user}}]}", (1, 34)),
        ("cascades: {standard: [{rule: it}]}", (1, 23)),
        ("cascades: {standard: [{rule: other}]}", (1, 12)),
        ("cascades: [", (1, 1)),
    ],
)
def test_places_are_as_near_as_a_file_has_them_by_now(text: str, place: tuple[int, int], tmp_path: Path) -> None:
    (tmp_path / "cascades.yaml").write_text(text)
    span = Places(tmp_path).of("cascades.standard.it", "when")
    assert (span.line, span.column) == place


def test_facts_are_needed_where_the_schemas_say_so(tmp_path: Path) -> None:
    text = {"type": "string", "minLength": 1}
    kinds = {"text": text, "blank": {"type": "string"}, "null": {"type": ["string", "null"], "minLength": 1}}
    properties = {**kinds, "optional": text, "number": {"type": ["number"]}, "odd": {**text, "properties": {"x": True}}}
    extra = {"type": "object", "required": [*kinds, "number", "odd"], "properties": properties}
    book_of(tmp_path, facts={"extra": extra})
    own = {path for path in needed_facts(tmp_path) if path.startswith("extra.")}
    assert own == {"extra.text", "extra.number", "extra.odd"}


def test_a_schema_that_is_taken_away_meanwhile_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "facts.schema.json").write_text("{")
    assert needed_facts(tmp_path) == needed_facts(resources.rules())


# Ways


def chain(length: int) -> dict[str, Any]:
    """Return cascades that leave the choice to one another in twice as many ways with each."""
    last = {"rule": "last", "address": "office.communication_email"}
    cascades: dict[str, Any] = {"standard": [last], "c0": [{"rule": "a", "when": {"has": "user"}, **ADDRESS}]}
    for number in range(1, length):
        when = {f"extra.{'text' if number % 2 else 'other'}": f"v{number}"}
        down = {"cascade": f"c{number - 1}"}
        cascades[f"c{number}"] = [{"rule": "a", "when": when, **down}, {"rule": "b", **down}]
    return cascades


ADDRESS = {"address": "office.communication_email"}


def test_cascades_may_lead_to_one_another_in_too_many_ways(tmp_path: Path) -> None:
    book = book_of(tmp_path, cascades=chain(16), mails={"ping": {"to": "c15"}})
    mail = book.mails["ping"]
    laid = Ways(book)
    laid.ask(mail)
    with pytest.raises(TooManyWaysError):
        laid.of("to", mail, Realms(laid.asked))
    assert not comes_to_the_same(mail, mail, book, "to", Steps())
    (found,) = [one for one in check_book(tmp_path) if one.code == "not-counted"]
    assert found.message == "`ping` has too many situations to count through, and gaps may be left"


def test_a_refusal_that_is_not_there_lets_every_mail_pass() -> None:
    assert ways_of_refusal(None, Realms([]), 0) == [Way(ALWAYS, Passes())]


def test_a_refusal_refuses_passes_or_wants_to_know() -> None:
    realms = Realms([Situations([asks(TEXT, "in", ("a",))], fail_closed=True)])
    assert [way.end for way in ways_of_refusal(_refusal(), realms, 0)] == [Fault(TEXT.path), Refuses(), Passes()]


def _refusal() -> model.Refusal:
    return model.Refusal("it", asks(TEXT, "in", ("a",)), {}, {}, Span.of_file("refusals.yaml"))


# Comparisons

SEVERAL = tuple("abcd")
ENDS = {letter: AddressOf(Fact(f"extra.{letter}", "string", "address"), None) for letter in SEVERAL}


def test_so_many_classes_are_told_apart_at_most() -> None:
    realms = Realms([Situations([asks(TEXT, "in", (letter,)) for letter in SEVERAL])])
    before = [Way(when, ENDS[letter]) for letter, when in zip(SEVERAL, realms.conditions[0], strict=True)]
    after = [Way(way.when, Refuses()) for way in before]
    last = Way(ALWAYS, Passes())
    assert len(compared([*before, last], [*after, last], realms).differences) == 4
    some = compared([*before, last], [*after, last], realms, 2)
    assert (len(some.differences), some.complete) == (2, False)
    none = compared([*before, last], [*after, last], realms, steps=Steps(0))
    assert none == ((), False)


def test_a_difference_that_no_facts_show_may_be_one() -> None:
    realms = Realms([Situations([asks(TEXT, "matches", ("a{300}",))])])
    (when,) = realms.conditions[0]
    last = Way(ALWAYS, Passes())
    ((difference,), complete) = compared([Way(when, Refuses()), last], [last], realms)
    assert (difference.example, complete) == (None, True)


def test_lists_that_leave_something_open_are_compared_as_far_as_they_go() -> None:
    realms = Realms([Situations([asks(TEXT, "in", ("a",)), asks(TEXT, "in", ("b",))])])
    a, b = realms.conditions[0]
    assert compared([Way(a, Refuses())], [Way(b, Passes())], realms) == ((), True)
    assert not comes_to([Way(a, Refuses())], Refuses(), realms.seen)


# Witnesses


SENDER_KNOWN = {"has-name": refusal({"has": "from.name"}), "of-a": refusal({"from.domain": "a.example"})}


def test_the_sender_of_a_witness_is_who_it_has_to_be(tmp_path: Path) -> None:
    named = {"rule": "named", "when": {"has": "dossier.manager"}, "address": "dossier.manager.email"}
    cascades = {
        "standard": [{**named, "name": "dossier.manager.name"}, {"rule": "other", "cascade": "other"}],
        "other": [{"rule": "it", "cascade": "last"}],
        "last": [{"rule": "it", "address": "office.communication_email"}],
    }
    mails = {"ping": {"from": "standard", "to": "standard", "refuse": [*SENDER_KNOWN]}}
    routing = Routing(book_of(tmp_path, cascades=cascades, mails=mails, refusals=SENDER_KNOWN))

    def refused(values: dict[str, object]) -> object:
        seen: list[set[str]] = []

        def note(facts: Any) -> bool:
            seen.append({notice.code for notice in routing.decide(facts).refusals})
            return seen[-1] == {*SENDER_KNOWN}

        return witness(routing, "ping", "dupont", values, note)

    wanted: dict[str, object] = {"from.address": "x@a.example", "from.domain": "a.example", "from.name": "An"}
    facts: Any = refused(wanted)
    assert facts["dossier"]["manager"] == {"email": "x@a.example", "name": "An"}
    assert refused({**wanted, "dossier.manager.email": None}) is None
    assert refused({"from.address": None}) is None


def test_facts_are_completed_or_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = [{"rule": "it", "when": {"extra.text": {"in": {"fact": "extra.tags"}}}, **ADDRESS}]
    routing = Routing(book_of(tmp_path, mails={"ping": {"to": rules}}))
    given = {"event.type": "ping", "office.id": "dupont"}
    complete = completed(routing, given)
    assert complete is not None
    assert complete["extra"] == {"tags": ["tags"]}
    assert completed(routing, {**given, "extra.tags": None}) is None
    assert completed(routing, {**given, "extra.text": 5}) is None
    monkeypatch.setattr(proof_witness, "_MOST_MENDED", 1)
    assert completed(routing, given) is None


# What is said


def found_in(folder: Path, **parts: Any) -> list[Diagnostic]:
    book_of(folder, **parts)
    return [*check_book(folder)]


LIST = {"extra.text": {"in": {"fact": "extra.tags"}}}
BLANK = {"address": "dossier.client_group.email"}


@pytest.mark.parametrize(
    "mail",
    [
        # Without the list nobody can decide, and with it the rule does not hold.
        {
            "from": [{"rule": "x", "when": LIST, **ADDRESS}, {"rule": "y", **ADDRESS}],
            "to": [{"rule": "z", "when": {"lacks": "extra.tags"}, **BLANK}, {"rule": "last", **ADDRESS}],
        },
        # What is blank in `to` is blank in `from` before.
        {
            "from": BLANK,
            "to": [{"rule": "z", "when": {"has": "user"}, **BLANK}, {"rule": "x", "when": LIST, **ADDRESS}],
        },
        # The refusal has to know of the user without whom there is a gap.
        {"to": [{"rule": "x", "when": {"has": "user"}, **ADDRESS}], "refuse": ["elsewhere"]},
    ],
)
def test_what_no_facts_show_is_not_said(mail: dict[str, Any], tmp_path: Path) -> None:
    refusals = {"elsewhere": refusal({"user.active_elsewhere": True})}
    found = found_in(tmp_path, mails={"ping": {"refuse": ["elsewhere"], **mail}}, refusals=refusals)
    assert {one.code for one in found} & {"gap", "blank-address"} == set()


def test_a_rule_may_be_proved_dead_where_no_facts_show_it(tmp_path: Path) -> None:
    long = {"extra.text": {"matches": "a{300}"}}
    rules = [{"rule": "a", "when": long, **ADDRESS}, {"rule": "b", "when": {**long, "has": "user"}, **BLANK}]
    (dead,) = [one for one in found_in(tmp_path, mails={"ping": {"to": rules}}) if one.code == "dead-rule"]
    assert (dead.message, dead.witness) == ("`b` never fires: `a` takes its place", None)


def test_two_refusals_that_refuse_alike_without_an_example(tmp_path: Path) -> None:
    long = refusal({"extra.text": {"matches": "a{300}"}})
    mails = {"ping": {"to": "standard", "refuse": ["one", "two"]}}
    (same,) = found_in(tmp_path, mails=mails, refusals={"one": long, "two": long})
    assert (same.code, same.witness) == ("same-rule", None)


def test_of_a_fact_with_too_many_patterns_nothing_is_proved(tmp_path: Path) -> None:
    patterns = [{"extra.text": {"matches": f"{number}a{{300}}"}} for number in range(11)]
    rules = [{"rule": f"r{number}", "when": when, **ADDRESS} for number, when in enumerate(patterns)]
    twin = {"rule": "twin", "when": patterns[0], **ADDRESS}
    assert {one.code for one in found_in(tmp_path, mails={"ping": {"to": [*rules, twin]}})} == {"gap"}


def test_when_steps_run_out_it_is_said_once_for_each_list(tmp_path: Path) -> None:
    rules = [{"rule": f"r{number}", "when": {"extra.number": number}, **ADDRESS} for number in range(3)]
    refusals = {name: refusal({"extra.number": 1, "extra.integer": 2}) for name in ("one", "two")}
    mails = {event: {"to": rules, "refuse": [*refusals]} for event in generated.EVENTS}
    book_of(tmp_path, mails=mails, refusals=refusals)
    found = check_book(tmp_path, most_steps=0)
    assert {one.code for one in found} == {"not-counted"}
    of_lists, of_gaps, of_refusals, of_their_pair = 2 + 1, 2, 2, 1  # the standard cascade is a list, too
    assert len(found) == of_lists + of_gaps + of_refusals + of_their_pair
