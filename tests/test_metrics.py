"""The counters for Prometheus: what they count, and that no label takes values without end."""

import contextlib
import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from books import FACTS, with_facts, write_book
from courrier import FactsError, Router, RulesError, metrics
from courrier.metrics import Metrics
from prometheus_client import CollectorRegistry


def counted(registry: CollectorRegistry) -> dict[str, Any]:
    """Return what is counted, by name and labels."""
    return {
        " ".join([sample.name.removeprefix("courrier_"), *sample.labels.values()]): sample.value
        for metric in registry.collect()
        for sample in metric.samples
        if sample.name.endswith("_total")
    }


def decided(*facts: Mapping[str, Any], book: Path | None = None) -> dict[str, Any]:
    registry = CollectorRegistry()
    counts = Metrics(registry)
    listeners: Any = {"on_decision": counts.decided, "on_error": counts.at_fault}
    router = Router.load(book, **listeners) if book else Router.standard(**listeners)
    for one in facts:
        with contextlib.suppress(FactsError):
            router.decide(one)
    assert router.untold == 0
    return counted(registry)


def test_decisions_are_counted_by_event_outcome_and_rule() -> None:
    refused = with_facts(user__active_elsewhere=True)
    assert decided(FACTS, FACTS, refused) == {
        "decisions_total client_user_created send": 2,
        "decisions_total client_user_created refuse": 1,
        "rules_total from cascades.standard.dossier-manager": 3,
        "rules_total to mails.client_user_created.to": 3,
        "rules_total cc mails.client_user_created.cc": 3,
        "refusals_total user-active-elsewhere": 1,
    }


def test_the_rules_of_offices_are_counted_as_one(tmp_path: Path) -> None:
    mail = {"to": {"collaborators": ["nobody", "marie"]}}
    book = write_book(tmp_path, mails={"ping": {"to": "standard"}}, offices={"dupont": {"mails": {"ping": mail}}})
    assert decided(with_facts(event__type="ping"), book=book) == {
        "decisions_total ping send": 1,
        "rules_total to of an office": 1,
        "warnings_total unknown-collaborator": 1,
    }


def test_a_copy_for_nobody_has_no_rule(tmp_path: Path) -> None:
    never = [{"rule": "never", "when": {"has": "user.email"}, "address": "user.email"}]
    book = write_book(tmp_path, mails={"ping": {"to": "standard", "cc": never}})
    counts = decided(with_facts(event__type="ping", user=None), book=book)
    assert counts["rules_total to cascades.standard.office-communication"] == 1
    assert not any(name.startswith("rules_total cc") for name in counts)


def test_facts_at_fault_are_counted_by_path() -> None:
    broken = [{"email": 5}, {"email": 6}]
    mail = with_facts(event__type="task_failed", office__communication_email=7)
    assert decided({}, mail, mail, {**FACTS, "office": broken}) == {
        "facts_errors_total office.id": 1,
        "facts_errors_total office.communication_email": 2,
        "facts_errors_total office": 1,
    }


def test_the_place_in_a_list_is_no_label() -> None:
    registry = CollectorRegistry()
    counts = Metrics(registry)
    for index in range(3):
        counts.at_fault(FactsError(f"office.collaborators[{index}].email", "a string", "a number"))
    assert counted(registry)["facts_errors_total office.collaborators.email"] == 3


def test_what_the_router_counts_is_shown(tmp_path: Path) -> None:
    registry = CollectorRegistry()
    counts = Metrics(registry)
    router = Router.load(write_book(tmp_path, mails={"ping": {"to": "standard"}}))
    counts.show(router)
    router.reload()
    (tmp_path / "mails.yaml").write_text("", encoding="utf-8")
    with pytest.raises(RulesError):
        router.reload()
    stats = router.stats()
    assert counted(registry) == {
        "reloads_total done": 1,
        "reloads_total failed": 1,
        "engine_asked_total": stats.asked,
        "engine_rebuilt_total": stats.rebuilt,
    }
    gauges = {"situations": stats.situations, "offices": stats.offices, "outdated_offices": stats.outdated}
    assert {name: registry.get_sample_value(f"courrier_{name}") for name in gauges} == gauges


def test_labels_and_what_is_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "MOST_VALUES", 2)
    events = ["task_failed", "message_received", "user_requested", "vat_documents_ok", "task_failed"]
    managers = [None, {"email": "m@dupont.be"}] * 3
    facts = [with_facts(event__type=event, dossier__manager=m) for event, m in zip(events, managers, strict=False)]
    counts = decided(*facts)
    assert {name: count for name, count in counts.items() if name.startswith("decisions")} == {
        "decisions_total task_failed send": 2,
        "decisions_total message_received send": 1,
        "decisions_total other other": 2,
    }


def test_without_the_client_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(ImportError, match=r"^metrics need a package that is not installed: pip install 'courrier"):
        importlib.reload(metrics)
