"""What every car was at what time: the truth that pages are compared with."""

from bisect import bisect_right
from dataclasses import dataclass, field

SOLD, GONE = "sold", "gone"


@dataclass
class _States:
    """Of one car. When exactly between begin and end of the commit it became so is not known."""

    # From when it can have been so, and from when it must: unix ms, ascending.
    from_ms: list[float] = field(default_factory=list)
    since_ms: list[float] = field(default_factory=list)
    what: list[str] = field(default_factory=list)


class Ledger:
    """States of cars as pages show them: a price in whole rupees, sold, or gone."""

    def __init__(self) -> None:
        self._of: dict[int, _States] = {}

    def note(self, states: dict[int, str], began_ms: float, ended_ms: float) -> None:
        """A commit made the cars this."""
        for car, what in states.items():
            kept = self._of.setdefault(car, _States())
            kept.from_ms.append(began_ms)
            kept.since_ms.append(ended_ms)
            kept.what.append(what)

    def last(self, car: int) -> str | None:
        """What it is now."""
        states = self._of.get(car)
        return states.what[-1] if states else None

    def may_show(self, car: int, as_of_ms: float, ended_ms: float) -> set[str]:
        """What a page may show that holds everything committed before `as_of_ms` and was there at `ended_ms`."""
        states = self._of.get(car)
        if not states:
            return {GONE}
        # The last one that was surely committed before, and all that may have been since.
        first = max(0, bisect_right(states.since_ms, as_of_ms - 1) - 1)
        return set(states.what[first : bisect_right(states.from_ms, ended_ms)])
