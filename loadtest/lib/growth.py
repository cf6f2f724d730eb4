"""How costs grow with the number of cars: `loadtest/growth`."""

import math
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count, islice, pairwise
from pathlib import Path
from statistics import median

from . import personal, publish, start, wrk
from .chart import OWN, PEER, Curves
from .forecourt import Catalogue, Forecourt, car_path, serving
from .http import BROWSER_CODINGS
from .load.plot import Line
from .machine import cores, cpu_ns, resident_mib, say
from .personal import Visited
from .sheet import Sheet, Table
from .table import Row, number

SIZES = [1_000, 10_000, 100_000, 300_000]
READY_WITHIN_S = 1_200
# What larger catalogues are compared with.
USUAL = 10_000
LINEAR_MAX = 1
# What noise may add to "the same".
SAME_MAX = 1.15
PAGES = 30
# After the one at the start, which is waited for: with 300,000 cars one takes three minutes of every ten, and a part of a core.
_ONE_SWEEP = {"FORECOURT_PROJECTOR__SWEEP_INTERVAL_S": "86400"}

HIT = "cached car page (CPU)"
PERSONAL = "listing of one visitor (CPU)"
CHOSEN = "listing of one visitor, filtered (CPU)"
NEW = "filtered listing nobody has asked for (CPU)"
PUBLISH = "one car's change, next snapshot published"
MEMORY = "resident, no page asked for yet"
COLD = "start to ready, from the source"
WARM = "start to ready, from the disk copy"
UNITS = {HIT: "us", PERSONAL: "us", CHOSEN: "us", NEW: "us", PUBLISH: "ms", MEMORY: "MiB", COLD: "s", WARM: "s"}
_CONSTANT = {HIT}


@dataclass
class Size:
    """A catalogue of so many live cars, and what was measured on it: several values of each kind, round by round."""

    cars: int
    catalogue: Catalogue
    data: Path
    values: dict[str, list[float]] = field(default_factory=dict)

    def add(self, what: str, *values: float) -> None:
        """Notes them."""
        self.values.setdefault(what, []).extend(values)


def measure(binary: Path, temporary: Path, quick: bool) -> Sheet:
    """Each size is generated, started and started again; then all of them run, and take turns."""
    sizes = [_generated(binary, temporary, cars) for cars in (SIZES[:-1] if quick else SIZES)]
    for size in sizes:
        _starts(binary, size)
    with ExitStack() as stack:
        running = [stack.enter_context(_serving(binary, size, core=cores()[0])) for size in sizes]
        for size, own in zip(sizes, running, strict=True):
            own.settle()
            size.add(MEMORY, resident_mib(own.pid))
        rounds = 3 if quick else 10
        _turns(sizes, running, rounds, temporary)
        for size, own in zip(sizes, running, strict=True):
            size.add(PUBLISH, *publish.took_ms(own, size.catalogue, 30 if quick else 100))
            say(f"growth: {size.cars:,} cars: published in {median(size.values[PUBLISH]):.2f} ms")
    return _sheet(sizes)


def _generated(binary: Path, temporary: Path, cars: int) -> Size:
    directory = temporary / str(cars)
    directory.mkdir()
    return Size(cars, Catalogue.seeded(binary, "generated", directory / "catalogue.db", cars), directory / "data")


def _serving(binary: Path, size: Size, core: int | None = None):
    workers = 0 if core is None else 1
    return serving(
        binary,
        size.catalogue,
        size.data,
        workers=workers,
        core=core,
        settings=_ONE_SWEEP,
        ready_within_s=READY_WITHIN_S,
    )


def _starts(binary: Path, size: Size) -> None:
    with _serving(binary, size) as own:
        size.add(COLD, own.ready_s)
        start.wait_until_still(size.data)
        own.kill()
    with _serving(binary, size) as own:
        size.add(WARM, own.ready_s)
    say(
        f"growth: {size.cars:,} cars: ready after {size.values[COLD][0]:.2f} s, again after {size.values[WARM][0]:.2f} s"
    )


