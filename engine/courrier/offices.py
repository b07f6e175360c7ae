"""Keep the rules of the offices that are asked for, as many as there is room for, and the last good ones of each."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from courrier.build import OFFICE_ID, office_file
from courrier.diagnostics import RulesError
from courrier.facts import FactsError
from courrier.folder import Source, Stamp, Stamps
from courrier.usual import Usual

MOST_OFFICES = 1024
"""Offices whose rules are kept ready, where nobody says how many."""
MOST_PLAIN = 65_536
"""Offices without rules of their own that are remembered as such; when there are more, remembering starts anew."""

OnFault = Callable[[RulesError], object]


class Offices:
    """A rule book, ready to decide: the platform's rules and, as they are asked for, those of offices.

    Threads share it without a lock, so that no fork can catch one: what two threads read at once is read twice.
    """

    def __init__(self, source: Source, most: int, on_fault: OnFault, before: Offices | None = None) -> None:
        """Take a rule book, and the rules that were kept of the same book `before`.

        Args:
            source: where the rules come from.
            most: how many offices are kept; of others, the one not asked for the longest time is read anew.
            on_fault: hears what is wrong with the rules of an office that goes on by its last good ones.
            before: the book as it was.
        """
        self._source, self._most, self._on_fault = source, most, on_fault
        self.ready: OrderedDict[str, _Kept] = OrderedDict()
        self._last: OrderedDict[str, _Kept] = OrderedDict()
        self.plain: dict[str, _Kept] = {}
        self._platform: Usual | None = None
        if before:
            self._last = OrderedDict([*before._last.items(), *before.ready.items()])
            if before.platform.book.digest == source.platform.digest:
                self._platform = before.platform
                for office in [*self._last]:
                    self.of_office(office)

    @property
    def platform(self) -> Usual:
        """The platform's rules, for every office that has none of its own."""
        if self._platform is None:
            self._platform = Usual(self._source.platform)
        return self._platform

    def of_office(self, office: str) -> Usual:
        """Return the rules that hold for an office, by its id.

        Raises:
            FactsError: the id is none that an office can have, so that no id reaches another file.
            RulesError: the office's own rules are at fault, and no good ones are known.
        """
        kept = self.ready.get(office)
        if kept is not None:
            kept.used = True
            return kept.routing
        return self.platform if office in self.plain else self._read(office)

    def anew(self) -> Offices:
        """Return the rule book as it is now, with what is still the same of what was kept.

        Raises:
            RulesError: the platform's rules are at fault.
        """
        return Offices(self._source.anew(), self._most, self._on_fault, self)

    def changes(self) -> Stamps:
        """Return the present stamps of the files that are no longer as they were read."""
        changes = {**self._source.changes()}
        for office, kept in [*self.ready.items()]:
            if (now := self._source.stamp(office)) != kept.stamp:
                changes[office_file(Path(), office).as_posix()] = now
        return changes

    def count(self) -> tuple[int, int]:
        """Return how many offices with rules of their own are kept, and how many of them go on by outdated ones."""
        kept = [*self._last.values(), *self.ready.values()]
        return len(kept), sum(one.outdated for one in kept)

    def _read(self, office: str) -> Usual:
        if not OFFICE_ID.fullmatch(office):
            raise FactsError("office.id", "small letters, digits and `-`, at most 63", "a string of another form")
        last = self._last.get(office)
        stamp = self._source.stamp(office)
        try:
            book = self._source.office(office, last.routing.book if last else None)
        except RulesError as error:
            if last is None:
                raise
            self._keep(office, _Kept(last.routing, stamp, outdated=True))
            self._on_fault(error)
            return last.routing
        if book is None:
            self._last.pop(office, None)
            if len(self.plain) >= MOST_PLAIN:
                self.plain.clear()
            self.plain[office] = _Kept(self.platform, None)
            return self.platform
        routing = last.routing if last and last.routing.book is book else Usual(book)
        self._keep(office, _Kept(routing, stamp))
        return routing

    def _keep(self, office: str, kept: _Kept) -> None:
        """Keep an office's rules, and where there is no room for them, drop those not used since they last came up."""
        self.ready[office] = kept
        self._last.pop(office, None)
        with contextlib.suppress(KeyError):  # another thread made room
            while len(self._last) + len(self.ready) > self._most:
                if self._last:
                    self._last.popitem(last=False)
                    continue
                oldest, kept = self.ready.popitem(last=False)
                if kept.used or oldest == office:
                    kept.used = False
                    self.ready[oldest] = kept


@dataclass(slots=True)
class _Kept:
    """The rules of an office."""

    routing: Usual
    stamp: Stamp | None
    """That of the office's file as it was read."""
    outdated: bool = False
    """Whether the file was at fault then, so that these are the last good rules."""
    used: bool = False
    """Whether they were asked for since room was last made."""
