"""What the schemas refuse, and what an author is told of it; what only the engine can tell they leave alone."""

import pytest
from courrier.diagnostics import Diagnostic, Report
from courrier.document import parse
from courrier.schema import validate


def diagnostics(schema: str, text: str) -> list[Diagnostic]:
    """Return what is wrong with a document."""
    report = Report()
    node = parse(text.encode(), "x.yaml", report)
    assert node is not None
    validate(node, schema, report)
    return report.diagnostics


def shown(found: Diagnostic) -> str:
    return f"{found.span.line}:{found.span.column} {found.code}: {found.message}"


@pytest.mark.parametrize(
    ("schema", "text", "expected"),
    [
        ("cascades", "[]", ["1:1 wrong-type: wanted a mapping, found a list"]),
        ("cascades", "cascade: {}", ["1:1 unknown-key: `cascade` is not known here"]),
        ("cascades", "cascades:\n", ["1:10 wrong-type: wanted a mapping, found nothing"]),
        (
            "cascades",
            "cascades:\n  Main Cascade:\n    - {rule: a, address: user.email}",
            ["2:3 bad-name: `Main Cascade` is no name"],
        ),
        ("cascades", "cascades: {a: []}", ["1:15 empty-value: this is empty"]),
        ("cascades", "cascades: {a: {rule: b}}", ["1:15 wrong-type: wanted a list, found a mapping"]),
        ("cascades", "cascades: {a: [b]}", ["1:16 wrong-type: wanted a mapping, found the string `b`"]),
        ("cascades", "cascades:\n  a:\n    - address: user.email", ["3:7 missing-key: `rule` is missing"]),
        (
            "cascades",
            "cascades:\n  a:\n    - rule: b\n      adress: user.email",
            ["4:7 unknown-key: `adress` is not known here"],
        ),
        (
            "cascades",
            "cascades: {a: [{rule: Dossier Manager, cascade: b}]}",
            ["1:23 not-allowed: `Dossier Manager` cannot stand here"],
        ),
        ("cascades", "cascades: {a: [{rule: b, address: ''}]}", ["1:35 empty-value: this is empty"]),
        ("cascades", "cascades: {a: [{rule: b, same_as: to}]}", ["1:35 not-allowed: `to` cannot stand here"]),
        (
            "cascades",
            "cascades: {a: [{rule: b, collaborators: marie}]}",
            ["1:41 wrong-type: wanted a list, found the string `marie`"],
        ),
        (
            "cascades",
            "cascades: {a: [{rule: b, collaborators: [7]}]}",
            ["1:42 wrong-type: wanted a string, found the number `7`"],
        ),
        (
            "cascades",
            "cascades: {a: [{rule: b, collaborators: [marie, jean, marie]}]}",
            ["1:55 not-allowed: `marie` stands in this list already"],
        ),
        (
            "cascades",
            "cascades: {a: [{rule: b, collaborators: ['  ', 'marie ', ' an', '\u00a0', '']}]}",
            [
                "1:42 empty-value: this is blank",
                "1:48 not-allowed: `marie ` has white space before or after it",
                "1:58 not-allowed: ` an` has white space before or after it",
                "1:65 empty-value: this is blank",
                "1:70 empty-value: this is empty",
            ],
        ),
        ("mails", "mails: {}", ["1:8 empty-value: this is empty"]),
        (
            "mails",
            "mails:\n  a:\n    form: standard",
            ["2:3 missing-key: `to` is missing", "3:5 unknown-key: `form` is not known here"],
        ),
        ("mails", "mails: {a: {to: }}", ["1:17 wrong-type: wanted a string, a mapping or a list, found nothing"]),
        ("mails", "mails: {a: {to: [marie]}}", ["1:18 wrong-type: wanted a mapping, found the string `marie`"]),
        ("mails", "mails: {a: {to: {adress: user.email}}}", ["1:18 unknown-key: `adress` is not known here"]),
        ("mails", "mails: {a: {to: standard, bcc: standard}}", ["1:27 unknown-key: `bcc` is not known here"]),
        (
            "mails",
            "mails: {a: {to: standard, title: Welcome}}",
            ["1:34 wrong-type: wanted a mapping, found the string `Welcome`"],
        ),
        (
            "mails",
            "mails: {a: {to: standard, title: {fr: Bienvenue, eng: ''}}}",
            ["1:50 unknown-key: `eng` is not known here"],
        ),
        (
            "mails",
            "mails: {a: {to: standard, title: {en: '', de: ''}}}",
            ["1:39 empty-value: this is empty", "1:47 empty-value: this is empty"],
        ),
        ("mails", "mails: {a: {to: standard, refuse: []}}", ["1:35 empty-value: this is empty"]),
        (
            "refusals",
            "refusals:\n  a:\n    when: {user.active_elsewhere: true}",
            ["2:3 missing-key: `message` is missing", "2:3 missing-key: `remedy` is missing"],
        ),
        (
            "refusals",
            "refusals:\n  a:\n    when: {from.domain: []}\n    message: {en: No.}\n    remedy: {}",
            ["3:25 empty-value: this is empty", "5:5 missing-key: `en` is missing"],
        ),
        ("office", "office: 2024", ["1:9 wrong-type: wanted a string, found the number `2024`"]),
        ("office", "office: a\nmails:\n", ["2:7 wrong-type: wanted a mapping, found nothing"]),
        ("office", "office: a\nmails: {b: {refuse: [c]}}", ["2:13 unknown-key: `refuse` is not known here"]),
        ("office", "office: a\ncascades: {standard: [b, b]}", ["2:26 not-allowed: `b` stands in this list already"]),
        ("cases", "cases: []", ["1:8 empty-value: this is empty"]),
        (
            "cases",
            "cases:\n  - case: a\n    expect: {}",
            ["2:5 missing-key: `facts` is missing", "3:13 empty-value: this is empty"],
        ),
        (
            "cases",
            (
                "cases:\n"
                "  - case: a\n"
                "    facts: {event: {type: b}, office: {id: c, communication_email: d}}\n"
                "    facts_file: e\n"
                "    expect: {outcome: sent}"
            ),
            ["3:12 wrong-type: wanted nothing, found a mapping", "5:23 not-allowed: `sent` cannot stand here"],
        ),
        (
            "cases",
            (
                "cases:\n"
                "  - case: a\n"
                "    facts: {event: {}, office: {id: B, communication_email: c}}\n"
                "    expect: {from: 5, warnings: [late], rule: {bcc: d}}"
            ),
            [
                "3:13 missing-key: `type` is missing",
                "3:37 not-allowed: `B` cannot stand here",
                "4:20 wrong-type: wanted a string or nothing, found the number `5`",
                "4:34 not-allowed: `late` cannot stand here",
                "4:48 unknown-key: `bcc` is not known here",
            ],
        ),
        ("facts", "event: {type: a}", ["1:1 missing-key: `office` is missing"]),
        (
            "facts",
            (
                "event: {type: a, more: b}\n"
                "office: {id: b, communication_email: '', collaborators: [{active: yes}]}\n"
                "dossier: {manager: {}}"
            ),
            [
                "2:38 empty-value: this is empty",
                "2:67 wrong-type: wanted true or false or nothing, found the string `yes`",
                "3:11 missing-key: `email` is missing",
            ],
        ),
    ],
)
def test_a_wrong_document_is_told_what_is_wrong(schema: str, text: str, expected: list[str]) -> None:
    found = diagnostics(schema, text)
    assert [shown(diagnostic) for diagnostic in found] == expected
    assert all(diagnostic.help for diagnostic in found)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("{}", ["1:44 empty-value: this is empty"]),
        ("[{has: user}]", ["1:44 wrong-type: wanted a mapping, found a list"]),
        ("{hass: user}", ["1:45 unknown-key: `hass` is not known here"]),
        ("{has: []}", ["1:50 empty-value: this is empty"]),
        ("{has: [5]}", ["1:51 wrong-type: wanted a string, found the number `5`"]),
        ("{has: {fact: user}}", ["1:50 wrong-type: wanted a string or a list, found a mapping"]),
        ("{all: []}", ["1:50 empty-value: this is empty"]),
        ("{any: [user.email]}", ["1:51 wrong-type: wanted a mapping, found the string `user.email`"]),
        ("{not: {}}", ["1:50 empty-value: this is empty"]),
        (
            "{dossier.id: }",
            ["1:57 wrong-type: wanted a string, a number, true or false, a list or a mapping, found nothing"],
        ),
        ("{dossier.id: []}", ["1:57 empty-value: this is empty"]),
        ("{dossier.id: {}}", ["1:57 empty-value: this is empty"]),
        ("{dossier.id: [[a]]}", ["1:58 wrong-type: wanted a string, a number or true or false, found a list"]),
        ("{dossier.id: {startswith: a}}", ["1:58 unknown-key: `startswith` is not known here"]),
        ("{dossier.id: {in: a}}", ["1:62 wrong-type: wanted a list or a mapping, found the string `a`"]),
        ("{dossier.id: {not_in: {fcat: user.email}}}", ["1:67 unknown-key: `fcat` is not known here"]),
        ("{dossier.id: {not: {}}}", ["1:63 empty-value: this is empty"]),
        (
            "{own.fact: {above: [1, 2]}}",
            ["1:63 wrong-type: wanted a string, a number, true or false or a mapping, found a list"],
        ),
        (
            "{own.fact: {matches: {fact: user.email}}}",
            ["1:65 wrong-type: wanted a string, a number or true or false, found a mapping"],
        ),
        ("{not: {any: [{all: [{own.fact: {bove: 1}}]}]}}", ["1:76 unknown-key: `bove` is not known here"]),
    ],
)
def test_a_wrong_condition_is_told_what_is_wrong(when: str, expected: list[str]) -> None:
    found = diagnostics("cascades", f"cascades: {{a: [{{rule: b, cascade: c, when: {when}}}]}}")
    assert [shown(diagnostic) for diagnostic in found] == expected
    assert all(diagnostic.help for diagnostic in found)


