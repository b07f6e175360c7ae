"""What a decision costs with more rules, more facts that they look at, and more offices."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

from courrier import Router

from bench.dossiers import Facts, dossiers
from bench.plot import Curve
from bench.report import Table
from bench.timing import Times, measure, once, times_of

RULES = (1, 10, 100, 1_000, 5_000)
FACTS = (1, 10, 100, 250, 1_000)
OFFICES = (1, 10, 100, 1_000, 10_000, 100_000)
_GIVEN = 300
_TURNS = 1_500
"""Offices that have their turn; more of them than are kept ready."""
_LAST = {"rule": "last", "address": "office.communication_email"}


def first_sight() -> Table:
    """Measure a decision in a situation that is met for the first time, its rules being known."""
    given = dossiers(_GIVEN)
    first = [_first_sights(given) for _ in range(10)]
    times = times_of([cost for costs in first for cost in costs])
    return Table("First sight of a situation", ("", "best", "median", "ninth"), [("the welcome mail", *times.cells)])


def _first_sights(given: list[Facts]) -> list[float]:
    """Return what the first decision in each situation costs; the first few make rulesets and functions ready."""
    router = Router.standard()
    seen: set[object] = set()
    costs = []
    for number, facts in enumerate(given):
        dossier, office = facts["dossier"], facts["office"]
        situation = (bool(dossier["manager"]), bool(dossier["client_group"]), bool(office["functional_email"]))
        if situation not in seen and number > 2:
            costs.append(once(router.decide, facts))
        else:
            router.decide(facts)
        seen.add(situation)
    return costs


def rules() -> Table:
    """Measure against the number of rules of the cascade; each names a dossier."""
    return _against("rules in the cascade", RULES, _with_rules)


def facts() -> Table:
    """Measure against the number of facts that the cascade looks at."""
    return _against("facts looked at", FACTS, _with_facts)


def offices() -> Table:
    """Measure against the number of offices in turn, without and with rules of their own."""
    rows: list[tuple[str, ...]] = []
    plain: list[Times] = []
    own: list[Times] = []
    with tempfile.TemporaryDirectory() as folder:
        for count in OFFICES:
            root = _book(Path(folder, str(count)), [_LAST])
            (root / "offices").mkdir()
            for number in range(count):
                text = f"office: own-{number}\nmails:\n  ping:\n    to: {{address: dossier.manager.email}}\n"
                (root / "offices" / f"own-{number}.yaml").write_text(text, encoding="utf-8")
            loaded = once(Router.load, root) / 1000
            for costs, name in ((plain, "plain"), (own, "own")):
                costs.append(_of_offices(Router.load(root), count, name))
            rows.append((f"{count:,}", *plain[-1].cells, *own[-1].cells, f"{loaded:.1f} ms"))
    heads = ("offices", "plain, best", "median", "ninth", "with a file, best", "median", "ninth", "to load the book")
    curves: dict[str, Sequence[float]] = {
        "without a file of its own": [times.median for times in plain],
        "with one": [times.median for times in own],
    }
    return Table("Against the number of offices", heads, rows, Curve("offices", OFFICES, curves))


def _of_offices(router: Router, count: int, name: str) -> Times:
    random = Random(count)  # noqa: S311
    given = dossiers(_TURNS)
    for number, of_dossier in enumerate(given):
        office = number if count >= len(given) else random.randrange(count)
        of_dossier["office"]["id"] = f"{name}-{office}"
        of_dossier["event"]["type"] = "ping"
        of_dossier["dossier"]["manager"] = {"email": "marie@dupont.example"}
    for of_dossier in given:
        router.decide(of_dossier)
    return measure({"": router.decide}, given, rounds=3, all_of_them=True)[""]


def _against(what: str, counts: Sequence[int], make: Callable[[Path, int], tuple[Path, list[Facts]]]) -> Table:
    rows: list[tuple[str, ...]] = []
    medians: list[float] = []
    first: list[float] = []
    for count in counts:
        with tempfile.TemporaryDirectory() as folder:
            root, given = make(Path(folder), count)
            router = Router.load(root)
            sights = [once(router.decide, facts) for facts in given]
            for of_dossier in given + given:
                router.decide(of_dossier)
            times = measure({"": router.decide}, given, rounds=21)[""]
            rows.append((f"{count:,}", *times.cells, *times_of(sights).cells[1:]))
            medians.append(times.median)
            first.append(times_of(sights).median)
    curve = Curve(what, counts, {"known situation": medians, "each dossier's first time": first})
    heads = (what, "best", "median", "ninth", "each dossier's first time, median", "ninth")
    return Table(f"Against the number of {what}", heads, rows, curve)


def _with_rules(root: Path, count: int) -> tuple[Path, list[Facts]]:
    random = Random(count)  # noqa: S311
    own = {"address": "dossier.manager.email"}
    steps = [{"rule": f"r{number}", "when": {"dossier.id": f"d{number}"}, **own} for number in range(count - 1)]
    given = dossiers(_GIVEN, event="ping")
    for of_dossier in given:
        of_dossier["dossier"] |= {"id": f"d{random.randrange(count)}", "manager": {"email": "marie@dupont.example"}}
    return _book(root, [*steps, _LAST]), given


def _with_facts(root: Path, count: int) -> tuple[Path, list[Facts]]:
    random = Random(count)  # noqa: S311
    names = [f"flag{number}" for number in range(count)]
    steps = [{"rule": name, "when": {f"extra.{name}": True}, "address": "dossier.manager.email"} for name in names]
    root = _book(root, [*steps, _LAST])
    own = {"extra": {"type": "object", "properties": {name: {"type": "boolean"} for name in names}}}
    _write(root / "facts.schema.json", {"properties": own})
    given = dossiers(_GIVEN, event="ping")
    for of_dossier in given:
        of_dossier["extra"] = {**dict.fromkeys(names, False), random.choice(names): True}
        of_dossier["dossier"]["manager"] = {"email": "marie@dupont.example"}
    return root, given


def _book(root: Path, steps: list[dict[str, Any]]) -> Path:
    root.mkdir(exist_ok=True)
    title = {"en": "Ping"}
    _write(root / "cascades.yaml", {"cascades": {"standard": steps}})
    _write(root / "mails.yaml", {"mails": {"ping": {"title": title, "to": "standard"}}})
    _write(root / "refusals.yaml", {"refusals": {}})
    return root


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")
