"""Draw curves as SVG, one beside the other, with both axes logarithmic."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 300, 240, 50, 20, 30, 45
_COLOURS = ("#1b6ca8", "#c8553d")


class Curve(NamedTuple):
    """Costs in microseconds against a number of things, under one or two names."""

    title: str
    counts: Sequence[int]
    costs: dict[str, Sequence[float]]


def plot(curves: Sequence[Curve]) -> str:
    """Return the SVG."""
    width = _WIDTH * len(curves)
    inside = "\n".join(
        f'<g transform="translate({index * _WIDTH} 0)">\n{_drawn(curve)}\n</g>' for index, curve in enumerate(curves)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {_HEIGHT}" width="{width}" height="{_HEIGHT}" '
        f'font-family="sans-serif" font-size="11">\n<rect width="{width}" height="{_HEIGHT}" fill="#fff"/>\n'
        f"{inside}\n</svg>\n"
    )


def _drawn(curve: Curve) -> str:
    costs = [cost for of_name in curve.costs.values() for cost in of_name]
    low, high = math.floor(math.log10(min(costs))), math.ceil(math.log10(max(costs)))
    high = max(high, low + 2)
    last = math.ceil(math.log10(max(curve.counts)))

    def x(count: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * math.log10(count) / last

    def y(cost: float) -> float:
        return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (high - math.log10(cost)) / (high - low)

    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    parts = []
    for power in range(low, high + 1):
        at = y(10**power)
        parts.append(f'<line x1="{_LEFT}" y1="{at:.1f}" x2="{right}" y2="{at:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{10.0**power:,g}</text>')
    parts += [
        f'<text x="{x(10**power):.1f}" y="{bottom + 16}" text-anchor="middle">{10**power:,}</text>'
        for power in range(last + 1)
    ]
    parts.append(f'<text x="{(_LEFT + right) / 2}" y="{_HEIGHT - 8}" text-anchor="middle">{escape(curve.title)}</text>')
    for number, (name, of_name) in enumerate(curve.costs.items()):
        colour = _COLOURS[number]
        points = " ".join(f"{x(count):.1f},{y(cost):.1f}" for count, cost in zip(curve.counts, of_name, strict=True))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        at = _TOP - 14 + 12 * number
        parts.append(f'<text x="{_LEFT}" y="{at}" fill="{colour}">{escape(name)}, microseconds</text>')
    return "\n".join(parts)
