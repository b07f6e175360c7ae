"""The decision log: what a line says and does not say, and that nothing that befalls the file befalls a decision."""

import contextlib
import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from random import Random
from typing import Any

import generated
import pytest
from books import FACTS, with_facts, write_book
from commands import LONGEST_WAIT, courrier, watched
from courrier import FactsError, Router, decision_log, model, records
from courrier.decision_log import DecisionLog
from courrier.model import Condition, Fact, Has, Operator, Scalar
from courrier.records import Decided, Records, parse
from courrier.situations import Situations, ValueAxis
from courrier.words import MOST_CONSTANTS, Pseudonyms, type_of, word_of
from hypothesis import given, settings
from hypothesis import strategies as st
from logged import KEY, lines, told, write_generated


def all_lines(folder: Path) -> list[Any]:
    return [line for path in folder.iterdir() for line in lines(path)]


# What a line says


def test_a_line_says_what_was_decided_and_not_about_whom(tmp_path: Path) -> None:
    with DecisionLog(tmp_path / "log", key=KEY) as log:
        log(told())
    ((line),) = lines(tmp_path / "log")
    assert line.pop("time").endswith("Z")
    assert line.pop("rules") == Router.standard().book().digest
    marie, an = "hmac:ccb1fb71a140f242a6910e831f8b7fba", "hmac:e2d953dd8636d3a261b05f166e43c7c5"
    assert line == {
        "event": "client_user_created",
        "office": "dupont",
        "outcome": "send",
        "refusals": [],
        "warnings": [],
        "gives": {
            "from": ["dossier.manager.name <dossier.manager.email>"],
            "to": ["user.email"],
            "cc": ["dossier.manager.name <dossier.manager.email>"],
        },
        "asked": {
            "from": [{"id": "cascades.standard", "cells": [1, 1, 0], "rule": "cascades.standard.dossier-manager"}],
            "to": [{"id": "mails.client_user_created.to", "cells": [], "rule": "mails.client_user_created.to"}],
            "cc": [{"id": "mails.client_user_created.cc", "cells": [], "rule": "mails.client_user_created.cc"}],
            "refuse": [
                {"id": "refusals.sender-not-prepared", "cells": [2], "rule": None},
                {"id": "refusals.user-active-elsewhere", "cells": [1], "rule": None},
            ],
        },
        "facts": [
            {"fact": "dossier.manager", "type": "object", "absent": False},
            {"fact": "dossier.client_group.email", "type": "address", "absent": False},
            {"fact": "office.functional_email", "type": "address", "absent": True},
            {
                "fact": "from.domain",
                "type": "host",
                "test": "from.domain: {in: {fact: office.prepared_domains}}",
                "holds": True,
            },
            {"fact": "user.active_elsewhere", "type": "boolean", "in": [False]},
        ],
        "left_out": [],
        "people": {"from": [marie], "to": [an], "cc": [marie]},
        "key": "d908cc30",
    }


def test_a_refused_mail_says_what_refused_it_and_whom_it_was_for() -> None:
    record = Records(KEY).of(told(facts=with_facts(user__active_elsewhere=True)))
    assert record["refusals"] == ["user-active-elsewhere"]
    assert record["people"] == Records(KEY).of(told())["people"]


def test_without_a_key_there_are_no_pseudonyms() -> None:
    assert {"people", "left_out", "key"}.isdisjoint(Records().of(told()))


def test_equal_people_have_equal_pseudonyms_with_one_key_and_no_other() -> None:
    def sender(key: str, address: str) -> Any:
        people: Any = Records(key).of(told(facts=with_facts(dossier__manager__email=address)))["people"]
        return people["from"]

    assert sender(KEY, "marie@dupont.be") == sender(KEY, "marie@DUPONT.be") == sender(KEY, "marie@dupont.be")
    assert len({*sender(KEY, "m@dupont.be"), *sender(KEY, "n@dupont.be"), *sender(KEY + "!", "m@dupont.be")}) == 3


def test_a_short_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the key of a decision log has at least 16 bytes"):
        DecisionLog(tmp_path / "log", key="short")


COLLABORATORS = {
    "office__collaborators": [
        {"id": "a", "email": "a@dupont.be"},
        {"id": "b", "email": "b@dupont.be", "active": False},
        {"id": "c", "email": "c@dupont.be"},
    ]
}


