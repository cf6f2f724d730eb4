"""Row 5: every price changed in one statement, and what visitors notice of it."""

import time
from contextlib import closing
from statistics import median

from .bench import Bench
from .forecourt import Catalogue, Forecourt, car_path, rupees, serving, version
from .http import Connection
from .machine import say, waited_ms
from .table import Row, percentile
from .visitors import PER_SECOND, visiting

SHOWN_WITHIN_S = 60
SAMPLE_CARS = 100


def measure(bench: Bench) -> list[Row]:
    """All visible is when `Forecourt-As-Of` says so and a sample of pages and the listing show it. Then every live
    car's page is fetched: one that still shows the old price makes the promise a lie, and the run a failure."""
    directory = bench.directory("reprice")
    catalogue = bench.catalogue.copy(directory)
    cars = catalogue.cars("live")
    repeats = 1 if bench.quick else 5
    visible_s, fetched_s, p99_ms, waited = [], [], [], []
    with serving(bench.binary, catalogue, directory / "data") as own, own.connect() as connection:
        # A visited site has its pages in memory.
        versions = {car: version(connection.get(car_path(car)).header("forecourt-version")) for car in cars}
        for number in range(repeats):
            with visiting(own.port, cars) as visits:
                time.sleep(1)
                waited_before = waited_ms(own.pid)
                began, visible = _reprice(catalogue, own, connection, cars, 0.97 if number % 2 == 0 else 1.03)
                waited.append(waited_ms(own.pid) - waited_before)
            for car, price in catalogue.prices().items():
                if car in versions:
                    versions[car] = _check(connection.get(car_path(car)), car, price, versions[car])
            visible_s.append(visible - began)
            fetched_s.append(time.monotonic() - began)
            p99_ms.append(percentile(visits.between(began, visible), 0.99))
            say(
                f"reprice {number + 1}: visible after {visible_s[-1]:.2f} s, p99 of requests meanwhile {p99_ms[-1]:.1f} ms, "
                f"the server waited {waited[-1]:.0f} ms for a core; every page fetched after {fetched_s[-1]:.1f} s"
            )
    spread = f"{min(visible_s):.2f} to {max(visible_s):.2f}; every page fetched and right after {max(fetched_s):.1f} s"
    meanwhile = (
        f"{min(p99_ms):.1f} to {max(p99_ms):.1f}, {PER_SECOND} requests/s; "
        f"the server waited {min(waited):.0f} to {max(waited):.0f} ms for a core"
    )
    return [
        Row("all prices changed at once, all visible (median)", median(visible_s), "s", 5, spread),
        Row("  requests meanwhile (p99, median of runs)", median(p99_ms), "ms", 10, meanwhile),
    ]


def _reprice(
    catalogue: Catalogue, own: Forecourt, connection: Connection, cars: list[int], factor: float
) -> tuple[float, float]:
    """Changes the prices; answers when the commit began and when all were visible."""
    with closing(catalogue.connect()) as database:
        database.execute("BEGIN IMMEDIATE")
        database.execute("UPDATE car_prices SET price = price * ?", (factor,))
        prices = dict(database.execute("SELECT car_id, price FROM car_prices"))
        began = time.monotonic()
        database.execute("COMMIT")
        committed_unix_ms = time.time() * 1000
    waiting = cars[:: max(1, len(cars) // SAMPLE_CARS)]
    while True:
        listing = connection.get("/cars")
        waiting = [car for car in waiting if not _shows(connection.get(car_path(car)).text(), prices[car])]
        if not waiting and int(listing.header("forecourt-as-of")) > committed_unix_ms:
            return began, time.monotonic()
        if time.monotonic() - began > SHOWN_WITHIN_S:
            raise RuntimeError(f"{len(waiting)} of the sampled pages are old after {SHOWN_WITHIN_S} s: {waiting[:10]}")
        time.sleep(0.02)


def _shows(html: str, price: float) -> bool:
    return rupees(int(price + 0.5)) in html


def _check(page, car: int, price: int, before: tuple[int, int]) -> tuple[int, int]:
    """Raises unless the page has the price, in a later version than before; answers the version."""
    now = version(page.header("forecourt-version"))
    if now <= before or not _shows(page.text(), price):
        raise RuntimeError(f"{car_path(car)} is old though Forecourt-As-Of says that it is not")
    return now
