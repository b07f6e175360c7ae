"""What `courrier diff` says of two rule books is so: what is alike decides alike, and what shows a change does."""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import generated
import pytest
from books import refusal, write_book
from commands import GOLDEN, courrier
from courrier import FactsError, Router, resources
from courrier.cli import comment, differences
from courrier.proof import compare, tally, walk, ways
from courrier.proof import diff as comparing
from courrier.proof.changes import Changes, changes, in_words
from courrier.proof.diff import Diff, Source, diff
from courrier.proof.subjects import Subject
from courrier.proof.walk import Steps
from courrier.proof.ways import Fault, Nobody
from hypothesis import given, settings
from hypothesis import strategies as st
from logged import write_generated
from test_replay import changed

BOOKS = int(os.environ.get("COURRIER_EXAMPLES", "10"))
FACTS_A_BOOK = 60
ANY_OFFICE = "o2"
"""An office without choices of its own."""


def compared(old: Path, new: Path) -> Diff:
    return diff(Source("old", old), Source("new", new))


def decided(router: Router, facts: Mapping[str, Any]) -> object:
    """Return what is compared of a decision; all errors are alike."""
    try:
        decision = router.decide(facts)
    except FactsError:
        return "an error"
    return decision.sender, decision.to, decision.cc, {refusal.code for refusal in decision.refusals}


# The properties


