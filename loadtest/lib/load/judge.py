"""What visitors saw, compared with what was written; and the rows that come of it."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from .. import sightings
from ..sightings import Course, Sighting
from ..table import Row, percentile
from .ledger import SOLD
from .run import Run

# What is promised of a page (`lib/promises.py`), and the business's bar.
SERVED_MS_MAX = 10
WAITED_MS_MAX = 60
AGE_MS_MAX = 5_000
# Cores that others on this machine may take before what takes long says more about them than about the server.
OTHERS_CORES_MAX = 0.5


@dataclass
class Verdict:
    """One scenario, as it went."""

    name: str
    title: str
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)
    """The first answers that were wrong, in words."""
    course: Course | None = None
    run: Run | None = None
    error: str = ""
    """Why it came to no end, if it did not."""

    @property
    def holds(self) -> bool:
        """Whether it keeps to all bars."""
        return not self.error and all(row.verdict != "MISSED" for row in self.rows)


@dataclass(frozen=True)
class Failure:
    """A request that was not answered as it should be; times in seconds of the run."""

    began_s: float
    ended_s: float
    status: int
    what: str

    def __str__(self) -> str:
        took_ms = 1000 * (self.ended_s - self.began_s)
        return f"{self.began_s:.1f} s: {self.what}: status {self.status} after {took_ms:.0f} ms"


@dataclass
class Seen:
    """All answers of a run, judged."""

    course: Course
    requests: Counter[str] = field(default_factory=Counter)
    took_ms: list[float] = field(default_factory=list)
    served_ms: list[float] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    lies: list[str] = field(default_factory=list)
    older: list[str] = field(default_factory=list)
    trailed_ms: float = 0
    age_ms: float = 0
    receipts: dict[int, str] = field(default_factory=dict)


def look_at(run: Run) -> Seen:
    """Reads what k6 has noted."""
    seen = Seen(Course(run.began_ms, run.seconds))
    newest: dict[int, tuple[tuple[int, int], float]] = defaultdict(lambda: ((0, 0), 0.0))
    for each in sightings.read(run.k6.sightings):
        seen.course.add(each)
        seen.requests[each.kind] += 1
        at_s = (each.began_ms - run.began_ms) / 1000
        page = f"{each.kind} {','.join(str(car) for car, _ in each.shown[:1])}".strip()
        what = f"{at_s:.1f} s: {page}"
        if each.has_failed:
            seen.failed.append(Failure(at_s, at_s + each.took_ms / 1000, each.status, page))
            continue
        seen.took_ms.append(each.took_ms)
        if each.served_ms is not None:
            seen.served_ms.append(each.served_ms)
        if "its_version_is_no_older" in each.wrong:
            seen.older.append(f"{what}: {each.version}")
        elif each.wrong:
            seen.wrong.append(f"{what}: {each.wrong.replace('_', ' ')}")
        if each.kind == "lead" and each.shown:
            seen.receipts[each.shown[0][0]] = each.shown[0][1]
        if each.as_of_ms:
            seen.age_ms = max(seen.age_ms, each.ended_ms - each.as_of_ms)
            seen.lies += [f"{what}: {lie}" for lie in _lies(run, each)]
        if each.kind == "car" and each.version > (0, 0):
            seen.trailed_ms = max(seen.trailed_ms, _trailed_ms(each, newest))
    return seen


def _lies(run: Run, each: Sighting) -> list[str]:
    """What the page shows though it says that it holds something newer, or what never was."""
    lies = []
    for car, shows in each.shown:
        may = run.site.ledger.may_show(car, each.as_of_ms, each.ended_ms)
        # A card of a car that has been sold meanwhile is an old card, too.
        if shows not in may or (each.kind == "listing" and may == {SOLD}):
            lies.append(f"{car} shows {shows}, not {' or '.join(sorted(may))}; as of {each.as_of_ms}")
    return lies


def _trailed_ms(each: Sighting, newest: dict[int, tuple[tuple[int, int], float]]) -> float:
    """For how long somebody had seen a newer one when this was asked for."""
    car = each.shown[0][0]
    version, since_ms = newest[car]
    if each.version > version:
        newest[car] = (each.version, each.ended_ms)
    return max(0.0, each.began_ms - since_ms) if each.version < version else 0.0


def timed(run: Run, row: Row) -> Row:
    """A row that measures time: without a bar when others had the cores."""
    if run.others_cores > OTHERS_CORES_MAX and row.bar is not None:
        bar = f"{row.bar:g} {row.unit}".rstrip()
        why = f"not judged (at most {bar}): others on this machine kept {run.others_cores:.1f} cores busy"
        row.bar, row.detail = None, f"{row.detail}; {why}".removeprefix("; ")
    return row


def verdict(
    name: str, title: str, run: Run, seen: Seen | None = None, *, age_ms_max: float | None = AGE_MS_MAX
) -> Verdict:
    """The rows every scenario has."""
    seen = seen or look_at(run)
    served_p99, took_p99 = (percentile(values, 0.99) if values else 0.0 for values in (seen.served_ms, seen.took_ms))
    answers, in_time = run.buckets.get(float("inf"), 0), run.buckets.get(SERVED_MS_MAX / 1000, 0)
    late = 100 * (1 - in_time / answers) if answers else 0.0
    spread = f"p50 {_at(seen.served_ms, 0.5)}, p99.9 {_at(seen.served_ms, 0.999)}, max {_at(seen.served_ms, 1)} ms"
    of_kinds = ", ".join(f"{count:,} {kind}" for kind, count in seen.requests.most_common())
    total = sum(seen.requests.values())
    crossed = [each for each in run.thresholds if not each.holds]
    checks = "; ".join(f"{each.metric} {each.bar} was {each.measured}" for each in crossed) or "checks, failed requests"
    trailed = (
        "an instance showed what another no longer did, for"
        if run.site.is_whole
        else "older than anybody had seen it before, by"
    )
    rows = [
        Row("requests", total, "", None, f"{total / run.seconds:.0f} a second: {of_kinds}"),
        Row("failed requests", len(seen.failed), "", 0, "no answer within 10 s, or neither 200, 303, 404 nor 410"),
        Row("answers with something wrong in them", len(seen.wrong), "", 0, "the checks of loadtest/k6"),
        Row("prices and sales that lie about their age", len(seen.lies), "", 0, "compared with all that was written"),
        Row("older versions of a car, seen by somebody who had seen a newer", len(seen.older), "", 0),
        Row("pages that needed the network", int(run.misses), "", 0, 'result="miss" of the instances'),
        Row(trailed, seen.trailed_ms, "ms", None if run.site.is_whole else 0),
        Row("thresholds of k6 crossed", len(crossed), "", 0, checks),
        timed(run, Row("served within, by the server's clock (p99)", served_p99, "ms", SERVED_MS_MAX, spread)),
        timed(
            run,
            Row(
                "pages that took the server more than 10 ms",
                late,
                "%",
                1,
                f"the instances' own histogram of {answers:,.0f} pages",
            ),
        ),
        timed(
            run,
            Row(
                "waited by visitors, k6's clock (p99)",
                took_p99,
                "ms",
                WAITED_MS_MAX,
                f"p50 {_at(seen.took_ms, 0.5)} ms",
            ),
        ),
        timed(run, Row("oldest data on a page, as it said itself", seen.age_ms, "ms", age_ms_max)),
        timed(run, Row("people k6 had no virtual user for", _dropped(run), "", 0)),
    ]
    examples = [*map(str, seen.failed[:8]), *seen.wrong[:8], *seen.lies[:8], *seen.older[:8]]
    return Verdict(name, title, rows, [], examples, seen.course, run)


def _dropped(run: Run) -> int:
    """Those that should have come, and did not, since the ones before had not been answered."""
    counts = [each.measured for each in run.thresholds if each.metric == "dropped_iterations"]
    return int(counts[0].removeprefix("count=")) if counts else 0


def _at(values: list[float], share: float) -> str:
    return f"{percentile(values, share):.2f}" if values else "-"
