"""A table is answered row by row what the router answers, errors included, whatever its columns are."""

import math
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import generated
import tabled
from courrier.tables.table import decide_table
from hypothesis import given, note, settings
from hypothesis import strategies as st
from test_semantics import load

TABLES = int(os.environ.get("COURRIER_EXAMPLES", "25"))
ROWS = 120


@settings(max_examples=TABLES, report_multiple_bugs=False, deadline=None)
@given(generated.books(), st.integers(0, 2**32), st.booleans())
def test_rows_are_answered_as_the_router_answers(book: generated.Book, seed: int, flat: bool) -> None:
    random = Random(seed)  # noqa: S311
    columns = tabled.columns(random)
    rows = tabled.rows(random, columns, ROWS)
    with tempfile.TemporaryDirectory() as folder:
        router, _ = load(Path(folder, "rules"), book)
        given, output, errors = (Path(folder, f"{name}.parquet") for name in ("given", "output", "errors"))
        (tabled.write_flat if flat else tabled.write_nested)(given, columns, rows)
        meant = [tabled.expected(router, tabled.facts_of(row)) for row in rows]
        decide_table(str(given), str(output), Path(folder, "rules"), errors=str(errors))
        found = tabled.answered(output, errors)
    note(f"columns: { {path: column.type for path, column in columns.items()} }")
    compare(rows, found, meant)


@settings(max_examples=TABLES, report_multiple_bugs=False, deadline=None)
@given(generated.books(), st.integers(0, 2**32), st.booleans())
def test_lines_and_cells_are_answered_as_the_router_answers(book: generated.Book, seed: int, csv: bool) -> None:
    random = Random(seed)  # noqa: S311
    columns = tabled.columns(random)
    with tempfile.TemporaryDirectory() as folder:
        router, _ = load(Path(folder, "rules"), book)
        given = Path(folder, "given.csv" if csv else "given.jsonl")
        output, errors = (Path(folder, f"{name}.jsonl") for name in ("output", "errors"))
        if csv:
            rows = tabled.rows(random, columns, ROWS)
            tabled.write_csv(given, columns, rows)
            facts = [tabled.facts_of_cells(row) for row in rows]
        else:
            facts = [as_json(generated.facts(random)) for _ in range(ROWS)]
            tabled.write_lines(given, facts)
        meant = [tabled.expected(router, row) for row in facts]
        decide_table(str(given), str(output), Path(folder, "rules"), errors=str(errors))
        found = tabled.answered(output, errors)
    compare(facts, found, meant)


def compare(rows: Sequence[Any], found: Mapping[int, Any], meant: Sequence[Any]) -> None:
    for n, row in enumerate(rows):
        if found.get(n) != meant[n]:
            note(f"row: {row}")
            note(f"found: {found.get(n)}")
            note(f"meant: {meant[n]}")
            assert found.get(n) == meant[n]
    assert len(found) == len(rows)


def as_json(value: Any) -> Any:
    """Return facts with nothing in them that JSON does not have."""
    if isinstance(value, Mapping):
        return {key: as_json(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    return None if isinstance(value, complex) or (isinstance(value, float) and not math.isfinite(value)) else value
