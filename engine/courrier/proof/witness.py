"""Make small facts that show what was found, and look whether they really do: a witness that does not is none."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from courrier.facts import FactsError
from courrier.model import STANDARD, AddressOf, Cascade, Collaborators, Mail, RuleBook, ToCascade
from courrier.proof.candidates import DOMAIN, made_up
from courrier.proof.people import directory
from courrier.proof.points import document
from courrier.recipients import COLLABORATORS
from courrier.routing import Route, Routing

Facts = dict[str, Any]
Shows = Callable[[Facts], bool]
"""Tells whether facts show what was found."""

_COMMUNICATION = "office.communication_email"
_MOST_MENDED = 20


def witness(
    routing: Routing, event: str, office: str, values: Mapping[str, object], shows: Shows, blank: str = ""
) -> Facts | None:
    """Return facts that the routing decides about, and that show what was found; None where they do not.

    Args:
        routing: the rules that the facts are shown to.
        event: the kind of event.
        office: the office's id.
        values: what matters, by path; None where a fact has to be absent. All else is made up as it is needed.
        shows: tells whether facts do show it.
        blank: the path of the address for want of which it cannot decide, where that is what was found.
    """
    asked = {"event.type": event, "office.id": office}
    wanted: dict[str, object] = {**asked, _COMMUNICATION: f"communication@{DOMAIN}", **values, **asked}
    mail = routing.book.mails[event]
    for given in _with_sender(wanted, mail, routing.book):
        facts = completed(routing, given, blank)
        if facts is not None and shows(facts):
            return facts
    return None


def completed(routing: Routing, values: Mapping[str, object], blank: str = "") -> Facts | None:
    """Return values by path as facts, with what else the decision needs; None where they cannot be decided about."""
    values = dict(values)
    for _ in range(_MOST_MENDED):
        facts = document(values)
        try:
            route = routing.route(facts)
            routing.in_words(route)
        except FactsError as error:
            if error.path == blank:
                return facts
            fact = routing.book.facts.get(error.path)
            if fact is None or error.found != "nothing" or _is_kept_out(error.path, values):
                return None
            values[fact.path] = made_up(fact)
        else:
            names = [*_collaborators(route)]
            if not names or COLLABORATORS.path in values:
                return None if blank else facts
            values[COLLABORATORS.path] = directory(names)
    return None


def _collaborators(route: Route) -> Iterator[str]:
    """Yield whom the rules name that fired, by id or by address."""
    for answer in itertools.chain.from_iterable(route.roles.values()):
        if answer.rule and isinstance(answer.rule.outcome, Collaborators):
            yield from answer.rule.outcome.names


def _is_kept_out(path: str, values: Mapping[str, object]) -> bool:
    """Tell whether a fact, or something above it, has to be absent."""
    steps = path.split(".")
    paths = {".".join(steps[:length]) for length in range(1, len(steps) + 1)}
    return any(values.get(one, path) is None for one in paths)


def _with_sender(values: dict[str, object], mail: Mail, book: RuleBook) -> Iterator[dict[str, object]]:
    """Yield the values, with the facts that make the sender the one that is wanted."""
    sender = {path: values.pop(path) for path in [path for path in values if path.startswith("from.")]}
    address = sender.get("from.address")
    if not sender or address is None:
        yield values
        return
    for source in _sources(mail.sender, book):
        if values.get(source.address.path, address) is not None:
            given = {**values, source.address.path: address}
            if source.name and sender.get("from.name"):
                given[source.name.path] = sender["from.name"]
            yield given


def _sources(cascade: Cascade | None, book: RuleBook) -> Iterator[AddressOf]:
    """Yield what may give the sender, the last resort first, since it needs the fewest facts."""
    todo = [one for one in (book.cascades.get(STANDARD), cascade) if one]
    for one in todo:
        for rule in reversed(one.rules):
            if isinstance(rule.outcome, AddressOf):
                yield rule.outcome
            elif isinstance(rule.outcome, ToCascade) and (target := book.cascades[rule.outcome.name]) not in todo:
                todo.append(target)
