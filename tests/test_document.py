"""YAML text to values that know their place; what of YAML is refused stands in `golden/mistakes`."""

import os
import unicodedata
from pathlib import Path

import pytest
import yaml
from courrier import document
from courrier.diagnostics import Report, Span
from courrier.document import DEEPEST, MOST_VALUES, Node, parse, parse_all, read
from courrier.files import LARGEST_FILE
from courrier.scalars import core_value
from hypothesis import given
from hypothesis import strategies as st


@pytest.fixture(params=["CSafeLoader", "SafeLoader"])
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The parser in C, and the one that stands in for it where PyYAML was built without."""
    monkeypatch.setattr(document, "_LOADER", getattr(yaml, request.param))


def read_well(text: str | bytes) -> Node:
    """Return the node of a document that nothing is wrong with."""
    report = Report()
    node = parse(text.encode() if isinstance(text, str) else text, "x.yaml", report)
    assert report.diagnostics == []
    assert node is not None
    return node


def codes(report: Report) -> list[str]:
    return [diagnostic.code for diagnostic in report.diagnostics]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[(text, None) for text in ("", "~", "null", "Null", "NULL")],
        *[(text, True) for text in ("true", "True", "TRUE")],
        *[(text, False) for text in ("false", "False", "FALSE")],
        *[(text, text) for text in ("yes", "Yes", "no", "on", "off", "y", "n", "nULL", "tRUE", "None")],
        *[(text, text) for text in ("2024-01-01", "2024-01-01T12:00:00Z", "12:30", "12:30:45", "1:2", "=", "<<")],
        *[
            (text, text)
            for text in ("1_000", "1,000", "0b11", "0o8", "0xg", "-0x1f", "+0o7", "1e", "e5", ".", "+", "-")
        ],
        *[(text, text) for text in ("inf", "nan", "+.nan", "..5", "1.5.1", "12e03x", "١٢", "0x", "0o", "--1", "+-1")],
        *[("5", 5), ("+5", 5), ("-5", -5), ("0", 0), ("-0", 0), ("010", 10), ("0o10", 8), ("0x1F", 31), ("0xff", 255)],
        *[("1.5", 1.5), (".5", 0.5), ("5.", 5.0), ("-1.5e3", -1500.0), ("+.5E-1", 0.05), ("1e3", 1000.0)],
        ("9" * 300, int("9" * 300)),
    ],
)
def test_a_scalar_is_what_yaml_core_says(text: str, value: object) -> None:
    found = core_value(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "text", [".inf", "+.Inf", "-.INF", ".nan", ".NaN", ".NAN", "1e400", "-1e999", "9" * 310, "9" * 9999]
)
def test_what_no_number_compares_with_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        core_value(text)


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1", {"a": 1}),
        ("{a: 1, b: [x, {c: 2}], 'd': \"e\"}", {"a": 1, "b": ["x", {"c": 2}], "d": "e"}),
        ("- 1\n- - 2\n  - 3\n-\n", [1, [2, 3], None]),
        ("a:\n- 1\n- 2\n", {"a": [1, 2]}),
        ("[]", []),
        ("{}", {}),
        ("a: 'no'\nb: '5'\nc: \"~\"\nd: ''\n", {"a": "no", "b": "5", "c": "~", "d": ""}),
        ("1: x\nno: y\n~: z\n'': e\n", {"1": "x", "no": "y", "~": "z", "": "e"}),
        ("a: |\n  one\n  two\nb: >-\n  three\n  four\n", {"a": "one\ntwo\n", "b": "three four"}),
        ("a: |\n  5\n", {"a": "5\n"}),
        ("a: one\n  two\n", {"a": "one two"}),
        ("a: 'it''s'\n", {"a": "it's"}),
        ('a: "t\\tn\\n\\u00e9\\x41"\n', {"a": "t\tn\né\x41"}),
        ("? a\n: b\n", {"a": "b"}),
        ("[a: 1, b]", [{"a": 1}, "b"]),
        ("{a, b: }", {"a": None, "b": None}),
        ("--- \na: 1\n...\n", {"a": 1}),
        ("%YAML 1.1\n---\na: yes\n", {"a": "yes"}),
        ("---\n---\na: 1\n", {"a": 1}),
        ("# remark\na: 1 # another\n", {"a": 1}),
        ("a: b#c\nd: e:f\n", {"a": "b#c", "d": "e:f"}),
        ("'<<': 1\n", {"<<": 1}),
        ("text", "text"),
    ],
)
def test_a_document_is_read(text: str, value: object) -> None:
    assert read_well(text).plain() == value


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_breaks_and_a_byte_order_mark_change_nothing(line_break: str, mark: str) -> None:
    text = f"{mark}mails:\n  # é\n  task:\n    to: standard\n".replace("\n", line_break)
    node = read_well(text)
    assert node.plain() == {"mails": {"task": {"to": "standard"}}}
    to = node.entries["mails"].entries["task"].entries["to"]
    assert (to.key_span, to.span) == (
        Span("x.yaml", 4, 5, 4, 7, "    to: standard"),
        Span("x.yaml", 4, 9, 4, 17, "    to: standard"),
    )


BOOK = """\
mails:  # é
  task: {to: [a, "b"], 日本: x}

  other:
    - one
    - two: |
        text

      three:
