"""What k6 noted of each answer (loadtest/k6/lib/site.js writes it, a line each), and what that amounts to."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .forecourt import version
from .table import percentile


@dataclass(frozen=True, slots=True)
class Sighting:
    """One answer: what was asked, when (unix ms), how long it took the visitor and the server, and what it showed."""

    kind: str
    began_ms: int
    ended_ms: int
    """When k6 had it: on a busy machine that is later than `took_ms` after its beginning. Milliseconds are cut off."""
    took_ms: float
    served_ms: float | None
    status: int
    person: int
    version: tuple[int, int]
    as_of_ms: int
    shown: list[tuple[int, str]]
    """Cars of a page, each with its price, `sold` or `gone`; of a lead, number and receipt."""
    wrong: str

    @classmethod
    def read(cls, line: str) -> "Sighting":
        """Reads a line."""
        kind, began, ended, took, served, status, person, now, as_of, shown, wrong = line.split()
        return cls(
            kind,
            int(began),
            int(ended) + 1,
            float(took),
            None if served == "-" else float(served),
            int(status),
            int(person),
            (0, 0) if now == "-" else version(now),
            int(as_of),
            [(int(car), what) for car, _, what in (pair.partition(":") for pair in shown.split(",")) if car != "-"],
            "" if wrong == "-" else wrong,
        )

    @property
    def has_failed(self) -> bool:
        """Whether there was no answer, or one that is none."""
        return self.status not in (200, 303, 404, 410)


def read(file: Path) -> Iterator[Sighting]:
    """All of a run, in the order in which they ended."""
    with file.open() as lines:
        for line in lines:
            yield Sighting.read(line)


@dataclass
class Pulse:
    """How it goes at the moment."""

    total: int = 0
    failed: int = 0
    wrong: int = 0
    _took_ms: list[float] = field(default_factory=list)

    def add(self, seen: Sighting) -> None:
        """Another answer."""
        self.total += 1
        self.failed += seen.has_failed
        self.wrong += bool(seen.wrong)
        self._took_ms.append(seen.took_ms)

    def beat(self, seconds: float) -> str:
        """What has happened in the seconds since the last one, in words."""
        took, self._took_ms = self._took_ms, []
        if not took:
            return "nobody was answered"
        quick = f"p50 {percentile(took, 0.5):.1f} p99 {percentile(took, 0.99):.1f} ms"
        return f"{len(took) / seconds:.0f} requests/s, {quick}; {self.failed} failed, {self.wrong} wrong so far"


@dataclass
class Moment:
    """A second or so of a run: answers that began then, in milliseconds."""

    took_ms: list[float] = field(default_factory=list)
    served_ms: list[float] = field(default_factory=list)
    age_ms: float = 0
    failed: int = 0
    wrong: int = 0


class Course:
    """A run cut into moments of `step_s` seconds from `began_ms` on."""

    def __init__(self, began_ms: float, seconds: float):
        self.began_ms = began_ms
        # Some hundred points are a line.
        self.step_s = max(1, round(seconds / 150))
        self.moments: dict[int, Moment] = {}

    def add(self, seen: Sighting) -> None:
        """Another answer."""
        moment = self.moments.setdefault(int((seen.began_ms - self.began_ms) / 1000 / self.step_s), Moment())
        moment.failed += seen.has_failed
        moment.wrong += bool(seen.wrong)
        if not seen.has_failed:
            moment.took_ms.append(seen.took_ms)
            if seen.served_ms is not None:
                moment.served_ms.append(seen.served_ms)
            if seen.as_of_ms:
                moment.age_ms = max(moment.age_ms, seen.ended_ms - seen.as_of_ms)
