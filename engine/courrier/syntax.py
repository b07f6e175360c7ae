"""Say in an author's words what the YAML parser stumbled over."""

from __future__ import annotations

from typing import NamedTuple

from courrier.diagnostics import Span


class _Advice(NamedTuple):
    message: str
    help: str
    at_opening: bool = False
    """Whether to show where the thing opens that the parser was in, and not where it gave up."""


_START = _Advice("a value cannot start with `{char}`", "put quotes around a text that starts so")
_QUOTE = _Advice(
    "the quote before this ends the text", "to have a quote in a text, put the text between the other kind of quotes"
)
_TAB = _Advice("a tab stands in the indentation", "indent with spaces: YAML allows no tabs there")
_LIST_HELP = "close the list with `]`, put `,` between its items, and quotes around a text that holds one of `,[]{}`"
_MAPPING_HELP = (
    "close the mapping with `}`, put `,` between its entries, and quotes around a text that holds one of `,[]{}`"
)
_IN_LIST, _IN_MAPPING = "did not find expected ',' or ']'", "did not find expected ',' or '}'"
_KEY = "did not find expected key"
_ADVICE = {
    "mapping values are not allowed in this context": _Advice(
        "a `:` stands where no key can be",
        "put quotes around a text that holds `: `; give the line above its `:`; indent keys that belong together alike",
    ),
    _KEY: _Advice("this does not go with what stands before it", "indent what belongs together alike"),
    "did not find expected '-' indicator": _Advice(
        "an item of the list was expected here", "start each item with `- `, all of them in the same column"
    ),
    "could not find expected ':'": _Advice(
        "this is no key, for want of a `:`", "write `key: value` or `- item`, with the space", at_opening=True
    ),
    "found character that cannot start any token": _START,
    "did not find expected node content": _START,
    "did not find expected alphabetic or numeric character": _START._replace(at_opening=True),
    "found a tab character that violates indentation": _TAB,
    "found a tab character where an indentation space is expected": _TAB,
    "found unexpected end of stream": _Advice(
        "this quote is never closed", "close it with another `{char}`", at_opening=True
    ),
    "found unknown escape character": _Advice(
        "between double quotes `\\` starts an escape, and this is none", "put the text between single quotes instead"
    ),
    _IN_LIST: _Advice("a `,` or the end of the list was expected here", _LIST_HELP),
    _IN_MAPPING: _Advice("a `,` or the end of the mapping was expected here", _MAPPING_HELP),
    "block sequence entries are not allowed in this context": _Advice(
        "a list cannot start here", "start it on the next line; put quotes around a text that starts with `- `"
    ),
    "did not find expected comment or line break": _Advice(
        "nothing more can stand on this line", "start a text after `|` or `>` on the next line, indented"
    ),
    "did not find expected <document start>": _Advice(
        "nothing more can stand here", "look for a bracket or a quote too many on this line and the one above"
    ),
    "exceeded maximum nesting depth": _Advice("this is nested far too deep", "spread it over several rules"),
    "found incompatible YAML document": _Advice("this asks for another version of YAML", "take the `%YAML` line out"),
    "found undefined tag handle": _Advice("tags are not read", "put quotes around a text that starts with `!`"),
}


def advice(problem: str, at: Span, opening: Span) -> tuple[Span, str, str]:
    """Return which place to show, what to say and what to do about the parser's problem.

    Args:
        problem: what the parser says.
        at: where it gave up.
        opening: where the thing starts that it was in.
    """
    found = _ADVICE.get(problem) or _Advice(
        f"this is no YAML: {problem}", "look at this line and the one above: indentation, quotes, colons"
    )
    bracket = _after(opening)[:1]
    if found is _START and not _after(at):
        problem = _IN_LIST if bracket == "[" else _IN_MAPPING
    if problem in {_IN_LIST, _IN_MAPPING, _KEY} and at.text[: at.column - 1].rstrip().endswith(("'", '"')):
        found = _QUOTE
    elif problem in {_IN_LIST, _IN_MAPPING} and at.line > opening.line:
        what, help = ("list", _LIST_HELP) if bracket == "[" else ("mapping", _MAPPING_HELP)
        found = _Advice(f"this {what} is never closed", help, at_opening=True)
    elif found is _START and _after(at).startswith("\t"):
        found = _TAB
    span = opening if found.at_opening else at
    char = _after(span)[:1]
    return span, found.message.replace("{char}", char), found.help.replace("{char}", char)


def _after(span: Span) -> str:
    """Return the line from the start of a span on."""
    return span.text[span.column - 1 :]
