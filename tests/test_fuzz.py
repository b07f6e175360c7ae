"""Hostile input: of whatever bytes, nothing comes but answers and the documented errors, for work within bounds.

`COURRIER_EXAMPLES=10000 pytest tests/test_fuzz.py` tries more than the suite does, and measures memory as well. For
hours of it there is `fuzz/`.
"""

import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import hostile
import pytest
from hostile import calls_of, memory_of
from hypothesis import given, settings
from hypothesis import strategies as st

ON_DEMAND = "COURRIER_EXAMPLES" in os.environ
EXAMPLES = int(os.environ.get("COURRIER_EXAMPLES", "60"))
INPUTS = [hostile.rules, hostile.facts, hostile.built, hostile.log]
CALLS, CALLS_A_BYTE = 40_000, 400
"""How many functions an input may have called: some whatever it is, and some more for each byte of it."""
MEMORY, MEMORY_A_BYTE = 2**21, 10
"""How many bytes of memory."""

SCALARS = st.sampled_from(
    [
        *(None, True, False, 0, -1, 2**63, 10**400, 1e308, float("nan"), float("inf")),
        *("", " ", "a@b.be", "A@B.BE", "a@b@c", "<a@b.be>", "a@b.be,c@d.be", "a@\u00e9.be", "=?utf-8?q?a?=", "hmac:0"),
        *("\x00", "\r\nBcc: a@b.be", "\u202e", "\ud800", "\U0001f600", "x" * 300, "../../etc/passwd", "$s", "sid"),
        *("dupont", "marie", "monthly", "task_failed", "client_user_created", "from.domain", "standard", "__class__"),
    ]
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SCALARS.map(str), inner, max_size=3),
    max_leaves=6,
)
PIECES = st.sampled_from(
    [
        *"[]{}:,-?&*!|>'\"%@`#~<=\\\t\r\n 019",
        *("\n  ", ": ", "- ", "---\n", "<<: ", "!!python/object:os.system ", "&a ", "*a", "NaN", "1e999", "\\ud800"),
        *("when: ", "any: ", "not: ", "{fact: user.email}", "user.email", "matches: ", "(a|a)*" * 20, "cascade: "),
    ]
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield all that lies in a JSON value, as what it lies in and the key."""
    for key, inner in [*value.items()] if isinstance(value, dict) else [*enumerate(value)]:
        yield value, key
        if isinstance(inner, dict | list):
            yield from places(inner)


@st.composite
def edited(draw: st.DrawFn, samples: list[bytes]) -> bytes:
    """Return a sample in which some bytes are flipped, and pieces are put in, taken out or doubled."""
    data = bytearray(draw(st.sampled_from(samples)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        match draw(st.sampled_from(["flip", "put in", "take out", "double"])):
            case "flip":
                data[at : at + 1] = bytes(byte ^ 1 << draw(st.integers(0, 7)) for byte in data[at : at + 1])
            case "put in":
                data[at:at] = (draw(PIECES) * draw(st.sampled_from([1, 1, 1, 200]))).encode()
            case "take out":
                del data[at : at + draw(st.integers(1, 40))]
            case "double":
                data[at:at] = data[at : at + draw(st.integers(1, 400))]
    return bytes(data)


@st.composite
def changed(draw: st.DrawFn, samples: list[bytes]) -> bytes:
    """Return a sample in lines of JSON, in which some values are others."""
    lines = []
    for line in draw(st.sampled_from(samples)).splitlines():
        head, brace, rest = line.partition(b"{")
        value = json.loads(brace + rest)
        for _ in range(draw(st.integers(1, 3))):
            found = [*places(value)]
            inside, key = found[draw(st.integers(0, len(found) - 1))]
            inside[key] = draw(JSON)
        lines.append(head + json.dumps(value).encode())
    return b"\n".join(lines) + b"\n"


def bytes_for(take: Callable[[bytes], bool]) -> st.SearchStrategy[bytes]:
    samples = hostile.samples()[take]
    if take is hostile.rules:
        return edited(samples)
    return edited(samples) | changed(samples)


@pytest.mark.parametrize("take", INPUTS, ids=lambda take: take.__name__)
def test_samples_are_taken(take: Callable[[bytes], bool]) -> None:
    assert all(map(take, hostile.samples()[take]))


@pytest.mark.parametrize("take", INPUTS, ids=lambda take: take.__name__)
def test_nothing_comes_of_it_but_answers_and_documented_errors(take: Callable[[bytes], bool]) -> None:
    all(map(take, hostile.samples()[take]))  # what is made once is no work that an input asks for

    @settings(max_examples=EXAMPLES, report_multiple_bugs=False, deadline=None)
    @given(bytes_for(take))
    def holds(data: bytes) -> None:
        assert calls_of(lambda: take(data)) <= CALLS + CALLS_A_BYTE * len(data)
        if ON_DEMAND:
            assert memory_of(lambda: take(data)) <= MEMORY + MEMORY_A_BYTE * len(data)

    holds()
