"""Made-up dossiers: valid, plausible, the same each time, and the same in every format."""

import hashlib
import importlib
import itertools
import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import generated
import pytest
from books import refusal, write_book
from commands import courrier
from courrier import Decision, FactsError, Router, RulesError, database, resources
from courrier.checking import build_book
from courrier.facts import is_blank
from courrier.model import RuleBook
from courrier.sample import names
from courrier.sample.formats import write_lines, write_table
from courrier.sample.rows import Sample
from hypothesis import given, settings
from jsonschema import Draft202012Validator
from test_cli_process import shown_in_a_terminal, started

STANDARD = resources.rules()
EXAMPLE = "cabinet-lambert"
"""The office that has rules of its own in the shipped rule book."""

Facts = dict[str, Any]


def lines(count: int, rules: Path = STANDARD, seed: int = 1, **options: Any) -> list[bytes]:
    return [*itertools.islice(Sample(rules, seed, **options).lines(), count)]


def facts(count: int, rules: Path = STANDARD, **options: Any) -> list[Facts]:
    return [json.loads(line) for line in lines(count, rules, **options)]


@pytest.fixture(scope="module")
def standard() -> list[Facts]:
    return facts(5_000)


@pytest.fixture(scope="module")
def decided(standard: list[Facts]) -> list[Decision]:
    return [*map(Router.standard().decide, standard)]


# What is in them


def test_rows_are_facts(standard: list[Facts]) -> None:
    validator = Draft202012Validator(resources.schema("facts"))
    assert [error.message for one in standard[:500] for error in validator.iter_errors(one)] == []


def rules_of(book: RuleBook) -> Iterator[str]:
    for mail in book.mails.values():
        for cascade in (mail.sender, mail.to, mail.cc, *book.cascades.values()):
            yield from (rule.id for rule in (cascade.rules if cascade else ()) if not rule.is_a_name)


def fired(decisions: list[Decision]) -> set[str]:
    return {reason.rule for decision in decisions for reasons in decision.reasons for reason in reasons}


def test_every_rule_fires_and_every_refusal_and_warning_happens(decided: list[Decision]) -> None:
    router = Router.standard()
    assert fired(decided) == {*rules_of(router.book()), *rules_of(router.book(EXAMPLE))}
    refused = {refusal.code for decision in decided for refusal in decision.refusals}
    assert refused == {*router.book().refusals}
    assert max(len(decision.refusals) for decision in decided) == 2
    warned = {warning.code for decision in decided for warning in decision.warnings}
    assert warned == {"unknown-collaborator", "inactive-collaborator", "no-recipient-left"}


def test_shares_are_plausible(decided: list[Decision]) -> None:
    events = Counter(decision.event for decision in decided)
    assert {*events} == {*Router.standard().book().mails}
    assert all(0.18 < count / len(decided) < 0.22 for count in events.values())
    refused = sum(decision.outcome == "refuse" for decision in decided)
    assert 0.05 < refused / events["client_user_created"] < 0.25
    offices = Counter(decision.office for decision in decided)
    assert len(offices) == 100
    assert offices.most_common(1)[0][0] == EXAMPLE
    assert 0.08 < offices[EXAMPLE] / len(decided) < 0.12


@pytest.mark.parametrize(
    ("path", "ways"),
    [
        ("office.functional_email", {"missing", "None", "''", "'  '"}),
        ("dossier", {"missing", "None"}),
        ("dossier.manager", {"missing", "None"}),
        ("dossier.manager.name", {"missing", "None", "''", "'  '"}),
        ("dossier.client_group", {"missing", "None", "{}"}),
        ("dossier.client_group.email", {"missing", "None", "''", "'  '"}),
        ("dossier.vat_period", {"missing"}),
        ("user", {"missing", "None"}),
        ("user.language", {"missing", "None"}),
        ("user.active_elsewhere", {"missing"}),
        ("office.prepared_domains", {"[]"}),
    ],
)
def test_facts_are_absent_in_every_way(path: str, ways: set[str], standard: list[Facts]) -> None:
    *above, last = path.split(".")
    places: list[Any] = standard
    for key in above:
        places = [place[key] for place in places if place.get(key)]
    lacking = [place for place in places if is_blank(place.get(last))]
    assert {repr(place[last]) if last in place else "missing" for place in lacking} == ways
    assert 0 < len(lacking) < len(places) / 2 + len(places) / 5


def test_domains_are_those_of_people_who_type(standard: list[Facts]) -> None:
    hosts = {one["office"]["communication_email"].rpartition("@")[2] for one in standard}
    prepared = {domain for one in standard for domain in one["office"]["prepared_domains"]}
    users = {one["user"]["email"].rpartition("@")[2] for one in standard if one.get("user")}
    for known in (hosts, prepared, users):
        assert {host.lower().rpartition(".")[2] for host in known} == {"example"}  # where no mail arrives
        assert any(host.isupper() for host in known)
        assert any(not host.isascii() for host in known)
    assert any(domain.startswith("xn--") for domain in prepared)
    assert any("+" in one["user"]["email"] for one in standard if one.get("user"))


