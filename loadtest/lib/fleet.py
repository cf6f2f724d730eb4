"""The rows of `figures --stack`: real MariaDB, Kafka and Valkey, a relay, two projectors, three instances."""

import contextlib
import random
import shutil
import time
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import median

from .forecourt import car_path, rupees
from .http import Connection
from .machine import resident_mib, say
from .roles import Role
from .stack import Plan, Stack
from .table import Row, percentile
from .visitors import PER_SECOND, Traffic, visiting

# Between two looks at the pages: part of what is measured, so little.
LOOK_S = 0.0003
SHOWN_WITHIN_S = 60
CHANGES_PER_SECOND = 2_000
# As many as are due at the moment, at most so many.
ROWS_PER_TRANSACTION_MAX = 200


@contextlib.contextmanager
def running(binary: Path, origin: str, directory: Path):
    """A stack for the length of a `with`, its first projector active."""
    stack = Stack(directory, Plan(str(binary), origin))
    try:
        stack.up()
        stack.wait_until_active()
        yield stack
    finally:
        stack.down()


def change(stack: Stack, quick: bool) -> list[Row]:
    """Commits a price no other car has, then asks all instances for the page until each shows it; car by car."""
    changes = 50 if quick else 500
    cars = live_cars(stack)
    chosen = cars[:: max(1, len(cars) // changes)][:changes]
    took_ms = []
    with ExitStack() as opened:
        connections = _connections(stack, opened)
        database = opened.enter_context(closing(stack.mariadb.connect()))
        cursor = opened.enter_context(database.cursor())
        for number, car in enumerate(chosen):
            # Not in step with heartbeats.
            time.sleep(random.uniform(0.005, 0.03))
            took_ms.append(_change(cursor, connections, car, 1_234_501 + 2 * number))
    detail = f"{len(took_ms)} changes, max {max(took_ms):.1f} ms"
    return [
        Row("commit -> new bytes on all instances (p50)", median(took_ms), "ms", 20, detail),
        Row("commit -> new bytes on all instances (p99)", percentile(took_ms, 0.99), "ms", 100),
    ]


def _change(cursor, connections: list[Connection], car: int, price: int) -> float:
    path, shown = car_path(car), rupees(price)
    for connection in connections:
        connection.get(path)
    cursor.execute("BEGIN")
    cursor.execute("UPDATE car_prices SET price = %s WHERE car_id = %s", (price, car))
    # The commit's own time is in the figure: somewhere within it the change becomes one that others can see.
    began = time.monotonic()
    cursor.execute("COMMIT")
    waiting = connections
    while waiting := [connection for connection in waiting if shown not in connection.get(path).text()]:
        if time.monotonic() - began > SHOWN_WITHIN_S:
            raise RuntimeError(f"{path} does not show {shown} on {len(waiting)} instances after {SHOWN_WITHIN_S} s")
        time.sleep(LOOK_S)
    return (time.monotonic() - began) * 1000


def reprice(stack: Stack, quick: bool) -> list[Row]:
    """Every live car's price in one statement. Visible when all instances' `Forecourt-As-Of` have passed the commit;
    then every car's page is fetched from each, and one old price fails the run."""
    cars = live_cars(stack)
    visible_s, p99_ms = [], []
    with ExitStack() as opened:
        connections = _connections(stack, opened)
        for car in cars:
            for connection in connections:
                connection.get(car_path(car))
        for number in range(1 if quick else 5):
            with ExitStack() as visiting_all:
                visits = [
                    visiting_all.enter_context(visiting(instance.port or 0, cars, Traffic(PER_SECOND // len(connections))))
                    for instance in stack.instances
                ]
                time.sleep(1)
                began, visible = _reprice(stack, connections, 0.97 if number % 2 == 0 else 1.03)
            _check_prices(stack, connections)
            visible_s.append(visible - began)
            p99_ms.append(percentile([took for one in visits for took in one.between(began, visible)], 0.99))
            say(f"reprice {number + 1}: visible after {visible_s[-1]:.2f} s, p99 meanwhile {p99_ms[-1]:.1f} ms")
    misses = sum(instance.metric("forecourt_page_cache_total", 'result="miss"') for instance in stack.instances)
    spread = f"{min(visible_s):.2f} to {max(visible_s):.2f}, {len(cars):,} cars on {len(connections)} instances"
    return [
        Row("all prices changed at once, visible on all (median)", median(visible_s), "s", 5, spread),
        Row(
            "  requests meanwhile (p99, median of runs)", median(p99_ms), "ms", 10, f"{PER_SECOND}/s in all, no errors"
        ),
        Row("  requests that needed the network", misses, "", 0),
    ]


def _reprice(stack: Stack, connections: list[Connection], factor: float) -> tuple[float, float]:
    """Answers when the statement's commit began and when all was visible."""
    with closing(stack.mariadb.connect()) as database, database.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(
            "UPDATE car_prices p JOIN cars c ON c.id = p.car_id "
            "SET p.price = ROUND(p.price * %s) WHERE c.status = 'live'",
            [factor],
        )
        began = time.monotonic()
        cursor.execute("COMMIT")
        committed_ms = time.time() * 1000
    while any(_as_of_ms(connection) <= committed_ms for connection in connections):
        if time.monotonic() - began > SHOWN_WITHIN_S:
            raise RuntimeError(f"a reprice is not visible after {SHOWN_WITHIN_S} s")
        time.sleep(0.02)
    return began, time.monotonic()


def _check_prices(stack: Stack, connections: list[Connection]) -> None:
    with closing(stack.mariadb.connect()) as database, database.cursor() as cursor:
        cursor.execute(
            "SELECT p.car_id, p.price FROM car_prices p JOIN cars c ON c.id = p.car_id WHERE c.status = 'live'"
        )
        for car, price in cursor.fetchall():
            for connection in connections:
                if rupees(price) not in connection.get(car_path(car)).text():
                    raise RuntimeError(f"{car_path(car)} is old though Forecourt-As-Of says that it is not")


def sustained(stack: Stack, quick: bool) -> list[Row]:
    """Changes at a steady rate, spread over all cars: how much older pages are at the end than at the beginning."""
    seconds = 6 if quick else 20
    cars, rows, transactions = live_cars(stack), 0, 0
    lags_ms: list[tuple[float, float]] = []
    with ExitStack() as opened:
        connections = _connections(stack, opened)
        database = opened.enter_context(closing(stack.mariadb.connect()))
        cursor = opened.enter_context(database.cursor())
        began = time.monotonic()
        looked = began
        while (now := time.monotonic()) - began < seconds:
            due = int((now - began) * CHANGES_PER_SECOND * 1.05) - rows
            if due > 0:
                chosen = ",".join(map(str, random.sample(cars, min(due, len(cars), ROWS_PER_TRANSACTION_MAX))))
                rows += cursor.execute(f"UPDATE car_prices SET price = price + 1 WHERE car_id IN ({chosen})")
                transactions += 1
            if now - looked > 0.1:
                looked = now
                lag = max(time.time() * 1000 - _as_of_ms(connection) for connection in connections)
                lags_ms.append((now - began, lag))
            time.sleep(0.004)
        per_second = rows / (time.monotonic() - began)
        committed_ms, ended = time.time() * 1000, time.monotonic()
        while any(_as_of_ms(connection) <= committed_ms for connection in connections):
            if time.monotonic() - ended > SHOWN_WITHIN_S:
                raise RuntimeError(f"{rows:,} changes are not all visible {SHOWN_WITHIN_S} s after the last")
            time.sleep(0.005)
        caught_up_s = time.monotonic() - ended
    if per_second < CHANGES_PER_SECOND:
        raise RuntimeError(f"only {per_second:.0f} changes a second could be written")
    quarter = seconds / 4
    first = median([lag for moment, lag in lags_ms if quarter <= moment < 2 * quarter])
    last = median([lag for moment, lag in lags_ms if moment >= seconds - quarter])
    detail = (
        f"{per_second:,.0f} changes/s in {transactions:,} transactions, {seconds} s; "
        f"lag {first:.0f} then {last:.0f} ms; caught up in {caught_up_s:.2f} s"
    )
    return [Row(f"{CHANGES_PER_SECOND:,} changes/s: the lag grows by", max(0.0, last - first), "ms", 100, detail)]


def start(stack: Stack, quick: bool) -> list[Row]:
    """An instance with nothing on its disk: from the start of the process until `/healthz` says 200."""
    instance, took_s = stack.instances[0], []
    for _ in range(1 if quick else 5):
        instance.kill()
        shutil.rmtree(instance.data, ignore_errors=True)
        began = time.monotonic()
        instance.start(wait=False)
        while not instance.answers():
            if not instance.alive() or time.monotonic() - began > 60:
                raise RuntimeError(f"{instance.name} did not become ready: {instance.last_words()}")
            time.sleep(0.001)
        took_s.append(time.monotonic() - began)
    spread = f"{min(took_s):.2f} to {max(took_s):.2f}, {len(took_s)} starts, {len(live_cars(stack)):,} cars on sale"
    return [Row("start to ready, documents in Valkey (median)", median(took_s), "s", 1, spread)]


def memory(stack: Stack, _quick: bool) -> list[Row]:
    """At its highest through all of the above."""

    def row(role: Role, name: str) -> Row:
        now, highest = (resident_mib(role.pid or 0, field) for field in ("VmRSS", "VmHWM"))
        return Row(f"{name}: resident, at most", highest, "MiB", 150, f"{now:.0f} now")

    active = stack.active()
    return [row(stack.relay, "relay"), *([row(active, "active projector")] if active else [])]


MEASUREMENTS = {
    "fleet-change": change,
    "fleet-reprice": reprice,
    "fleet-sustained": sustained,
    "fleet-start": start,
    "fleet-memory": memory,
}


def live_cars(stack: Stack) -> list[int]:
    """Ids of the cars on sale."""
    with closing(stack.mariadb.connect()) as database, database.cursor() as cursor:
        cursor.execute("SELECT id FROM cars WHERE status = 'live' ORDER BY id")
        return [car for (car,) in cursor.fetchall()]


def _connections(stack: Stack, opened: ExitStack) -> list[Connection]:
    return [opened.enter_context(Connection(instance.port or 0)) for instance in stack.instances]


def _as_of_ms(connection: Connection) -> int:
    return int(connection.get("/cars").header("forecourt-as-of") or 0)
