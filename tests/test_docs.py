"""The documentation: what its examples print is what it says, and its links lead somewhere.

A block of YAML or JSON is a file, and the paragraph above it ends with the file's name and a colon. `at the end of`
before the name says that the block is added to the file; a block that starts with `when:` is a condition. A block of
the console holds commands and what they print, where a line of `…` stands for any lines, and `…` in a line for any
text. The examples of a page follow on one another, in a folder that has the shipped rules and the example facts.
"""

import doctest
import io
import re
import shlex
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, get_args

import pytest
from courrier import resources
from courrier.checking import check_book
from courrier.cli import run
from courrier.cli.inputs import all_facts
from courrier.diagnostics import Code, Proved, Report
from courrier.document import read
from courrier.files import LARGEST_FILE
from courrier.proof import walk
from courrier.schema import validate

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
DIAGNOSTICS = ROOT / "docs" / "reference" / "diagnostics.md"

FILES = {"json", "yaml"}
LANGUAGES = FILES | {"console", "pycon", "sh", "text"}

FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"(?P<added>at the end of )?`(?P<path>[\w./-]+\.(json|jsonl|yaml))`:$", re.IGNORECASE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


class Block(NamedTuple):
    """A fenced block: its language, its text, and the paragraph that leads to it."""

    language: str
    text: str
    above: str


def blocks(text: str) -> Iterator[Block]:
    for found in FENCED.finditer(text):
        yield Block(found[1], found[2], " ".join(text[: found.start()].rpartition("\n\n")[2].split()))


def is_like(wanted: str, got: str) -> bool:
    lines = [
        r"(.*\n)*" if line.strip() == "…" else ".*".join(map(re.escape, line.split("…"))) + r"\n"
        for line in wanted.splitlines()
    ]
    return re.fullmatch("".join(lines), got) is not None


def write(path: Path, text: str, mode: str = "w") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open(mode, encoding="utf-8") as file:
        file.write(text)


