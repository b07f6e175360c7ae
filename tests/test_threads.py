"""A router may be shared by threads: each gets the decision that it would get alone."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from operator import contains, ne
from pathlib import Path
from random import Random
from typing import Any

import pytest
from books import FACTS, refusal, with_facts, write, write_book
from courrier import Decision, Router, verdicts

THREADS = 8

CASCADES: Any = {
    "standard": [
        {"rule": "manager", "when": {"has": "dossier.manager"}, "address": "dossier.manager.email"},
        {
            "rule": "group",
            "when": {"dossier.client_group.id": ["a", "b", "c"]},
            "address": "dossier.client_group.email",
        },
        {"rule": "office", "address": "office.communication_email"},
    ]
}
OFFICES = ("first", "second", "third", "without")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    own = {
        office: {"mails": {"ping": {"to": [{"rule": office, "when": {"dossier.id": office}, "cascade": "standard"}]}}}
        for office in OFFICES[:3]
    }
    mails = {"ping": {"from": "standard", "to": "standard", "cc": {"address": "user.email"}, "refuse": ["elsewhere"]}}
    refusals = {"elsewhere": refusal({"user.active_elsewhere": True})}
    return write_book(tmp_path, cascades=CASCADES, mails=mails, refusals=refusals, offices=own)


def many(seed: int) -> list[dict[str, Any]]:
    """Return facts in many situations."""
    random = Random(seed)  # noqa: S311
    return [
        with_facts(
            FACTS,
            event={"type": "ping"},
            office__id=random.choice(OFFICES),
            dossier={
                "id": random.choice(OFFICES),
                "manager": random.choice([None, {"email": "m@dupont.be"}]),
                "client_group": {"id": random.choice("abcd"), "email": "g@dupont.be"},
            },
            user__active_elsewhere=random.random() < 0.2,
        )
        for _ in range(150)
    ]


def test_threads_share_a_router(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdicts, "MOST_REMEMBERED", 2)  # so that durable_rules is asked again and again
    batches = [many(seed) for seed in range(THREADS)]
    alone = Router.load(folder)
    expected = [[alone.decide(facts) for facts in batch] for batch in batches]
    shared, start = Router.load(folder), threading.Barrier(THREADS)

    def decide(batch: list[dict[str, Any]]) -> list[Decision]:
        start.wait()
        return [shared.decide(facts) for facts in batch]

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            assert list(pool.map(decide, batches)) == expected
    finally:
        sys.setswitchinterval(interval)


def test_a_router_is_reloaded_while_threads_decide(folder: Path) -> None:
    shared, batch = Router.load(folder), many(0)
    manager, group, office = CASCADES["standard"]
    books = [{"cascades": {"standard": rules}} for rules in ([group, manager, office], [manager, group, office])]
    expected = []
    for book in books:
        write(folder / "cascades.yaml", book)
        alone = Router.load(folder)
        expected.append([alone.decide(facts) for facts in batch])
    assert any(map(ne, *expected))
    start, reloaded = threading.Barrier(THREADS + 1), threading.Event()

    def decide(_: int) -> bool:
        start.wait()
        right = True
        while right and not reloaded.is_set():
            right = all(map(contains, zip(*expected, strict=True), map(shared.decide, batch)))
        return right

    with ThreadPoolExecutor(THREADS) as pool:
        right = pool.map(decide, range(THREADS))
        start.wait()
        try:
            for book in books * 3:
                write(folder / "cascades.yaml", book)
                shared.reload()
        finally:
            reloaded.set()
        assert all(right)
    assert [shared.decide(facts) for facts in batch] == expected[1]
