"""The job put to rule engines that are asked about flags: what the rules look at is read out of the facts by hand."""

from __future__ import annotations

from typing import Any

from bench.peers import ADDRESSES, DOMAINS, RULES, Answer, Facts, Peer, at

FLAGS = ("manager", "group", "functional")
REFUSALS = ("unprepared", "elsewhere")


def business_rules() -> Peer:
    """Use business-rules: in Python."""
    from business_rules import run_all
    from business_rules.actions import BaseActions, rule_action
    from business_rules.fields import FIELD_TEXT
    from business_rules.variables import BaseVariables, boolean_rule_variable

    class Variables(BaseVariables):  # type: ignore[misc]
        def __init__(self, flags: dict[str, bool]) -> None:
            self.flags = flags

    for name in (*FLAGS, *REFUSALS):
        reads = eval(f"lambda self: self.flags[{name!r}]")  # noqa: S307  # the library goes by the function's own name
        reads.__name__ = name
        setattr(Variables, name, boolean_rule_variable()(reads))

    class Actions(BaseActions):  # type: ignore[misc]
        def __init__(self) -> None:
            self.said: list[str] = []

        @rule_action(params={"what": FIELD_TEXT})  # type: ignore[untyped-decorator]
        def say(self, what: str) -> None:
            self.said.append(what)

    def rule(what: str, flag: str) -> Any:
        conditions = [{"name": flag, "operator": "is_true", "value": True}] if flag else []
        return {"conditions": {"all": conditions}, "actions": [{"name": "say", "params": {"what": what}}]}

    cascade = [rule(what, flag) for what, flag in zip(RULES, FLAGS, strict=False)]
    refusals = [rule(flag, flag) for flag in REFUSALS]

    def ask(facts: Facts) -> Answer:
        actions = Actions()
        run_all(cascade, Variables(_flags(facts)), actions, stop_on_first_trigger=True)
        chosen = RULES.index(actions.said[0]) if actions.said else 3
        actions.said = []
        run_all(refusals, Variables(_refusal_flags(facts, chosen)), actions)
        return _answer(facts, chosen, "unprepared" in actions.said, "elsewhere" in actions.said)

    return ask


def durable_rules_stock() -> Peer:
    """Use durable_rules as its manual says: `durable.lang`."""
    from durable.lang import m, post, pri, ruleset, when_all

    said: list[int] = []

    def cascade_rule(index: int, condition: Any) -> None:
        @when_all(pri(index), condition)  # type: ignore[untyped-decorator]
        def fires(_: Any) -> None:
            said.append(index)

    with ruleset("cascade"):
        for index, flag in enumerate(FLAGS):
            cascade_rule(index, getattr(m, flag) == True)  # noqa: E712
        cascade_rule(3, m.always == True)  # noqa: E712
    for name in REFUSALS:
        with ruleset(name):
            cascade_rule(0, getattr(m, name) == True)  # noqa: E712
            cascade_rule(1, m.always == True)  # noqa: E712

    def fired(name: str, message: dict[str, bool]) -> int:
        said.clear()
        post(name, {**message, "always": True})
        return said[0]

    def ask(facts: Facts) -> Answer:
        chosen = fired("cascade", _flags(facts))
        flags = _refusal_flags(facts, chosen)
        return _answer(facts, chosen, *(fired(name, {name: flags[name]}) == 0 for name in REFUSALS))

    return ask


def durable_rules_module() -> Peer:
    """Use durable_rules' C module through Courrier's safe calls, asked every time."""
    from courrier.rete import Ruleset

    cascade = Ruleset([{f"a{index}": 1} for index in range(3)])
    refusals = [Ruleset([{"a0": 1}]) for _ in REFUSALS]

    def ask(facts: Facts) -> Answer:
        fired = cascade.ask([int(flag) for flag in _flags(facts).values()])
        chosen = 3 if fired is None else fired
        flags = _refusal_flags(facts, chosen).values()
        held = [rules.ask([int(flag)]) is not None for rules, flag in zip(refusals, flags, strict=True)]
        return _answer(facts, chosen, *held)

    return ask


def _flags(facts: Facts) -> dict[str, bool]:
    dossier, office = facts["dossier"], facts["office"]
    return {
        "manager": bool(dossier["manager"]),
        "group": bool(dossier["client_group"]),
        "functional": bool(office["functional_email"]),
    }


def _refusal_flags(facts: Facts, chosen: int) -> dict[str, bool]:
    unprepared = at(facts, DOMAINS[chosen]) not in facts["office"]["prepared_domains"]
    return {"unprepared": unprepared, "elsewhere": facts["user"]["active_elsewhere"]}


def _answer(facts: Facts, chosen: int, unprepared: bool, elsewhere: bool) -> Answer:
    return RULES[chosen], at(facts, ADDRESSES[chosen]), facts["user"]["email"], unprepared, elsewhere
