"""The answer: who an e-mail comes from, who receives it, whether it may leave, and why."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Literal, NamedTuple

from courrier.headers import AddressesHeader, header_address

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


class Address(NamedTuple):
    """An e-mail address with the name to show, if any."""

    name: str | None
    address: str

    def __str__(self) -> str:
        """Show the address as people write it."""
        return f"{self.name} <{self.address}>" if self.name else self.address


class Reason(NamedTuple):
    """A rule that had a say, and its place as `file:line`."""

    rule: str
    at: str


class Reasons(NamedTuple):
    """For each role the rules that decided it, from the one that was asked to the one that answered."""

    sender: tuple[Reason, ...]
    to: tuple[Reason, ...]
    cc: tuple[Reason, ...]


class RefusalNotice(NamedTuple):
    """Why a mail may not leave and what to do, in the reader's language."""

    code: str
    message: str
    remedy: str
    at: str


class Warning(NamedTuple):
    """Something that did not stop the mail but that somebody should put right."""

    code: Literal["unknown-collaborator", "inactive-collaborator", "no-recipient-left"]
    message: str


class Refused(Exception):
    """The mail may not leave; `refusals` says why and what to do."""

    def __init__(self, refusals: tuple[RefusalNotice, ...]) -> None:
        """Keep the refusals."""
        self.refusals = refusals
        super().__init__("; ".join(f"{refusal.code}: {refusal.message}" for refusal in refusals))

    def __reduce__(self) -> tuple[type[Refused], tuple[tuple[RefusalNotice, ...]]]:
        """Let the error travel between processes."""
        return Refused, (self.refusals,)


class Decision(NamedTuple):
    """What was decided about one mail. A refused decision has no recipients."""

    event: str
    office: str
    outcome: Literal["send", "refuse"]
    sender: Address | None
    """None where the platform's own sender is meant."""
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    reasons: Reasons
    refusals: tuple[RefusalNotice, ...]
    warnings: tuple[Warning, ...]
    rules: str
    """`sha256:…` of the rule files that decided."""

    def to_dict(self) -> dict[str, Json]:
        """Return the decision as the JSON object that `schemas/decision.schema.json` describes."""
        sends: dict[str, Json] = {}
        if self.outcome == "send":
            sends = {"to": [_json(address) for address in self.to], "cc": [_json(address) for address in self.cc]}
        return {
            "event": self.event,
            "office": self.office,
            "outcome": self.outcome,
            "from": _json(self.sender) if self.sender else None,
            **sends,
            "reasons": {
                role: [_json(reason) for reason in reasons]
                for role, reasons in zip(("from", "to", "cc"), self.reasons, strict=True)
            },
            "refusals": [_json(refusal) for refusal in self.refusals],
            "warnings": [_json(warning) for warning in self.warnings],
            "rules": self.rules,
        }

    def apply_to(self, message: EmailMessage) -> None:
        """Set From, To and Cc of `message`, in place of those it has.

        From is left as it is where the platform's own sender is meant. A domain such as `münchen.example` is written
        `xn--mnchen-3ya.example`; an address with other than ASCII letters before its `@` needs `email.policy.SMTPUTF8`.

        Raises:
            Refused: the mail may not leave; the message is left as it was.
        """
        if self.outcome == "refuse":
            raise Refused(self.refusals)
        senders = (self.sender,) if self.sender else ()
        given = {"From": senders, "To": self.to, "Cc": self.cc}
        headers = {
            name: AddressesHeader(name, [header_address(*address) for address in addresses])
            for name, addresses in given.items()
            if addresses
        }
        for name in given:
            if name in headers or name != "From":
                del message[name]
        for name, header in headers.items():
            message[name] = header


def _json(value: Address | Reason | RefusalNotice | Warning) -> Json:
    return dict(value._asdict())
