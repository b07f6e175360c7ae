"""Say what changes when a collaborator leaves an office: who takes over, what falls to the last resort, what fails.

Each case is decided twice: as it is, and without the person. However many cases there are, what is kept is bounded.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from courrier.decision import Address, Decision, Reason
from courrier.diagnostics import RulesError
from courrier.facts import FactsError, normalise
from courrier.leaving import Facts, Person, directory, person_in, with_directory, without
from courrier.model import Cascade, Collaborators, Rule, ToCascade
from courrier.proof.gaps import ROLES, reached
from courrier.router import Router
from courrier.routing import Role, Routing

Case = tuple[int, Any]
"""The line that a case stands on, and its facts, or the `FactsError` that says why it cannot be read."""
What = Role | Literal["refuse", "facts"]

MOST_EFFECTS = 1000
"""Effects that are told apart; the cases of more are only counted."""
MOST_FAULTS = 10
"""Cases at fault that are named; more are only counted."""
_MOST_OFFICES = 1000
_MOST_KNOWN = 1000
_LAST_RESORT = "no-recipient-left"


class Effect(NamedTuple):
    """What a departure does to mails of one kind."""

    event: str
    what: What
    """The role that is affected; or that a refusal is, or that the facts no longer suffice."""
    before: str
    """The addresses that no longer have the role, or the refusal that no longer refuses; else empty."""
    after: str
    """The address that has the role now, the refusal that refuses now, or what is wrong with the facts; else empty.

    The same as before where it is still the person's, since it is the office's address, too, or a client's.
    """
    by: Reason | None
    """The rule that says so."""
    last_resort: bool = False
    """Whether a list of rules gave nobody, so that the cascade `standard` decided."""

    @property
    def changes(self) -> bool:
        """Whether anything changes."""
        return self.before != self.after


class Counted(NamedTuple):
    """An effect, on how many cases, and the first of these: its line, and its facts without the person."""

    effect: Effect
    cases: int
    line: int
    example: Facts


class Fault(NamedTuple):
    """A case about which nothing is decided: its line, and what is wrong with it."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Departure:
    """What changes when a collaborator leaves."""

    name: str
    offices: tuple[str, ...]
    """The offices in whose cases the person is found."""
    cases: int
    changed: Mapping[str, int]
    """How many cases change, by the kind of event."""
    effects: tuple[Counted, ...]
    """By event and role, what concerns most cases first."""
    further: int
    """Cases with effects besides these."""
    rules: tuple[Reason, ...]
    """The rules that name the person, and have to be changed."""
    at_fault: int
    faults: tuple[Fault, ...]
    """The first of the cases at fault."""
    known: tuple[str, ...]
    """Ids and addresses of collaborators in the cases, where the person is nowhere found."""


def departure(router: Router, name: str, cases: Iterable[Case]) -> Departure:
    """Return what changes in some cases when the collaborator leaves whom an id or an e-mail address names.

    >>> office = {"id": "dupont", "communication_email": "contact@dupont.be"}
    >>> dossier = {"manager": {"id": "marie", "email": "marie@dupont.be"}}
    >>> case = {"event": {"type": "task_failed"}, "office": office, "dossier": dossier}
    >>> [one.effect[:4] for one in departure(Router.standard(), "marie", [(1, case)]).effects]
    [('task_failed', 'to', 'marie@dupont.be', 'contact@dupont.be')]
    """
    tally = _Tally(router, name)
    for line, facts in cases:
        tally.add(line, facts)
    return tally.total()


