"""Check a rule book as a whole: the platform's rules, each office's own, and the cases; build one file of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from courrier import built
from courrier.build import load_office, load_platform, office_ids
from courrier.cases import load_cases
from courrier.diagnostics import MOST_DIAGNOSTICS, Diagnostic, Report, in_reading_order
from courrier.facts import read_text
from courrier.folder import fault, stamps
from courrier.model import RuleBook
from courrier.proof.proving import MOST_STEPS_IN_ALL, Proving

EachOffice = Callable[[Sequence[str]], Iterable[str]]
"""Goes through the ids of offices, and shows somebody how far it is."""


def check_book(
    root: Path,
    each_office: EachOffice = iter,
    directories: Iterable[Mapping[str, object]] = (),
    most_steps: int = MOST_STEPS_IN_ALL,
) -> tuple[Diagnostic, ...]:
    """Return everything that is wrong in the rule book of a folder, in reading order.

    A router that is loaded looks at the platform's rules alone, and at an office's when it is first asked about the
    office; this looks at all of them. Where nothing is wrong with them, it goes on to prove what they can mean.

    Args:
        root: the rule book's folder.
        each_office: goes through the offices; whoever wants to show progress does it there.
        directories: facts of offices, against whose collaborators the names in the offices' rules are held.
        most_steps: what may be spent on proof: some 200,000 steps are a second.

    Raises:
        FactsError: such facts are at fault.
    """
    report = Report()
    found: list[Diagnostic] = []
    proving: Proving | None = None
    known = {read_text(facts, "office.id"): facts for facts in directories}
    left_out: set[str] = set()

    def each_noted(offices: Sequence[str]) -> Iterable[str]:
        left_out.update(offices)
        return each_office(offices)

    for office, book in _books(root, report, each_noted):
        left_out.discard(office)
        if not report.diagnostics and len(found) < MOST_DIAGNOSTICS:
            proving = proving or Proving(root, book, most_steps)
            found += proving.office(office, book, known.get(office)) if office else proving.platform()
    if report.diagnostics or proving is None:
        return in_reading_order(report.diagnostics)
    if not left_out:
        found += proving.unused()
    return in_reading_order(found[:MOST_DIAGNOSTICS])


def build_book(root: Path, output: Path, each_office: EachOffice = iter) -> str:
    """Write the rule book of a folder into one file, and return the digest of what it holds.

    Args:
        root: the rule book's folder.
        output: the file; one that is there is replaced.
        each_office: goes through the offices; whoever wants to show progress does it there.

    Raises:
        RulesError: something is wrong with the rule book; `diagnostics` holds all of it, and nothing is written.
        OSError: the file cannot be written.
    """

    def books() -> Iterator[tuple[str, RuleBook]]:
        report, before = Report(), stamps(root)
        yield from _books(root, report, each_office)
        report.raise_errors()
        if stamps(root) != before:
            raise fault("unreadable-file", str(root), f"`{root}` changed while it was read", "build it again")

    return built.write(books(), output)


def _books(root: Path, report: Report, each_office: EachOffice) -> Iterator[tuple[str, RuleBook]]:
    """Yield the platform's rules under an empty id, then each office's; report what is wrong, also in the cases."""
    platform = load_platform(root, report)
    yield "", platform
    for office in each_office(sorted(office_ids(root, report))):
        yield office, load_office(root, office, platform, report)
    load_cases(root, report)
