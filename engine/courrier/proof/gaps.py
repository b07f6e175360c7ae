"""Find the situations in which a mail's rules give nobody, and in which an office only says what the platform says."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from courrier.consistency import may_end_open
from courrier.model import STANDARD, Cascade, Collaborators, Mail, Outcome, RuleBook, ToCascade
from courrier.proof.compare import comes_to, compared
from courrier.proof.phrases import situations_in_words
from courrier.proof.realms import Realms
from courrier.proof.walk import Walk, first_of, one_of, widened
from courrier.proof.ways import Nobody, TooManyWaysError, Ways
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


def gaps(mail: Mail, book: RuleBook) -> Iterator[Gap]:
    """Yield where the sender or the recipients of a mail are left to the last resort, for want of a rule that holds.

    Raises:
        NotCountedError: there are more situations than can be counted through.
        TooManyWaysError: there are more ways through the cascades than anybody can go.
    """
    if not any(may_end_open(cascade) for cascade in reached(mail, book).values()):
        return
    ways = Ways(book)
    ways.ask(mail)
    realms = Realms(ways.asked)
    walk = Walk(realms.sizes)
    for role in ROLES[:2]:
        listed = ways.of(role, mail, realms, last_resort=False) if role_of(mail, role) else []
        whens = [way.when for way in listed]
        for index, way in enumerate(listed):
            if isinstance(way.end, Nobody):
                fires = first_of(whens, index, walk)
                domains = walk.find(realms.seen, [*realms.ties, *fires])
                if domains is not None:
                    points = one_of(domains)
                    gap = functools.partial(comes_to, listed, way.end)
                    situations = widened(points, realms.seen, whens, gap)
                    where = situations_in_words(situations, realms.seen, realms)
                    yield Gap(role, way.end.cascade, where, realms.values(situations))


def says_the_same(mail: Mail, own: RuleBook, other: Mail, platform: RuleBook, role: Role) -> bool:
    """Tell whether two mails come to the same in a role, for certain."""
    before = Ways(platform)
    before.ask(other)
    after = Ways(own, len(before.asked))
    after.ask(mail)
    realms = Realms([*before.asked, *after.asked])
    try:
        found = compared(before.of(role, other, realms), after.of(role, mail, realms), realms, most=0)
    except TooManyWaysError:
        return False
    return found.complete and not found.differences


def meaning(cascade: Cascade | None, people: dict[str, int] | None = None) -> object:
    """Return what rules mean, without where they stand; with `people`, also without who it is that they name."""
    if cascade is None:
        return None
    return tuple((rule.named, rule.when, _without_names(rule.outcome, people)) for rule in cascade.rules)


def _without_names(outcome: Outcome, people: dict[str, int] | None) -> object:
    if isinstance(outcome, Collaborators) and people is not None:
        return tuple(people.setdefault(name, len(people)) for name in outcome.names)
    return outcome
