"""What rules have to keep to together: no circles, no mail without a recipient, no reach beyond the office."""

from __future__ import annotations

import graphlib
from collections.abc import Collection, Iterable, Iterator, Mapping

from courrier.diagnostics import Partial, Report, Span, quoted
from courrier.model import STANDARD, AddressOf, Cascade, Collaborators, Rule, RuleBook, SameAsFrom, ToCascade

_MOST_STOPS = 8
OFFICE_REACH = ("office.", "dossier.")
"""Where the addresses stand that an office's file may send to, besides its collaborators."""


def check_platform(book: RuleBook, report: Report) -> None:
    """Report what the platform's cascades and mails cannot mean together."""
    _check_circles(book, report)
    _check_last_resort(book, report)
    for mail in book.mails.values():
        for key, role in (("from", mail.sender), ("to", mail.to), ("cc", mail.cc)):
            if role:
                check_role(key, role, mail.sender, book, report)


def check_role(
    key: str, role: Cascade, sender: Cascade | None, book: RuleBook, report: Report, rest: tuple[Rule, ...] = ()
) -> None:
    """Report a `from`, `to` or `cc` that needs a sender or a last resort that is not there; `rest` comes after it."""
    if key == "from" or sender is None:
        last_resort = {cascade.id for cascade in _last_resort(book)}
        for rule in role.rules:
            if any(isinstance(inner.outcome, SameAsFrom) for inner in _rules(rule, book, but=last_resort)):
                own = key == "from"
                message = f"`{key}` cannot be the same as " + ("itself" if own else "`from`: this mail has no `from`")
                help = "name a cascade or an address" if own else "give the mail a `from`, or name an address"
                report.error("no-sender", rule.span, message, help)
    if key == "cc" or STANDARD in book.cascades or isinstance(book.cascades, Partial):
        return
    if any(
        may_end_open(cascade) or any(isinstance(rule.outcome, Collaborators) for rule in cascade.rules)
        for cascade in _reachable(Cascade(role.id, role.rules + rest), book)
    ):
        message = f"`{key}` may give nobody, and there is no cascade `{STANDARD}` to decide then"
        report.error("no-last-resort", role.rules[-1].span, message, f"write a cascade `{STANDARD}` in `cascades.yaml`")


def check_reach(rules: Iterable[tuple[Rule, Span]], sender: Cascade | None, book: RuleBook, report: Report) -> None:
    """Report the rules that an office chose, each at a place, by which an address beyond the office's reach could come.

    Where a rule may give nobody, the cascade that decides then is among what the office chose.
    """
    for rule, span in rules:
        for path in dict.fromkeys(_addresses(rule, sender, book)):
            if not path.startswith(OFFICE_REACH):
                help = "choose collaborators of the office, or an address under `office.` or `dossier.`"
                report.error("office-reach", span, f"an office cannot send to {quoted(path)}", help)


def may_end_open(cascade: Cascade) -> bool:
    """Tell whether it may be that none of the rules of a cascade holds."""
    return all(rule.when is not None for rule in cascade.rules) and bool(cascade.rules)


def _check_circles(book: RuleBook, report: Report) -> None:
    targets = {
        name: list(dict.fromkeys(rule.outcome.name for rule in cascade.rules if isinstance(rule.outcome, ToCascade)))
        for name, cascade in book.cascades.items()
    }
    while not report.full and (circle := _circle(targets)):
        first, second = circle[0], circle[1]
        rule = next(rule for rule in book.cascades[first].rules if rule.outcome == ToCascade(second))
        stops = [quoted(name) for name in circle]
        way = " → ".join(stops if len(stops) <= _MOST_STOPS else [*stops[: _MOST_STOPS - 2], "…", stops[-1]])
        report.error("circular-cascade", rule.span, f"this leads back to where it starts: {way}", "take one step out")
        targets[first].remove(second)


def _circle(targets: Mapping[str, list[str]]) -> list[str]:
    """Return the names along a circle, the first again at the end; nothing where there is none."""
    try:
        graphlib.TopologicalSorter(targets).prepare()
    except graphlib.CycleError as error:
        return list(reversed(error.args[1]))
    return []


def _check_last_resort(book: RuleBook, report: Report) -> None:
    """Report what keeps the cascade that has the last word from giving an address."""
    for cascade in _last_resort(book):
        if may_end_open(cascade):
            last = cascade.rules[-1]
            message = f"{quoted(last.name)} may not hold, and no rule follows it: the mail would be lost"
            report.error("no-last-resort", last.span, message, "end the cascade with a rule without `when`")
        for rule in cascade.rules:
            if isinstance(rule.outcome, Collaborators | SameAsFrom):
                message = f"`{STANDARD}` decides where nobody else is left, so its rules have to give an address"
                report.error("no-last-resort", rule.span, message, "give an `address`, or put this rule into the mail")


def _last_resort(book: RuleBook) -> list[Cascade]:
    """Return the cascades that may have the last word; none where the book has no such cascade."""
    return [*_reachable(book.cascades[STANDARD], book)] if STANDARD in book.cascades else []


def _addresses(rule: Rule, sender: Cascade | None, book: RuleBook) -> Iterator[str]:
    """Yield the paths of the addresses that a rule can give."""
    may_give_nobody = False
    for cascade in _reachable(Cascade("", (rule,)), book):
        may_give_nobody = may_give_nobody or (cascade.id != "" and may_end_open(cascade))
        for inner in cascade.rules:
            may_give_nobody = may_give_nobody or isinstance(inner.outcome, Collaborators)
            if isinstance(inner.outcome, AddressOf):
                yield inner.outcome.address.path
            elif isinstance(inner.outcome, SameAsFrom) and sender:
                for chosen in sender.rules:
                    yield from _addresses(chosen, None, book)
    for cascade in _last_resort(book) if may_give_nobody else ():
        yield from (inner.outcome.address.path for inner in cascade.rules if isinstance(inner.outcome, AddressOf))


def _rules(rule: Rule, book: RuleBook, but: Collection[str] = ()) -> Iterator[Rule]:
    """Yield a rule and those of the cascades that it can leave the choice to, but for some cascades."""
    for cascade in _reachable(Cascade("", (rule,)), book):
        if cascade.id not in but:
            yield from cascade.rules


def _reachable(role: Cascade, book: RuleBook) -> Iterator[Cascade]:
    """Yield a cascade and those that it can leave the choice to, each once."""
    found, seen = [role], {role.id}
    for cascade in found:
        yield cascade
        for rule in cascade.rules:
            target = book.cascades.get(rule.outcome.name) if isinstance(rule.outcome, ToCascade) else None
            if target and target.id not in seen:
                seen.add(target.id)
                found.append(target)
