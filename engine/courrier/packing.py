"""Pack frozen values into what JSON has, and unpack them again: the annotations of their classes are the format.

What is unpacked was written by somebody else: it becomes an instance of a class that the annotations name, with fields
of the types that they name, or it is refused.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")
Unpack = Callable[[Any], object]


class PackingError(ValueError):
    """What was to be unpacked is not what the annotations name."""


def pack(value: object) -> object:
    """Return a value as JSON has it: of a dataclass its name and its fields, of a tuple a list."""
    if dataclasses.is_dataclass(value):
        fields = [pack(getattr(value, field.name)) for field in dataclasses.fields(value)]
        return {type(value).__name__: fields}
    if isinstance(value, tuple):
        return [pack(item) for item in value]
    if isinstance(value, Mapping):
        return {key: pack(item) for key, item in value.items()}
    return value


def unpack(kind: type[T], packed: object) -> T:
    """Return the value of a dataclass that was packed.

    Raises:
        PackingError: it is not what the annotations of the class name.
    """
    reader: Any = _reader
    return typing.cast(T, _unpacked(reader(kind), packed))


class _Reader(NamedTuple):
    """How to unpack a value of some annotation, by what JSON has in its place."""

    by_type: Mapping[type, Unpack]
    by_name: Mapping[str, Unpack]
    """For instances of dataclasses, by the name of the class."""


def _unpacked(reader: _Reader, packed: object) -> object:
    if reader.by_name and type(packed) is dict and len(packed) == 1:
        ((name, fields),) = packed.items()
        found = reader.by_name.get(name)
        if found is not None:
            return found(fields)
    found = reader.by_type.get(type(packed))
    if found is None:
        raise PackingError(f"{type(packed).__name__} cannot stand here")
    return found(packed)


@functools.cache
def _reader(annotation: Any) -> _Reader:
    """Return how to unpack a value of that annotation; classes are looked into when one is met, since they nest."""
    arguments = typing.get_args(annotation)
    match typing.get_origin(annotation):
        case types.UnionType | typing.Union:
            readers = [_reader(argument) for argument in arguments]
            by_type = {kind: found for reader in readers for kind, found in reader.by_type.items()}
            return _Reader(by_type, {name: found for reader in readers for name, found in reader.by_name.items()})
        case typing.Literal:
            return _Reader({str: functools.partial(_one_of, frozenset(arguments))}, {})
        case origin if origin is tuple:
            return _Reader({list: functools.partial(_items, arguments[0])}, {})
        case origin if origin is not None:
            return _Reader({dict: functools.partial(_entries, arguments[1])}, {})
    if isinstance(annotation, type) and dataclasses.is_dataclass(annotation):
        return _Reader({}, {annotation.__name__: functools.partial(_instance, annotation)})
    if hasattr(annotation, "_fields"):
        return _Reader({list: functools.partial(_instance, annotation)}, {})
    return _Reader({annotation: _itself}, {})


@functools.cache
def _fields(kind: type) -> tuple[_Reader, ...]:
    names = [field.name for field in dataclasses.fields(kind)] if dataclasses.is_dataclass(kind) else kind._fields  # type: ignore[attr-defined]
    hints = typing.get_type_hints(kind)
    return tuple(_reader(hints[name]) for name in names)


def _instance(kind: type, packed: object) -> object:
    readers = _fields(kind)
    if not isinstance(packed, list) or len(packed) != len(readers):
        raise PackingError(f"{kind.__name__} has {len(readers)} fields")
    return kind(*map(_unpacked, readers, packed))


def _items(annotation: Any, packed: list[object]) -> tuple[object, ...]:
    reader = _reader(annotation)
    return tuple([_unpacked(reader, item) for item in packed])


def _entries(annotation: Any, packed: dict[str, object]) -> dict[str, object]:
    reader = _reader(annotation)
    return {key: _unpacked(reader, item) for key, item in packed.items()}


def _one_of(words: frozenset[str], packed: str) -> str:
    if packed not in words:
        raise PackingError("an unknown word stands here")
    return packed


def _itself(packed: object) -> object:
    return packed