# end
"""


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize(
    ("steps", "key", "value"),
    [
        ([], (1, 1, 9, 13), (1, 1, 9, 13)),
        (["mails"], (1, 1, 1, 6), (2, 3, 9, 13)),
        (["mails", "task"], (2, 3, 2, 7), (2, 9, 2, 30)),
        (["mails", "task", "to"], (2, 10, 2, 12), (2, 14, 2, 22)),
        (["mails", "task", "to", 0], (2, 15, 2, 16), (2, 15, 2, 16)),
        (["mails", "task", "to", 1], (2, 18, 2, 21), (2, 18, 2, 21)),
        (["mails", "task", "日本"], (2, 24, 2, 26), (2, 28, 2, 29)),
        (["mails", "other"], (4, 3, 4, 8), (5, 5, 9, 13)),
        (["mails", "other", 0], (5, 7, 5, 10), (5, 7, 5, 10)),
        (["mails", "other", 1], (6, 7, 9, 13), (6, 7, 9, 13)),
        (["mails", "other", 1, "two"], (6, 7, 6, 10), (6, 12, 9, 1)),
        (["mails", "other", 1, "three"], (9, 7, 9, 12), (9, 13, 9, 13)),
    ],
)
def test_every_value_and_every_key_knows_its_place(
    steps: list[str | int], key: tuple[int, ...], value: tuple[int, ...]
) -> None:
    node = read_well(BOOK)
    for step in steps:
        node = node.items[step] if isinstance(step, int) else node.entries[step]
    assert node.key_span[1:5] == key
    assert node.span[1:5] == value
    assert node.span.text == BOOK.split("\n")[value[0] - 1]


@pytest.mark.parametrize(
    ("text", "found", "value"),
    [
        ("a: &x 1\nb: *x\nc: *y\n", ["alias", "alias"], {"a": 1, "b": None, "c": None}),
        ("a: {<<: {b: 1}, c: 2}", ["alias"], {"a": {"c": 2}}),
        ("a: !!str 1\nb: !x [1]\n", ["tag", "tag"], {"a": None, "b": [1]}),
        ("a: 1\na: 2\n'a': 3\nb: 4", ["duplicate-key", "duplicate-key"], {"a": 1, "b": 4}),
        ("? [1]\n: {b: 2}\n? {c: 1}\n*x : 1\nd: 4", ["yaml-key", "yaml-key", "alias"], {"d": 4}),
        ("a: [.inf, 2]", ["yaml-number"], {"a": [None, 2]}),
        ('a: "\\e"\n"\\0": 1\n!!str c: 2\n', ["control-character", "control-character", "tag"], {"a": None}),
        ("a: &x\n  b: [*x, 1\n", ["alias", "yaml-syntax"], None),
        ("*x", ["alias"], None),
        ("!!str", ["tag"], None),
    ],
)
def test_what_is_refused_leaves_the_rest_to_be_read(text: str, found: list[str], value: object) -> None:
    report = Report()
    node = parse(text.encode(), "x.yaml", report)
    assert codes(report) == found
    assert (node and node.plain()) == value


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a: {<<: x}", "a"),
        ("a: *x", "a"),
        ("a: !x b", "a"),
        ("a: {!x b: c}", "a"),
        ("a: {? [b] : c}", "a"),
        ("a: .inf", "a"),
    ],
)
def test_a_value_that_something_was_refused_of_is_broken(text: str, path: str) -> None:
    node = parse(text.encode(), "x.yaml", Report())
    assert node is not None
    assert node.entries[path].broken
    assert not node.broken


def test_a_node_of_one_kind_holds_nothing_of_the_others() -> None:
    text, items, entries = read_well("[a, [b], {c: d}]").items
    assert (text.text, text.items, text.entries) == ("a", (), {})
    assert (items.text, len(items.items), items.entries) == ("", 1, {})
    assert (entries.text, entries.items, list(entries.entries)) == ("", (), ["c"])
    assert read_well("{a: 5}").entries["a"].text == ""


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize(("before", "after"), [("[", "]"), ("{a: ", "}"), ("- ", "")])
@pytest.mark.parametrize(("depth", "found"), [(DEEPEST, set()), (DEEPEST + 1, {"too-deep"})])
def test_nesting_has_a_limit(before: str, after: str, depth: int, found: set[str]) -> None:
    report = Report()
    node = parse((before * depth + after * depth).encode(), "x.yaml", report)
    assert set(codes(report)) == found
    assert (node is None) == bool(found)


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize("before", ["[", "{", "{a: ", "- ", "? ", "[a: "])
def test_no_nesting_is_too_deep_to_be_refused(before: str) -> None:
    report = Report()
    assert parse((before * 10_000).encode(), "x.yaml", report) is None
    assert len(report.diagnostics) == 1


@pytest.mark.parametrize(("items", "found"), [(MOST_VALUES - 1, []), (MOST_VALUES, ["too-many-values"])])
def test_keys_and_values_have_a_limit_in_each_document(items: int, found: list[str]) -> None:
    report = Report()
    documents = parse_all(b"[1]\n---\n[" + b"1," * items + b"]", "x.yaml", report)
    assert len(list(documents)) == (1 if found else 2)
    assert codes(report) == found


@pytest.mark.parametrize(
    ("text", "values", "found"),
    [
        ("a: 1\n---\nb: 2\n", [{"a": 1}, {"b": 2}], []),
        ("---\na: 1\n---\n---\n# nothing\n---\n[]\n...\n", [{"a": 1}, []], []),
        ("a: 1\n---\nb: [\n", [{"a": 1}], ["yaml-syntax"]),
        ("---\n---\n", [], ["empty-file"]),
        ("\x00", [], ["control-character"]),
    ],
)
def test_a_stream_gives_its_documents(text: str, values: list[object], found: list[str]) -> None:
    report = Report()
    assert [node.plain() for node in parse_all(text.encode(), "x.yaml", report)] == values
    assert codes(report) == found


def test_a_file_is_read(tmp_path: Path) -> None:
    report = Report()
    path = tmp_path / "x.yaml"
    path.write_bytes(b"#" * (LARGEST_FILE - 4) + b"\na: ")
    data, node = read(path, "x.yaml", report)
    assert len(data) == LARGEST_FILE
    assert (node and node.plain(), report.diagnostics) == ({"a": None}, [])
    path.write_bytes(data + b" ")
    assert read(path, "x.yaml", report)[1] is None
    assert codes(report) == ["file-too-large"]


def test_a_file_that_may_not_be_read_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "x.yaml"
    path.touch()
    monkeypatch.setattr(Path, "open", refuse)
    report = Report()
    assert read(path, "x.yaml", report) == (b"", None)
    assert [diagnostic.message for diagnostic in report.diagnostics] == ["`x.yaml` cannot be read: permission denied"]


def test_a_file_under_a_name_that_is_no_text_can_be_read(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.yaml"))
    path.write_text("a: [")
    report = Report()
    read(path, path.name, report)
    assert report.diagnostics[0].frame().startswith("error[yaml-syntax]: this list is never closed\n  --> �.yaml:1:4\n")


UNSEEN = {"Cc", "Cs", "Zl", "Zp"}
"""The categories of characters that move a terminal's cursor, or that it cannot write."""

