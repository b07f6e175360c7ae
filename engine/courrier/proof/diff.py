"""Compare two rule books as a whole: for every kind of mail and every office, whether they decide alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from courrier.build import any_office, office_file, office_ids
from courrier.diagnostics import Diagnostic, Report, RulesError
from courrier.model import RuleBook
from courrier.proof.changes import Changes, Shared, changes
from courrier.proof.gaps import ROLES, meaning, role_of
from courrier.proof.grouped import Concerned, Difference, Found, Only, cascades_of, grouped
from courrier.proof.subjects import Book, Subject
from courrier.proof.walk import Steps
from courrier.router import Router
from courrier.routing import Routing

EachOffice = Callable[[Sequence[str]], Iterable[str]]
"""Goes through the ids of offices, and shows somebody how far it is."""


MOST_STEPS = 20_000_000
"""What is spent on two rule books before counting is given up: some two minutes."""


class Source(NamedTuple):
    """A rule book: what it is called, and the folder that holds it."""

    name: str
    folder: Path


class Diff(NamedTuple):
    """In what two rule books decide differently."""

    differences: tuple[Difference, ...]
    """None where they decide alike."""
    added: tuple[str, ...]
    """The offices that have a file in the second only."""
    removed: tuple[str, ...]
    """The offices that have a file in the first only."""


def diff(before: Source, after: Source, each_office: EachOffice = iter) -> Diff:
    """Compare two rule books: outcome, sender, recipients, copies and refusals, not texts, warnings and rules' names.

    Args:
        before: one rule book.
        after: the other.
        each_office: goes through the ids of the offices; whoever wants to show progress does it there.

    Raises:
        RulesError: the rule books cannot be used; each file is named after the rule book that it is of.
    """
    faults: list[Diagnostic] = []
    old, new = _opened(before, faults), _opened(after, faults)
    if old is None or new is None:
        raise RulesError(faults)
    ids = sorted({*old.offices, *new.offices})
    found = _Comparing(any_office(lambda office: office in ids))
    found.compare("", old.platform, new.platform)
    same = _said_by(old.platform.rules) == _said_by(new.platform.rules)
    for office in each_office(ids):
        if not (same and old.said_by(office) == new.said_by(office)):
            was, now = old.of(office, faults), new.of(office, faults)
            if was and now:
                found.compare(office, was, now)
    if faults:
        raise RulesError(faults)
    added, removed = (tuple(sorted({*one.offices} - {*other.offices})) for one, other in ((new, old), (old, new)))
    return Diff(tuple(found.differences()), added, removed)


class _Opened:
    """A rule book that can be used: the platform's rules, and those that hold for each office."""

    def __init__(self, source: Source) -> None:
        report = Report()
        self._source, self._router = source, Router.load(source.folder)
        self.offices = office_ids(source.folder, report)
        report.raise_errors()
        self.platform = self._book(self._router.book())

    def said_by(self, office: str) -> bytes:
        """Return the file of an office."""
        path = office_file(self._source.folder, office)
        return path.read_bytes() if path.exists() else b""

    def of(self, office: str, faults: list[Diagnostic]) -> Book | None:
        """Return the rules that hold for an office; note what is wrong with them."""
        try:
            return self._book(self._router.book(office))
        except RulesError as error:
            faults += _named(error, self._source)
        return None

    def _book(self, rules: RuleBook) -> Book:
        return Book(rules, Routing(rules), self._router.decide)


def _opened(source: Source, faults: list[Diagnostic]) -> _Opened | None:
    """Return a rule book if it can be used; note what is wrong with it."""
    try:
        return _Opened(source)
    except RulesError as error:
        faults += _named(error, source)
    return None


def _named(error: RulesError, source: Source) -> Iterator[Diagnostic]:
    """Yield what is wrong, in files that are named after the rule book that they are of."""
    for one in error.diagnostics:
        yield replace(one, span=one.span._replace(file=f"{source.name}/{one.span.file}"))


def _said_by(platform: RuleBook) -> object:
    """Return all that the rules of offices depend on: the facts, and rules by their names."""
    cascades = {
        id: [(rule.name, rule.when, rule.outcome) for rule in one.rules] for id, one in platform.cascades.items()
    }
    mails = {
        event: (*(meaning(role_of(mail, role)) for role in ROLES), *((one.code, one.when) for one in mail.refusals))
        for event, mail in platform.mails.items()
    }
    return platform.facts, cascades, mails


class _Comparing:
    """What was found so far; mails whose rules mean the same are compared once."""

    def __init__(self, any_office: str) -> None:
        self._any_office = any_office
        self._steps = Steps(MOST_STEPS)
        self._found: dict[object, Found] = {}
        self._only: dict[Only, list[str]] = {"before": [], "after": []}
        """The events for which only one of the rule books has a mail."""
        self._own: dict[str, list[str]] = {}
        """For each event the offices that do not leave it to the platform."""
        self._of_platform: dict[str, object] = {}
        """For each event what the platform's rules mean."""
        self._cascades: set[Shared] = set()
        """The cascades of which all that changes is listed, since some role is left to them as a whole."""

    def compare(self, office: str, before: Book, after: Book) -> None:
        """Compare the rules that hold for an office, or without an id the platform's."""
        for event in dict.fromkeys([*before.rules.mails, *after.rules.mails]):
            if event in before.rules.mails and event in after.rules.mails:
                self._mail(Subject(event, office or self._any_office, not office, before, after))
            elif not office:
                self._only["before" if event in before.rules.mails else "after"].append(event)

    def differences(self) -> Iterator[Difference]:
        """Yield what was found, each change once, with all that it concerns."""
        for only, events in self._only.items():
            if events:
                whole = Concerned("", tuple(events), platform=True, offices=(), every_office=True)
                yield Difference(Changes((), complete=True), [whole], only)
        yield from grouped(self._found.values(), self._own)

    def _mail(self, subject: Subject) -> None:
        meaning, of_anybody = subject.meaning(), subject.meaning(of_anybody=True)
        found = self._found.get(of_anybody) or self._found.get(meaning)
        if found is None:
            found = Found(subject.event, changes(subject, Steps(of=self._steps)))
            self._cascades |= cascades_of(found)
            self._found[of_anybody if self._names_nobody(found) else meaning] = found
        if subject.any_office:
            self._of_platform[subject.event] = meaning
            found.platform = True
        elif meaning != self._of_platform[subject.event]:
            self._own.setdefault(subject.event, []).append(subject.office)
            found.offices.append(subject.office)

    def _names_nobody(self, found: Found) -> bool:
        """Tell whether what is said names none of the office's choices, since all of it is said of a cascade."""
        return all(
            changes.complete
            and all(change.within in self._cascades and change.within != changes.left_to for change in changes.listed)
            for changes in found.changes.values()
        )
