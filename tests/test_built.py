"""A rule book in one file: it decides as its folder does, and is refused where it is not what was built."""

import gc
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any

import generated
import pytest
from books import FACTS, write_book
from courrier import FactsError, Router, RulesError, resources
from courrier.built import MAJOR, Built, write
from courrier.checking import build_book
from hypothesis import given, note, settings
from hypothesis import strategies as st

BOOKS = int(os.environ.get("COURRIER_EXAMPLES", "10"))
FACTS_A_BOOK = 40
OFFICES = ["cabinet-lambert", *(f"o{number}" for number in range(40)), "a", "a-b", "a0", "z" * 63]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped rules with more offices, of which each chooses somebody else."""
    folder = tmp_path_factory.mktemp("folder") / "rules"
    shutil.copytree(resources.rules(), folder)
    for office in OFFICES[1:]:
        text = f"office: {office}\nmails:\n  task_failed:\n    to: {{collaborators: [{office}@x.be]}}\n"
        (folder / "offices" / f"{office}.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def built(folder: Path) -> Path:
    build_book(folder, folder.parent / "rules.courrier")
    return folder.parent / "rules.courrier"


def answer(router: Router, facts: Mapping[str, Any]) -> Any:
    try:
        return router.explain(facts).to_dict()
    except FactsError as error:
        return error.to_dict()


@settings(max_examples=BOOKS, report_multiple_bugs=False)
@given(generated.books(), st.integers(0, 2**32))
def test_decisions_are_those_of_the_folder(book: generated.Book, seed: int) -> None:
    random = Random(seed)  # noqa: S311
    with tempfile.TemporaryDirectory() as name:
        folder = write_book(
            Path(name),
            cascades=book.cascades,
            mails=book.mails,
            refusals=book.refusals,
            offices={generated.OFFICE: {"mails": book.own, "cascades": book.order}},
            facts=generated.own_schema(),
        )
        build_book(folder, folder / "it")
        from_folder, from_file = Router.load(folder), Router.load(folder / "it")
        for office in (None, "o2", generated.OFFICE):
            assert from_file.book(office) == from_folder.book(office)
        for _ in range(FACTS_A_BOOK):
            facts = generated.facts(random)
            expected, got = answer(from_folder, facts), answer(from_file, facts)
            if got != expected:
                note(f"facts: {facts}")
                assert got == expected


def test_every_office_is_found_and_no_other(folder: Path, built: Path) -> None:
    from_folder, from_file = Router.load(folder), Router.load(built)
    for office in [*OFFICES, "0", "a-", "a-a", "a-bb", "o", "o4x", "zz"]:
        assert from_file.book(office) == from_folder.book(office)
    assert from_file.book("zz") is from_file.book()
    assert Router.load(built).book("o7") == from_folder.book("o7")


def test_a_book_without_offices(tmp_path: Path) -> None:
    router = Router.standard()
    write([("", router.book())], tmp_path / "it")
    assert Router.load(tmp_path / "it").book("cabinet-lambert") == router.book()


def test_the_same_book_makes_the_same_file(folder: Path, built: Path, tmp_path: Path) -> None:
    digest = build_book(folder, tmp_path / "it")
    assert (tmp_path / "it").read_bytes() == built.read_bytes()
    assert digest.encode() in built.read_bytes().partition(b"\n")[0]


def test_what_is_wrong_is_said_and_nothing_is_written(folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(folder, broken)
    (broken / "offices" / "a.yaml").write_text("office: b\n", encoding="utf-8")
    (broken / "mails.yaml").write_text("mails: {}\n", encoding="utf-8")
    output = tmp_path / "out" / "it"
    output.parent.mkdir()
    output.write_text("what was there", encoding="utf-8")
    with pytest.raises(RulesError) as raised:
        build_book(broken, output)
    assert {found.code for found in raised.value.diagnostics} >= {"office-name", "empty-value", "unknown-event"}
    assert [path.name for path in output.parent.iterdir()] == ["it"]
    assert output.read_text(encoding="utf-8") == "what was there"


def test_a_book_that_changes_meanwhile_is_not_built(folder: Path, tmp_path: Path) -> None:
    book = tmp_path / "rules"
    shutil.copytree(folder, book)

    def each_office(offices: Any) -> Any:
        yield from offices
        (book / "mails.yaml").write_text((book / "mails.yaml").read_text("utf-8") + "#\n", encoding="utf-8")

    with pytest.raises(RulesError, match=f"`{book}` changed while it was read"):
        build_book(book, tmp_path / "it", each_office)
    assert not (tmp_path / "it").exists()


# What is refused


NONE, ALTERED = "is no rule book that `courrier build` made", "was altered after it was built"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(lambda data: b"", NONE, id="nothing"),
        pytest.param(lambda data: b"mails:\n", NONE, id="yaml"),
        pytest.param(lambda data: data[:50], NONE, id="half a line"),
        pytest.param(lambda data: b"\xef\xbb\xbf" + data, NONE, id="a mark before it"),
        pytest.param(lambda data: data.replace(b"\n", b"\r\n"), NONE, id="other ends of lines"),
        pytest.param(lambda data: data[:-1], ALTERED, id="a byte less"),
        pytest.param(lambda data: data + b"\n", ALTERED, id="a byte more"),
        pytest.param(lambda data: data.partition(b"\n")[0] + b"\n", ALTERED, id="one line"),
        pytest.param(lambda data: data.replace(b"o7@x.be", b"o8@x.be"), ALTERED, id="another address"),
        pytest.param(
            lambda data: data.replace(b"courrier 0", b"courrier 7"),
            "was built by Courrier 7, and this is Courrier 0",
            id="another version",
        ),
    ],
)
def test_what_is_not_what_was_built_is_refused(
    change: Callable[[bytes], bytes], message: str, built: Path, tmp_path: Path
) -> None:
    path = tmp_path / "it"
    path.write_bytes(change(built.read_bytes()))
    with pytest.raises(RulesError) as raised:
        Router.load(path)
    (found,) = raised.value.diagnostics
    assert found.message == f"`{path}` {message}"


def test_no_byte_can_be_changed(built: Path, tmp_path: Path) -> None:
    data, path = built.read_bytes(), tmp_path / "it"
    random = Random(1)  # noqa: S311
    for position in [*range(90), *(random.randrange(len(data)) for _ in range(300))]:
        path.write_bytes(data[:position] + bytes([data[position] ^ 1 << random.randrange(8)]) + data[position + 1 :])
        with pytest.raises(RulesError):
            Router.load(path)


def test_the_major_version_is_that_of_the_project() -> None:
    project = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    assert f'\nversion = "{MAJOR}.' in project


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo, lambda path: None], ids=["folder", "pipe", "nothing"])
def test_only_files_are_read(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / "it")
    with pytest.raises(RulesError):
        Built(tmp_path / "it")


# What is signed rightly, and means nothing


def signed(lines: list[str]) -> bytes:
    body = "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")
    return f"courrier {MAJOR} sha256:{hashlib.sha256(body).hexdigest()}\n".encode() + body


def book_with(built: Path, change: Callable[[Any], object]) -> list[str]:
    line = built.read_text(encoding="utf-8").split("\n")[1]
    book = json.loads(line)
    facts, cascades, mails, refusals, _ = book["RuleBook"]
    change({"facts": facts, "cascades": cascades, "mails": mails, "refusals": refusals})
    return [f" {json.dumps(book)}"]


def standard(book: Any) -> Any:
    """Return the fields of the first rule of the standard cascade."""
    return book["cascades"]["standard"]["Cascade"][1][0]["Rule"]


def with_outcome(outcome: Any) -> Any:
    return pytest.param(lambda book: standard(book).__setitem__(3, outcome), id=str(outcome))


def with_test(*fields: Any) -> Any:
    return pytest.param(lambda book: standard(book).__setitem__(2, {"Test": [*fields]}), id=str(fields))


TEXT, NUMBER, FLAG = ({"Fact": ["user.it", kind, "text"]} for kind in ("string", "number", "boolean"))
TAGS, BOX = ({"Fact": ["user.it", kind, "text"]} for kind in ("strings", "object"))


@pytest.mark.parametrize(
    "change",
    [
        with_outcome({"ToCascade": ["nowhere"]}),
        with_outcome({"ToCascade": ["standard"]}),
        with_outcome({"AddressOf": [NUMBER, None]}),
        with_outcome({"AddressOf": [TEXT, BOX]}),
        pytest.param(lambda book: book["cascades"]["standard"]["Cascade"][1].pop(), id="no last resort"),
        pytest.param(
            lambda book: book["refusals"]["sender-not-prepared"]["Refusal"][2].pop("en"), id="no message in English"
        ),
        with_test(TEXT, "in", []),
        with_test(TEXT, "above", ["a"]),
        with_test(TEXT, "matches", ["("]),
        with_test(TEXT, "in", ["a", 1]),
        with_test(TEXT, "in", NUMBER),
        with_test(NUMBER, "above", ["a"]),
        with_test(NUMBER, "above", [True]),
        with_test(NUMBER, "above", [float("nan")]),
        with_test(NUMBER, "above", [float("inf")]),
        with_test(FLAG, "in", [1]),
        with_test(TAGS, "contains", NUMBER),
        with_test(BOX, "in", ["a"]),
    ],
)
def test_rules_that_mean_nothing_are_refused(change: Callable[[Any], object], built: Path, tmp_path: Path) -> None:
    (tmp_path / "it").write_bytes(signed(book_with(built, change)))
    with pytest.raises(RulesError, match=NONE):
        Router.load(tmp_path / "it").decide(FACTS)


@pytest.mark.parametrize(
    "change",
    [
        with_test(TEXT, "matches", ["a+"]),
        with_test(TEXT, "not_in", TAGS),
        with_test(NUMBER, "above", [1]),
        with_test(NUMBER, "in", [1, 1.5]),
        with_test(FLAG, "in", [True]),
        with_test(TAGS, "contains", TEXT),
    ],
)
def test_rules_that_mean_something_are_taken(change: Callable[[Any], object], built: Path, tmp_path: Path) -> None:
    (tmp_path / "it").write_bytes(signed(book_with(built, change)))
    assert Router.load(tmp_path / "it").book().cascades["standard"].rules[0].when is not None


@pytest.mark.parametrize(
    "line",
    [
        "",
        " ",
        " null",
        " {}",
        ' {"RuleBook": []}',
        " [" * 100_000,
        " " + "9" * 10_000,
        ' "\udcff"',
        ' {"RuleBook": [{}, {}, {}, {}, NaN]}',
    ],
    ids=lambda line: line[:20],
)
def test_lines_that_are_none_are_refused(line: str, tmp_path: Path) -> None:
    (tmp_path / "it").write_bytes(signed([line]))
    with pytest.raises(RulesError, match=NONE):
        Router.load(tmp_path / "it").decide(FACTS)


def test_choices_about_unknown_mails_are_passed_over(built: Path, tmp_path: Path) -> None:
    lines = built.read_text(encoding="utf-8").split("\n")
    (office,) = [line for line in lines if line.startswith("o7 ")]
    (tmp_path / "it").write_bytes(signed([lines[1], office.replace('"task_failed":', '"nothing":', 1)]))
    router = Router.load(tmp_path / "it")
    assert router.book("o7").mails == router.book().mails


# While it is in use


def test_another_file_in_its_place_is_no_matter(built: Path, tmp_path: Path) -> None:
    path, other = tmp_path / "it", tmp_path / "other"
    shutil.copy(built, path)
    router = Router.load(path)
    other.write_text("something else", encoding="utf-8")
    other.replace(path)
    assert router.book("o7").digest == Router.load(built).book("o7").digest


@pytest.mark.parametrize(
    "change",
    [lambda data: data.replace(b"o7@", b"o8@"), lambda data: data[:200], lambda data: b""],
    ids=["other words", "half", "nothing"],
)
def test_a_file_that_is_written_over_is_not_read_any_more(
    change: Callable[[bytes], bytes], built: Path, tmp_path: Path
) -> None:
    path = tmp_path / "it"
    shutil.copy(built, path)
    os.utime(path, (1, 1))
    router = Router.load(path)
    path.write_bytes(change(path.read_bytes()))
    for _ in range(2):
        with pytest.raises(RulesError, match="was altered while it was in use"):
            router.book("o7")


def test_what_is_the_same_is_kept(folder: Path, tmp_path: Path) -> None:
    path, changed = tmp_path / "it", tmp_path / "rules"
    shutil.copytree(folder, changed)
    build_book(changed, path)
    router = Router.load(path)
    before = [router.book(office) for office in (None, "o7", "o8")]
    office = changed / "offices" / "o8.yaml"
    office.write_text(office.read_text(encoding="utf-8").replace("o8@", "o9@"), encoding="utf-8")
    build_book(changed, path)
    assert list(router.changes()) == [str(path)]
    router.reload()
    after = [router.book(office) for office in (None, "o7", "o8")]
    assert [one is other for one, other in zip(before, after, strict=True)] == [True, True, False]
    assert router.changes() == {}


def test_no_descriptor_is_left_open(built: Path) -> None:
    gc.collect()
    open_before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for _ in range(20):
        Router.load(built).book("o7")
    router = Router.load(built)
    for _ in range(20):
        router.reload()
    del router
    assert len(os.listdir("/proc/self/fd")) == open_before  # noqa: PTH208
