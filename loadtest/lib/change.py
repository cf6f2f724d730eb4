"""Row 4: one car's price, from the commit in the source to the new bytes."""

import sqlite3
import time
from contextlib import closing
from statistics import median

from .bench import Bench
from .forecourt import car_path, rupees, serving
from .http import Connection
from .table import Row, percentile

# Between two looks at the page: part of what is measured, so little.
LOOK_S = 0.0003
SHOWN_WITHIN_S = 10


def measure(bench: Bench) -> list[Row]:
    """Commits a price no other car has, then asks for the page until it is there; car by car."""
    changes = 50 if bench.quick else 400
    directory = bench.directory("change")
    catalogue = bench.catalogue.copy(directory)
    cars = catalogue.cars("live")
    chosen = cars[:: max(1, len(cars) // changes)][:changes]
    with (
        serving(bench.binary, catalogue, directory / "data") as own,
        own.connect() as connection,
        closing(catalogue.connect()) as database,
    ):
        took_ms = [_change(database, connection, car, 1_234_501 + 2 * i) for i, car in enumerate(chosen)]
    detail = f"p50 {median(took_ms):.1f}, max {max(took_ms):.1f} ms, {len(took_ms)} changes"
    return [Row("one change, commit -> new bytes (p99)", percentile(took_ms, 0.99), "ms", 100, detail)]


def _change(database: sqlite3.Connection, connection: Connection, car: int, price: int) -> float:
    path, shown = car_path(car), rupees(price)
    connection.get(path)
    database.execute("BEGIN IMMEDIATE")
    database.execute("UPDATE car_prices SET price = ? WHERE car_id = ?", (price, car))
    # The commit's own time is in the figure: somewhere within it the change becomes one that others can see.
    began = time.monotonic()
    database.execute("COMMIT")
    while shown not in connection.get(path).text():
        if time.monotonic() - began > SHOWN_WITHIN_S:
            raise RuntimeError(f"{path} does not show {shown} after {SHOWN_WITHIN_S} s")
        time.sleep(LOOK_S)
    return (time.monotonic() - began) * 1000
