"""Write rows into a file: as lines of JSON, or through DuckDB as Parquet or CSV."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import select
import struct
import termios
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from courrier.files import written_aside
from courrier.model import Fact, Kind
from courrier.recipients import COLLABORATORS

LINES = {".jsonl", ".ndjson"}
TABLES = {".parquet", ".csv"}

_TYPES: Mapping[Kind, Any] = {
    "string": "VARCHAR",
    "number": "DOUBLE",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "strings": ["VARCHAR"],
    "objects": [{"note": "VARCHAR"}],
    "object": {"note": "VARCHAR"},
}
_COLLABORATOR = {"id": "VARCHAR", "name": "VARCHAR", "email": "VARCHAR", "active": "BOOLEAN"}
_ROWS_OF_A_GROUP = 20_480
"""Rows that Parquet keeps together, and that are held in memory until they are written."""
_WHOLE_LINES = r"auto_detect = false, strict_mode = false, delim = '\x01', quote = '', escape = ''"
"""Read CSV so that each line is one cell: JSON has no such character in it."""
_HEAD = b"row\n"
_PATIENCE = 0.05
"""Seconds after which it is looked again whether DuckDB goes on reading."""


def write_lines(batches: Iterable[bytes], output: Path) -> None:
    """Write batches of rows into a file as lines of JSON; it appears when it is whole.

    Raises:
        OSError: the file cannot be written.
    """
    with written_aside(output) as part, part.open("wb") as file:
        file.writelines(batches)


def write_table(batches: Iterable[bytes], output: Path, facts: Mapping[str, Fact]) -> None:
    """Write batches of rows into a table, which appears when it is whole.

    Parquet has structs; CSV has a column for each fact, named by its path, with lists as JSON.

    Args:
        batches: the rows, as lines of JSON.
        output: the file, whose name says whether it is Parquet or CSV.
        facts: the facts that rows may have, by path.

    Raises:
        ImportError: DuckDB is not installed.
        OSError: the file cannot be written.
    """
    from courrier.database import DatabaseError, database, literal

    structure = _structure(facts)
    columns, settings = "unnest(facts)", f"FORMAT parquet, ROW_GROUP_SIZE {_ROWS_OF_A_GROUP}"
    if output.suffix.lower() == ".csv":
        columns, settings = ", ".join(_columns(structure)), "FORMAT csv, HEADER"
    with written_aside(output) as part, database() as connection:

        def copy(source: int) -> None:
            lines = f"read_csv('/dev/fd/{source}', columns = {{'row': 'VARCHAR'}}, header = true, {_WHOLE_LINES})"
            rows = f"SELECT from_json(row, {literal(json.dumps(structure))}) AS facts FROM {lines}"  # noqa: S608
            connection.execute(f"COPY (SELECT {columns} FROM ({rows})) TO {literal(str(part))} ({settings})")  # noqa: S608

        try:
            _pipe(batches, copy)
        except DatabaseError as error:
            raise OSError(errno.EIO, str(error).partition("\n")[0]) from error


def _structure(facts: Mapping[str, Fact]) -> dict[str, Any]:
    """Return what rows look like, with the type of each fact, as DuckDB wants to know it."""
    structure: dict[str, Any] = {}
    for path, fact in facts.items():
        if not any(other.startswith(f"{path}.") for other in facts):
            *above, last = path.split(".")
            place = structure
            for key in above:
                place = place.setdefault(key, {})
            place[last] = [_COLLABORATOR] if path == COLLABORATORS.path else _TYPES[fact.kind]
    return structure


def _columns(structure: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield a column for each fact, under its path."""
    for key, kind in structure.items():
        path = (*above, key)
        if isinstance(kind, dict):
            yield from _columns(kind, path)
        else:
            field = ".".join(f'"{step}"' for step in ("facts", *path))
            yield f'{f"to_json({field})" if isinstance(kind, list) else field} AS "{".".join(path)}"'


def _pipe(batches: Iterable[bytes], read: Callable[[int], None]) -> None:
    """Give batches to who reads them from a descriptor, in a thread of its own; what goes wrong there is raised here.

    Both ends of the pipe stay open here until the reader has opened its own: else one of the two might wait for ever,
    and to write to a pipe that nobody reads would end the process.
    """
    source, end = os.pipe()
    try:
        os.write(end, _HEAD)
        os.set_blocking(end, False)
        with ThreadPoolExecutor(1) as threads:
            reading = threads.submit(read, source)
            try:
                for batch in batches:
                    unsent = memoryview(batch)
                    while unsent and not reading.done():
                        if select.select([], [end], [], _PATIENCE)[1]:
                            unsent = unsent[os.write(end, unsent) :]
                    if reading.done():
                        break
            finally:
                while _unread(source) and not reading.done():
                    time.sleep(_PATIENCE)
                os.close(end)
            reading.result()
    finally:
        os.close(source)


def _unread(source: int) -> int:
    """Return how many bytes of a pipe are not read yet."""
    return int(struct.unpack("i", fcntl.ioctl(source, termios.FIONREAD, b"\0" * 4))[0])
