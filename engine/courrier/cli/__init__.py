"""The command line: `courrier check`, `decide` and the others."""

from __future__ import annotations

import os
import re
import signal
import sys
from importlib import metadata

import click

from courrier.cli.build import build
from courrier.cli.check import check
from courrier.cli.decide import decide
from courrier.cli.diff import diff
from courrier.cli.explain import explain
from courrier.cli.fmt import fmt
from courrier.cli.graph import graph
from courrier.cli.init import init
from courrier.cli.lsp import lsp
from courrier.cli.prepared import prepared
from courrier.cli.replay import replay
from courrier.cli.table import table
from courrier.cli.test import test
from courrier.diagnostics import RulesError, printable
from courrier.rete import EngineError

WRONG_USAGE = 2
_INTERRUPTED = 130


def _print_version(context: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked:
        try:
            version = metadata.version("courrier")
        except metadata.PackageNotFoundError:
            version = "from a checkout that is not installed"
        click.echo(f"courrier {version}")
        context.exit()


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: courrier decide dossier.json --rules my-rules",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
def courrier() -> None:
    """Decide who an automatic e-mail comes from, who receives it, and whether it may leave.

    Every command exits with 2 for wrong usage, files that cannot be read and rules that cannot be used.
    """
    if os.environ.get("NO_COLOR"):
        click.get_current_context().color = False


for command in (check, decide, explain, test, table, diff, graph, init, fmt, build, replay, prepared, lsp):
    courrier.add_command(command)


def main() -> None:
    """Run the command line, and end the process with its exit code."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # so that `| head -1` ends it without a word
    for name in ("stdin", "stdout", "stderr"):
        # A service may have closed them; and no locale may keep a person's name from being written.
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r+"))  # noqa: PTH123, SIM115
        getattr(sys, name).reconfigure(encoding="utf-8", errors="replace")
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run a command and return its exit code: 2 for wrong usage, unreadable files and rules that cannot be used."""
    try:
        code = courrier.main(arguments, prog_name="courrier", standalone_mode=False)
        sys.stdout.flush()
        return code or 0
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "courrier"
        _complain(f"{_in_our_words(error.format_message())} (see `{command} --help`)")
    except click.ClickException as error:
        _complain(error.format_message())
    except RulesError as error:
        click.echo(str(error), err=True)
    except EngineError as error:
        _complain(str(error))
    except OSError as error:
        _complain(f"reading or writing failed: {str(error.strerror).lower()}")
        # What is still to be written would fail again when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except click.Abort:
        return _INTERRUPTED
    return WRONG_USAGE


def _complain(message: str) -> None:
    click.echo(f"error: {printable(message)}", err=True)


def _in_our_words(message: str) -> str:
    """Return a message of click's as all the others are: lower case, no full stop, back-quotes."""
    message = re.sub("'([^']*)'", r"`\1`", message).rstrip(".")
    return message[:1].lower() + message[1:]
