"""The situations that cases exercise: which there are, which are left out, and facts that exercise those."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

import generated
import pytest
from books import TO_THE_OFFICE, refusal, texts, write, write_book
from courrier import FactsError, Router, resources
from courrier.branches import Branch, Branches
from courrier.cases import load_cases
from courrier.coverage import Coverage, coverage
from courrier.diagnostics import Report
from courrier.expectations import proposal
from courrier.proof import walk
from courrier.search import Search
from hypothesis import given, settings
from hypothesis import strategies as st

OFFICE: dict[str, Any] = {"id": "any", "communication_email": "a@b.be"}
ADDRESS = {"address": "office.communication_email"}
STANDARD = [
    {"rule": "manager", "when": {"has": "dossier.manager"}, "address": "dossier.manager.email"},
    {"rule": "office", **ADDRESS},
]


def covered(folder: Path, *cases: Any, **parts: Any) -> Coverage:
    """Return what some cases exercise of a rule book; `task` is what its one mail has besides a title."""
    mails = {"task": {"title": texts("title"), **parts.pop("task")}}
    router = Router.load(write_book(folder, **{"cascades": {"standard": STANDARD}, "mails": mails, **parts}))
    found = coverage(router, cases)
    branches = Branches(router)
    for one in found.left_out:
        assert one.branch in set(branches.taken(one.facts))
    return found


def short(branches: Iterable[Branch]) -> set[str]:
    """Return branches in a word: the role, what is asked, and what fires."""
    return {
        " ".join(
            [one.role, one.asked.rpartition(".")[2], one.fires.rpartition(".")[2] or "-", *["nobody"] * one.nobody]
        )
        for one in branches
    }


def test_the_shipped_cases_exercise_every_situation() -> None:
    router = Router.standard()
    cases: list[Any] = [case.facts for case in load_cases(resources.rules(), Report())]
    found = coverage(router, cases)
    assert (found.left_out, found.doubtful, found.not_counted) == ((), (), ())
    offices = {"any", *(path.stem for path in (resources.rules() / "offices").glob("*.yaml"))}
    assert {facts["office"]["id"] for facts in cases} >= offices - {"any"}
    assert len(found.exercised) == 34


@pytest.mark.parametrize(
    ("parts", "situations"),
    [
        ({"task": {"to": "standard"}}, "to standard manager; to standard office"),
        ({"task": {"to": ADDRESS}}, "to to to"),
        # A sender that is the recipient, too, is asked for once in each role.
        (
            {"task": {"from": "standard", "to": {"same_as": "from"}}},
            "from standard manager; from standard office; to to to",
        ),
        # Collaborators of whom nobody is left, and then the last resort.
        (
            {"task": {"to": {"collaborators": ["marie"]}}},
            "to to to; to to to nobody; to standard manager; to standard office",
        ),
        # A copy has no last resort.
        (
            {"task": {"to": ADDRESS, "cc": [{"rule": "it", "when": {"has": "user"}, "collaborators": ["marie"]}]}},
            "to to to; cc cc it; cc cc it nobody; cc cc -",
        ),
        # Lists that lead to one another add up.
        (
            {
                "task": {"to": "speaker"},
                "cascades": {
                    "standard": STANDARD[1:],
                    "speaker": [
                        {"rule": "a", "when": {"has": "user.email"}, "cascade": "other"},
                        {"rule": "b", "when": {"has": "dossier"}, "cascade": "other"},
                        {"rule": "c", "when": {"has": "dossier.vat_period"}, "cascade": "other"},
                    ],
                    "other": [{"rule": "fr", "when": {"user.language": "fr"}, "cascade": "standard"}],
                },
            },
            "to speaker a; to speaker b; to speaker -; to other fr; to other -; to standard office",
        ),
        # What a rule before always takes is no situation, nor what never holds.
        (
            {
                "task": {
                    "to": [
                        {"rule": "a", "when": {"lacks": "dossier.manager"}, **ADDRESS},
                        {"rule": "b", "when": {"lacks": ["dossier.manager", "user"]}, **ADDRESS},
                        {"rule": "c", "when": {"has": "user", "not": {"has": "user"}}, **ADDRESS},
                        # A manager without an address stands in no case.
                        {"rule": "d", "when": {"has": "dossier.manager", "lacks": "dossier.manager.email"}, **ADDRESS},
                        {"rule": "e", **ADDRESS},
                        {"rule": "f", **ADDRESS},
                    ]
                }
            },
            "to to a; to to e",
        ),
        # What the event is decides some.
        (
            {
                "task": {"to": "speaker"},
                "cascades": {
                    "standard": STANDARD,
                    "speaker": [
                        {"rule": "a", "when": {"event.type": "other"}, **ADDRESS},
                        {"rule": "b", "when": {"event.type": ["task", "other"]}, **ADDRESS},
                        {"rule": "c", **ADDRESS},
                    ],
                },
            },
            "to speaker b",
        ),
        # And which office it is.
        (
            {"task": {"to": [{"rule": "a", "when": {"office.id": "dupont"}, **ADDRESS}, {"rule": "b", **ADDRESS}]}},
            "to to a; to to b",
        ),
        # A refusal refuses or does not, whatever else refuses.
        (
            {
                "task": {"from": "last", "to": ADDRESS, "refuse": ["a", "b"]},
                "cascades": {"last": STANDARD[1:]},
                "refusals": {
                    "a": refusal({"from.domain": {"not_in": {"fact": "office.prepared_domains"}}}),
                    "b": refusal({"user.active_elsewhere": True}),
                    "of-no-mail": refusal({"has": "user"}),
                },
            },
            "from last office; to to to; refuse a a; refuse a -; refuse b b; refuse b -",
        ),
        # A sender for whom another role has no address cannot show it: another manager is looked for.
        (
            {
                "task": {
                    "from": [
                        {"rule": "group", "when": {"lacks": "user"}, "address": "dossier.client_group.email"},
                        {"rule": "rest", **ADDRESS},
                    ],
                    "to": [
                        {"rule": "a", "when": {"lacks": "dossier.client_group"}, **ADDRESS},
                        {"rule": "b", **ADDRESS},
                    ],
                }
            },
            "from from group; from from rest; to to a; to to b",
        ),
        # A manager has an address, in a case at least.
        (
            {
                "task": {
                    "to": [
                        {"rule": "a", "when": {"dossier.manager.name": "Marie"}, **ADDRESS},
                        {"rule": "b", "when": {"dossier.manager.email": {"ends_with": "@a.be"}}, **ADDRESS},
                        {"rule": "c", "when": {"has": "dossier.manager"}, **ADDRESS},
                        {"rule": "d", **ADDRESS},
                    ]
                }
            },
            "to to a; to to b; to to c; to to d",
        ),
    ],
)  # fmt: skip
def test_the_situations_of_a_mail(parts: dict[str, Any], situations: str, tmp_path: Path) -> None:
    found = covered(tmp_path, **parts)
    assert short(one.branch for one in found.left_out) == set(situations.split("; "))
    assert (found.exercised, found.doubtful, found.not_counted) == (frozenset(), (), ())


OWN = {"o1": {"mails": {"task": {"to": [{"rule": "own", "when": {"has": "user"}, "collaborators": ["marie"]}]}}}}
REORDERED = {"o1": {"cascades": {"standard": ["office"]}}}


@pytest.mark.parametrize(
    ("office", "offices", "exercised", "left_out"),
    [
        # An office without a case is not asked for; one that chooses nothing has nothing of its own.
        ("o2", OWN, "to standard office", "to standard manager"),
        ("o1", OWN, "to to to; to standard office", "to standard manager; to to own; to to own nobody"),
        # An order of the office's own is another list.
        ("o1", REORDERED, "to o1.standard office", "to standard manager; to standard office"),
    ],
)
def test_what_offices_choose(
    office: str, offices: dict[str, Any], exercised: str, left_out: str, tmp_path: Path
) -> None:
    case = {"event": {"type": "task"}, "office": {**OFFICE, "id": office}}
    found = covered(tmp_path, case, task={"to": "standard"}, offices=offices)
    branches = [one._replace(asked=one.asked.replace("offices.o1.cascades.", "o1~")) for one in found.exercised]
    assert {name.replace("o1~", "o1.") for name in short(branches)} == set(exercised.split("; "))
    assert short(one.branch for one in found.left_out) == set(left_out.split("; "))


def test_the_place_of_a_situation_is_that_of_its_rule(tmp_path: Path) -> None:
    to = [{"rule": "it", "when": {"has": "user"}, "collaborators": ["marie"]}]
    found = covered(tmp_path, task={"to": to, "refuse": ["no"]}, refusals={"no": refusal({"has": "dossier"})})
    places = {(one.branch.asked, one.branch.fires, one.branch.nobody): one.at for one in found.left_out}
    assert places["mails.task.to", "mails.task.to.it", False] == "mails.yaml:11"
    assert places["mails.task.to", "mails.task.to.it", True] == "mails.yaml:11"
    assert places["mails.task.to", "", False] == "mails.yaml:11"
    assert places["refusals.no", "", False] == "refusals.yaml:3"


@pytest.mark.parametrize(
    "when",
    [
        # No string was found that the pattern matches.
        {"user.language": {"matches": "a{201}"}},
        # An office that there cannot be.
        {"office.id": {"starts_with": "O"}},
        # The office's own rules do not lead there, but those of another may.
        {"office.id": "own"},
        # Its rules are at fault.
        {"office.id": "broken"},
    ],
)
def test_what_no_facts_are_found_for_is_doubtful(when: dict[str, Any], tmp_path: Path) -> None:
    offices = {"own": {"mails": {"task": {"to": ADDRESS}}}, "broken": "office: broken\nmails: {tsk: {to: standard}}"}
    found = covered(
        tmp_path, task={"to": [{"rule": "it", "when": when, **ADDRESS}, {"rule": "rest", **ADDRESS}]}, offices=offices
    )
    assert short(one.branch for one in found.left_out) == {"to to rest"}
    assert short(one.branch for one in found.doubtful) == {"to to it"}
    assert {one.at for one in found.doubtful} == {"mails.yaml:11"}


def test_what_one_office_shows_is_not_doubtful(tmp_path: Path) -> None:
    """The platform's rule for one office fires there, where the office has changed something else."""
    to = [{"rule": "it", "when": {"office.id": "own"}, **ADDRESS}, {"rule": "rest", **ADDRESS}]
    offices = {"own": {"mails": {"task": {"cc": ADDRESS}}}}
    case = {"event": {"type": "task"}, "office": {**OFFICE, "id": "own"}}
    found = covered(tmp_path, task={"to": to}, offices=offices)
    assert short(one.branch for one in found.left_out) >= {"to to rest"}
    assert covered(tmp_path, case, task={"to": to}, offices=offices).doubtful == ()


