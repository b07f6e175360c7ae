"""Check a rule book as a whole: the platform's rules, each office's own, and the cases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from courrier.build import load_office, load_platform, office_ids
from courrier.cases import load_cases
from courrier.diagnostics import Diagnostic, Report, in_reading_order

EachOffice = Callable[[Sequence[str]], Iterable[str]]
"""Goes through the ids of offices, and shows somebody how far it is."""


def check_book(root: Path, each_office: EachOffice = iter) -> tuple[Diagnostic, ...]:
    """Return everything that is wrong in the rule book of a folder, in reading order.

    A router that is loaded looks at the platform's rules alone, and at an office's when it is first asked about the
    office; this looks at all of them.

    Args:
        root: the rule book's folder.
        each_office: goes through the offices; whoever wants to show progress does it there.
    """
    report = Report()
    platform = load_platform(root, report)
    for office in each_office(office_ids(root, report)):
        load_office(root, office, platform, report)
    load_cases(root, report)
    return in_reading_order(report.diagnostics)
