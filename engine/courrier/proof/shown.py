"""Turn what was proved into diagnostics, each with facts that show it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from courrier.diagnostics import Diagnostic, Proved, Span, printable
from courrier.model import STANDARD, Cascade, Refusal, Rule
from courrier.proof.gaps import Gap
from courrier.proof.places import Places
from courrier.proof.rules import Finding
from courrier.proof.witness import Facts, Shows, witness
from courrier.routing import Answer, Question, Routing


def warning(code: Proved, span: Span, message: str, help: str, facts: Facts | None = None) -> Diagnostic:
    """Return a warning, with facts that show what it is about."""
    return Diagnostic(code, "warning", printable(message), printable(help), span, facts)


class Shown(NamedTuple):
    """Shows findings by the rules that hold for an office."""

    routing: Routing
    office: str
    places: Places

    def of_rule(
        self, finding: Finding, rule: Rule, cascade: Cascade, events: Sequence[str], order: str = ""
    ) -> Diagnostic:
        """Return what was found of a rule.

        Args:
            finding: what was found.
            rule: the rule.
            cascade: the rule's cascade, or the rules of a role.
            events: the kinds of event whose mails may ask it.
            order: the id of the office's own order of the cascade, where it has one.
        """

        def shows(facts: Facts) -> bool:
            if finding.blank:
                return Question(cascade).ask(facts).rule == rule
            asked = [answer for answer in self._answers(facts) if answer.question.subject == cascade]
            holds = Question(Cascade(rule.id, (rule,))).ask(facts).rule == rule
            return holds and any(answer.rule != rule for answer in asked)

        span = rule.span
        if order:
            span = self.places.of(order, rule.name)
        elif finding.about_when:
            span = self.places.of(rule.id, "when")
        return warning(finding.code, span, finding.message, finding.help, self._facts(finding, events, shows))

    def of_refusal(self, finding: Finding, refusal: Refusal, events: Sequence[str]) -> Diagnostic:
        """Return what was found of a refusal, which refuses mails of some kinds of event."""
        span = self.places.of(refusal.id, "when") if finding.about_when else refusal.span

        def shows(facts: Facts) -> bool:
            return refusal.code in {notice.code for notice in self.routing.decide(facts).refusals}

        return warning(finding.code, span, finding.message, finding.help, self._facts(finding, events, shows))

    def of_gap(self, gap: Gap, event: str, cascade: Cascade) -> Diagnostic:
        """Return that a cascade gives nothing for facts of a kind of event."""

        def shows(facts: Facts) -> bool:
            return any(
                answer.question.subject.id == gap.cascade and answer.rule is None for answer in self._answers(facts)
            )

        name = gap.cascade.removeprefix("cascades.")
        help = f"`{STANDARD}` decides then, with a warning: end with a rule without `when` to say what you mean"
        facts = witness(self.routing, event, self.office, gap.values, shows)
        return warning("gap", cascade.rules[-1].span, f"`{name}` gives nothing where {gap.where}", help, facts)

    def _answers(self, facts: Facts) -> list[Answer]:
        return [answer for answers in self.routing.route(facts).roles.values() for answer in answers]

    def _facts(self, finding: Finding, events: Sequence[str], shows: Shows) -> Facts | None:
        if finding.values is None:
            return None
        made = (witness(self.routing, event, self.office, finding.values, shows, finding.blank) for event in events)
        return next((facts for facts in made if facts), None)
