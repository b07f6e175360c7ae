"""Find the situations in which a mail's rules give nobody, and in which an office only says what the platform says."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from courrier.consistency import may_end_open
from courrier.model import STANDARD, Cascade, Collaborators, Mail, Outcome, RuleBook, ToCascade
from courrier.proof.compare import comes_to, compared
from courrier.proof.phrases import situations_in_words
from courrier.proof.realms import Realms
from courrier.proof.walk import Domains, Steps, Walk, first_of, one_of, widened
from courrier.proof.ways import End, Nobody, TooManyWaysError, Way, Ways
from courrier.routing import Role

ROLES: tuple[Role, ...] = ("from", "to", "cc")


class Gap(NamedTuple):
    """Situations in which a cascade gives nothing: in words, and facts that show one, by path."""

    role: Role
    cascade: str
    """Its id."""
    where: str
    values: Mapping[str, object]


def role_of(mail: Mail, role: Role) -> Cascade | None:
    """Return the rules of a mail's role."""
    return {"from": mail.sender, "to": mail.to, "cc": mail.cc}[role]


def reached(mail: Mail, book: RuleBook) -> dict[str, Cascade]:
    """Return the cascades that a mail's roles may ask, by id; the last resort comes last."""
    found: dict[str, Cascade] = {}
    todo = [*filter(None, (role_of(mail, role) for role in ROLES))]
    last_resort = [book.cascades[STANDARD]] if STANDARD in book.cascades else []
    while todo or last_resort:
        cascade = todo.pop(0) if todo else last_resort.pop()
        if cascade.id not in found:
            found[cascade.id] = cascade
            todo += [book.cascades[rule.outcome.name] for rule in cascade.rules if isinstance(rule.outcome, ToCascade)]
    return found


def gaps(mail: Mail, book: RuleBook, steps: Steps) -> Iterator[Gap]:
    """Yield where the sender or the recipients of a mail are left to the last resort, for want of a rule that holds.

    Args:
        mail: the mail.
        book: its rule book.
        steps: the steps that may be taken.

    Raises:
        NotCountedError: there are more situations than can be counted through.
        TooManyWaysError: there are more ways through the cascades than anybody can go.
    """
    if not any(may_end_open(cascade) for cascade in reached(mail, book).values()):
        return
    ways = Ways(book)
    ways.ask(mail)
    realms = Realms(ways.asked, given={"event.type": [mail.event]}, steps=steps)
    walk = Walk(realms.sizes, steps)
    for role in ROLES[:2]:
        listed = ways.of(role, mail, realms, last_resort=False) if role_of(mail, role) else []
        whens = [way.when for way in listed]
        for index, way in enumerate(listed):
            if isinstance(way.end, Nobody):
                fires = first_of(whens, index, walk)
                domains = walk.find(realms.seen, [*realms.ties, *fires])
                if domains is not None:
                    is_gap = functools.partial(_comes_to, listed, way.end, steps)
                    situations = widened(one_of(domains), realms.seen, whens, is_gap)
                    where = situations_in_words(situations, realms.seen, realms)
                    yield Gap(role, way.end.cascade, where, realms.values(situations))


def comes_to_the_same(mail: Mail, platform: Mail, book: RuleBook, role: Role, steps: Steps) -> bool:
    """Tell whether it is for certain the same if an office leaves a role of a mail to the platform."""
    match role:
        case "from":
            other = replace(mail, sender=platform.sender)
        case "to":
            other = replace(mail, to=platform.to)
        case _:
            other = replace(mail, cc=platform.cc)
    ways = Ways(book)
    ways.ask(mail)
    ways.ask(other)
    realms = Realms(ways.asked, given={"event.type": [mail.event]}, steps=steps)
    try:
        found = compared(ways.of(role, mail, realms), ways.of(role, other, realms), realms, 0, steps)
    except TooManyWaysError:
        return False
    return found.complete and not found.differences


def meaning(cascade: Cascade | None, people: dict[str, int] | None = None) -> object:
    """Return what rules mean, without where they stand; with `people`, also without who it is that they name."""
    if cascade is None:
        return None
    return tuple((rule.named, rule.when, _without_names(rule.outcome, people)) for rule in cascade.rules)


def _comes_to(ways: Sequence[Way], end: End, steps: Steps, domains: Domains) -> bool:
    steps.look(len(ways))
    return comes_to(ways, end, domains, operator.eq)


def _without_names(outcome: Outcome, people: dict[str, int] | None) -> object:
    if isinstance(outcome, Collaborators) and people is not None:
        return tuple(people.setdefault(name, len(people)) for name in outcome.names)
    return outcome
