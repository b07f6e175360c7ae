"""`courrier init`: a rule book that works, and nothing half done."""

import json
import re
from pathlib import Path

import pytest
from commands import courrier
from courrier import Router, resources

MODELINE = re.compile(r"# yaml-language-server: \$schema=(.+)")


def said(folder: Path | str) -> str:
    return (
        f"wrote a rule book into `{folder}`; next:\n"
        f"  courrier check {folder}    say what is wrong in it, should you break it\n"
        f"  courrier test {folder}     try it on its cases\n"
    )


def left(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


@pytest.mark.parametrize("name", ["book", "new/and/nested", ".", "là-bas"])
def test_what_it_writes_is_in_order(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert courrier("init", name) == (0, said(Path(name)), "")
    assert courrier("check", name) == (0, f"nothing is wrong in `{Path(name)}`\n", "")
    assert courrier("test", name).code == 0


def test_an_empty_folder_is_filled_and_not_replaced(tmp_path: Path) -> None:
    before = tmp_path.stat().st_ino
    assert courrier("init", tmp_path).code == 0
    assert tmp_path.stat().st_ino == before


def test_editors_find_the_schemas(tmp_path: Path) -> None:
    courrier("init", tmp_path)
    texts = {path: path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.yaml")}
    for path, text in texts.items():
        modeline = MODELINE.match(text)
        assert modeline, path
        assert (path.parent / modeline[1]).is_file(), path
    settings = json.loads((tmp_path / ".vscode" / "settings.json").read_text(encoding="utf-8"))
    schemas = settings["yaml.schemas"]
    assert all((tmp_path / schema).is_file() for schema in schemas)
    covered = [path for files in schemas.values() for path in tmp_path.glob(files)]
    assert sorted(covered) == sorted(texts)


def test_it_has_the_shipped_rules_and_schemas(tmp_path: Path) -> None:
    courrier("init", tmp_path)
    shipped = {path.relative_to(resources.rules()) for path in resources.rules().rglob("*.yaml")}
    schemas = {Path("schemas", path.name) for path in resources.folder("schemas").iterdir()}
    settings = {Path(".vscode", "extensions.json"), Path(".vscode", "settings.json")}
    assert {path.relative_to(tmp_path) for path in left(tmp_path) if path.is_file()} == shipped | schemas | settings
    assert set(Router.load(tmp_path).book().mails) == set(Router.standard().book().mails)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("full", "is there already and is not an empty folder; name another"),
        ("full/file", "is there already and is not an empty folder; name another"),
        ("full/file/below", "cannot be written: not a directory"),
        ("x" * 300, "cannot be written: file name too long"),
        ("new/" + "x" * 300, "cannot be written: file name too long"),
    ],
    ids=["full folder", "file", "below a file", "long name", "long name in a new folder"],
)
def test_a_folder_that_cannot_be_written(
    name: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("full").mkdir()
    Path("full/file").touch()
    before = left(tmp_path)
    assert courrier("init", name) == (2, "", f"error: `{name}` {reason}\n")
    assert left(tmp_path) == before


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["disk", "Ctrl-C"])
@pytest.mark.parametrize("name", ["book", "new/and/nested", "."])
def test_nothing_is_left_half_done(
    name: str, error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Path.write_text

    def fail(path: Path, text: str, **options: str) -> int:
        if path.name == "settings.json":
            raise error
        return write(path, text, **options)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Path, "write_text", fail)
    ran = courrier("init", name)
    expected = (2, "", f"error: `{Path(name)}` cannot be written: no space left on device\n")
    assert ran == (expected if isinstance(error, OSError) else (130, "", "\n"))
    assert left(tmp_path) == []
    monkeypatch.undo()
    assert courrier("init", tmp_path / name).code == 0