class Reader:
    """Somebody who follows a page and does what it says, in the current folder."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.capsys, self.monkeypatch = capsys, monkeypatch
        self.names: dict[str, Any] = {}
        self.code = 0

    def follow(self, page: str) -> None:
        found = list(blocks(page))
        for block, after in zip(found, [*found[1:], None], strict=False):
            if block.language in FILES:
                book = self.write(block)
                # Where more files follow, the book is not whole; where the page goes on to check it, that tells.
                if book and not (after and (after.language in FILES or after.text.startswith("$ courrier check"))):
                    assert [wrong.frame() for wrong in check_book(book) if wrong.severity == "error"] == []
            elif block.language == "console":
                self.type(block.text)
            elif block.language == "pycon":
                self.try_out(block.text)

    def write(self, block: Block) -> Path | None:
        """Write the file that a block shows, and return the rule book that it belongs to, if to one."""
        if block.text.startswith("when:"):
            book = shutil.copytree("rules", "condition", dirs_exist_ok=True)
            rule = textwrap.indent(f"{block.text}address: user.email\n", " " * 6)
            write(Path(book, "cascades.yaml"), f"  other:\n    - rule: it\n{rule}", "a")
            return Path(book)
        named = NAMED.search(block.above)
        assert named, f"no name above:\n{block.text}"
        path = Path(named["path"])
        write(path, block.text, "a" if named["added"] else "w")
        if path.parts[0].startswith("."):  # for other programs
            return None
        if path.parent != Path():
            return Path(path.parts[0])
        if path.suffix == ".yaml":  # the facts of one decision
            report = Report()
            _, node = read(path, path.name, report)
            assert node
            validate(node, "facts", report)
            assert report.diagnostics == []
        return None

    def type(self, text: str) -> None:
        """Give the commands of a block, and compare what they print with what it says."""
        for entry in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            command, _, wanted = entry.partition("\n")
            got = self.printed(command)
            assert is_like(wanted, got), f"$ {command}\n{got}"

    def printed(self, command: str) -> str:
        match shlex.split(command):
            case ["echo", "$?"]:
                return f"{self.code}\n"
            case ["cat", name]:
                return Path(name).read_text(encoding="utf-8")
            case ["make", target]:
                recipes = (ROOT / "Makefile").read_text(encoding="utf-8")
                (recipe,) = re.findall(rf"^{target}:.*\n\t@\$\(BIN\)/(.*)$", recipes, re.MULTILINE)
                return self.printed(recipe)
            case ["courrier", *arguments, "<", name]:
                with Path(name).open(encoding="utf-8") as stream:
                    self.monkeypatch.setattr(sys, "stdin", stream)
                    self.code = run(arguments)
            case ["courrier", *arguments]:
                self.code = run(arguments)
            case _:
                pytest.fail(f"`{command}` is no command that the tests run")
        captured = self.capsys.readouterr()
        return captured.out + captured.err

    def try_out(self, text: str) -> None:
        example = doctest.DocTestParser().get_doctest(text, self.names, "example", None, None)
        told = io.StringIO()
        results = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example, out=told.write, clear_globs=False)
        assert not results.failed, told.getvalue()
        self.names = example.globs


@pytest.fixture
def reader(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Reader:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("COURRIER_RULES", raising=False)
    shutil.copytree(ROOT / "docs" / "examples", "docs/examples")
    shutil.copytree(resources.rules(), "rules")
    return Reader(capsys, monkeypatch)


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", [page for page in PAGES if page != DIAGNOSTICS], ids=name)
def test_the_examples_of_a_page_do_what_it_says(page: Path, reader: Reader) -> None:
    reader.follow(page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_example_hides_from_the_tests(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    found = list(blocks(text))
    assert {block.language for block in found} <= LANGUAGES
    assert text.count("```") == 2 * len(found)


def anchors(page: Path) -> set[str]:
    titles = HEADING.findall(FENCED.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(FENCED.sub("", page.read_text(encoding="utf-8"))):
        if not link.startswith("https://"):
            path, _, anchor = link.partition("#")
            target = page.parent / path if path else page
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link


BY_HAND: Mapping[str, Callable[[Path], object]] = {
    "file-too-large": lambda book: (book / "mails.yaml").write_bytes(b"#" * (LARGEST_FILE + 1)),
    "missing-file": lambda book: (book / "mails.yaml").rename(book / "mails.yml"),
    "no-rule-book": lambda book: book.rename("her-rules"),
    "not-utf8": lambda book: (book / "mails.yaml").write_bytes("mails:\n  # réservé\n".encode("latin-1")),
    "too-deep": lambda book: (book / "cascades.yaml").write_text(f"cascades: {{a: [{{when: {'{not: ' * 100}"),
    "unreadable-file": lambda book: (book / "offices" / "martin.yaml").mkdir(parents=True),
}
"""What is done to the rule book where no block can show it."""


CODES = sorted((*get_args(Code), *get_args(Proved)))


@pytest.mark.parametrize("code", CODES)
def test_a_diagnostic_is_shown_as_it_is(code: str, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    start, *sections = re.split(r"^## ", DIAGNOSTICS.read_text(encoding="utf-8"), flags=re.MULTILINE)
    reader.follow(start)
    (section,) = (section for section in sections if section.startswith(f"{code}\n"))
    *files, shown = blocks(section)
    for block in files:
        reader.write(block)
    BY_HAND.get(code, bool)(Path("my-rules"))
    if code == "not-counted":
        monkeypatch.setattr(walk, "MOST_STEPS", 0)
    directory = [str(path) for path in Path().glob("dupont.yaml")]
    found = check_book(Path("my-rules"), directories=[facts for name in directory for facts in all_facts(name)])
    assert {wrong.code for wrong in found} == {code}
    assert is_like(shown.text, "\n\n".join(wrong.frame() for wrong in found) + "\n")
