"""What the business does to its cars while people look at them."""

import time

from .. import sightings
from ..table import Row, percentile
from . import judge
from .judge import SERVED_MS_MAX, Verdict
from .run import Run, loading
from .scale import Scale
from .site import Site
from .writer import now

VISIBLE_S_MAX = 5
# Cars that are sold and come back, and as many that go live and are taken back.
WATCHED = 20


def reprice(site: Site, scale: Scale) -> Verdict:
    """Every price in one statement, once a day. Here twice: down and up again."""
    visible_s, windows = [], []
    with loading(site, "everybody", scale.seconds(11), scale.directory, **scale.everybody()) as run:
        for share, factor in ((0.2, 0.97), (0.6, 1.04)):
            run.at(share)
            run.event(f"all prices times {factor}")
            began_ms = time.time() * 1000
            committed_ms = site.write(
                [f"UPDATE car_prices SET price = ROUND(price * {factor}), updated_at = '{now()}'"], []
            )
            site.seconds_until_shown(committed_ms)
            ended_ms = time.time() * 1000
            visible_s.append((ended_ms - committed_ms) / 1000)
            windows.append((began_ms, ended_ms))
            run.event(f"all visible {visible_s[-1]:.2f} s after the commit")
    verdict = judge.verdict("reprice", "All prices change while people look", run)
    cars = len(site.cars("live"))
    rows = [
        Row(f"{cars:,} prices changed at once, all visible (slower of two)", max(visible_s), "s", VISIBLE_S_MAX),
        Row("  served meanwhile (p99)", _served_p99(run, windows), "ms", SERVED_MS_MAX),
    ]
    verdict.rows += [judge.timed(run, row) for row in rows]
    return verdict


def _served_p99(run: Run, windows: list[tuple[float, float]]) -> float:
    served = [
        each.served_ms
        for each in sightings.read(run.k6.sightings)
        if each.served_ms is not None and any(began <= each.began_ms <= ended for began, ended in windows)
    ]
    return percentile(served, 0.99) if served else 0.0


def stock(site: Site, scale: Scale) -> Verdict:
    """Cars go live, are sold, come back and are taken off, five a second at most, while people keep looking at them."""
    cars = [*site.cars("sold")[:WATCHED], *site.cars("hidden")[:WATCHED]]
    settings = scale.everybody() | {"WATCHED": ",".join(map(str, cars))}
    changes, slowest_s = 0, 0.0
    with loading(site, "everybody", scale.seconds(9), scale.directory, **settings) as run:
        run.event(f"{len(cars)} cars go live and are sold from now on, five a second at most")
        while run.elapsed_s() < run.seconds - 2:
            car = cars[changes % len(cars)]
            status = {"live": "sold" if car in cars[:WATCHED] else "hidden"}.get(_status(site, car), "live")
            sold_at = f"'{now()}'" if status == "sold" else "NULL"
            committed_ms = site.write(
                [f"UPDATE cars SET status = '{status}', sold_at = {sold_at} WHERE id = {car}"], [car]
            )
            if changes % 5 == 0:
                slowest_s = max(slowest_s, site.seconds_until_shown(committed_ms))
            changes += 1
            time.sleep(0.2)
    verdict = judge.verdict("stock", "Cars go live and are sold while people look", run)
    verdict.notes.append(f"{changes} changes")
    verdict.rows.append(
        judge.timed(run, Row("a car goes live or is sold, visible everywhere (slowest)", slowest_s, "s", 2))
    )
    return verdict


def _status(site: Site, car: int) -> str:
    last = site.ledger.last(car) or ""
    return "live" if last.isdigit() else last


SCENARIOS = {"reprice": reprice, "stock": stock}
