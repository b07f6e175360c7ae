"""Ask durable_rules: the one module that talks to its C engine.

The engine only ever sees small integers under generated names, in rules of a form that has been measured to be safe:
one element a rule, with the guard `_`, and a last rule `otherwise`, so that every message is consumed.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

try:
    import durable_rules_engine as engine
except ImportError as error:  # on Python 3.13 a build without the flag lacks a symbol of the C API
    raise ImportError(
        "durable_rules does not work on this Python: install it anew with "
        "CPPFLAGS=-DPyEval_CallObject=PyObject_CallObject pip install --no-cache-dir --force-reinstall durable_rules"
    ) from error

Expression = Mapping[str, Any]
"""A condition as durable_rules writes it; an empty one always holds."""

_GUARD: Expression = {"_": 1}
_OTHERWISE = "otherwise"
_handles = itertools.count()
_counted = Counter[str]()


def fork_safe_lock() -> threading.RLock:
    """Return a lock that nobody else holds while the process forks, so that it cannot stay locked in the child."""
    lock = threading.RLock()
    os.register_at_fork(before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release)
    return lock


_lock = fork_safe_lock()
"""One question at a time, since the engine never lets another thread run."""


class EngineError(RuntimeError):
    """durable_rules failed twice on the same question, the second time with a ruleset built anew."""


def counted() -> tuple[int, int]:
    """Return how many questions this process has asked, and at how many of them a ruleset was built anew."""
    return _counted["asked"], _counted["rebuilt"]


class Ruleset:
    """A ruleset of durable_rules, safe to share between threads."""

    def __init__(self, rules: Sequence[Expression]) -> None:
        """Take the conditions of the rules in order; each looks at values under the names that `name` gives."""
        named = {str(index): _rule(rule, index) for index, rule in enumerate(rules)}
        self._text = json.dumps(named | {_OTHERWISE: _rule({}, len(rules))})
        self._handle: int | None = None
        self._used = False

    def ask(self, values: Sequence[int]) -> int | None:
        """Return the index of the first rule that the values fulfil; None where none does.

        Raises:
            EngineError: durable_rules failed, and failed again with the ruleset built anew.
        """
        message = {**_GUARD, **{name(position): value for position, value in enumerate(values)}}
        with _lock:
            _counted["asked"] += 1
            try:
                fired = self._fire(message)
            except Exception:
                _counted["rebuilt"] += 1
                fired = self._fire_again(message)
        return None if fired == _OTHERWISE else int(fired)

    def _fire(self, message: dict[str, int]) -> str:
        """Post the message and return the name of the rule that fires; on any failure the ruleset is given up."""
        try:
            if self._handle is None:
                self._handle = engine.create_ruleset(f"courrier-{next(_handles)}", self._text)
            code, state = engine.assert_event(self._handle, json.dumps(message))
            if code != 0:
                raise EngineError(f"code {code}")
            _, actions = engine.start_action_for_state(self._handle, state)
            more = engine.complete_and_start_action(self._handle, state)
            self._used = True
            ((fired, action),) = json.loads(actions).items()
            if action["m"] != message or more is not None:
                raise EngineError("the answer is to another question")
        except BaseException:  # also an interrupt: what is left half done would answer the next question
            self._delete()
            raise
        return str(fired)

    def _fire_again(self, message: dict[str, int]) -> str:
        try:
            return self._fire(message)
        except Exception as error:
            raise EngineError(f"durable_rules failed: {error}") from error

    def _delete(self) -> None:
        """Give the engine's memory back; its state may only be deleted once an action has been completed."""
        handle, self._handle = self._handle, None
        if handle is not None:
            if self._used:
                engine.delete_state(handle, "0")
            engine.delete_ruleset(handle)
        self._used = False

    def __del__(self) -> None:
        """Give the engine's memory back with the last cascade of this shape; when Python ends, its modules are gone."""
        if not sys.is_finalizing():
            self._delete()


def name(position: int) -> str:
    """Return the name under which the value at a position of a message stands."""
    return f"a{position}"


def _rule(condition: Expression, priority: int) -> dict[str, Any]:
    return {"all": [{"m": {"$and": [_GUARD, condition] if condition else [_GUARD]}}], "pri": priority}
