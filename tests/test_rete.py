"""durable_rules is asked in the one way that is safe, and whatever it does, no wrong answer comes of it."""

import gc
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import durable_rules_engine
import pytest
from courrier import rete
from courrier.rete import EngineError, Expression, Ruleset, name

RULES: list[Expression] = [{name(0): 1}, {"$or": [{name(0): 2}, {"$gte": {name(1): 5}}]}]
"""The first fires for (1, …), the second for (2, …) and (…, 5)."""

CALLS = ("create_ruleset", "assert_event", "start_action_for_state", "complete_and_start_action")
ANSWERS = {(1, 0): 0, (1, 9): 0, (2, 0): 1, (0, 5): 1, (0, 0): None}


class Engine:
    """The engine, with its calls noted down and some of them gone wrong."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.messages: list[str] = []
        self.wrong: dict[str, list[Callable[[Any], Any]]] = {}
        """For each call what to make of its next results."""

    def __getattr__(self, call: str) -> Callable[..., Any]:
        def made(*args: Any) -> Any:
            self.calls.append(call)
            if call in {"create_ruleset", "assert_event"}:
                self.messages.append(args[1])
            result = getattr(durable_rules_engine, call)(*args)
            return self.wrong[call].pop(0)(result) if self.wrong.get(call) else result

        return made


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    spied = Engine()
    monkeypatch.setattr(rete, "engine", spied)
    return spied


def raising(error: BaseException) -> Callable[[Any], Any]:
    def fail(_: Any) -> Any:
        raise error

    return fail


def instead(result: Any) -> Callable[[Any], Any]:
    return lambda _: result


def check_answers(ruleset: Ruleset) -> None:
    for values, answer in [*ANSWERS.items(), *reversed(ANSWERS.items())]:
        assert ruleset.ask(values) == answer


def test_the_first_rule_that_holds_is_the_answer() -> None:
    check_answers(Ruleset(RULES))
    assert Ruleset([{}, {name(0): 1}]).ask([1]) == 0
    assert Ruleset([]).ask([]) is None


STATE = '{ "sid":"0", "id":"sid-0", "$s":1}'
FAILURES = [
    pytest.param("create_ruleset", raising(durable_rules_engine.error("error code: 113")), id="create raises"),
    pytest.param("assert_event", raising(durable_rules_engine.error("error code: 303")), id="assert raises"),
    pytest.param("assert_event", instead((1, 1)), id="nothing matched"),
    pytest.param("assert_event", instead((2, 1)), id="code 2"),
    pytest.param("start_action_for_state", raising(durable_rules_engine.error("error code: 303")), id="start raises"),
    pytest.param("start_action_for_state", raising(MemoryError()), id="start runs out of memory"),
    pytest.param(
        "start_action_for_state", instead((STATE, '{"0":{"m":{"_":1,"a0":1,"a1":1}}}')), id="another message's answer"
    ),
    pytest.param("start_action_for_state", instead((STATE, '{"0":{"m_0":{}}}')), id="an answer of another form"),
    pytest.param("start_action_for_state", instead((STATE, "{}")), id="no answer"),
    pytest.param("start_action_for_state", instead(None), id="nothing"),
    pytest.param("complete_and_start_action", raising(durable_rules_engine.error("error")), id="complete raises"),
    pytest.param("complete_and_start_action", instead('{"1":{"m":{"_":1}}}'), id="another action is left"),
]


@pytest.mark.parametrize("used", [False, True], ids=["unused", "used"])
@pytest.mark.parametrize(("call", "failure"), FAILURES)
def test_a_failure_is_mended_by_a_ruleset_built_anew(
    engine: Engine, call: str, failure: Callable[[Any], Any], used: bool
) -> None:
    ruleset = Ruleset(RULES)
    if used and call != "create_ruleset":
        check_answers(ruleset)
    engine.wrong[call] = [failure]
    check_answers(ruleset)
    assert engine.wrong[call] == []
    assert engine.calls.count("create_ruleset") == 2


@pytest.mark.parametrize(("call", "failure"), FAILURES)
def test_a_second_failure_is_told_and_the_next_question_is_answered(
    engine: Engine, call: str, failure: Callable[[Any], Any]
) -> None:
    ruleset = Ruleset(RULES)
    engine.wrong[call] = [failure, failure]
    with pytest.raises(EngineError, match="durable_rules failed: "):
        ruleset.ask((1, 0))
    check_answers(ruleset)


@pytest.mark.parametrize(
    "call", ["create_ruleset", "assert_event", "start_action_for_state", "complete_and_start_action"]
)
def test_an_interrupt_goes_through_and_leaves_nothing_behind(engine: Engine, call: str) -> None:
    ruleset = Ruleset(RULES)
    engine.wrong[call] = [raising(KeyboardInterrupt())]
    with pytest.raises(KeyboardInterrupt):
        ruleset.ask((1, 0))
    check_answers(ruleset)
    assert engine.calls.count("create_ruleset") == 2


def test_nothing_is_left_pending(engine: Engine) -> None:
    ruleset = Ruleset(RULES)
    for _ in range(3):
        check_answers(ruleset)
    asked = engine.calls[1:]
    assert asked == [*CALLS[1:]] * (len(asked) // 3)


def test_a_state_is_deleted_before_its_ruleset_and_only_after_an_action(engine: Engine) -> None:
    gc.collect()
    for questions, deletes in [
        (0, []),
        (1, ["delete_state", "delete_ruleset"]),
        (2, ["delete_state", "delete_ruleset"]),
    ]:
        ruleset = Ruleset(RULES)
        for _ in range(questions):
            ruleset.ask((1, 0))
        engine.calls.clear()
        del ruleset
        gc.collect()
        assert engine.calls == deletes
    engine.calls.clear()
    ruleset = Ruleset(RULES)
    engine.wrong["start_action_for_state"] = [raising(RuntimeError())]
    ruleset.ask((1, 0))
    assert engine.calls[:4] == ["create_ruleset", "assert_event", "start_action_for_state", "delete_ruleset"]


def test_nothing_is_deleted_when_python_ends(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    gc.collect()
    ruleset = Ruleset(RULES)
    ruleset.ask((1, 0))
    engine.calls.clear()
    with monkeypatch.context() as ending:
        ending.setattr(sys, "is_finalizing", lambda: True)
        ruleset.__del__()
    assert engine.calls == []


def test_the_engine_sees_small_integers_under_generated_names(engine: Engine) -> None:
    check_answers(Ruleset(RULES))
    rules, *messages = map(json.loads, engine.messages)
    assert [(list(message), set(map(type, message.values()))) for message in messages] == [
        (["_", "a0", "a1"], {int})
    ] * len(messages)
    assert list(rules) == ["0", "1", "otherwise"]
    assert [rule["pri"] for rule in rules.values()] == [0, 1, 2]
    assert all(len(rule["all"]) == 1 and rule["all"][0]["m"]["$and"][0] == {"_": 1} for rule in rules.values())


def resident() -> int:
    """Return the bytes of memory that this process holds."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
