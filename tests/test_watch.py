"""Rules that change while the router is at work: read when their files have come to rest, and never by half.

`COURRIER_RELOADS=10000 COURRIER_EDITS=1000 pytest tests/test_watch.py` does both more often than the suite does.
"""

import gc
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import pytest
from books import refusal, write_book
from courrier import Decision, Router, RulesError
from courrier.checking import build_book
from courrier.folder import Stamps
from courrier.offices import OnFault
from courrier.watch import Watch

NEVER = 1e9
"""An interval in which no test ends: the tests look themselves."""
RELOADS = int(os.environ.get("COURRIER_RELOADS", "200"))
EDITS = int(os.environ.get("COURRIER_EDITS", "25"))
PEOPLE = [{"id": f"p{n}", "email": f"p{n}@x.be"} for n in range(4)]
FACTS: Mapping[str, Any] = {
    "event": {"type": "ping"},
    "office": {"id": "dupont", "communication_email": "o@x.be", "collaborators": PEOPLE},
    "dossier": {"vat_period": "monthly"},
}


def called(n: int) -> str:
    """Return what everything in a version is called: each in another length, so that no clock need tell files apart."""
    return f"v{n}" + "x" * n


def write_version(folder: Path, n: int) -> Path:
    """Write a rule book in which everything says `n`: rules, mails and offices that fit no other version."""
    name = called(n)
    rule = {"rule": name, "when": {"dossier.vat_period": "monthly"}, "address": "office.communication_email"}
    last = {"rule": "last", "address": "office.communication_email"}
    return write_book(
        folder,
        cascades={name: [rule, last], "standard": [rule, last]},
        mails={"ping": {"title": {"en": name}, "to": name, "cc": "standard", "refuse": [name]}},
        refusals={name: refusal({"dossier.vat_period": name})},
        offices={
            "dupont": {"mails": {"ping": {"to": {"collaborators": [f"p{n % 4}"]}, "cc": name}}},
            "martin": {"cascades": {name: [name, "last"]}},
        },
    )


def decide(router: Router, office: str = "dupont") -> Decision:
    return router.decide({**FACTS, "office": {**FACTS["office"], "id": office}})


