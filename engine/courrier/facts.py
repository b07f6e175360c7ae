"""Read facts: what is there, of which type, and in the form in which it compares."""

from __future__ import annotations

import functools
import math
import unicodedata
from collections.abc import Mapping

import re2

from courrier.diagnostics import RulesError
from courrier.model import Fact, Format, Operator

WORDS = {
    "string": "a string",
    "number": "a number",
    "integer": "an integer",
    "boolean": "true or false",
    "strings": "a list of strings",
    "objects": "a list of objects",
    "object": "an object",
}
"""What each kind of fact is called in messages."""

LARGEST_PATTERN = 1024 * 1024
"""Bytes of a compiled pattern; what it remembers while it matches stays within them, too."""

_ITEMS = {"strings": "string", "objects": "object"}
_WHOLE: tuple[Operator, ...] = ("in", "not_in", "ends_with")
_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


class FactsError(ValueError):
    """The facts are at fault: the one at `path` is not what was wanted.

    `str(error)` names the path and the kinds of value, and no value but an unknown event's name: it can be logged.
    """

    def __init__(self, path: str, wanted: str, found: str) -> None:
        """Keep the fact's path, what was wanted there and what was found, in words."""
        self.path, self.wanted, self.found = path, wanted, found
        place = f"`{path}`" if path else "the facts"
        super().__init__(f"{place}: wanted {wanted}, found {found}")

    def __reduce__(self) -> tuple[type[FactsError], tuple[str, str, str]]:
        """Let the error travel between processes."""
        return FactsError, (self.path, self.wanted, self.found)

    def under(self, path: str) -> FactsError:
        """Return the error as seen from outside the object at `path`, in whose facts it was found."""
        return FactsError(f"{path}.{self.path}", self.wanted, self.found)

    def to_dict(self) -> dict[str, str]:
        """Return the error as the JSON object that the command line prints."""
        return {"message": str(self), "path": self.path, "wanted": self.wanted, "found": self.found}


def rules_at_fault(error: RulesError) -> FactsError:
    """Return what is wrong with facts that name an office whose own rules are at fault."""
    first = error.diagnostics[0]
    return FactsError("office.id", "an office whose rules are in order", f"{first.span.at}: {first.message}")


def is_blank(value: object) -> bool:
    r"""Tell whether a value counts as not there: null, white space alone, an empty list or object.

    >>> [is_blank(value) for value in (None, " \t", [], {}, 0, False)]
    [True, True, True, True, False, False]
    """
    if isinstance(value, str):
        return not value or value.isspace()
    return value is None or (isinstance(value, list | tuple | Mapping) and not value)


def lookup(facts: Mapping[str, object], path: str) -> object:
    """Return the value at a dotted path, as it is; None where it or something above it is blank.

    Raises:
        FactsError: something above it is no object.
    """
    value: object = facts
    walked = 0
    for key in path.split("."):
        if not isinstance(value, Mapping):
            if walked and is_blank(value):
                return None
            raise FactsError(path[: max(walked - 1, 0)], WORDS["object"], describe(value))
        value = value.get(key)
        walked += len(key) + 1
    return value


def read(facts: Mapping[str, object], fact: Fact) -> object:
    """Return the fact in the form in which it compares, or None where it is blank; a list without its blank items.

    Raises:
        FactsError: the value is of another type than the facts' schema says.
    """
    value = lookup(facts, fact.path)
    if is_blank(value):
        return None
    kind = _ITEMS.get(fact.kind)
    if kind is None or not isinstance(value, list | tuple):
        return _checked(value, fact.kind, fact.format, fact.path)
    items = enumerate(value)
    return [_checked(item, kind, fact.format, fact.path, index) for index, item in items if not is_blank(item)] or None


def read_list(facts: Mapping[str, object], fact: Fact) -> list[str]:
    """Return a list of strings that has to be there, though it may be empty.

    Raises:
        FactsError: it is missing or null, or no list of strings.
    """
    value = read(facts, fact)
    if isinstance(value, list):
        return value
    found = lookup(facts, fact.path)
    if isinstance(found, list | tuple):
        return []
    raise FactsError(fact.path, WORDS[fact.kind], describe(found))


def read_text(facts: Mapping[str, object], path: str) -> str:
    """Return the string at `path`, which has to be there.

    Raises:
        FactsError: it is missing, blank or no string.
    """
    text = read(facts, Fact(path, "string"))
    if text is None:
        raise FactsError(path, WORDS["string"], "nothing")
    return str(text)


def normalise(text: str, format: Format = "text") -> str:
    """Return a string in the form in which it compares: NFC; host names and the domains of addresses in lower case.

    Only A to Z are lowered: beyond ASCII, languages and databases disagree.

    >>> normalise("Marie@Dupont.BE", "address")
    'Marie@dupont.be'
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if format == "host":
        return text.translate(_ASCII_LOWER)
    if format == "address":
        local, at, domain = text.rpartition("@")
        return local + at + domain.translate(_ASCII_LOWER)
    return text


def as_operand(text: str, fact: Fact, operator: Operator) -> str:
    """Return what a fact is compared with, in the form in which the fact compares.

    Only of a whole address, or of its end, is it known where the domain begins.

    >>> [as_operand(text, Fact("user.email", "string", "address"), "contains") for text in ("Marie", "Marie@Du")]
    ['Marie', 'Marie@du']
    """
    whole = operator in _WHOLE or fact.kind == "strings" or fact.format == "host" or "@" in text
    return normalise(text, fact.format if whole else "text")


def describe(value: object) -> str:
    """Say in words what kind of value this is."""
    if is_blank(value):
        return "nothing"
    if isinstance(value, float) and not math.isfinite(value):
        return "no finite number"
    for kind in ("string", "boolean", "number", "object"):
        if _is_of(kind, value):
            return WORDS[kind]
    return "a list" if isinstance(value, list | tuple) else "something that JSON does not have"


@functools.lru_cache(maxsize=1024)
def pattern(text: str) -> re2._Regexp:
    """Compile an RE2 pattern, which has no look-around and cannot blow up.

    Raises:
        ValueError: the pattern is not RE2 syntax, or too large; the message says why.
    """
    options = re2.Options()
    options.log_errors = False
    options.max_mem = LARGEST_PATTERN
    try:
        return re2.compile(normalise(text), options)
    except re2.error as error:
        reason = error.args[0]
        raise ValueError(reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)) from None


def _is_of(kind: str, value: object) -> bool:
    match kind:
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "number":
            return (isinstance(value, float) and math.isfinite(value)) or (
                isinstance(value, int) and not isinstance(value, bool)
            )
        case "integer":
            return _is_of("number", value) and value == int(value)  # type: ignore[call-overload]
        case "object":
            return isinstance(value, Mapping)
    return False


def _checked(value: object, kind: str, format: Format, path: str, index: int | None = None) -> object:
    """Return a value in the form in which it compares; raise where it is not of the kind or cannot be written out."""
    wrong = describe(value) if not _is_of(kind, value) else None
    if wrong is None and isinstance(value, str):
        try:
            if not value.isascii():
                value.encode()
            return normalise(value, format)
        except UnicodeEncodeError:
            wrong = "a string with half a character (a lone surrogate)"
    if wrong is not None:
        raise FactsError(path if index is None else f"{path}[{index}]", WORDS[kind], wrong)
    return value
