"""Read unquoted scalars as YAML 1.2 core does: null, true and false, numbers; all else is a string."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping

from courrier.model import Scalar

_CORE = re.compile(
    r"""(?P<null>null|Null|NULL|~|)
    |(?P<true>true|True|TRUE)
    |(?P<false>false|False|FALSE)
    |(?P<decimal>[-+]?[0-9]+)
    |0o(?P<octal>[0-7]+)
    |0x(?P<hexadecimal>[0-9a-fA-F]+)
    |(?P<fraction>[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?)
    |(?P<endless>[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))""",
    re.VERBOSE,
)
_VALUES: Mapping[str, Callable[[str], float | None]] = {
    "null": lambda text: None,
    "true": lambda text: True,
    "false": lambda text: False,
    "decimal": int,
    "octal": lambda text: int(text, 8),
    "hexadecimal": lambda text: int(text, 16),
    "fraction": float,
    "endless": lambda text: math.nan,
}


def core_value(text: str) -> Scalar | None:
    """Return what an unquoted scalar stands for.

    >>> [core_value(text) for text in ("no", "~", "0x10", "+5", "1_000", "2024-01-01")]
    ['no', None, 16, 5, '1_000', '2024-01-01']

    Raises:
        ValueError: it is a number, and none that can be compared: not finite, or too great.
    """
    found = _CORE.fullmatch(text)
    if found is None:
        return text
    kind = str(found.lastgroup)
    value = _VALUES[kind](found[kind])
    try:
        finite = math.isfinite(value or 0)
    except OverflowError:
        finite = False
    if not finite:
        raise ValueError(text)
    return value
