"""What can be wrong in a rule book, where it is, and how it is shown."""

from __future__ import annotations

import difflib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeVar

Severity = Literal["error", "warning"]

Code = Literal[
    "alias",
    "bad-name",
    "bad-pattern",
    "circular-cascade",
    "control-character",
    "duplicate-key",
    "duplicate-rule",
    "empty-file",
    "empty-value",
    "facts-schema",
    "file-too-large",
    "missing-file",
    "missing-key",
    "no-last-resort",
    "no-rule-book",
    "no-sender",
    "not-allowed",
    "not-utf8",
    "office-name",
    "office-reach",
    "one-outcome",
    "several-documents",
    "tag",
    "too-deep",
    "too-many-values",
    "type-mismatch",
    "unknown-cascade",
    "unknown-event",
    "unknown-fact",
    "unknown-key",
    "unknown-refusal",
    "unknown-rule",
    "unreadable-file",
    "wrong-type",
    "yaml-key",
    "yaml-number",
    "yaml-syntax",
]
"""Every kind of thing that can be wrong; each has a page in the documentation."""

Proved = Literal[
    "always-true",
    "blank-address",
    "dead-rule",
    "gap",
    "inactive-collaborator",
    "missing-translation",
    "never-true",
    "not-counted",
    "restated",
    "same-rule",
    "unknown-collaborator",
    "unused-cascade",
    "unused-refusal",
]
"""Every kind of thing that can be proved of rules in which nothing is wrong; each has a page as well."""

Named = TypeVar("Named")

MOST_DIAGNOSTICS = 1000
_WIDEST_LINE = 100
_LONGEST_QUOTE = 60
_ALIKE = 0.5
_MOST_NAMES = 12
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
"""Control characters, marks that turn the direction of writing, what cannot be seen, and halves of characters."""


class Span(NamedTuple):
    """A stretch of a rule file; lines and columns count from 1, the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str
    """The line that the span starts on, as the author wrote it."""

    @classmethod
    def of_file(cls, file: str) -> Span:
        """Return the place of what concerns a file as a whole."""
        return cls(file, 1, 1, 1, 1, "")

    @property
    def at(self) -> str:
        """The place as `file:line`."""
        return f"{self.file}:{self.line}"

    @property
    def source(self) -> str:
        """What the author wrote there, as far as it stands on the first line."""
        return self.text[self.column - 1 : self.end_column - 1 if self.end_line == self.line else None].rstrip()

    def until(self, end: Span) -> Span:
        """Return the span from the start of this one to the end of another."""
        return self._replace(end_line=end.end_line, end_column=end.end_column)


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing that is wrong in a rule book, and what to do about it."""

    code: Code | Proved
    severity: Severity
    message: str
    help: str
    span: Span
    witness: Mapping[str, object] | None = None
    """Facts that show it."""

    @property
    def text(self) -> str:
        """What is wrong, what to do, and what shows it, for those who show the place themselves."""
        witness = f"witness: {facts_line(self.witness)}" if self.witness else ""
        return "\n".join(filter(None, (self.message, self.help, witness)))

    def to_dict(self) -> dict[str, object]:
        """Return the diagnostic as the JSON object that `courrier check --format json` prints."""
        what = {"code": self.code, "severity": self.severity, "message": self.message, "help": self.help}
        place = {**self.span._asdict(), "file": printable(self.span.file)}
        del place["text"]
        return what | place | ({"witness": self.witness} if self.witness else {})

    def frame(self) -> str:
        """Return the diagnostic as the lines that a person reads: message, place, source and help."""
        span = self.span
        gutter = " " * (len(str(span.line)) + 1)
        lines = [
            f"{self.severity}[{self.code}]: {self.message}",
            f"{gutter}--> {printable(span.file)}:{span.line}:{span.column}",
        ]
        if span.text.strip():
            text, start, end = _window(span)
            indent = " " * _width(text[:start])
            carets = "^" * max(1, _width(text[start:end]))
            lines += [f"{gutter} |", f" {span.line} | {text}", f"{gutter} | {indent}{carets}"]
        if self.help:
            lines.append(f"{gutter} = help: {self.help}")
        if self.witness:
            lines.append(f"{gutter} = witness: {facts_line(self.witness)}")
        return "\n".join(lines)


class RulesError(ValueError):
    """Rule files are at fault; `diagnostics` holds every problem that was found, in reading order."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Keep the diagnostics, ordered by file and place."""
        self.diagnostics = in_reading_order(diagnostics)
        super().__init__("\n\n".join(diagnostic.frame() for diagnostic in self.diagnostics))

    def __reduce__(self) -> tuple[type[RulesError], tuple[tuple[Diagnostic, ...]]]:
        """Let the error travel between processes."""
        return RulesError, (self.diagnostics,)


