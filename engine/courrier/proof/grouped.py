"""Say each change of two rule books once, with all the mails and offices that it concerns."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from courrier.proof.changes import Changes, Shared

Only = Literal["", "before", "after"]


@dataclass(slots=True)
class Found:
    """What changes in a mail, by role or id of a refusal, and for which offices."""

    event: str
    changes: Mapping[str, Changes]
    platform: bool = False
    """Whether for those that leave the mail to the platform."""
    offices: list[str] = field(default_factory=list)
    """Others, which have choices of their own."""


class Concerned(NamedTuple):
    """What a difference changes, and for whom."""

    what: str
    """`from`, `to`, `cc`, the id of a refusal; nothing for the mail as a whole."""
    events: tuple[str, ...]
    platform: bool
    """Whether for the offices that leave these mails to the platform."""
    offices: tuple[str, ...]
    """Others for which it changes, which have choices of their own."""
    every_office: bool
    """Whether that is all offices."""
    within: str = ""
    """The id of the cascade that changes so: for these it does as far as they leave the choice to it."""


class Difference(NamedTuple):
    """Classes of situations in which two rule books decide differently, and all that it concerns."""

    changes: Changes
    concerned: Sequence[Concerned]
    only: Only = ""
    """Which of the two alone has such mails, if not both have."""


def cascades_of(found: Found) -> set[Shared]:
    """Return the cascades of which all changes are listed here, since a role is left to them as a whole."""
    return {cascade for changes in found.changes.values() if (cascade := _cascade_of(changes))}


def grouped(found: Iterable[Found], own: Mapping[str, Sequence[str]]) -> Iterator[Difference]:
    """Yield what was found: what changes alike together, and what changes in a cascade where that stands alone.

    Args:
        found: what was found, in the order in which to say it.
        own: for each event the offices that do not leave it to the platform.
    """
    found = list(found)
    groups: dict[object, _Group] = {}
    cascades = set[Shared]().union(*map(cascades_of, found))
    homes: dict[Shared, _Group] = {}
    elsewhere: list[tuple[Shared, str, Found]] = []
    for one in found:
        for what, changes in one.changes.items():
            others = dict.fromkeys(
                change.within
                for change in changes.listed
                if change.within in cascades and change.within != changes.left_to
            )
            listed = tuple(change for change in changes.listed if change.within not in others)
            if listed or not changes.complete:
                said = changes._replace(listed=listed)
                group = groups.setdefault(_words(said), _Group(said, []))
                group.whom.append((what, "", one))
                if cascade := _cascade_of(changes):
                    homes.setdefault(cascade, group)
            elsewhere += [(within, what, one) for within in others if within]
    for within, what, one in elsewhere:
        homes[within].whom.append((what, within.cascade, one))
    for group in groups.values():
        yield Difference(group.changes, list(_concerned(group.whom, own)))


class _Group(NamedTuple):
    """Changes that are the same for several mails or offices."""

    changes: Changes
    whom: list[tuple[str, str, Found]]
    """The role or refusal, the cascade that it is left to in part, and for whom."""


def _cascade_of(changes: Changes) -> Shared | None:
    return next((change.within for change in changes.listed if change.within == changes.left_to), None)


def _words(changes: Changes) -> object:
    """Return what is said of changes: the same for offices that change alike, wherever their rules stand."""
    listed = [
        (change.where, change.facts is None, *((way.end, way.rule and way.rule.name) for way in change.ways))
        for change in changes.listed
    ]
    return tuple(listed), changes.complete


def _concerned(whom: Iterable[tuple[str, str, Found]], own: Mapping[str, Sequence[str]]) -> Iterator[Concerned]:
    """Yield whom changes concern: the offices for each mail, and together the mails for which they are the same."""
    of_mails: dict[tuple[str, str, str], list[Found]] = {}
    for what, within, one in whom:
        of_mails.setdefault((what, within, one.event), []).append(one)
    events: dict[tuple[str, str, bool, tuple[str, ...], bool], list[str]] = {}
    for (what, within, event), several in of_mails.items():
        platform = any(one.platform for one in several)
        offices = tuple(sorted(itertools.chain.from_iterable(one.offices for one in several)))
        everybody = platform and len(offices) == len(own.get(event, ()))
        events.setdefault((what, within, platform, offices, everybody), []).append(event)
    for (what, within, platform, offices, everybody), named in events.items():
        yield Concerned(what, tuple(named), platform, offices, everybody, within)
