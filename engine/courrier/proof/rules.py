"""Prove rules: which of a list can fire at all, which conditions say nothing, which addresses may be blank."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from courrier.cells import ALWAYS, NEVER, CellCondition, join
from courrier.diagnostics import Proved
from courrier.explain import written
from courrier.model import AddressOf, All, Any, Condition, Fact, Has, Not, Refusal, Rule
from courrier.proof.realms import ALWAYS_THERE, Realms
from courrier.proof.walk import Domains, NotCountedError, Walk, widened, within
from courrier.situations import Situations

Values = Mapping[str, object]

_LONGEST = 60


class Finding(NamedTuple):
    """Something that is proved of a rule, or a refusal: what to say about it, and facts that show it."""

    code: Proved
    message: str
    help: str
    about_when: bool = False
    """Whether it is about the condition, and not the rule as a whole."""
    values: Values | None = None
    """Facts that show it, by path; None where none are needed."""
    blank: str = ""
    """The path of the address that is blank in these facts, so that they cannot be decided about."""


class Proof:
    """What can be proved of a list of rules, or of a refusal."""

    def __init__(
        self,
        rules: Sequence[Rule | Refusal],
        needed: frozenset[str],
        *,
        fail_closed: bool = False,
        always_there: frozenset[str] = ALWAYS_THERE,
    ) -> None:
        """Take rules of which the first that holds decides; `needed` are the facts without which none is above them."""
        self._rules = rules
        self._needed = needed
        parts = [part for rule in rules if rule.when for part in _parts_of(rule.when)]
        addresses = [has for rule in rules for has in _addresses(rule, needed)]
        self._presence = {has.fact.path: index for index, has in enumerate(addresses)}
        asked = [
            Situations([*(rule.when for rule in rules), *parts], fail_closed=fail_closed),
            Situations(addresses),
        ]
        self._realms = Realms(asked, always_there)
        self._conditions = self._realms.conditions[0][: len(rules)]
        self._parts = dict(zip(parts, self._realms.conditions[0][len(rules) :], strict=True))
        self._walk = Walk(self._realms.sizes)

    def findings(self, index: int) -> Iterator[Finding]:
        """Yield what is found of the rule at an index."""
        rule = self._rules[index]
        try:
            constant = list(self._constant(rule, self._conditions[index]))
            yield from constant
            if isinstance(rule, Refusal) or any(found.code == "never-true" for found in constant):
                return
            fires = self._walk.fires(self._realms.seen, self._realms.ties, self._conditions, index)
            if fires.points is None:
                yield self._dead(index, rule, fires.before)
            elif isinstance(rule.outcome, AddressOf) and rule.named:
                yield from self._blank(index, rule, rule.outcome)
        except NotCountedError:
            message = "there are too many situations to count through: not all is known of this rule and those below"
            yield Finding("not-counted", message, "split the list into several cascades")

    def says_the_same(self, index: int, other: int) -> bool:
        """Tell whether the conditions of two rules hold in the same situations, for certain."""
        one, two = self._conditions[index], self._conditions[other]
        return not any(
            self._may([*self._realms.ties, held, self._walk.denied(failing)])
            for held, failing in ((one, two), (two, one))
        )

    def where_both_hold(self) -> Values | None:
        """Return facts for which the first two conditions hold, if any were found."""
        domains = self._walk.find(self._realms.seen, [*self._realms.ties, *self._conditions[:2]])
        return None if domains is None else self._realms.values(domains)

    def _constant(self, rule: Rule | Refusal, whole: CellCondition) -> Iterator[Finding]:
        """Yield that the rule's condition, or a part of it, always or never holds."""
        if rule.when is None:
            return
        found = self._always_or_never(whole)
        if found == "never-true":
            yield Finding(found, "this condition never holds", "mend it, or take the rule out", about_when=True)
        elif found == "always-true":
            help = "leave it out: a rule without `when` always holds"
            if isinstance(rule, Refusal):
                help = "mend it: this refuses every mail that names it"
            yield Finding(found, "this condition always holds", help, about_when=True)
        else:
            for part in _parts_of(rule.when):
                if found := self._always_or_never(self._parts[part]):
                    word = "always" if found == "always-true" else "never"
                    message = f"a part of this condition {word} holds: `{_shortened(in_yaml(part))}`"
                    yield Finding(found, message, "mend it, or leave it out", about_when=True)
                    return

    def _always_or_never(self, condition: CellCondition) -> Proved | None:
        if not self._may([*self._realms.ties, condition]):
            return "never-true"
        return None if self._may([*self._realms.ties, self._walk.denied(condition)]) else "always-true"

    def _may(self, conditions: Sequence[CellCondition]) -> bool:
        """Tell whether conditions may hold together, for all that is known."""
        return self._realms.beyond or self._walk.find(self._realms.possible, conditions) is not None

    def _dead(self, index: int, rule: Rule, before: Mapping[int, Sequence[int]]) -> Finding:
        """Return that a rule never fires, and which rules before it do where it holds."""
        proved = not self._realms.beyond and (
            self._realms.possible == self._realms.seen
            or self._walk.fires(self._realms.possible, self._realms.ties, self._conditions, index).points is None
        )
        taken = sorted(before)
        values = self._around(before[taken[0]], [index, taken[0]]) if taken else None
        others = [other for other in map(self._rules.__getitem__, taken) if isinstance(other, Rule)]
        names = [f"`{other.name}`" for other in others]
        if [other.outcome for other in others] == [rule.outcome] and self.says_the_same(index, taken[0]):
            message = f"`{rule.name}` says the same as {names[0]} ({others[0].span.at})"
            return Finding("same-rule", message, "take one of them out", values=values)
        take = f"{_and(names)} {'takes' if len(names) == 1 else 'take'} its place"
        if proved:
            message, help = f"`{rule.name}` never fires: {take}", f"take it out, or put it before {names[-1]}"
        else:
            message = f"`{rule.name}` may never fire: no facts were found for which it does"
            help = (f"in those that were tried {take}; " if names else "") + "write a case in which it fires"
        return Finding("dead-rule", message, help, values=values)

    def _blank(self, index: int, rule: Rule, outcome: AddressOf) -> Iterator[Finding]:
        path = outcome.address.path
        given = [*self._realms.ties, self._walk.denied(self._is_there(path))]
        for needed in self._presence.keys() & self._needed:
            above = self._is_there(needed.rpartition(".")[0])
            either = [self._walk.denied(above), self._is_there(needed)]
            given.append(join(either, self._realms.sizes, every=False))
        fires = self._walk.fires(self._realms.seen, given, self._conditions, index)
        if fires.points is not None:
            message = f"`{rule.name}` can fire where `{path}` is blank, and the mail then fails"
            values = {**self._around(fires.points, [index]), path: None}
            yield Finding("blank-address", message, f"ask for it: `has: {path}`", values=values, blank=path)

    def _around(self, points: Sequence[int], held: Sequence[int]) -> Values:
        """Return what matters of facts in which some conditions hold, the last before any that stands before it."""

        def holds(domains: Domains) -> bool:
            known = [within(self._conditions[number], domains) for number in range(held[-1])]
            return all(condition == NEVER for condition in known) and all(
                within(self._conditions[number], domains) == ALWAYS for number in held
            )

        return self._realms.values(widened(points, self._realms.seen, [], holds))

    def _is_there(self, path: str) -> CellCondition:
        return self._realms.conditions[1][self._presence[path]] if path in self._presence else ALWAYS


def in_yaml(condition: Condition) -> str:
    """Return a condition as an author writes it, on one line."""
    match condition:
        case Not(Has(fact)):
            return f"lacks: {fact.path}"
        case Not(part):
            return f"not: {{{in_yaml(part)}}}"
        case All(parts):
            return ", ".join(map(in_yaml, parts))
        case Any(parts):
            return "any: [" + ", ".join(f"{{{in_yaml(part)}}}" for part in parts) + "]"
    return written(condition)


def _parts_of(condition: Condition) -> Iterator[Condition]:
    """Yield the parts of a condition, from the outside in."""
    inside: tuple[Condition, ...] = (condition.part,) if isinstance(condition, Not) else ()
    for part in condition.parts if isinstance(condition, All | Any) else inside:
        yield part
        yield from _parts_of(part)


def _addresses(rule: Rule | Refusal, needed: frozenset[str]) -> Iterator[Has]:
    """Yield whether a rule's address is there, and what it stands in, if it is there whenever that is."""
    if isinstance(rule, Rule) and isinstance(rule.outcome, AddressOf):
        path = rule.outcome.address.path
        yield Has(rule.outcome.address)
        if path in needed:
            yield Has(Fact(path.rpartition(".")[0], "object"))


def _and(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
