"""Documents to a rule book; what is wrong with them stands in `golden/mistakes`."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from courrier.build import OFFICE_ID, load_office, load_platform, office_file, office_ids
from courrier.diagnostics import Report
from courrier.model import (
    AddressOf,
    Cascade,
    Collaborators,
    Fact,
    Has,
    Mail,
    Outcome,
    Rule,
    RuleBook,
    SameAsFrom,
    ToCascade,
)

BOOK = Path(__file__).parent / "golden" / "book"

MANAGER = AddressOf(Fact("dossier.manager.email", "string", "address"), Fact("dossier.manager.name", "string"))
OFFICE = AddressOf(Fact("office.communication_email", "string", "address"), None)
USER = AddressOf(Fact("user.email", "string", "address"), None)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BOOK, tmp_path / "rules"))


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def platform(root: Path) -> RuleBook:
    """Return the platform's rules, with which nothing is wrong."""
    report = Report()
    book = load_platform(root, report)
    report.raise_errors()
    return book


def office(root: Path, text: str) -> RuleBook:
    """Return the rules that hold for an office with this file, with which nothing is wrong."""
    write(root, "offices/dupont.yaml", "office: dupont\n" + text)
    report = Report()
    book = load_office(root, "dupont", platform(root), report)
    report.raise_errors()
    return book


def roles(mail: Mail) -> Iterator[tuple[str, str, bool, Outcome, str]]:
    """Yield what each rule of a mail comes to, and where it stands."""
    for key, role in (("from", mail.sender), ("to", mail.to), ("cc", mail.cc)):
        for rule in role.rules if role else ():
            yield key, rule.id, rule.named, rule.outcome, rule.span.at


def brief(cascade: Cascade) -> list[tuple[str, bool, Outcome, str]]:
    return [(rule.id, rule.when is None, rule.outcome, rule.span.at) for rule in cascade.rules]


def test_the_platform(root: Path) -> None:
    book = platform(root)
    assert list(book.cascades) == ["standard"]
    assert brief(book.cascades["standard"]) == [
        ("cascades.standard.dossier-manager", False, MANAGER, "cascades.yaml:3"),
        ("cascades.standard.office-communication", True, OFFICE, "cascades.yaml:7"),
    ]
    assert book.cascades["standard"].rules[0].when == Has(Fact("dossier.manager", "object"))
    assert list(book.mails) == ["client_user_created", "task_failed"]
    assert list(roles(book.mails["client_user_created"])) == [
        ("from", "mails.client_user_created.from", False, ToCascade("standard"), "mails.yaml:3"),
        ("to", "mails.client_user_created.to", False, USER, "mails.yaml:4"),
        ("cc", "mails.client_user_created.cc", False, SameAsFrom(), "mails.yaml:5"),
    ]
    assert book.mails["client_user_created"].refusals == (book.refusals["sender-not-prepared"],)
    refusal = book.refusals["sender-not-prepared"]
    assert (refusal.message, refusal.remedy) == ({"en": "The sender is not prepared."}, {"en": "Contact support."})
    assert refusal.span.at == "refusals.yaml:2"


