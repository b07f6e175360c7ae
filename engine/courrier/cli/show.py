"""Show decisions and explanations to a person; what comes from facts and rules is made printable first."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import click

from courrier.decision import Address, Decision, Reason, RefusalNotice
from courrier.diagnostics import printable
from courrier.explain import CascadeSeen, Explanation, RuleSeen, State
from courrier.facts import FactsError, lookup

PLATFORM = "the platform's own sender"
NOBODY = "nobody"

_WIDTH = 80
_MARKS: Mapping[State, tuple[str, str]] = {
    "held": ("✓", "green"),
    "did not hold": ("✗", "yellow"),
    "not reached": ("·", "bright_black"),
}


def error_in_line(error: FactsError, line: int) -> str:
    """Return a line that stands where a decision would, and says what is wrong with the facts."""
    return f"{line}: {click.style('error', fg='red', bold=True)}: {printable(str(error))}"


def decision_in_line(decision: Decision, line: int) -> str:
    """Return a decision as one line: outcome, event, office, from, to and cc, or the refusals."""
    parts = [f"{line}: {_outcome(decision)}", f"{decision.event} of {decision.office}"]
    if decision.refusals:
        parts.append(", ".join(refusal.code for refusal in decision.refusals))
    else:
        cc = f"cc {', '.join(_people(decision.cc))}" if decision.cc else ""
        parts += [f"from {_sender(decision)}", f"to {', '.join(_people(decision.to))}", cc]
    if decision.warnings:
        parts.append(f"warnings: {', '.join(dict.fromkeys(warning.code for warning in decision.warnings))}")
    return "  ".join(filter(None, parts))


def decision_in_full(decision: Decision, facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield a decision as lines: what it is about, who, by which rule at which place, refusals and warnings."""
    yield from _heading(decision, facts)
    rows = list(_who(decision))
    width = max(len(person) for _, people, _ in rows for person in people)
    for role, people, reasons in rows:
        places = [f"{'> ' if index else ''}{_label(reason.rule)} ({reason.at})" for index, reason in enumerate(reasons)]
        for title, person, place in itertools.zip_longest([role], people, places, fillvalue=""):
            by = click.style(place, dim=True) if place else ""
            yield f"  {title:<5} {person:<{width}}  {by}".rstrip()
    for refusal in decision.refusals:
        yield from _refusal(refusal)
    for warning in decision.warnings:
        yield f"  {click.style('warning', fg='yellow')}  {_wrapped(warning.message, 11 * ' ').lstrip()}"


def explanation_in_full(explanation: Explanation, facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield an explanation as lines: the decision, then each rule and refusal, and why it held or did not."""
    yield from decision_in_full(explanation.decision, facts)
    for role, cascades in explanation.roles.items():
        for index, cascade in enumerate(cascades):
            yield ""
            yield f"  {click.style('then' if index else role, bold=True)}{_title(cascade)}"
            yield from _rules(cascade.rules)
    if explanation.refusals:
        yield ""
        yield f"  {click.style('refusals', bold=True)}  each that holds refuses the mail"
        yield from _rules(explanation.refusals)


def _heading(decision: Decision, facts: Mapping[str, Any]) -> Iterator[str]:
    about = [decision.event, decision.office, printable(_text(facts, "dossier.id"))]
    yield f"{_outcome(decision)}  {'  '.join(filter(None, about))}"
    description = _text(facts, "event.description")
    if description:
        yield click.style(_wrapped(description, "  "), italic=True)


def _who(decision: Decision) -> Iterator[tuple[str, list[str], tuple[Reason, ...]]]:
    """Yield each role that is to be shown, with who it is and the rules that say so."""
    reasons = decision.reasons
    yield "from", [_sender(decision)], reasons.sender
    if decision.outcome == "send":
        yield "to", _people(decision.to), reasons.to
        if reasons.cc:
            yield "cc", _people(decision.cc) or [NOBODY], reasons.cc


def _refusal(refusal: RefusalNotice) -> Iterator[str]:
    by = click.style(f"{refusal.code} ({refusal.at})", dim=True)
    yield f"  {click.style('refused', fg='red')}  {by}"
    yield _wrapped(refusal.message, "    ")
    yield _wrapped(refusal.remedy, "    → ", "      ")


def _title(cascade: CascadeSeen) -> str:
    """Say which rules are asked: those of a cascade, or those that stand in a mail."""
    kind, _, name = cascade.cascade.partition(".")
    whose = f"the cascade `{name}`" if kind == "cascades" else "the mail's own rules"
    return f"  {whose}: the first that holds decides" if len(cascade.rules) > 1 else ""


def _rules(rules: Iterable[RuleSeen]) -> Iterator[str]:
    labels = {rule: _label(rule.rule) for rule in rules}
    width = max(map(len, labels.values()), default=0)
    for rule, label in labels.items():
        line = f"{label:<{width}}  {rule.state:<12}  {rule.at}"
        yield f"    {_mark(rule.state)} {click.style(line, dim=True) if rule.state == 'not reached' else line}"
        for test in rule.tests:
            found = click.style(f"found {printable(test.found)}", dim=True)
            yield f"        {_mark('held' if test.holds else 'did not hold')} {printable(test.test)}  {found}"
        if rule.state == "held" and not rule.tests:
            yield "        no condition: it always holds"


def _mark(state: State) -> str:
    mark, colour = _MARKS[state]
    return click.style(mark, fg=colour)


def _outcome(decision: Decision) -> str:
    return click.style(decision.outcome, fg="red" if decision.outcome == "refuse" else "green", bold=True)


def _sender(decision: Decision) -> str:
    return printable(str(decision.sender)) if decision.sender else PLATFORM


def _people(addresses: Iterable[Address]) -> list[str]:
    return [printable(str(address)) for address in addresses]


def _label(id: str) -> str:
    """Return what its place need not say: a rule's name, or where in its file a role stands that needs no name.

    >>> _label("cascades.standard.dossier-manager"), _label("offices.dupont.mails.task_failed.to")
    ('dossier-manager', 'mails.task_failed.to')
    """
    parts = id.split(".")
    parts = parts[2:] if parts[0] == "offices" else parts
    return ".".join(parts) if parts[0] == "mails" and len(parts) == 3 else parts[-1]


def _wrapped(text: str, indent: str, further: str | None = None) -> str:
    return click.wrap_text(printable(" ".join(text.split())), _WIDTH, indent, indent if further is None else further)


def _text(facts: Mapping[str, Any], path: str) -> str:
    """Return a fact that no rule need have looked at, for the reader only."""
    try:
        value = lookup(facts, path)
    except FactsError:
        return ""
    return value if isinstance(value, str) else ""
