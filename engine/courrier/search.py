"""Lay out all branches that the rules of a mail have, and look for facts that take them."""

from __future__ import annotations

import functools
import graphlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from courrier import resources
from courrier.branches import Branch, Branches
from courrier.cells import ALWAYS, CellCondition, Leaf, join
from courrier.consistency import may_end_open
from courrier.diagnostics import Report, RulesError, Span
from courrier.document import parse_all
from courrier.facts import FactsError
from courrier.model import (
    STANDARD,
    AddressOf,
    Cascade,
    Collaborators,
    Fact,
    Has,
    Mail,
    RuleBook,
    ToCascade,
)
from courrier.proof.candidates import made_up
from courrier.proof.gaps import ROLES, role_of
from courrier.proof.people import AnyOf
from courrier.proof.places import needed_facts
from courrier.proof.points import document, facts_of
from courrier.proof.realms import ALWAYS_THERE, OF_SENDER, Asked, Realms
from courrier.proof.walk import Domains, Walk, first_of
from courrier.proof.witness import Facts, witness
from courrier.routing import Role, in_one_word
from courrier.schema import validate
from courrier.situations import Situations


class _End(NamedTuple):
    """What a list comes to, its place, what that leads to, and the conditions under which it comes to that."""

    branch: Branch
    span: Span
    leads_to: Cascade | AddressOf | None
    """The list that is asked then, or the address that is wanted."""
    conditions: list[CellCondition]


class Laid(NamedTuple):
    """A branch as it is laid out, its place, and the conditions under which it is taken."""

    branch: Branch
    span: Span
    conditions: tuple[CellCondition, ...]


