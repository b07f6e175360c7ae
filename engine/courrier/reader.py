"""Write code that reads facts straight down: each object is fetched once, each plain value told apart in its place.

What is not plain (other types than the schema's, letters beyond ASCII, the rarer tests) is asked of its axis, which
alone says what a value means. The code is put together as a syntax tree out of the snippets below: what a rule's author
wrote enters it as a constant or as a value behind a name, never as text.
"""

from __future__ import annotations

import ast
import bisect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from courrier.facts import normalise
from courrier.model import Fact, Test
from courrier.situations import NO, YES, Axis, TestAxis, ValueAxis

Part = ast.expr | Sequence[ast.stmt]
"""What takes the place of a name in a snippet; statements take the place of its whole line."""

_OBJECT = """
OBJECT = PARENT.get(KEY)
if type(OBJECT) is not dict:
    if OBJECT is not None:
        return None
    OBJECT = nothing
"""
_STRING = """
if type(VALUE) is str and VALUE.isascii():
    CELL = PRESENT if VALUE and not VALUE.isspace() else 0
elif VALUE is None:
    CELL = 0
else:
    CELL = ASK(FACTS)
"""
_BOOLEAN = """
if VALUE is False:
    CELL = IF_FALSE
elif VALUE is True:
    CELL = IF_TRUE
elif VALUE is None:
    CELL = 0
else:
    CELL = ASK(FACTS)
"""
_NUMBER = """
if type(VALUE) is int:
    CELL = CELLS.get(VALUE) or GAPS[bisect(BOUNDS, VALUE)]
elif VALUE is None:
    CELL = 0
else:
    CELL = ASK(FACTS)
"""
_WHOLE_OBJECT = """
if type(VALUE) is dict:
    CELL = PRESENT if VALUE else 0
elif VALUE is None:
    CELL = 0
else:
    CELL = ASK(FACTS)
"""
_LISTED = """
CELL = None
try:
    if type(OTHERS) is list and "".join(OTHERS).isascii() and (AT_HAND or type(VALUE) is str and VALUE.strip()):
        if VALUE in OTHERS:
            CELL = YES
        elif VALUE.isascii() and VALUE.lower() not in [other.lower() for other in OTHERS]:
            CELL = NO
except TypeError:
    pass
if CELL is None:
    CELL = ASK(FACTS)
"""
_ASKED = "CELL = ASK(FACTS)"

_FORMS = {"text": "VALUE", "host": "VALUE.lower()", "address": "normalise(VALUE, 'address')"}
"""A string of ASCII letters in the form in which it compares."""