@settings(max_examples=BOOKS // 5, deadline=None, report_multiple_bugs=False)
@given(generated.books(), st.integers(0, 2**32))
def test_what_is_said_is_so(book: generated.Book, seed: int) -> None:
    """Where mails are alike they decide alike, each example decides differently, and from new to old is the reverse."""
    random = Random(seed)  # noqa: S311
    with tempfile.TemporaryDirectory() as folder:
        old = write_generated(Path(folder, "old"), book)
        new = write_generated(Path(folder, "new"), changed(book, random))
        found, reverse = compared(old, new), compared(new, old)
        before, after = Router.load(old), Router.load(new)
        for _ in range(FACTS_A_BOOK):
            facts = generated.facts(random)
            if decided(before, facts) != decided(after, facts):
                assert is_listed(found, facts, before, after)
        for difference in found.differences:
            for facts in filter(None, (change.facts for change in difference.changes.listed)):
                assert decided(before, facts) != decided(after, facts)
    if all(difference.changes.complete for difference in (*found.differences, *reverse.differences)):
        assert differing(found) == differing(reverse)
        assert ends(found) == {(after, before) for before, after in ends(reverse)}


def is_listed(found: Diff, facts: Mapping[str, Any], *routers: Router) -> bool:
    """Tell whether something changes for the event and the office of facts, if only for all that leave it alone."""
    event, office = facts["event"]["type"], facts["office"]["id"]
    left_alone = {**facts, "office": {**facts["office"], "id": ANY_OFFICE}}
    return (event, office) in differing(found) or (
        (event, ANY_OFFICE) in differing(found)
        and all(decided(router, facts) == decided(router, left_alone) for router in routers)
    )


def differing(found: Diff) -> set[tuple[str, str]]:
    """Return for which events and offices something changes."""
    return {
        (event, office)
        for difference in found.differences
        for concerned in difference.concerned
        for event in concerned.events
        for office in [*concerned.offices, *([ANY_OFFICE] if concerned.platform else [])]
    }


def ends(found: Diff) -> set[tuple[object, ...]]:
    """Return what situations come to before and after; errors are alike, and so is nobody."""
    changes = (change for difference in found.differences for change in difference.changes.listed)
    return {
        tuple(type(end) if isinstance(end, Fault | Nobody) else end for end in (change.before.end, change.after.end))
        for change in changes
    }


@settings(max_examples=BOOKS // 3, deadline=None)
@given(generated.books())
def test_a_book_is_like_itself_and_like_its_formatted_form(book: generated.Book) -> None:
    with tempfile.TemporaryDirectory() as folder:
        old, new = (write_generated(Path(folder, name), book) for name in ("old", "new"))
        assert courrier("fmt", new).code == 0
        assert compared(old, new).differences == compared(old, old).differences == ()


# What is compared

TO_OFFICE = {"address": "office.communication_email"}
TO_USER = {"address": "user.email"}
MONTHLY = {"when": {"dossier.vat_period": "monthly"}}
REFUSALS = {"no": refusal({"user.active_elsewhere": True}), "never": refusal({"lacks": "user.email"})}


def steps(*rules: Any) -> list[Any]:
    """Return rules, named by their place."""
    return [{"rule": f"r{number}", **rule} for number, rule in enumerate(rules)]


def pair(folder: Path, old: Any, new: Any, **same: Any) -> tuple[Path, Path]:
    """Write two rule books that differ in one mail."""
    before, after = (
        write_book(folder / name, mails={"ping": mail}, **same) for name, mail in (("old", old), ("new", new))
    )
    return before, after


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param({"to": steps(TO_OFFICE)}, {"to": TO_OFFICE}, id="a rule's name"),
        pytest.param({"to": TO_OFFICE}, {"to": "standard"}, id="a cascade spelt out"),
        pytest.param({"to": steps(MONTHLY | TO_OFFICE, TO_OFFICE)}, {"to": TO_OFFICE}, id="a needless rule"),
        pytest.param(
            {"to": steps({"when": {"event.type": "pong"}, **TO_USER}, TO_OFFICE)}, {"to": TO_OFFICE}, id="another event"
        ),
        pytest.param(
            {"to": TO_OFFICE}, {"to": TO_OFFICE, "cc": steps({"when": {"event.type": "pong"}, **TO_USER})}, id="no copy"
        ),
        pytest.param(
            {"from": "standard", "to": TO_USER, "refuse": ["no"]},
            {"from": "standard", "to": TO_USER, "refuse": ["never", "no"]},
            id="a refusal where facts are at fault",
        ),
    ],
)
def test_alike(old: Any, new: Any, tmp_path: Path) -> None:
    assert compared(*pair(tmp_path, old, new, refusals=REFUSALS)).differences == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param(
            {"to": TO_OFFICE},
            {"to": TO_OFFICE | {"name": "office.id"}},
            "to: always: `office.communication_email` -> `office.communication_email` with the name `office.id`",
            id="a name",
        ),
        pytest.param(
            {"to": {"collaborators": ["marie", "jean"]}},
            {"to": {"collaborators": ["jean", "marie"]}},
            "to: one of `marie`, `jean` can receive mail: "
            "the collaborators `marie`, `jean` -> the collaborators `jean`, `marie`",
            id="an order",
        ),
        pytest.param(
            {"from": {"collaborators": ["marie", "jean"]}, "to": TO_OFFICE},
            {"from": {"collaborators": ["marie"]}, "to": TO_OFFICE},
            "from: one of `marie`, `jean` can receive mail and `marie` cannot receive mail: "
            "the collaborator `jean` -> `office.communication_email`",
            id="a sender",
        ),
        pytest.param(
            {"to": TO_OFFICE},
            {"to": steps(MONTHLY | TO_USER, TO_OFFICE)},
            "to: `dossier.vat_period` is `monthly`: `office.communication_email` -> `user.email`",
            id="a situation",
        ),
        pytest.param(
            {"to": steps({"when": {"lacks": "user"}, **TO_OFFICE}, TO_USER)},
            {"to": TO_USER},
            "to: there is no `user`: `office.communication_email` -> an error, since `user.email` is missing",
            id="an error",
        ),
        pytest.param(
            {"from": "standard", "to": TO_USER},
            {"from": "standard", "to": TO_USER, "refuse": ["no"]},
            "refusals.no: `user.active_elsewhere` is missing: "
            "not refused -> an error, since `user.active_elsewhere` is missing\n"
            "refusals.no: `user.active_elsewhere` is true: not refused -> refused",
            id="a refusal",
        ),
        pytest.param(
            {"from": "standard", "to": TO_USER, "cc": TO_OFFICE},
            {"from": "standard", "to": TO_USER},
            "cc: always: `office.communication_email` -> nobody",
            id="a copy",
        ),
        pytest.param(
            {"to": TO_OFFICE},
            {"to": steps({"when": {"dossier.vat_period": {"matches": "a.+b|q"}}, **TO_USER}, TO_OFFICE)},
            "to: `dossier.vat_period` matches `a.+b|q`: `office.communication_email` -> `user.email`",
            id="an open test",
        ),
        pytest.param(
            {"to": TO_OFFICE},
            {
                "to": steps(
                    {"when": {"user.language": {"in": {"fact": "office.prepared_domains"}}}, **TO_USER}, TO_OFFICE
                )
            },
            "to: `office.prepared_domains` is missing: "
            "`office.communication_email` -> an error, since `office.prepared_domains` is missing\n"
            "to: `user.language` is in `office.prepared_domains`: `office.communication_email` -> `user.email`",
            id="a list that has to be there",
        ),
        pytest.param(
            {"to": TO_OFFICE},
            {"to": steps({"when": {"office.id": "claes"}, **TO_USER}, TO_OFFICE)},
            "to: `office.id` is `claes`: `office.communication_email` -> `user.email`",
            id="an office",
        ),
    ],
)
def test_different(old: Any, new: Any, said: str, tmp_path: Path) -> None:
    before, after = pair(tmp_path, old, new, refusals=REFUSALS)
    found = compared(before, after).differences
    lines = [
        f"{one.concerned[0].what}: {change.where}: {in_words(change.before.end)} -> {in_words(change.after.end)}"
        for one in found
        for change in one.changes.listed
    ]
    assert "\n".join(lines) == said
    for change in (change for one in found for change in one.changes.listed):
        facts = change.facts
        assert facts
        assert decided(Router.load(before), facts) != decided(Router.load(after), facts)