@pytest.mark.parametrize(
    ("roles", "given", "left_out"),
    [
        ({"to": ["a", "c"]}, {"to": "ac"}, ""),
        ({"to": ["nobody", "a", "b"]}, {"to": "a"}, "nobody b"),
        ({"from": ["b", "c", "a"]}, {"from": "c"}, "b"),
        ({"to": ["b"]}, {"to": ["office.communication_email"]}, "b"),
        ({"cc": ["b", "nobody"]}, {"cc": []}, "b nobody"),
    ],
)
def test_collaborators_are_told_apart_by_their_pseudonyms(
    tmp_path: Path, roles: dict[str, Any], given: dict[str, Any], left_out: str
) -> None:
    mail = {role: {"collaborators": names} for role, names in roles.items()}
    book = write_book(tmp_path, mails={"ping": {"to": "standard", **mail}})
    decided = told(book, with_facts(event__type="ping", **COLLABORATORS))
    hide = Records(KEY)._hide
    record = Records(KEY).of(decided)
    for role, expected in given.items():
        names = [hide.collaborator("dupont", name) for name in expected] if isinstance(expected, str) else expected
        assert record["gives"][role] == names  # type: ignore[call-overload, index]
    assert record["left_out"] == [hide.collaborator("dupont", name) for name in left_out.split()]
    bare: Any = Records().of(decided)["gives"]
    assert {role: bare[role] for role in given} == {
        role: ["a collaborator"] if isinstance(expected, str) else expected for role, expected in given.items()
    }


NUMBER = Fact("dossier.employees", "number")
FLAG = Fact("user.active_elsewhere", "boolean")
VAT = Fact("dossier.vat_period", "string")
NAME = Fact("dossier.manager.name", "string")
MAIL = Fact("user.email", "string", "address")
PEOPLE = Fact("office.collaborators", "objects")


def compare(fact: Fact, operator: Operator, *operand: Scalar) -> model.Test:
    return model.Test(fact, operator, operand)


def hidden(text: str, kind: str = "constant") -> str:
    return str(Pseudonyms(KEY)._hidden(kind, text))


MONTHLY, QUARTERLY = compare(VAT, "in", "monthly", "yearly"), compare(VAT, "in", "quarterly")
STRETCHES = model.Any((compare(NUMBER, "above", 5), compare(NUMBER, "in", 1, 3), compare(NUMBER, "at_least", 9)))
MANY = compare(VAT, "in", *map(str, range(MOST_CONSTANTS + 1)))
SPREAD = compare(NUMBER, "in", *range(0, 4 * MOST_CONSTANTS, 2))


@pytest.mark.parametrize(
    ("condition", "value", "with_key", "without"),
    [
        (Has(VAT), None, {"absent": True}, ...),
        (Has(VAT), " ", {"absent": True}, ...),
        (Has(VAT), "x", {"absent": False}, ...),
        (Has(NUMBER), 5, {"absent": False}, ...),
        (Has(PEOPLE), [{}, {"a": 1}], {"absent": False}, ...),
        (MONTHLY, "yearly", {"in": ["monthly", "yearly"]}, ...),
        (model.Any((MONTHLY, QUARTERLY)), "quarterly", {"in": ["quarterly"]}, ...),
        (model.Any((MONTHLY, QUARTERLY)), "x", {"not_in": ["monthly", "yearly", "quarterly"]}, ...),
        (compare(FLAG, "in", True), True, {"in": [True]}, ...),
        (compare(FLAG, "in", True), False, {"in": [False]}, ...),
        (compare(FLAG, "in", True, False), False, {"absent": False}, ...),
        (STRETCHES, 0, {"within": [{"below": 1}, {"above": 1, "below": 3}, {"above": 3, "at_most": 5}]}, ...),
        (STRETCHES, 3, {"within": [{"at_least": 1, "at_most": 1}, {"at_least": 3, "at_most": 3}]}, ...),
        (STRETCHES, 6, {"within": [{"above": 5, "below": 9}]}, ...),
        (STRETCHES, 9, {"within": [{"at_least": 9}]}, ...),
        (SPREAD, 2, {"within": [{"at_least": 0, "at_most": 4 * MOST_CONSTANTS - 2}]}, ...),
        (MANY, "1", {"absent": False}, ...),
        (MANY, "x", {"not_in": [*map(str, range(MOST_CONSTANTS))]}, ...),
        (compare(NAME, "in", "Marie"), "Marie", {"in": [hidden("Marie")]}, {"absent": False}),
        (compare(NAME, "in", "Marie"), "Jean", {"not_in": [hidden("Marie")]}, {"absent": False}),
        (
            compare(VAT, "in", "Marie P", "monthly"),
            "x",
            {"not_in": [hidden("Marie P"), "monthly"]},
            {"not_in": ["monthly"]},
        ),
        (compare(MAIL, "in", "a@b.be"), "a@b.be", {"in": [hidden("a@b.be", "address")]}, {"absent": False}),
        (
            compare(VAT, "starts_with", "mon"),
            "monthly",
            {"test": "dossier.vat_period: {starts_with: mon}", "holds": True},
            ...,
        ),
        (
            compare(MAIL, "ends_with", "@b.be"),
            "a@c.be",
            {"test": f'user.email: {{ends_with: "{hidden("@b.be", "address")}"}}', "holds": False},
            {"absent": False},
        ),
        (compare(MAIL, "ends_with", "@b.be"), None, {"test": ..., "holds": None}, {"absent": True}),
    ],
)
def test_words(condition: Condition, value: object, with_key: Any, without: Any) -> None:
    situations = Situations([condition])
    (axis,) = situations.axes
    fact = axis.fact if isinstance(axis, ValueAxis) else axis.test.fact
    nested: Any = value
    for step in reversed(fact.path.split(".")):
        nested = {step: nested}
    cases: list[tuple[str | None, Any]] = [(KEY, with_key), (None, with_key if without is ... else without)]
    for key, expected in cases:
        word = dict(word_of(axis, axis.cell(nested), Pseudonyms(key)))
        assert (word.pop("fact"), word.pop("type")) == (fact.path, type_of(fact))
        assert word == {**expected, **({"test": word["test"]} if expected.get("test") is ... else {})}


