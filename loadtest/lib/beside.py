"""Forecourt beside its peers: `loadtest/compare`."""

from collections.abc import Callable
from statistics import median

from . import chart, hit, personal
from .bench import Bench
from .chart import Mark
from .hit import OWN, Side
from .sheet import Sheet, Table
from .table import Row, number
from .wrk import CONNECTIONS, Load

# A page of the same content by Next.js 16, neither ranked nor filtered: measured apart, on another machine of this kind.
NEXT_US = 6_850
FLOOR = "  a bare epoll loop (CPU)"

_CALLED = {OWN: "Forecourt, cached car page", "floor": "bare epoll loop", "nginx": "nginx gzip_static"}
_MEASURES: dict[str, Callable[[Load], float]] = {
    "CPU us": lambda load: load.cpu_us,
    "requests/s": lambda load: load.per_second,
    "p50 ms": lambda load: load.p50_ms,
    "p99 ms": lambda load: load.p99_ms,
}


def measure(bench: Bench) -> Sheet:
    """The servers in turn; then listings that are only their visitor's."""
    sides = hit.measured(bench)
    bars = hit.bars(sides)
    listings = personal.measure(bench)
    return Sheet(
        "Side by side",
        [
            *bars,
            _floor(sides),
            *listings,
            Row("  a page of the same content by Next.js 16", NEXT_US, "us", None, "measured apart, not in this run"),
        ],
        [_medians(sides), _ratios(sides)],
        [_costs(sides, bars, listings), _held(bars)],
        [
            "Every server has one core and sends the same body under a head of about the same length; wrk has another core. "
            f"{CONNECTIONS} connections ask as fast as they are answered, so latency is the time all of them wait in line, and "
            "a server that needs half the CPU has half the latency.",
            "Memory is what each holds after the runs, shared pages counted once. Forecourt's is that of the whole "
            "catalogue with its indexes; the floor and Varnish hold one page, nginx none: its page is in the kernel's cache.",
        ],
    )


def _floor(sides: dict[str, Side]) -> Row:
    us = [load.cpu_us for load in sides["floor"].loads]
    return Row(FLOOR, median(us), "us", None, "all of it the kernel's", (min(us), max(us)))


def _medians(sides: dict[str, Side]) -> Table:
    lines = []
    for name, side in sides.items():
        values = [number(median(map(of, side.loads))) for of in _MEASURES.values()]
        lines.append([name, *values, number(side.memory_mib)])
    return Table("A cached car page, medians of the rounds", ["server", *_MEASURES, "memory MiB"], lines)


def _ratios(sides: dict[str, Side]) -> Table:
    lines = []
    for name, side in sides.items():
        if name == OWN:
            continue
        rounds = [hit.ratios(sides, name, of) for of in _MEASURES.values()]
        cells = [f"{median(each):.2f} ({min(each):.2f} to {max(each):.2f})" for each in rounds]
        lines.append([f"/ {name}", *cells, f"{sides[OWN].memory_mib / side.memory_mib:.2f}"])
    return Table(
        "Forecourt to each of them: median of the rounds' ratios (least to most)", ["", *_MEASURES, "memory"], lines
    )


def _costs(sides: dict[str, Side], bars: list[Row], listings: list[Row]) -> str:
    marks = []
    for name, side in sides.items():
        us = [load.cpu_us for load in side.loads]
        mark = Mark(_CALLED.get(name, name), median(us), (min(us), max(us)), chart.PEER)
        if name == OWN:
            mark.colour, mark.bars = chart.OWN, _limits(sides, bars)
        marks.append(mark)
    for row in listings[:-1]:
        assert row.spread and row.bar
        name = "Forecourt, " + row.what.removesuffix(" (CPU)")
        marks.append(Mark(name, row.value, row.spread, chart.OWN, [(row.bar, f"at most {row.bar:g} us")]))
    marks.append(Mark("Next.js 16, measured apart", NEXT_US, (NEXT_US, NEXT_US), chart.APART))
    return chart.marks("CPU per request, by powers of ten; least to most of the rounds", marks, "us")


def _limits(sides: dict[str, Side], bars: list[Row]) -> list[tuple[float, str]]:
    """What the bars allow in microseconds, as the peers' medians have it."""
    own = median(load.cpu_us for load in sides[OWN].loads)
    return [(own * row.bar / row.value, f"{row.what}: at most {row.bar:g}") for row in bars if row.bar]


def _held(bars: list[Row]) -> str:
    marks = []
    for row in bars:
        assert row.spread
        bar = [(row.bar, f"at most {row.bar:g}")] if row.bar else []
        marks.append(Mark(row.what.strip(), row.value, row.spread, chart.OWN, bar))
    return chart.marks("CPU of a cached hit to that of each peer, and the bar it has to stay left of", marks, "x")