def test_a_test_that_nothing_shows_may_change_something(tmp_path: Path) -> None:
    odd = {"dossier.vat_period": {"matches": "a+", "starts_with": "b"}}
    before, after = pair(tmp_path, {"to": TO_OFFICE}, {"to": steps({"when": odd, **TO_USER}, TO_OFFICE)})
    (found,) = compared(before, after).differences
    assert [change.facts for change in found.changes.listed] == [None]
    for format in ("text", "markdown"):
        assert (
            "one were found, so that this may never happen" in courrier("diff", before, after, "--format", format).out
        )


def test_what_no_mail_shows_may_change_nothing(tmp_path: Path) -> None:
    refusals = {"all": refusal({"has": "from.address"})}
    old, new = ({"from": "standard", "to": to, "refuse": ["all"]} for to in (TO_OFFICE, TO_USER))
    (found,) = compared(*pair(tmp_path, old, new, refusals=refusals)).differences
    assert [change.facts for change in found.changes.listed] == [None]


# Whom it concerns


def test_offices_that_change_alike_are_one(tmp_path: Path) -> None:
    mails = {event: {"to": "standard"} for event in ("ping", "pong")}
    many = [f"a{number}" for number in range(9)]
    was = {"mails": {"ping": {"to": {"collaborators": ["marie"]}}}}
    now = {"mails": {"ping": {"to": {"address": "office.functional_email"}}}}
    old = write_book(tmp_path / "old", mails=mails, offices={**dict.fromkeys(many, was), "c": was})
    new = write_book(tmp_path / "new", mails=mails, offices={**dict.fromkeys(many, now), "c": was})
    (found,) = compared(old, new).differences
    (concerned,) = found.concerned
    assert (concerned.what, concerned.events, concerned.offices) == ("to", ("ping",), tuple(many))
    assert not concerned.platform
    assert courrier("diff", old, new).out.startswith(
        "`to` of `ping`, for `a0`, `a1`, `a2`, `a3`, `a4`, `a5` and 3 more\n"
    )


def test_a_cascade_that_changes_is_said_once(tmp_path: Path) -> None:
    old, new = (
        write_book(
            tmp_path / name,
            cascades={"standard": steps({"when": {"has": "office.functional_email"}, **address}, TO_OFFICE)},
            mails={"ping": {"to": "standard"}, "pong": {"from": "standard", "to": TO_USER}},
            offices={office: {"mails": {"ping": {"to": {"collaborators": [office]}}}} for office in ("ann", "bob")},
        )
        for name, address in (("old", {"address": "office.functional_email"}), ("new", TO_OFFICE))
    )
    (found,) = compared(old, new).differences
    assert [(*one[:2], one.offices, one.platform, one.every_office, one.within) for one in found.concerned] == [
        ("to", ("ping",), (), True, False, ""),
        ("from", ("pong",), (), True, True, ""),
        ("to", ("ping",), ("ann", "bob"), False, False, "cascades.standard"),
    ]


@pytest.mark.parametrize(
    ("names", "desk", "office"),
    [
        pytest.param("ab", {"address": "dossier.manager.email"}, {"mails": {"ping": {"to": "desk"}}}, id="a cascade"),
        pytest.param("ba", TO_OFFICE, {"cascades": {"standard": ["b", "a", "last"]}}, id="names"),
    ],
)
def test_what_changes_for_an_office_alone(names: str, desk: Any, office: Any, tmp_path: Path) -> None:
    """The platform's mails are alike, but an office uses a cascade that they do not, or orders rules by their names."""
    old, new = (
        write_book(
            tmp_path / folder,
            cascades={
                "standard": [
                    {"rule": name, "when": {"has": address}, "address": address}
                    for name, address in zip(named, ("office.functional_email", "dossier.manager.email"), strict=True)
                ]
                + [{"rule": "last", **TO_OFFICE}],
                "desk": steps(address),
            },
            mails={"ping": {"to": "standard"}},
            offices={"claes": office},
        )
        for folder, named, address in (("old", "ab", TO_OFFICE), ("new", names, desk))
    )
    (found,) = compared(old, new).differences
    assert [(one.what, one.offices, one.platform) for one in found.concerned] == [("to", ("claes",), False)]


