"""What was promised (section 6 of the design), each as measured, bar, holds."""

from dataclasses import dataclass

from . import beside, growth, instructions
from .sheet import Sheet, Table
from .table import Row, number

# The sheets of each part of the report, by its name.
Parts = dict[str, list[Sheet]]


@dataclass(frozen=True)
class Promise:
    """A bar, and the rows of a part's sheets that are held against it: the greatest counts."""

    what: str
    bar: float
    unit: str
    part: str
    begins: tuple[str, ...]
    """How these rows begin."""
    ends: str = ""
    scenario: str = ""
    """Only the rows of this one."""
    is_least: bool = False
    """The bar is the least it may be."""

    def rows(self, parts: Parts) -> list[Row]:
        """All that are held against it."""
        sheets = [sheet for sheet in parts.get(self.part, []) if sheet.title.endswith(self.scenario)]
        rows = [row for sheet in sheets for row in sheet.rows]
        return [row for row in rows if row.what.startswith(self.begins) and row.what.endswith(self.ends)]

    def title(self, parts: Parts) -> str:
        """What it is, with what the scenario says of itself."""
        titles = [sheet.title for sheet in parts.get(self.part, []) if sheet.title.endswith(self.scenario)]
        return f"{titles[0]}: {self.what}" if self.scenario and titles else f"{self.what} {self.scenario}".strip()


RANKED_US = 60
_HITS = "cached hit / "
_LISTINGS = (growth.PERSONAL, growth.CHOSEN, growth.NEW)
_RESTART, _SOAK = "(restart)", "(soak)"
PROMISES = [
    Promise("cached car page: CPU to that of a bare epoll loop", 1.3, "x", "compare", (_HITS + "floor",)),
    Promise("cached car page: CPU to that of nginx gzip_static", 0.75, "x", "compare", (_HITS + "nginx",)),
    Promise("cached car page: CPU to that of Varnish", 0.35, "x", "compare", (_HITS + "Varnish",)),
    Promise("listing of one visitor: CPU, the dearest of four choices", 150, "us", "compare", ("personal listing",)),
    Promise("listing of one visitor: CPU, a second page", 150, "us", "compare", ("  second page",)),
    Promise("commit in MariaDB to bytes on every instance, p50", 20, "ms", "stack", ("commit -> new",), "(p50)"),
    Promise("commit in MariaDB to bytes on every instance, p99", 100, "ms", "stack", ("commit -> new",), "(p99)"),
    Promise("all prices changed at once, visible on every instance", 5, "s", "stack", ("all prices changed",)),
    Promise("all prices changed at once: requests meanwhile, p99", 10, "ms", "stack", ("  requests meanwhile",)),
    Promise("start, documents in Valkey", 1, "s", "stack", ("start to ready, documents in Valkey",)),
    Promise("start, from the disk copy", 0.5, "s", "figures", ("start to ready, from the disk copy",)),
    Promise("memory, 10,000 cars, every page in every coding", 400, "MiB", "figures", ("resident, every car page",)),
    Promise("cached car page: CPU with the most cars to the fewest", growth.SAME_MAX, "x", "growth", (growth.HIT,)),
    Promise("listings: growth from 10,000 cars (1 is linear)", growth.LINEAR_MAX, "x", "growth", _LISTINGS),
    Promise("publish: growth from 10,000 cars", growth.LINEAR_MAX, "x", "growth", (growth.PUBLISH,)),
    Promise("memory: growth from 10,000 cars", growth.LINEAR_MAX, "x", "growth", (growth.MEMORY,)),
    Promise("start: growth from 10,000 cars", growth.LINEAR_MAX, "x", "growth", (growth.COLD, growth.WARM)),
    Promise(
        "landing pages: HTML and all CSS, brotli", 14 * 1024, "bytes", "browser", ("bytes: listing, H", "bytes: car, H")
    ),
    Promise("JavaScript, brotli", 6 * 1024, "bytes", "browser", ("bytes: every script",)),
    Promise("third-party requests, any page in any state", 0, "", "browser", ("page: ",), ": third-party"),
    Promise("Lighthouse for phones: points below 100, any category", 0, "", "browser", ("lighthouse: ",)),
    Promise("every scenario: served within, p99", 10, "ms", "scenarios", ("served within",)),
    Promise("requests", 100_000, "", "scenarios", ("requests",), scenario=_RESTART, is_least=True),
    Promise("failed requests", 0, "", "scenarios", ("failed requests",), scenario=_RESTART),
    Promise("older versions seen", 0, "", "scenarios", ("older versions",), scenario=_RESTART),
    Promise("failed requests", 0, "", "scenarios", ("failed requests",), scenario=_SOAK),
    Promise("memory, last quarter over second", 10, "%", "scenarios", ("serve",), scenario=_SOAK),
]
NOT_MEASURED, NOT_JUDGED = "not measured", "not judged"


def sheet(parts: Parts) -> Sheet:
    """The table of all of them, and what was not measured."""
    lines = []
    for promise in PROMISES:
        lines.append(_line(promise, parts))
        if promise.begins == ("personal listing",):
            lines.append(_ranking(parts))

    def those(*verdicts: str) -> str:
        return "; ".join(line[0].strip() for line in lines if line[3] in verdicts) or "nothing"

    notes = [
        f"Does not hold: {those('NO')}.",
        f"Not measured: {those(NOT_MEASURED)}.",
        f"Not judged, since others kept the machine busy: {those(NOT_JUDGED)}.",
        "No clock stops when ranking ends. Its time is its share of the instructions, of the CPU of the whole request without "
        "what a bare epoll loop takes for one.",
    ]
    return Sheet("What was promised", [], [Table("", ["what", "measured", "bar", "holds", "by"], lines)], [], notes)


def _line(promise: Promise, parts: Parts) -> list[str]:
    what, rows = promise.title(parts), promise.rows(parts)
    if not rows:
        return _cells(what, None, promise.bar, promise.unit, NOT_MEASURED, promise.part)
    if promise.is_least:
        value = min(row.value for row in rows)
        return _cells(what, value, promise.bar, promise.unit, _word(value >= promise.bar), promise.part)
    worst = max(rows, key=lambda row: row.value)
    holds = NOT_JUDGED if NOT_JUDGED in worst.detail else _word(worst.value <= promise.bar)
    return _cells(what, worst.value, promise.bar, promise.unit, holds, promise.part)


def _cells(what: str, value: float | None, bar: float, unit: str, holds: str, part: str) -> list[str]:
    measured = "" if value is None else f"{number(value)} {unit}".strip()
    return [what, measured, f"{bar:,g} {unit}".strip(), holds, f"loadtest/report --only {part}"]


def _word(holds: bool) -> str:
    return "yes" if holds else "NO"


def _ranking(parts: Parts) -> list[str]:
    what = "listing of one visitor: ranking and filtering"

    def value(part: str, begins: str) -> float | None:
        rows = Promise("", 0, "", part, (begins,)).rows(parts)
        return rows[0].value if rows else None

    share = value("instructions", f"  {instructions.RANKING}")
    whole, floor = value("compare", "personal listing, no filter"), value("compare", beside.FLOOR)
    if share is None or whole is None or floor is None:
        return _cells(what, None, RANKED_US, "us", NOT_MEASURED, "instructions")
    us = (whole - floor) * share / 100
    return _cells(what, us, RANKED_US, "us", _word(us <= RANKED_US), "instructions")
