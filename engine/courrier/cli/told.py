"""Tell a person why a decision came out as it did, in English, French or Dutch, with the tests as they are written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import click

from courrier.cli.show import heading, label, mark, refusal_in_full, warned
from courrier.cli.voice import Voice
from courrier.decision import Decision
from courrier.diagnostics import printable
from courrier.explain import CascadeSeen, Explanation, RuleSeen, State, TestSeen
from courrier.facts import lookup
from courrier.model import Fact, Has, Mail, Not, Test
from courrier.routing import as_facts
from courrier.wording import Wording

_STATES: Mapping[State, str] = {"held": "applies", "did not hold": "does not apply", "not reached": "not reached"}


def explanation_told(explanation: Explanation, facts: Mapping[str, Any], mail: Mail, wording: Wording) -> Iterator[str]:
    """Yield an explanation as lines: the decision, then each rule and refusal with the questions that it asks."""
    decision, voice, say = explanation.decision, Voice(wording), wording.say
    yield from heading(decision, facts, voice.outcome(decision), voice.event(decision, mail))
    yield from voice.table(decision)
    for refusal in decision.refusals:
        yield from refusal_in_full(refusal, say("reason"))
    for warning in decision.warnings:
        yield warned(voice.warning(warning), say("warning"))
    telling = Telling(wording, facts, decision)
    for role, cascades in explanation.roles.items():
        for index, cascade in enumerate(cascades):
            yield ""
            yield f"  {click.style(say('then' if index else role), bold=True)}{telling.title(cascade)}"
            yield from telling.rules(cascade.rules)
    if explanation.refusals:
        yield ""
        yield f"  {click.style(say('refusals'), bold=True)}  {say('one is enough')}"
        yield from telling.rules(explanation.refusals, complete=True)


class Telling:
    """Tells of rules, with what their tests found in some facts."""

    def __init__(self, wording: Wording, facts: Mapping[str, object], decision: Decision) -> None:
        """Take the words, the facts, and what was decided about them."""
        self._wording = wording
        self._say = wording.say
        self._facts = {**facts, "from": as_facts(decision.sender) if decision.sender else None}

    def title(self, cascade: CascadeSeen) -> str:
        """Say which rules are asked: those of a cascade, or those that stand in a mail."""
        kind, _, name = cascade.cascade.partition(".")
        whose = self._wording.cascade(name) if kind == "cascades" else self._say("own rules")
        return f"  {self._say('first decides', whose=whose)}" if len(cascade.rules) > 1 else ""

    def rules(self, rules: Sequence[RuleSeen], *, complete: bool = False) -> Iterator[str]:
        """Yield rules as lines, each with its tests; `complete` as in `Wording.question`."""
        labels = [label(rule.rule) for rule in rules]
        states = [self._say(_STATES[rule.state]) for rule in rules]
        widths = max(map(len, labels)), max(map(len, states))
        for rule, name, state in zip(rules, labels, states, strict=True):
            line = f"{name:<{widths[0]}}  {state:<{widths[1]}}  {rule.at}"
            yield f"    {mark(rule.state)} {click.style(line, dim=True) if rule.state == 'not reached' else line}"
            yield from self.tests(rule.tests, complete=complete)
            if rule.state == "held" and not rule.tests:
                yield f"        {self._say('always')}"

    def tests(self, tests: Iterable[TestSeen], *, complete: bool = False) -> Iterator[str]:
        """Yield tests, each as a question with its answer, and as its author wrote it with what was found."""
        for test in tests:
            question, answer = self._wording.question(test.leaf if test.wanted else Not(test.leaf), complete=complete)
            yield f"        {question.text} {self._say('yes' if answer == test.holds else 'no').capitalize()}"
            found = self._found(test.leaf)
            beside = f"  {click.style(found, dim=True)}" if found else ""
            yield f"          {mark('held' if test.holds else 'did not hold')} {printable(test.test)}{beside}"

    def _found(self, leaf: Has | Test) -> str:
        """Return what was found, unless the answer says as much."""
        found, value = self._what(leaf.fact)
        if isinstance(leaf, Test) and isinstance(leaf.operand, Fact):
            other, _ = self._what(leaf.operand)
            found = self._say("found", value=found)
            return self._say("found beside", found=found, the=self._wording.fact(leaf.operand), value=other)
        return self._say("found", value=found) if found and not isinstance(value, bool) else ""

    def _what(self, fact: Fact) -> tuple[str, object]:
        value = lookup(self._facts, fact.path)
        return self._wording.found(fact, value), value