class Report:
    """Collects diagnostics, so that one reading of a rule book finds all of them."""

    def __init__(self) -> None:
        """Start with nothing found."""
        self.diagnostics: list[Diagnostic] = []

    def error(self, code: Code, span: Span, message: str, help: str) -> None:
        """Note an error: `message` says what is wrong, `help` what to do."""
        if not self.full:
            self.diagnostics.append(Diagnostic(code, "error", printable(message), printable(help), span))

    @property
    def full(self) -> bool:
        """Whether there are so many that nobody reads on; more are not kept, and need not be looked for."""
        return len(self.diagnostics) >= MOST_DIAGNOSTICS

    def raise_errors(self) -> None:
        """Raise a `RulesError` with all that was found, if any of it is an error."""
        if any(diagnostic.severity == "error" for diagnostic in self.diagnostics):
            raise RulesError(self.diagnostics)


def in_reading_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return diagnostics by file, line and column."""
    return tuple(sorted(diagnostics, key=lambda diagnostic: diagnostic.span[:3]))


def quoted(text: str) -> str:
    """Return what an author wrote in back-quotes, shortened where it is long.

    >>> quoted("dossier.manager")
    '`dossier.manager`'
    """
    return f"`{text}`" if len(text) <= _LONGEST_QUOTE else f"`{text[: _LONGEST_QUOTE - 1]}…`"


class Partial(dict[str, Named]):
    """Names of which some may be missing, since the file that lists them is at fault: an unknown one is no news."""


def look_up(code: Code, kind: str, name: str, span: Span, known: Mapping[str, Named], report: Report) -> Named | None:
    """Return what a name stands for; report one that nothing of its kind is called, unless it was no name at all."""
    found = known.get(name)
    if found is None and name and not isinstance(known, Partial) and not report.full:
        report.error(code, span, f"no {kind} is called {quoted(name)}", did_you_mean(name, known))
    return found


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a help line that names the known word nearest to `word`, or the known words.

    >>> did_you_mean("dossier.manger", ["dossier.manager", "user.email"])
    'did you mean `dossier.manager`?'
    >>> did_you_mean("x", ["in", "not_in"])
    'known here: `in`, `not_in`'
    """
    names = sorted(known)
    if near := nearest(word, names):
        return f"did you mean {quoted(near)}?"
    if not names:
        return "there is none yet: write it first"
    above = word.rpartition(".")[0] + "."
    names = [name for name in names if name.startswith(above)] or names
    more = ", …" if len(names) > _MOST_NAMES else ""
    return "known here: " + ", ".join(map(quoted, names[:_MOST_NAMES])) + more


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that `word` may be a slip of, if there is one.

    >>> nearest("dossier.sector", ["dossier.manager"])  # alike in their first part alone
    """
    word = word.lower()
    above, _, last = word.rpartition(".")
    for name in difflib.get_close_matches(word, list(known)):
        its_above, _, its_last = name.rpartition(".")
        alike = above != its_above or difflib.SequenceMatcher(None, last, its_last).ratio() >= _ALIKE
        if alike and not word.startswith(f"{name}."):
            return name
    return None


def facts_line(facts: Mapping[str, object]) -> str:
    r"""Return facts on one line, as `courrier explain -` takes them and a terminal shows them.

    >>> facts_line({"name": "\xc9l\u202eise"})
    '{"name": "Él\\u202eise"}'
    """
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(facts, ensure_ascii=False))


def printable(text: str) -> str:
    r"""Return `text` with every character replaced that a terminal would obey or not show.

    >>> printable("a\x1b[31mb")
    'a�[31mb'
    """
    return _UNSAFE.sub("�", text)


def _window(span: Span) -> tuple[str, int, int]:
    """Return the part of the line worth showing, and where the span starts and ends in it."""
    text, start = printable(span.text.rstrip().replace("\t", " ")), span.column - 1
    end = span.end_column - 1 if span.end_line == span.line else len(text)
    if len(text) <= _WIDEST_LINE:
        return text, start, end
    first = max(0, min(start - _WIDEST_LINE // 2, len(text) - _WIDEST_LINE))
    last = first + _WIDEST_LINE
    before, after = "…" if first else "", "…" if last < len(text) else ""
    shift = len(before) - first
    return before + text[first:last] + after, start + shift, min(end, last) + shift


def _width(text: str) -> int:
    """Return the columns that `text` takes in a terminal."""
    return sum(map(_columns, text))


def _columns(char: str) -> int:
    """Return 0 for what joins the character before it, also in Korean, 2 for what is wide."""
    if unicodedata.category(char) in {"Mn", "Me", "Cf"} or "\u1160" <= char <= "\u11ff":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
