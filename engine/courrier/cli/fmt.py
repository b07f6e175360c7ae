"""`courrier fmt`: every rule file in the one style."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

from courrier.build import load_office, load_platform, office_ids
from courrier.cases import load_cases
from courrier.cli.check import with_progress
from courrier.cli.options import rules_argument
from courrier.diagnostics import Report, printable
from courrier.document import parse, read
from courrier.formatting import formatted

AS_IT_SHOULD_BE, WOULD_CHANGE = 0, 1

_FILES = ("cascades.yaml", "mails.yaml", "refusals.yaml", "offices/[!.]*.yaml", "cases/[!.]*.yaml", "cases/[!.]*.yml")


@click.command(short_help="Write every rule file in the one style.", epilog="Example: courrier fmt my-rules --check")
@rules_argument
@click.option("--check", is_flag=True, help="Change nothing, and name the files that would change.")
def fmt(rules: Path, check: bool) -> int:
    """Write the rule files in the folder RULES in the one style: order of keys, quotes, indentation, length of lines.

    Comments stay with what they speak of, and the rules mean what they meant. A rule book in which something is wrong
    is left as it is.

    Without RULES it is the folder that COURRIER_RULES names, else the shipped rule book. With `--check` it exits with
    1 when a file would change.
    """
    _refuse_broken(rules)
    changes = {name: text for name, text in _formatted(rules) if text is not None}
    for name, text in changes.items():
        if not check:
            replace_file(rules / name, text)
        click.echo(f"{'would change' if check else 'changed'} {printable(name)}")
    shown = printable(str(rules))
    if not changes:
        click.echo(f"every file in `{shown}` is as it should be")
    return WOULD_CHANGE if check and changes else AS_IT_SHOULD_BE


def _refuse_broken(rules: Path) -> None:
    """Raise a `RulesError` with everything that is wrong in a rule book."""
    report = Report()
    platform = load_platform(rules, report)
    for office in with_progress(office_ids(rules, report)):
        load_office(rules, office, platform, report)
    load_cases(rules, report)
    report.raise_errors()


def _formatted(rules: Path) -> Iterator[tuple[str, str | None]]:
    """Yield the name of each rule file, and its text in the one style, unless that is the text it has."""
    report = Report()
    for path in (path for pattern in _FILES for path in sorted(rules.glob(pattern))):
        name = path.relative_to(rules).as_posix()
        data, node = read(path, name, report)
        if node is None:
            report.raise_errors()
        else:
            text = formatted(data.decode("utf-8-sig"), node)
            again = parse(text.encode(), name, report)
            if again is None or again.plain() != node.plain():
                raise click.ClickException(f"`{name}` cannot be formatted without a change of what it says")
            yield name, None if text.encode() == data else text


def replace_file(path: Path, text: str) -> None:
    """Write a file aside, then put it in the place of the one that is there; a link leads where it led."""
    path = path.resolve()
    aside = None
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", newline="\n", dir=path.parent, prefix=f".{path.name}-", delete=False
        ) as file:
            aside = file.name
            file.write(text)
        shutil.copymode(path, aside)
        os.replace(aside, path)  # noqa: PTH105
    except OSError as error:
        if aside:
            with contextlib.suppress(OSError):
                os.unlink(aside)  # noqa: PTH108
        raise click.ClickException(f"`{path}` cannot be written: {str(error.strerror).lower()}") from error
