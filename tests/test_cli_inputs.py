"""What `decide` and `explain` make of files and streams, above all of bad ones: an error in place, and on it goes."""

import json
from pathlib import Path
from typing import Any

import pytest
from books import FACTS, refusal, texts, with_facts, write_book
from commands import GOLDEN, courrier

GOOD = json.dumps(FACTS).encode()
SENT = "1: send  client_user_created of dupont"
IN_FULL = "send  client_user_created  dupont  2024-017"


def broken(found: str) -> dict[str, str]:
    wanted = "a JSON object"
    return {"message": f"the facts: wanted {wanted}, found {found}", "path": "", "wanted": wanted, "found": found}


def at_fault(path: str, wanted: str, found: str) -> dict[str, str]:
    return {"message": f"`{path}`: wanted {wanted}, found {found}", "path": path, "wanted": wanted, "found": found}


def written(facts: Any) -> bytes:
    return json.dumps(facts).encode()


BAD_LINES = [
    (b'{"event": ', broken("broken JSON: expecting value at column 10")),
    (b"{'event': 1}", broken("broken JSON: expecting property name enclosed in double quotes at column 2")),
    (b"{} {}", broken("broken JSON: extra data at column 4")),
    (b"\x00", broken("broken JSON: expecting value at column 1")),
    (b'{"a": NaN}', broken("broken JSON: `NaN` is no number that JSON has")),
    (b'{"a": [-Infinity]}', broken("broken JSON: `-Infinity` is no number that JSON has")),
    (GOOD[:-1] + b', "user": {}}', broken("JSON with an object that has a key twice")),
    (b'{"a": [{"b": 1, "\\u0062": 1}]}', broken("JSON with an object that has a key twice")),
    (b'{"a": "\xff"}', broken("text that is not UTF-8: byte 8 is 0xff")),
    ("{}".encode("utf-16"), broken("text that is not UTF-8: byte 1 is 0xff")),
    (b"[" * 100_000, broken("JSON that is nested too deep")),
    (b'{"a":' * 100_000, broken("JSON that is nested too deep")),
    (b'{"a": ' + b"1" * 5_000 + b"}", broken("JSON with a number of too many digits")),
    (b"{}", at_fault("office.id", "a string", "nothing")),
    (written(with_facts(office__id=5)), at_fault("office.id", "a string", "a number")),
    (
        written(with_facts(office__id="../../etc/passwd")),
        at_fault("office.id", "small letters, digits and `-`, at most 63", "a string of another form"),
    ),
    (
        written(with_facts(user__email="a\ud800@b.be")),
        at_fault("user.email", "a string", "a string with half a character (a lone surrogate)"),
    ),
    (
        written(with_facts(user__email="x" * 10_000_000)),
        at_fault("user.email", "an e-mail address", "a string of another form"),
    ),
    (
        written(with_facts(event__type="task_faild")),
        at_fault("event.type", "an event that a mail is for", "`task_faild`; did you mean `task_failed`?"),
    ),
]

HARMLESS = [
    GOOD + b"\r",
    b"\xef\xbb\xbf" + GOOD,
    b" \t" + GOOD + b"  ",
    written(with_facts(dossier__unused="\ud800")),
    written(with_facts(dossier__unused="x" * 10_000_000)),
    written(with_facts() | {"sid": 1, "id": 2, "$s": 3, "a.b": 4}),
    GOOD.replace(b'"user"', b'"unused": 1e400, "user"'),
]


def decided(data: bytes, tmp_path: Path, *options: str) -> list[Any]:
    """Return what is printed about a .jsonl file, after checking that a stream gives the same."""
    path = tmp_path / "facts.jsonl"
    path.write_bytes(data)
    ran = courrier("decide", path, "--format", "json", *options)
    assert courrier("decide", "-", "--format", "json", *options, stdin=data) == ran
    printed = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.err == ""
    assert ran.code == int(any("error" in one for one in printed))
    return printed


@pytest.mark.parametrize(("line", "error"), BAD_LINES, ids=range(len(BAD_LINES)))
def test_a_bad_line_has_an_error_in_its_place(line: bytes, error: dict[str, str], tmp_path: Path) -> None:
    before, printed, after = decided(b"\n".join([GOOD, b"", line, GOOD]), tmp_path)
    assert (before["outcome"], after["outcome"]) == ("send", "send")
    assert printed == {"error": error, "line": 3}


@pytest.mark.parametrize("line", [b"[1]", b'"x"', b"3", b"true", b"null"])
def test_facts_are_an_object(line: bytes, tmp_path: Path) -> None:
    before, printed, after = decided(b"\n".join([GOOD, line, GOOD]), tmp_path)
    assert (before["outcome"], printed["line"], after["outcome"]) == ("send", 2, "send")


