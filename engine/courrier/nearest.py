"""Find the nearest changes: what would be decided if one fact were different, and all else as it is."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from courrier.cells import Situation
from courrier.classes import Turned, Way, Working, by_giver, shortened, told_apart, ways
from courrier.decision import Address, Decision, Json
from courrier.facts import FactsError, lookup, normalise
from courrier.model import AddressOf, Collaborators, Fact, Has, RuleBook, Scalar, Test
from courrier.recipients import ACTIVE, COLLABORATORS
from courrier.routing import Routing
from courrier.situations import Situations
from courrier.surroundings import (
    Look,
    Subject,
    example_of,
    givers,
    is_called,
    people_of,
    rules_of,
    subjects,
    value_of,
    values,
    with_value,
)

Facts = Mapping[str, Any]
Of = Callable[[Decision, str], Hashable]
"""What is asked of a decision; an address that the changed fact gives may stand aside."""

_MOST_TRIED = 2000
"""Values tried of one fact."""


class Change(NamedTuple):
    """A fact that is different, all else as it is, and what would be decided then."""

    fact: str
    """The fact's path; of a collaborator it is `office.collaborators[2].active`."""
    becomes: tuple[Way, ...]
    """What it would be: one of these ways, each of tests that turn out so together."""
    example: Any
    """A value for which it is so; None where the fact is absent."""
    facts: Facts
    """The facts with that value."""
    decision: Decision
    """What is decided about these."""

    @property
    def stand_ins(self) -> dict[str, str]:
        """The addresses of the example that are made up, and for each the path of the fact that would have another."""
        wanted = {text for way in self.becomes for leaf, _ in way for text in _operands(leaf)}
        inside = self.example.items() if isinstance(self.example, Mapping) else [("", self.example)]
        found = {value: f"{self.fact}.{key}" if key else self.fact for key, value in inside if isinstance(value, str)}
        return {text: path for text, path in found.items() if "@" in text and text not in wanted}

    def to_dict(self) -> dict[str, Json]:
        """Return the change as a JSON object."""
        return {
            "fact": self.fact,
            "becomes": [[str(turned) for turned in way] for way in self.becomes],
            "example": self.example,
            "decision": self.decision.to_dict(),
        }


def nearest_changes(book: RuleBook, facts: Facts, *, lang: str | None = None) -> tuple[Change, ...]:
    """Return the changes of one fact after which another sends, others receive, or the mail's fate is another.

    Each has been decided about. There may be more: of a fact that patterns and parts of strings look at, examples are
    tried. Which event it is, and which office, is not changed.

    Args:
        book: the rules that hold for the office, from `Router.book`.
        facts: what `Router.decide` takes.
        lang: the language of a refusal's texts; else the user's, else English.

    Raises:
        FactsError: the facts are at fault.
    """
    return Neighbourhood(book, facts, lang=lang).changes()


def fate(decision: Decision, aside: str = "") -> Hashable:
    """Return who sends, who receives and what refuses, by their addresses alone; one of these may stand aside."""
    left_out = normalise(aside, "address")

    def of(addresses: Iterable[Address]) -> tuple[str, ...]:
        texts = (normalise(address.address, "address") for address in addresses)
        return tuple("" if text == left_out else text for text in texts)

    refused = tuple(refusal.code for refusal in decision.refusals)
    return of([decision.sender] if decision.sender else []), of(decision.to), of(decision.cc), refused


class _Trial(NamedTuple):
    """A fact with another value, and what is decided then: nothing where the facts are at fault."""

    fact: str
    value: Any
    facts: Facts
    seen: Facts
    """The facts with the sender."""
    decision: Decision | None


