"""The command line as a process: pipes, terminals, signals, locales, memory."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from books import FACTS, with_facts
from commands import COMMAND, GOLDEN, LONGEST_WAIT, NOT_ASKED_FOR, watched

GOOD = json.dumps(FACTS).encode() + b"\n"
WELCOME = GOLDEN / "facts" / "welcome.json"
ESCAPE = b"\x1b["
INTERRUPTIBLE = f"import signal; signal.signal(signal.SIGINT, signal.default_int_handler); {COMMAND[-1]}"
"""The command as a process that hears interrupts: what a shell starts in the background inherits that it does not."""


def environment(**variables: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in NOT_ASKED_FOR} | variables


def started(*arguments: str | Path) -> AbstractContextManager[subprocess.Popen[bytes]]:
    pipe, command = subprocess.PIPE, (*COMMAND[:-1], INTERRUPTIBLE, *arguments)
    return watched(subprocess.Popen(command, env=environment(), stdin=pipe, stdout=pipe, stderr=pipe))


def in_a_shell(command: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command line in which `courrier` stands for the command."""
    script = f'courrier() {{ "$PYTHON" -c "$CODE" "$@"; }}\n{command}'
    python = {"PYTHON": sys.executable, "CODE": COMMAND[-1], "FACTS": str(WELCOME)}
    described = environment(**python, **variables)
    return subprocess.run(
        ["/bin/bash", "-c", script], env=described, capture_output=True, check=False, timeout=LONGEST_WAIT
    )


@pytest.fixture
def many_lines(tmp_path: Path) -> Path:
    path = tmp_path / "many.jsonl"
    path.write_bytes(GOOD * 5_000)
    return path


def shown_in_a_terminal(*arguments: str | Path, stdout: int | None = None, **variables: str) -> bytes:
    """Return what a person sees in a terminal that standard error, and unless told otherwise output, go to."""
    ours, theirs = pty.openpty()
    command, described = [*COMMAND, *arguments], environment(**variables)
    process = subprocess.Popen(command, env=described, stdin=subprocess.DEVNULL, stdout=stdout or theirs, stderr=theirs)
    with watched(process):
        os.close(theirs)
        seen = b"".join(read_all(ours))
    os.close(ours)
    return seen


def read_all(terminal: int) -> Iterator[bytes]:
    """Yield what is written to a terminal, until nobody has it open any more."""
    while True:
        try:
            yield os.read(terminal, 65_536)
        except OSError:
            return


def test_a_reader_may_stop_reading(many_lines: Path) -> None:
    ran = in_a_shell(f"courrier decide '{many_lines}' --format json | head -1")
    assert ran.stderr == b""
    assert ran.stdout.count(b"\n") == 1


@pytest.mark.parametrize("command", ["decide $FACTS", "explain $FACTS", "check", "test", "--help"])
def test_a_reader_may_read_nothing(command: str) -> None:
    assert in_a_shell(f"courrier {command} | true").stderr == b""


def test_a_full_disk_is_one_line() -> None:
    ran = in_a_shell("courrier decide $FACTS > /dev/full")
    assert (ran.returncode, ran.stderr) == (2, b"error: reading or writing failed: no space left on device\n")


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("courrier decide $FACTS >&-", 0),
        ("courrier decide $FACTS --format json >&- 2>&-", 0),
        ("courrier decide - <&-", 0),
        ("courrier decide nowhere.json 2>&-", 2),
    ],
)
def test_streams_may_be_closed(command: str, code: int) -> None:
    ran = in_a_shell(command)
    assert (ran.returncode, ran.stdout, ran.stderr) == (code, b"", b"")


@pytest.mark.parametrize(
    "locale", [{"LC_ALL": "C"}, {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]
)
@pytest.mark.parametrize("format", ["text", "json"])
def test_output_is_utf8_whatever_the_locale(locale: dict[str, str], format: str, tmp_path: Path) -> None:
    path = tmp_path / "façade.json"
    path.write_text(json.dumps(with_facts(dossier__manager__name="Zoé Ƃ")), encoding="utf-8")
    ran = in_a_shell(f"courrier decide '{path}' --format {format}", **locale)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert "Zoé Ƃ" in ran.stdout.decode()


def test_an_interrupt_ends_it_with_130() -> None:
    with started("decide", "-") as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(GOOD * 2)
        process.stdin.flush()
        assert process.stdout.readline().startswith(b"1: send")
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
        assert process.stderr
        assert process.stderr.read() == b"\n"


def test_each_answer_comes_before_the_next_facts() -> None:
    with started("decide", "-", "--format", "json") as process:
        assert process.stdin
        assert process.stdout
        for line in (GOOD, b"{}\n", GOOD):
            process.stdin.write(line)
            process.stdin.flush()
            assert ("error" in json.loads(process.stdout.readline())) == (line == b"{}\n")


def test_colours_are_for_terminals() -> None:
    assert ESCAPE in shown_in_a_terminal("decide", WELCOME)
    assert ESCAPE not in shown_in_a_terminal("decide", WELCOME, NO_COLOR="1")
    assert ESCAPE not in in_a_shell("courrier decide $FACTS").stdout


def test_progress_is_for_who_looks_on_and_waits(many_lines: Path) -> None:
    seen = shown_in_a_terminal("decide", many_lines, "--format", "json", stdout=subprocess.DEVNULL)
    assert b"100%" in seen
    assert re.search(rb"\n5,000 lines, [\d,]+ a second\r\n$", seen)
    assert b"100%" not in shown_in_a_terminal("decide", many_lines)
    assert in_a_shell(f"courrier decide '{many_lines}'").stderr == b""


@pytest.mark.parametrize("offices", [10, 200])
def test_checking_many_offices_shows_progress(offices: int, tmp_path: Path) -> None:
    book = tmp_path / "book"
    subprocess.run([*COMMAND, "init", book], check=True, capture_output=True, timeout=LONGEST_WAIT)
    for number in range(offices):
        (book / "offices" / f"o{number}.yaml").write_text(f"office: o{number}\n", encoding="utf-8")
    assert (b"checking offices" in shown_in_a_terminal("check", book)) == (offices > 100)


def test_memory_is_flat(tmp_path: Path) -> None:
    """Of the 23 MB that go in and the 10 MB that come out, nothing stays."""
    measure = "sys.stderr.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))"
    (tmp_path / "measured.py").write_text(
        f"import atexit, resource, sys\natexit.register(lambda: {measure})\n{COMMAND[-1]}"
    )
    line = json.dumps(with_facts(dossier__id="x" * 1_000))
    used = []
    for count in (100, 15_000):
        lines = f"yes '{line}' | head -{count}"
        ran = in_a_shell(f"{lines} | \"$PYTHON\" '{tmp_path}/measured.py' decide - --format json")
        assert ran.stdout.count(b"\n") == count
        used.append(int(ran.stderr))
    assert used[1] - used[0] < 8_000  # KiB
