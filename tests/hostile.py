"""Take what somebody wrote to do harm, and see that nothing comes of it but answers and the documented errors.

Each of the four inputs has a function: rule files, facts, built files, lines of a decision log. It takes bytes and
tells whether they were taken or refused; whatever it raises is a bug. Hypothesis calls them in `test_fuzz.py`, atheris
in `fuzz/`.
"""

import functools
import hashlib
import io
import json
import sys
import tempfile
import tracemalloc
from collections.abc import Callable, Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any
from unittest import mock

from books import FACTS, with_facts
from courrier import FactsError, Refused, Router, RulesError, resources
from courrier.build import load_office, load_platform, office_file, platform_files
from courrier.built import MAJOR
from courrier.checking import build_book
from courrier.cli.inputs import read_facts
from courrier.decision import Decision
from courrier.diagnostics import Report
from courrier.files import unsaved
from courrier.records import Decided, Records
from courrier.replay import Replay
from courrier.usual import Usual

Taken = bool
OFFICE = "cabinet-lambert"
KEY = "a key of a service"
WELCOME = with_facts(FACTS, office__id=OFFICE)
TASK = with_facts(WELCOME, event={"type": "task_failed"})
OF_THE_OFFICE = {"contact@dupont.be", "marie@dupont.be", "north@dupont.be"}
"""The addresses under `office.` and `dossier.` in these facts."""

ROOT = resources.rules()
RULE_FILES = (office_file(ROOT, OFFICE), *(path for path in platform_files(ROOT) if path.exists()))


@functools.cache
def standard() -> Router:
    """Return a router for the shipped rules."""
    return Router.standard()


def rules(data: bytes) -> Taken:
    """Read a file of a rule book: the first byte says which, the rest is what stands in it."""
    path = RULE_FILES[data[0] % len(RULE_FILES)] if data else RULE_FILES[0]
    report = Report()
    with unsaved({path: data[1:]}):
        platform = load_platform(ROOT, report)
        book = load_office(ROOT, OFFICE, platform, report)
    if report.diagnostics:
        assert all(diagnostic.frame() for diagnostic in report.diagnostics)
        return False
    for event in book.mails:
        facts = with_facts(WELCOME, event={"type": event})
        own, others = (decided(Usual(rules).decide, facts) for rules in (book, platform))
        if path == RULE_FILES[0]:
            assert recipients(own) <= recipients(others) | OF_THE_OFFICE
    return True


def facts(data: bytes) -> Taken:
    """Read the lines of a stream of facts, and decide about each."""
    taken = False
    with mock.patch("sys.stdin", SimpleNamespace(buffer=io.BytesIO(data))):
        for given in read_facts("-").given:
            if given.error is None and (decision := decided(standard().decide, given.facts)):
                taken = True
                # What was decided twice is remembered, and has to be what it was.
                again = [standard().decide(given.facts) for _ in range(2)]
                assert again == [decision, standard().explain(given.facts).decision]
    return taken


def built(data: bytes) -> Taken:
    """Load what stands in a built file under its first line, with a digest that fits."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "book")
        path.write_bytes(f"courrier {MAJOR} sha256:{hashlib.sha256(data).hexdigest()}\n".encode() + data)
        try:
            router = Router.load(path)
            for asked in (WELCOME, TASK, FACTS):
                decided(router.decide, asked)
        except RulesError:
            return False
    return True


def log(data: bytes) -> Taken:
    """Replay a line of a decision log against the shipped rules."""
    try:
        Replay(standard(), KEY).line(data)
    except ValueError:
        return False
    return True


def decided(decide: Callable[[Mapping[str, Any]], Decision], facts: Any) -> Decision | None:
    """Return a decision, whose mail goes to its recipients and to nobody else; None where the facts are at fault."""
    try:
        decision = decide(facts)
    except FactsError:
        return None
    json.dumps(decision.to_dict()).encode()
    message = EmailMessage(policy.SMTPUTF8)
    try:
        decision.apply_to(message)
    except Refused:
        assert not recipients(decision)
        return decision
    headers = message_from_bytes(message.as_bytes())
    fields = [str(field) for name in ("To", "Cc") for field in headers.get_all(name, [])]
    assert len(getaddresses(fields)) == len(recipients(decision))
    return decision


def recipients(decision: Decision | None) -> set[str]:
    """Return the addresses that a mail goes to."""
    return {address.address for address in (*decision.to, *decision.cc)} if decision else set()


def calls_of(work: Callable[[], object]) -> int:
    """Return how many functions are called; time would say it too, and depend on the machine."""
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:  # noqa: ARG001
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls


def memory_of(work: Callable[[], object]) -> int:
    """Return the most bytes that are held at once."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@functools.cache
def samples() -> Mapping[Callable[[bytes], Taken], list[bytes]]:
    """Return for each function what it takes, to start from."""
    given = [json.dumps(facts).encode() for facts in (WELCOME, TASK)]
    with tempfile.TemporaryDirectory() as folder:
        build_book(ROOT, Path(folder, "book"))
        body = Path(folder, "book").read_bytes().partition(b"\n")[2]
    return {
        rules: [bytes([number]) + path.read_bytes() for number, path in enumerate(RULE_FILES)],
        facts: [*given, b"\n".join(given)],
        built: [body],
        log: [logged(facts, key) for facts in (WELCOME, TASK) for key in (KEY, None)],
    }


def logged(facts: Mapping[str, Any], key: str | None) -> bytes:
    """Return the line of a log for the decision about some facts, as if other rules had decided."""
    told: list[Decided] = []
    Router.standard(on_decision=told.append).decide(facts)
    return json.dumps({**Records(key).of(told[0]), "rules": "sha256:other"}).encode()
