"""Courrier decides who an automatic e-mail comes from, who receives it, and whether it may leave.

The deciding is written in YAML; see `Router`.
"""

from courrier.decision import Address, Decision, Reason, Reasons, RefusalNotice, Refused, Warning
from courrier.diagnostics import Diagnostic, RulesError, Span
from courrier.explain import Explanation
from courrier.facts import FactsError
from courrier.rete import EngineError
from courrier.router import Router

__all__ = [
    "Address",
    "Decision",
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
    "Warning",
]
