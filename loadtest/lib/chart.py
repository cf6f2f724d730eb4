"""Figures side by side, and how they grow, as SVG."""

import math
from dataclasses import dataclass, field
from html import escape

from .load.plot import Plot
from .table import number

OWN, PEER, APART = "#0b625c", "#8fb8b4", "#804600"
_WIDTH, _LEFT, _RIGHT, _TOP, _STEP = 860, 260, 90, 26, 24


@dataclass
class Mark:
    """A figure on its line: a dot, as wide as the rounds were apart, and the bars it has to stay left of."""

    name: str
    value: float
    spread: tuple[float, float]
    colour: str
    bars: list[tuple[float, str]] = field(default_factory=list)


def marks(title: str, of: list[Mark], unit: str) -> str:
    """One line each, on one scale by powers of ten."""
    ends = [end for mark in of for end in (*mark.spread, mark.value, *(bar for bar, _ in mark.bars)) if end > 0]
    low, high = math.floor(math.log10(min(ends))), math.ceil(math.log10(max(ends)))
    height = _TOP + _STEP * len(of) + 20

    def x(value: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (math.log10(max(value, 10.0**low)) - low) / max(1, high - low)

    parts = [f'<text class="t" x="0" y="12">{escape(title)}</text>']
    for power in range(low, high + 1):
        at = x(10.0**power)
        parts.append(f'<path class="g" d="M{at:.1f} {_TOP - 6}V{height - 18}"/>')
        parts.append(f'<text text-anchor="middle" x="{at:.1f}" y="{height - 4}">{10.0**power:,g} {escape(unit)}</text>')
    for line, mark in enumerate(of):
        y = _TOP + _STEP * line + _STEP // 2
        least, most = map(x, mark.spread)
        parts.append(f'<text class="y" x="{_LEFT - 12}" y="{y + 4}">{escape(mark.name)}</text>')
        parts.append(
            f'<path d="M{least:.1f} {y}H{most:.1f}" stroke="{mark.colour}" stroke-width="3" stroke-opacity=".4"/>'
        )
        parts.append(f'<circle cx="{x(mark.value):.1f}" cy="{y}" r="5" fill="{mark.colour}"/>')
        for bar, name in mark.bars:
            parts.append(f'<path class="b" d="M{x(bar):.1f} {y - 10}V{y + 10}"><title>{escape(name)}</title></path>')
        right = max([most, x(mark.value), *(x(bar) for bar, _ in mark.bars)])
        parts.append(f'<text x="{right + 10:.1f}" y="{y + 4}">{number(mark.value)} {escape(unit)}</text>')
    return f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(title)}">{"".join(parts)}</svg>'


class Curves(Plot):
    """Lines over how many cars there are, both by powers of ten."""

    def _across(self) -> list[tuple[float, str]]:
        cars = sorted({at for line in self.lines for at, _ in line.points})
        return [(at, f"{at:,.0f} cars") for at in cars]

    def _x(self, at: float) -> float:
        ends = [math.log10(at) for at, _ in self._across()]
        share = (math.log10(at) - ends[0]) / (ends[-1] - ends[0])
        # The plot's own x is linear in what it calls seconds.
        return super()._x(share * self.seconds)
