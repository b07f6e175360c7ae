"""Prove rules: which of a list can fire at all, which conditions say nothing, which addresses may be blank."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from courrier.cells import ALWAYS, NEVER, CellCondition, join
from courrier.diagnostics import Proved
from courrier.explain import written
from courrier.model import AddressOf, All, Any, Condition, Fact, Has, Not, Refusal, Rule
from courrier.proof.phrases import listed
from courrier.proof.realms import ALWAYS_THERE, Realms
from courrier.proof.walk import Domains, NotCountedError, Steps, Walk, widened, within
from courrier.situations import Situations

Values = Mapping[str, object]

_LONGEST = 60
_HOLDS = {"always-true": "always holds", "never-true": "never holds"}


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
        events: Sequence[str] = (),
        fail_closed: bool = False,
        always_there: frozenset[str] = ALWAYS_THERE,
        steps: Steps | None = None,
    ) -> None:
        """Take what is to be proved.

        Args:
            rules: rules of which the first that holds decides, or refusals.
            needed: the paths of the facts that are there whenever what they stand in is.
            events: the kinds of event for which the rules are asked, where that is known.
            fail_closed: whether facts that are compared have to be there, as for refusals.
            always_there: the paths of the facts that cannot be absent.
            steps: the steps that may be taken.
        """
        self._rules = rules
        self._needed = needed
        parts = [part for rule in rules if rule.when for part in _parts_of(rule.when)]
        addresses = [has for rule in rules for has in _addresses(rule, needed)]
        self._presence = {has.fact.path: index for index, has in enumerate(addresses)}
        asked = [
            Situations([*(rule.when for rule in rules), *parts], fail_closed=fail_closed),
            Situations(addresses),
        ]
        self._realms = Realms(asked, always_there, {"event.type": events} if events else {}, steps)
        self._conditions = self._realms.conditions[0][: len(rules)]
        self._parts = dict(zip(parts, range(len(rules), len(rules) + len(parts)), strict=True))
        self._walk = Walk(self._realms.sizes, steps)

    def findings(self, index: int) -> Iterator[Finding]:
        """Yield what is found of the rule at an index."""
        rule = self._rules[index]
        try:
            whole = self._always_or_never(index) if rule.when else None
            if whole:
                yield _constant(rule, whole)
            elif rule.when:
                yield from self._constant_part(rule.when)
            if whole == "never-true" or isinstance(rule, Refusal):
                return
            fires = self._walk.fires(self._realms.seen, self._realms.ties, self._conditions, index)
            if fires.points is None:
                yield from self._dead(index, rule, fires.before)
            elif isinstance(rule.outcome, AddressOf) and rule.named:
                yield from self._blank(index, rule, rule.outcome)
        except NotCountedError:
            yield _NOT_COUNTED

    def alike(self) -> Iterator[Finding]:
        """Yield that the second of two refusals refuses the same as the first."""
        first, second = self._rules
        try:
            if self.says_the_same(0, 1):
                domains = self._walk.find(self._realms.seen, [*self._realms.ties, *self._conditions])
                yield _same(second, "refuses", first, None if domains is None else self._realms.values(domains))
        except NotCountedError:
            yield _NOT_COUNTED

    def says_the_same(self, index: int, other: int) -> bool:
        """Tell whether the conditions of two rules hold in the same situations, for certain."""
        one, two = self._conditions[index], self._conditions[other]
        return self._are_sure(index, other) and not any(
            self._may([held, self._walk.denied(failing)]) for held, failing in ((one, two), (two, one))
        )

    def _constant_part(self, when: Condition) -> Iterator[Finding]:
        """Yield the outermost part of a condition that always or never holds, if one does."""
        for part in _parts_of(when):
            if found := self._always_or_never(self._parts[part]):
                message = f"a part of this condition {_HOLDS[found]}: `{_shortened(in_yaml(part))}`"
                yield Finding(found, message, "mend it, or leave it out", about_when=True)
                return

    def _always_or_never(self, number: int) -> Literal["always-true", "never-true"] | None:
        if not self._realms.sure[0][number]:
            return None
        condition = self._realms.conditions[0][number]
        if not self._may([condition]):
            return "never-true"
        return None if self._may([self._walk.denied(condition)]) else "always-true"

    def _may(self, conditions: Sequence[CellCondition]) -> bool:
        """Tell whether conditions of which all is known hold together somewhere."""
        return self._walk.find(self._realms.possible, [*self._realms.sure_ties, *conditions]) is not None

    def _dead(self, index: int, rule: Rule, shown: Mapping[int, Sequence[int]]) -> Iterator[Finding]:
        """Yield that a rule never fires, or may never, and which rules take its place; `shown` has where some do."""
        fires = self._walk.fires(self._realms.possible, self._realms.sure_ties, self._conditions, index)
        proved = fires.points is None and self._are_sure(index, *fires.before)
        taken = sorted({*fires.before, *shown} if proved else shown)
        others = {number: other for number in taken if isinstance(other := self._rules[number], Rule)}
        for number, other in others.items():
            if other.outcome == rule.outcome and self.says_the_same(index, number):
                yield _same(rule, "says", other, self._where_it_takes(number, index, shown))
                return
        if not others:  # nothing speaks for it, and it is not certain
            return
        values = self._where_it_takes(min(shown, default=-1), index, shown)
        names = [f"`{other.name}`" for other in others.values()]
        take = f"{listed(names)} {'takes' if len(names) == 1 else 'take'} its place"
        if proved:
            message, help = f"`{rule.name}` never fires: {take}", f"take it out, or put it before {names[-1]}"
        else:
            message = f"`{rule.name}` may never fire: no facts were found for which it does"
            help = f"in those that were tried {take}; write a case in which it fires"
        yield Finding("dead-rule", message, help, values=values)

    def _where_it_takes(self, number: int, index: int, shown: Mapping[int, Sequence[int]]) -> Values | None:
        """Return facts for which one rule takes the place of another, if any were found."""
        return self._around(shown[number], [index, number]) if number in shown else None

    def _blank(self, index: int, rule: Rule, outcome: AddressOf) -> Iterator[Finding]:
        path = outcome.address.path
        given = [*self._realms.ties, self._walk.denied(self._is_there(path))]
        for needed in (path for path in self._presence if path in self._needed):
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
            self._walk.steps.look(held[-1])
            return all(within(self._conditions[number], domains) == ALWAYS for number in held) and all(
                within(condition, domains) == NEVER for condition in self._conditions[: held[-1]]
            )

        return self._realms.values(widened(points, self._realms.seen, [], holds))

    def _are_sure(self, *indexes: int) -> bool:
        """Tell whether all is known of the conditions at some indexes."""
        return all(self._realms.sure[0][index] for index in indexes)

    def _is_there(self, path: str) -> CellCondition:
        return self._realms.conditions[1][self._presence[path]] if path in self._presence else ALWAYS


_NOT_COUNTED = Finding(
    "not-counted",
    "there are too many situations to count through: not all is known of this and what stands below",
    "split the list into several cascades",
)


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


def _constant(rule: Rule | Refusal, code: Literal["always-true", "never-true"]) -> Finding:
    if code == "never-true":
        help = f"mend it, or take the {'refusal' if isinstance(rule, Refusal) else 'rule'} out"
    elif isinstance(rule, Refusal):
        help = "mend it: this refuses every mail that names it"
    else:
        help = "leave it out: a rule without `when` always holds"
    return Finding(code, f"this condition {_HOLDS[code]}", help, about_when=True)


def _same(one: Rule | Refusal, does: str, other: Rule | Refusal, values: Values | None) -> Finding:
    names = [f"`{it.id.rpartition('.')[2]}`" for it in (one, other)]
    message = f"{names[0]} {does} the same as {names[1]} ({other.span.at})"
    return Finding("same-rule", message, "take one of them out", values=values)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