class Reading:
    """Code that reads facts into local names; where something is no object that should be, it returns None."""

    def __init__(self, given: Mapping[str, str], objects: Mapping[str, str]) -> None:
        """Start with what is at hand: values, as expressions by path, and objects, as names by path."""
        self.names: dict[str, Any] = {"nothing": {}, "bisect": bisect.bisect, "normalise": normalise}
        """The values behind the names that the code uses."""
        self._given = given
        self._objects = dict(objects)
        self._values: dict[str, str] = {}
        self._cells = 0
        self._statements: list[ast.stmt] = []

    def take(self) -> list[ast.stmt]:
        """Return the statements since the last time; what they have read stays read."""
        statements, self._statements = self._statements, []
        return statements

    def object_at(self, path: str) -> ast.expr:
        """Return the object at a path, or one without anything in it."""
        if path not in self._objects:
            parent, key = self._step(path)
            self._objects[path] = f"object{len(self._objects)}"
            self._add(_OBJECT, OBJECT=self.object_at(path), PARENT=parent, KEY=key)
        return name(self._objects[path])

    def value_at(self, path: str) -> ast.expr:
        """Return the value at a path as it is, or None."""
        if path not in self._values:
            got = self.glance(path)
            self._values[path] = f"value{len(self._values)}"
            self._add("VALUE = GOT", VALUE=self.value_at(path), GOT=got)
        return name(self._values[path])

    def glance(self, path: str, *, needed: bool = False) -> ast.expr:
        """Return the value at a path as it is; unless it is read already, it is read in this place alone.

        Where there is none it is None, or if it is `needed` a KeyError.
        """
        if path in self._values:
            return self.value_at(path)
        if path in self._given:
            return expression(self._given[path])
        parent, key = self._step(path)
        return expression("PARENT[KEY]" if needed else "PARENT.get(KEY)", PARENT=parent, KEY=key)

    def cell(self, axis: Axis, facts: str) -> ast.expr:
        """Return the cell of an axis, which itself is asked about the facts that an expression gives."""
        cell = name(f"cell{self._cells}")
        self._cells += 1
        snippet, parts = self._snippet(axis)
        self._add(snippet, CELL=cell, ASK=self.behind(axis.cell), FACTS=expression(facts), **parts)
        return cell

    def behind(self, value: object) -> ast.Name:
        """Return a name for a value."""
        known = f"known{len(self.names)}"
        self.names[known] = value
        return name(known)

    def function(self, snippet: str, **parts: Part) -> Callable[..., Any]:
        """Return the function that a snippet defines."""
        module = ast.fix_missing_locations(ast.Module(filled(snippet, **parts), []))
        defined: dict[str, Callable[..., Any]] = {}
        exec(compile(module, "<courrier>", "exec"), self.names, defined)  # noqa: S102
        return defined.popitem()[1]

    def _snippet(self, axis: Axis) -> tuple[str, dict[str, Part]]:
        """Return the code for an axis and what to put into it; its facts are read."""
        match axis:
            case ValueAxis(Fact(path, "string", format)):
                value = self.value_at(path)
                gap = ast.Constant(axis.gaps[0])
                present: ast.expr = gap
                if axis.constants:
                    cells, form = self.behind(axis.constants), expression(_FORMS[format], VALUE=value)
                    present = expression("CELLS.get(FORM, GAP)", CELLS=cells, FORM=form, GAP=gap)
                return _STRING, {"VALUE": value, "PRESENT": present}
            case ValueAxis(Fact(path, "boolean")):
                if_false, if_true = (ast.Constant(axis.constants.get(b) or axis.gaps[0]) for b in (False, True))
                return _BOOLEAN, {"VALUE": self.value_at(path), "IF_FALSE": if_false, "IF_TRUE": if_true}
            case ValueAxis(Fact(path, "number" | "integer")):
                known = {"CELLS": axis.constants, "GAPS": axis.gaps, "BOUNDS": axis.bounds}
                return _NUMBER, {"VALUE": self.value_at(path), **{key: self.behind(known[key]) for key in known}}
            case ValueAxis(Fact(path, "object")) if path in self._objects:
                return "CELL = PRESENT if VALUE else 0", {
                    "VALUE": self.object_at(path),
                    "PRESENT": ast.Constant(axis.gaps[0]),
                }
            case ValueAxis(Fact(path, "object")):
                return _WHOLE_OBJECT, {"VALUE": self.value_at(path), "PRESENT": ast.Constant(axis.gaps[0])}
            case TestAxis(Test(Fact(path, "string", format), _, tuple(operand))):
                value = self.value_at(path)
                parts = {"HOLDS": self.behind(axis.compare), "OPERAND": self.behind(operand)}
                form = expression(_FORMS[format], VALUE=value)
                present = expression(f"{YES} if HOLDS(FORM, OPERAND) else {NO}", FORM=form, **parts)
                return _STRING, {"VALUE": value, "PRESENT": present}
            case TestAxis(Test(Fact(path, "string"), "in", Fact(others, "strings"))):
                at_hand = ast.Constant(path in self._given)
                yes, no = ast.Constant(YES), ast.Constant(NO)
                value, listed = self.value_at(path), self.value_at(others)
                return _LISTED, {"VALUE": value, "OTHERS": listed, "AT_HAND": at_hand, "YES": yes, "NO": no}
        return _ASKED, {}

    def _step(self, path: str) -> tuple[ast.expr, ast.expr]:
        """Return the object that the last key of a path is looked up in, and the key."""
        above, _, key = path.rpartition(".")
        return self.object_at(above), ast.Constant(key)

    def _add(self, snippet: str, **parts: Part) -> None:
        self._statements += filled(snippet, **parts)


def filled(snippet: str, **parts: Part) -> list[ast.stmt]:
    """Return the statements of a snippet, with a part in the place of each name."""
    return [made for statement in ast.parse(snippet).body for made in _as_list(_Filling(parts).visit(statement))]


def expression(snippet: str, **parts: Part) -> ast.expr:
    """Return the expression of a snippet, with a part in the place of each name."""
    made: ast.expr = _Filling(parts).visit(ast.parse(snippet, mode="eval").body)
    return made


def name(id: str) -> ast.Name:
    """Return the expression that a name is."""
    return ast.Name(id, ast.Load())


class _Filling(ast.NodeTransformer):
    """Puts parts in the places of names."""

    def __init__(self, parts: Mapping[str, Part]) -> None:
        self._parts = parts

    def visit_Name(self, node: ast.Name) -> ast.AST:
        part = self._parts.get(node.id)
        return (
            ast.Name(part.id, node.ctx) if isinstance(part, ast.Name) else part if isinstance(part, ast.expr) else node
        )

    def visit_Expr(self, node: ast.Expr) -> ast.AST | list[ast.stmt]:
        part = self._parts.get(node.value.id) if isinstance(node.value, ast.Name) else None
        return list(part) if isinstance(part, Sequence) else self.generic_visit(node)


def _as_list(made: ast.stmt | list[ast.stmt]) -> list[ast.stmt]:
    return made if isinstance(made, list) else [made]
