"""Load a rule book and decide: the face of the library."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar

from courrier import resources, rete, verdicts
from courrier.built import Built
from courrier.decision import Decision
from courrier.diagnostics import RulesError
from courrier.explain import Explanation, explanation
from courrier.facts import FactsError, read_text
from courrier.folder import Folder, Stamps
from courrier.model import RuleBook
from courrier.offices import MOST_OFFICES, Offices, OnFault
from courrier.records import Decided
from courrier.watch import Watch

OnDecision = Callable[[Decided], object]
OnError = Callable[[FactsError], object]

_Told = TypeVar("_Told")
_logger = logging.getLogger(__name__)
_reloading = rete.fork_safe_lock()


class Stats(NamedTuple):
    """What a router has done and keeps; `situations` and what follows are those of all routers of the process."""

    offices: int
    """Offices with rules of their own that are kept ready."""
    outdated: int
    """Of these, the offices that go on by their last good rules, since those that stand there now are at fault."""
    reloads: int
    failed_reloads: int
    situations: int
    """Situations that are remembered."""
    asked: int
    """Questions that durable_rules was asked."""
    rebuilt: int
    """Questions at which it failed, and a ruleset was built anew."""


def _log(error: RulesError) -> None:
    _logger.error("rules are at fault, and the last good ones go on:\n%s", error)


class Router:
    """Decides by the rule book of a folder, or of a file that `courrier build` made.

    An office's own rules are read when the office is first asked for. A router can be shared by threads, and goes on
    after a fork on both sides; sent to another process, it is loaded there from the same place.
    """

    def __init__(
        self,
        path: Path,
        *,
        offices: int = MOST_OFFICES,
        on_decision: OnDecision | None = None,
        on_error: OnError | None = None,
        on_fault: OnFault = _log,
    ) -> None:
        """Read the platform's rules; `load` and `standard` say it in a word.

        Args:
            path: the rule book's folder, or a file that `courrier build` made.
            offices: how many offices' rules are kept ready; of more, one not asked for lately is read anew.
            on_decision: is told of each decision that `decide` returns; what it raises is logged, and changes nothing.
            on_error: is told of facts at fault before `decide` raises them.
            on_fault: is told of rules at fault while the last good ones go on; without it they are logged.

        Raises:
            RulesError: the rules are at fault; `diagnostics` holds everything that is wrong with them.
        """
        if offices < 1:
            raise ValueError(f"`offices` is {offices}: keep the rules of one office at least")
        self.untold = 0
        """How often `on_decision` or `on_error` failed."""
        self.on_fault = _guarded(on_fault)
        self._path, self._most = path, offices
        self._reloads = self._failed_reloads = 0
        self._rules = Offices(Built(path) if path.is_file() else Folder(path), offices, self.on_fault)
        self._on_decision, self._on_error = on_decision, on_error

    @classmethod
    def load(
        cls,
        path: str | Path,
        *,
        offices: int = MOST_OFFICES,
        on_decision: OnDecision | None = None,
        on_error: OnError | None = None,
        on_fault: OnFault = _log,
    ) -> Router:
        """Return a router for the rule book in a folder, or in a file that `courrier build` made.

        Raises:
            RulesError: the rules are at fault; `diagnostics` holds everything that is wrong with them.
        """
        return cls(Path(path), offices=offices, on_decision=on_decision, on_error=on_error, on_fault=on_fault)

    @classmethod
    def standard(cls, *, on_decision: OnDecision | None = None, on_error: OnError | None = None) -> Router:
        """Return a router for the rule book that ships with the package."""
        return cls(resources.rules(), on_decision=on_decision, on_error=on_error)

    def decide(self, facts: Mapping[str, object], *, lang: str | None = None) -> Decision:
        """Return who an e-mail comes from, who receives it and whether it may leave.

        Args:
            facts: what is known of event, office, dossier and user, as `schemas/facts.schema.json` describes it.
            lang: the language of a refusal's texts; else the user's, else English.

        Raises:
            FactsError: the facts are at fault: `path`, `wanted` and `found` say how.
            RulesError: the office's own rules are at fault.
        """
        if type(facts) is dict and self._on_decision is None:
            try:
                office, event = facts["office"], facts["event"]
                if type(office) is dict and type(event) is dict and type(id := office["id"]) is str:
                    rules = self._rules
                    kept = rules.ready.get(id) or rules.plain[id]
                    kept.used = True
                    usual = kept.routing.functions[event["type"]](facts, office, id, lang)
                    if usual is not None:
                        return usual
            except (KeyError, TypeError, FactsError):  # facts out of the usual are for what follows to judge
                pass
        try:
            routing = self._rules.of_office(read_text(facts, "office.id"))
            if self._on_decision is None:
                return routing.decide(facts, lang)
            route = routing.route(facts)
            decision = routing.in_words(route, lang)
        except FactsError as error:
            if self._on_error is not None:
                self._tell(self._on_error, error)
            raise
        self._tell(self._on_decision, Decided(decision, route))
        return decision

    def explain(self, facts: Mapping[str, object], *, lang: str | None = None) -> Explanation:
        """Return the decision, and for each rule why it held, why it did not, or that it was not reached.

        Takes and raises what `decide` does.
        """
        routing = self._rules.of_office(read_text(facts, "office.id"))
        route = routing.route(facts)
        return explanation(route, routing.in_words(route, lang))

    def book(self, office: str | None = None) -> RuleBook:
        """Return the rules that hold for an office, by its id, or the platform's.

        Raises:
            FactsError: the id is none that an office can have.
            RulesError: the office's own rules are at fault.
        """
        return (self._rules.platform if office is None else self._rules.of_office(office)).book

    def reload(self) -> None:
        """Read the rule book anew, and decide by it from now on; decisions under way end by the old one.

        An office whose own rules are at fault goes on by its last good ones, and `on_fault` is told.

        Raises:
            RulesError: the platform's rules are at fault; the router goes on with those it has.
        """
        with _reloading:
            try:
                self._rules = self._rules.anew()
            except RulesError:
                self._failed_reloads += 1
                raise
            self._reloads += 1

    def changes(self) -> Stamps:
        """Return which files of the rule book are no longer as they were read, with their present stamps."""
        return self._rules.changes()

    def watch(self, interval: float = 2.0) -> Watch:
        """Look every `interval` seconds, in a thread, and reload what has changed and then kept still for that time.

        Rules at fault change nothing, and `on_fault` is told. What is returned can be stopped; it is a context manager.
        """
        return Watch(self, interval)

    def stats(self) -> Stats:
        """Return what the router has done so far, and what it keeps."""
        return Stats(*self._rules.count(), self._reloads, self._failed_reloads, verdicts.remembered(), *rete.counted())

    def __reduce__(self) -> tuple[object, ...]:
        """Let the router be loaded in the process that it is sent to: once, from the same place, without listeners."""
        return _loaded, (self._path.absolute(), self._most, self.book().digest)

    def _tell(self, listener: Callable[[_Told], object], told: _Told) -> None:
        """Tell a listener; what it does wrong is logged and counted, and is no business of whoever asked."""
        try:
            listener(told)
        except Exception:
            self.untold += 1
            _logger.exception("a listener failed; what it was told of stands")


def _guarded(on_fault: OnFault) -> OnFault:
    """Return a listener whose own faults are logged, and are no business of whoever decides."""

    def tell(error: RulesError) -> None:
        try:
            on_fault(error)
        except Exception:
            _logger.exception("a listener failed; the last good rules go on")

    return tell


@functools.lru_cache(maxsize=16)
def _loaded(path: Path, most: int, digest: str) -> Router:  # noqa: ARG001  # so that of other rules it is another router
    return Router(path, offices=most)