def test_mails_of_offices_alike_are_compared_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offices = {f"o{number}": {"mails": {"ping": {"to": {"collaborators": [f"p{number}"]}}}} for number in range(9)}
    old, new = (
        write_book(
            tmp_path / name,
            cascades={"standard": steps({"when": {"has": "dossier"}, **address}, TO_OFFICE)},
            mails={"ping": {"to": "standard"}},
            offices=offices,
        )
        for name, address in (("old", TO_USER), ("new", {"address": "dossier.manager.email"}))
    )
    # an office cannot send to the user: the old rules of the offices are at fault, and say so
    ran = courrier("diff", old, new)
    assert (ran.code, ran.out, ran.err.count("error[office-reach]")) == (2, "", 9)
    assert "--> " + str(old / "offices" / "o8.yaml") in ran.err
    write_book(
        old,
        cascades={"standard": steps({"when": {"has": "dossier"}, "address": "dossier.client_group.email"}, TO_OFFICE)},
        mails={"ping": {"to": "standard"}},
    )
    asked: list[str] = []

    def noted(subject: Subject, steps: Steps) -> Mapping[str, Changes]:
        asked.append(subject.office)
        return changes(subject, steps)

    monkeypatch.setattr(comparing, "changes", noted)
    assert compared(old, new).differences[0].concerned[1].offices == tuple(sorted(offices))
    assert asked == ["any-office", "o0"]


def test_an_event_of_one_alone_is_a_difference(tmp_path: Path) -> None:
    old = write_book(tmp_path / "old", mails={"ping": {"to": TO_OFFICE}, "pong": {"to": TO_OFFICE}})
    new = write_book(
        tmp_path / "new", mails={"ping": {"to": TO_OFFICE}, "peep": {"to": TO_OFFICE}}, offices={"any-office": {}}
    )
    found = compared(old, new)
    assert [(one.only, one.concerned[0].events) for one in found.differences] == [
        ("before", ("pong",)),
        ("after", ("peep",)),
    ]
    assert (found.added, found.removed) == (("any-office",), ())


# What is too much


