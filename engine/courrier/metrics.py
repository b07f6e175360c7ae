"""Count for Prometheus what a router decides, and what goes wrong; every label takes a bounded number of values."""

from __future__ import annotations

import re
from collections.abc import Iterator

from courrier.facts import FactsError
from courrier.records import Decided
from courrier.router import Router

try:
    from prometheus_client import REGISTRY, CollectorRegistry, Counter, Metric
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
    from prometheus_client.registry import Collector
except ImportError as error:
    raise ImportError("metrics need a package that is not installed: pip install 'courrier[metrics]'") from error

MOST_VALUES = 500
"""Sets of label values of a counter; what comes after them is counted under `other`."""
OF_AN_OFFICE = "of an office"
"""Stands for the rules of offices, of which there is no end."""
OTHER = "other"

_INDEX = re.compile(r"\[\d+\]")


class Metrics(Collector):
    """Counts decisions and facts at fault, of which a router tells, and shows what the router counts itself.

    `router = Router.load(folder, on_decision=metrics.decided, on_error=metrics.at_fault)`, then `metrics.show(router)`.
    """

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        """Register the counters, once for a registry."""
        self._decisions = _Bounded("decisions", "decisions", registry, "event", "outcome")
        self._rules = _Bounded("rules", "rules that gave the addresses of a role", registry, "role", "rule")
        self._refusals = _Bounded("refusals", "refusals that held", registry, "refusal")
        self._warnings = _Bounded("warnings", "decisions with a warning", registry, "warning")
        self._faults = _Bounded("facts_errors", "facts at fault", registry, "fact")
        self._router: Router | None = None
        registry.register(self)

    def decided(self, decided: Decided) -> None:
        """Count a decision."""
        decision, route = decided
        self._decisions.count(decision.event, decision.outcome)
        for role, answers in route.roles.items():
            if answers and (rule := answers[-1].rule):
                self._rules.count(role, OF_AN_OFFICE if rule.id.startswith("offices.") else rule.id)
        for refusal in decision.refusals:
            self._refusals.count(refusal.code)
        for code in {warning.code for warning in decision.warnings}:
            self._warnings.count(code)

    def at_fault(self, error: FactsError) -> None:
        """Count facts that could not be decided about, by the path of the fact."""
        self._faults.count(_INDEX.sub("", error.path))

    def show(self, router: Router) -> None:
        """Show what a router says of itself by `stats`, whenever somebody asks."""
        self._router = router

    def collect(self) -> Iterator[Metric]:
        """Yield what the router says of itself."""
        if self._router is None:
            return
        stats = self._router.stats()
        reloads = CounterMetricFamily("courrier_reloads", "readings of a changed rule book", labels=["outcome"])
        reloads.add_metric(["done"], stats.reloads)
        reloads.add_metric(["failed"], stats.failed_reloads)
        yield reloads
        yield CounterMetricFamily("courrier_engine_asked", "questions put to durable_rules", stats.asked)
        yield CounterMetricFamily("courrier_engine_rebuilt", "rulesets built anew after a failure", stats.rebuilt)
        yield GaugeMetricFamily("courrier_situations", "situations that are remembered", stats.situations)
        yield GaugeMetricFamily("courrier_offices", "offices whose rules are kept ready", stats.offices)
        yield GaugeMetricFamily("courrier_outdated_offices", "offices that go on by older rules", stats.outdated)


class _Bounded:
    """A counter whose labels take a bounded number of values."""

    def __init__(self, name: str, documentation: str, registry: CollectorRegistry, *labels: str) -> None:
        self._counter = Counter(f"courrier_{name}", documentation, labels, registry=registry)
        self._children: dict[tuple[str, ...], Counter] = {}

    def count(self, *values: str) -> None:
        """Count one for some values of the labels."""
        child = self._children.get(values)
        if child is None:
            if len(self._children) >= MOST_VALUES:
                values = (OTHER,) * len(values)
            child = self._children.setdefault(values, self._counter.labels(*values))
        child.inc()
