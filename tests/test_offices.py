"""Offices at scale: read when asked for, as many kept as there is room for, and never beside rules of another time."""

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from books import TO_THE_OFFICE, write_book
from courrier import FactsError, Router, RulesError, folder, offices
from courrier.build import load_office

MAILS = {"ping": {"title": {"en": "Ping"}, "to": "standard"}}


def choosing(*people: str) -> dict[str, Any]:
    return {"mails": {"ping": {"to": {"collaborators": [*people]}}}}


def ask(router: Router, office: str = "dupont") -> list[str]:
    facts = {
        "event": {"type": "ping"},
        "office": {
            "id": office,
            "communication_email": "office@x.be",
            "collaborators": [{"id": name, "email": f"{name}@x.be"} for name in ("a", "b", "c")],
        },
    }
    return [address.address.partition("@")[0] for address in router.decide(facts).to]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A rule book in which the offices `dupont` and `martin` choose somebody, and others nobody."""
    return write_book(tmp_path / "book", mails=MAILS, offices={"dupont": choosing("a"), "martin": choosing("b")})


def rewrite(book: Path, office: str, choices: Any) -> None:
    path = book / "offices" / f"{office}.yaml"
    path.unlink(missing_ok=True)
    if choices is not None:
        write_book(book / "aside", mails=MAILS, offices={office: choices})
        (book / "aside" / "offices" / f"{office}.yaml").rename(path)


def break_platform(book: Path) -> None:
    (book / "mails.yaml").write_text("mails: [", encoding="utf-8")


# Reading


@pytest.fixture
def reads() -> Iterator[mock.Mock]:
    """Note which offices are read from their files."""
    with mock.patch.object(folder, "load_office", wraps=load_office) as reads:
        yield reads


def names(reads: mock.Mock) -> list[str]:
    return [call.args[1] for call in reads.call_args_list]


def test_loading_looks_at_no_office(book: Path, reads: mock.Mock) -> None:
    with mock.patch.object(os, "listdir", wraps=os.listdir) as listed:
        router = Router.load(book)
        assert names(reads) == []
        assert ask(router) == ["a"]
    assert book / "offices" not in [Path(call.args[0]) for call in listed.call_args_list]


def test_an_office_is_read_once(book: Path, reads: mock.Mock) -> None:
    router = Router.load(book)
    assert [ask(router, office) for office in ("dupont", "martin", "dupont")] == [["a"], ["b"], ["a"]]
    assert names(reads) == ["dupont", "martin"]


def test_an_office_without_rules_is_looked_for_once(book: Path) -> None:
    router = Router.load(book)
    assert ask(router, "plain") == ["office"]
    with mock.patch.object(folder.Folder, "office", side_effect=AssertionError):
        assert ask(router, "plain") == ["office"]
    assert router.stats().offices == 0


@pytest.mark.parametrize("office", ["../dupont", "Dupont", "a" * 64, "dupont\n", ".", "a/b"])
def test_an_id_that_is_none_reaches_no_file(office: str, book: Path) -> None:
    router = Router.load(book)
    with mock.patch.object(folder.Folder, "office", side_effect=AssertionError), pytest.raises(FactsError):
        ask(router, office)


def test_as_many_offices_are_kept_as_there_is_room_for(tmp_path: Path, reads: mock.Mock) -> None:
    book = write_book(tmp_path, mails=MAILS, offices={f"o{n}": choosing("abc"[n % 3]) for n in range(10)})
    router = Router.load(book, offices=3)
    for n in range(10):
        assert ask(router, f"o{n}") == ["abc"[n % 3]]
        assert router.stats().offices <= 3
    reads.reset_mock()
    for n in (7, 8, 9):
        ask(router, f"o{n}")
    assert names(reads) == []


def test_an_office_that_is_asked_for_stays(tmp_path: Path, reads: mock.Mock) -> None:
    book = write_book(tmp_path, mails=MAILS, offices={f"o{n}": choosing("a") for n in range(20)})
    router = Router.load(book, offices=4)
    for n in range(20):
        ask(router, f"o{n}")
        ask(router, "o0")
    assert names(reads).count("o0") == 1


def test_unknown_ids_fill_no_memory(book: Path, monkeypatch: pytest.MonkeyPatch, reads: mock.Mock) -> None:
    monkeypatch.setattr(offices, "MOST_PLAIN", 10)
    router = Router.load(book)
    ask(router)
    for n in range(35):
        assert ask(router, f"bogus-{n}") == ["office"]
        assert len(router._rules.plain) <= 10
    assert ask(router) == ["a"]
    assert names(reads) == ["dupont"]


def test_there_is_room_for_one_office_at_least(book: Path) -> None:
    with pytest.raises(ValueError, match="`offices` is 0: keep the rules of one office at least"):
        Router.load(book, offices=0)


def test_no_descriptor_is_left_open(book: Path) -> None:
    gc.collect()
    open_before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    router = Router.load(book, offices=1)
    for _ in range(20):
        ask(router, "dupont")
        ask(router, "martin")
        router.reload()
    assert len(os.listdir("/proc/self/fd")) == open_before  # noqa: PTH208


# Reloading


def test_a_change_counts_when_it_is_reloaded(book: Path) -> None:
    router = Router.load(book)
    assert (ask(router, "dupont"), ask(router, "plain")) == (["a"], ["office"])
    rewrite(book, "dupont", choosing("b"))
    rewrite(book, "plain", choosing("c"))
    assert (ask(router, "dupont"), ask(router, "plain")) == (["a"], ["office"])
    router.reload()
    assert (ask(router, "dupont"), ask(router, "plain")) == (["b"], ["c"])
    rewrite(book, "dupont", None)
    router.reload()
    assert (ask(router, "dupont"), ask(router, "plain")) == (["office"], ["c"])
    assert router.stats()[:4] == (1, 0, 2, 0)


def test_a_change_that_no_stamp_shows_counts_too(book: Path) -> None:
    path = book / "offices" / "dupont.yaml"
    router = Router.load(book)
    assert ask(router) == ["a"]
    stamp = path.stat()
    path.write_text(path.read_text("utf-8").replace('"a"', '"c"'), encoding="utf-8")
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    router.reload()
    assert ask(router) == ["c"]


def test_what_is_the_same_is_kept(book: Path, reads: mock.Mock) -> None:
    router = Router.load(book)
    before = [router.book(), router.book("dupont"), router.book("martin")]
    rewrite(book, "martin", choosing("c"))
    router.reload()
    after = [router.book(), router.book("dupont"), router.book("martin")]
    assert [one is other for one, other in zip(before, after, strict=True)] == [True, True, False]
    assert names(reads) == ["dupont", "martin", "martin"]


def test_new_rules_of_the_platform_count_for_offices(book: Path) -> None:
    router = Router.load(book)
    assert ask(router) == ["a"]
    write_book(book, mails={**MAILS, "pong": MAILS["ping"]}, offices={})
    router.reload()
    assert sorted(router.book("dupont").mails) == ["ping", "pong"]
    assert ask(router) == ["a"]


def test_rules_that_are_at_fault_change_nothing(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "_TICK", 0)  # the offices' files are that new
    router = Router.load(book)
    digest = router.book().digest
    ask(router, "dupont")
    break_platform(book)
    for _ in range(2):
        with pytest.raises(RulesError, match="yaml-syntax"):
            router.reload()
    assert router.book().digest == digest
    assert (ask(router, "dupont"), ask(router, "martin"), ask(router, "plain")) == (["a"], ["b"], ["office"])
    assert router.stats()[:4] == (2, 0, 0, 2)


def test_an_office_at_fault_goes_on_by_its_last_good_rules(book: Path) -> None:
    faults: list[RulesError] = []
    router = Router.load(book, on_fault=faults.append)
    digest = router.book("dupont").digest
    ask(router, "martin")
    rewrite(book, "dupont", {"mails": {"pingg": {"to": "standard"}}})
    router.reload()
    assert [[found.code for found in fault.diagnostics] for fault in faults] == [["unknown-event"]]
    assert (ask(router, "dupont"), ask(router, "martin")) == (["a"], ["b"])
    assert router.book("dupont").digest == digest
    assert router.stats()[:4] == (2, 1, 1, 0)
    rewrite(book, "dupont", choosing("c"))
    router.reload()
    assert ask(router, "dupont") == ["c"]
    assert router.stats()[:4] == (2, 0, 2, 0)
    assert len(faults) == 1


def test_an_office_that_new_rules_of_the_platform_break_goes_on_too(tmp_path: Path) -> None:
    other = {**TO_THE_OFFICE, "other": TO_THE_OFFICE["standard"]}
    offices = {"dupont": {"mails": {"ping": {"to": {"collaborators": ["a"]}, "cc": "other"}}}, "martin": choosing("b")}
    book = write_book(tmp_path, cascades=other, mails=MAILS, offices=offices)
    faults: list[RulesError] = []
    router = Router.load(book, on_fault=faults.append)
    assert (ask(router, "dupont"), ask(router, "martin")) == (["a"], ["b"])
    old = router.book("dupont").digest
    write_book(book, mails=MAILS)
    router.reload()
    assert (ask(router, "dupont"), ask(router, "dupont"), ask(router, "martin")) == (["a"], ["a"], ["b"])
    assert router.book("dupont").digest == old
    assert "unknown-cascade" in str(faults[0])
    assert len(faults) == 1


def test_an_office_at_fault_that_nobody_knows_is_an_error(book: Path) -> None:
    router = Router.load(book)
    rewrite(book, "dupont", "office: dupont\nmails: [")
    for _ in range(2):
        with pytest.raises(RulesError, match="yaml-syntax"):
            ask(router)
    rewrite(book, "dupont", choosing("b"))
    assert ask(router) == ["b"]


def test_faults_are_logged_where_nobody_hears_them(book: Path, caplog: pytest.LogCaptureFixture) -> None:
    router = Router.load(book)
    ask(router)
    rewrite(book, "dupont", {"mails": {"pingg": {"to": "standard"}}})
    router.reload()
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("courrier.router", "ERROR")
    assert record.getMessage().startswith(
        "rules are at fault, and the last good ones go on:\nerror[unknown-event]: no event is called `pingg`"
    )


def test_last_good_rules_take_no_more_room(tmp_path: Path) -> None:
    book = write_book(tmp_path, mails=MAILS, offices={f"o{n}": choosing("a") for n in range(8)})
    router = Router.load(book, offices=4)
    for n in range(8):
        ask(router, f"o{n}")
    for title in "ABC":
        write_book(book, mails={"ping": {**MAILS["ping"], "title": {"en": title}}})
        router.reload()
        assert router.stats().offices == 4
        ask(router, "o0")
        ask(router, "o1")
        assert router.stats().offices == 4


# Which rules belong together


def test_an_office_is_not_read_beside_rules_of_another_time(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "_TICK", 0)  # the other office's file is that new
    router = Router.load(book)
    break_platform(book)
    rewrite(book, "dupont", choosing("c"))
    with pytest.raises(RulesError) as raised:
        ask(router)
    (found,) = raised.value.diagnostics
    assert (
        found.message == "`offices/dupont.yaml` has changed, and so have the platform's rules, which are not read yet"
    )
    assert ask(router, "martin") == ["b"]
    write_book(book, mails=MAILS)
    router.reload()
    assert ask(router) == ["c"]


def test_a_file_so_new_that_a_slow_clock_would_not_tell_is_of_another_time(book: Path) -> None:
    router = Router.load(book)
    break_platform(book)
    changed = (book / "offices" / "dupont.yaml").stat().st_ctime_ns
    with mock.patch.object(router._rules._source, "_since", changed + 1):
        with pytest.raises(RulesError, match="has changed, and so have the platform's rules"):
            ask(router)
    with mock.patch.object(router._rules._source, "_since", changed + 10**9):
        assert ask(router) == ["a"]


def test_an_office_that_changed_alone_is_read(book: Path) -> None:
    router = Router.load(book)
    rewrite(book, "dupont", choosing("c"))
    assert ask(router) == ["c"]


def test_another_folder_of_offices_is_of_another_time(book: Path) -> None:
    router = Router.load(book)
    shutil.copytree(book / "offices", book / "new")
    os.utime(book / "new" / "dupont.yaml", (1, 1))
    break_platform(book)
    (book / "offices").rename(book / "old")
    with mock.patch.object(router._rules._source, "_since", 2**63):
        assert ask(router) == ["office"]
        (book / "new").rename(book / "offices")
        with pytest.raises(RulesError, match="has changed"):
            ask(router, "martin")


def test_a_link_that_is_turned_leads_elsewhere_at_the_next_reload(book: Path, tmp_path: Path) -> None:
    other, link = tmp_path / "other", tmp_path / "link"
    write_book(
        other, mails={**MAILS, "pong": MAILS["ping"]}, offices={"dupont": choosing("c"), "martin": choosing("c")}
    )
    link.symlink_to(book)
    router = Router.load(link)
    assert ask(router, "dupont") == ["a"]
    link.unlink()
    link.symlink_to(other)
    assert (ask(router, "dupont"), ask(router, "martin")) == (["a"], ["b"])
    assert "mails.yaml" in router.changes()
    router.reload()
    assert (ask(router, "dupont"), ask(router, "martin")) == (["c"], ["c"])
    assert router.changes() == {}


def test_the_folder_is_found_from_elsewhere(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(book.parent)
    router = Router.load("book")
    monkeypatch.chdir("/")
    assert ask(router) == ["a"]
    router.reload()
    assert (ask(router, "martin"), router.changes()) == (["b"], {})


def test_a_folder_that_never_holds_still_is_not_read(book: Path) -> None:
    stamps = ({"mails.yaml": folder.Stamp(0, 0, 0, 0, n)} for n in range(100))
    with (
        mock.patch.object(folder, "stamps", side_effect=stamps),
        pytest.raises(RulesError, match="` changes all the time while it is read"),
    ):
        Router.load(book)


def test_an_office_that_never_holds_still_is_not_read(book: Path) -> None:
    router = Router.load(book)
    stamps = (folder.Stamp(0, 0, 0, 0, n) for n in range(100))
    with (
        mock.patch.object(folder, "stamp_of", side_effect=stamps),
        pytest.raises(RulesError, match=r"`offices/dupont\.yaml` changes all the time while it is read"),
    ):
        router.book("dupont")


def test_what_is_written_meanwhile_is_read_again(book: Path) -> None:
    texts = iter(["office: dupont\nmails: [", None])

    def read_and_write(*arguments: Any) -> Any:
        found = load_office(*arguments)
        if text := next(texts, None):
            (book / "offices" / "dupont.yaml").write_text(text, encoding="utf-8")
        else:
            rewrite(book, "dupont", choosing("c"))
        return found

    router = Router.load(book)
    with mock.patch.object(folder, "load_office", side_effect=read_and_write), pytest.raises(RulesError):
        router.book("dupont")
    assert ask(router) == ["c"]


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["a pipe", "a folder"])
def test_what_is_no_file_is_not_waited_for(make: Any, book: Path) -> None:
    faults: list[RulesError] = []
    router = Router.load(book, on_fault=faults.append)
    assert ask(router) == ["a"]
    path = book / "offices" / "dupont.yaml"
    path.unlink()
    make(path)
    router.reload()
    assert ask(router) == ["a"]
    assert [found.code for found in faults[0].diagnostics] == ["unreadable-file"]
