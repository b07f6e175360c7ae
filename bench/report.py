"""Print tables, and write them and their plot into the docs."""

from __future__ import annotations

import platform
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bench.plot import Curve, plot

DOCS = Path(__file__).parent.parent / "docs"
_PAGE, _PLOT = DOCS / "benchmarks.md", DOCS / "images" / "benchmarks.svg"
_MARKED = re.compile(r"(<!-- measured -->\n).*(<!-- end of what is measured -->)", re.DOTALL)


class Table(NamedTuple):
    """Rows of figures under a title; the points of a curve, if it is to be plotted."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    curve: Curve | None = None


def show(table: Table) -> None:
    """Print a table."""
    rows = [table.heads, *table.rows]
    widths = [max(len(row[column]) for row in rows if column < len(row)) for column in range(len(table.heads))]
    print(f"\n{table.title} (microseconds, unless it says otherwise)")
    for row in rows:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip())


def write(tables: Sequence[Table]) -> None:
    """Write the tables into the page, and the curves into its plot."""
    machine = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}, in microseconds.\n\n"
    measured = machine + "\n".join(map(_as_markdown, tables))
    page, found = _MARKED.subn(lambda match: match[1] + measured + match[2], _PAGE.read_text(encoding="utf-8"))
    if not found:
        raise SystemExit(f"{_PAGE} has no place for what is measured")
    _PAGE.write_text(page, encoding="utf-8")
    _PLOT.parent.mkdir(exist_ok=True)
    _PLOT.write_text(plot([table.curve for table in tables if table.curve]), encoding="utf-8")


def _as_markdown(table: Table) -> str:
    rule = ["---", *["--:"] * (len(table.heads) - 1)]
    rows = [[*row, *[""] * (len(table.heads) - len(row))] for row in table.rows]
    lines = [f"| {' | '.join(row)} |" for row in (table.heads, rule, *rows)]
    return f"**{table.title}**\n\n" + "\n".join(lines) + "\n"
