"""Show in what two rule books differ in a comment on a pull request, in Markdown as GitHub has it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from courrier.cli.differences import LEFT_OUT, MAYBE, ONLY, cases, facts_of, more_people, result, total, whom
from courrier.diagnostics import printable, quoted
from courrier.proof.diff import Diff
from courrier.proof.grouped import Difference
from courrier.proof.tally import Tally

_MOST_CHARACTERS = 60_000
"""GitHub takes no comment of more than 65,536."""
_MOST_PEOPLE = 50

_CODE = re.compile("`([^`]+)`")
_MARKS = re.compile(r"[\\`*_~\[\]<>&|]")


def comment(found: Diff, counted: Tally | None) -> Iterator[str]:
    """Yield the differences as a comment on a pull request; what GitHub has no room for is counted."""
    head = f"**courrier diff**: {total(found)}"
    told = "\n\n".join([head, *(_people(counted) if counted else [])])
    yield told
    room = _MOST_CHARACTERS - len(told)
    for number, difference in enumerate(found.differences):
        section = "\n".join(_section(difference, found))
        room -= len(section)
        if room < 0:
            left = len(found.differences) - number
            yield f"\n{left:,} more {'is' if left == 1 else 'are'} left out here; `courrier diff` shows all of them."
            return
        yield section


def _section(difference: Difference, found: Diff) -> Iterator[str]:
    first, *others = (_escaped(whom(concerned, found)) for concerned in difference.concerned)
    yield f"\n### {first}\n"
    if others:
        yield from (f"- and {other}" for other in others)
        yield ""
    changes = difference.changes.listed
    if difference.only:
        yield _sentence(ONLY[difference.only])
    if changes:
        yield from _table(
            ("", "where", "before", "after"),
            ((str(number), change.where, *map(result, change.ways)) for number, change in enumerate(changes, start=1)),
        )
    if not difference.changes.complete:
        yield f"\n{_sentence(LEFT_OUT)}"
    if changes:
        yield "\n<details><summary>Facts that show it</summary>\n"
        for number, change in enumerate(changes, start=1):
            facts = facts_of(change)
            yield f"{number}. ```json\n   {facts}\n   ```" if facts else f"{number}. {_sentence(MAYBE)}"
        yield "\n</details>"


def _people(counted: Tally) -> Iterator[str]:
    yield _sentence(cases(counted))
    people = counted.people()[:_MOST_PEOPLE]
    if people:
        rows = (
            (quoted(who.address), quoted(who.event), f"{counted.gained[who]:,}", f"{counted.lost[who]:,}")
            for who in people
        )
        yield "<details><summary>Who gains and loses mails</summary>"
        yield "\n".join(_table(("address", "event", "gains", "loses"), rows))
        if more := more_people(counted, _MOST_PEOPLE):
            yield _sentence(more)
        yield "</details>"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _row(heads)
    yield _row(["---"] * len(heads))
    yield from (_row(map(_escaped, cells)) for cells in rows)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _escaped(words: str) -> str:
    """Return words in which nothing that an author wrote is a mark of Markdown's; what is in back-quotes is code."""
    return "".join(
        _code(piece) if index % 2 else _MARKS.sub(lambda mark: f"&#{ord(mark[0])};", piece)
        for index, piece in enumerate(_CODE.split(printable(words)))
    )


def _code(words: str) -> str:
    if "|" in words or "\\" in words:  # which a table takes for its own, also in code
        return f"<code>{_MARKS.sub(lambda mark: f'&#{ord(mark[0])};', words)}</code>"
    return f"`{words}`"
