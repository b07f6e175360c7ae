"""`courrier test`: the rule book's own cases, and which rules and situations they leave out."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import click

from courrier.cases import Case, Mismatch, Result, exercised, load_cases, offices_without_case, to_exercise, try_case
from courrier.cli.covered import counted, rules_covered, situations_covered, too_few
from courrier.cli.fmt import replace_file
from courrier.cli.options import rules_argument
from courrier.coverage import coverage
from courrier.decision import Decision
from courrier.diagnostics import Report, printable
from courrier.expectations import with_expectations
from courrier.facts import FactsError
from courrier.router import Router

ALL_PASS, SOME_FAIL = 0, 1

_MOST_OFFICES = 5


@click.command(
    short_help="Try a rule book on its own cases.", epilog="Example: courrier test my-rules --junit report.xml"
)
@rules_argument
@click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="Write the results as JUnit XML too.")
@click.option(
    "--coverage-min",
    type=click.IntRange(0, 100),
    metavar="PERCENT",
    help="Exit with 1 also when fewer of the rules, or of the situations, are exercised.",
)
@click.option("--update", is_flag=True, help="Write what comes out into the cases that expect nothing yet, for review.")
def test(rules: Path, junit: Path | None, coverage_min: int | None, update: bool) -> int:
    """Try the rule book in the folder RULES on its cases, and name the rules and situations that no case exercises.

    For each such situation there is a case to paste, which --update completes.

    Without RULES it is the folder that COURRIER_RULES names, else the shipped rule book.

    With --update a case may lack `expect`, or have an empty one. What another case expects stays as it is.

    Exits with 0 when all cases pass, with 1 when some fail.
    """
    router = Router.load(rules)
    if update:
        _update(rules, router)
    cases = _loaded(rules)
    if not cases:
        raise click.ClickException(f"`{rules}` has no cases; write some into `{rules / 'cases'}`")
    results = [try_case(router, case) for case in cases]
    if junit:
        _write(junit, _junit(results))
    to_try = to_exercise(router, results)
    left_out = {id: span for id, span in to_try.items() if id not in exercised(results)}
    decided: list[Any] = [result.case.facts for result in results if result.decision]
    covered = coverage(router, decided)
    counts = {"rules": (len(to_try) - len(left_out), len(to_try)), "situations": counted(covered)}
    missing = [*too_few(counts, coverage_min or 0)]
    for line in itertools.chain(
        _cases(results),
        [""],
        rules_covered(len(to_try), left_out),
        _without_case(offices_without_case(rules, results)),
        situations_covered(covered),
        [_count(results)],
        missing,
    ):
        click.echo(line)
    return SOME_FAIL if missing or any(result.mismatches for result in results) else ALL_PASS


def _loaded(rules: Path, *, may_be_open: bool = False) -> Sequence[Case]:
    report = Report()
    cases = load_cases(rules, report, may_be_open=may_be_open)
    report.raise_errors()
    return cases


def _update(rules: Path, router: Router) -> None:
    """Write what comes out into the cases that expect nothing yet, once something has of each, and name them."""
    updated = [case for case in _loaded(rules, may_be_open=True) if not case.expect]
    decided = {case.span: _decision(router, case) for case in updated}
    texts = {}
    for file in dict.fromkeys(span.file for span in decided):
        try:
            texts[file] = with_expectations((rules / file).read_bytes(), file, decided)
        except ValueError as error:
            message = f"`{file}` cannot be added to without a change of what it says; write `expect` by hand"
            raise click.ClickException(message) from error
    for file, text in texts.items():
        replace_file(rules / file, text)
    click.echo("wrote what comes out, to be reviewed:" if updated else "no case lacks what it expects")
    for case in updated:
        click.echo(f"  {printable(case.title)} ({printable(case.span.at)})")
    click.echo()


def _decision(router: Router, case: Case) -> Decision:
    facts: Any = case.facts
    try:
        return router.decide(facts)
    except FactsError as error:
        message = f"nothing comes out of the case `{case.title}` ({case.span.at}): {error}"
        raise click.ClickException(message) from error


def _cases(results: Sequence[Result]) -> Iterator[str]:
    """Yield the cases, file by file, and where one fails what it expected and got side by side."""
    for file, of_file in itertools.groupby(results, lambda result: result.case.span.file):
        yield click.style(printable(file), bold=True)
        for result in of_file:
            title = printable(result.case.title)
            if result.mismatches:
                yield f"  {click.style('✗', fg='red')} {title} ({printable(result.case.span.at)})"
                yield from _side_by_side(result.mismatches)
            else:
                yield f"  {click.style('✓', fg='green')} {title}"


def _side_by_side(mismatches: Sequence[Mismatch]) -> Iterator[str]:
    rows = [("", "expected", "got"), *((wrong.point, wrong.expected, wrong.got) for wrong in mismatches)]
    rows = [(point, printable(expected), printable(got)) for point, expected, got in rows]
    points, expectations = max(len(row[0]) for row in rows), max(len(row[1]) for row in rows)
    for point, expected, got in rows:
        yield f"      {point:<{points}}  {expected:<{expectations}}  {got}"


def _without_case(offices: Sequence[str]) -> Iterator[str]:
    if offices:
        more = f" and {len(offices) - _MOST_OFFICES} more" if len(offices) > _MOST_OFFICES else ""
        yield f"  offices without a case: {', '.join(offices[:_MOST_OFFICES])}{more}"


def _count(results: Sequence[Result]) -> str:
    failed = sum(bool(result.mismatches) for result in results)
    return f"{len(results) - failed} passed, {failed} failed"


def _junit(results: Sequence[Result]) -> str:
    """Return the results as JUnit XML, which CI systems read."""
    failures = sum(bool(result.mismatches) for result in results)
    counts = {"tests": str(len(results)), "failures": str(failures), "errors": "0", "skipped": "0"}
    suite = ET.Element("testsuite", {"name": "courrier", **counts})
    for result in results:
        span = result.case.span
        place = {"classname": printable(span.file), "file": printable(span.file), "line": str(span.line)}
        case = ET.SubElement(suite, "testcase", {"name": printable(result.case.title), **place})
        if result.mismatches:
            wrongs = [
                printable(f"{wrong.point}: expected {wrong.expected}, got {wrong.got}") for wrong in result.mismatches
            ]
            failure = ET.SubElement(case, "failure", {"message": wrongs[0]})
            failure.text = "\n".join(wrongs)
    ET.indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suite, encoding="unicode") + "\n"


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"`{path}` cannot be written: {str(error.strerror).lower()}") from error