def test_memory_stays_flat() -> None:
    ruleset = Ruleset(RULES)

    def ask(times: int) -> None:
        for number in range(times):
            ruleset.ask((number % 3, number % 7))

    def build(times: int) -> None:
        for _ in range(times):
            check_answers(Ruleset(RULES))

    for work, times in ((ask, 100_000), (build, 300)):
        work(times // 10)
        before = resident()
        work(times)
        assert resident() - before < 4 * 2**20


@pytest.mark.parametrize("module", [None, "broken"])
def test_an_engine_that_does_not_work_says_what_to_do(
    module: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if module is None:
        monkeypatch.setitem(sys.modules, "durable_rules_engine", None)
    else:
        (tmp_path / "durable_rules_engine.py").write_text("raise ImportError('undefined symbol: PyEval_CallObject')")
        monkeypatch.delitem(sys.modules, "durable_rules_engine")
        monkeypatch.syspath_prepend(tmp_path)
    spec = importlib.util.spec_from_file_location("rete_anew", rete.__file__)
    assert spec is not None
    assert spec.loader is not None
    with pytest.raises(ImportError) as caught:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
    assert str(caught.value) == (
        "durable_rules does not work on this Python: install it anew with "
        "CPPFLAGS=-DPyEval_CallObject=PyObject_CallObject pip install --no-cache-dir --force-reinstall durable_rules"
    )


def test_python_exits_in_silence() -> None:
    program = "from courrier.rete import Ruleset, name\nruleset = Ruleset([{name(0): 1}])\nprint(ruleset.ask([1]))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert (done.stdout, done.stderr) == ("0\n", "")