class Neighbourhood:
    """Facts, what is decided about them, and what would be if one of them were different."""

    def __init__(self, book: RuleBook, facts: Facts, *, lang: str | None = None, address: str = "") -> None:
        """Decide about the facts.

        Args:
            book: the rules that hold for the office.
            facts: what `Router.decide` takes.
            lang: the language of a refusal's texts.
            address: what facts that give addresses are compared with, too.

        Raises:
            FactsError: the facts are at fault.
        """
        self._book, self._facts, self._lang = book, facts, lang
        self._routing = Routing(book)
        self.route = self._routing.route(facts)
        self.decision = self._routing.in_words(self.route, lang)
        mail = self.route.mail
        rules = [*rules_of((mail.sender, mail.to, mail.cc), book)]
        conditions = [*(rule.when for rule in rules), *(refusal.when for refusal in mail.refusals)]
        if address:
            outcomes = [rule.outcome.address for rule in rules if isinstance(rule.outcome, AddressOf)]
            conditions += [Test(fact, "in", (normalise(address, "address"),)) for fact in dict.fromkeys(outcomes)]
        self._axes = Situations(conditions).axes
        of_sender = givers(rules_of((mail.sender,), book)) if mail.sender else {}
        self._subjects = subjects(self._axes, of_sender, book, facts)
        speaks = self.decision.sender.address if self.decision.sender else facts["office"]["communication_email"]
        self._domain = speaks.rpartition("@")[2]

    def changes(self, of: Of = fate) -> tuple[Change, ...]:
        """Return the changes of one fact after which what is asked of the decision is something else.

        Those that change whether the mail leaves come first.
        """
        found = [*self._of_collaborators(of)]
        for subject in self._subjects:
            found += self._of_subject(subject, of)
        return tuple(sorted(found, key=lambda change: change.decision.outcome == self.decision.outcome))

    def _of_subject(self, subject: Subject, of: Of) -> Iterator[Change]:
        """Yield the changes of a fact, those that come to the same as one."""
        here, axes = self._cells_of(subject.axes, self.route.facts)
        tried: dict[Situation, _Trial] = {}
        for trial in itertools.islice(self._trials(subject), _MOST_TRIED):
            there, same_axes = self._cells_of(axes, trial.seen)
            if same_axes == axes:
                tried.setdefault(there, trial)
        tried.pop(here, None)
        groups: dict[Hashable, dict[Situation, Decision]] = {}
        for there, trial in tried.items():
            if trial.decision and self._is_elsewhere(trial.fact, trial.value, trial.decision, of):
                own = _text(trial.value)
                key = of(trial.decision, own), fate(trial.decision, own)
                groups.setdefault(key, {})[there] = trial.decision
        for group in groups.values():
            first, decision = next(iter(group.items()))
            example = tried[first]
            becomes: dict[Way, None] = {}
            looks = [_look(subject, number, example.fact) for number in axes]
            new = [position for position, look in enumerate(looks) if look.of_sender and not self._sends(look)]
            for said in told_apart(group, [here, *tried], here, new):
                parts = [
                    self._ways(axes[position], looks[position], cells, example) for position, cells in said.items()
                ]
                becomes |= dict.fromkeys(shortened(itertools.chain(*way)) for way in itertools.product(*parts))
            yield Change(example.fact, tuple(becomes), example.value, example.facts, decision)

    def _ways(self, number: int, look: Look, cells: Iterable[int], example: _Trial) -> Iterator[Way]:
        """Yield the ways in which the fact falls into cells of an axis, as said of the fact that is changed."""
        for way in ways(self._axes[number], {*cells}, look.fact, example.seen):
            yield from by_giver(way, look.giver) if look.of_sender else [way]

    def _sends(self, look: Look) -> bool:
        """Tell whether it is this fact that gives the sender now."""
        rules = [answer.rule for answer in self.route.roles["from"] if answer.rule]
        outcome = rules[-1].outcome if rules else None
        return isinstance(outcome, AddressOf) and look.giver in (outcome.address, outcome.name)

    def _cells_of(self, numbers: Iterable[int], facts: Facts) -> tuple[Situation, list[int]]:
        """Return the cells of some axes, and their numbers; not of those that see facts at fault, as no rule did."""
        found: dict[int, int] = {}
        for number in numbers:
            with contextlib.suppress(FactsError):
                found[number] = self._axes[number].cell(facts)
        return tuple(found.values()), [*found]

    def _is_elsewhere(self, fact: str, value: Any, decision: Decision, of: Of) -> bool:
        """Tell whether the rules lead elsewhere, which is more than that a fact that they give is another."""
        if of(decision, "") == of(self.decision, ""):
            return False
        return of(decision, _text(value)) != of(self.decision, _text(value_of(Fact(fact, "string"), self._facts)))

    def _trials(self, subject: Subject) -> Iterator[_Trial]:
        for look in subject.looks:
            for value in values(look, self._axes, self.route.facts, self._domain):
                with contextlib.suppress(FactsError):  # something above it is at fault, so that it has no place
                    yield self._tried(look.giver.path, value)

    def _tried(self, path: str, value: Any) -> _Trial:
        """Decide about the facts with a value in its place, and inside it what is needed of an object."""
        facts = with_value(self._facts, path, value)
        while True:
            try:
                route = self._routing.route(facts)
                decision = self._routing.in_words(route, self._lang)
                return _Trial(path, lookup(facts, path), facts, route.facts, decision)
            except FactsError as error:
                missing = self._book.facts.get(error.path)
                inside = error.path.startswith(f"{path}.") and error.found == "nothing"
                if value is None or missing is None or not inside:
                    return _Trial(path, value, facts, {**facts, "from": self.route.facts["from"]}, None)
                facts = with_value(facts, error.path, example_of(missing, self._domain))

    def _of_collaborators(self, of: Of) -> Iterator[Change]:
        """Yield the changes of who works at the office, of those whom the rules that decided name."""
        answers = itertools.chain.from_iterable(self.route.roles.values())
        outcomes = [answer.rule.outcome for answer in answers if answer.rule]
        names = [name for outcome in outcomes if isinstance(outcome, Collaborators) for name in outcome.names]
        for name in dict.fromkeys(names):
            people = people_of(self._facts)
            known = [number for number, person in enumerate(people) if is_called(name, person)]
            active = [number for number in known if value_of(ACTIVE, people[number]) is not False]
            if len(active) > 1:  # whoever of them leaves, the name still stands for the others
                continue
            number = next(iter(active or known), len(people))
            value: Any = not active
            if known:
                people[number] = {**people[number], "active": value}
            else:
                value = {"email": name} if "@" in name else {"id": name, "email": f"{name}.example@{self._domain}"}
                people.append(value)
            trial = self._tried(COLLABORATORS.path, people)
            if trial.decision and self._is_elsewhere(COLLABORATORS.path, None, trial.decision, of):
                path = f"{COLLABORATORS.path}[{number}]{'.active' if known else ''}"
                yield Change(path, ((Turned(Working(name), not active),),), value, trial.facts, trial.decision)


def _look(subject: Subject, number: int, changed: str) -> Look:
    """Return how an axis looks at the fact that is changed, or at the subject."""
    looks = [look for look in subject.looks if number in look.axes]
    return next((look for look in looks if look.giver.path == changed), looks[0])


def _operands(leaf: Has | Test | Working) -> tuple[Scalar, ...]:
    """Return what a fact has to be one of."""
    match leaf:
        case Test(_, "in", (*operands,)):
            return tuple(operands)
        case Working(name):
            return (name,)
    return ()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
