"""Decide and keep what a router tells, as a decision log does."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import generated
from books import FACTS, write_book
from courrier import Router
from courrier.records import Decided, Records

KEY = "a key of a service"


def told(book: Path | None = None, facts: Mapping[str, Any] = FACTS) -> Decided:
    """Return what a router of a rule book, else of the shipped one, tells of the decision about some facts."""
    found: list[Decided] = []
    router = Router.load(book, on_decision=found.append) if book else Router.standard(on_decision=found.append)
    router.decide(facts)
    return found[0]


def line_of(decided: Decided, key: str | None = KEY) -> bytes:
    """Return the line of a log for a decision, without the time."""
    return json.dumps(Records(key).of(decided)).encode()


def lines(path: Path) -> list[Any]:
    """Return the lines of a log."""
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def write_generated(folder: Path, book: generated.Book) -> Path:
    """Write a made-up rule book into a folder and return it."""
    return write_book(
        folder,
        cascades=book.cascades,
        mails=book.mails,
        refusals=book.refusals,
        offices={generated.OFFICE: {"mails": book.own, "cascades": book.order}},
        facts=generated.own_schema(),
    )
