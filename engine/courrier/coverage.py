"""Tell which situations of a rule book its cases exercise, and which they leave out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from courrier.branches import Branch, Branches
from courrier.facts import read_text
from courrier.proof.walk import NotCountedError
from courrier.proof.witness import Facts
from courrier.router import Router
from courrier.search import Search


class LeftOut(NamedTuple):
    """A branch that no case exercises, its place as `file:line`, and facts that do."""

    branch: Branch
    at: str
    facts: Facts


class Doubtful(NamedTuple):
    """A branch, and its place, for which no facts were found, nor a proof that there are none."""

    branch: Branch
    at: str


class Coverage(NamedTuple):
    """Which situations cases exercise, and which they leave out."""

    exercised: frozenset[Branch]
    left_out: tuple[LeftOut, ...]
    doubtful: tuple[Doubtful, ...]
    not_counted: tuple[str, ...]
    """The events whose mails have more situations than can be counted through."""


def coverage(router: Router, cases: Iterable[Mapping[str, Any]]) -> Coverage:
    """Return which situations some cases exercise, of the platform's rules and those of the offices in the cases.

    Args:
        router: decides by the rule book.
        cases: the facts of the cases.

    Raises:
        FactsError: the facts of a case are at fault.
        RulesError: the rules of an office are at fault.
    """
    branches = Branches(router)
    exercised: set[Branch] = set()
    offices: set[str] = set()
    for facts in cases:
        offices.add(read_text(facts, "office.id"))
        exercised.update(branches.taken(facts))
    left_out: dict[Branch, LeftOut] = {}
    doubtful: dict[Branch, Doubtful] = {}
    not_counted: dict[str, None] = {}
    for office in (branches.any_office, *sorted(offices - {branches.any_office})):
        for mail in branches.mails(office):
            try:
                search = Search(branches, office, mail)
                for one in search.all:
                    if one.branch not in exercised and one.branch not in left_out:
                        if found := search.facts(one):
                            left_out[one.branch] = LeftOut(one.branch, one.span.at, found)
                        elif search.may(one):
                            doubtful[one.branch] = Doubtful(one.branch, one.span.at)
            except NotCountedError:
                not_counted[mail.event] = None
    still = (one for branch, one in doubtful.items() if branch not in left_out)
    return Coverage(frozenset(exercised), tuple(left_out.values()), tuple(still), tuple(not_counted))
