"""Say whether the platform may send mails in the name of a domain, and if not what its owner has to set up."""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from courrier import spf
from courrier.headers import header_address
from courrier.lookup import Lookup, Unanswered

Check = Literal["spf", "dkim", "dmarc"]

_LABEL = r"(?!-)[\w\x80-\U0010ffff-]{1,63}(?<!-)"
_DOMAIN = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(\.{_LABEL})+")
_POLICIES = {"none", "quarantine", "reject"}
_MOST_LABELS = 8
"""Labels of the longest name that is asked for a policy above the domain itself."""


class Platform(NamedTuple):
    """What the platform asks of a domain."""

    spf_include: str
    """The name of the platform's SPF record, which that of the domain has to include."""
    dkim_selector: str
    """The name under `_domainkey` where the domain publishes the platform's key."""


class Finding(NamedTuple):
    """What came of a check: `ok`, or what is wrong, and the name where it is to be set right."""

    check: Check
    status: str
    name: str
    detail: str = ""


class Domain(NamedTuple):
    """A domain's name, in the letters of its language and in those that the DNS has."""

    name: str
    ascii: str

    @classmethod
    def of(cls, text: str) -> Domain:
        """Return the domain that a text names.

        Raises:
            ValueError: it names none.
        """
        name = unicodedata.normalize("NFC", text).lower().rstrip(".")
        ascii = header_address(None, f"x@{name}").domain if _DOMAIN.fullmatch(name) else ""
        if not ascii.isascii() or not _DOMAIN.fullmatch(ascii):
            raise ValueError(f"`{text}` is no name of a domain, such as `dupont.be`")
        return cls(name, ascii)


class Preparation(NamedTuple):
    """What the checks of a domain found."""

    domain: Domain
    findings: tuple[Finding, ...]

    @property
    def prepared(self) -> bool:
        """Whether the platform may send in the name of the domain."""
        return all(finding.status == "ok" for finding in self.findings)


def check_domain(domain: Domain, platform: Platform, lookup: Lookup) -> Preparation:
    """Look up whether a domain is prepared."""
    key = f"{platform.dkim_selector}._domainkey.{domain.ascii}"
    checks: dict[Check, Callable[[], Finding]] = {
        "spf": lambda: Finding("spf", *spf.find(lookup.txt, domain.ascii, platform.spf_include)),
        "dkim": lambda: Finding("dkim", _dkim(lookup.txt(key)), key),
        "dmarc": lambda: _dmarc(domain.ascii, lookup),
    }
    return Preparation(domain, tuple(_answered(check, find) for check, find in checks.items()))


def _answered(check: Check, find: Callable[[], Finding]) -> Finding:
    try:
        return find()
    except Unanswered as error:
        return Finding(check, "unanswered", error.name)


def _dkim(records: Sequence[str]) -> str:
    """Return what is to be said of the records where a key should stand (RFC 6376)."""
    if not records:
        return "missing"
    if len(records) > 1:
        return "several"
    tags = _tags(records[0])
    if tags is None or tags.get("v", "DKIM1") != "DKIM1" or "p" not in tags:
        return "broken"
    try:
        key = base64.b64decode("".join(tags["p"].split()), validate=True)
    except binascii.Error:
        return "broken"
    return "ok" if key else "revoked"


def _dmarc(domain: str, lookup: Lookup) -> Finding:
    """Return what is to be said of the policy of a domain, or of the nearest above it that has one (RFC 7489)."""
    labels = domain.split(".")
    for start in (0, *range(max(1, len(labels) - _MOST_LABELS + 1), len(labels) - 1)):
        name = ".".join(["_dmarc", *labels[start:]])
        records = [text for text in lookup.txt(name) if text.replace(" ", "").lower().startswith("v=dmarc1")]
        if len(records) > 1:
            return Finding("dmarc", "several", name)
        if records:
            tags = _tags(records[0])
            valid = tags is not None and tags.get("p", "").lower() in _POLICIES
            return Finding("dmarc", "ok" if valid else "broken", name, records[0])
    return Finding("dmarc", "missing", f"_dmarc.{domain}")


def _tags(record: str) -> dict[str, str] | None:
    """Return the tags of a record, `name=value; …`; None where it is no list of tags."""
    tags: dict[str, str] = {}
    for part in filter(str.strip, record.split(";")):
        name, equals, value = part.partition("=")
        if not equals or name.strip() in tags:
            return None
        tags[name.strip()] = value.strip()
    return tags
