"""Lay out the columns of a table as facts: nested in structs, or flattened into columns with dots in their names.

What is NULL is not there: an object is there when anything in it is. So a missing struct, a struct of NULLs and empty
columns mean the same, in every format.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from sqlglot import exp

from courrier.tables.expressions import SQL, as_json, column, named

Form = Literal["text", "integer", "double", "exact", "boolean", "texts", "objects", "list", "other", "cell", "flag"]
"""What a column holds.

`exact` numbers are no doubles, a `cell` of CSV is a text that stands for a value, and a `flag` tells whether something
is there.
"""

_FORMS: Mapping[exp.DType, Form] = {
    **dict.fromkeys((exp.DType.TEXT, exp.DType.VARCHAR, exp.DType.CHAR, exp.DType.NVARCHAR, exp.DType.ENUM), "text"),
    **dict.fromkeys((exp.DType.TINYINT, exp.DType.SMALLINT, exp.DType.INT, exp.DType.BIGINT), "integer"),
    **dict.fromkeys((exp.DType.UTINYINT, exp.DType.USMALLINT, exp.DType.UINT), "integer"),
    **dict.fromkeys((exp.DType.DOUBLE, exp.DType.FLOAT), "double"),
    **dict.fromkeys((exp.DType.DECIMAL, exp.DType.UBIGINT, exp.DType.INT128, exp.DType.UINT128), "exact"),
    exp.DType.BOOLEAN: "boolean",
}


class Leaf(NamedTuple):
    """A column, or a field of a struct, that is no struct itself."""

    where: SQL
    form: Form
    fields: tuple[Steps, ...] = ()
    """Of objects in a list, the steps to each field."""


@dataclass(frozen=True)
class Branch:
    """An object: the fields of a struct, or the columns whose names begin alike."""

    parts: dict[str, Node] = field(default_factory=dict)

    def leaves(self) -> Iterator[tuple[Steps, Leaf]]:
        """Yield what is in it, each with the steps to it."""
        for key, part in self.parts.items():
            if isinstance(part, Leaf):
                yield (key,), part
            else:
                yield from (((key, *steps), leaf) for steps, leaf in part.leaves())


Node: TypeAlias = "Leaf | Branch"
Steps = tuple[str, ...]


def layout(types: Mapping[str, str], dialect: str) -> Branch:
    """Lay out columns by the types that an engine tells; of two that clash, that with dots counts.

    >>> [steps for steps, _ in layout({"a": "STRUCT(b INT, c VARCHAR)", "d.e": "INT", "d": "INT"}, "duckdb").leaves()]
    [('a', 'b'), ('a', 'c'), ('d', 'e')]
    """
    root = Branch()
    for name in sorted(types, key=lambda name: name.count(".")):
        _put(root, name, _node(column(name), exp.DataType.build(types[name], dialect=dialect)))
    return root


def cells(names: list[str]) -> Branch:
    """Lay out the columns of CSV, each of which holds texts that stand for values."""
    root = Branch()
    for name in sorted(names, key=lambda name: name.count(".")):
        _put(root, name, Leaf(column(name), "cell"))
    return root


def _put(root: Branch, name: str, node: Node) -> None:
    """Add what a name with dots stands for."""
    *above, last = name.split(".")
    branch = root
    for key in above:
        inner = branch.parts.get(key)
        if not isinstance(inner, Branch):
            inner = branch.parts[key] = Branch()
        branch = inner
    branch.parts[last] = node


def flattened(root: Branch, paths: Iterable[str], prefix: str) -> tuple[Branch, list[SQL]]:
    """Return the parts of a layout that facts are read from as columns of their own, and how to select these."""
    flat, columns = Branch(), dict[str, SQL]()
    for path in paths:
        walked, node = find(root, path)
        if node is None:
            continue
        leaves = [(Steps(()), node)] if isinstance(node, Leaf) else node.leaves()
        for steps, leaf in leaves:
            full = ".".join((walked, *steps))
            name = f"{prefix}_{full}"
            columns[name] = named(leaf.where, name)
            _put(flat, full, leaf._replace(where=column(name)))
    return flat, [*columns.values()]


def in_cells(types: Mapping[str, str], dialect: str, where: SQL | None = None) -> dict[str, SQL]:
    """Return columns as CSV can have them: each field of a struct for itself, and lists as JSON.

    Args:
        types: the columns, with their types.
        dialect: the dialect in which the types are written.
        where: the struct that has the columns as its fields, if one does.
    """
    found: dict[str, SQL] = {}
    for name, type in types.items():
        node = _node(_field(where, name) if where else column(name), exp.DataType.build(type, dialect=dialect))
        leaves = [((), node)] if isinstance(node, Leaf) else node.leaves()
        for steps, leaf in leaves:
            listed = leaf.form in {"texts", "objects", "list"}
            full, value = ".".join((name, *steps)), as_json(leaf.where) if listed else leaf.where
            found[full] = exp.func("COALESCE", found[full], value) if full in found else value
    return found


def find(root: Branch, path: str) -> tuple[str, Node | None]:
    """Return what a fact's path leads to, and how far it leads: not to its end where something above is no object."""
    node: Node = root
    walked: list[str] = []
    for key in path.split("."):
        if isinstance(node, Leaf):
            break
        if key not in node.parts:
            return path, None
        node = node.parts[key]
        walked.append(key)
    return ".".join(walked), node


def _node(where: SQL, kind: exp.DataType) -> Node:
    if kind.is_type(exp.DType.STRUCT):
        return Branch({name: _node(_field(where, name), of) for name, of in _fields(kind)})
    if not kind.is_type(exp.DType.ARRAY, exp.DType.LIST):
        return Leaf(where, _FORMS.get(kind.this, "other"))
    (item,) = kind.expressions
    if item.is_type(exp.DType.STRUCT):
        return Leaf(where, "objects", tuple(steps for steps, _ in Branch(dict(_parts(item))).leaves()))
    return Leaf(where, "texts" if _FORMS.get(item.this) == "text" else "list")


def _parts(struct: exp.DataType) -> Iterator[tuple[str, Node]]:
    for name, of in _fields(struct):
        yield name, _node(exp.null(), of)


def _fields(struct: exp.DataType) -> Iterator[tuple[str, exp.DataType]]:
    for part in struct.expressions:
        yield part.name, part.args["kind"]


def _field(where: SQL, name: str) -> SQL:
    return exp.Dot(this=where, expression=exp.to_identifier(name, quoted=True))
