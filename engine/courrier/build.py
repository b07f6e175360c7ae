"""Turn documents into a rule book: names resolved, conditions typed, everything wrong reported."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from courrier.conditions import build_condition, compared_facts
from courrier.consistency import check_platform, check_reach, check_role, may_end_open
from courrier.diagnostics import Partial, Report, Span, look_up, quoted
from courrier.document import Node, read
from courrier.files import is_there
from courrier.model import All, Cascade, Mail, Refusal, Rule, RuleBook
from courrier.roles import Scope, build_cascade, build_role
from courrier.schema import FACTS_FILE, FROM_FACTS, load_facts, validate

OFFICE_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
"""What an office's id looks like; nothing else becomes a file's name."""

_ANY_OFFICE = "any-office"
_PARTS = ("cascades", "mails", "refusals")
_ROLES = ("from", "to", "cc")
OFFICES = "offices"
"""The folder in a rule book that holds a file for each office that has choices of its own."""

_OF_AN_OFFICE = re.compile(r"[^.].*\.ya?ml(\.txt)?", re.IGNORECASE | re.DOTALL)
"""Names in the folder of offices that look as if somebody meant an office's file."""

T = TypeVar("T")


def load_platform(root: Path, report: Report) -> RuleBook:
    """Read the platform's rules from a folder; where errors are reported, the book is for finding more only."""
    present = _rule_files(root, report)
    if not present:
        return RuleBook(Partial(), Partial(), Partial(), Partial(), "")
    facts, own_facts = load_facts(root, report)
    contents = {FACTS_FILE: own_facts} if own_facts else {}
    named: dict[str, Mapping[str, Node]] = {}
    for part in _PARTS:
        contents[f"{part}.yaml"], named[part] = _read_part(root, part, present, report)
    scope = Scope(facts, named["cascades"], report)
    of_refusals = Scope(_like(facts, {**facts, **FROM_FACTS}), named["cascades"], report)
    cascades = _each(named["cascades"], lambda name, node: build_cascade(node, f"cascades.{name}", scope))
    refusals = _each(named["refusals"], lambda code, node: _refusal(code, node, of_refusals))
    mails = _each(named["mails"], lambda event, node: _mail(event, node, refusals, scope))
    book = RuleBook(facts, cascades, mails, refusals, _digest(contents))
    check_platform(book, report)
    return book


