"""Tables made up for tests: columns of the right types, and now and then of others, with rows to the letter."""

import contextlib
import csv
import json
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import duckdb
import generated
from courrier import FactsError, Router

NUMBERS: Mapping[str, list[Any]] = {
    "BIGINT": [-1, 0, 1, 2, 3, 2**53, 2**53 + 1, -(2**62)],
    "UTINYINT": [0, 1, 2],
    "DOUBLE": [-1.0, 0.0, 0.5, 1.0, 1.5, 2.0, float(2**53), 1e16, -1e300, 1e308, math.nan, math.inf],
    "FLOAT": [0.5, 1.0, 2.0],
    "HUGEINT": [0, 1, 2, 2**53, 2**53 + 1, 10**30],
    "DECIMAL(20, 3)": [
        Decimal("0.500"),
        Decimal("1.000"),
        Decimal("1.500"),
        Decimal("2.000"),
        Decimal("9007199254740993.000"),
    ],
}
TEXTS = [
    *generated.TEXTS,
    "",
    " ",
    "\t\u00a0\u2028",
    "\u2003a",
    "\u212a",
    "K",
    "a\u0085",
    "x\x1f",
    "A@",
    "@",
    "m@A.BE",
    "None",
]
ADDRESSES = [
    *generated.ADDRESSES,
    "",
    " m@a.be",
    "m@a..be",
    "m@@a.be",
    "o'neil@a.be",
    "=?m@a.be",
    "x" * 250 + "@a.be",
    "x" * 249 + "@a.be",
    "m@\u00e9.be",
    "m@a_b.be\n",
]
NAMES = [*generated.TEXTS, " a ", "\u00a0a\u2003", "a\nb", "=?", "a\u202eb", "\u00e9 \u00e9", "x\x7f"]
LISTS: list[Any] = [
    [],
    [""],
    [None],
    ["", None, " \u2003"],
    ["a.be"],
    ["A.BE", None],
    ["b.be", "\u00e9.be"],
    ["e\u0301.BE", "a.be"],
    ["a", "m@A.be"],
    ["a,b"],
    ["a.be", "", "x"],
    TEXTS[:4],
]
PEOPLE = [people for people in generated.SHIPPED["office.collaborators"].values] + [
    [],
    [None],
    [{"id": "a", "email": "none"}],
    [{"id": "\u00e9", "email": "x@b.be", "name": "a\nb"}, {"id": "a", "email": "m@a.be"}],
]
PEOPLE_TYPE = "STRUCT(id VARCHAR, name VARCHAR, email VARCHAR, active BOOLEAN)[]"


class Column(NamedTuple):
    """A column at the path of a fact: its type, and values that it takes beside NULL."""

    type: str
    values: Sequence[Any]


def columns(random: Random) -> dict[str, Column]:
    """Return a column for each fact, some left out, some of a type that the fact cannot have."""
    found = {
        "event.type": Column(
            "VARCHAR", [*generated.EVENTS, *generated.EVENTS, generated.SILENT, "nothing", "", "p\u00e9ng"]
        )
    }
    found["office.id"] = Column(
        "VARCHAR",
        [generated.OFFICE, "o2", "o2", "O1", "", "o\u00e9", "o1\n"]
        if random.random() < 0.3
        else [generated.OFFICE, "o2"],
    )
    found["office.communication_email"] = Column("VARCHAR", generated.ADDRESSES)
    found["user.language"] = Column("VARCHAR", ["fr", "nl-BE", "", "xx"])
    for path, known in generated.CALLERS.items():
        if path != "dossier.manager" and random.random() < 0.93:
            found[path] = _wrong(random) if random.random() < 0.06 else _column(path, known, random)
    return found