def _turns(sizes: list[Size], running: list[Forecourt], rounds: int, directory: Path) -> None:
    """Within a round, whatever else the machine does burdens all sizes alike."""
    # What people choose does not depend on how many cars there are: all are asked for the same.
    paths = personal.paths_of(sizes[0].catalogue)
    chosen = paths["filters 1"]
    # Upper bounds of the price that change nothing else.
    bounds = [count(1) for _ in sizes]
    with ExitStack() as stack:
        sites = [_Site(own, size, stack) for own, size in zip(running, sizes, strict=True)]
        for turn in range(-1, rounds):
            for size, site, bound in zip(sizes, sites, bounds, strict=True):
                measured = {
                    HIT: wrk.run(site.own.port, site.pages, [site.own.pid], 1, cores()[-1], directory).cpu_us,
                    PERSONAL: site.visited.turn_us(paths["no filter"]),
                    CHOSEN: site.visited.turn_us(chosen),
                    NEW: _new_us(site, chosen, bound),
                }
                # The round before the first only warms up.
                if turn >= 0:
                    for what, us in measured.items():
                        size.add(what, us)
                    said = ", ".join(f"{us:.0f}" for us in measured.values())
                    say(
                        f"growth, round {turn + 1}: {size.cars:,} cars: hit, own, own filtered, new filtered: {said} us"
                    )


class _Site:
    """A running instance with what is asked of it."""

    def __init__(self, own: Forecourt, size: Size, stack: ExitStack):
        self.own = own
        self.pages = [car_path(car) for car in size.catalogue.cars("live")[:PAGES]]
        self.visited = Visited(own, stack.enter_context(own.connect(BROWSER_CODINGS)), size.catalogue)
        for path in self.pages:
            self.visited.plain.get(path)


def _new_us(site: _Site, chosen: str, bound: count) -> float:
    asked = [f"{chosen}&km_max={200_000 + n}" for n in islice(bound, personal.PER_TURN // 2)]
    before = cpu_ns(site.own.pid)
    pages = [site.visited.plain.get(path) for path in asked]
    used_us = (cpu_ns(site.own.pid) - before) / 1000 / len(asked)
    if wrong := [page for page in pages if page.status != 200 or "render" not in (page.header("cache-status") or "")]:
        raise RuntimeError(f"not a new page: {wrong[0].raw_head.decode()}")
    return used_us


def _sheet(sizes: list[Size]) -> Sheet:
    lines = [[what, *(f"{number(median(size.values[what]))} {unit}" for size in sizes)] for what, unit in UNITS.items()]
    head = ["", *(f"{size.cars:,} cars" for size in sizes)]
    return Sheet(
        "Growth",
        [_constant(sizes, what) if what in _CONSTANT else _at_most_linear(sizes, what) for what in UNITS],
        [Table("By the number of live cars", head, lines)],
        [_curve(sizes, what) for what in UNITS],
        [
            f"What grows is compared with {USUAL:,} cars: ten times as many cars may cost ten times as much, which is 1. Slopes "
            "are from size to size; 1 is linear, 0 constant. In the drawings the pale line is linear. One more car in seven is sold, one in twenty hidden; they are kept too.",
            "Every instance has one core, shared by all sizes, which take turns. Starts are with all cores, once each.",
        ],
    )


def _constant(sizes: list[Size], what: str) -> Row:
    ratios = [most / least for most, least in zip(sizes[-1].values[what], sizes[0].values[what], strict=True)]
    detail = f"rounds {min(ratios):.2f} to {max(ratios):.2f}"
    name = f"{what}: {sizes[-1].cars:,} cars / {sizes[0].cars:,}"
    return Row(name, median(ratios), "x", SAME_MAX, detail, (min(ratios), max(ratios)))


def _at_most_linear(sizes: list[Size], what: str) -> Row:
    """How much of what the usual catalogue costs for each of its cars a car of a larger one costs."""
    usual = next(size for size in sizes if size.cars == USUAL)
    shares = [
        median(size.values[what]) / median(usual.values[what]) / (size.cars / USUAL)
        for size in sizes
        if size.cars > USUAL
    ]
    slopes = [f"to {more.cars:,} cars {_slope(less, more, what):.2f}" for less, more in pairwise(sizes)]
    return Row(f"{what}: of what linear growth were", max(shares), "x", LINEAR_MAX, f"slope {', '.join(slopes)}")


def _slope(less: Size, more: Size, what: str) -> float:
    grown = median(more.values[what]) / median(less.values[what])
    return math.log(grown) / math.log(more.cars / less.cars)


def _curve(sizes: list[Size], what: str) -> str:
    points = [(float(size.cars), median(size.values[what])) for size in sizes]
    (first_cars, first), (last_cars, _) = points[0], points[-1]
    lines = [Line(what, points, OWN)]
    if what not in _CONSTANT:
        lines.insert(0, Line("linear", [(first_cars, first), (last_cars, first * last_cars / first_cars)], PEER))
    least = 10.0 ** math.floor(math.log10(min(value for _, value in points)))
    return Curves(f"{what}, {UNITS[what]}", lines, 1, least=least).svg()
