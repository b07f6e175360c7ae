"""Write a checked rule book into one file, and read it from there, an office's rules when they are asked for.

The file is text: a line that says what it is, with the digest of all that follows; a line with the platform's rules;
and for each office that has rules of its own a line with them, in the order of the offices' ids, so that a line is
found by halving. After its id each line has what `packing` makes of the rules.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import weakref
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from courrier.diagnostics import RulesError
from courrier.files import written_aside
from courrier.folder import Stamp, Stamps, fault, stamp_of
from courrier.model import Cascade, Mail, RuleBook
from courrier.packing import pack, unpack
from courrier.soundness import is_sound

MAJOR = 0
"""The major version of Courrier: a file is read by the one that made it."""

_HEAD = re.compile(rb"courrier ([0-9]{1,9}) sha256:([0-9a-f]{64})\n")
_LONGEST_HEAD = 100
_AT_ONCE = 1 << 20
_PIECE = 1 << 12
_NONE = "is no rule book that `courrier build` made"
_AGAIN = "build it anew: `courrier build`"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Choices:
    """What an office's rules have other than the platform's; of mails the roles alone."""

    cascades: Mapping[str, Cascade]
    mails: Mapping[str, Mail]
    digest: str


def write(books: Iterable[tuple[str, RuleBook]], output: Path) -> str:
    """Write a rule book into a file, which appears when it is whole; return the digest of what it holds.

    Args:
        books: the platform's rules under an empty id, then those of offices in the order of their ids.
        output: the file; one that is there is replaced.

    Raises:
        OSError: the file cannot be written.
    """
    digest, platform = hashlib.sha256(), None
    with written_aside(output) as part, part.open("wb") as file:
        file.write(_head(digest.hexdigest()))
        for office, book in books:
            packed = pack(book if platform is None else _choices(book, platform))
            platform = platform or book
            line = f"{office} {json.dumps(packed, ensure_ascii=False, separators=(',', ':'))}\n".encode()
            digest.update(line)
            file.write(line)
        file.seek(0)
        file.write(_head(digest.hexdigest()))
    return f"sha256:{digest.hexdigest()}"


class Built:
    """The rule book of a file that `write` has made; the file stays open, so that another in its place is no matter."""

    def __init__(self, path: Path) -> None:
        """Open the file, and make sure that it is whole.

        Raises:
            RulesError: it was altered, was made by another major version, or is something else.
        """
        self._path, self._place = path, path.absolute()
        self._platform: RuleBook | None = None
        try:
            self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
            weakref.finalize(self, os.close, self._file)
            self._stamp = stamp_of(self._file)
            head = _HEAD.match(os.pread(self._file, _LONGEST_HEAD, 0)) if self._stamp else None
            if head is None:
                raise self._fault(_NONE, "name a folder, or a file that is built")
            if int(head[1]) != MAJOR:
                raise self._fault(f"was built by Courrier {int(head[1])}, and this is Courrier {MAJOR}", _AGAIN)
            digest, self._start, self._end = hashlib.sha256(), head.end(), head.end()
            while piece := os.pread(self._file, _AT_ONCE, self._end):
                digest.update(piece)
                self._end += len(piece)
        except OSError as error:
            reason = str(error.strerror).lower()
            raise self._fault(f"cannot be read: {reason}", "name a folder, or a file that is built") from None
        if digest.hexdigest().encode() != head[2]:
            raise self._fault("was altered after it was built", _AGAIN)

    @property
    def platform(self) -> RuleBook:
        """The platform's rules.

        Raises:
            RulesError: the file was altered while it was in use.
        """
        if self._platform is None:
            self._platform = self._sound(self._unpacked(RuleBook, self._start))
        return self._platform

    def office(self, office: str, known: RuleBook | None = None) -> RuleBook | None:
        """Return the rules that hold for an office, by its id; `known` itself if it says the same; None for no own.

        Raises:
            RulesError: the file was altered while it was in use.
        """
        start = self._find(office.encode())
        if start is None:
            return None
        choices = self._unpacked(_Choices, start)
        if known and known.digest == choices.digest:
            return known
        mails, cascades = {**self.platform.mails}, {**self.platform.cascades, **choices.cascades}
        for event, mail in choices.mails.items():
            if event in mails:
                mails[event] = replace(mail, title=mails[event].title, refusals=mails[event].refusals)
        return self._sound(replace(self.platform, cascades=cascades, mails=mails, digest=choices.digest))

    def offices(self) -> Iterator[str]:
        """Yield the ids of the offices that have rules of their own, in order."""
        position = self._after(self._start)
        while position < self._end:
            yield os.pread(self._file, _LONGEST_HEAD, position).partition(b" ")[0].decode()
            position = self._after(position)

    def stamp(self, office: str) -> Stamp | None:  # noqa: ARG002  # offices have no files of their own here
        """Return None: the rules of offices stand in the one file."""
        return None

    def changes(self) -> Stamps:
        """Return the stamp of what stands in the file's place, if that is something else."""
        now = stamp_of(self._place)
        return {} if now == self._stamp else {str(self._path): now}

    def anew(self) -> Built:
        """Return the rule book of the file that stands there now.

        Raises:
            RulesError: it was altered, was made by another major version, or is something else.
        """
        return Built(self._place)

    def _find(self, office: bytes) -> int | None:
        """Return where the line of an office starts; None where it has none."""
        low, high = self._after(self._start), self._end
        while low < high:
            middle = (low + high) // 2
            start = low if middle == low else self._after(middle - 1)
            if start >= high:
                high = middle
                continue
            found, _, _ = os.pread(self._file, _LONGEST_HEAD, start).partition(b" ")
            if found == office:
                return start
            if found < office:
                low = self._after(start)
            else:
                high = middle
        return None

    def _after(self, position: int) -> int:
        """Return where the first line starts that starts after a position."""
        while piece := os.pread(self._file, _PIECE, position):
            end = piece.find(b"\n")
            if end >= 0:
                return position + end + 1
            position += len(piece)
        raise self._fault("was altered while it was in use", _AGAIN)

    def _unpacked(self, kind: type[T], start: int) -> T:
        line = os.pread(self._file, self._after(start) - start, start)
        now = stamp_of(self._file)
        # The time of the last change is of no matter: it moves when another file takes this one's name.
        if now is None or self._stamp is None or now[:4] != self._stamp[:4]:
            raise self._fault("was altered while it was in use", _AGAIN)
        try:
            return unpack(kind, json.loads(line.partition(b" ")[2], parse_constant=float))
        except (ValueError, RecursionError):
            raise self._fault(_NONE, _AGAIN) from None

    def _sound(self, book: RuleBook) -> RuleBook:
        if not is_sound(book):
            raise self._fault(_NONE, _AGAIN)
        return book

    def _fault(self, message: str, help: str) -> RulesError:
        return fault("unreadable-file", str(self._path), f"`{self._path}` {message}", help)


def _head(digest: str) -> bytes:
    return f"courrier {MAJOR} sha256:{digest}\n".encode()


def _choices(book: RuleBook, platform: RuleBook) -> _Choices:
    cascades = {name: cascade for name, cascade in book.cascades.items() if cascade != platform.cascades.get(name)}
    mails = {
        event: replace(mail, title={}, refusals=())
        for event, mail in book.mails.items()
        if mail != platform.mails.get(event)
    }
    return _Choices(cascades, mails, book.digest)
