"""The rules as the engine knows them: frozen, names and types resolved, each with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from courrier.diagnostics import Span

Scalar = str | int | float | bool
Texts = Mapping[str, str]
"""A text in several languages, by language code."""

Kind = Literal["string", "number", "integer", "boolean", "strings", "objects", "object"]
Format = Literal["text", "address", "host"]
Operator = Literal[
    "in", "not_in", "above", "below", "at_least", "at_most", "starts_with", "ends_with", "contains", "matches"
]


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact's path and its type; the format says how its strings compare."""

    path: str
    kind: Kind
    format: Format = "text"


@dataclass(frozen=True, slots=True)
class Has:
    """Holds when the fact is there: neither missing nor blank."""

    fact: Fact


@dataclass(frozen=True, slots=True)
class Test:
    """Compares a fact with constants or with another fact; does not hold when either is absent."""

    fact: Fact
    operator: Operator
    operand: tuple[Scalar, ...] | Fact


@dataclass(frozen=True, slots=True)
class All:
    """Holds when each part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """Holds when at least one part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Holds when the part does not hold; an absent fact is seen as such."""

    part: Condition


Condition = Has | Test | All | Any | Not


@dataclass(frozen=True, slots=True)
class AddressOf:
    """Gives the address that a fact holds, with the name that another may hold."""

    address: Fact
    name: Fact | None


@dataclass(frozen=True, slots=True)
class Collaborators:
    """Gives collaborators of the office, each named by id or by e-mail address."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ToCascade:
    """Leaves the choice to a cascade of the book."""

    name: str


@dataclass(frozen=True, slots=True)
class SameAsFrom:
    """Gives the sender's address."""


Outcome = AddressOf | Collaborators | ToCascade | SameAsFrom


@dataclass(frozen=True, slots=True)
class Rule:
    """One step of a cascade: its outcome counts when its condition holds; no condition always holds."""

    id: str
    """Where the rule stands: `cascades.standard.dossier-manager`, `mails.task_failed.to`."""
    named: bool
    """Whether the author gave it a name; what a role says in one word has none."""
    when: Condition | None
    outcome: Outcome
    span: Span

    @property
    def is_a_name(self) -> bool:
        """Whether a role says no more than a cascade's name: the cascade's rules have the say, and this has none."""
        return not self.named and isinstance(self.outcome, ToCascade)

    @property
    def name(self) -> str:
        """The last part of the id: the name that the author gave."""
        return self.id.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Cascade:
    """Rules in order; the first whose condition holds gives the outcome."""

    id: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reason for which a mail may not leave, with what to tell the reader."""

    code: str
    when: Condition
    message: Texts
    remedy: Texts
    span: Span

    @property
    def id(self) -> str:
        """Where the refusal stands: `refusals.sender-not-prepared`."""
        return f"refusals.{self.code}"


@dataclass(frozen=True, slots=True)
class Mail:
    """One kind of automatic mail: who it comes from (none: the platform itself), goes to, what refuses it."""

    event: str
    title: Texts
    sender: Cascade | None
    to: Cascade
    cc: Cascade | None
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rules that hold for an office, or, before any office's choices, for the platform."""

    facts: Mapping[str, Fact]
    cascades: Mapping[str, Cascade]
    mails: Mapping[str, Mail]
    refusals: Mapping[str, Refusal]
    digest: str
    """`sha256:…` over the files that these rules were read from."""


STANDARD = "standard"
"""The cascade that decides where a mail would else have no recipient."""
