"""`courrier build`: a file is written, or it is said why not."""

import shutil
from pathlib import Path

import pytest
from commands import GOLDEN, courrier
from courrier import Router, resources

MESSAGE = "name a rule book's folder, or make one by `courrier init`"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a rule book in it."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(resources.rules(), "rules")
    return tmp_path


def test_a_file_is_written_and_decides(here: Path) -> None:
    code, out, err = courrier("build", "rules", "it")
    digest = (here / "it").read_text(encoding="utf-8").split()[2]
    assert (code, out, err) == (0, f"built `it` of `rules`: {(here / 'it').stat().st_size} bytes, {digest}\n", "")
    assert Router.load("it").book("cabinet-lambert") == Router.load("rules").book("cabinet-lambert")
    facts = GOLDEN / "facts" / "welcome.json"
    for command in ("decide", "explain"):
        assert courrier(command, facts, "--rules", "it") == courrier(command, facts, "--rules", "rules")


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("variable", [{}, {"COURRIER_RULES": "rules"}, {"COURRIER_RULES": ""}], ids=str)
def test_the_rules_need_not_be_named(variable: dict[str, str]) -> None:
    code, out, err = courrier("build", "it", environment=variable)
    book = variable.get("COURRIER_RULES") or resources.rules()
    assert (code, out.partition(":")[0], err) == (0, f"built `it` of `{book}`", "")


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("arguments", "variable", "message"),
    [
        ([], {}, "missing argument `OUTPUT` (see `courrier build --help`)"),
        (["a", "b", "c"], {}, "got unexpected extra argument (b) (see `courrier build --help`)"),
        (["nowhere", "it"], {}, f"`nowhere` is not there; {MESSAGE}"),
        (["rules/mails.yaml", "it"], {}, f"`rules/mails.yaml` is no folder; {MESSAGE}"),
        (["it"], {"COURRIER_RULES": "nowhere"}, f"`nowhere`, which COURRIER_RULES names, is not there; {MESSAGE}"),
        (["rules"], {}, "`rules` is a folder; name the file to write"),
        (["rules", "nowhere/it"], {}, "`nowhere/it` cannot be written: no such file or directory"),
    ],
    ids=str,
)
def test_wrong_usage(arguments: list[str], variable: dict[str, str], message: str) -> None:
    assert courrier("build", *arguments, environment=variable) == (2, "", f"error: {message}\n")


def test_what_is_wrong_is_shown_as_check_shows_it(here: Path) -> None:
    (here / "rules" / "offices" / "martin.yaml").write_text("office: claes\n", encoding="utf-8")
    assert courrier("build", "rules", "it") == courrier("check", "rules")
    assert courrier("build", "rules", "it").code == 1
    assert not (here / "it").exists()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Welcome mail", "Welcome bill", "`it` was altered after it was built"),
        ("courrier 0", "courrier 1", "`it` was built by Courrier 1, and this is Courrier 0"),
        ("courrier 0", "mails: {}", "`it` is no rule book that `courrier build` made"),
    ],
)
def test_a_file_that_is_not_what_was_built(old: str, new: str, message: str, here: Path) -> None:
    courrier("build", "rules", "it")
    (here / "it").write_text((here / "it").read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    code, out, err = courrier("decide", GOLDEN / "facts" / "welcome.json", "--rules", "it")
    assert (code, out) == (2, "")
    assert err.startswith(f"error[unreadable-file]: {message}\n  --> it:1:1\n   = help: ")