@pytest.mark.parametrize("line", HARMLESS, ids=range(len(HARMLESS)))
def test_what_no_rule_looks_at_does_no_harm(line: bytes, tmp_path: Path) -> None:
    assert [one["outcome"] for one in decided(b"\n".join([line, GOOD, line]), tmp_path)] == ["send"] * 3


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\n\n  \n"])
def test_the_last_line_may_end_anyhow(end: bytes, tmp_path: Path) -> None:
    assert len(decided(GOOD + b"\n" + GOOD + end, tmp_path)) == 2


@pytest.mark.parametrize("data", [b"", b"\n", b" \n\t\r\n"])
def test_no_lines_are_no_decisions(data: bytes, tmp_path: Path) -> None:
    assert decided(data, tmp_path) == []
    assert courrier("decide", "-", stdin=data) == (0, "", "")


def test_a_bad_first_line_is_no_document(tmp_path: Path) -> None:
    lines = [b'{"event": {"type": "task_failed"}', GOOD, GOOD]
    assert ["error" in one for one in decided(b"\n".join(lines), tmp_path)] == [True, False, False]
    lines[1] = b'{"event": '
    assert ["error" in one for one in decided(b"\n".join(lines), tmp_path)] == [True, True, False]


def test_offices_whose_rules_are_broken_have_an_error_in_place(tmp_path: Path) -> None:
    offices = {"broken": {"mails": {"task_faild": {"to": "standard"}}}, "sound": {}}
    book = write_book(
        tmp_path / "book", mails={"task_failed": {"title": texts("title"), "to": "standard"}}, offices=offices
    )
    facts = [
        with_facts(event__type="task_failed", office__id=office) for office in ("sound", "broken", "sound", "broken")
    ]
    printed = decided(b"\n".join(map(written, facts)), tmp_path, "--rules", str(book))
    wrong = at_fault(
        "office.id", "an office whose rules are in order", "offices/broken.yaml:4: no event is called `task_faild`"
    )
    assert printed[1] == {"error": wrong, "line": 2}
    assert [one.get("outcome") for one in printed] == ["send", None, "send", None]


@pytest.mark.parametrize(
    ("data", "starts"),
    [
        (GOOD, IN_FULL),
        (b"\n\n" + GOOD + b"\n\n", IN_FULL),
        (json.dumps(FACTS, indent=2).encode(), IN_FULL),
        (b"\xef\xbb\xbf" + json.dumps(FACTS, indent="\t").encode(), IN_FULL),
        (b"\n{\n" + GOOD[1:], IN_FULL),
        (b'{"event":\n{"type": "task_failed"},\n"office":' + written(FACTS["office"]) + b"}", "send  task_failed"),
        (GOOD + b"\n" + GOOD, SENT),
        (GOOD + b"\n\n\n{}", SENT),
        (b"{}\n" + GOOD, "1: error: `office.id`: wanted a string, found nothing\n2: send"),
        (b"{\n" + GOOD, "1: error: the facts: wanted a JSON object, found broken JSON: "),
        (b'{\n"event": 1,\n"office"\n}', "1: error: the facts: wanted a JSON object, found broken JSON: expecting ':'"),
        (b"{", "1: error: the facts: wanted a JSON object, found broken JSON: "),
        (b'{"a": NaN}', "1: error: the facts: wanted a JSON object, found broken JSON: `NaN`"),
    ],
    ids=range(13),
)  # fmt: skip
def test_a_stream_is_one_document_or_lines(data: bytes, starts: str) -> None:
    ran = courrier("decide", "-", stdin=data)
    assert ran.out.startswith(starts)
    assert ran.code == int("error" in ran.out)


def test_a_broken_document_is_one_error_that_says_where() -> None:
    found = "broken JSON: expecting ':' delimiter at line 4, column 1"
    ran = courrier("decide", "-", "--format", "json", stdin=b'{\n  "event": 1,\n  "office"\n}\n')
    assert (json.loads(ran.out), ran.code) == ({"error": broken(found), "line": 1}, 1)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "broken JSON: expecting value at column 1"),
        (b'{"a": }', "broken JSON: expecting value at column 7"),
        (b"{}\n{}\n", "more than one JSON value, the second at line 2, column 1: lines of JSON go into a .jsonl file"),
    ],
)
def test_a_file_called_json_is_one_document(data: bytes, found: str, tmp_path: Path) -> None:
    path = tmp_path / "facts.json"
    path.write_bytes(data)
    ran = courrier("explain", path, "--format", "json")
    assert (json.loads(ran.out), ran.code, ran.err) == ({"error": broken(found), "line": 1}, 1, "")


