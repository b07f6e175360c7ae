"""The one style of rule files: what becomes of odd ones, and that no rule book means anything else afterwards."""

import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from books import write_book
from commands import courrier
from courrier.build import load_office, load_platform
from courrier.diagnostics import Report, Span
from courrier.document import Node, parse
from courrier.formatting import formatted
from courrier.model import RuleBook
from generated import OFFICE, Book, books, own_schema
from hypothesis import given, settings
from hypothesis import strategies as st

GOLDEN = Path(__file__).parent / "golden" / "fmt"

TEXTS = [
    *["", " ", "no", "Yes", "on", "12:30", "2024-01-01", "1_000", "0777", "5", "0x1F", "1e3", ".5", "null", "~", "<<"],
    *["a b", "a: b", "a:b", "a #b", "a#b", "#a", "- a", "-a", "?", "? a", ":a", "a:", "a,b", "[a]", "{a}", "@a", "%a"],
    *[
        "it's",
        'say "a"',
        "both ' and \"",
        "back\\slash",
        "tab\there",
        "é\u00a0!",
        "会社",
        "😀",
        "&a",
        "*a",
        "!a",
        "|",
        ">",
    ],
    *[
        "two\nlines",
        "two\nlines\n",
        "a\n\nb\n",
        "a\n\n",
        "\na",
        " a\nb",
        "a \nb",
        "a\n  b\n# no comment\n",
        "---",
        "...",
    ],
    *["word " * 60 + "end", "key: " * 40 + "end", "double  " * 30 + "end", "x" * 150, "- dash " * 30 + "end"],
    *[
        "line one of it\n" * 12,
        "# not a comment",
        "a | b > c",
        "9" * 400,
        "=",
        "y",
        "1:2",
        "0b1",
        "1.",
        "+.inf",
        ".nan",
    ],
]
VALUES = [*TEXTS, True, False, None, 0, -1, 1.5, 10**20]


class Scrawl:
    """Writes data as YAML as untidily as YAML allows, with comments wherever one can stand."""

    def __init__(self, random: Random) -> None:
        self.random, self.comments = random, 0

    def document(self, data: Any) -> str:
        lines = [*self.remarks(""), *self.block(data, ""), *self.remarks("")]
        return self.random.choice(["\n", "\r\n"]).join([*lines, ""])

    def block(self, data: Any, indent: str) -> Iterator[str]:
        for key, value in data.items() if isinstance(data, dict) else ((None, item) for item in data):
            yield from self.remarks(indent)
            yield from self.entry(f"{indent}-" if key is None else f"{indent}{self.text(key)}:", value, indent)
        yield from self.remarks(indent)

    def entry(self, start: str, value: Any, indent: str) -> Iterator[str]:
        inner = indent + " " * self.random.randint(1, 4)
        if isinstance(value, dict | list) and value and self.random.random() < 0.6:
            lines = [*self.block(value, inner)]
            compact = not any(line.lstrip()[:1] in {"", "#"} for line in lines[:1])
            if start.endswith("-") and compact and self.random.random() < 0.8:
                width = len(inner) - len(start)
                if width > 0:
                    yield start + " " * width + lines[0][len(inner) :]
                    yield from lines[1:]
                    return
            yield start + self.remark()
            yield from lines
            return
        if isinstance(value, str) and "\n" in value and self.random.random() < 0.5:
            body = value.removesuffix("\n").split("\n")
            if body[0].strip() and body[0][0] != " " and body[-1].strip():
                yield f"{start} {'|' if value.endswith(chr(10)) else '|-'}{self.remark()}"
                yield from (inner + line if line else "" for line in body)
                return
        written = self.flow(value, inner)
        if self.random.random() < 0.1:
            yield start + self.remark()
            yield from self.remarks(inner)
            start = inner[:-1]
        yield f"{start} {written}{self.remark()}"

    def flow(self, value: Any, indent: str) -> str:
        if not isinstance(value, dict | list):
            return self.text(value) if isinstance(value, str) else json.dumps(value)
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        items = [
            (f"{self.text(key, flow=True)}: " if key is not None else "")
            + (self.flow(item, indent) if not isinstance(item, str) else self.text(item, flow=True))
            for key, item in (value.items() if isinstance(value, dict) else ((None, item) for item in value))
        ]
        if not items or self.random.random() < 0.7:
            return opening + ", ".join(items) + closing
        lines = [f"{opening}{self.remark()}"]
        for item in items:
            lines += self.remarks(indent)
            lines.append(f"{indent}{item},{self.remark()}")
        return "\n".join([*lines, indent + closing])

    def text(self, text: str, *, flow: bool = False) -> str:
        styles = [json.dumps(text, ensure_ascii=False)]
        if "\n" not in text and "\t" not in text:
            styles.append("'" + text.replace("'", "''") + "'")
        plain = f"[{text}]" if flow else f"a: {text}"
        node = parse(plain.encode(), "", Report()) if text and "\n" not in text and " #" not in text else None
        if node and node.plain() == ([text] if flow else {"a": text}) and not text.startswith(("'", '"')):
            styles += [text] * 3
        return self.random.choice(styles)

    def remarks(self, indent: str) -> list[str]:
        lines = []
        while self.random.random() < 0.2:
            lines.append(
                self.random.choice(["", "", " "]) if self.random.random() < 0.5 else indent + self.remark(1).lstrip()
            )
        return lines

    def remark(self, likelihood: float = 0.15) -> str:
        if self.random.random() >= likelihood:
            return ""
        self.comments += 1
        return f" # c{self.comments}" + self.random.choice(["", "  ", " # '\"{[: "])


