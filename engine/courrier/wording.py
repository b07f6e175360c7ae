"""Say conditions, outcomes and cascades in the words of an office, in English, French or Dutch."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any as AnyType
from typing import NamedTuple

from courrier import resources
from courrier.diagnostics import printable
from courrier.facts import is_blank
from courrier.model import (
    AddressOf,
    All,
    Any,
    Collaborators,
    Condition,
    Fact,
    Has,
    Not,
    Outcome,
    Scalar,
    Test,
    ToCascade,
)
from courrier.phrasebook import Language, phrase
from courrier.schema import FACTS_FILE

_NOUN = re.compile(r"(\S*)/(\S+) (\S.*)")
MOST_VALUES = 6
"""Values that are named in one phrase; of more it says how many."""
_LONGEST_VALUE = 60

_OF_THE_SENDER = {
    "from.address": {
        "en": "an/the address of the sender",
        "fr": "une/l' adresse de l'expéditeur",
        "nl": "een/het adres van de afzender",
    },
    "from.domain": {
        "en": "a/the domain of the sender's address",
        "fr": "un/le domaine de l'adresse de l'expéditeur",
        "nl": "een/het domein van het adres van de afzender",
    },
    "from.name": {
        "en": "a/the name of the sender",
        "fr": "un/le nom de l'expéditeur",
        "nl": "een/de naam van de afzender",
    },
}


class Said(NamedTuple):
    """A sentence, and the sentences that stand under it as a list."""

    text: str
    parts: tuple[Said, ...] = ()


class Asked(NamedTuple):
    """A question about facts, and the answer for which a condition holds."""

    question: Said
    answer: bool


@dataclass(frozen=True, slots=True)
class Name:
    """What a fact is called: a noun with its articles, or the title that stands over it on a form."""

    noun: str
    a: str
    the: str
    titled: bool
    values: Mapping[str, str]
    """What its values are called, where that is something else."""


class Wording:
    """Says rules in one language, with the words that schemas have for facts."""

    def __init__(self, language: Language, schemas: Sequence[Mapping[str, AnyType]] = ()) -> None:
        """Take the schemas of the facts: where several have words for a fact, the last one counts.

        A schema's `x-words` has a noun with both articles for each language, `a/the dossier manager`; its `x-values`
        has for each language what values are called. Where there are none, the fact's title does.
        """
        self.language = language
        self._names = {path: self._noun(words[language], {}) for path, words in _OF_THE_SENDER.items()}
        for schema in schemas or [resources.schema("facts")]:
            self._names |= self._of_schema(schema, "")

    @classmethod
    def of_book(cls, language: Language, root: Path) -> Wording:
        """Return the wording for the rule book in a folder, which may have facts of its own."""
        own = root / FACTS_FILE
        schemas = [json.loads(own.read_bytes().decode("utf-8-sig"))] if own.is_file() else []
        return cls(language, [resources.schema("facts"), *schemas])

    def say(self, key: str, **words: str) -> str:
        """Return a phrase of the phrase book."""
        return phrase(key, self.language, **words)

    def question(self, condition: Condition, *, complete: bool = False) -> Asked:
        """Return a condition as a question.

        Args:
            condition: what to ask.
            complete: whether the facts it compares are always there, as in refusals, so that no value is "not" one.
        """
        match condition:
            case Not(part):
                asked = self.question(part, complete=complete)
                return Asked(asked.question, not asked.answer)
            case Test(fact, "not_in", operand) if complete:
                return Asked(Said(self._test(Test(fact, "in", operand), "?")), False)
            case Test(Fact(_, "boolean"), "in", (False,)) if complete:
                return Asked(Said(self._test(Test(condition.fact, "in", (True,)), "?")), False)
            case All((part,)) | Any((part,)):
                return self.question(part, complete=complete)
            case All() | Any():
                return Asked(self._several("all?" if isinstance(condition, All) else "any?", condition), True)
            case Has(fact):
                return Asked(Said(self._presence(fact, "there", "?")), True)
        return Asked(Said(self._test(condition, "?")), True)

    def statement(self, condition: Condition) -> Said:
        """Return a condition as a sentence without capital and full stop, with what it is made of under it."""
        match condition:
            case Not(Has(fact)):
                return Said(self._presence(fact, "absent"))
            case All((part,)) | Any((part,)) | Not(Not(part)):
                return self.statement(part)
            case Not(All((part,)) | Any((part,))):
                return self.statement(Not(part))
            case All() | Any():
                return self._several("all" if isinstance(condition, All) else "any", condition)
            case Not(All() | Any() as part):
                return self._several("not all" if isinstance(part, All) else "not any", part)
            case Not(part):
                return Said(self.say("not", it=self.statement(part).text))
            case Has(fact):
                return Said(self._presence(fact, "there"))
        return Said(self._test(condition, ""))

    def turned(self, leaf: Has | Test, holds: bool) -> str:
        """Return how a test turns out, as a sentence; where one that compares fails, there is a value all the same."""
        if isinstance(leaf, Has):
            return self._presence(leaf.fact, "there" if holds else "absent")
        return self._test(leaf, "", "" if holds else "not ")

    def outcome(self, outcome: Outcome) -> str:
        """Return whom an outcome gives, without capital and full stop."""
        match outcome:
            case AddressOf(fact):
                return self.fact(fact)
            case Collaborators(names):
                return self._listed([printable(name) for name in names], "and")
            case ToCascade(name):
                return self.say("by cascade", cascade=self.cascade(name))
        return self.say("the sender")

    def cascade(self, name: str) -> str:
        """Return what a cascade is called."""
        return self.say("cascade", name=self.quoted(name))

    def fact(self, fact: Fact) -> str:
        """Return what a fact is called, with its article."""
        return self._name(fact).the

    def found(self, fact: Fact, value: AnyType) -> str:
        """Return what a fact was found to be; the empty string for what has too many parts to be said."""
        name = self._name(fact)
        if is_blank(value):
            return self.say("nothing")
        if isinstance(value, str | int | float):
            return self._value(value, name)
        if isinstance(value, list | tuple) and fact.kind == "strings":
            return self._listed([self._value(item, name) for item in value], "and")
        return ""

    def quoted(self, text: str) -> str:
        """Return a text between the quotes of the language, shortened where it is long."""
        text = printable(text)
        return self.say("quoted", text=text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…")

    def _several(self, key: str, condition: All | Any) -> Said:
        """Say a condition that is made of several; those that only put more of the same together are not seen."""
        return Said(self.say(key), tuple(map(self.statement, _flat(condition, type(condition)))))

    def _presence(self, fact: Fact, key: str, asks: str = "") -> str:
        name = self._name(fact)
        if name.titled:
            key += " titled"
        elif fact.kind == "boolean":
            key = {"there": "known", "absent": "unknown"}[key]
        elif not name.a or fact.kind in {"strings", "objects"}:
            key += " several"
        return self.say(key + asks, the=name.the, a=name.a, noun=name.noun)

    def _test(self, test: Test, asks: str, denied: str = "") -> str:
        fact, operator, operand = test.fact, test.operator, test.operand
        name = self._name(fact)
        words = {"the": name.the, "a": name.a, "noun": name.noun}
        if fact.kind == "boolean" and not name.titled and not isinstance(operand, Fact):
            accepted = {True, False} & {*operand} if operator == "in" else {True, False} - {*operand}
            if len(accepted) == 1:
                return self.say(("there" if True in accepted else "known absent") + asks, **words)
            if accepted:
                return self._presence(fact, "there", asks)
        if isinstance(operand, Fact):
            words["value"] = self.fact(operand)
        else:
            words["value"] = self._listed([self._value(value, name) for value in operand], "or")
        if fact.kind == "strings":
            return self.say(f"{denied}contains several{asks}", **words)
        if operator in {"in", "not_in"}:
            how = "" if not isinstance(operand, Fact) else " among" if operand.kind == "strings" else " same"
            return self.say(f"is{' not' if operator == 'not_in' else ''}{how}{asks}", **words)
        return self.say(denied + operator + asks, **words)

    def _value(self, value: Scalar, name: Name) -> str:
        if isinstance(value, bool):
            return self.quoted(self.say("yes" if value else "no"))
        return self.quoted(str(name.values.get(value, value))) if isinstance(value, str) else self._number(value)

    def _number(self, value: float) -> str:
        return str(value) if self.language == "en" else str(value).replace(".", ",")

    def _listed(self, words: Sequence[str], joint: str) -> str:
        if len(words) > MOST_VALUES:
            words = [*words[: MOST_VALUES - 1], self.say("more", number=str(len(words) - MOST_VALUES + 1))]
        if len(words) == 1:
            return words[0]
        return self.say(joint, first=", ".join(words[:-1]), last=words[-1])

    def _name(self, fact: Fact) -> Name:
        return self._names.get(fact.path) or self._title(fact.path, {})

    def _of_schema(self, schema: Mapping[str, AnyType], prefix: str) -> Iterator[tuple[str, Name]]:
        """Yield what a schema calls its facts, by path."""
        for key, part in schema.get("properties", {}).items():
            path = prefix + key
            words, values = (self._in_language(part, annotation) for annotation in ("x-words", "x-values"))
            if not isinstance(values, Mapping):
                values = {}
            if isinstance(words, str) and _NOUN.fullmatch(words):
                yield path, self._noun(words, values)
            else:
                yield path, self._title(part.get("title", key), values)
            yield from self._of_schema(part, f"{path}.")

    def _in_language(self, part: Mapping[str, AnyType], annotation: str) -> AnyType:
        texts = part.get(annotation)
        return texts.get(self.language) if isinstance(texts, Mapping) else None

    def _noun(self, words: str, values: Mapping[str, str]) -> Name:
        """Return the name that `a/the dossier manager` stands for."""
        articles, _, noun = printable(words).partition(" ")
        a, _, the = articles.partition("/")
        return Name(noun, f"{a} {noun}".strip(), f"{the} {noun}".replace("' ", "'", 1), False, values)

    def _title(self, title: str, values: Mapping[str, str]) -> Name:
        quoted = self.quoted(title)
        return Name(quoted, quoted, quoted, True, values)


def _flat(condition: Condition, kind: type[All | Any]) -> Iterator[Condition]:
    """Yield the parts of a condition, and in the place of parts of its own kind theirs."""
    if isinstance(condition, All | Any) and (isinstance(condition, kind) or len(condition.parts) == 1):
        for part in condition.parts:
            yield from _flat(part, kind)
    else:
        yield condition
