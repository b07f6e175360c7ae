"""Compare two rule books as a whole: for every kind of mail and every office, whether they decide alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from courrier.build import load_office, load_platform, office_file, office_ids
from courrier.diagnostics import Report
from courrier.facts import FactsError
from courrier.model import RuleBook
from courrier.proof.changes import Book, Changes, changes, means
from courrier.proof.ways import TooManyWaysError
from courrier.router import Router
from courrier.routing import Routing

EachOffice = Callable[[Sequence[str]], Iterable[str]]


@dataclass(slots=True)
class Difference:
    """What changes for some kinds of mail in some offices."""

    events: list[str]
    only: Literal["", "before", "after"]
    """Which of the books alone has such mails, if not both have."""
    changes: Changes
    platform: bool = False
    """Whether it changes for the offices that leave these mails to the platform."""
    offices: list[str] = field(default_factory=list)
    """The offices with choices of their own for which it changes, too."""


@dataclass(slots=True)
class Tally:
    """What two rule books decide about real cases."""

    cases: int = 0
    at_fault: int = 0
    """Cases about which neither decides."""
    changed: Counter[str] = field(default_factory=Counter)
    """How many cases change, by the kind of event."""
    gained: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many mails of a kind an address receives that it did not."""
    lost: Counter[tuple[str, str]] = field(default_factory=Counter)


def differences(before: Path, after: Path, each_office: EachOffice = iter) -> list[Difference]:
    """Return what changes from one rule book to another; nothing where they decide alike.

    Args:
        before: the folder of one rule book.
        after: the folder of the other.
        each_office: goes through the ids of the offices; whoever wants to show progress does it there.

    Raises:
        RulesError: one of the rule books cannot be used.
    """
    books = [_Books(before), _Books(after)]
    found = _Found()
    found.compare("", *(book.platform for book in books))
    alike = found.nothing_changed
    for office in each_office(sorted({*books[0].offices, *books[1].offices})):
        if not (alike and books[0].said_by(office) == books[1].said_by(office)):
            found.compare(office, *(book.of(office) for book in books))
    return found.listed()


def tally(before: Router, after: Router, cases: Iterable[Mapping[str, object]]) -> Tally:
    """Return what changes about cases, and for whom.

    Raises:
        RulesError: the rules of an office cannot be used.
    """
    counted = Tally()
    for facts in cases:
        counted.cases += 1
        was, now = (_recipients(router, facts) for router in (before, after))
        if was is None and now is None:
            counted.at_fault += 1
        elif was != now:
            event = next(outcome.event for outcome in (now, was) if outcome)
            counted.changed[event] += 1
            old, new = (outcome.receive if outcome else frozenset() for outcome in (was, now))
            counted.gained.update((address, event) for address in new - old)
            counted.lost.update((address, event) for address in old - new)
    return counted


@dataclass(frozen=True, slots=True)
class _Outcome:
    event: str
    decided: object
    receive: frozenset[str]


def _recipients(router: Router, facts: Mapping[str, object]) -> _Outcome | None:
    """Return what is decided, and who receives the mail; None where the facts are at fault."""
    try:
        decision = router.decide(facts)
    except FactsError:
        return None
    refusals = [refusal.code for refusal in decision.refusals]
    receive = frozenset(address.address for address in (*decision.to, *decision.cc))
    return _Outcome(decision.event, (decision.sender, decision.to, decision.cc, refusals), receive)


class _Books:
    """The rules of a rule book: the platform's, and those that hold for each office."""

    def __init__(self, root: Path) -> None:
        self._root, report = root, Report()
        self.platform = load_platform(root, report)
        self.offices = office_ids(root, report)
        report.raise_errors()

    def said_by(self, office: str) -> bytes:
        """Return the file of an office."""
        path = office_file(self._root, office)
        return path.read_bytes() if path.exists() else b""

    def of(self, office: str) -> RuleBook:
        """Return the rules that hold for an office."""
        report = Report()
        book = load_office(self._root, office, self.platform, report)
        report.raise_errors()
        return book


class _Found:
    """What was found so far; mails whose rules mean the same are compared once."""

    def __init__(self) -> None:
        self._known: dict[object, Difference | None] = {}

    @property
    def nothing_changed(self) -> bool:
        """Whether all that was compared is alike."""
        return not any(self._known.values())

    def compare(self, office: str, before: RuleBook, after: RuleBook) -> None:
        """Compare the rules that hold for an office, or without an id the platform's."""
        routings = [Book(book, Routing(book)) for book in (before, after)]
        for event in dict.fromkeys([*before.mails, *after.mails]):
            meant = [means(book.mails[event], book) if event in book.mails else None for book in (before, after)]
            key = event, *meant
            if key not in self._known:
                self._known[key] = None if meant[0] == meant[1] else _difference(event, office, *routings)
            difference = self._known[key]
            if difference and not office:
                difference.platform = True
            elif difference and not (difference.platform and self._is_platforms(event, before, after)):
                difference.offices.append(office)

    def listed(self) -> list[Difference]:
        """Return the differences, those of the platform first; mails that change alike are one."""
        alike: dict[object, Difference] = {}
        for difference in filter(None, self._known.values()):
            first = alike.setdefault(_said(difference), difference)
            if first is not difference:
                first.events += difference.events
        return sorted(alike.values(), key=lambda difference: not difference.platform)

    def _is_platforms(self, event: str, before: RuleBook, after: RuleBook) -> bool:
        """Tell whether an office leaves a mail to the platform, in both books."""
        roles = [
            role
            for book in (before, after)
            if event in book.mails
            for role in (book.mails[event].sender, book.mails[event].to, book.mails[event].cc)
        ]
        return not any(role and role.id.startswith("offices.") for role in roles)


def _said(difference: Difference) -> object:
    """Return what is said of a difference, besides the kind of mail."""
    changes = [
        (change.what, change.where, change.facts is None, *((way.end, way.rule and way.rule.id) for way in change.ways))
        for change in difference.changes.listed
    ]
    return difference.only, difference.platform, tuple(difference.offices), difference.changes.complete, tuple(changes)


def _difference(event: str, office: str, before: Book, after: Book) -> Difference | None:
    if event not in before.rules.mails or event not in after.rules.mails:
        only: Literal["before", "after"] = "before" if event in before.rules.mails else "after"
        return Difference([event], only, Changes((), True))
    try:
        found = changes(event, office or "any-office", before, after)
    except TooManyWaysError:
        found = Changes((), False)
    return Difference([event], "", found) if found.listed or not found.complete else None
