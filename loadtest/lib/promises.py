"""What is promised, each as measured, bar, holds."""

from dataclasses import dataclass

from . import beside, growth, instructions
from .load import WHOLE
from .load.scale import GROWN_PERCENT_MAX
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
        rows = [row for sheet in self._sheets(parts) for row in sheet.rows]
        return [row for row in rows if row.what.startswith(self.begins) and row.what.endswith(self.ends)]

    def broken(self, parts: Parts) -> list[str]:
        """Scenarios it is about that came to no end: they have no rows."""
        return [name for name, sheet in self._scenarios(parts).items() if sheet and sheet.error]

    def missing(self, parts: Parts) -> list[str]:
        """Scenarios it is about that were not run."""
        return [name for name, sheet in self._scenarios(parts).items() if not sheet]

    def _scenarios(self, parts: Parts) -> dict[str, Sheet | None]:
        names = WHOLE if self.part == "scenarios" else []
        sheets = self._sheets(parts)
        return {
            name: next((sheet for sheet in sheets if sheet.title.endswith(f"({name})")), None)
            for name in names
            if self.scenario in ("", f"({name})")
        }

    def _sheets(self, parts: Parts) -> list[Sheet]:
        return [sheet for sheet in parts.get(self.part, []) if sheet.title.endswith(self.scenario)]

    def title(self, parts: Parts) -> str:
        """What it is, with what the scenario says of itself."""
        titles = [sheet.title for sheet in self._sheets(parts)]
        return f"{titles[0]}: {self.what}" if self.scenario and titles else f"{self.what} {self.scenario}".strip()


RANKED_US = 60
_HITS = "cached hit / "
_LISTINGS = (growth.PERSONAL, growth.CHOSEN, growth.NEW)
_GROWN = "memory, last quarter over second"
_LEADS, _RESTART, _SOAK = "(leads)", "(restart)", "(soak)"
_NEVER = ("failed requests", "answers with something wrong", "prices and sales that lie", "older versions of a car")
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
    Promise("ten times what can be done: p99 of the served to that at half", 2, "x", "figures", ("10 x what can",)),
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
    Promise("every scenario: failed, wrong, lying or older answers", 0, "", "scenarios", _NEVER),
    Promise("leads not delivered once", 0, "", "scenarios", ("leads that were thanked",), scenario=_LEADS),
    Promise("requests", 100_000, "", "scenarios", ("requests",), scenario=_RESTART, is_least=True),
    Promise("failed requests", 0, "", "scenarios", ("failed requests",), scenario=_RESTART),
    Promise("older versions seen", 0, "", "scenarios", ("older versions",), scenario=_RESTART),
    Promise("failed requests", 0, "", "scenarios", ("failed requests",), scenario=_SOAK),
    Promise("leads not delivered once", 0, "", "scenarios", ("leads that were thanked",), scenario=_SOAK),
    Promise(_GROWN, GROWN_PERCENT_MAX, "%", "scenarios", ("serve",), _GROWN, _SOAK),
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
        f"Not judged, since others kept the machine busy or the run was too short: {those(NOT_JUDGED)}.",
        *_unfinished(parts),
        "No clock stops when ranking ends. Its time is its share of the instructions, of the CPU of the whole request without "
        "what a bare epoll loop takes for one: more than it takes, since those loops do more instructions in a nanosecond than the rest. "
        "`perf record` of a worker says half of the request's time.",
    ]
    return Sheet("What was promised", [], [Table("", ["what", "measured", "bar", "holds", "by"], lines)], [], notes)


def _line(promise: Promise, parts: Parts) -> list[str]:
    value, holds = _held(promise, promise.rows(parts))
    # Of what broke there is no figure, and those that there are do not stand for it.
    if holds != "NO" and promise.broken(parts):
        holds = "NO"
    elif holds != "NO" and promise.missing(parts):
        holds = NOT_MEASURED
    return _cells(promise.title(parts), value, promise.bar, promise.unit, holds, promise.part)


def _held(promise: Promise, rows: list[Row]) -> tuple[float | None, str]:
    """The row that counts against the bar. One that was not judged does not hide another that missed it."""
    if not rows:
        return None, NOT_MEASURED
    if promise.is_least:
        least = min(row.value for row in rows)
        return least, _word(least >= promise.bar)
    judged = [row.value for row in rows if NOT_JUDGED not in row.detail]
    if judged and max(judged) > promise.bar:
        return max(judged), _word(False)
    worst = max(rows, key=lambda row: row.value)
    return worst.value, NOT_JUDGED if NOT_JUDGED in worst.detail else _word(True)


def _unfinished(parts: Parts) -> list[str]:
    every = Promise("", 0, "", "scenarios", ())
    said = {"Scenarios that came to no end": every.broken(parts), "Scenarios that were not run": every.missing(parts)}
    return [f"{what}: {', '.join(names)}." for what, names in said.items() if names]


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
