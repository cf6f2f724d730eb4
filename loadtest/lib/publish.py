"""What it takes to make and publish the next snapshot when one car has changed."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from statistics import median

from .bench import LARGE_CARS, Bench
from .forecourt import Catalogue, Forecourt, metric, serving
from .table import Row, percentile

GENERATION = "forecourt_snapshot_generation"
MICROSECONDS = "forecourt_snapshot_publish_microseconds_total"
SHOWN_WITHIN_S = 10


def measure(bench: Bench) -> list[Row]:
    """A price, a sale, a colour or a city is committed; what the server says it took to publish that is read before the
    next one. Its clock is the wall's, so what neighbours take is in it: the median counts."""
    directory = bench.directory("publish")
    usual = _took_ms(bench, bench.catalogue.copy(directory), directory / "usual")
    large = _took_ms(bench, bench.large(), directory / "large")
    return [_row("one car's change, next snapshot published", usual, 2), _row(f"  at {LARGE_CARS:,} cars", large, 5)]


def _row(what: str, took_ms: list[float], bar: float) -> Row:
    detail = f"median; p99 {percentile(took_ms, 0.99):.2f}, max {max(took_ms):.2f} ms, {len(took_ms)} changes"
    return Row(what, median(took_ms), "ms", bar, detail)


def _took_ms(bench: Bench, catalogue: Catalogue, data: Path) -> list[float]:
    with serving(bench.binary, catalogue, data, ready_within_s=600) as own:
        if not metric(own, MICROSECONDS):
            raise RuntimeError(f"this forecourt has no {MICROSECONDS}")
        own.settle()
        return took_ms(own, catalogue, 40 if bench.quick else 200)


def took_ms(own: Forecourt, catalogue: Catalogue, changes: int) -> list[float]:
    """What each of so many changes took, one after the other."""
    cars = catalogue.cars("live")
    with closing(catalogue.connect()) as database:
        took = [_change(own, database, number, car) for number, car in enumerate(cars[:: len(cars) // changes][:changes])]
    # A publish that two changes shared, or a change that took two, is neither.
    return [took_ms for published, took_ms in took if published == 1]


_CHANGES = [
    "UPDATE car_prices SET price = price + 1111 WHERE car_id = ?",
    "UPDATE cars SET status = 'sold', sold_at = datetime('now') WHERE id = ?",
    "UPDATE cars SET colour = CASE colour WHEN 'Red' THEN 'Blue' ELSE 'Red' END WHERE id = ?",
    "UPDATE cars SET hub_id = (SELECT id FROM hubs WHERE id <> hub_id ORDER BY id LIMIT 1) WHERE id = ?",
]


def _change(own: Forecourt, database: sqlite3.Connection, number: int, car: int) -> tuple[int, float]:
    """How many snapshots were published for it, and what that took."""
    before = metric(own, GENERATION), metric(own, MICROSECONDS)
    database.execute(_CHANGES[number % len(_CHANGES)], (car,))
    began = time.monotonic()
    while metric(own, GENERATION) == before[0]:
        if time.monotonic() - began > SHOWN_WITHIN_S:
            raise RuntimeError(f"nothing was published {SHOWN_WITHIN_S} s after car {car} had changed")
        time.sleep(0.005)
    # The generation is told before it is in use.
    time.sleep(0.02)
    return int(metric(own, GENERATION) - before[0]), (metric(own, MICROSECONDS) - before[1]) / 1000