# Offices and the rule book's own


def test_offices_with_rules_come_first(tmp_path: Path) -> None:
    book = shutil.copytree(STANDARD, tmp_path / "rules")
    (book / "offices" / "zwart.yaml").write_text("office: zwart\n", encoding="utf-8")
    known = [EXAMPLE, "zwart"]
    assert {one["office"]["id"] for one in facts(200, book, offices=2)} == {*known}
    assert {one["office"]["id"] for one in facts(50, book, offices=1)} == {EXAMPLE}
    ids = {one["office"]["id"] for one in facts(20_000, book, offices=400)}
    assert len(ids) == 400
    assert ids >= {*known}


def test_a_built_rule_book_gives_the_same(tmp_path: Path) -> None:
    build_book(STANDARD, tmp_path / "built")
    assert lines(100, tmp_path / "built") == lines(100)


def test_rules_at_fault_are_shown(tmp_path: Path) -> None:
    book = shutil.copytree(STANDARD, tmp_path / "rules")
    (book / "offices" / "zwart.yaml").write_text("office: wit\n", encoding="utf-8")
    with pytest.raises(RulesError):
        Sample(book, 1)


OWN: Mapping[str, Any] = {
    "dossier": {
        "type": "object",
        "properties": {
            "manager": {"type": "object", "properties": {"level": {"enum": ["junior", "senior"], "type": "string"}}},
            "client_group": {"type": "object", "properties": {"kind": {"type": ["string", "null"]}}},
            "size": {"type": "integer", "minimum": 1, "maximum": 250},
        },
    },
    "office": {"type": "object", "properties": {"plan": {"type": "string", "examples": [7, "basic", "full"]}}},
    "extra": {
        "type": "object",
        "properties": {
            "tags": {"type": "array", "items": {"type": "string"}},
            "turnover": {"type": "number"},
            "reference": {"type": "string"},
            "auditor": {"type": "string", "format": "email", "examples": ["nobody", "auditor@audit.example"]},
            "box": {"type": "object"},
            "things": {"type": "array", "items": {"type": "object"}},
        },
    },
}
CONDITIONS: tuple[Mapping[str, Any], ...] = (
    {"extra.turnover": {"above": 1000}},
    {"extra.reference": {"matches": "[A-Z]{2}-[0-9]+"}},
    {"extra.tags": {"contains": "vip"}},
    {"extra.reference": {"in": {"fact": "extra.tags"}}},
    {"dossier.client_group.id": "noord"},
    {"dossier.manager.id": "marie"},
    {"user.language": "de"},
    {"dossier.vat_period": "yearly"},
    {"event.description": {"contains": "urgent"}},
    {"dossier.size": {"at_least": 100}, "office.plan": "full"},
    {"dossier.manager.level": "senior"},
    {"not": {"has": "office.functional_email"}},
)


def write_own(folder: Path) -> Path:
    """Write a rule book with facts of its own, a rule for each condition, and rules that insist on facts."""
    steps = [
        {"rule": f"r{number}", "when": when, "address": "office.communication_email"}
        for number, when in enumerate(CONDITIONS)
    ]
    to_the_office = {"address": "office.communication_email"}
    return write_book(
        folder,
        cascades={"standard": [*steps, {"rule": "last", **to_the_office}]},
        mails={
            "ping": {"title": {"en": "Ping"}, "to": "standard"},
            "pong": {
                "title": {"en": "Pong"},
                "from": {"address": "extra.auditor"},
                "to": [
                    {"rule": "any", "when": {"any": [{"has": "user.email"}, {"has": "user"}]}, "address": "user.email"},
                    {"rule": "all", "when": {"all": [{"has": "extra"}]}, "address": "extra.auditor"},
                    {"rule": "not", "when": {"not": {"lacks": "dossier"}}, "address": "dossier.client_group.email"},
                    {"rule": "last", **to_the_office},
                ],
                "refuse": ["too-large"],
            },
        },
        refusals={
            "too-large": refusal(
                {"any": [{"extra.turnover": {"above": 5000}}, {"office.prepared_domains": {"contains": "x.example"}}]}
            )
        },
        offices={
            "dupont": {
                "mails": {
                    "ping": {"to": {"collaborators": ["marie", "jan@dupont.example"]}},
                    "pong": {"cc": {"address": "office.functional_email"}},
                }
            }
        },
        facts=OWN,
    )


