"""Decide as it was decided before: the same answer in the same situation, with only the addresses read anew.

For each mail one function is written that reads all that the mail's rules look at, straight down. What is decided in a
situation is learned from `Routing`, which alone knows how. Whatever is out of the usual is left to it as well: facts at
fault, a warning, an object that is no dict, a sender from among the collaborators. Then the function returns None, or
raises what an axis raises.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence

from courrier import familiar
from courrier.cells import Situation
from courrier.decision import Address, Decision, Reasons, RefusalNotice
from courrier.facts import FactsError, lookup
from courrier.familiar import Giver, giver
from courrier.model import AddressOf, Cascade, Fact, Has, Mail, Outcome, Refusal, RuleBook, SameAsFrom, ToCascade
from courrier.reader import Reading, expression, filled, name
from courrier.recipients import each_once
from courrier.rete import fork_safe_lock
from courrier.routing import Answer, Route, Routing, as_facts, in_one_word
from courrier.situations import Axis, Situations, ValueAxis

Function = Callable[[dict[str, object], dict[str, object], str, str | None], Decision | None]
"""Decides about a mail, given the facts, those of the office, its id and the language; None where it cannot say."""

MOST_REMEMBERED = 4096
"""Situations remembered for a mail; when there are more, remembering starts anew."""
MOST_READ = 300
"""Tests and addresses that a function is written for; for more, writing it would take long."""

_DECIDE = """
def decide(facts, office, office_id, lang):
    READ
    case = cases.get(SITUATION)
    if case is None:
        return None
    from_, to_, to_others, follow_up, reasons, by_sender = case
    READ_FROM
    if to_others is None:
        READ_TO
        to = (receiver,)
    else:
        to = to_others(facts, sender, ())
        if not to:
            return None
        receiver_text = to[0][1] if len(to) == 1 else sender_text
    if follow_up is same_as_from:
        if len(receiver_text) != len(sender_text) or receiver_text.lower() != sender_text.lower():
            cc = (sender,)
        else:
            cc = each_once((sender,), to)
    elif follow_up is None:
        cc = ()
    else:
        cc = follow_up(facts, sender, to)
        if cc is None:
            return None
    READ_SENDER
    refused = by_sender.get(SITUATION_OF_SENDER)
    if refused is may_leave:
        return new(Decision, (EVENT, office_id, "send", sender, to, cc, reasons, (), (), RULES))
    if refused is None:
        return None
    language = lang or LANGUAGE
    notices = refused.get(language) if language is None or type(language) is str else None
    if notices is None:
        return None
    return new(Decision, (EVENT, office_id, "refuse", sender, (), (), reasons, notices, (), RULES))
"""

_RECURRING = """
found = known.get(TEXT)
if found is None or found[1] != NAME:
    found = found_in_order(OUTCOME, TEXT, NAME, facts)
ADDRESS, name, ADDRESS_TEXT, DOMAIN = found
"""
"""An address that recurs, as those of an office and its dossiers do, is checked once."""

_NEW = """
ADDRESS_TEXT = TEXT
if NAME is None and is_plain(ADDRESS_TEXT):
    ADDRESS = new(Address, (None, ADDRESS_TEXT))
else:
    ADDRESS, name, ADDRESS_TEXT, DOMAIN = checked(OUTCOME, facts)
"""
"""An address that is another for each mail, as the user's is, or an address and a name."""

_RECUR_UNDER = ("office.", "dossier.")
_LANGUAGE = Fact("user.language", "string")
_NEEDED = Has(Fact("office.communication_email", "string"))
_OF_SENDER = {"from.address": "sender_text", "from.domain": "sender_domain", "from.name": "sender[0]"}
_same_as_from = giver(SameAsFrom())

_Notices = dict[str | None, tuple[RefusalNotice, ...]]
"""The refusals, by the language that was asked for."""
_may_leave: _Notices = {}
"""Stands for the refusals of a mail that may leave: this very object, so that nothing else can be taken for it."""
_writing = fork_safe_lock()
"""One function at a time: up to Python 3.12, threads that make syntax trees at once can make each other fail."""