class _Tally:
    """What was seen so far."""

    def __init__(self, router: Router, name: str) -> None:
        self._router, self._name = router, name
        self._facts = router.book().facts
        self._cases = self._at_fault = self._further = 0
        self._changed: Counter[str] = Counter()
        self._effects: dict[Effect, Counted] = {}
        self._offices: dict[str, None] = {}
        self._rules: dict[Reason, None] = {}
        self._faults: list[Fault] = []
        self._known: dict[str, None] = {}
        self._routing = functools.lru_cache(maxsize=64)(lambda office: Routing(router.book(office)))
        self._naming = functools.lru_cache(maxsize=4096)(self._rules_naming)

    def add(self, line: int, facts: Any) -> None:
        """Compare what is decided about a case with and without the person."""
        self._cases += 1
        try:
            if isinstance(facts, FactsError):
                raise facts
            before = self._router.decide(facts)
        except FactsError as error:
            self._fault(line, str(error))
        except RulesError as error:
            first = error.diagnostics[0]
            self._fault(line, f"{first.span.at}: {first.message}")
        else:
            self._compare(line, facts, before)

    def total(self) -> Departure:
        """Return what has come of it."""
        order = {what: number for number, what in enumerate((*ROLES, "refuse", "facts"))}
        effects = sorted(
            self._effects.values(), key=lambda one: (one.effect.event, order[one.effect.what], -one.cases, one.line)
        )
        return Departure(
            self._name,
            tuple(self._offices),
            self._cases,
            dict(sorted(self._changed.items())),
            tuple(effects),
            self._further,
            tuple(self._rules),
            self._at_fault,
            tuple(self._faults),
            () if self._offices or self._rules else tuple(self._known),
        )

    def _fault(self, line: int, message: str) -> None:
        self._at_fault += 1
        if len(self._faults) < MOST_FAULTS:
            self._faults.append(Fault(line, message))

    def _compare(self, line: int, facts: Facts, before: Decision) -> None:
        person = person_in(facts, self._name, self._facts)
        self._rules |= dict.fromkeys(self._naming(before.office, person))
        left = without(facts, person, self._facts)
        effects = [*self._of(before, left, person)]
        if effects or left is not facts or any(map(person.is_in, directory(facts))):
            if len(self._offices) < _MOST_OFFICES:
                self._offices[before.office] = None
        elif len(self._known) < _MOST_KNOWN:
            self._known |= {str(one[key]): None for one in directory(facts) for key in ("id", "email") if one.get(key)}
        if any(effect.changes for effect in effects):
            self._changed[before.event] += 1
        new = [effect for effect in effects if effect not in self._effects]
        if len(self._effects) + len(new) > MOST_EFFECTS:
            self._further += 1
            return
        for effect in effects:
            known = self._effects.get(effect)
            if known is None:
                known = Counted(effect, 0, line, self._example(left, before))
            self._effects[effect] = known._replace(cases=known.cases + 1)

    def _of(self, before: Decision, left: Facts, person: Person) -> Iterator[Effect]:
        """Yield what changes when facts are those that are left."""
        event = before.event
        try:
            after = self._router.decide(left)
        except FactsError as error:
            yield Effect(event, "facts", "", str(error), None)
            return
        was, now = ({notice.code: notice for notice in one.refusals} for one in (before, after))
        for code, notice in (was | now).items():
            if (code in was) != (code in now):
                refusal = Reason(f"refusals.{code}", notice.at)
                yield Effect(event, "refuse", code if code in was else "", code if code in now else "", refusal)
        both_leave = not was and not now
        for role, reasons in zip(ROLES, after.reasons, strict=True):
            old, new = (_addresses(one, role) for one in (before, after))
            if role == "from" or both_leave:
                by = reasons[-1] if reasons else None
                fell = self._fell(role, after, left)
                lost = ", ".join(address for address in old if address not in new)
                gained = [address for address in new if address not in old]
                yield from (Effect(event, role, lost, address, by, fell) for address in gained)
                if lost and not gained:
                    yield Effect(event, role, lost, "", by, fell)
                for address in old:
                    if address in new and normalise(address, "address") in person.addresses:
                        yield Effect(event, role, address, address, by, fell)

    def _fell(self, role: Role, after: Decision, left: Facts) -> bool:
        """Tell whether a list of rules gave nobody for a role, so that the last resort decided."""
        if _LAST_RESORT not in {warning.code for warning in after.warnings}:
            return False
        answers = self._routing(after.office).route(left).roles[role]
        return not all(answer.rule and isinstance(answer.rule.outcome, ToCascade) for answer in answers[:-1])

    def _rules_naming(self, office: str, person: Person) -> tuple[Reason, ...]:
        """Return the rules that name a person, of those that hold for an office."""
        book = self._router.book(office)
        lists = [one for mail in book.mails.values() for one in reached(mail, book).values()]
        rules = [(rule, names) for one in lists for rule, names in _naming(one)]
        return tuple(Reason(rule.id, rule.span.at) for rule, names in rules if any(map(person.is_named, names)))

    def _example(self, left: Facts, before: Decision) -> Facts:
        """Return facts with only those collaborators whom rules may look for, if that decides alike."""
        book = self._router.book(before.office)
        lists = reached(book.mails[before.event], book).values()
        short = with_directory(left, [name for one in lists for _, names in _naming(one) for name in names])
        return short if self._outcome(short) == self._outcome(left) else left

    def _outcome(self, facts: Facts) -> object:
        try:
            return self._router.decide(facts)
        except FactsError as error:
            return str(error)


def _naming(rules: Cascade) -> Iterator[tuple[Rule, tuple[str, ...]]]:
    """Yield the rules of a list that name collaborators, and whom they name."""
    for rule in rules.rules:
        if isinstance(rule.outcome, Collaborators):
            yield rule, rule.outcome.names


def _addresses(decision: Decision, role: Role) -> list[str]:
    given: dict[Role, tuple[Address, ...]] = {"to": decision.to, "cc": decision.cc}
    senders = (decision.sender,) if decision.sender else ()
    return [address.address for address in given.get(role, senders)]
