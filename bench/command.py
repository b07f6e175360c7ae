"""What the command line costs: a stream of facts beside reading and writing the same lines, and the start."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from bench.dossiers import dossiers
from bench.report import Table
from bench.timing import once_as_child, times_of

LINES = 50_000
ROUNDS = 5
STARTS = 11
_COURRIER = "from courrier.cli import main; main()"
_COPY = """
import json, sys
with open(sys.argv[1], "rb") as lines:
    for line in lines:
        sys.stdout.write(json.dumps(json.loads(line), ensure_ascii=False) + "\\n")
"""


def lines() -> Table:
    """Compare `courrier decide` of a JSONL file with a program that reads and writes its lines as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "facts.jsonl")
        path.write_text("".join(json.dumps(facts, ensure_ascii=False) + "\n" for facts in dossiers(LINES)), "utf-8")
        programs = {
            "read and write as JSON": [sys.executable, "-c", _COPY, str(path)],
            "courrier decide --format json": [sys.executable, "-c", _COURRIER, "decide", str(path), "--format", "json"],
        }
        taken: dict[str, list[float]] = {name: [] for name in programs}
        for _ in range(ROUNDS):
            for name, program in programs.items():
                taken[name].append(once_as_child(program) / LINES)
    copy, decide = (times_of(of_name) for of_name in taken.values())
    rows = [(name, *times_of(of_name).cells, f"{1e6 / min(of_name):,.0f}") for name, of_name in taken.items()]
    rows[1] = (*rows[1], f"{decide.best / copy.best:.1f}")
    return Table(f"{LINES:,} lines of JSONL", ("", "best, a line", "median", "ninth", "lines a second", "ratio"), rows)


def start() -> Table:
    """Measure what `import courrier` adds to the start of Python, in milliseconds."""
    bare, full = (
        times_of([once_as_child([sys.executable, "-c", code]) for _ in range(STARTS)])
        for code in ("", "import courrier")
    )
    cells = (f"{(full.best - bare.best) / 1e3:.0f} ms", f"{(full.median - bare.median) / 1e3:.0f} ms")
    return Table("Import", ("", "best", "median"), [("`import courrier`, beyond Python's own start", *cells)])