_Case = tuple[int, int, Giver | None, Giver | None, Reasons, dict[Situation | int, _Notices]]
"""What is decided in a situation.

Which of the addresses of `from`, which of `to` unless others are meant, who is in cc, why; and for each situation of
the sender whether the mail is refused.
"""


class Usual(Routing):
    """The rules of one rule book, ready to decide; what was decided is remembered."""

    def __init__(self, book: RuleBook) -> None:
        """Take the book; what it needs is made ready when it is needed."""
        super().__init__(book)
        self.functions: dict[str, Function] = {}
        """By event what decides about a mail in most cases; what it leaves open, `decide` answers."""
        self._mails: dict[str, _UsualMail | None] = {}

    def decide(self, facts: Mapping[str, object], lang: str | None = None) -> Decision:
        """Return the decision about the facts, its texts in `lang`, else the user's language, else English.

        Raises:
            FactsError: the facts are at fault.
        """
        route = self.route(facts)
        decision = self.in_words(route, lang)
        event = route.mail.event
        if event in self._mails:
            usual = self._mails[event]
            if usual is None:
                usual = self._mails[event] = self._usual(route.mail)
                if usual.function is not None:
                    self.functions[event] = usual.function
            usual.learn(route, decision, lang)
        else:
            self._mails[event] = None  # to write a function does not pay for one decision
        return decision

    def _usual(self, mail: Mail) -> _UsualMail:
        senders, receivers, others = (self._reached(cascade) for cascade in (mail.sender, mail.to, mail.cc))
        subjects: list[Cascade | Refusal] = [*senders, *receivers, *others, *mail.refusals]
        axes = [axis for subject in subjects for axis in self._question(subject).situations.axes]
        return _UsualMail(mail, axes, _addresses(senders), _addresses(receivers), self.book.digest)

    def _reached(self, cascade: Cascade | None) -> Collection[Cascade]:
        """Return the cascades that may be asked where a role names this one."""
        found: dict[str, Cascade] = {}
        waiting = [in_one_word(cascade, self.book)] if cascade else []
        while waiting:
            asked = waiting.pop()
            if asked.id not in found:
                found[asked.id] = asked
                outcomes = [rule.outcome for rule in asked.rules]
                waiting += [self.book.cascades[outcome.name] for outcome in outcomes if isinstance(outcome, ToCascade)]
        return found.values()