def test_what_cannot_be_counted_through_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "MOST_STEPS", 0)
    found = covered(tmp_path, task={"to": "standard"})
    assert found == Coverage(frozenset(), (), (), ("task",))


def test_an_office_of_any_name_is_one_that_chooses_nothing(tmp_path: Path) -> None:
    offices = {"any-office": OWN["o1"], "any-office-1": OWN["o1"]}
    found = covered(tmp_path, task={"to": "standard"}, offices=offices)
    assert {one.facts["office"]["id"] for one in found.left_out} == {"any-office-2"}


def test_a_book_without_a_standard_cascade(tmp_path: Path) -> None:
    cascades = {"other": TO_THE_OFFICE["standard"]}
    assert short(one.branch for one in covered(tmp_path, task={"to": "other"}, cascades=cascades).left_out) == {
        "to other office-communication"
    }


@settings(max_examples=int(os.environ.get("COURRIER_EXAMPLES", "10")), deadline=None)
@given(generated.books(), st.integers(0, 2**32))
def test_what_is_proposed_is_what_it_says(book: generated.Book, seed: int) -> None:
    """Whatever facts exercise is among the situations; and facts for those left out exercise them, as cases."""
    random = Random(seed)  # noqa: S311
    with tempfile.TemporaryDirectory() as folder:
        own = {generated.OFFICE: {"mails": book.own, "cascades": book.order}}
        parts = {"cascades": book.cascades, "mails": book.mails, "refusals": book.refusals}
        root = write_book(Path(folder), **parts, facts=generated.own_schema(), offices=own)
        router = Router.load(root)
        branches = Branches(router)
        taken: list[tuple[Any, set[Branch]]] = []
        for _ in range(100):
            facts = generated.facts(random)
            try:
                taken.append((facts, set(branches.taken(facts))))
            except FactsError:
                continue
        first = next((one for one in taken if one[0]["office"]["id"] == generated.OFFICE), None)
        cases = [first[0]] if first else []
        found = coverage(router, cases)
        listed = {one.branch for one in found.left_out} | {one.branch for one in found.doubtful}
        if not found.not_counted:
            for facts, of_facts in taken:
                assert found.exercised | listed >= of_facts or not (first or facts["office"]["id"] != generated.OFFICE)
        (root / "cases").mkdir()
        lines = [line for one in found.left_out for line in proposal("it", one.facts, one.at)]
        write(root / "cases" / "some.yaml", "\n".join(["cases:", *lines]) if lines else "cases: []")
        report = Report()
        pasted: list[Any] = [case.facts for case in load_cases(root, report, may_be_open=True)]
        assert not lines or report.diagnostics == []
        assert pasted == [one.facts for one in found.left_out]
        for one, facts in zip(found.left_out, pasted, strict=True):
            assert one.branch in set(branches.taken(facts))
            assert held(router, one.branch, facts)
        assert coverage(router, [*cases, *pasted]).left_out == ()


def held(router: Router, branch: Branch, facts: Any) -> bool:
    """Tell whether an explanation has it that the rule of a branch holds, or that none does."""
    explained = router.explain(facts)
    if branch.role == "refuse":
        return (branch.fires in {one.rule for one in explained.refusals if one.state == "held"}) == bool(branch.fires)
    lists = [one for one in explained.roles[branch.role] if branch.asked.endswith(one.cascade)]
    fired = [next((rule.rule for rule in one.rules if rule.state == "held"), "") for one in lists]
    return branch.fires in fired


def test_a_search_needs_no_more_than_a_mail(tmp_path: Path) -> None:
    router = Router.load(write_book(tmp_path, mails={"task": {"title": texts("title"), "to": "standard"}}))
    branches = Branches(router)
    (mail,) = branches.mails(branches.any_office)
    search = Search(branches, branches.any_office, mail)
    assert [search.facts(one) for one in search.all] == [
        {
            "event": {"type": "task"},
            "office": {"id": "any-office", "communication_email": "communication@dupont.example"},
        }
    ]
