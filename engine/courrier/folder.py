"""Take a rule book from a folder as it stands on the disk at one moment, and an office's file when it is asked for.

An office's file counts only together with the platform's files that it stood beside. Whoever reads it later makes sure
of that, so that no decision mixes an old book with a new one.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

from courrier.build import OFFICES, load_office, load_platform, office_digest, office_file, office_ids, platform_files
from courrier.diagnostics import Code, Report, RulesError, Span, quoted
from courrier.files import is_there
from courrier.model import RuleBook

_TRIES = 5
"""How often files are read that change while they are read."""
_TICK = 10_000_000
"""Nanoseconds by which a file's times may lag behind the clock: Linux may take them from one that ticks so slowly."""


class Stamp(NamedTuple):
    """What tells a file from what it was: when its text changes, so does at least one of these."""

    device: int
    inode: int
    size: int
    modified: int
    changed: int
    """When text, name or rights changed last, in nanoseconds."""


Stamps = Mapping[str, Stamp | None]
"""The stamps of files by name; None where there is none."""


class Source(Protocol):
    """A rule book as it was at one moment."""

    @property
    def platform(self) -> RuleBook:
        """The platform's rules."""

    def office(self, office: str, known: RuleBook | None = None) -> RuleBook | None:
        """Return the rules that hold for an office, by its id; `known` itself if it says the same; None for no own.

        Raises:
            RulesError: the office's own rules are at fault, or cannot be read any more as they were at that moment.
        """

    def offices(self) -> Iterator[str]:
        """Yield the ids of the offices that have rules of their own, in order."""

    def stamp(self, office: str) -> Stamp | None:
        """Return the stamp that the file of an office has now; None where it has none."""

    def changes(self) -> Stamps:
        """Return the stamps of those files, other than of offices, that are no longer as they were."""

    def anew(self) -> Source:
        """Return the rule book as it is now.

        Raises:
            RulesError: the platform's rules are at fault.
        """


class Folder:
    """The rule book of a folder; where the folder is a link, it is followed once, so that the book stays in one."""

    def __init__(self, path: Path) -> None:
        """Read the platform's rules.

        Raises:
            RulesError: they are at fault; `diagnostics` holds everything that is wrong with them.
        """
        self._path = path.absolute()
        for _ in range(_TRIES):
            report = Report()
            self._root = Path(os.path.realpath(path))
            self._stamps = stamps(self._root)
            self._since = time.time_ns()
            if any(stamp and stamp.changed > self._since - _TICK for stamp in self._stamps.values()):
                time.sleep(_TICK / 1e9)  # so that whatever changes from now on has another time
                self._since += _TICK
            self.platform = load_platform(path, report)
            if _but_offices(stamps(Path(os.path.realpath(path)))) == _but_offices(self._stamps):
                report.raise_errors()
                return
        raise _restless(str(path))

    def office(self, office: str, known: RuleBook | None = None) -> RuleBook | None:
        """Return the rules that hold for an office, by its id; `known` itself if it says the same; None for no own.

        Raises:
            RulesError: the office's own rules are at fault, or changed along with the platform's.
        """
        path = office_file(self._root, office)
        name = path.relative_to(self._root).as_posix()
        for _ in range(_TRIES):
            report = Report()
            before = stamp_of(path)
            if before is None and not is_there(path):
                return None
            book = known if known and before and self._says(known, office, path) else None
            book = book or load_office(self._root, office, self.platform, report)
            if stamp_of(path) == before:
                if before and not self._stood_here(before):
                    message = f"{quoted(name)} has changed, and so have the platform's rules, which are not read yet"
                    raise fault("unreadable-file", name, message, "reload the rules, so that both are taken up")
                report.raise_errors()
                return book
        raise _restless(name)

    def offices(self) -> Iterator[str]:
        """Yield the ids of the offices that have a file now, in order."""
        yield from office_ids(self._root, Report())

    def stamp(self, office: str) -> Stamp | None:
        """Return the stamp that the file of an office has now; None where it has none."""
        return stamp_of(office_file(self._root, office))

    def changes(self) -> Stamps:
        """Return the stamps of those files, other than of offices, that are no longer as they were."""
        now = stamps(Path(os.path.realpath(self._path)))
        return {name: found for name, found in now.items() if found != self._stamps[name]}

    def anew(self) -> Folder:
        """Return the rule book as it stands in the folder now.

        Raises:
            RulesError: the platform's rules are at fault.
        """
        return Folder(self._path)

    def _says(self, known: RuleBook, office: str, path: Path) -> bool:
        """Tell whether an office's file still holds the text that its known rules were read from."""
        try:
            return office_digest(self.platform, office, path.read_bytes()) == known.digest
        except OSError:
            return False

    def _stood_here(self, file: Stamp) -> bool:
        """Tell whether an office's file stood beside the platform's files as they were read."""
        now = stamps(self._root)
        if _but_offices(now) == _but_offices(self._stamps):
            return True
        offices, before = now[OFFICES], self._stamps[OFFICES]
        same = offices is not None and before is not None and offices[:2] == before[:2]
        return same and file.changed <= self._since - _TICK


def stamps(root: Path) -> Stamps:
    """Return the stamps of the platform's files in a rule book's folder, and of the folder of offices."""
    return {path.name: stamp_of(path) for path in (*platform_files(root), root / OFFICES)}


def stamp_of(file: Path | int) -> Stamp | None:
    """Return the stamp of a file or a folder, by path or descriptor; None where there is none, or a pipe or device."""
    try:
        found = file.stat() if isinstance(file, Path) else os.fstat(file)
    except OSError:
        return None
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
        return None
    return Stamp(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def fault(code: Code, name: str, message: str, help: str) -> RulesError:
    """Return the error that says what is wrong with a file as a whole."""
    report = Report()
    report.error(code, Span.of_file(name), message, help)
    return RulesError(report.diagnostics)


def _restless(name: str) -> RulesError:
    message = f"`{name}` changes all the time while it is read"
    return fault("unreadable-file", name, message, "load the rules again when all is written")


def _but_offices(stamps: Stamps) -> Stamps:
    return {name: stamp for name, stamp in stamps.items() if name != OFFICES}