PIECES = st.sampled_from(
    [
        *"[]{}:,-?&*!|>'\"%@`#~<=\\\t\r\n ",
        "\n  ",
        ": ",
        "- ",
        "a",
        "é",
        "日",
        "1",
        ".inf",
        "<<",
        "---\n",
        "\x00",
        "\u2028",
        "\\x1b",
    ]
)


@given(st.one_of(st.binary(max_size=40), st.lists(PIECES, max_size=40).map(lambda pieces: "".join(pieces).encode())))
def test_whatever_is_read_makes_sense_or_is_explained(data: bytes) -> None:
    report = Report()
    node = parse(data, "x.yaml", report)
    assert node is not None or report.diagnostics
    for diagnostic in report.diagnostics:
        span = diagnostic.span
        assert 1 <= span.column <= len(span.text) + 1
        assert (span.line, span.column) <= (span.end_line, span.end_column)
        assert {unicodedata.category(char) for char in diagnostic.frame().replace("\n", "")}.isdisjoint(UNSEEN)
    if node is not None and not report.diagnostics:
        documents = map(plain_by_reference, yaml.compose_all(data.decode("utf-8-sig"), yaml.CBaseLoader))
        assert [node.plain()] == [value for value in documents if value is not None]


def plain_by_reference(node: yaml.Node | None) -> object:
    """Return what a node of PyYAML's own is, each unquoted scalar read as YAML 1.2 core."""
    match node:
        case yaml.ScalarNode():
            return node.value if node.style else core_value(node.value)
        case yaml.SequenceNode():
            return [plain_by_reference(item) for item in node.value]
        case yaml.MappingNode():
            return {key.value: plain_by_reference(value) for key, value in node.value}
    return None
