"""Measure Courrier beside a hand-written function and its peers, and write the figures into `docs/benchmarks.md`.

`python -m bench` measures all, `python -m bench welcome scale` some of it; only a run of all writes into the docs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

from courrier import Decision, Router

from bench import command, scale
from bench.byhand import ByHand
from bench.dossiers import EXAMPLE_OFFICE, Facts, dossiers
from bench.engines import business_rules, durable_rules_module, durable_rules_stock
from bench.peers import RULES, Answer, Peer, cedar, cel, datalogic, json_logic, with_domains, zen_expression, zen_table
from bench.report import Table, show, write
from bench.timing import Function, measure

DOSSIERS = 300
MANY_DOSSIERS = 20_000
"""More than addresses are remembered, so that each sender and each receiver is a new one."""

PEERS: Mapping[str, Callable[[], Peer]] = {
    "datalogic-py (Rust)": datalogic,
    "zen-engine, compiled expression (Rust)": zen_expression,
    "business-rules": business_rules,
    "cel-expr-python (C++)": cel,
    "zen-engine, decision table (Rust)": zen_table,
    "json-logic-qubit": json_logic,
    "durable_rules, C module asked every time": durable_rules_module,
    "durable_rules, stock API": durable_rules_stock,
    "cedarpy (Rust)": cedar,
}
BY_HAND, COURRIER = "hand-written function", "Router.decide"
JOBS = {
    "cascade": ("the cascade alone", dossiers(DOSSIERS, event="task_failed")),
    "welcome": ("the welcome mail with both refusals", dossiers(DOSSIERS)),
    "override": (
        "an office's own choice, with a condition",
        dossiers(DOSSIERS, event="vat_documents_ok", office=EXAMPLE_OFFICE),
    ),
}


def decisions(router: Router) -> Table:
    """Compare decisions, whole and equal to the last reason, with those of a hand-written function."""
    by_hand = ByHand(router, EXAMPLE_OFFICE).functions()
    rows = []
    for job, (title, given) in JOBS.items():
        agree({BY_HAND: by_hand[job], COURRIER: router.decide}, given)
        times = measure({BY_HAND: by_hand[job], COURRIER: router.decide}, given)
        ratio = f"{times[COURRIER].best / times[BY_HAND].best:.1f}"
        rows.append((title, *(cell for name in (BY_HAND, COURRIER) for cell in times[name].cells), ratio))
    heads = ("job", *(f"{name}, {head}" for name in ("by hand", "Courrier") for head in ("best", "median", "ninth")))
    return Table("Whole decisions", (*heads, "ratio of the best"), rows)


def peers(router: Router) -> Table:
    """Compare the welcome mail with what other libraries make of it."""
    given = [with_domains(facts) for facts in JOBS["welcome"][1]]
    functions: dict[str, Function] = {BY_HAND: ByHand(router, EXAMPLE_OFFICE).functions()["welcome"]}
    functions[COURRIER] = router.decide
    expected = [answer_of(router.decide(facts), facts) for facts in given]
    skipped = []
    for name, make in PEERS.items():
        try:
            peer = make()
        except ImportError as error:
            skipped.append((name, f"skipped: {error}"))
            continue
        for facts, answer in zip(given, expected, strict=True):
            if tuple(peer(facts)) != answer:
                raise SystemExit(f"{name} answers {peer(facts)}, where {answer} is right")
        functions[name] = peer
    times = sorted(measure(functions, given).items(), key=lambda item: item[1].best)
    hand = dict(times)[BY_HAND].best
    rows = [(name, *of_name.cells, f"{of_name.best / hand:.1f}") for name, of_name in times]
    return Table("Beside peers", ("", "best", "median", "ninth", "ratio of the best"), [*rows, *skipped])


def new_addresses(router: Router) -> Table:
    """Compare the welcome mail where no address was ever seen before, of a sender either."""
    given = dossiers(MANY_DOSSIERS)
    for number, facts in enumerate(given):
        for person in (facts["dossier"]["manager"], facts["dossier"]["client_group"]):
            if person:
                person["email"] = f"{number}.{person['email']}"
    by_hand = ByHand(router, EXAMPLE_OFFICE).functions()["welcome"]
    agree({BY_HAND: by_hand, COURRIER: router.decide}, given)
    times = measure({BY_HAND: by_hand, COURRIER: router.decide}, given, rounds=5, all_of_them=True)
    ratio = f"{times[COURRIER].best / times[BY_HAND].best:.1f}"
    row = ("the welcome mail", *(cell for name in (BY_HAND, COURRIER) for cell in times[name].cells), ratio)
    heads = ("job", *(f"{name}, {head}" for name in ("by hand", "Courrier") for head in ("best", "median", "ninth")))
    return Table(f"{MANY_DOSSIERS:,} dossiers, each address a new one", (*heads, "ratio of the best"), [row])


def agree(functions: Mapping[str, Callable[[Facts], object]], given: list[Facts]) -> None:
    """Make sure that all functions answer alike, three times, so that all that is remembered is so."""
    for _ in range(3):
        for facts in given:
            (name, first), *others = ((name, function(facts)) for name, function in functions.items())
            for other, answer in others:
                if answer != first:
                    raise SystemExit(f"{other} answers {answer}, and {name} {first}")


def answer_of(decision: Decision, facts: Facts) -> Answer:
    """Return what peers are asked for."""
    codes = {refusal.code for refusal in decision.refusals}
    rule = decision.reasons.sender[0].rule.rpartition(".")[2]
    sender = decision.sender
    if sender is None or rule not in RULES:
        raise SystemExit(f"the rule book is not the shipped one: {decision}")
    to = facts["user"]["email"]
    return rule, sender.address, to, "sender-not-prepared" in codes, "user-active-elsewhere" in codes


SECTIONS: Mapping[str, Callable[[Router], list[Table]]] = {
    "decisions": lambda router: [decisions(router), new_addresses(router)],
    "peers": lambda router: [peers(router)],
    "scale": lambda router: [scale.first_sight(), scale.rules(), scale.facts(), scale.offices()],
    "command": lambda router: [command.lines(), command.start()],
}


def main(chosen: list[str]) -> None:
    """Measure the chosen sections, or all."""
    if unknown := set(chosen) - SECTIONS.keys():
        raise SystemExit(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    router = Router.standard()
    tables = []
    for section in chosen or SECTIONS:
        for table in SECTIONS[section](router):
            show(table)
            tables.append(table)
    if not chosen:
        write(tables)


if __name__ == "__main__":
    main(sys.argv[1:])
