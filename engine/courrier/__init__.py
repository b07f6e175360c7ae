"""Courrier decides who an automatic e-mail comes from, who receives it, and whether it may leave.

The deciding is written in YAML; see `Router`.
"""

from courrier.decision import Address, Decision, Reason, Reasons, RefusalNotice, Refused, Warning
from courrier.decision_log import DecisionLog
from courrier.diagnostics import Diagnostic, RulesError, Span
from courrier.explain import Explanation
from courrier.facts import FactsError
from courrier.records import Decided
from courrier.rete import EngineError
from courrier.router import Router, Stats
from courrier.watch import Watch

__all__ = [
    "Address",
    "Decided",
    "Decision",
    "DecisionLog",
    "Diagnostic",
    "EngineError",
    "Explanation",
    "FactsError",
    "Reason",
    "Reasons",
    "RefusalNotice",
    "Refused",
    "Router",
    "RulesError",
    "Span",
    "Stats",
    "Warning",
    "Watch",
]
