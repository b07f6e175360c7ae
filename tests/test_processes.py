"""One router for threads, processes and event loops, for ever; and what becomes of it when durable_rules fails.

`COURRIER_SOAK=10000000 pytest tests/test_processes.py -k soak` decides as often as the suite has no time for.
"""

import asyncio
import gc
import json
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from unittest import mock

import durable_rules_engine as engine
import meaning
import pytest
from books import FACTS, with_facts, write_book
from courrier import Decision, EngineError, FactsError, Router, offices, rete, verdicts
from courrier import watch as watching
from courrier.checking import build_book
from courrier.facts import read_text
from courrier.rete import Ruleset

SOAK = int(os.environ.get("COURRIER_SOAK", "20000"))
THREADS = 16
ROLES = ("from", "to", "cc")
ADDRESS = "dossier.manager.email"
OFFICES = [f"o{n}" for n in range(12)]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rules that look at several facts, and offices that have their own conditions."""
    standard = [
        {"rule": "manager", "when": {"has": "dossier.manager"}, "address": ADDRESS},
        {"rule": "group", "when": {"has": "dossier.client_group.email"}, "address": "dossier.client_group.email"},
        {"rule": "office", "address": "office.communication_email"},
    ]
    return write_book(
        tmp_path_factory.mktemp("book"),
        cascades={"standard": standard},
        mails={
            "client_user_created": {"title": {"en": "Welcome"}, "from": "standard", "to": {"address": "user.email"}},
            "task_failed": {"title": {"en": "Failed"}, "to": "standard"},
        },
        offices={
            office: {
                "mails": {
                    "task_failed": {
                        "to": [
                            {"rule": "period", "when": {"dossier.vat_period": f"p{n % 4}"}, "collaborators": ["marie"]},
                            {"rule": "group", "when": {"lacks": "dossier.client_group"}, "collaborators": [f"x{n}"]},
                        ]
                    }
                }
            }
            for n, office in enumerate(OFFICES[:9])
        },
    )


class Case(NamedTuple):
    facts: Mapping[str, Any]
    expected: Any


@pytest.fixture(scope="module")
def cases(book: Path) -> Sequence[Case]:
    """Facts, and what they mean by a reading of the rules that knows no situation."""
    books, random = Router.load(book), Random(3)  # noqa: S311
    found = []
    for _ in range(400):
        facts = with_facts(
            event__type=random.choice(["client_user_created", "task_failed"]),
            office__id=random.choice(OFFICES),
            dossier__manager=random.choice([None, FACTS["dossier"]["manager"]]),
            dossier__client_group=random.choice([None, FACTS["dossier"]["client_group"], {"id": "g", "email": " "}]),
            dossier__vat_period=random.choice(["p0", "p1", "p2", "p3", None]),
            user__email=random.choice(["an@client.be", "an@client.be", None]),
        )
        try:
            expected: Any = meaning.decide(books.book(read_text(facts, "office.id")), facts)
        except (FactsError, meaning.AtFault):
            expected = "error"
        found.append(Case(facts, expected))
    assert sum(case.expected == "error" for case in found) > 10
    return found


def said(decision: Decision) -> meaning.Meaning:
    return meaning.Meaning(
        decision.sender,
        list(decision.to),
        list(decision.cc),
        {key: [reason.rule for reason in reasons] for key, reasons in zip(ROLES, decision.reasons, strict=True)},
        [refusal.code for refusal in decision.refusals],
        {warning.code for warning in decision.warnings},
    )


def wrong(router: Router, cases: Sequence[Case], times: int, seed: int = 0) -> int:
    """Decide about the cases in a random order, and count the answers that are wrong."""
    random, count = Random(seed), 0  # noqa: S311
    for _ in range(times):
        case = random.choice(cases)
        try:
            got: Any = said(router.decide(case.facts))
        except FactsError:
            got = "error"
        count += got != case.expected
    return count


# Threads


def test_threads_share_a_router(book: Path, cases: Sequence[Case]) -> None:
    router = Router.load(book, offices=4)
    with ThreadPoolExecutor(THREADS) as threads:
        wrongs = [threads.submit(wrong, router, cases, 300, seed) for seed in range(THREADS)]
        assert [result.result() for result in wrongs] == [0] * THREADS
    assert router.stats().offices == 4


def test_threads_read_a_built_file_together(book: Path, cases: Sequence[Case], tmp_path: Path) -> None:
    build_book(book, tmp_path / "it")
    router = Router.load(tmp_path / "it", offices=1)
    with ThreadPoolExecutor(THREADS) as threads:
        wrongs = [threads.submit(wrong, router, cases, 100, seed) for seed in range(THREADS)]
        assert [result.result() for result in wrongs] == [0] * THREADS


def test_room_that_another_thread_makes_is_no_matter(book: Path) -> None:
    router = Router.load(book, offices=1)
    router.book("o0")

    class Emptied(OrderedDict[str, Any]):
        def __len__(self) -> int:
            return 9

        def popitem(self, last: bool = True) -> Any:  # noqa: ARG002
            raise KeyError

    router._rules.ready = Emptied()
    assert router.book("o1").digest != router.book().digest


def test_soak(book: Path, cases: Sequence[Case]) -> None:
    router = Router.load(book)

    def resident() -> int:
        gc.collect()
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")

    assert wrong(router, cases, 5000) == 0
    before = resident()
    assert wrong(router, cases, SOAK, seed=1) == 0
    assert resident() - before < 4_000_000


# Processes

FORKS = """
import os, sys, threading
from courrier import Router, rete, router as module
from courrier.router import _reloading

router = Router.load(sys.argv[1])
facts = {"event": {"type": "task_failed"}, "office": {"id": "o1", "communication_email": "office@x.be"}}
WATCH

