"""Read facts from lines of JSON, of which the engine has no columns: as they stand there, of the types that they have.

Python has a look at each line that is out of the usual: that is no JSON, that holds a fact of another type than it has
to be, that has columns in the place of objects, or that the engine might read more kindly than `courrier decide` does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlglot import exp

from courrier.lines import Line, parsed
from courrier.model import Fact, Kind
from courrier.tables.columns import Form, Leaf, in_cells
from courrier.tables.expressions import (
    DIALECT,
    SQL,
    all_of,
    any_of,
    as_json,
    case,
    column,
    is_blank,
    named,
    not_,
    number,
    select,
    sql,
    struct,
)
from courrier.tables.files import Format
from courrier.tables.parts import PEOPLE
from courrier.tables.readings import Reading, of_leaf
from courrier.tables.source import LINE, ROWS, Engine, Facts, offices, with_columns

_MAY_BE_NO_JSON = r",\s*[}\]]|NaN|[Ii]nf"
"""Is found in lines that are no JSON though the engine takes them for it, and in a few others."""
_JSON, _OPENED = "courrier_json", "courrier_opened"
_LARGEST = float(2**53)

_FORMS: Mapping[Kind, Form] = {
    "string": "text",
    "number": "double",
    "integer": "double",
    "boolean": "boolean",
    "strings": "texts",
    "objects": "flag",
    "object": "flag",
}
_VALUES: Mapping[Form, str] = {
    "text": "CASE WHEN :is THEN :json ->> '$' END",
    "double": "CASE WHEN :is THEN TRY_CAST(CAST(:json AS TEXT) AS DOUBLE) END",
    "boolean": "CASE WHEN :is THEN CAST(:json AS TEXT) = 'true' END",
    "texts": "CASE WHEN :is THEN CAST(:json AS TEXT[]) END",
}
_IS: Mapping[Kind, str] = {
    "string": "COALESCE(JSON_TYPE(:json) = 'VARCHAR', FALSE)",
    "number": "COALESCE(JSON_TYPE(:json) <> 'VARCHAR' AND ABS(TRY_CAST(CAST(:json AS TEXT) AS DOUBLE)) <= :most, "
    "FALSE)",
    "boolean": "COALESCE(JSON_TYPE(:json) = 'BOOLEAN', FALSE)",
    "strings": "COALESCE(JSON_TYPE(:json) = 'ARRAY' AND LENGTH(LIST_FILTER(TRY_CAST(:json AS JSON[]), "
    "LAMBDA x : JSON_TYPE(x) <> 'VARCHAR' AND JSON_TYPE(x) <> 'NULL')) = 0, FALSE)",
    "objects": "COALESCE(JSON_TYPE(:json) = 'ARRAY' AND LENGTH(LIST_FILTER(TRY_CAST(:json AS JSON[]), "
    "LAMBDA x : JSON_TYPE(x) <> 'OBJECT' AND JSON_TYPE(x) <> 'NULL')) = 0, FALSE)",
    "object": "COALESCE(JSON_TYPE(:json) = 'OBJECT', FALSE)",
}
_IS_BLANK = (
    "COALESCE(CAST(:json AS TEXT) = '{}' OR CAST(:json AS TEXT) = '[]' OR JSON_TYPE(:json) = 'NULL', TRUE) "
    "OR JSON_TYPE(:json) = 'VARCHAR' AND :blank"
)
_IS_OBJECT = "CASE WHEN JSON_VALID(:line) THEN JSON_TYPE(:line) = 'OBJECT' ELSE FALSE END"
_HAS_A_KEY_TWICE = "COALESCE(LENGTH(JSON_KEYS(:json)) <> LENGTH(LIST_DISTINCT(JSON_KEYS(:json))), FALSE)"
_HAS_DOTS = "COALESCE(CONTAINS(ARRAY_TO_STRING(JSON_KEYS(:json), ' '), '.'), FALSE)"
_WHOLE = ""
"""The path of a whole line."""
_SOME = (
    "COALESCE(LENGTH(LIST_FILTER(TRY_CAST(:json AS JSON[]), "
    "LAMBDA x : CAST(x AS TEXT) <> '{}' AND JSON_TYPE(x) = 'OBJECT')) > 0, FALSE)"
)


class Lines:
    """A file with an object of JSON on each line."""

    def __init__(self, engine: Engine, files: Sequence[str]) -> None:
        """Open files."""
        self._engine = engine
        engine.open(ROWS, files, "jsonl")
        self._opened: Mapping[str, str] | None = None

    def offices(self) -> exp.Select:
        """Return a query for the ids of the offices in the table."""
        usual = sql("CASE WHEN JSON_VALID(:line) THEN JSON_EXTRACT_STRING(:line, '$.office.id') END", line=column(LINE))
        return offices(usual, ROWS)

    def facts(self, facts: Iterable[Fact], prefix: str) -> Facts:
        """Return the rows with columns for some facts, whose names begin with a prefix."""
        found = _FactsInLines({fact.path: fact for fact in facts}, prefix)
        self._engine.define(_JSON, found.json)
        return found

    def with_columns(self, added: Mapping[str, SQL], rows: str, format: Format) -> exp.Select:
        """Return rows with columns added, in the place of those that have the same names, to be written in a format."""
        if format == "jsonl":
            return select([named(_in_line(added), LINE)], rows)
        if self._opened is None:
            line = column(LINE)
            grouped = named(sql("CAST(JSON_GROUP_STRUCTURE(CAST(:line AS JSON)) AS TEXT)", line=line), _OPENED)
            objects = select([grouped], ROWS).where(sql(_IS_OBJECT, line=line), copy=False)
            ((structure,),) = self._engine.fetch(objects)
            self._opened = {key: _type(part) for key, part in json.loads(structure or "{}").items()}
            usual = "CASE WHEN :is_object THEN JSON_TRANSFORM(CAST(:line AS JSON), :structure) END"
            opened = named(
                sql(usual, is_object=sql(_IS_OBJECT, line=line), line=line, structure=structure or "{}"), _OPENED
            )
            self._engine.define(_OPENED, select([opened], rows, all_of_them=True))
        kept = in_cells(self._opened, self._engine.dialect, column(_OPENED))
        if format != "csv":
            kept = {name: column(_OPENED, name) for name in self._opened}
        return with_columns(kept, added, _OPENED, format)


class _FactsInLines:
    def __init__(self, known: Mapping[str, Fact], prefix: str) -> None:
        self._known, self._prefix = known, prefix
        above = [*dict.fromkeys(path for fact in known for path in _above(fact))]
        self._paths = [*known, *(path for path in above if path not in known), _WHOLE]
        paths = exp.convert([_json_path(path) for path in self._paths])
        line = column(LINE)
        suspect = sql("REGEXP_MATCHES(:line, :pattern)", line=line, pattern=_MAY_BE_NO_JSON)
        usual = all_of(sql(_IS_OBJECT, line=line), not_(suspect))
        found = sql("CASE WHEN :usual THEN JSON_EXTRACT(:line, :paths) END", usual=usual, line=line, paths=paths)
        self.json = select([named(found, _JSON)], ROWS, all_of_them=True)
        odd = any_of(
            sql(":json IS NULL", json=column(_JSON)),
            *map(self._is_no_object, above),
            *map(self._has_a_key_twice, [*above, _WHOLE]),
            sql(_HAS_DOTS, json=self._json(_WHOLE)),
            *map(self._is_odd, known.values()),
        )
        values = [named(self._value(fact), f"{prefix}_{path}") for path, fact in known.items()]
        whole = named(case([(odd, line)], exp.null()), f"{prefix}_line")
        self.rows = select([whole, *values], _JSON, all_of_them=True)
        self.odd: SQL = column(f"{prefix}_line")
        self.sample = line

    @property
    def people(self) -> SQL | None:
        return sql("HASH(CAST(:json AS TEXT))", json=self._json(PEOPLE.path))

    def read(self, fact: Fact) -> Reading:
        return of_leaf(Leaf(column(f"{self._prefix}_{fact.path}"), _FORMS[fact.kind]), fact.kind)

    def of(self, sample: str) -> Any:
        given = parsed(Line(0, sample.encode()))
        if given.error:
            raise given.error
        return _nested(given.facts) if isinstance(given.facts, dict) else given.facts

    def _json(self, path: str) -> SQL:
        return sql("LIST_EXTRACT(:found, :number)", found=column(_JSON), number=self._paths.index(path) + 1)

    def _value(self, fact: Fact) -> SQL:
        json, is_it, form = self._json(fact.path), self._is(fact.kind, fact.path), _FORMS[fact.kind]
        if fact.kind == "objects":
            return sql(_SOME, json=json)
        if fact.kind == "object":
            return sql(":is AND CAST(:json AS TEXT) <> '{}'", **{"is": is_it, "json": json})
        return sql(_VALUES[form], **{"is": is_it, "json": json})

    def _is(self, kind: Kind, path: str) -> SQL:
        json = self._json(path)
        test = sql(_IS["number" if kind == "integer" else kind], json=json, most=number(_LARGEST))
        if kind != "integer":
            return test
        whole = (
            "COALESCE(FLOOR(TRY_CAST(CAST(:json AS TEXT) AS DOUBLE)) = TRY_CAST(CAST(:json AS TEXT) AS DOUBLE), FALSE)"
        )
        return all_of(test, sql(whole, json=json))

    def _is_odd(self, fact: Fact) -> SQL:
        """Return whether a fact is there and is not what it has to be."""
        return not_(any_of(self._is(fact.kind, fact.path), self._is_blank(fact.path)))

    def _is_blank(self, path: str) -> SQL:
        json = self._json(path)
        return sql(_IS_BLANK, json=json, blank=is_blank(sql(":json ->> '$'", json=json)))

    def _is_no_object(self, path: str) -> SQL:
        is_none = sql("COALESCE(JSON_TYPE(:json) = 'NULL', TRUE)", json=self._json(path))
        return not_(any_of(self._is("object", path), is_none))

    def _has_a_key_twice(self, path: str) -> SQL:
        return sql(_HAS_A_KEY_TWICE, json=self._json(path))


def _above(path: str) -> Iterator[str]:
    """Yield the paths of the objects that a fact is in."""
    keys = path.split(".")[:-1]
    return (".".join(keys[: n + 1]) for n in range(len(keys)))


def _json_path(path: str) -> str:
    return "$" + "".join(f'."{key}"' for key in path.split(".") if path)


def _type(structure: Any) -> str:
    """Return the type of columns in which values of a structure of JSON fit, as DuckDB tells it."""
    if isinstance(structure, dict):
        fields = (
            f"{exp.Identifier(this=key, quoted=True).sql(DIALECT)} {_type(part)}" for key, part in structure.items()
        )
        return f"STRUCT({', '.join(fields)})"
    if isinstance(structure, list):
        return f"{_type(structure[0])}[]"
    return "JSON" if structure == "NULL" else str(structure)


def _nested(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return facts with objects in the place of keys that have dots, as columns do."""
    nested = {key: value for key, value in facts.items() if "." not in key}
    for path in (key for key, value in facts.items() if "." in key and value is not None):
        *above, last = path.split(".")
        inside = nested
        for key in above:
            if not isinstance(inside.get(key), dict):
                inside[key] = {}
            inside = inside[key] = {**inside[key]}
        inside[last] = facts[path]
    return nested


