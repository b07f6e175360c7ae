"""A rule book as it was at a revision of git: what is read, and what is said where that cannot be."""

import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from books import TO_THE_OFFICE, write_book
from commands import courrier
from courrier.revisions import RevisionError, at_revision

GIT = str(shutil.which("git"))


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A rule book in a repository, in a folder with a name of its own; it has been changed since it was committed."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    for level in ("GLOBAL", "SYSTEM"):
        monkeypatch.setenv(f"GIT_CONFIG_{level}", os.devnull)
    git("init", "--quiet", "--initial-branch=main")
    write_book(Path("our rules"), mails={"ping": {"to": "standard"}}, offices={"dupont": {}})
    commit()
    return write_book(Path("our rules"), mails={"ping": {"to": {"address": "user.email"}}})


def git(*arguments: str) -> None:
    subprocess.run([GIT, "-c", "user.name=an", "-c", "user.email=an@dupont.be", *arguments], check=True)


def commit() -> None:
    git("add", "--all")
    git("commit", "--quiet", "--no-verify", "--message=all")


def test_a_folder_is_as_it_was(rules: Path) -> None:
    with at_revision("main", rules) as folder:
        assert (folder / "mails.yaml").read_bytes() != (rules / "mails.yaml").read_bytes()
        assert {path.relative_to(folder).as_posix() for path in folder.rglob("*")} == {
            "cascades.yaml",
            "mails.yaml",
            "refusals.yaml",
            "offices",
            "offices/dupont.yaml",
        }
    assert not folder.exists()


@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize(("old", "new"), [("git:main", "our rules"), ("our rules", "git:HEAD")])
def test_either_may_be_a_revision(old: str, new: str) -> None:
    ran = courrier("diff", old, new)
    assert (ran.code, ran.err) == (1, "")
    addresses = ["`office.communication_email`", "`user.email`"]
    before, after = addresses if old.startswith("git:") else reversed(addresses)
    assert f"    before  {before}, by" in ran.out
    assert f"    after   {after}, by" in ran.out


def test_what_is_wrong_at_a_revision_is_said(rules: Path) -> None:
    (rules / "cascades.yaml").write_text("cascades: [")
    commit()
    write_book(rules, mails={"ping": {"to": "standard"}}, cascades=TO_THE_OFFICE)
    ran = courrier("diff", "git:main", rules)
    assert (ran.code, ran.out) == (2, "")
    assert "\n  --> git:main/cascades.yaml:1:11\n" in ran.err


def test_links_are_followed_within_the_folder(rules: Path) -> None:
    (rules / "offices" / "claes.yaml").symlink_to("dupont.yaml")
    commit()
    with at_revision("main", rules) as folder:
        assert (folder / "offices" / "claes.yaml").read_bytes() == (rules / "offices" / "dupont.yaml").read_bytes()


@pytest.mark.parametrize("target", ["../../elsewhere.yaml", "/etc/passwd", "../offices"])
def test_other_links_are_refused(target: str, rules: Path) -> None:
    (rules / "offices" / "claes.yaml").symlink_to(target)
    commit()
    with pytest.raises(RevisionError, match=r"`offices/claes[.]yaml` was a link out of the folder, or to a folder"):
        at_revision("main", rules).__enter__()


def test_no_file_is_written_elsewhere(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = tarfile.TarFile.next

    def renamed(tar: tarfile.TarFile) -> tarfile.TarInfo | None:
        member = named(tar)
        if member and member.name == "mails.yaml":
            member.name = "../mails.yaml"
        return member

    monkeypatch.setattr(tarfile.TarFile, "next", renamed)
    with at_revision("main", rules) as folder:
        assert not (folder / "mails.yaml").exists()
        assert not (folder.parent / "mails.yaml").exists()


NO_REVISION = "is no revision of the git repository of `our rules`; fetch it, or name another"


@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize(
    ("revision", "folder", "message"),
    [
        ("nowhere", "our rules", f"`git:nowhere` {NO_REVISION}"),
        ("", "our rules", f"`git:` {NO_REVISION}"),
        ("--output=here", "our rules", f"`git:--output=here` {NO_REVISION}"),
        ("main:./mails.yaml", "our rules", f"`git:main:./mails.yaml` {NO_REVISION}"),
        ("main", "new", "`new` was not there at `git:main`"),
        ("main", "..", "`..` is in no git repository that can be read"),
        ("main", "nowhere", "`nowhere` is not there; name a rule book's folder, or a revision of it as `git:main`"),
    ],
)
def test_what_cannot_be_read_is_said(revision: str, folder: str, message: str) -> None:
    Path("new").mkdir()
    assert courrier("diff", f"git:{revision}", folder) == (2, "", f"error: {message}\n")
    assert not Path("here").exists()


def test_without_git(rules: Path) -> None:
    message = "error: `git:main` needs git, which is not installed\n"
    assert courrier("diff", "git:main", rules, environment={"PATH": ""}) == (2, "", message)
