"""Load a rule book and decide: the face of the library."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path

from courrier import resources
from courrier.build import OFFICE_ID, load_office, load_platform
from courrier.decision import Decision
from courrier.diagnostics import Report
from courrier.explain import Explanation, explanation
from courrier.facts import FactsError, read_text
from courrier.model import RuleBook
from courrier.routing import Routing

MOST_OFFICES = 1024
"""Offices whose rules are kept ready; when there are more, the one not asked for the longest time is read anew."""


class Router:
    """Decides by the rule book of a folder; an office's own rules are read when the office is first asked for.

    A router can be shared by threads.
    """

    def __init__(self, root: Path) -> None:
        """Read the platform's rules from a folder; `load` and `standard` say it in a word.

        Raises:
            RulesError: the rules are at fault; `diagnostics` holds everything that is wrong with them.
        """
        self._root = root
        self._rules = _Rules(root)

    @classmethod
    def load(cls, folder: str | Path) -> Router:
        """Return a router for the rule book in a folder.

        Raises:
            RulesError: the rules are at fault; `diagnostics` holds everything that is wrong with them.
        """
        return cls(Path(folder))

    @classmethod
    def standard(cls) -> Router:
        """Return a router for the rule book that ships with the package."""
        return cls(resources.rules())

    def decide(self, facts: Mapping[str, object], *, lang: str | None = None) -> Decision:
        """Return who an e-mail comes from, who receives it and whether it may leave.

        Args:
            facts: what is known of event, office, dossier and user, as `schemas/facts.schema.json` describes it.
            lang: the language of a refusal's texts; else the user's, else English.

        Raises:
            FactsError: the facts are at fault: `path`, `wanted` and `found` say how.
            RulesError: the office's own rules are at fault.
        """
        return self._rules.of_office(read_text(facts, "office.id")).decide(facts, lang)

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

        Raises:
            RulesError: the platform's rules are at fault; the router goes on with those it has.
        """
        self._rules = _Rules(self._root)


class _Rules:
    """One reading of a rule book: the platform's rules and, as they are asked for, those of offices."""

    def __init__(self, root: Path) -> None:
        report = Report()
        self.platform = Routing(load_platform(root, report))
        report.raise_errors()
        self.of_office = functools.lru_cache(MOST_OFFICES)(functools.partial(_of_office, root, self.platform))


def _of_office(root: Path, platform: Routing, office: str) -> Routing:
    """Return the rules that hold for an office, by its id.

    Raises:
        FactsError: the id is none that an office can have, so that no id reaches another file.
        RulesError: the office's own rules are at fault.
    """
    if not OFFICE_ID.fullmatch(office):
        raise FactsError("office.id", "small letters, digits and `-`, at most 63", "a string of another form")
    report = Report()
    book = load_office(root, office, platform.book, report)
    report.raise_errors()
    return platform if book is platform.book else Routing(book)
