"""What a listing costs that somebody has asked for before, whatever its filters, against a cached car page."""

import random
import threading
from contextlib import closing, contextmanager
from statistics import median

from . import cars, queries, wrk
from .bench import Bench
from .forecourt import Catalogue, Forecourt, car_path, serving
from .machine import cores, say
from .table import Row

PATHS = 30
CHANGES_PER_SECOND = 20


def measure(bench: Bench) -> list[Row]:
    """The two in turns, on one core, the client on another; the figure is the median of the rounds' ratios. Then the same
    while cars change, when a listing has to be found to be what it was."""
    rounds = 4 if bench.quick else 15
    directory = bench.directory("filtered")
    catalogue = bench.catalogue.copy(directory)
    listings, pages = _listings(catalogue), [car_path(car) for car in catalogue.cars("live")[:PATHS]]
    with serving(bench.binary, catalogue, directory / "data", workers=1, core=cores()[0]) as own:
        own.settle()
        sizes = {name: _warm(own, paths) for name, paths in (("listing", listings), ("car", pages))}

        def compare(what: str) -> list[tuple[float, float]]:
            loads = []
            for number in range(rounds):
                both = [
                    wrk.run(own.port, paths, [own.pid], 1, cores()[-1], directory).cpu_us for paths in (listings, pages)
                ]
                loads.append(both)
                say(f"filtered, {what}, round {number + 1}: {both[0]:.2f} us, a car page {both[1]:.2f} us")
            return loads

        still = compare("nothing changes")
        with _changing(catalogue):
            moving = compare(f"{CHANGES_PER_SECOND} changes a second")
    detail = f"; {sizes['listing']:,.0f} bytes and {sizes['car']:,.0f}"
    return [
        _row(f"filtered listing seen before / cached car page, {PATHS} each", still, 1.15, detail),
        _row(f"  while {CHANGES_PER_SECOND} prices a second change", moving, None, ""),
    ]


def _row(what: str, loads: list, bar: float | None, more: str) -> Row:
    ratios = [listing / car for listing, car in loads]
    listing, car = (median(each) for each in zip(*loads, strict=True))
    detail = f"{listing:.2f} us against {car:.2f} us; rounds {min(ratios):.2f} to {max(ratios):.2f}{more}"
    return Row(what, median(ratios), "x", bar, detail)


def _listings(catalogue: Catalogue) -> list[str]:
    with closing(catalogue.connect()) as database:
        asked = queries.Queries(cars.read(database).values(), random.Random(11))
    chosen: dict[str, None] = {}
    while len(chosen) < PATHS:
        query = asked.one()
        if query:
            chosen[f"/cars?{query}"] = None
    return list(chosen)


def _warm(own: Forecourt, paths: list[str]) -> float:
    """Asks for each twice; answers their mean size."""
    with own.connect() as connection:
        for path in paths:
            connection.get(path)
        asked = [connection.get(path) for path in paths]
    for page in asked:
        if page.status != 200 or "hit" not in (page.header("cache-status") or ""):
            raise RuntimeError(f"not a hit: {page.raw_head.decode()}")
    return sum(len(page.body) for page in asked) / len(asked)


@contextmanager
def _changing(catalogue: Catalogue):
    """Prices change for the length of a `with`, one car at a time."""
    stop = threading.Event()
    live = catalogue.cars("live")
    dice = random.Random(3)
    changed = 0

    def run() -> None:
        nonlocal changed
        with closing(catalogue.connect()) as database:
            while not stop.wait(1 / CHANGES_PER_SECOND):
                database.execute("UPDATE car_prices SET price = price + 101 WHERE car_id = ?", (dice.choice(live),))
                changed += 1

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    if not changed:
        raise RuntimeError("no price was changed")