def office_ids(root: Path, report: Report) -> list[str]:
    """Return the offices that have a file of their own, in order; report files that are of no office."""
    try:
        names = sorted(path.name for path in (root / OFFICES).iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        message = f"`{OFFICES}` cannot be read as a folder: {str(error.strerror).lower()}"
        report.error("unreadable-file", Span.of_file(OFFICES), message, "make it a folder with one file an office")
        return []
    ids = []
    for name in filter(_OF_AN_OFFICE.fullmatch, names):
        id = name.removesuffix(".yaml")
        if id != name and OFFICE_ID.fullmatch(id):
            ids.append(id)
        else:
            message = f"{quoted(name)} is not named after an office, so that nobody reads it"
            help = "name it after the office's id, in small letters, digits and `-`: `dupont.yaml`"
            report.error("office-name", Span.of_file(f"{OFFICES}/{name}"), message, help)
    return ids


def platform_files(root: Path) -> list[Path]:
    """Return where the platform's rules stand, and the facts of a rule book's own; not all need be there."""
    return [root / FACTS_FILE, *(root / f"{part}.yaml" for part in _PARTS)]


def office_file(root: Path, office: str) -> Path:
    """Return where the choices of an office stand; the file need not be there."""
    return root / OFFICES / f"{office}.yaml"


def office_digest(platform: RuleBook, office: str, data: bytes) -> str:
    """Return the digest of the rules that hold for an office whose file holds these bytes."""
    return _digest({"platform": platform.digest.encode(), f"{OFFICES}/{office}.yaml": data})


def load_office(root: Path, office: str, platform: RuleBook, report: Report) -> RuleBook:
    """Return the rules that hold for an office: the platform's, with the choices of the office's file if it has one."""
    path, name = office_file(root, office), f"{OFFICES}/{office}.yaml"
    if not is_there(path):
        return platform
    data, node = read(path, name, report)
    if node is None:
        return platform
    validate(node, "office", report)
    said = node.entries.get("office")
    if said and said.text and said.text != office:
        help = f"the file is called `{office}.yaml`: write `office: {office}`, or rename the file"
        report.error("office-name", said.span, f"this names another office, {quoted(said.text)}", help)
    cascades = {}
    for cascade_name, order in _entries(node, "cascades"):
        cascade = look_up("unknown-cascade", "cascade", cascade_name, order.key_span, platform.cascades, report)
        if cascade:
            cascades[cascade_name] = _reordered(cascade, order, report)
    book = replace(
        platform,
        cascades=_like(platform.cascades, {**platform.cascades, **cascades}) if cascades else platform.cascades,
        digest=office_digest(platform, office, data),
    )
    for cascade_name, order in _entries(node, "cascades"):
        rules = {rule.name: rule for rule in cascades[cascade_name].rules} if cascade_name in cascades else {}
        check_reach([(rules[item.text], item.span) for item in order.items if item.text in rules], None, book, report)
    mails = {}
    for event, choices in _entries(node, "mails"):
        mail = look_up("unknown-event", "event", event, choices.key_span, platform.mails, report)
        if mail:
            mails[event] = _office_mail(office, mail, choices, book, report)
    return replace(book, mails=_like(platform.mails, {**platform.mails, **mails})) if mails else book


def any_office(is_taken: Callable[[str], bool]) -> str:
    """Return the id of an office that nobody has chosen anything for, to stand for all of them.

    Args:
        is_taken: tells whether there is an office with an id that has rules of its own.
    """
    numbered = (f"{_ANY_OFFICE}-{number}" if number else _ANY_OFFICE for number in itertools.count())
    return next(office for office in numbered if not is_taken(office))


def _rule_files(root: Path, report: Report) -> set[str]:
    """Return the names of the files in a rule book's folder; report a folder that is none, and return nothing."""
    help = "name a folder that holds `cascades.yaml`, `mails.yaml` and `refusals.yaml`; `courrier init` writes one"
    try:
        present = {path.name for path in root.iterdir()}
    except OSError as error:
        message = f"`{root}` cannot be read as a folder: {str(error.strerror).lower()}"
        report.error("no-rule-book", Span.of_file("."), message, help)
        return set()
    if not any(f"{part}{suffix}" in present for part in _PARTS for suffix in (".yaml", ".yml")):
        report.error("no-rule-book", Span.of_file("."), f"`{root}` holds no rules", help)
        return set()
    return present


def _read_part(root: Path, part: str, present: Collection[str], report: Report) -> tuple[bytes, Mapping[str, Node]]:
    """Read `cascades.yaml`, `mails.yaml` or `refusals.yaml`: its bytes, and what it names."""
    name = f"{part}.yaml"
    if name not in present:
        help = f"rename `{part}.yml`" if f"{part}.yml" in present else "`courrier init` writes one to start from"
        report.error("missing-file", Span.of_file(name), f"there is no `{name}` in `{root}`", help)
        return b"", Partial()
    data, node = read(root / name, name, report)
    if node is None:
        return data, Partial()
    validate(node, part, report)
    listed = node.entries.get(part)
    if listed is None or listed.broken or not isinstance(listed.value, Mapping):
        return data, Partial(listed.entries if listed else {})
    return data, listed.entries


def _refusal(code: str, node: Node, scope: Scope) -> Refusal:
    when = node.entries.get("when")
    condition = build_condition(when, scope.facts, scope.report) if when else All(())
    return Refusal(code, condition, _texts(node, "message"), _texts(node, "remedy"), node.key_span)


def _mail(event: str, node: Node, refusals: Mapping[str, Refusal], scope: Scope) -> Mail:
    roles = {key: build_role(node.entries[key], f"mails.{event}.{key}", scope) for key in _ROLES if key in node.entries}
    chosen = []
    for item in node.entries["refuse"].items if "refuse" in node.entries else ():
        refusal = look_up("unknown-refusal", "refusal", item.text, item.span, refusals, scope.report)
        if refusal:
            chosen.append(refusal)
            compared = [fact.path for fact in compared_facts(refusal.when) if fact.path in FROM_FACTS]
            if compared and "from" not in roles:
                message = f"{quoted(item.text)} looks at `{compared[0]}`, and this mail has no `from`"
                scope.report.error("no-sender", item.span, message, "give the mail a `from`, or take the refusal out")
    nobody = Cascade(f"mails.{event}.to", ())
    return Mail(
        event, _texts(node, "title"), roles.get("from"), roles.get("to", nobody), roles.get("cc"), tuple(chosen)
    )


def _office_mail(office: str, mail: Mail, node: Node, book: RuleBook, report: Report) -> Mail:
    """Return a mail with an office's choices: a list goes before the platform's rules, all else in their place."""
    scope = Scope(book.facts, book.cascades, report)
    roles = {"from": mail.sender, "to": mail.to, "cc": mail.cc}
    platform_sender = mail.sender
    for key in _ROLES:
        child, before = node.entries.get(key), roles[key]
        if child is not None and key == "from" and mail.sender is None:
            # Nothing of the platform's refuses such a mail for the sake of its sender.
            message = f"{quoted(mail.event)} comes from the platform's own sender, and an office cannot change that"
            report.error("office-reach", child.key_span, message, "take `from` out")
        elif child is not None:
            role = build_role(child, f"offices.{office}.mails.{mail.event}.{key}", scope)
            rest = before.rules if child.items and before else ()
            if key == "from":
                platform_sender = replace(role, rules=rest)
            check_reach([(rule, rule.span) for rule in role.rules], platform_sender, book, report)
            check_role(key, role, roles["from"], book, report, rest)
            roles[key] = replace(role, rules=role.rules + rest)
    return replace(mail, sender=roles["from"], to=roles["to"] or mail.to, cc=roles["cc"])


def _reordered(cascade: Cascade, order: Node, report: Report) -> Cascade:
    """Return a cascade with the rules that an office names, in its order; what it does not name is left out."""
    rules: Mapping[str, Rule] = {rule.name: rule for rule in cascade.rules} or Partial()
    found = [
        look_up("unknown-rule", "rule of this cascade", item.text, item.span, rules, report) for item in order.items
    ]
    reordered = replace(cascade, rules=tuple(filter(None, found)))
    if may_end_open(reordered) and not may_end_open(cascade):
        message = f"{quoted(reordered.rules[-1].name)} may not hold, and no rule follows it"
        help = f"end with {quoted(cascade.rules[-1].name)}"
        report.error("no-last-resort", order.items[-1].span, message, help)
    return reordered


def _entries(node: Node, key: str) -> Iterable[tuple[str, Node]]:
    """Return the entries of the mapping at `key`; none where it is absent or no mapping."""
    return node.entries[key].entries.items() if key in node.entries else ()


def _texts(node: Node, key: str) -> dict[str, str]:
    return {language: text.text for language, text in _entries(node, key)}


def _each(nodes: Mapping[str, Node], build: Callable[[str, Node], T]) -> Mapping[str, T]:
    """Return what is built of each node, by name."""
    return _like(nodes, {name: build(name, node) for name, node in nodes.items()})


def _like(known: Mapping[str, object], values: dict[str, T]) -> Mapping[str, T]:
    """Return values by name; where the names known before are partial, so are these."""
    return Partial(values) if isinstance(known, Partial) else values


def _digest(contents: Mapping[str, bytes]) -> str:
    """Return `sha256:…` over names and contents, in the order of the names."""
    digest = hashlib.sha256()
    for name, data in sorted(contents.items()):
        digest.update(f"{name} {len(data)}\n".encode() + data)
    return f"sha256:{digest.hexdigest()}"