@settings(max_examples=10, deadline=None)
@given(generated.books(), st.integers(0, 2**32), st.sampled_from([KEY, None]))
def test_no_line_has_an_address_or_a_name(book: generated.Book, seed: int, key: str | None) -> None:
    random, found, records = Random(seed), list[Decided](), Records(key)  # noqa: S311
    with tempfile.TemporaryDirectory() as folder:
        router = Router.load(write_generated(Path(folder), book), on_decision=found.append)
        for _ in range(40):
            facts = generated.facts(random)
            with contextlib.suppress(FactsError):
                router.decide(facts)
    for decided in found:
        line = json.dumps(records.of(decided))
        assert parse(line.encode())
        assert "@" not in line
        for text in ("a b", "A, B", "nobody", "é"):
            assert json.dumps(text)[1:-1] not in line.replace(decided.decision.event, "")


# What befalls the file


def test_what_a_killed_process_left_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b'{"time": "20')
    with DecisionLog(path) as log:
        log(told())
    torn, whole = path.read_bytes().splitlines()
    assert (torn, json.loads(whole)["office"]) == (b'{"time": "20', "dupont")


def test_a_log_can_be_used_again_after_it_is_closed(tmp_path: Path) -> None:
    log = DecisionLog(tmp_path / "log")
    for _ in range(2):
        log(told())
        log.close()
        log.close()
    assert len(lines(tmp_path / "log")) == 2


def test_a_log_is_rotated_and_some_are_kept(tmp_path: Path) -> None:
    decided = told()
    with DecisionLog(tmp_path / "log", largest=3000, kept=2) as log:
        for _ in range(9):
            log(decided)
    sizes = {path.name: len(lines(path)) for path in tmp_path.iterdir()}
    assert sizes.keys() == {"log", "log.1", "log.2"}
    assert all((tmp_path / name).stat().st_size <= 3000 for name in sizes)
    assert sizes["log.1"] == sizes["log.2"] > 1


def test_a_line_larger_than_a_log_is_written_all_the_same(tmp_path: Path) -> None:
    with DecisionLog(tmp_path / "log", largest=1) as log:
        log(told())
        log(told())
    assert [len(lines(path)) for path in sorted(tmp_path.iterdir())] == [1, 1]


@pytest.mark.parametrize("to", ["elsewhere", None])
def test_a_log_that_somebody_moves_or_deletes_is_begun_anew(tmp_path: Path, to: str | None) -> None:
    path = tmp_path / "log"
    with DecisionLog(path) as log:
        log(told())
        if to:
            path.rename(tmp_path / to)
        else:
            path.unlink()
        log(told())
        path.rename(tmp_path / "other")
        path.write_bytes(b"")
        log(told())
    assert len(lines(path)) == 1