def test_a_rule_stands_where_its_name_does(root: Path) -> None:
    write(
        root,
        "mails.yaml",
        """\
mails:
  task_failed:
    title: {en: Failed tasks, nl: Mislukte taken}
    to:
      - when:
          has: dossier.manager
        address: dossier.manager.email
        rule: manager
      - {collaborators: [marie, "007"], rule: team}
    cc:
      cascade:
        standard
""",
    )
    mail = platform(root).mails["task_failed"]
    assert mail.title == {"en": "Failed tasks", "nl": "Mislukte taken"}
    assert list(roles(mail)) == [
        ("to", "mails.task_failed.to.manager", True, AddressOf(MANAGER.address, None), "mails.yaml:8"),
        ("to", "mails.task_failed.to.team", True, Collaborators(("marie", "007")), "mails.yaml:9"),
        ("cc", "mails.task_failed.cc", False, ToCascade("standard"), "mails.yaml:10"),
    ]
    assert [rule.span.source for rule in mail.to.rules] == ["rule: manager", "rule: team"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "mails: {task_failed: {to: {collaborators: [marie]}}}",
            [("to", "offices.dupont.mails.task_failed.to", False, Collaborators(("marie",)), "offices/dupont.yaml:2")],
        ),
        (
            "mails: {task_failed: {to: standard}}",
            [("to", "offices.dupont.mails.task_failed.to", False, ToCascade("standard"), "offices/dupont.yaml:2")],
        ),
        (
            """\
mails:
  task_failed:
    to:
      - rule: monthly
        when: {dossier.vat_period: monthly}
        collaborators: [marie]
    cc:
      - rule: office
        address: office.communication_email
""",
            [
                (
                    "to",
                    "offices.dupont.mails.task_failed.to.monthly",
                    True,
                    Collaborators(("marie",)),
                    "offices/dupont.yaml:5",
                ),
                ("to", "mails.task_failed.to", False, ToCascade("standard"), "mails.yaml:8"),
                ("cc", "offices.dupont.mails.task_failed.cc.office", True, OFFICE, "offices/dupont.yaml:9"),
            ],
        ),
    ],
)
def test_an_office_chooses(root: Path, text: str, expected: list[object]) -> None:
    assert list(roles(office(root, text).mails["task_failed"])) == expected


def test_an_office_chooses_the_sender_of_a_mail_that_has_one(root: Path) -> None:
    mail = office(root, "mails: {client_user_created: {from: standard, cc: {same_as: from}}}").mails
    assert list(roles(mail["client_user_created"])) == [
        (
            "from",
            "offices.dupont.mails.client_user_created.from",
            False,
            ToCascade("standard"),
            "offices/dupont.yaml:2",
        ),
        ("to", "mails.client_user_created.to", False, USER, "mails.yaml:4"),
        ("cc", "offices.dupont.mails.client_user_created.cc", False, SameAsFrom(), "offices/dupont.yaml:2"),
    ]


def test_what_an_office_does_not_choose_is_the_platforms(root: Path) -> None:
    book = office(root, "mails: {task_failed: {to: standard}}")
    before = platform(root)
    assert book.cascades == before.cascades
    assert book.mails["client_user_created"] == before.mails["client_user_created"]
    assert (book.facts, book.refusals) == (before.facts, before.refusals)


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("[office-communication, dossier-manager]", ["office-communication", "dossier-manager"]),
        ("[office-communication]", ["office-communication"]),
    ],
)
def test_an_office_orders_a_cascade_by_the_names_of_its_rules(root: Path, order: str, names: list[str]) -> None:
    book = office(root, f"cascades: {{standard: {order}}}")
    before = {rule.name: rule for rule in platform(root).cascades["standard"].rules}
    assert book.cascades["standard"] == Cascade("cascades.standard", tuple(before[name] for name in names))
    assert book.mails == platform(root).mails


def test_a_cascade_without_a_last_resort_may_be_ordered(root: Path) -> None:
    rules = "\n".join(f"    - {{rule: r{n}, when: {{has: dossier}}, address: office.functional_email}}" for n in (1, 2))
    write(root, "cascades.yaml", (BOOK / "cascades.yaml").read_text(encoding="utf-8") + f"  open:\n{rules}\n")
    book = office(root, "cascades: {open: [r2, r1]}\nmails: {task_failed: {to: open}}")
    assert [rule.name for rule in book.cascades["open"].rules] == ["r2", "r1"]


def test_an_office_without_a_file_has_the_platforms_rules(root: Path) -> None:
    before, report = platform(root), Report()
    assert load_office(root, "dupont", before, report) is before
    assert report.diagnostics == []
    assert office_file(root, "dupont") == root / "offices" / "dupont.yaml"