class _UsualMail:
    """What is known of one mail: the function that decides about it, and the situations that it knows."""

    def __init__(
        self, mail: Mail, axes: Sequence[Axis], of_from: list[AddressOf], of_to: list[AddressOf], digest: str
    ) -> None:
        """Write the function; `of_from` and `of_to` are the addresses that `from` and `to` may be given."""
        axes = list({_key(axis): axis for axis in [*Situations([_NEEDED]).axes, *axes]}.values())
        self._axes_of_sender = [axis for axis in axes if _is_of_sender(axis)]
        self._axes = [axis for axis in axes if axis not in self._axes_of_sender]
        self._from, self._to = of_from, of_to
        self._cases: dict[Situation, _Case] = {}
        self._learned = 0
        writable = len(axes) + len(of_from) + len(of_to) <= MOST_READ and (mail.sender or not self._axes_of_sender)
        with _writing:
            self.function = self._written(mail, digest) if writable else None

    def learn(self, route: Route, decision: Decision, lang: str | None) -> None:
        """Remember what was decided."""
        sender, to, cc = map(_outcome, route.roles.values())
        if self.function is None or route.warnings or not (sender is None or sender in self._from):
            return
        try:
            situation, of_sender = (
                tuple([axis.cell(route.facts) for axis in axes]) for axes in (self._axes, self._axes_of_sender)
            )
        except FactsError:
            return
        if self._learned >= MOST_REMEMBERED:
            self._cases.clear()
            self._learned = 0
        self._learned += 1
        from_ = self._from.index(sender) if isinstance(sender, AddressOf) else 0
        to_, others = (self._to.index(to), None) if isinstance(to, AddressOf) else (0, giver(to) if to else None)
        follow_up = giver(cc) if cc else None
        if isinstance(cc, SameAsFrom):
            follow_up = _same_as_from if sender else None
        case: _Case = (from_, to_, others, follow_up, decision.reasons, {})
        by_sender = self._cases.setdefault(situation, case)[-1]
        key = of_sender if len(of_sender) != 1 else of_sender[0]
        if not decision.refusals:
            by_sender[key] = _may_leave
            return
        language = lang or lookup(route.facts, _LANGUAGE.path)
        if language is None or type(language) is str:
            by_sender.setdefault(key, {})[language] = decision.refusals

    def _written(self, mail: Mail, digest: str) -> Function:
        reading = Reading(_OF_SENDER, {"": "facts", "office": "office"})
        reading.names |= {
            "Address": Address,
            "Decision": Decision,
            "as_facts": as_facts,
            "cases": self._cases,
            "checked": familiar.checked,
            "each_once": each_once,
            "found_in_order": familiar.found_in_order,
            "is_plain": familiar.is_plain,
            "known": familiar.known,
            "may_leave": _may_leave,
            "new": tuple.__new__,
            "same_as_from": _same_as_from,
        }
        given = [fact for outcome in (*self._from, *self._to) for fact in (outcome.address, outcome.name) if fact]
        for fact in (*given, _LANGUAGE) if mail.refusals else given:
            reading.object_at(fact.path.rpartition(".")[0])
        situation = [reading.cell(axis, "facts") for axis in self._axes]
        read = reading.take()
        read_from = (
            _choice(self._from, reading, "sender", "from_") if mail.sender else filled("sender = sender_text = None")
        )
        read_to = _choice(self._to, reading, "receiver", "to_")
        of_sender = [reading.cell(axis, "{**facts, 'from': as_facts(sender)}") for axis in self._axes_of_sender]
        return reading.function(
            _DECIDE,
            READ=read,
            SITUATION=ast.Tuple(situation, ast.Load()),
            READ_FROM=read_from,
            READ_TO=read_to,
            READ_SENDER=reading.take(),
            SITUATION_OF_SENDER=_joint(of_sender),
            LANGUAGE=reading.glance(_LANGUAGE.path) if mail.refusals else ast.Constant(None),
            EVENT=ast.Constant(mail.event),
            RULES=ast.Constant(digest),
        )


def _choice(outcomes: Sequence[AddressOf], reading: Reading, into: str, number: str) -> list[ast.stmt]:
    """Return the code that reads one of some addresses; the name `number` has which, the name `into` gets it."""
    choice = filled("return None")
    for index, outcome in reversed([*enumerate(outcomes)]):
        recurs = into == "sender" or outcome.address.path.startswith(_RECUR_UNDER)
        one = filled(
            _RECURRING if recurs else _NEW,
            ADDRESS=name(into),
            ADDRESS_TEXT=name(f"{into}_text"),
            DOMAIN=name(f"{into}_domain"),
            TEXT=reading.glance(outcome.address.path, needed=True),
            NAME=reading.glance(outcome.name.path) if outcome.name else ast.Constant(None),
            OUTCOME=reading.behind(outcome),
        )
        is_last = index == len(outcomes) - 1
        choice = one if is_last else [ast.If(expression(f"{number} == {index}"), one, choice)]
    return choice


def _joint(cells: list[ast.expr]) -> ast.expr:
    return cells[0] if len(cells) == 1 else ast.Tuple(cells, ast.Load())


def _outcome(answers: Sequence[Answer]) -> Outcome | None:
    rule = answers[-1].rule if answers else None
    return rule.outcome if rule else None


def _addresses(cascades: Iterable[Cascade]) -> list[AddressOf]:
    outcomes = (rule.outcome for cascade in cascades for rule in cascade.rules)
    return list(dict.fromkeys(outcome for outcome in outcomes if isinstance(outcome, AddressOf)))


def _key(axis: Axis) -> Hashable:
    """Return what axes alike have in common."""
    if isinstance(axis, ValueAxis):
        return axis.fact, axis.required, tuple(axis.constants.items()), axis.gaps
    return axis.test, axis.required


def _is_of_sender(axis: Axis) -> bool:
    looked_at = (axis.fact,) if isinstance(axis, ValueAxis) else (axis.test.fact, axis.test.operand)
    return any(isinstance(fact, Fact) and fact.path in _OF_SENDER for fact in looked_at)
