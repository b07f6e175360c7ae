"""`courrier fmt`: what it writes, and what it leaves alone."""

import os
import shutil
import stat
import sys
import tempfile
from pathlib import Path

import pytest
from commands import GOLDEN, courrier
from courrier import resources


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return shutil.copytree(GOLDEN / "drawn", Path("book"))


def test_the_shipped_rules_are_in_the_one_style() -> None:
    rules = resources.rules()
    assert courrier("fmt", rules, "--check") == (0, f"every file in `{rules}` is as it should be\n", "")


def test_files_are_written_once(book: Path) -> None:
    files = {path: path.read_bytes() for path in book.rglob("*.yaml")}
    assert courrier("fmt", book, "--check") == (1, "would change cascades.yaml\nwould change refusals.yaml\n", "")
    assert {path: path.read_bytes() for path in files} == files
    assert courrier("fmt", book) == (0, "changed cascades.yaml\nchanged refusals.yaml\n", "")
    assert courrier("fmt", book) == (0, "every file in `book` is as it should be\n", "")
    assert {path.name for path in book.rglob("*")} == {path.name for path in (GOLDEN / "drawn").rglob("*")}


def test_every_kind_of_rule_file_is_written(tmp_path: Path) -> None:
    shutil.copytree(resources.rules(), tmp_path / "rules")
    names = sorted(path.relative_to(tmp_path / "rules").as_posix() for path in (tmp_path / "rules").rglob("*.yaml"))
    for name in names:
        path = tmp_path / "rules" / name
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    ran = courrier("fmt", tmp_path / "rules")
    assert sorted(ran.out.splitlines()) == sorted(f"changed {name}" for name in names)
    for name in names:
        assert (tmp_path / "rules" / name).read_bytes() == (resources.rules() / name).read_bytes()


def test_the_rights_of_a_file_and_a_link_stay(book: Path) -> None:
    elsewhere = Path("elsewhere.yaml")
    (book / "cascades.yaml").rename(elsewhere)
    elsewhere.chmod(0o640)
    (book / "cascades.yaml").symlink_to(Path("..") / elsewhere)
    assert courrier("fmt", book).code == 0
    assert (book / "cascades.yaml").is_symlink()
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o640
    assert courrier("fmt", book, "--check").code == 0


def test_a_broken_book_is_left_as_it_is(book: Path) -> None:
    (book / "offices" / "martin.yaml").write_text("office: martin\nmails: {gone: {to: standard}}\n", encoding="utf-8")
    files = {path: path.read_bytes() for path in book.rglob("*.yaml")}
    code, out, err = courrier("fmt", book)
    assert (code, out) == (2, "")
    assert err.startswith("error[unknown-event]: no event is called `gone`\n")
    assert {path: path.read_bytes() for path in book.rglob("*.yaml")} == files


@pytest.mark.parametrize("name", ["replace", "unlink"])
def test_a_file_that_cannot_be_written_is_left_as_it_is(name: str, book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    before = (book / "cascades.yaml").read_bytes()
    monkeypatch.setattr(os, "replace", fail)
    if name == "unlink":
        monkeypatch.setattr(os, "unlink", fail)
    path = (book / "cascades.yaml").resolve()
    assert courrier("fmt", book) == (2, "", f"error: `{path}` cannot be written: permission denied\n")
    assert (book / "cascades.yaml").read_bytes() == before
    assert len([*book.iterdir()]) == (5 if name == "replace" else 6)


def test_a_folder_that_cannot_be_written_to(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", fail)
    path = (book / "cascades.yaml").resolve()
    assert courrier("fmt", book) == (2, "", f"error: `{path}` cannot be written: read-only file system\n")


@pytest.mark.parametrize("made", ["mails: {}\n", "mails: ["])
def test_what_would_mean_something_else_is_not_written(made: str, book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["courrier.cli.fmt"], "formatted", lambda *_: made)
    message = "error: `cascades.yaml` cannot be formatted without a change of what it says\n"
    assert courrier("fmt", book) == (2, "", message)


def test_a_file_that_breaks_under_way_is_shown(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["courrier.cli.fmt"], "_refuse_broken", lambda _: None)
    (book / "mails.yaml").write_text("mails: [", encoding="utf-8")
    code, out, err = courrier("fmt", book)
    assert (code, out) == (2, "")
    assert err.startswith("error[yaml-syntax]")
