"""Put addresses into a header of an e-mail, in a form that survives.

The standard library quotes and encodes each name, and the lines are folded here: its own folding takes the quotes off
a long name, so that a part of the name becomes a recipient, and some releases of 3.11 and 3.12 melt two addresses into
one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from email.header import Header
from email.headerregistry import Address, BaseHeader, UniqueAddressHeader
from email.policy import Policy

_LONGEST_LINE = 900
"""Mail servers take lines of 998 octets."""


def header_address(name: str | None, address: str) -> Address:
    """Return an address as headers have it, an internationalised domain in the letters that every server takes."""
    local, _, domain = address.rpartition("@")
    return Address(name or "", username=local, domain=_in_ascii(domain))


class AddressesHeader(UniqueAddressHeader, BaseHeader):  # type: ignore[misc]
    """A From, To or Cc header that breaks its lines between addresses, and in names that are encoded."""

    def fold(self, *, policy: Policy) -> str:
        """Return the lines of the header.

        Raises:
            ValueError: an address needs a policy with `utf8=True`.
        """
        between = f",{policy.linesep} "
        return f"{self.name}: {between.join(_folded(address, policy) for address in self.addresses)}{policy.linesep}"

    def __reduce__(self) -> tuple[type[AddressesHeader], tuple[str, Sequence[Address]]]:
        """Let the header be copied together with its message, and travel between processes."""
        return AddressesHeader, (self.name, self.addresses)


def _folded(address: Address, policy: Policy) -> str:
    if not address.addr_spec.isascii() and not getattr(policy, "utf8", False):
        raise ValueError(f"`{address.addr_spec}` needs a policy with `utf8=True`, such as `email.policy.SMTPUTF8`")
    text = str(address)
    if len(text.encode()) <= _LONGEST_LINE and (text.isascii() or getattr(policy, "utf8", False)):
        return text
    name = Header(address.display_name, "utf-8").encode(linesep=policy.linesep)
    return f"{name} <{address.addr_spec}>"


def _in_ascii(domain: str) -> str:
    """Return a domain as `xn--…`, where that stands for the very same domain and for none that only looks like it."""
    domain = unicodedata.normalize("NFC", domain)
    try:
        encoded = domain.encode("idna")
        return encoded.decode("ascii") if encoded.decode("idna") == domain.lower() else domain
    except UnicodeError:
        return domain
