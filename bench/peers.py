"""The job put to libraries that evaluate expressions, tables and policies.

Every peer gets more than Courrier does: the domain of each address stands ready in the facts, blank texts need not be
told from absent ones, no address is checked and no reason given. Each answers with the rule, the sender's and the
receiver's address, and whether each of the two refusals holds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

Facts = dict[str, Any]
Answer = tuple[str, str, str, bool, bool]
Peer = Callable[[Facts], Answer]

RULES = ("dossier-manager", "client-group", "office-functional", "office-communication")
ADDRESSES = (
    "dossier.manager.email",
    "dossier.client_group.email",
    "office.functional_email",
    "office.communication_email",
)
DOMAINS = (
    "dossier.manager.domain",
    "dossier.client_group.domain",
    "office.functional_domain",
    "office.communication_domain",
)
_TESTS = ("dossier.manager", "dossier.client_group", "office.functional_email")


def with_domains(facts: Facts) -> Facts:
    """Return facts in which the domain of each address stands beside it."""
    office, dossier = dict(facts["office"]), dict(facts["dossier"])
    for kind in ("functional", "communication"):
        office[f"{kind}_domain"] = domain_of(office[f"{kind}_email"] or "")
    for who in ("manager", "client_group"):
        dossier[who] = dossier[who] and {**dossier[who], "domain": domain_of(dossier[who]["email"])}
    return {**facts, "office": office, "dossier": dossier}


def domain_of(address: str) -> str:
    """Return what stands behind the last `@`."""
    return address.rpartition("@")[2]


def datalogic() -> Peer:
    """Use datalogic-py: JsonLogic, in Rust."""
    from datalogic_py import Engine

    evaluate = Engine().compile(_json_logic()).evaluate
    return lambda facts: tuple(evaluate(facts))


def json_logic() -> Peer:
    """Use json-logic-qubit: JsonLogic, in Python."""
    from json_logic import jsonLogic

    parts = _json_logic()
    return lambda facts: tuple([jsonLogic(part, facts) for part in parts])


def zen_expression() -> Peer:
    """Use zen-engine with a compiled expression: in Rust."""
    import zen

    evaluate = zen.compile_expression(_expression("not ")).evaluate
    return lambda facts: tuple(evaluate(facts))


def zen_table() -> Peer:
    """Use zen-engine with a decision table and a static loader: in Rust."""
    import zen

    evaluate = zen.ZenEngine({"loader": {"type": "static", "content": {"welcome": _decision_table()}}}).evaluate

    def ask(facts: Facts) -> Answer:
        found = evaluate("welcome", facts)["result"]
        return found["rule"], found["address"], found["to"], found["unprepared"], found["elsewhere"]

    return ask


def cel() -> Peer:
    """Use cel-expr-python: CEL, in C++."""
    from cel_expr_python import cel

    environment = cel.NewEnv(variables=dict.fromkeys(("event", "office", "dossier", "user"), cel.Type.DYN))
    evaluate = environment.compile(_expression("!")).eval
    return lambda facts: tuple(evaluate(data=facts).plain_value())


def cedar() -> Peer:
    """Use cedarpy: Cedar, in Rust; it says which policies hold, and is asked for the cascade and for each refusal."""
    from cedarpy import Entities, PolicySet, is_authorized

    def asked(*conditions: str) -> Callable[[dict[str, Any]], list[int]]:
        policies = PolicySet.from_str(
            "\n".join(f"permit(principal, action, resource) when {{ {c} }};" for c in conditions)
        )
        nobody = Entities.from_json_str("[]")
        request = {"principal": 'User::"a"', "action": 'Action::"send"', "resource": 'Mail::"welcome"'}

        def ask(facts: dict[str, Any]) -> list[int]:
            found = is_authorized({**request, "context": facts}, policies, nobody)
            return sorted(int(reason.removeprefix("policy")) for reason in found.diagnostics.reasons)

        return ask

    has = [f"context.{path.rpartition('.')[0]} has {path.rpartition('.')[2]}" for path in _TESTS]
    cascade = asked(*has, "true")
    refusals = asked("!context.prepared.contains(context.domain)", "context.elsewhere")

    def ask(facts: Facts) -> Answer:
        office, dossier, user = facts["office"], facts["dossier"], facts["user"]
        there = {
            "office": {key: office[key] for key in ("functional_email",) if office[key]},
            "dossier": {key: {"email": dossier[key]["email"]} for key in ("manager", "client_group") if dossier[key]},
        }
        chosen = cascade(there)[0]
        prepared, domain = office["prepared_domains"], at(facts, DOMAINS[chosen])
        held = refusals({"prepared": prepared, "domain": domain, "elsewhere": user["active_elsewhere"]})
        return RULES[chosen], at(facts, ADDRESSES[chosen]), user["email"], 0 in held, 1 in held

    return ask


def at(facts: Facts, path: str) -> Any:
    """Return what stands at a path."""
    found: Any = facts
    for key in path.split("."):
        found = found[key]
    return found


def _json_logic() -> list[Any]:
    def chosen(values: Sequence[Any]) -> Any:
        tests = [{"var": test} for test in _TESTS]
        return {"if": [part for pair in zip(tests, values, strict=False) for part in pair] + [values[-1]]}

    rule, address, domain = map(chosen, (RULES, [{"var": a} for a in ADDRESSES], [{"var": d} for d in DOMAINS]))
    unprepared = {"!": [{"in": [domain, {"var": "office.prepared_domains"}]}]}
    return [rule, address, {"var": "user.email"}, unprepared, {"var": "user.active_elsewhere"}]


def _expression(negation: str) -> str:
    """Return the job as zen and CEL both write it but for how they deny."""

    def chosen(values: Sequence[str]) -> str:
        tests = [f"{test} != null ? {value} : " for test, value in zip(_TESTS, values, strict=False)]
        return f"({''.join(tests)}{values[-1]})"

    rule, address, domain = map(chosen, (list(map(json.dumps, RULES)), ADDRESSES, DOMAINS))
    unprepared = f"{negation}({domain} in office.prepared_domains)"
    return f"[{rule}, {address}, user.email, {unprepared}, user.active_elsewhere]"


def _decision_table() -> dict[str, Any]:
    """Return the job as a graph of zen's: a table for the cascade, and expressions for what else is asked."""
    outputs = ("rule", "address", "domain")
    rows = [
        {"_id": str(n), f"i{n}": "true", **dict(zip(outputs, (json.dumps(rule), address, domain), strict=True))}
        for n, (rule, address, domain) in enumerate(zip(RULES, ADDRESSES, DOMAINS, strict=True))
    ]
    table = {
        "hitPolicy": "first",
        "passThrough": True,
        "inputs": [{"id": f"i{n}", "name": test, "field": f"{test} != null"} for n, test in enumerate(_TESTS)],
        "outputs": [{"id": output, "name": output, "field": output} for output in outputs],
        "rules": [{**dict.fromkeys(("i0", "i1", "i2"), ""), **row} for row in rows],
    }
    more = {
        "rule": "rule",
        "address": "address",
        "to": "user.email",
        "unprepared": "not (domain in office.prepared_domains)",
        "elsewhere": "user.active_elsewhere",
    }
    expressions = [{"id": key, "key": key, "value": value} for key, value in more.items()]
    nodes: list[tuple[str, str, Any]] = [("in", "inputNode", {}), ("table", "decisionTableNode", table)]
    nodes += [("more", "expressionNode", {"expressions": expressions}), ("out", "outputNode", {})]
    names = [name for name, _, _ in nodes]
    return {
        "nodes": [{"id": id, "name": id, "type": type, "content": content} for id, type, content in nodes],
        "edges": [{"id": a, "sourceId": a, "targetId": b, "type": "edge"} for a, b in pairwise(names)],
    }
