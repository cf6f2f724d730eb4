"""How long and how much."""

from dataclasses import dataclass
from pathlib import Path

# Of the people in loadtest/k6/lib/people.js: how many requests one who comes by an advertisement makes, a person who
# comes back a second, and one who keeps looking.
PER_LANDING, PER_VISITOR, PER_WATCHER = 1.22, 2.6, 3.5
# By how much an instance's memory may grow from the second quarter of the soak to the last.
GROWN_PERCENT_MAX = 10


@dataclass
class Scale:
    """What every scenario is given."""

    directory: Path
    is_quick: bool
    soak_minutes: float
    half: float = 0
    """Requests a second at half of what the machine can do."""

    def seconds(self, quick: float, usual: float = 30) -> float:
        """How long a scenario takes."""
        return quick if self.is_quick else usual

    def landings(self, others: float = 0) -> int:
        """People a second who come by advertisements, when others make so many requests."""
        return _landings(self.half - others)

    def everybody(self) -> dict[str, object]:
        """Settings for `everybody.js` and `soak.js`."""
        return everybody(self.half)


def everybody(per_second: float) -> dict[str, object]:
    """Settings for people of every kind who make so many requests a second: most by advertisements, as it is."""
    visitors, watchers = max(2, round(per_second / 80)), max(4, round(per_second / 40))
    others = visitors * PER_VISITOR + watchers * PER_WATCHER
    return {"RATE": _landings(per_second - others), "VISITORS": visitors, "WATCHERS": watchers}


def _landings(per_second: float) -> int:
    return max(5, round(per_second / PER_LANDING))