class Slow:
    def __init__(self, lock): self.lock, self.held, self.go_on = lock, threading.Event(), threading.Event()
    def __call__(self):
        with self.lock:
            self.held.set()
            self.go_on.wait()

slow = [Slow(rete._lock), Slow(_reloading)]
for one in slow:
    threading.Thread(target=one, daemon=True).start()
    one.held.wait()
    threading.Timer(0.05, one.go_on.set).start()
child = os.fork()
if not child:
    router.reload()
    assert router.decide(facts).outcome == "send"
    CHILD
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
router.reload()
assert router.decide(facts).outcome == "send"
"""


def run(script: str, book: Path) -> None:
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", script, str(book)]
    subprocess.run(command, check=True, timeout=60)


def test_a_fork_takes_no_lock_along(book: Path) -> None:
    run(FORKS.replace("WATCH", "").replace("CHILD", ""), book)


def test_a_fork_takes_a_watch_along(book: Path) -> None:
    watch = "watch = router.watch(1e9)"
    run(FORKS.replace("WATCH", watch).replace("CHILD", "assert watch._thread.is_alive(); watch.stop()"), book)


def test_a_watch_that_was_stopped_is_not_taken_along(book: Path) -> None:
    with Router.load(book).watch(1e9) as watch:
        thread = watch._thread
        watching._go_on()
        assert watch._thread is not thread
        thread, watch._stopped = watch._thread, watch._stopped
    watching._go_on()
    assert watch._thread is thread


def test_a_router_is_loaded_where_it_is_sent(book: Path, cases: Sequence[Case]) -> None:
    router = Router.load(book, offices=7)
    right = [case for case in cases if case.expected != "error"][:40]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as processes:
        decisions = list(processes.map(router.decide, [case.facts for case in right], chunksize=5))
    assert [said(decision) for decision in decisions] == [case.expected for case in right]


def test_a_router_is_loaded_once(tmp_path: Path) -> None:
    copy = write_book(tmp_path, mails={"ping": {"title": {"en": "A"}, "to": "standard"}})
    sent = pickle.dumps(Router.load(copy, offices=7))
    there = pickle.loads(sent)  # noqa: S301
    assert pickle.loads(sent) is there  # noqa: S301
    assert (there._path, there._most) == (copy, 7)
    write_book(copy, mails={"ping": {"title": {"en": "B"}, "to": "standard"}})
    assert pickle.loads(pickle.dumps(Router.load(copy, offices=7))) is not there  # noqa: S301


# Event loops


def test_a_reload_does_not_hold_up_an_event_loop(book: Path) -> None:
    router, go_on = Router.load(book), threading.Event()
    anew = router._rules.anew

    def slowly() -> offices.Offices:
        assert go_on.wait(60)
        return anew()

    async def main() -> int:
        with mock.patch.object(router._rules, "anew", slowly):
            reload = asyncio.create_task(asyncio.to_thread(router.reload))
            decided = 0
            while decided < 100:
                decided += router.decide(FACTS).outcome == "send"
                await asyncio.sleep(0)
            assert not reload.done()
            go_on.set()
            await reload
        return router.stats().reloads

    assert asyncio.run(main()) == 1


# When durable_rules fails

ONE_OF_TWO = [{"$and": [{"a0": 1}]}, {"$and": [{"a0": 2}]}]


def too_many() -> int:
    """Return a ruleset of which a message matches more rules than the engine can hold: error 303."""
    rules = {str(n): {"all": [{"m": {"$and": [{"_": 1}, {"$lte": {"a0": 10 + n}}]}}], "pri": n} for n in range(80)}
    return int(engine.create_ruleset("too-many", json.dumps(rules)))


def broken() -> int:
    """Return a handle whose ruleset is gone."""
    handle = int(engine.create_ruleset("broken", json.dumps({"0": {"all": [{"m": {"_": 1}}]}})))
    engine.delete_ruleset(handle)
    return handle


@pytest.mark.parametrize("handle", [too_many, broken])
def test_a_ruleset_that_fails_is_built_anew(handle: Any) -> None:
    ruleset = Ruleset(ONE_OF_TWO)
    assert ruleset.ask([2]) == 1
    ruleset._delete()
    ruleset._handle = handle()
    asked, rebuilt = rete.counted()
    assert [ruleset.ask([cell]) for cell in (1, 2, 3)] == [0, 1, None]
    assert rete.counted() == (asked + 3, rebuilt + 1)


def test_a_decision_is_right_though_durable_rules_fails(book: Path) -> None:
    router = Router.load(book)
    fail = iter([True])

    def fails_once(*arguments: Any) -> Any:
        if next(fail, False):
            raise Exception("error 303")
        return real(*arguments)

    real, rebuilt = engine.assert_event, router.stats().rebuilt
    facts = with_facts(event__type="task_failed", office__id="o1", dossier__vat_period="p1", dossier__extra=1)
    for known in [reference() for reference in verdicts._shapes.valuerefs()]:
        if known:
            known._remembered.clear()
    with mock.patch.object(engine, "assert_event", fails_once):
        assert [reason.rule for reason in router.decide(facts).reasons.to] == ["offices.o1.mails.task_failed.to.period"]
    assert router.stats().rebuilt == rebuilt + 1


def test_what_fails_twice_is_an_error() -> None:
    with mock.patch.object(engine, "assert_event", side_effect=Exception("error 303")):
        asked, rebuilt = rete.counted()
        with pytest.raises(EngineError, match="durable_rules failed: error 303"):
            Ruleset(ONE_OF_TWO).ask([1])
    assert rete.counted() == (asked + 1, rebuilt + 1)
