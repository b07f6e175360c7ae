"""Decide about every row of a table by one rule book or by several, asking durable_rules once for each key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from sqlglot import exp

from courrier.facts import FactsError
from courrier.tables.answers import Answer, Rules, at_fault
from courrier.tables.expressions import SQL, all_of, column, named, select, sql
from courrier.tables.files import Format
from courrier.tables.parts import ALWAYS
from courrier.tables.query import WHOLE, Keys
from courrier.tables.results import answers_table, value
from courrier.tables.source import Engine, Source

OUTPUT = ("outcome", "from", "to", "cc", "rule_from", "rule_to", "rule_cc", "refusals", "warnings")
"""The columns that a table gets."""
AT_FAULT = ("path", "reason")
"""The columns that rows at fault get."""

ANSWERED = "courrier_answered"
"""The name of the rows with all their columns, and those of the answers."""
_FACTS, _FACTS_OF_ROWS, _KEYS, _ANSWERS = "courrier", "courrier_facts", "courrier_keys", "courrier_answers"


class Summary(NamedTuple):
    """What came of a table's rows by one rule book."""

    rows: int
    situations: int
    """Keys: rows with the same one are decided together."""
    outcomes: Mapping[str, int]
    """Rows by outcome; those at fault have none."""
    faults: Mapping[tuple[str, str], int]
    """Rows at fault, by path and reason."""


class Deciding:
    """A table and rule books; `decide` makes the answers, and queries join them to the rows."""

    def __init__(self, engine: Engine, source: Source, books: Mapping[str, Rules]) -> None:
        """Prepare the query; each rule book has a name, with which the names of its columns begin."""
        self._engine, self._source, self._books = engine, source, books
        looked_at = [*ALWAYS, *(fact for book in books.values() for fact in book.plans.facts.values())]
        self._facts = source.facts(looked_at, _FACTS)
        engine.define(_FACTS_OF_ROWS, self._facts.rows)
        rows = _FACTS_OF_ROWS
        self._keys: dict[str, Keys] = {}
        for name, book in books.items():
            keys = self._keys[name] = Keys(
                book.plans, self._facts.read, rows, odd=self._facts.odd, people=self._facts.people, prefix=name
            )
            rows = keys.rows
            for table, content in keys.tables.items():
                engine.make(table, content)
            for view, query in keys.views.items():
                engine.define(view, query)
        self._keyed = rows

    def decide(self) -> Mapping[str, Summary]:
        """Decide about a row of each key, and return what came of the table by each rule book."""
        key = [name for keys in self._keys.values() for name in keys.key]
        columns = [column(name) for name in key]
        counted = [named(sql("FIRST(:sample)", sample=self._facts.sample), "sample"), named(sql("COUNT(*)"), "rows")]
        self._engine.keep(_KEYS, select([*columns, *counted], self._keyed).group_by(*columns, copy=False))
        table = answers_table(self._keys)
        self._engine.make(_ANSWERS, table)
        tally = {name: _Tally() for name in self._books}

        odd = next(number for number, name in enumerate(key) if name.endswith("_odd"))

        def answers() -> Iterator[Sequence[object]]:
            for *found, sample, rows in self._engine.fetch(select([], _KEYS, all_of_them=True)):
                given = self._answers(sample, alone=str(found[odd]).startswith(WHOLE))
                for name, answer in given.items():
                    tally[name].add(answer, rows)
                yield [*found, *(part for answer in given.values() for part in answer.row())]

        self._engine.add(_ANSWERS, table, answers())
        same = (column(name).eq(column(f"answered_{name}")) for name in key)
        answered = select([], self._keyed, all_of_them=True).join(
            exp.to_identifier(_ANSWERS), on=all_of(*same), copy=False
        )
        self._engine.define(ANSWERED, answered)
        return {name: each.summary() for name, each in tally.items()}

    def _answers(self, sample: object, *, alone: bool) -> Mapping[str, Answer]:
        """Return what each rule book answers to a row of which the sample was fetched."""
        try:
            facts = self._facts.of(sample)
        except FactsError as error:
            return dict.fromkeys(self._books, at_fault(error))
        return {name: book.answer(facts, alone=alone) for name, book in self._books.items()}

    def value(self, book: str, name: str) -> SQL:
        """Return what a rule book answers to the rows that are `ANSWERED`: a column of `OUTPUT` or of `AT_FAULT`."""
        return value(self._keys[book], name)

    def results(self, book: str, format: Format) -> exp.Select:
        """Return the rows that a rule book decides about, with what it answers, to be written in a format."""
        return self._with(book, OUTPUT, format).where(
            sql(":reason IS NULL", reason=self.value(book, "reason")), copy=False
        )

    def faults(self, book: str, format: Format) -> exp.Select:
        """Return the rows that are at fault by a rule book, with what is wrong, to be written in a format."""
        is_faulty = sql(":reason IS NOT NULL", reason=self.value(book, "reason"))
        return self._with(book, AT_FAULT, format).where(is_faulty, copy=False)

    def _with(self, book: str, names: Sequence[str], format: Format) -> exp.Select:
        return self._source.with_columns({name: self.value(book, name) for name in names}, ANSWERED, format)


class _Tally:
    def __init__(self) -> None:
        self._rows = self._situations = 0
        self._outcomes = Counter[str]()
        self._faults = Counter[tuple[str, str]]()

    def add(self, answer: Answer, rows: int) -> None:
        self._rows += rows
        self._situations += 1
        if answer.outcome:
            self._outcomes[answer.outcome] += rows
        else:
            self._faults[answer.path or "", answer.reason or ""] += rows

    def summary(self) -> Summary:
        return Summary(self._rows, self._situations, self._outcomes, self._faults)
