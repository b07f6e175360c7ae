"""Show decisions and explanations to a person; what comes from facts and rules is made printable first."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import click

from courrier.decision import Address, Decision, Reason, RefusalNotice
from courrier.diagnostics import printable
from courrier.explain import CascadeSeen, Explanation, RuleSeen, State, TestSeen
from courrier.facts import FactsError, lookup

PLATFORM = "the platform's own sender"
NOBODY = "nobody"

_WIDTH = 80
_WHITE = re.compile(r"[ \t\n\v\f\r]+")
"""Where a line may be broken; not at the spaces by French marks."""
_MARKS: Mapping[State, tuple[str, str]] = {
    "held": ("✓", "green"),
    "did not hold": ("✗", "yellow"),
    "not reached": ("·", "bright_black"),
}


def error_in_line(error: FactsError, place: str) -> str:
    """Return a line that stands where a decision would, and says what is wrong with the facts."""
    return f"{printable(place)}: {click.style('error', fg='red', bold=True)}: {printable(str(error))}"


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
    yield from heading(decision, facts, _outcome(decision), decision.event)
    yield from in_a_table(who_and_why(decision))
    for refusal in decision.refusals:
        yield from refusal_in_full(refusal)
    for warning in decision.warnings:
        yield warned(warning.message)


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


def heading(decision: Decision, facts: Mapping[str, Any], answer: str, event: str) -> Iterator[str]:
    """Yield an answer, the event, the office and the dossier, and the event's description where it has one."""
    about = [event, decision.office, printable(_text(facts, "dossier.id"))]
    yield f"{answer}  {'  '.join(filter(None, about))}"
    description = _text(facts, "event.description")
    if description:
        yield click.style(_wrapped(description, "  "), italic=True)


def who_and_why(
    decision: Decision, platform: str = PLATFORM, nobody: str = NOBODY
) -> Iterator[tuple[str, list[str], tuple[Reason, ...]]]:
    """Yield each role that is to be shown, with who it is and the rules that say so."""
    reasons = decision.reasons
    yield "from", [_sender(decision, platform)], reasons.sender
    if decision.outcome == "send":
        yield "to", _people(decision.to), reasons.to
        if reasons.cc:
            yield "cc", _people(decision.cc) or [nobody], reasons.cc


def in_a_table(roles: Iterable[tuple[str, list[str], tuple[Reason, ...]]]) -> Iterator[str]:
    """Yield a line for each person, and beside them the rules."""
    rows = list(roles)
    width = max(len(person) for _, people, _ in rows for person in people)
    for role, people, reasons in rows:
        places = [f"{'> ' if index else ''}{label(reason.rule)} ({reason.at})" for index, reason in enumerate(reasons)]
        for title, person, place in itertools.zip_longest([role], people, places, fillvalue=""):
            by = click.style(place, dim=True) if place else ""
            yield f"  {title:<5} {person:<{width}}  {by}".rstrip()


def refusal_in_full(refusal: RefusalNotice, refused: str = "refused") -> Iterator[str]:
    """Yield a refusal as lines: its name and place, the message and the remedy."""
    by = click.style(f"{refusal.code} ({refusal.at})", dim=True)
    yield f"  {click.style(refused, fg='red')}  {by}"
    yield _wrapped(refusal.message, "    ")
    yield _wrapped(refusal.remedy, "    → ", "      ")


def warned(message: str, warning: str = "warning") -> str:
    """Return a warning as lines."""
    return f"  {click.style(warning, fg='yellow')}  {_wrapped(message, (len(warning) + 4) * ' ').lstrip()}"


def _title(cascade: CascadeSeen) -> str:
    """Say which rules are asked: those of a cascade, or those that stand in a mail."""
    kind, _, name = cascade.cascade.partition(".")
    whose = f"the cascade `{name}`" if kind == "cascades" else "the mail's own rules"
    return f"  {whose}: the first that holds decides" if len(cascade.rules) > 1 else ""


def _rules(rules: Iterable[RuleSeen]) -> Iterator[str]:
    labels = {rule: label(rule.rule) for rule in rules}
    width = max(map(len, labels.values()), default=0)
    for rule, name in labels.items():
        line = f"{name:<{width}}  {rule.state:<12}  {rule.at}"
        yield f"    {mark(rule.state)} {click.style(line, dim=True) if rule.state == 'not reached' else line}"
        yield from tests_in_full(rule.tests)
        if rule.state == "held" and not rule.tests:
            yield "        no condition: it always holds"


def tests_in_full(tests: Iterable[TestSeen]) -> Iterator[str]:
    """Yield the tests of a rule as lines, each as it is written, with what it found."""
    for test in tests:
        found = click.style(f"found {printable(test.found)}", dim=True)
        yield f"        {mark('held' if test.holds else 'did not hold')} {printable(test.test)}  {found}"


def mark(state: State) -> str:
    """Return the mark that stands for a state."""
    sign, colour = _MARKS[state]
    return click.style(sign, fg=colour)


def _outcome(decision: Decision) -> str:
    return click.style(decision.outcome, fg="red" if decision.outcome == "refuse" else "green", bold=True)


def _sender(decision: Decision, platform: str = PLATFORM) -> str:
    return printable(str(decision.sender)) if decision.sender else platform


def _people(addresses: Iterable[Address]) -> list[str]:
    return [printable(str(address)) for address in addresses]


def label(id: str) -> str:
    """Return what its place need not say: a rule's name, or where in its file a role stands that needs no name.

    >>> label("cascades.standard.dossier-manager"), label("offices.dupont.mails.task_failed.to")
    ('dossier-manager', 'mails.task_failed.to')
    """
    parts = id.split(".")
    parts = parts[2:] if parts[0] == "offices" else parts
    return ".".join(parts) if parts[0] == "mails" and len(parts) == 3 else parts[-1]


def _wrapped(text: str, indent: str, further: str | None = None) -> str:
    on_one_line = printable(_WHITE.sub(" ", text).strip(" "))
    return click.wrap_text(on_one_line, _WIDTH, indent, indent if further is None else further)


def _text(facts: Mapping[str, Any], path: str) -> str:
    """Return a fact that no rule need have looked at, for the reader only."""
    try:
        value = lookup(facts, path)
    except FactsError:
        return ""
    return value if isinstance(value, str) else ""