def _column(path: str, known: generated.Known, random: Random) -> Column:
    match known.kind:
        case "string":
            odd = NAMES if path.endswith("name") else ADDRESSES if known.format == "address" else TEXTS
            return Column("VARCHAR", odd if random.random() < 0.4 else known.values)
        case "number" | "integer":
            type = random.choice([*NUMBERS])
            return Column(type, NUMBERS[type])
        case "boolean":
            return Column("BOOLEAN", [True, False])
        case "strings":
            return Column("VARCHAR[]", LISTS)
        case "objects":
            return (
                Column(PEOPLE_TYPE, PEOPLE)
                if path.startswith("office")
                else Column("STRUCT(a BIGINT)[]", [[], [None], [{"a": None}], [{"a": 1}]])
            )
    return Column(
        "STRUCT(a BIGINT, b STRUCT(c BIGINT[]))",
        [{"a": 1}, {"a": None}, {"a": None, "b": {"c": None}}, {"a": None, "b": {"c": []}}],
    )


def _wrong(random: Random) -> Column:
    return random.choice(
        [
            Column("INTEGER", [5]),
            Column("VARCHAR", ["5", "true", "", "\u2003"]),
            Column("DOUBLE", [1.5, math.nan]),
            Column("BOOLEAN", [True]),
            Column("BIGINT[]", [[], [None], [7], [None, 7]]),
            Column("VARCHAR[]", [[], ["a"], [None, ""], ["", "b"]]),
            Column("STRUCT(a BIGINT)", [{"a": 1}, {"a": None}]),
            Column("STRUCT(a BIGINT)[]", [[], [{"a": None}], [{"a": 1}]]),
        ]
    )


Row = dict[str, Any]
"""Values by path."""


def rows(random: Random, columns: Mapping[str, Column], count: int) -> list[Row]:
    """Return rows; what is NULL is left out."""
    made = []
    for _ in range(count):
        row = {
            path: random.choice(column.values)
            for path, column in columns.items()
            if random.random() < 0.8 or path in NEEDED
        }
        if random.random() < 0.05:
            del row[random.choice([*NEEDED])]
        made.append(row)
    return made


NEEDED = ("event.type", "office.id", "office.communication_email")


def facts_of(row: Row) -> dict[str, Any]:
    """Return a row as nested facts, as JSON would have it."""
    facts: dict[str, Any] = {}
    for path, value in row.items():
        *above, last = path.split(".")
        inside = facts
        for key in above:
            inside = inside.setdefault(key, {})
        inside[last] = value
    return _pruned(facts)


def _pruned(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list):
        return [_pruned(item) for item in value]
    if not isinstance(value, dict):
        return value
    pruned = {key: _pruned(part) for key, part in value.items() if part is not None}
    return {key: part for key, part in pruned.items() if part != {}}


def write_nested(path: Path, columns: Mapping[str, Column], rows: Sequence[Row]) -> None:
    """Write rows as Parquet with structs, beside a column `n` with the number of the row."""
    types = _struct(columns)
    values = [[n, *(_nested(row, key) for key in types)] for n, row in enumerate(rows)]
    _write(path, {"n": "INTEGER", **types}, values)


def write_flat(path: Path, columns: Mapping[str, Column], rows: Sequence[Row]) -> None:
    """Write rows as Parquet with dots in the names of columns."""
    _write(
        path,
        {"n": "INTEGER", **{key: column.type for key, column in columns.items()}},
        [[n, *(row.get(key) for key in columns)] for n, row in enumerate(rows)],
    )