def test_while_another_process_rotates_the_log_grows(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with DecisionLog(path, largest=1) as log, path.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        log(told())
        log(told())
        assert len(lines(path)) == 2
        fcntl.flock(held, fcntl.LOCK_UN)
        log(told())
    assert len(lines(path)) == 1


def test_what_another_process_has_rotated_is_not_rotated_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log"
    with DecisionLog(path, largest=1) as log:
        log(told())

        def flock(*_: object) -> None:
            path.rename(tmp_path / "log.1")
            path.write_bytes(b"")

        monkeypatch.setattr(fcntl, "flock", flock)
        log(told())
    assert {path.name: len(lines(path)) for path in tmp_path.iterdir()} == {"log": 1, "log.1": 1}


def test_where_rotating_fails_the_log_grows_and_says_so_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def replace(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    path = tmp_path / "log"
    with DecisionLog(path, largest=1) as log:
        log(told())
        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", replace)
            log(told())
            log(told())
            patch.setattr(decision_log, "PAUSE", 0.0)
            log._next_rotation = 0.001
            log(told())
        assert len(lines(path)) == 4
        assert caplog.messages == [f"the decision log `{path}` cannot be rotated: permission denied"]
        log(told())
    assert (len(lines(path)), log.lost, log.failure) == (1, 0, None)


def test_a_full_disk_neither_stops_nor_slows_deciding(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    log = DecisionLog("/dev/full")
    router = Router.standard(on_decision=log)
    tries: list[bytes] = []
    write = os.write

    def counted(fd: int, line: bytes) -> int:
        tries.append(line)
        return write(fd, line)

    monkeypatch.setattr(os, "write", counted)
    for _ in range(100):
        assert router.decide(FACTS).outcome == "send"
    assert (log.lost, len(tries), router.untold) == (100, 1, 0)
    monkeypatch.setattr(decision_log, "PAUSE", 0.0)
    log._next_try = 0.0
    router.decide(FACTS)
    router.decide(FACTS)
    assert (log.lost, len(tries)) == (102, 3)
    assert caplog.messages == ["the decision log `/dev/full` cannot be written: no space left on device"]
    assert log.failure is not None
    assert log.failure.errno == errno.ENOSPC


def test_after_a_failure_the_log_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "there" / "log"
    path.parent.mkdir()
    monkeypatch.setattr(decision_log, "PAUSE", 0.0)
    with DecisionLog(path) as log:
        for _ in range(2):
            path.unlink()
            path.parent.rmdir()
            log(told())
            path.parent.mkdir()
            log(told())
        assert len(lines(path)) == 1
    assert log.lost == 2
    assert caplog.messages == [f"the decision log `{path}` cannot be written: no such file or directory"] * 2


def test_half_a_line_is_closed_off_from_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decision_log, "PAUSE", 0.0)
    write = os.write
    with DecisionLog(tmp_path / "log") as log:
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", lambda fd, line: write(fd, line[:10]))
            log(told())
        log(told())
    half, whole = (tmp_path / "log").read_bytes().splitlines()
    assert (len(half), json.loads(whole)["office"], log.lost) == (10, "dupont", 1)


def test_a_file_that_cannot_be_mended_is_not_left_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "log").write_bytes(b"{")
    before = len([*Path("/proc/self/fd").iterdir()])

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        DecisionLog(tmp_path / "log")
    assert len([*Path("/proc/self/fd").iterdir()]) == before


# Threads, forks, kills


def test_threads_share_a_log(tmp_path: Path) -> None:
    decided = told()
    with DecisionLog(tmp_path / "log", largest=20_000, kept=100) as log:

        def write() -> None:
            for _ in range(50):
                log(decided)

        threads = [threading.Thread(target=write) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(all_lines(tmp_path)) == 400
    assert log.lost == 0


def run(code: str, *arguments: object) -> subprocess.CompletedProcess[bytes]:
    """Run Python code that has a router `router` and a decision log `log` for the file given first."""
    return subprocess.run([sys.executable, "-c", START + code, *map(str, arguments)], check=False, timeout=LONGEST_WAIT)


START = f"""
import os, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from books import FACTS
from courrier import Router
from courrier.decision_log import DecisionLog
log = DecisionLog(sys.argv[1], largest=20_000, kept=100)
router = Router.standard(on_decision=log)
"""


def test_forked_processes_share_a_log(tmp_path: Path) -> None:
    code = """
children = [os.fork() for _ in range(2)]
for _ in range(50):
    router.decide(FACTS)
if all(children):
    assert {os.waitpid(child, 0)[1] for child in children} == {0}
"""
    assert run(code, tmp_path / "log").returncode == 0
    assert len(all_lines(tmp_path)) == 200


def test_a_fork_does_not_wait_for_a_lock_of_the_parent(tmp_path: Path) -> None:
    code = """
log._lock.acquire()
child = os.fork()
if child == 0:
    router.decide(FACTS)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""
    assert run(code, tmp_path / "log").returncode == 0
    assert len(lines(tmp_path / "log")) == 1


def test_a_kill_breaks_no_line_but_the_last(tmp_path: Path) -> None:
    code = """
print(flush=True)
while True:
    router.decide(FACTS)
"""
    process = subprocess.Popen([sys.executable, "-c", START + code, str(tmp_path / "log")], stdout=subprocess.PIPE)
    with watched(process):
        assert process.stdout is not None
        process.stdout.readline()
        while len(list(tmp_path.iterdir())) < 3:
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
    *older, last = sorted(tmp_path.iterdir(), key=lambda path: -int(path.suffix[1:] or 0))
    assert [line for path in older for line in lines(path)]
    whole = last.read_bytes().split(b"\n")[:-1]
    assert [json.loads(line)["office"] for line in whole] == ["dupont"] * len(whole)


# Listeners


def test_a_listener_that_fails_changes_no_decision(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError

    router = Router.standard(on_decision=fail, on_error=fail)
    assert router.decide(FACTS) == Router.standard().decide(FACTS)
    with pytest.raises(FactsError):
        router.decide({})
    assert router.untold == 2
    assert caplog.messages == ["a listener failed; what it was told of stands"] * 2


def test_on_error_is_told_of_facts_at_fault() -> None:
    found: list[FactsError] = []
    router = Router.standard(on_error=found.append)
    with pytest.raises(FactsError) as raised:
        router.decide({})
    assert found == [raised.value]
    with pytest.raises(FactsError):
        Router.standard().decide({})


def test_explaining_tells_nobody() -> None:
    found: list[Decided] = []
    Router.standard(on_decision=found.append).explain(FACTS)
    assert found == []


def test_words_are_remembered_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MOST_REMEMBERED", 1)
    found: list[Decided] = []
    router = Router.standard(on_decision=found.append)
    for manager in (None, {"email": "m@dupont.be"}):
        router.decide(with_facts(dossier__manager=manager))
    made = Records(KEY)
    first = made.of(found[0])
    assert made.of(found[1]) != first
    assert made.of(found[0]) == first


# The command line


def test_decide_logs(tmp_path: Path) -> None:
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps(FACTS), encoding="utf-8")
    for _ in range(2):
        assert courrier("decide", facts, "--log", tmp_path / "log", environment={"COURRIER_LOG_KEY": KEY}).code == 0
    assert [line["people"] for line in lines(tmp_path / "log")] == [Records(KEY).of(told())["people"]] * 2


@pytest.mark.parametrize(
    ("log", "variables", "code", "error"),
    [
        ("no/where", {}, 2, "error: `no/where` cannot be written: no such file or directory\n"),
        (
            "/dev/null",
            {"COURRIER_LOG_KEY": "short"},
            2,
            "error: COURRIER_LOG_KEY cannot be used: the key of a decision log has at least 16 bytes\n",
        ),
        ("/dev/full", {}, 0, "warning: 1 decision could not be logged: no space left on device\n"),
    ],
)
def test_decide_says_what_is_wrong_with_the_log(
    tmp_path: Path, log: str, variables: dict[str, str], code: int, error: str
) -> None:
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps(FACTS), encoding="utf-8")
    ran = courrier("decide", facts, "--log", log, environment=variables)
    assert (ran.code, ran.err) == (code, error)


def test_decide_counts_what_was_not_logged(tmp_path: Path) -> None:
    facts = tmp_path / "facts.jsonl"
    facts.write_text(f"{json.dumps(FACTS)}\n" * 3, encoding="utf-8")
    ran = courrier("decide", facts, "--log", "/dev/full")
    assert (ran.code, ran.err) == (0, "warning: 3 decisions could not be logged: no space left on device\n")
