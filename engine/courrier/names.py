"""Say what the names in rule files stand for: what is at a place, what could be there, also in unfinished text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

from courrier import resources
from courrier.build import OFFICES, load_office, load_platform
from courrier.cases import load_cases
from courrier.diagnostics import Partial, Report, Span
from courrier.document import Node, parse, read
from courrier.facts import WORDS
from courrier.model import All, Cascade, Collaborators, Condition, Fact, Mail, Refusal, Rule, RuleBook
from courrier.schema import FACTS_FILE, shipped_facts
from courrier.wording import Said, Wording

Kind = Literal["cascade", "rule", "refusal", "event", "collaborator", "fact"]
Steps = tuple[str | int, ...]

_MARK = "\ue000"
"""Stands where the cursor is; nobody writes it, and YAML takes it for a letter."""

_QUOTED_OR_BRACKET = re.compile(r"""(?<![^\s,:\[{])(?:'(?:[^']|'')*'|"(?:\\.|[^"\\])*"|\#[^\n]*|[\[{])|[\]}]""")
_CLOSING = {"[": "]", "{": "}"}


class Spot(NamedTuple):
    """A name in a rule file: what kind of thing it names, as what it is written, and where."""

    kind: Kind
    text: str
    span: Span
    of: str = ""
    """The cascade that a rule is one of; empty where it may be of any."""


def spot_at(file: str, data: bytes, line: int, column: int) -> Spot | None:
    """Return the name at a place of a rule book's file, where there is one.

    >>> spot_at("mails.yaml", b"mails: {task_failed: {to: standard}}", 1, 30).kind
    'cascade'
    """
    root = parse(data, file, Report())
    return next(_spots(file, root, (), (line, column)), None) if root else None


def gap_at(file: str, before: str) -> Spot | None:
    """Return the name that can stand, and has perhaps been begun, at the end of a text that is cut off there.

    >>> gap_at("mails.yaml", "mails: {task_failed: {refuse: [sender-").kind
    'refusal'
    """
    for colon in ("", ": "):
        text = before + _MARK + colon + _closing(before)
        root = parse(text.encode("utf-8", "surrogatepass"), file, Report())
        for spot in _spots(file, root, (), None) if root else ():
            if spot.text.endswith(_MARK):
                return spot._replace(text=spot.text.removesuffix(_MARK))
    return None


def _closing(before: str) -> str:
    """Return the brackets that close what is open at the end of a text."""
    opened: list[str] = []
    for found in _QUOTED_OR_BRACKET.finditer(before):
        if found[0] in _CLOSING:
            opened.append(_CLOSING[found[0]])
        elif opened and found[0] == opened[-1]:
            opened.pop()
    return "".join(reversed(opened))


def _spots(file: str, node: Node, steps: Steps, place: tuple[int, int] | None) -> Iterator[Spot]:
    """Yield the names in a node that touch a place, or all."""
    for key, child in node.entries.items():
        if _touches(child.key_span, place) and (kind := _kind(file, (*steps, key), True, place is None)):
            yield Spot(kind[0], key, child.key_span, kind[1])
    below: list[tuple[str | int, Node]] = [*node.entries.items(), *enumerate(node.items)]
    for step, child in below:
        if _touches(child.span, place):
            yield from _spots(file, child, (*steps, step), place)
    if node.text and (kind := _kind(file, steps, False, place is None)):
        yield Spot(kind[0], node.text, node.span, kind[1])


def _touches(span: Span, place: tuple[int, int] | None) -> bool:
    return place is None or (span.line, span.column) <= place <= (span.end_line, span.end_column)


def _kind(file: str, steps: tuple[Any, ...], is_key: bool, is_new: bool) -> tuple[Kind, str] | None:
    """Return what a key or a value of a file names, and for a rule its cascade; what is new there names itself."""
    part = file.partition("/")[0].removesuffix(".yaml")
    match part, is_key, steps:
        case ("cascades", True, ("cascades", _)) if not is_new:
            return "cascade", ""
        case ("mails", True, ("mails", _)) if not is_new:
            return "event", ""
        case ("refusals", True, ("refusals", _)) if not is_new:
            return "refusal", ""
        case ("cascades", False, ("cascades", str(cascade), int(), "rule")) if not is_new:
            return "rule", cascade
        case "offices", False, ("cascades", str(cascade), int()):
            return "rule", cascade
        case "cases", False, (*_, "expect", "rule", _):
            return "rule", ""
        case ("offices", True, ("mails", _)) | ("cases", False, (*_, "event", "type")):
            return "event", ""
        case (
            ("offices", True, ("cascades", _))
            | ("mails" | "offices", False, ("mails", _, "from" | "to" | "cc"))
            | (_, False, (*_, "cascade"))
        ):
            return "cascade", ""
        case ("mails", False, ("mails", _, "refuse", int())) | ("cases", False, (*_, "expect", "refusals", int())):
            return "refusal", ""
        case (("mails" | "cascades" | "offices"), False, (*_, "collaborators", int())):
            return "collaborator", ""
        case (("mails" | "cascades" | "offices" | "refusals"), _, _) if _names_a_fact(steps, is_key):
            return "fact", ""
    return None


def _names_a_fact(steps: Steps, is_key: bool) -> bool:
    match steps[:-1] if is_key else steps:
        case (*_, "when" | "not") | (*_, "any" | "all", int()):
            return is_key
        case (*_, "has" | "lacks" | "fact" | "address" | "name") | (*_, "has" | "lacks", int()):
            return not is_key
    return False


class Names:
    """What there is to name in a rule book, as seen from one of its files; broken files keep the names they had."""

    def __init__(self, root: Path, file: str, before: Names | None = None) -> None:
        """Read the rule book of a folder for the author of one of its files; `before` is what was read last."""
        self._root = root
        self._office = file.removeprefix(f"{OFFICES}/").removesuffix(".yaml") if file.startswith(OFFICES) else ""
        self.platform = load_platform(root, Report())
        if before:
            self.platform = _mended(self.platform, before.platform)
        self._book = load_office(root, self._office, self.platform, Report()) if self._office else self.platform
        self._known: Mapping[str, Fact] = {**(before._known if before else {}), **self.platform.facts}
        _, own = read(root / FACTS_FILE, FACTS_FILE, Report())
        described = [own.plain()] if own and not isinstance(self.platform.facts, Partial) else []
        self._wording = Wording("en", [_schema_of(self._known), resources.schema("facts"), *described])

    def offered(self, spot: Spot) -> Mapping[str, str]:
        """Return the names that can stand somewhere, each with a few words about it."""
        match spot.kind:
            case "cascade":
                return dict.fromkeys(self._book.cascades, "cascade")
            case "rule":
                return {rule.name if rule.named else rule.id: self._outcome(rule) for rule in self._rules(spot.of)}
            case "refusal":
                return {name: refusal.message.get("en", "") for name, refusal in self._book.refusals.items()}
            case "event":
                return {event: mail.title.get("en", "") for event, mail in self._book.mails.items()}
            case "collaborator":
                return {name: words for name, words in self._collaborators() if name}
        shipped = shipped_facts()  # which the schemas offer
        return {path: WORDS[fact.kind] for path, fact in self._book.facts.items() if path not in shipped}

    def hover(self, spot: Spot) -> str:
        """Return what to say about a name, in Markdown; nothing where there is nothing to say."""
        match spot.kind:
            case "cascade" if spot.text in self._book.cascades:
                lines = [f"{number}. {self._in_words(rule)}" for number, rule in enumerate(self._rules(spot.text), 1)]
                return "\n".join(["the first rule that holds decides:\n", *lines])
            case "rule":
                return "\n\n".join(map(self._in_words, self._called(spot)))
            case "refusal" if refusal := self._book.refusals.get(spot.text):
                return self._of_refusal(refusal)
            case "event" if mail := self._book.mails.get(spot.text):
                return self._of_mail(mail)
        return ""

    def place(self, spot: Spot) -> Span | None:
        """Return where it stands what a name stands for."""
        match spot.kind:
            case "rule":
                return next((rule.span for rule in self._called(spot)), None)
            case "cascade" | "refusal" | "event":
                part = {"cascade": "cascades", "refusal": "refusals", "event": "mails"}[spot.kind]
                _, node = read(self._root / f"{part}.yaml", f"{part}.yaml", Report())
                listed = node.entries.get(part) if node else None
                named = listed.entries.get(spot.text) if listed else None
                return named.key_span if named else None
        return None

    def _rules(self, cascade: str) -> list[Rule]:
        """Return the rules of a cascade, or all that can decide."""
        if cascade:
            return list(self._book.cascades[cascade].rules) if cascade in self._book.cascades else []
        cascades = [
            *self._book.cascades.values(),
            *(role for mail in self._book.mails.values() for role in _roles(mail)),
        ]
        return [rule for one in cascades for rule in one.rules if not rule.is_a_name]

    def _called(self, spot: Spot) -> list[Rule]:
        """Return the rules that a name stands for."""
        return [rule for rule in self._rules(spot.of) if spot.text in {rule.name, rule.id}]

    def _collaborators(self) -> Iterator[tuple[str, str]]:
        """Yield the collaborators whom rules name, and those of the office whom facts in the cases have."""
        for mail in self._book.mails.values():
            for role in _roles(mail):
                for rule in role.rules:
                    if isinstance(rule.outcome, Collaborators):
                        yield from ((name, "collaborator") for name in rule.outcome.names)
        for case in load_cases(self._root, Report()):
            match case.facts:
                case {"office": {"id": self._office, "collaborators": [*people]}}:
                    yield from (_person(person) for person in people)

    def _outcome(self, rule: Rule) -> str:
        return self._wording.outcome(rule.outcome)

    def _in_words(self, rule: Rule) -> str:
        when = f"where {self._condition(rule.when)}" if rule.when else "always"
        return f"`{rule.name}`, {when}: {self._outcome(rule)}"

    def _condition(self, when: Condition) -> str:
        """Return a condition as a sentence; what is at fault in it has no words."""
        return _flat(self._wording.statement(when)) if when != All(()) else "…"

    def _of_refusal(self, refusal: Refusal) -> str:
        when = f"no mail where {self._condition(refusal.when)}"
        return "\n\n".join([when, refusal.message.get("en", ""), refusal.remedy.get("en", "")])

    def _of_mail(self, mail: Mail) -> str:
        lines = [f"**{mail.title.get('en', mail.event)}**\n"]
        for role in _roles(mail):
            rules = "; ".join(self._in_words(rule) if rule.named else self._outcome(rule) for rule in role.rules)
            lines.append(f"- {role.id.rpartition('.')[2]}: {rules}")
        if mail.refusals:
            lines.append("- refuse: " + ", ".join(f"`{refusal.code}`" for refusal in mail.refusals))
        return "\n".join(lines)


def _person(collaborator: Any) -> tuple[str, str]:
    """Return the name by which rules call a collaborator, empty where they have none, and their own."""
    return collaborator.get("id") or collaborator.get("email") or "", collaborator.get("name") or "collaborator"


def _roles(mail: Mail) -> Iterator[Cascade]:
    """Yield what a mail says of its `from`, `to` and `cc`."""
    yield from filter(None, (mail.sender, mail.to, mail.cc))


def _schema_of(paths: Iterable[str]) -> dict[str, Any]:
    """Return a schema that names facts and says nothing of them."""
    schema: dict[str, Any] = {}
    for path in paths:
        part = schema
        for step in path.split("."):
            part = part.setdefault("properties", {}).setdefault(step, {})
    return schema


def _mended(book: RuleBook, before: RuleBook) -> RuleBook:
    """Return a book with what it had before in the place of what cannot be read now."""
    for part in ("facts", "cascades", "mails", "refusals"):
        if isinstance(now := getattr(book, part), Partial) and not now:
            book = replace(book, **{part: getattr(before, part)})
    return book


def _flat(said: Said) -> str:
    """Return a sentence with what stands under it, on one line."""
    return " ".join(filter(None, [said.text, "; ".join(map(_flat, said.parts))]))