def test_facts_of_a_rule_books_own_make_its_rules_fire(tmp_path: Path) -> None:
    book = write_own(tmp_path)
    router, given = Router.load(book), facts(3_000, book)
    decided = [router.decide(one) for one in given]
    assert {f"cascades.standard.r{number}" for number in range(len(CONDITIONS))} <= fired(decided)
    assert {decision.outcome for decision in decided} == {"send", "refuse"}
    assert {one["office"].get("plan") for one in given} == {"basic", "full", None}
    sizes = {one["dossier"].get("size") for one in given if one.get("dossier")} - {None}
    assert {1, 250} <= sizes
    assert all(1 <= size <= 250 for size in sizes)
    levels = {one["dossier"]["manager"].get("level") for one in given if (one.get("dossier") or {}).get("manager")}
    assert levels == {"junior", "senior", None}
    people = [person["email"] for one in given for person in one["office"]["collaborators"]]
    assert "jan@dupont.example" in people


def fault(router: Router, given: Facts) -> str:
    """Return the path of the fact that is at fault; nothing where all is decided."""
    try:
        router.decide(given)
    except FactsError as error:
        return error.path
    return ""


@given(generated.books())
@settings(max_examples=10)
def test_any_rule_book_can_decide_about_its_sample(book: generated.Book) -> None:
    own = {key: value for key, value in (("mails", book.own), ("cascades", book.order)) if value}
    mails = {event: {"title": {"en": "A mail"}, **mail} for event, mail in book.mails.items()}
    with tempfile.TemporaryDirectory() as folder:
        root = write_book(
            Path(folder),
            cascades=book.cascades,
            mails=mails,
            refusals=book.refusals,
            offices={generated.OFFICE: own},
            facts=generated.own_schema(),
        )
        router = Router.load(root)
        for one in facts(30, root, offices=3):
            assert fault(router, one) in {"", "from.name"}  # a refusal compares it, and a sender may have none
        assert "" not in {fault(router, one) for one in facts(30, root, offices=3, faulty=1)}


# The same each time


def test_rows_are_the_same_everywhere(tmp_path: Path) -> None:
    """They depend on the seed, the rules and the version of Faker, and on nothing else: no Python, hash or order."""
    book = write_book(tmp_path, mails={"ping": {"title": {"en": "Ping"}, "to": "standard"}})
    digest = hashlib.sha256(b"".join(lines(2_000, book, seed=7))).hexdigest()
    assert digest == "b7e656be3654d49264ae8d6967b464c336350336e6a88768510961b50c014bd8"


def test_the_first_of_many_are_those_of_few() -> None:
    assert lines(50) == lines(5_000)[:50]
    assert lines(50, seed=2) != lines(50)


def test_faulty_rows_stand_in_the_place_of_good_ones() -> None:
    router, good, mixed = Router.standard(), lines(2_000), lines(2_000, faulty=0.1)
    wrong = [line for line, other in zip(mixed, good, strict=True) if line != other]
    assert 0.08 < len(wrong) / len(good) < 0.12
    needed = {"event.type", "office.id", "office.communication_email"}
    assert {fault(router, json.loads(line)) for line in wrong} == needed | {
        "office.prepared_domains",
        "user.active_elsewhere",
    }


def test_memory_is_flat() -> None:
    drawn = Sample(STANDARD, 1).lines()
    peaks = []
    for count in (1_000, 20_000):
        tracemalloc.start()
        assert sum(1 for _ in itertools.islice(drawn, count)) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 2 * peaks[0]


# In every format


def test_formats_hold_the_same(tmp_path: Path) -> None:
    book = write_own(tmp_path / "rules")
    router = Router.load(book)
    for name in ("a.jsonl", "a.parquet", "a.csv", "a.ndjson"):
        ran = courrier("sample", "300", tmp_path / name, "--rules", book, "--offices", "3")
        assert ran == (0, f"wrote 300 rows into `{tmp_path / name}`\n", "")
    assert courrier("sample", "300", "-", "--rules", book, "--offices", "3").out == (tmp_path / "a.jsonl").read_text()
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "a.ndjson").read_bytes()
    given = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    expected = [*map(router.decide, given)]
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT to_json(t) FROM '{tmp_path}/a.parquet' t").fetchall()  # noqa: S608
        assert [router.decide(json.loads(row)) for (row,) in found] == expected
        cells = connection.execute(f"FROM read_csv('{tmp_path}/a.csv', all_varchar = true)")
        columns = [column for column, *_ in cells.description or ()]
        flat = cells.fetchall()
    assert columns[:3] == ["event.type", "event.description", "office.id"]
    assert {"office.collaborators", "dossier.manager.level", "extra.tags", "extra.box.note"} <= {*columns}
    assert [router.decide(unfolded(dict(zip(columns, row, strict=True)))) for row in flat] == expected


