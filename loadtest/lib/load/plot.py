"""Lines over time as SVG: nothing but numbers go in, so that a report is one file."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 860, 190, 58, 26, 22


@dataclass
class Line:
    """One line, its points (seconds, value) ascending."""

    name: str
    points: list[tuple[float, float]]
    colour: str


@dataclass
class Plot:
    """Lines on one scale from 0 (or, by powers of ten, from `least`) to the greatest value or `most`."""

    title: str
    lines: list[Line]
    seconds: float
    least: float = 0.0
    most: float = 0.0
    bars: list[tuple[float, str]] = field(default_factory=list)
    """Values that must not be exceeded, and what they are called."""
    events: list[tuple[float, str]] = field(default_factory=list)

    def svg(self) -> str:
        """The drawing."""
        values = [value for line in self.lines for _, value in line.points]
        greatest = max([self.most, *values, self.least * 10, 1e-9])
        at_y, marks = self._logarithmic(greatest) if self.least else self._linear(greatest)
        parts = [f'<text class="t" x="0" y="12">{self.title}</text>', *self._legend()]
        for mark in marks:
            parts.append(f'<path class="g" d="M{_LEFT} {at_y(mark):.1f}H{_WIDTH}"/>')
            parts.append(f'<text class="y" x="{_LEFT - 6}" y="{at_y(mark) + 4:.1f}">{mark:,g}</text>')
        for value, name in self.bars:
            if value <= greatest:
                parts.append(f'<path class="b" d="M{_LEFT} {at_y(value):.1f}H{_WIDTH}"><title>{name}</title></path>')
        for number, (at_s, name) in enumerate(self.events):
            x = self._x(at_s)
            parts.append(
                f'<path class="e" d="M{x:.1f} {_TOP}V{_HEIGHT - _BOTTOM}"><title>{at_s:.1f} s: {name}</title></path>'
            )
            parts.append(f'<text class="n" x="{x + 2:.1f}" y="{_TOP + 9}">{number + 1}</text>')
        for line in self.lines:
            points = " ".join(f"{self._x(at_s):.1f},{at_y(max(value, self.least)):.1f}" for at_s, value in line.points)
            parts.append(f'<polyline stroke="{line.colour}" points="{points}"><title>{line.name}</title></polyline>')
        for at, name in self._across():
            x = self._x(at)
            anchor = "end" if x >= _WIDTH else "start" if x <= _LEFT else "middle"
            parts.append(f'<text class="x" text-anchor="{anchor}" x="{x:.1f}" y="{_HEIGHT - 5}">{name}</text>')
        return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{self.title}">{"".join(parts)}</svg>'

    def _across(self) -> list[tuple[float, str]]:
        return [(self.seconds * share, f"{self.seconds * share:.0f} s") for share in (0, 0.25, 0.5, 0.75, 1)]

    def _x(self, at_s: float) -> float:
        return _LEFT + (_WIDTH - _LEFT) * min(1.0, max(0.0, at_s / self.seconds))

    def _linear(self, greatest: float) -> tuple[Callable[[float], float], list[float]]:
        step = 10 ** math.floor(math.log10(greatest))
        step = next(step * part for part in (0.1, 0.2, 0.25, 0.5, 1, 2) if greatest / (step * part) <= 5)
        top = step * math.ceil(greatest / step)
        return lambda value: self._y(value / top), [step * n for n in range(round(top / step) + 1)]

    def _logarithmic(self, greatest: float) -> tuple[Callable[[float], float], list[float]]:
        low, high = math.log10(self.least), math.ceil(math.log10(greatest))
        marks = [10.0**power for power in range(round(low), high + 1)]
        return lambda value: self._y((math.log10(value) - low) / (high - low)), marks

    @staticmethod
    def _y(share: float) -> float:
        return _HEIGHT - _BOTTOM - (_HEIGHT - _BOTTOM - _TOP) * share

    def _legend(self) -> list[str]:
        parts, x = [], _WIDTH
        for line in reversed(self.lines):
            x -= 7 * len(line.name) + 26
            parts.append(f'<path d="M{x} 8h14" stroke="{line.colour}" stroke-width="3"/>')
            parts.append(f'<text class="l" x="{x + 18}" y="12">{line.name}</text>')
        return parts