@pytest.mark.parametrize(("module", "limit"), [(walk, "MOST_STEPS"), (ways, "MOST_WAYS"), (compare, "MOST_CLASSES")])
def test_what_is_left_out_is_said(module: Any, limit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tests = [{"dossier.vat_period": "monthly"}, {"has": "dossier.manager"}]
    several = [
        steps(*({"when": when, **to} for when in tests), TO_OFFICE) for to in (TO_USER, {"collaborators": ["a"]})
    ]
    before, after = pair(tmp_path, {"to": several[0]}, {"to": several[1]})
    monkeypatch.setattr(module, limit, 1)
    if module is compare:
        monkeypatch.setattr(compare.compared, "__defaults__", (1, None))
    for format in ("text", "markdown"):
        ran = courrier("diff", before, after, "--format", format)
        assert ran.code == 1
        assert "here are more situations than can be counted through: more may change here" in ran.out
        assert "alike" not in ran.out


# What is printed


def test_what_authors_wrote_is_no_markdown(tmp_path: Path) -> None:
    odd = ["a|b", "`", "\\|", "<b>", "[x](y)", "*"]
    who = {"collaborators": ["x|y", "<i>", "a`b"]}
    when = {"any": [{"dossier.vat_period": odd}, {"user.language": {"starts_with": "`|_"}}]}
    books = pair(tmp_path, {"to": TO_OFFICE}, {"to": steps({"when": when, **who}, TO_OFFICE)})
    ran = courrier("diff", *books, "--format", "markdown")
    table = [line for line in ran.out.splitlines() if line.startswith("| ")]
    assert len(table) > 2
    for line in table:
        assert line.replace("\\|", "").count("|") == 5
        outside = re.sub(r"`[^`]*`|</?code>", "", line)
        assert not re.search(r"[<>*_`\[\]\\]", outside)


def test_markdown_has_room_on_github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = pair(tmp_path, {"to": TO_OFFICE}, {"to": TO_USER, "cc": TO_OFFICE})
    whole = courrier("diff", before, after, "--format", "markdown").out
    for room, left in ((900, "1 more is"), (100, "2 more are")):
        monkeypatch.setattr(comment, "_MOST_CHARACTERS", room)
        ran = courrier("diff", before, after, "--format", "markdown")
        assert len(ran.out) < len(whole)
        assert ran.out.endswith(f"\n{left} left out here; `courrier diff` shows all of them.\n")


def test_facts_are_written_so_that_they_can_be_read_again(tmp_path: Path) -> None:
    odd = {"dossier.vat_period": "\u202e"}
    ran = courrier("diff", *pair(tmp_path, {"to": TO_OFFICE}, {"to": steps({"when": odd, **TO_USER}, TO_OFFICE)}))
    (facts,) = (line for line in ran.out.splitlines() if line.startswith("    facts   "))
    assert json.loads(facts.removeprefix("    facts   "))["dossier"] == {"vat_period": "\u202e"}


# Real cases


def case(event: str = "ping", **facts: Any) -> dict[str, Any]:
    return {"event": {"type": event}, "office": {"id": "a", "communication_email": "office@a.be"}, **facts}


def test_cases_are_counted(tmp_path: Path) -> None:
    before, after = map(Router.load, pair(tmp_path, {"to": TO_OFFICE}, {"to": TO_USER}))
    cases: list[Any] = [case(user={"email": f"{name}@a.be"}) for name in ("x", "y", "x", "office")]
    counted = tally.tally(before, after, enumerate([None, *cases, case(), case("pong"), []], start=1))
    assert (counted.cases, counted.at_fault, counted.first_at_fault, counted.changed) == (8, 3, 1, {"ping": 4})
    assert counted.gained == {("x@a.be", "ping"): 2, ("y@a.be", "ping"): 1}
    assert counted.lost == {("office@a.be", "ping"): 4}
    assert [mails.address for mails in counted.people()] == ["office@a.be", "x@a.be", "y@a.be"]


def test_people_beyond_count_are_summed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "MOST_PEOPLE", 3)
    before, after = pair(tmp_path, {"to": TO_OFFICE}, {"to": TO_USER})
    cases = [json.dumps(case(user={"email": f"x{number % 7}@a.be"})) for number in range(14)]
    (tmp_path / "cases.jsonl").write_text("\n".join(cases))
    ran = courrier("diff", before, after, "--facts", tmp_path / "cases.jsonl")
    assert ran.out.splitlines()[-7:] == [
        "14 of 14 cases change",
        "  office@a.be loses 14 of `ping`",
        "  x0@a.be gains 2 of `ping`",
        "  x1@a.be gains 2 of `ping`",
        "  others gains 10 of `any`",
        "",
        "1 difference",
    ]
    monkeypatch.setattr(differences, "_MOST_PEOPLE", 1)
    monkeypatch.setattr(comment, "_MOST_PEOPLE", 1)
    more = "nd 3 more, whom `--format json` names"
    assert more in courrier("diff", before, after, "--facts", tmp_path / "cases.jsonl").out
    ran = courrier("diff", before, after, "--facts", tmp_path / "cases.jsonl", "--format", "markdown")
    assert more in ran.out


# What cannot be done


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere", "rules"], "`nowhere` is not there; name a rule book's folder, or a revision of it as `git:main`"),
        (
            ["rules", "help.txt"],
            "`help.txt` is no folder; name a rule book's folder, or a revision of it as `git:main`",
        ),
        (
            ["git:main", "nowhere"],
            "`nowhere` is not there; name a rule book's folder, or a revision of it as `git:main`",
        ),
        (["rules", "rules", "--facts", "nowhere.jsonl"], "`nowhere.jsonl` cannot be read: no such file or directory"),
        (["rules"], "missing argument `NEW` (see `courrier diff --help`)"),
    ],
)
def test_wrong_usage(arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GOLDEN)
    assert courrier("diff", *arguments) == (2, "", f"error: {message}\n")


def test_what_is_wrong_in_both_is_said_at_once(tmp_path: Path) -> None:
    before, after = pair(tmp_path, {"to": "a"}, {"to": "b"})
    (after / "offices" / "A.yaml").write_text("office: a")
    ran = courrier("diff", before, after)
    assert (ran.code, ran.out) == (2, "")
    assert [line for line in ran.err.splitlines() if "-->" in line] == [
        f"  --> {one / 'mails.yaml'}:4:10" for one in (after, before)
    ]


def test_the_shipped_rules_are_compared_in_no_time(tmp_path: Path) -> None:
    new = Path(shutil.copytree(resources.rules(), tmp_path / "new"))
    cascades = new / "cascades.yaml"
    cascades.write_text(
        cascades.read_text(encoding="utf-8").replace("has: dossier.manager}", "has: dossier.manager.name}"),
        encoding="utf-8",
    )
    assert len(compared(resources.rules(), new).differences) == 1
