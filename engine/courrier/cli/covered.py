"""Show what the cases of a rule book exercise: its rules, and its situations, with a case for each that none does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from courrier.branches import Branch
from courrier.cli.show import label
from courrier.coverage import Coverage
from courrier.diagnostics import Span, printable
from courrier.expectations import proposal

_MOST_PROPOSED = 10
_MOST_DOUBTFUL = 5


def rules_covered(rules: int, left_out: Mapping[str, Span]) -> Iterator[str]:
    """Yield how many rules are exercised, and the others by their ids."""
    yield f"{rules - len(left_out)} of {rules} rules exercised"
    for id, span in left_out.items():
        yield f"  never exercised: {id} ({span.at})"


def situations_covered(covered: Coverage) -> Iterator[str]:
    """Yield how many situations are exercised, and cases that exercise others, which can be pasted as they are."""
    exercised, situations = counted(covered)
    others = "; cases for the others, which `courrier test --update` completes:" if covered.left_out else ""
    yield f"{exercised} of {situations} situations exercised{others}"
    for one in covered.left_out[:_MOST_PROPOSED]:
        yield from map(printable, proposal(_title(one.branch), one.facts, one.at))
    if (more := len(covered.left_out) - _MOST_PROPOSED) > 0:
        yield f"  # and {more} more"
    for doubtful in covered.doubtful[:_MOST_DOUBTFUL]:
        yield printable(f"  no facts were found for {_title(doubtful.branch)} ({doubtful.at})")
    if (more := len(covered.doubtful) - _MOST_DOUBTFUL) > 0:
        yield f"  nor for {more} more"
    for event in covered.not_counted:
        yield f"  {event} has more situations than can be counted through"


def counted(covered: Coverage) -> tuple[int, int]:
    """Return how many situations are exercised, and how many there are for certain."""
    exercised = len(covered.exercised)
    return exercised, exercised + len(covered.left_out)


def too_few(counts: Mapping[str, tuple[int, int]], least: int) -> Iterator[str]:
    """Say of what fewer are exercised than there have to be, in percent."""
    for what, (exercised, all_) in counts.items():
        if exercised * 100 < least * all_:
            yield f"only {exercised * 100 // all_} % of the {what} are exercised, and have to be {least} %"


def _title(branch: Branch) -> str:
    """Return a title for a case that exercises a branch."""
    if branch.role == "refuse":
        return f"{branch.event} is {'' if branch.fires else 'not '}refused by {label(branch.asked)}"
    kind, office, *_ = branch.asked.split(".")
    whose = f" at {office}" if kind == "offices" else ""
    what = f"by {label(branch.fires)}" if branch.fires else f"where no rule of {label(branch.asked)} holds"
    return f"{branch.role} of {branch.event}{whose} {what}{' with nobody left' if branch.nobody else ''}"