def unfolded(cells: Mapping[str, str | None]) -> Facts:
    """Return the facts that cells hold, by path."""
    found: Facts = {}
    texts = {"dossier.id", "extra.reference"}
    for path, cell in cells.items():
        if cell is not None:
            *above, last = path.split(".")
            place = found
            for key in above:
                place = place.setdefault(key, {})
            is_json = path not in texts and re.match(r"[\[{]|-?\d|true$|false$", cell)
            place[last] = json.loads(cell) if is_json else cell
    return found


def test_a_table_of_many_rows_keeps_their_order(tmp_path: Path) -> None:
    drawn = lines(60_000)
    batches = (b"".join(drawn[start : start + 1_000]) for start in range(0, 60_000, 1_000))
    write_table(batches, tmp_path / "a.parquet", Router.standard().book().facts)
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT dossier.id FROM '{tmp_path}/a.parquet'").fetchall()  # noqa: S608
    assert [id for (id,) in found] == [(json.loads(line).get("dossier") or {}).get("id") for line in drawn]


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet"])
def test_a_file_is_whole_or_as_it_was(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("before", encoding="utf-8")

    def broken() -> Iterator[bytes]:
        yield b"{}\n"
        raise KeyboardInterrupt

    def write(batches: Iterator[bytes]) -> None:
        if name.endswith("l"):
            write_lines(batches, tmp_path / name)
        else:
            write_table(batches, tmp_path / name, Router.standard().book().facts)

    with pytest.raises(KeyboardInterrupt):
        write(broken())
    assert [path.read_text() for path in tmp_path.iterdir()] == ["before"]


def test_what_the_database_complains_of_is_an_error_of_writing(tmp_path: Path) -> None:
    batches = itertools.repeat(b"no JSON\n" * 1_000, 10_000)  # it is not asked for all of them
    with pytest.raises(OSError, match="JSON"):
        write_table(batches, tmp_path / "a.parquet", Router.standard().book().facts)
    assert [*tmp_path.iterdir()] == []


# The command


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("10", "missing argument `OUTPUT` (see `courrier sample --help`)"),
        ("ten a.csv", "invalid value for `N`: `ten` is not a valid integer range (see `courrier sample --help`)"),
        ("0 a.csv", "invalid value for `N`: 0 is not in the range x>=1 (see `courrier sample --help`)"),
        ("10 a.xlsx", "`a.xlsx` is called neither .jsonl nor .parquet nor .csv; name it after what it shall hold"),
        ("10 .", "`.` is a folder; name the file to write"),
        ("10 nowhere/a.jsonl", "`nowhere/a.jsonl` cannot be written: no such file or directory"),
        ("10 nowhere/a.csv", "`nowhere/a.csv` cannot be written: no such file or directory"),
    ],
)
def test_wrong_usage(arguments: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert courrier("sample", *arguments.split()) == (2, "", f"error: {message}\n")


def test_without_faker_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faker", None)
    message = "to make up people needs a package that is not installed: pip install 'courrier[sample]'"
    with pytest.raises(ImportError) as caught:
        importlib.reload(names)
    assert str(caught.value) == message
    monkeypatch.delitem(sys.modules, "courrier.sample.names")
    monkeypatch.delitem(sys.modules, "courrier.sample.rows")
    assert courrier("sample", "10", "-") == (2, "", f"error: {message}\n")


def test_without_duckdb_one_sentence_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    message = "tables need a package that is not installed: pip install 'courrier[table]'"
    with pytest.raises(ImportError) as caught:
        importlib.reload(database)
    assert str(caught.value) == message
    monkeypatch.delitem(sys.modules, "courrier.database")
    assert courrier("sample", "10", tmp_path / "a.csv") == (2, "", f"error: {message}\n")
    assert courrier("sample", "1", tmp_path / "a.jsonl").out == f"wrote 1 row into `{tmp_path / 'a.jsonl'}`\n"


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet"])
def test_an_interrupt_leaves_nothing_half_written(name: str, tmp_path: Path) -> None:
    with started("sample", "100000000", tmp_path / name) as process:
        while not [path for path in tmp_path.rglob(name) if path.stat().st_size]:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
    assert [*tmp_path.iterdir()] == []


def test_progress_is_for_who_looks_on(tmp_path: Path) -> None:
    seen = shown_in_a_terminal("sample", "5000", tmp_path / "a.jsonl")
    assert b"100%" in seen
    assert re.search(rb"\n5,000 rows, [\d,]+ a second\r\n", seen)
    assert b"100%" in shown_in_a_terminal("sample", "5000", "-", stdout=subprocess.DEVNULL)
    assert b"100%" not in shown_in_a_terminal("sample", "5", "-")