def test_an_office_whose_file_cannot_be_read_has_the_platforms_rules(root: Path) -> None:
    write(root, "offices/dupont.yaml", "\tx")
    before, report = platform(root), Report()
    assert load_office(root, "dupont", before, report) is before
    assert len(report.diagnostics) == 1


def test_offices_are_named_by_their_files(root: Path) -> None:
    report = Report()
    assert office_ids(root, report) == []
    for name in ("peeters", "dupont", "2-b", ".hidden", "README", "a.b"):
        write(root, f"offices/{name}.yaml", "")
    (root / "offices" / "notes").mkdir()
    assert office_ids(root, report) == ["2-b", "dupont", "peeters"]
    assert [found.span.file for found in report.diagnostics] == ["offices/README.yaml", "offices/a.b.yaml"]


@pytest.mark.parametrize("id", ["a", "0", "dupont", "a-b", "a" * 63])
def test_an_id_of_an_office(id: str) -> None:
    assert OFFICE_ID.fullmatch(id)


@pytest.mark.parametrize(
    "id", ["", "-a", "A", "é", "a" * 64, "a/b", "..", "../../etc/passwd", "a.b", "a b", "a\n", "a\0", "٣"]
)
def test_no_id_of_an_office(id: str) -> None:
    assert not OFFICE_ID.fullmatch(id)


def test_a_rule_book_may_know_facts_of_its_own(root: Path) -> None:
    write(
        root,
        "facts.schema.json",
        """\
{
\t"$schema": "https://json-schema.org/draft/2020-12/schema",
\t"properties": {
\t\t"dossier": {"type": "object", "properties": {
\t\t\t"size": {"type": ["integer", "null"]},
\t\t\t"partners": {"type": "array", "items": {"type": "string", "format": "idn-email"}},
\t\t\t"people": {"type": "array", "items": {"type": "object"}},
\t\t\t"accountant": {"type": "object", "properties": {"host": {"type": "string", "format": "hostname"}}},
\t\t\t"id": {"type": "string"}
\t\t}}
\t}
}
""",
    )
    own = platform(root)
    assert {path: fact for path, fact in own.facts.items() if path not in platform(BOOK).facts} == {
        fact.path: fact
        for fact in [
            Fact("dossier.size", "integer"),
            Fact("dossier.partners", "strings", "address"),
            Fact("dossier.people", "objects"),
            Fact("dossier.accountant", "object"),
            Fact("dossier.accountant.host", "string", "host"),
        ]
    }
    assert own.digest != platform(BOOK).digest


def test_the_digest_tells_rule_books_apart(root: Path) -> None:
    digests = [platform(root).digest, office(root, "").digest, office(root, "mails: {}").digest]
    write(root, "cascades.yaml", (BOOK / "cascades.yaml").read_text(encoding="utf-8") + "# remark\n")
    digests += [platform(root).digest, office(root, "").digest]
    assert len({*digests}) == len(digests)
    assert all(digest.startswith("sha256:") and len(digest) == 71 for digest in digests)
    assert platform(BOOK).digest == platform(BOOK).digest


def test_conditions_may_be_nested_up_to_the_limit_of_a_file(root: Path) -> None:
    condition = "{not: " * 95 + "{has: user}" + "}" * 95
    write(
        root,
        "cascades.yaml",
        f"""\
cascades:
  standard:
    - rule: deep
      when: {condition}
      address: office.communication_email
    - rule: last
      address: office.communication_email
""",
    )
    rule: Rule = platform(root).cascades["standard"].rules[0]
    assert repr(rule.when).count("Not(") == 95


def test_where_the_platform_is_at_fault_its_offices_are_looked_at_all_the_same(root: Path) -> None:
    write(root, "mails.yaml", "mails:\n  <<: {}\n  task_failed: {to: standard}\n")
    write(
        root, "offices/dupont.yaml", "office: dupont\nmails:\n  task_failed: {to: standart}\n  else: {to: standard}\n"
    )
    report = Report()
    load_office(root, "dupont", load_platform(root, report), report)
    assert [found.code for found in report.diagnostics] == ["alias", "unknown-cascade"]