class Search:
    """Lays out the branches of a mail, and looks for facts that take one of them."""

    def __init__(self, branches: Branches, office: str, mail: Mail) -> None:
        """Take the branches of a rule book, an office's id, and one of its mails.

        Raises:
            NotCountedError: there are more situations than can be counted through.
        """
        self._branches, self._office, self._mail = branches, office, mail
        self._book = branches.routing(office).book
        self._fixed: dict[str, object] = {"event.type": mail.event}
        if office != branches.any_office:
            self._fixed["office.id"] = office
        roles: list[tuple[Role, Cascade | None]] = [(role, role_of(mail, role)) for role in ROLES]
        self._lists = {role: self._in_order(role, in_one_word(one, self._book)) for role, one in roles if one}
        cascades = {one.id: one for lists in self._lists.values() for one in lists}
        asked: dict[str | tuple[str, ...] | Fact, Asked] = {
            refusal.id: Situations([refusal.when], fail_closed=True) for refusal in mail.refusals
        }
        for cascade in cascades.values():
            asked[cascade.id] = Situations([rule.when for rule in cascade.rules])
            outcomes = [rule.outcome for rule in cascade.rules]
            asked |= {one.names: AnyOf(one.names) for one in outcomes if isinstance(one, Collaborators)}
            asked |= {one.address: Situations([Has(one.address)]) for one in outcomes if isinstance(one, AddressOf)}
        self._realms = Realms([*asked.values()], ALWAYS_THERE | OF_SENDER if mail.sender else ALWAYS_THERE)
        self._whens = dict(zip(asked, self._realms.conditions, strict=True))
        self._walk = Walk(self._realms.sizes)
        self._given = [*self._realms.ties, *self._known(), *self._needed()]
        self._decided: list[CellCondition] = []
        """That the address of each rule that fires is there, so that the mail can be decided about."""
        self.all = [*self._laid_out()]
        """All branches, also those that turn out to be impossible."""

    def _laid_out(self) -> Iterator[Laid]:
        for role, lists in self._lists.items():
            yield from self._of_role(role, lists)
        for refusal in self._mail.refusals:
            branch = Branch(self._mail.event, "refuse", refusal.id, refusal.id)
            (refuses,) = self._whens[refusal.id]
            yield Laid(branch, refusal.span, (refuses,))
            yield Laid(branch._replace(fires=""), refusal.span, (self._walk.denied(refuses),))

    def may(self, one: Laid) -> bool:
        """Tell whether a branch may be taken, for all that is known.

        Raises:
            NotCountedError: there are more situations than can be counted through.
        """
        return bool(self._realms.beyond) or self._find(self._realms.possible, one) is not None

    def facts(self, one: Laid) -> Facts | None:
        """Return facts that take a branch, and that a case can have; None where none are found.

        Raises:
            NotCountedError: there are more situations than can be counted through.
        """
        for given in ([], self._decided):
            domains = self._find(self._realms.seen, one, given)
            found = self._shown(one, domains) if domains else None
            if domains is None or found:
                return found
        return None

    def _shown(self, one: Laid, domains: Domains) -> Facts | None:
        values = _with_needed(self._realms.values(domains) | self._fixed, self._book)
        office = str(values.get("office.id", self._office))

        def shows(facts: Facts) -> bool:
            return one.branch in self._branches.taken(facts) and _fits_a_case(facts)

        try:
            return witness(self._branches.routing(office), self._mail.event, office, values, shows)
        except (FactsError, RulesError):  # there is no such office, or its rules are at fault
            return None

    def _find(self, among: Domains, one: Laid, given: Sequence[CellCondition] = ()) -> Domains | None:
        return Walk(self._realms.sizes).find(among, [*self._given, *one.conditions, *given])

    def _known(self) -> Iterator[CellCondition]:
        """Yield what holds for all facts of such an event, and of the office."""
        for number, axis in enumerate(self._realms.axes):
            if {fact.path for fact in facts_of(axis)} <= self._fixed.keys():
                yield self._realms.over_points(Leaf(number, 1 << axis.cell(document(self._fixed))))

    def _needed(self) -> Iterator[CellCondition]:
        """Yield that what has to be there wherever something beside it is, such as a manager's address, is there."""
        facts = {fact.path: number for number, realm in enumerate(self._realms.realms) for fact in realm.facts}
        for path in filter(facts.__contains__, _needed_in_a_case()):
            there = self._is_there(facts[path], path)
            for other, number in facts.items():
                if f"{other}.".startswith(f"{path.rpartition('.')[0]}."):
                    absent = self._walk.denied(self._is_there(number, other))
                    yield join([absent, there], self._realms.sizes, every=False)

    def _is_there(self, number: int, path: str) -> CellCondition:
        lacking = self._realms.realms[number].where(lambda point: bool(point.values and point.values[path] is None))
        return self._walk.denied(Leaf(number, lacking))

    def _of_role(self, role: Role, lists: Sequence[Cascade]) -> Iterator[Laid]:
        """Yield the branches of the lists that a role may ask, from its own on down."""
        sizes = self._realms.sizes
        reached: dict[str, list[CellCondition]] = {one.id: [] for one in lists}
        reached[lists[0].id].append(ALWAYS)
        for cascade in lists:
            here = join(reached[cascade.id], sizes, every=False)
            leading: dict[str, list[CellCondition]] = {}
            for branch, span, leads_to, conditions in self._ends(role, cascade):
                yield Laid(branch, span, (here, *conditions))
                if isinstance(leads_to, Cascade):
                    leading.setdefault(leads_to.id, []).append(join(conditions, sizes, every=True))
                elif isinstance(leads_to, AddressOf):
                    otherwise = [self._walk.denied(condition) for condition in (here, *conditions)]
                    self._decided.append(join([*otherwise, *self._whens[leads_to.address]], sizes, every=False))
            for target, ways in leading.items():
                reached[target].append(join([here, join(ways, sizes, every=False)], sizes, every=True))

    def _ends(self, role: Role, cascade: Cascade) -> Iterator[_End]:
        """Yield what a list comes to where it is asked, and which list is asked then, if one is."""
        event, asked = self._mail.event, self._branches.id(self._office, cascade.id)
        last_resort, whens = self._last_resort(role, cascade), self._whens[cascade.id]
        for index, rule in enumerate(cascade.rules):
            fires, branch = first_of(whens, index, self._walk), Branch(event, role, asked, rule.id)
            match rule.outcome:
                case ToCascade(name):
                    yield _End(branch, rule.span, self._book.cascades[name], fires)
                case Collaborators(names):
                    (anybody,) = self._whens[names]
                    yield _End(branch, rule.span, None, [*fires, anybody])
                    nobody = [*fires, self._walk.denied(anybody)]
                    yield _End(branch._replace(nobody=True), rule.span, last_resort, nobody)
                case AddressOf() as address:
                    yield _End(branch, rule.span, address, fires)
                case _:
                    yield _End(branch, rule.span, None, fires)
            if rule.when is None:
                return
        none = [self._walk.denied(when) for when in whens]
        yield _End(Branch(event, role, asked, ""), cascade.rules[-1].span, last_resort, none)

    def _in_order(self, role: Role, first: Cascade) -> list[Cascade]:
        """Return the lists that a role may ask, each after all those that lead to it."""
        lists, leading = {first.id: first}, {first.id: set[str]()}
        todo = [first]
        for cascade in todo:
            targets = [
                self._book.cascades[rule.outcome.name] for rule in cascade.rules if isinstance(rule.outcome, ToCascade)
            ]
            if last_resort := self._last_resort(role, cascade):
                targets.append(last_resort)
            for target in targets:
                leading.setdefault(target.id, set()).add(cascade.id)
                if target.id not in lists:
                    lists[target.id] = target
                    todo.append(target)
        return [lists[id] for id in graphlib.TopologicalSorter(leading).static_order()]

    def _last_resort(self, role: Role, cascade: Cascade) -> Cascade | None:
        """Return the cascade that decides where another one gives nobody, if it may."""
        may = may_end_open(cascade) or any(isinstance(rule.outcome, Collaborators) for rule in cascade.rules)
        return self._book.cascades[STANDARD] if may and role != "cc" else None


def _with_needed(values: Mapping[str, object], book: RuleBook) -> dict[str, object]:
    """Return values with those that have to be there wherever what they stand in is, such as a manager's address."""
    there = {path for path, value in values.items() if value is not None}
    needed = {
        path: made_up(book.facts[path])
        for path in _needed_in_a_case()
        if any(f"{other}.".startswith(f"{path.rpartition('.')[0]}.") for other in there)
    }
    return needed | dict(values)


@functools.cache
def _needed_in_a_case() -> tuple[str, ...]:
    """Return the paths of the facts that cases have to have wherever what they stand in is."""
    return tuple(sorted(needed_facts(resources.rules())))


def _fits_a_case(facts: Facts) -> bool:
    """Tell whether facts are as the schema of cases wants them."""
    report = Report()
    for node in parse_all(json.dumps(facts).encode(), "facts", report):
        validate(node, "facts", report)
    return not report.diagnostics