def test_broken_yaml_is_shown_in_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("facts.yml").write_text("event: {type: *task}\n", encoding="utf-8")
    code, out, err = courrier("decide", "facts.yml")
    assert (code, out) == (2, "")
    assert err.startswith("error[alias]: `*task` is an alias, and aliases are not read\n  --> facts.yml:1:15\n")


def test_yaml_may_hold_several_documents(tmp_path: Path) -> None:
    path = tmp_path / "facts.yaml"
    path.write_bytes(b"---\n%s\n---\nevent: {}\n---\n[1]\n---\n%s\n" % (GOOD, GOOD))
    code, out, err = courrier("decide", path)
    in_full, *_ = out.partition("\n\n")
    assert (code, err) == (1, "")
    assert in_full.startswith(IN_FULL)
    assert out.split("\n\n")[1:] == [
        "4: error: `office.id`: wanted a string, found nothing",
        "6: error: the facts: wanted an object, found a list",
        in_full + "\n",
    ]


def test_an_object_may_be_missing_or_something_else(tmp_path: Path) -> None:
    """The dossier is shown where it has an id, and where no rule looks at it, it may be anything."""
    book = write_book(tmp_path / "book", mails={"task_failed": {"title": texts("title"), "to": "standard"}})
    for dossier in (None, {}, {"id": 5}, "x"):
        facts = written(with_facts(event__type="task_failed", dossier=dossier))
        assert courrier("decide", "-", "--rules", book, stdin=facts).out.startswith("send  task_failed  dupont\n")


@pytest.mark.parametrize("name", ["FACTS.JSONL", "facts.ndjson", "facts.Json", "facts.yaml"])
def test_the_name_says_what_a_file_holds(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(GOOD)
    assert courrier("decide", path).code == 0


def hostile_book(folder: Path) -> Path:
    return write_book(
        folder,
        cascades={
            "standard": [
                {"rule": "manager", "when": {"has": "dossier.manager"}, "address": "dossier.manager.email"},
                {"rule": "office", "address": "office.communication_email"},
            ]
        },
        mails={
            "task_failed": {
                "title": texts("title"),
                "from": [{"rule": "any", "when": {"not": {"dossier.id": "x"}}, "cascade": "standard"}],
                "to": "standard",
                "refuse": ["held"],
            }
        },
        refusals={"held": refusal({"dossier.on_hold": True})},
        facts={"dossier": {"type": "object", "properties": {"on_hold": {"type": "boolean"}}}},
    )


@pytest.mark.parametrize("command", ["decide", "explain"])
@pytest.mark.parametrize("format", ["text", "json"])
@pytest.mark.parametrize("hostile", ["\x1b[31m", "\x07", "\x9b31m", "\u202e", "\u2066", "\u200b", "\ufeff", "\ud800"])
def test_nothing_hostile_reaches_a_terminal(command: str, format: str, hostile: str, tmp_path: Path) -> None:
    book = hostile_book(tmp_path / "book")
    facts = [
        with_facts(event={"type": "task_failed", "description": hostile}, dossier__id=hostile, dossier__on_hold=False),
        with_facts(event__type="task_failed", dossier__manager__email=f"a{hostile}@b.be", dossier__on_hold=True),
        with_facts(event__type=f"task_failed{hostile}"),
        with_facts(office__id=hostile),
    ]
    for stdin in (b"\n".join(map(written, facts)), *map(written, facts)):
        ran = courrier(command, "-", "--format", format, "--rules", book, stdin=stdin)
        assert hostile not in ran.out + ran.err


def test_json_with_what_a_terminal_obeys_is_escaped_and_else_readable(tmp_path: Path) -> None:
    path = tmp_path / "facts.json"
    for name, shown in (("Zoé", "Zoé"), ("Zo\u00e9\u00a0Z", "Zo\\u00e9\\u00a0Z")):
        path.write_bytes(written(with_facts(dossier__manager__name=name)))
        out = courrier("decide", path, "--format", "json").out
        assert f'"name": "{shown}"' in out
        assert json.loads(out)["from"]["name"] == name


def test_texts_of_several_lines_are_wrapped_anew() -> None:
    facts = with_facts(event={"type": "task_failed", "description": "one\ntwo\n\n\tthree\n"})
    assert courrier("decide", "-", stdin=written(facts)).out.splitlines()[1] == "  one two three"


@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        ([], "Prenez une autre adresse."),
        (["--lang", "nl-BE"], "Neem een ander adres."),
        (["--lang", "xx"], "Take another address."),
        (["--lang", ""], "Prenez une autre adresse."),
    ],
)
def test_the_language_asked_for_goes_before_the_users(options: list[str], remedy: str) -> None:
    facts = GOLDEN / "facts" / "refused.yaml"
    out = courrier("decide", facts, "--rules", GOLDEN / "rules", "--format", "json", *options).out
    assert json.loads(out)["refusals"][1]["remedy"] == remedy