def write_csv(path: Path, columns: Mapping[str, Column], rows: Sequence[Row]) -> None:
    """Write rows as CSV, lists and objects as JSON."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["n", *columns])
        writer.writerows([n, *(_cell(row.get(key)) for key in columns)] for n, row in enumerate(rows))


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "FALSE"
        case list() | dict():
            return json.dumps(value, ensure_ascii=False)
    return str(value)


def facts_of_cells(row: Row) -> dict[str, Any]:
    """Return the facts that a row of CSV stands for."""
    return facts_of({path: _meant(_cell(value), path) for path, value in row.items() if _cell(value)})


def _meant(cell: str, path: str) -> Any:
    known = generated.CALLERS.get(path)
    kind = known.kind if known else "string"
    if kind in {"number", "integer"}:
        with contextlib.suppress(ValueError):
            value = json.loads(cell)
            return value if cell.strip() == cell and not isinstance(value, bool | str | list | dict) else cell
    if kind == "boolean" and cell in {"true", "FALSE"}:
        return cell == "true"
    if kind in {"strings", "objects", "object"} and cell[0] in "[{":
        return json.loads(cell)
    return cell


def write_lines(path: Path, rows: Sequence[Any]) -> None:
    """Write facts as lines of JSON, each with its number."""
    ascii = [json.dumps({"n": n, **facts}) for n, facts in enumerate(rows)]
    lines = [
        line if n % 2 or "\\ud" in line else json.dumps(json.loads(line), ensure_ascii=False)
        for n, line in enumerate(ascii)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write(path: Path, types: Mapping[str, str], values: Sequence[Sequence[Any]]) -> None:
    with duckdb.connect() as db:
        db.execute(f"CREATE TABLE t ({', '.join(f'{_quoted(name)} {type}' for name, type in types.items())})")
        marks = ", ".join(f"?::{type}" for type in types.values())
        for row in values:
            db.execute(f"INSERT INTO t VALUES ({marks})", list(row))
        db.execute(f"COPY t TO '{path}'")


def _struct(columns: Mapping[str, Column]) -> dict[str, str]:
    inner: dict[str, dict[str, Column]] = {}
    types = {}
    for path, column in columns.items():
        key, _, rest = path.partition(".")
        if rest:
            inner.setdefault(key, {})[rest] = column
        else:
            types[key] = column.type
    for key, parts in inner.items():
        fields = ", ".join(f"{_quoted(name)} {type}" for name, type in _struct(parts).items())
        types[key] = f"STRUCT({fields})"
    return types


def _nested(row: Row, key: str) -> Any:
    below = {path.removeprefix(f"{key}."): value for path, value in row.items() if path.startswith(f"{key}.")}
    if not below:
        return row.get(key)
    return {inner: _nested(below, inner) for inner in dict.fromkeys(path.partition(".")[0] for path in below)}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def expected(router: Router, facts: Mapping[str, Any]) -> Any:
    """Return what a row is to be answered: the columns of a result, or path and reason."""
    try:
        decision = router.decide(facts)
    except FactsError as error:
        return error.path, f"wanted {error.wanted}, found {error.found}"
    sent = decision.outcome == "send"
    return (
        decision.outcome,
        decision.sender.address if decision.sender else None,
        [address.address for address in decision.to] if sent else None,
        [address.address for address in decision.cc] if sent else None,
        *(reasons[-1].rule if reasons else None for reasons in decision.reasons),
        [refusal.code for refusal in decision.refusals],
        [warning.code for warning in decision.warnings],
    )


def answered(*paths: Path) -> dict[int, Any]:
    """Return what the files of results and of faults say, by the number of the row."""
    found: dict[int, Any] = {}
    for path, names in zip(paths, (RESULT, ("path", "reason")), strict=False):
        if path.suffix == ".jsonl":
            for line in map(json.loads, filter(None, path.read_text(encoding="utf-8").rstrip("\n").split("\n"))):
                assert int(line["n"]) not in found
                found[int(line["n"])] = tuple(line[name] for name in names)
    with duckdb.connect() as db:
        for path, names in zip(paths, (RESULT, ("path", "reason")), strict=False):
            if path.suffix == ".jsonl":
                continue
            listed = ", ".join(map(_quoted, names))
            for n, *answer in db.execute(f"SELECT n, {listed} FROM '{path}'").fetchall():  # noqa: S608
                assert n not in found
                found[n] = tuple(answer)
    return found


RESULT = ("outcome", "from", "to", "cc", "rule_from", "rule_to", "rule_cc", "refusals", "warnings")