KEYS = st.sampled_from(["a", "b", "rule", "when", "title", "en", "fr", "no", "12", "it's", "a b", "to", "é", "x: y"])
DATA = st.recursive(
    st.sampled_from(VALUES),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=25,
)


def read(text: str) -> Node:
    report = Report()
    node = parse(text.encode(), "test.yaml", report)
    assert report.diagnostics == [], report.diagnostics[0].frame()
    assert node
    return node


def comments_of(text: str) -> list[str]:
    return sorted(re.findall(r"# c\d+", text))


@given(st.dictionaries(KEYS, DATA, min_size=1, max_size=4), st.randoms(use_true_random=True))
def test_untidy_files_mean_the_same(data: dict[str, Any], random: Random) -> None:
    text = Scrawl(random).document(data)
    node = read(text)
    assert node.plain() == data
    tidy = formatted(text, node)
    assert read(tidy).plain() == data
    assert comments_of(tidy) == comments_of(text)
    assert formatted(tidy, read(tidy)) == tidy
    assert tidy.endswith("\n")
    assert not re.search(r"[ \t]\n|\r|\n\n\n", re.sub(r'"[^\n]*"', "text", tidy))


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.txt")), ids=lambda path: path.stem)
def test_what_becomes_of_untidy_files(path: Path) -> None:
    """Each file has text as somebody wrote it, and below a line of `=` what becomes of it."""
    untidy, tidy = path.read_text(encoding="utf-8").split("=====\n")
    assert formatted(untidy, read(untidy)) == tidy
    assert formatted(tidy, read(tidy)) == tidy


def meaning(value: Any) -> Any:
    """Return the rules of a book without their places, in an order that does not depend on the files."""
    if isinstance(value, Span):
        return None
    if is_dataclass(value):
        return type(value).__name__, {
            field.name: meaning(getattr(value, field.name)) for field in fields(value) if field.name != "digest"
        }
    if isinstance(value, dict):
        return {key: meaning(item) for key, item in value.items()}
    return [meaning(item) for item in value] if isinstance(value, tuple) else value


def loaded(folder: Path) -> list[RuleBook]:
    report = Report()
    platform = load_platform(folder, report)
    book = load_office(folder, OFFICE, platform, report)
    assert report.diagnostics == []
    return [platform, book]


@settings(max_examples=8)
@given(books(), st.randoms(use_true_random=True))
def test_rule_books_decide_alike_afterwards(book: Book, random: Random) -> None:
    scrawl, office = Scrawl(random), {"office": OFFICE, "mails": book.own, "cascades": book.order}
    with tempfile.TemporaryDirectory() as name:
        folder = write_book(
            Path(name),
            cascades=scrawl.document({"cascades": book.cascades}),
            mails=scrawl.document({"mails": book.mails}),
            refusals=scrawl.document({"refusals": book.refusals}),
            offices={OFFICE: scrawl.document(office)},
            facts=own_schema(),
        )
        before = loaded(folder)
        assert courrier("fmt", folder).code == 0
        assert [*map(meaning, loaded(folder))] == [*map(meaning, before)]
        assert courrier("fmt", folder, "--check").code == 0
