"""Find out whether the SPF record of a domain lets the platform send (RFC 7208)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Literal, NamedTuple

Status = Literal["ok", "missing", "several", "broken", "not-included", "too-many-lookups", "dangling", "loop"]

MOST_LOOKUPS = 10
"""Look-ups that whoever receives a mail makes for one record; with more, the record counts as broken."""

_MECHANISM = re.compile(r"(?P<qualifier>[-+?~]?)(?P<name>[a-z][a-z0-9]*)(?P<rest>[:/].*)?", re.IGNORECASE)
_MODIFIER = re.compile(r"(?P<name>[a-z][a-z0-9_.-]*)=(?P<value>.*)", re.IGNORECASE)
_HOST = re.compile(r":(?P<host>[^\s/:]+)(/.*)?")
_LOOKUPS = {"include", "a", "mx", "ptr", "exists"}
_ALONE = {"a", "mx", "ptr"}
"""Mechanisms that look something up, and those of them that need name no host."""
_ADDRESSES: dict[str, Callable[[str], object]] = {
    "ip4": lambda text: ipaddress.IPv4Network(text, strict=False),
    "ip6": lambda text: ipaddress.IPv6Network(text, strict=False),
}


class Found(NamedTuple):
    """What the record says, and the name and the text where it says so."""

    status: Status
    name: str
    detail: str = ""


class _Stop(Exception):
    """The search has come to an end."""

    def __init__(self, status: Status, name: str, detail: str = "") -> None:
        self.found = Found(status, name, detail)


class _Term(NamedTuple):
    """A mechanism or a modifier of a record."""

    text: str
    qualifier: str
    name: str
    host: str


def find(txt: Callable[[str], list[str]], domain: str, wanted: str) -> Found:
    """Return whether the record of a domain includes a wanted name, itself or through others that it includes.

    Args:
        txt: returns the TXT records at a name.
        domain: the domain, in ASCII letters.
        wanted: the name of the platform's own record.
    """
    search = _Search(txt, wanted.lower().rstrip("."))
    try:
        search.go_through(domain, ())
    except _Stop as stop:
        return stop.found
    return Found("not-included", domain, search.first)


class _Search:
    """Goes through records as whoever receives a mail does: left to right, until the platform's own is met."""

    def __init__(self, txt: Callable[[str], list[str]], wanted: str) -> None:
        self._txt, self._wanted = txt, wanted
        self._lookups = 0
        self.first = ""
        """The record of the domain itself."""

    def go_through(self, name: str, above: tuple[str, ...]) -> None:
        """Look for the wanted name in the record at a name, which the records at the names `above` led to.

        Raises:
            _Stop: it is found, or there is no going on.
        """
        record = self._record(name, above)
        self.first = self.first or record
        terms = [_term(text, name) for text in record.split()[1:]]
        for term in terms:
            if term.name == "all":
                return
            if term.name in _LOOKUPS:
                self._count(name, term)
            if term.name == "include":
                self._enter(term, (*above, name))
        for term in terms:
            if term.name == "redirect":
                self._count(name, term)
                self._enter(term, (*above, name))

    def _record(self, name: str, above: tuple[str, ...]) -> str:
        records = [text for text in self._txt(name) if text.lower().split(" ", 1)[0] == "v=spf1"]
        if len(records) > 1:
            raise _Stop("several", name)
        if not records:
            raise _Stop("dangling", above[-1], name) if above else _Stop("missing", name)
        return records[0]

    def _count(self, name: str, term: _Term) -> None:
        self._lookups += 1
        if self._lookups > MOST_LOOKUPS:
            raise _Stop("too-many-lookups", name, term.text)

    def _enter(self, term: _Term, above: tuple[str, ...]) -> None:
        host = term.host.lower().rstrip(".")
        if host == self._wanted and term.qualifier in {"", "+"}:
            raise _Stop("ok", above[-1], term.text)
        if host in above:
            raise _Stop("loop", above[-1], term.text)
        if "%" not in host:  # what depends on the mail itself is not looked into
            self.go_through(host, above)


def _term(text: str, name: str) -> _Term:
    """Return a term of the record at a name.

    Raises:
        _Stop: it is none.
    """
    modifier = _MODIFIER.fullmatch(text)
    if modifier:
        return _Term(text, "", modifier["name"].lower(), modifier["value"])
    found = _MECHANISM.fullmatch(text)
    if found is None:
        raise _Stop("broken", name, text)
    mechanism, rest = found["name"].lower(), found["rest"] or ""
    host = _HOST.fullmatch(rest)
    if mechanism in _ADDRESSES:
        try:
            _ADDRESSES[mechanism](rest.removeprefix(":"))
        except ValueError:
            raise _Stop("broken", name, text) from None
    elif mechanism == "all":
        if rest:
            raise _Stop("broken", name, text)
    elif mechanism not in _LOOKUPS or (host is None and (rest[:1] == ":" or mechanism not in _ALONE)):
        raise _Stop("broken", name, text)
    return _Term(text, found["qualifier"], mechanism, host["host"] if host else "")