def _in_line(added: Mapping[str, SQL]) -> SQL:
    """Return a line with more at its end, in the place of what it has under the same keys."""
    line = sql("RTRIM(:line, :white)", line=column(LINE), white=" \t\r\n\v\f")
    more = as_json(struct(added))
    taken_by = exp.convert([*added])
    names = sql("LIST_FILTER(JSON_KEYS(:line), LAMBDA x : LIST_CONTAINS(:names, x))", line=line, names=taken_by)
    taken = sql("CASE WHEN JSON_VALID(:line) THEN LENGTH(:names) > 0 ELSE FALSE END", line=line, names=names)
    nothing = json.dumps(dict.fromkeys(added))
    without = sql("CAST(JSON_MERGE_PATCH(:line, :nothing) AS TEXT)", line=line, nothing=nothing)
    whole = sql("CASE WHEN :taken THEN :without ELSE :line END", taken=taken, without=without, line=line)
    head = sql("LEFT(:whole, LENGTH(:whole) - 1) || CASE WHEN :whole = '{}' THEN '' ELSE ',' END", whole=whole)
    joined = sql(":head || SUBSTRING(:more, 2)", head=head, more=more)
    if "path" not in added:
        return joined
    broken = as_json(struct({LINE: column(LINE), **added}))
    return case([(sql(":path <> ''", path=added["path"]), joined)], broken)