@pytest.mark.parametrize(
    ("schema", "text", "help"),
    [
        ("cascades", "cascades: {a: [{rule: b, same_as: to}]}", "write `from`: whoever sends the mail receives it too"),
        ("cascades", "cascades: {a: [{rule: b, adress: user.email}]}", "did you mean `address`?"),
        ("mails", "mails: {a: {cc: standard}}", "who receives the mail, such as `standard` or `{address: user.email}`"),
        (
            "mails",
            "mails: {a: {to: []}}",
            "a cascade's name such as `standard`, one outcome such as `{address: user.email}`, or a list of rules",
        ),
        ("cases", "cases: [{case: a, facts_file: b, expect: {outcome: sent}}]", "did you mean `send`?"),
    ],
)
def test_the_help_says_what_to_write(schema: str, text: str, help: str) -> None:
    assert [diagnostic.help for diagnostic in diagnostics(schema, text)] == [help]


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ("cascades", "cascades: {}"),
        ("refusals", "refusals: {}"),
        ("mails", "mails: {a: {to: standard}}"),
        ("mails", "mails: {a: {to: {collaborators: ['7', jean@dupont.be]}, cc: [{rule: b, same_as: from}]}}"),
        ("mails", "mails: {a: {title: {en: A, de: A}, to: standard}}"),
        ("office", "office: a"),
        ("cases", "cases: [{case: a, facts_file: b.json, expect: {from: null, cc: [], refusals: [], warnings: []}}]"),
    ],
)
def test_a_right_document_is_left_alone(schema: str, text: str) -> None:
    assert diagnostics(schema, text) == []


@pytest.mark.parametrize(
    "when",
    [
        "{has: dossier, lacks: [user, own.fact]}",
        "{own.fact: anything, dossier.id: [a, 5, true]}",
        "{any: [{not: {has: user}}, {all: [{user.email: {not: a, fact: dossier.manager.email}}]}]}",
        "{own.fact: {in: [a], not_in: {fact: own.list}, above: 1, below: {fact: own.other}, matches: a.*}}",
    ],
)
def test_what_only_the_facts_can_tell_is_left_to_the_engine(when: str) -> None:
    assert diagnostics("cascades", f"cascades: {{a: [{{rule: b, cascade: c, when: {when}}}]}}") == []
