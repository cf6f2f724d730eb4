"""Rows, bars and verdicts."""

import math
import sys
from dataclasses import dataclass


@dataclass
class Row:
    """One figure. `bar` is the most it may be, in `unit`; a row without a bar is shown beside the one above it."""

    what: str
    value: float
    unit: str
    bar: float | None = None
    detail: str = ""
    spread: tuple[float, float] | None = None
    """Least and most of what the value is the median of."""

    @property
    def verdict(self) -> str:
        """Whether the figure keeps to its bar."""
        if self.bar is None:
            return ""
        return "ok" if self.value <= self.bar else "MISSED"


def number(value: float) -> str:
    """Three significant digits, more before the point. What is counted is whole."""
    if isinstance(value, int):
        return f"{value:,}"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def show(rows: list[Row]) -> None:
    """Prints the table."""
    print(f"{'what':<52} {'measured':>12}  {'bar':>10}  {'verdict':<7}  detail")
    for row in rows:
        bar = "" if row.bar is None else f"{row.bar:g} {row.unit}".rstrip()
        measured = f"{number(row.value)} {row.unit}".rstrip()
        print(f"{row.what:<52} {measured:>12}  {bar:>10}  {row.verdict:<7}  {row.detail}".rstrip())
    sys.stdout.flush()


def percentile(values: list[float], share: float) -> float:
    """The smallest value that `share` of the values do not exceed."""
    # The tiny step back keeps 0.99 x 300 at 297, whatever binary fractions make of it.
    return sorted(values)[math.ceil(share * len(values) - 1e-9) - 1]
