"""The command line: what each command prints, to the letter, and how wrong usage is answered."""

import os
import shlex
from importlib import metadata
from pathlib import Path

import pytest
from commands import GOLDEN, courrier
from courrier import EngineError, Router, resources

PROMPT = "$ courrier "
NO_FOLDER = "name a rule book's folder, or make one by `courrier init`"


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.txt")), ids=lambda path: path.stem)
def test_transcript(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transcript is a command, all that it prints, and its exit code; the folder it runs in is its own.

    With the variable `REWRITE_TRANSCRIPTS` they are written anew: then read the difference.
    """
    command = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix(PROMPT)
    monkeypatch.chdir(GOLDEN)
    ran = courrier(*shlex.split(command))
    transcript = f"{PROMPT}{command}\n{ran.out}{ran.err}exit {ran.code}\n"
    if os.environ.get("REWRITE_TRANSCRIPTS"):
        path.write_text(transcript, encoding="utf-8")
    assert transcript == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("nonsense", "no such command `nonsense` (see `courrier --help`)"),
        ("--nonsense", "no such option `--nonsense` (see `courrier --help`)"),
        ("decide", "missing argument `FACTS` (see `courrier decide --help`)"),
        ("explain", "missing argument `FACTS` (see `courrier explain --help`)"),
        ("init", "missing argument `DIR` (see `courrier init --help`)"),
        ("decide a.json b.json", "got unexpected extra argument (b.json) (see `courrier decide --help`)"),
        (
            "decide a.json --frmat json",
            "no such option `--frmat`. Did you mean `--format`? (see `courrier decide --help`)",
        ),
        (
            "decide a.json --format yaml",
            "invalid value for `--format`: `yaml` is not one of `text`, `json` (see `courrier decide --help`)",
        ),
        ("decide a.json --rules", "option `--rules` requires an argument (see `courrier --help`)"),
        ("decide nowhere.json", "`nowhere.json` cannot be read: no such file or directory"),
        ("decide .", "`.` cannot be read: is a directory"),
        (
            "explain help.txt",
            "`help.txt` is called neither .json nor .jsonl nor .yaml; name it after what it holds",
        ),
        ("decide facts/welcome.json --rules nowhere", f"`nowhere` is not there; {NO_FOLDER}"),
        ("check nowhere", f"`nowhere` is not there; {NO_FOLDER}"),
        ("test facts/vat.yaml", f"`facts/vat.yaml` is no folder; {NO_FOLDER}"),
        ("test rules --junit nowhere/report.xml", "`nowhere/report.xml` cannot be written: no such file or directory"),
        ("test rules --junit facts", "`facts` cannot be written: is a directory"),
        ("init rules", "`rules` is there already and is not an empty folder; name another"),
        ("check 'no\u202ewhere\x1b[31m\n'", f"`no�where�[31m�` is not there; {NO_FOLDER}"),
    ],
)  # fmt: skip
def test_wrong_usage_is_one_line(command: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GOLDEN)
    assert courrier(*shlex.split(command)) == (2, "", f"error: {message}\n")


def test_no_command_shows_the_help() -> None:
    code, out, err = courrier()
    assert (code, out) == (2, "")
    assert err == courrier("--help").out


@pytest.mark.parametrize("command", ["decide nowhere/facts.json", "explain nowhere/facts.json", "test", "check"])
def test_rules_named_by_the_environment(command: str) -> None:
    message = f"error: `nowhere`, which COURRIER_RULES names, is not there; {NO_FOLDER}\n"
    assert courrier(*command.split(), environment={"COURRIER_RULES": "nowhere"}) == (2, "", message)


@pytest.mark.parametrize("variable", [{}, {"COURRIER_RULES": ""}])
def test_rules_are_the_shipped_ones_unless_named(variable: dict[str, str]) -> None:
    assert courrier("check", environment=variable) == (0, f"nothing is wrong in `{resources.rules()}`\n", "")


def test_rules_named_by_an_argument_go_before_the_environment() -> None:
    assert courrier("check", GOLDEN / "rules", environment={"COURRIER_RULES": "nowhere"}).code == 0


@pytest.mark.parametrize("command", ["decide", "explain", "test"])
def test_broken_rules_are_shown_in_frames(command: str, tmp_path: Path) -> None:
    (tmp_path / "mails.yaml").write_text("mails: [", encoding="utf-8")
    facts = [] if command == "test" else [str(GOLDEN / "facts" / "welcome.json"), "--rules"]
    code, out, err = courrier(command, *facts, tmp_path)
    assert (code, out) == (2, "")
    assert "--> mails.yaml:1:8\n   |\n 1 | mails: [\n   |        ^\n" in err


def test_a_failing_engine_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise EngineError("durable_rules failed: code 3")

    monkeypatch.setattr(Router, "decide", fail)
    ran = courrier("decide", GOLDEN / "facts" / "welcome.json")
    assert ran == (2, "", "error: durable_rules failed: code 3\n")


@pytest.mark.parametrize("installed", [True, False])
def test_version(installed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if installed:
            return "1.2.3"
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", version)
    said = "1.2.3" if installed else "from a checkout that is not installed"
    assert courrier("--version") == (0, f"courrier {said}\n", "")
