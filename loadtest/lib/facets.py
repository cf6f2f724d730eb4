"""Totals, counts and cards of random listings against what counting the source's cars gives."""

import random
import time
from contextlib import closing
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from . import cars, page
from .bench import Bench
from .churn import Churn
from .forecourt import Catalogue, serving
from .http import Connection, Response
from .machine import say
from .personal import cookies
from .queries import Queries
from .table import Row

SMALL_CARS = 300
# Queries between two bursts of changes, of which so many were asked for before: what is kept must not be old.
PER_ROUND, AGAIN, CHANGES = 100, 30, 20
# What finds nothing says what would: of all that is kept, the most intricate.
EMPTY_AGAIN = 20
SHOWN_WITHIN_S = 20
# What stands behind a number in the table: the first differences, to be found again.
DIFFERENCES_SHOWN = 20
_NEVER = float("inf")


@dataclass
class Compared:
    """What was compared with the source, and what differed."""

    queries: int = 0
    numbers: int = 0
    differences: list[str] = field(default_factory=list)


def measure(bench: Bench) -> list[Row]:
    """Half on the usual catalogue, half on a small one, where a change leaves most numbers as they were and what is kept
    looks right most easily."""
    n_queries = 2_000 if bench.quick else 10_000
    compared = Compared()
    _compare(bench, bench.catalogue.copy(bench.directory("facets")), n_queries // 2, compared)
    _compare(bench, bench.generated("facets-small", SMALL_CARS), n_queries // 2, compared)
    for difference in compared.differences[:DIFFERENCES_SHOWN]:
        say(difference)
    what = f"totals and facets of {compared.queries:,} listings that differ"
    detail = f"{compared.numbers:,} totals, counts, cards, advices; {CHANGES} changes after every {PER_ROUND} queries"
    return [Row(what, len(compared.differences), "", 0, detail)]


def _compare(bench: Bench, catalogue: Catalogue, n_queries: int, to: Compared) -> None:
    """Asks, compares, changes some cars, waits until that is visible, asks again: some of the same and some new ones."""
    dice = random.Random(5)
    asked: list[str] = []
    empty: list[str] = []
    with (
        serving(bench.binary, catalogue, catalogue.file.with_name("data")) as own,
        own.connect() as connection,
        closing(catalogue.connect()) as database,
    ):
        churn = Churn(database, dice)
        visitors = ["", *cookies(connection, catalogue, 3)]
        while len(asked) < n_queries:
            queries = Queries(churn.now.values(), dice)
            again = dice.sample(asked, min(AGAIN, len(asked))) + dice.sample(empty, min(EMPTY_AGAIN, len(empty)))
            for query in again + [queries.one() for _ in range(PER_ROUND - len(again))]:
                # Half of them anonymous.
                differences, shown = _differences(connection, query, dice.choice(visitors[: dice.choice([1, None])]), churn)
                # One of a page's differences leads to the others.
                to.differences += differences[:1]
                to.numbers += 1 + len(shown.counts) + len(shown.cars) + len(shown.advice)
                asked.append(query)
                if not shown.cars:
                    empty.append(query)
            _change(churn, connection)
            if len(asked) % 1000 == 0:
                say(f"facets: {len(asked):,} queries, {len(to.differences)} differences")
    to.queries += len(asked)


def _change(churn: Churn, connection: Connection) -> None:
    committed_ms = max(churn.change() for _ in range(CHANGES))
    deadline = time.monotonic() + SHOWN_WITHIN_S
    while _as_of_ms(connection.get("/cars?sort=newest")) <= committed_ms:
        if time.monotonic() > deadline:
            raise RuntimeError(f"the pages are not as of {committed_ms:.0f} after {SHOWN_WITHIN_S} s")
        time.sleep(0.005)


def _as_of_ms(response: Response) -> int:
    return int(response.header("forecourt-as-of") or 0)


def _differences(connection: Connection, query: str, cookie: str, churn: Churn) -> tuple[list[str], page.Listing]:
    """What a page says wrongly, and what it says."""
    path = f"/cars?{query}" if query else "/cars"
    response = connection.get(path, cookie)
    if response.status != 200:
        return [f"{path}: {response.status}"], page.Listing()
    shown = page.read(response.text())
    today = _as_of_ms(response) // (cars.DAY_S * 1000)
    choice = cars.choice(query, today)
    expected = cars.expected(churn.now.values(), choice, today)
    found = []
    if shown.total != len(expected.matching):
        found.append(f"total {shown.total}, expected {len(expected.matching)}")
    # A value that is chosen or cannot be taken away is there with 0; others that would leave nothing are not.
    for value in sorted(shown.counts.keys() | expected.counts.keys()):
        if shown.counts.get(value, 0) != expected.counts.get(value, 0):
            found.append(f"{value}: {shown.counts.get(value)}, expected {expected.counts.get(value, 0)}")
    found += _wrong_cards(shown.cars, choice, expected.matching, churn)
    for href, brings in shown.advice:
        other = cars.choice(urlsplit(href).query, today)
        matching = sum(other.matches(car) for car in churn.now.values())
        # Where a bound is moved, it is told how many cars that adds, to none.
        if brings != matching:
            found.append(f"advice {href}: {brings}, expected {matching}")
    header = f"{path} (Forecourt-As-Of {_as_of_ms(response)}, {response.header('cache-status')}, cookie {bool(cookie)})"
    return [f"{header}: {each}" for each in found], shown


def _wrong_cards(shown: list[int], choice: cars.Choice, matching: list[cars.Car], churn: Churn) -> list[str]:
    """Ten of the cars that match, and in an order that needs no model the first ten."""
    by_id = {car.id: car for car in matching}
    if len(shown) != min(10, len(matching)) or len(set(shown)) != len(shown) or not by_id.keys() >= set(shown):
        return [f"cards {shown}: not ten, twice or not what was asked for"]
    orders = {
        "price": lambda car: (_known(car, "price"), car.id),
        "price_desc": lambda car: (-_known(car, "price"), car.id),
        "km": lambda car: (_known(car, "km"), car.id),
        "year": lambda car: (-_known(car, "year"), car.id),
        "newest": lambda car: (-car.listed_at, -car.id),
    }
    if choice.sort not in orders:
        return []
    first = [car.id for car in sorted(matching, key=orders[choice.sort])[:10]]
    return [] if shown == first else [f"cards {shown}, expected {first}"]


def _known(car: cars.Car, key: str) -> float:
    number = car.numbers[key]
    return _NEVER if number is None else number
