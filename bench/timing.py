"""Measure functions against each other: the process's own time, in rounds, each function in its turn.

So a busy machine is busy for all, and the time that other processes take does not count.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

ROUNDS = 61
_LONGEST_TURN = 0.02
"""Seconds; a slow function is given fewer of the facts in its turn."""

Function = Callable[[Any], object]


class Times(NamedTuple):
    """Microseconds a call: the best round, the middle one, and the one that nine of ten rounds do not exceed."""

    best: float
    median: float
    ninth: float

    @property
    def cells(self) -> tuple[str, ...]:
        """The times as a table has them."""
        return tuple(f"{time:.2f}" if time < 10 else f"{time:,.0f}" for time in self)


def measure(
    functions: Mapping[str, Function], given: Sequence[Any], *, rounds: int = ROUNDS, all_of_them: bool = False
) -> dict[str, Times]:
    """Return the times of each function, which is called with one given thing after the other."""
    turns = {name: given if all_of_them else given[: _fitting(call, given)] for name, call in functions.items()}
    taken: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            turn = turns[name]
            for item in turn:  # so that no function finds the caches as another one left them
                function(item)
            started = time.process_time()
            for item in turn:
                function(item)
            taken[name].append((time.process_time() - started) / len(turn) * 1e6)
    return {name: times_of(of_name) for name, of_name in taken.items()}


def once(function: Callable[..., object], *given: object) -> float:
    """Return the microseconds that one call takes."""
    started = time.process_time()
    function(*given)
    return (time.process_time() - started) * 1e6


def once_as_child(program: Sequence[str]) -> float:
    """Return the microseconds that a program takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(program, stdout=subprocess.DEVNULL, check=True)  # noqa: S603
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime) * 1e6


def times_of(taken: Sequence[float]) -> Times:
    """Return what several measurements come to."""
    return Times(min(taken), statistics.median(taken), statistics.quantiles(taken, n=10)[-1])


def _fitting(function: Function, given: Sequence[Any]) -> int:
    for item in given[:30]:
        function(item)
    slowest = max(once(function, given[0]) for _ in range(3))
    return max(3, min(len(given), int(_LONGEST_TURN * 1e6 / slowest)))