@pytest.fixture
def eager_threads() -> Iterator[None]:
    """Let threads take turns often, so that they meet in more places."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return write_version(tmp_path / "book", 0)


@pytest.fixture
def faults() -> list[RulesError]:
    return []


@pytest.fixture
def router(book: Path, faults: list[RulesError]) -> Router:
    return Router.load(book, on_fault=faults.append)


@pytest.fixture
def watch(router: Router) -> Iterator[Watch]:
    with router.watch(NEVER) as watch:
        yield watch


def test_nothing_is_read_while_nothing_changes(router: Router, watch: Watch) -> None:
    decide(router)
    for _ in range(3):
        watch.poll()
    assert router.stats().reloads == 0
    assert router.changes() == {}


def test_a_change_is_read_when_it_is_at_rest(book: Path, router: Router, watch: Watch) -> None:
    decide(router)
    mails = book / "mails.yaml"
    for _ in range(5):
        mails.write_text(mails.read_text("utf-8") + "#\n", encoding="utf-8")
        watch.poll()
    assert router.stats().reloads == 0
    assert list(router.changes()) == ["mails.yaml"]
    watch.poll()
    assert router.stats().reloads == 1
    watch.poll()
    assert (router.stats().reloads, router.changes()) == (1, {})


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (lambda book: (book / "offices" / "dupont.yaml").write_text("office: dupont\n"), ["offices/dupont.yaml"]),
        (lambda book: (book / "offices" / "dupont.yaml").unlink(), ["offices", "offices/dupont.yaml"]),
        (lambda book: (book / "offices" / "plain.yaml").write_text("office: plain\n"), ["offices"]),
        (lambda book: (book / "facts.schema.json").write_text("{}"), ["facts.schema.json"]),
        (lambda book: shutil.rmtree(book / "offices"), ["offices", "offices/dupont.yaml"]),
    ],
    ids=["an office says less", "an office has left", "a new office", "facts of its own", "no offices"],
)
def test_each_file_that_counts_is_watched(
    change: Callable[[Path], object], names: list[str], book: Path, router: Router, watch: Watch
) -> None:
    decide(router)
    decide(router, "plain")
    change(book)
    assert [*router.changes()] == names
    watch.poll()
    watch.poll()
    assert (router.stats().reloads, router.changes()) == (1, {})


def test_rules_at_fault_are_told_once(book: Path, router: Router, watch: Watch, faults: list[RulesError]) -> None:
    before = decide(router)
    mails = (book / "mails.yaml").read_text("utf-8")
    (book / "mails.yaml").write_text("mails: [", encoding="utf-8")
    for _ in range(4):
        watch.poll()
    assert [[found.code for found in fault.diagnostics] for fault in faults] == [["yaml-syntax"]]
    assert (decide(router), router.stats()[2:4]) == (before, (0, 1))
    (book / "mails.yaml").write_text("mails: [[", encoding="utf-8")
    for _ in range(4):
        watch.poll()
    assert len(faults) == 2
    (book / "mails.yaml").write_text(mails, encoding="utf-8")
    for _ in range(4):
        watch.poll()
    assert (router.stats()[2:4], router.changes(), len(faults)) == ((1, 2), {}, 2)


def test_the_same_fault_is_told_again_when_it_comes_back(book: Path, watch: Watch, faults: list[RulesError]) -> None:
    mails = book / "mails.yaml"
    for _ in range(2):
        mails.rename(book / "aside")
        for _ in range(3):
            watch.poll()
        (book / "aside").rename(mails)
        for _ in range(3):
            watch.poll()
    assert [[found.code for found in fault.diagnostics] for fault in faults] == [["missing-file"]] * 2


def test_an_office_at_fault_is_told_once(book: Path, router: Router, watch: Watch, faults: list[RulesError]) -> None:
    before = decide(router)
    (book / "offices" / "dupont.yaml").write_text("office: [", encoding="utf-8")
    for _ in range(5):
        watch.poll()
    assert [[found.code for found in fault.diagnostics] for fault in faults] == [["yaml-syntax"]]
    assert (decide(router), decide(router, "martin").rules) != (before, before.rules)
    assert (router.stats().outdated, router.stats().reloads) == (1, 1)


def test_a_built_file_is_watched(book: Path, tmp_path: Path, faults: list[RulesError]) -> None:
    build_book(book, tmp_path / "it")
    router = Router.load(tmp_path / "it", on_fault=faults.append)
    with router.watch(NEVER) as watch:
        before = decide(router)
        watch.poll()
        write_version(book, 1)
        build_book(book, tmp_path / "it")
        assert decide(router) == before
        for _ in range(3):
            watch.poll()
        assert decide(router) == decide(Router.load(book))
        (tmp_path / "it").unlink()
        for _ in range(3):
            watch.poll()
        assert decide(router) == decide(Router.load(book))
    assert (len(faults), router.stats()[2:4]) == (1, (1, 1))


# The thread


def test_the_thread_looks_by_itself(book: Path) -> None:
    told = threading.Event()
    router = Router.load(book, on_fault=lambda error: told.set())
    with router.watch(0.001):
        (book / "mails.yaml").write_text("mails: [", encoding="utf-8")
        assert told.wait(60)


def test_a_watch_can_be_stopped_also_by_what_it_tells(book: Path) -> None:
    stopped = threading.Event()

    def on_fault(_: RulesError) -> None:
        looking.stop()
        stopped.set()

    router = Router.load(book, on_fault=on_fault)
    looking = router.watch(0.001)
    (book / "mails.yaml").write_text("mails: [", encoding="utf-8")
    assert stopped.wait(60)
    looking.stop()
    assert not looking._thread.is_alive()


def test_a_watch_outlives_what_hears_its_faults(book: Path, caplog: pytest.LogCaptureFixture) -> None:
    told = threading.Semaphore(0)

    def on_fault(_: RulesError) -> None:
        told.release()
        raise OSError("no mail server")

    router = Router.load(book, on_fault=on_fault)
    with router.watch(0.001):
        for text in ("mails: [", "mails: [["):
            (book / "mails.yaml").write_text(text, encoding="utf-8")
            assert told.acquire(timeout=60)
    assert caplog.messages == ["a listener failed; the last good rules go on"] * 2


def test_a_watch_outlives_what_it_looks_at(caplog: pytest.LogCaptureFixture) -> None:
    class Rules:
        on_fault: OnFault = staticmethod(lambda error: None)
        looked = threading.Semaphore(0)

        def changes(self) -> Stamps:
            self.looked.release()
            raise OSError("no disk")

        def reload(self) -> None:
            raise AssertionError

    rules = Rules()
    with Watch(rules, 0.001):
        assert rules.looked.acquire(timeout=60)
        assert rules.looked.acquire(timeout=60)
    assert caplog.messages[0] == "the rules could not be looked at; the next try is in 0.001 s"


def test_a_watch_ends_with_its_router(book: Path) -> None:
    router = Router.load(book)
    watch = router.watch(0.001)
    del router
    gc.collect()
    watch._thread.join(60)
    assert not watch._thread.is_alive()


@pytest.mark.parametrize("interval", [0, -1, float("nan")])
def test_the_interval_is_some_time(interval: float, router: Router) -> None:
    with pytest.raises(ValueError, match=f"the interval is {interval}: give seconds, more than none"):
        router.watch(interval)


# Under load


class Editor:
    """Somebody who changes a rule book from version to version, file by file, and not tidily."""

    def __init__(self, book: Path, aside: Path, random: Random) -> None:
        self.book, self.aside, self.random, self.version = book, aside, random, 0

    def edit(self, look: Callable[[], object]) -> None:
        """Go to another version, and have somebody look between any two steps."""
        self.version = self.random.choice([n for n in range(6) if n != self.version])
        source = write_version(self.aside / "source", self.version)
        files = [path.relative_to(source) for path in source.rglob("*.yaml")]
        self.random.shuffle(files)
        for name in files:
            text = (source / name).read_bytes()
            match self.random.randrange(4):
                case 0:  # written in two pieces
                    half = self.random.randrange(len(text))
                    with (self.book / name).open("wb", buffering=0) as file:
                        file.write(text[:half])
                        look()
                        file.write(text[half:])
                case 1:  # away for a while
                    (self.book / name).unlink()
                    look()
                    (self.book / name).write_bytes(text)
                case 2:  # swapped in
                    (self.aside / "part").write_bytes(text)
                    (self.aside / "part").replace(self.book / name)
                case 3:  # written in one go
                    (self.book / name).write_bytes(text)
            look()


@pytest.mark.usefixtures("eager_threads")
def test_no_decision_sees_half_a_book(tmp_path: Path) -> None:
    book = write_version(tmp_path / "book", 0)
    versions = [write_version(tmp_path / f"v{n}", n) for n in range(6)]
    # While an office's file is away, the office has made no choices: that is a complete book, too.
    of_platform = [Path(shutil.copytree(version, tmp_path / f"{version.name}-of-platform")) for version in versions]
    for version in of_platform:
        shutil.rmtree(version / "offices")
    says = {
        (office, repr(decide(Router.load(version), office).to_dict()))
        for version in (*versions, *of_platform)
        for office in ("dupont", "martin", "plain")
    }
    router = Router.load(book, offices=2, on_fault=lambda error: None)
    editor = Editor(book, tmp_path / "aside", Random(7))  # noqa: S311
    done = threading.Event()

    def decide_on() -> tuple[int, int]:
        wrong = right = 0
        while not done.is_set():
            for office in ("dupont", "martin", "plain"):
                try:
                    said = repr(decide(router, office).to_dict())
                except RulesError:  # never read in this version, and to be read with one that is on its way
                    continue
                right, wrong = (right + 1, wrong) if (office, said) in says else (right, wrong + 1)
        return right, wrong

    with router.watch(NEVER) as watch, ThreadPoolExecutor(8) as threads:
        results = [threads.submit(decide_on) for _ in range(8)]
        try:
            for _ in range(EDITS):
                editor.edit(watch.poll)
                watch.poll()
                watch.poll()
        finally:
            done.set()
        rights, wrongs = zip(*(result.result() for result in results), strict=True)
    assert sum(wrongs) == 0
    assert min(rights) > 0
    assert router.stats().reloads > 0
    assert router.book().mails["ping"].title == {"en": called(editor.version)}


def test_reloads_leave_memory_flat(tmp_path: Path) -> None:
    books = [write_version(tmp_path / f"v{n}", n) for n in range(2)]
    link = tmp_path / "book"
    link.symlink_to(books[0])
    router = Router.load(link)

    def reload(times: int) -> tuple[int, int]:
        """Return how many objects there are afterwards, and the bytes of memory, those of the C engine included."""
        for n in range(times):
            (tmp_path / "next").symlink_to(books[n % 2])
            (tmp_path / "next").replace(link)
            router.reload()
            assert decide(router).event == "ping"
        gc.collect()
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
        return sys.getallocatedblocks(), int(pages) * os.sysconf("SC_PAGE_SIZE")

    objects, memory = reload(50)
    objects_after, memory_after = reload(RELOADS)
    assert objects_after - objects < 2000
    assert memory_after - memory < 4_000_000
