"""Row 3: the first request of a page after its car changed renders it and compresses it."""

from statistics import median

from .bench import Bench
from .forecourt import car_path, serving
from .http import Connection
from .machine import cpu_ns
from .table import Row

ENCODINGS = ["gzip", "zstd", "br"]
PAGES_PER_TURN = 100


def measure(bench: Bench) -> list[Row]:
    """Asks once for each of many pages nobody has asked for yet, the codings in turn; process CPU over requests,
    nothing taken off. Turns are short and the median counts, so that a neighbour's burst does not."""
    turns = 6 if bench.quick else 40
    cars = bench.catalogue.cars("live")
    directory = bench.directory("first")
    took_us: dict[str, list[float]] = {encoding: [] for encoding in ENCODINGS}
    body_bytes = {encoding: 0 for encoding in ENCODINGS}
    with serving(bench.binary, bench.catalogue, directory / "data") as own:
        # The turn before the first only warms up.
        for turn in range(-1, turns):
            chosen = cars[(turn + 1) * PAGES_PER_TURN : (turn + 2) * PAGES_PER_TURN]
            for encoding in ENCODINGS:
                with own.connect(encoding) as connection:
                    before = cpu_ns(own.pid)
                    asked = [_first(connection, car, encoding) for car in chosen]
                    used_us = (cpu_ns(own.pid) - before) / 1000
                if turn >= 0:
                    took_us[encoding].append(used_us / len(asked))
                    body_bytes[encoding] += sum(asked)
    return [
        Row(
            f"first request of a page, {encoding} (CPU)",
            median(took_us[encoding]),
            "us",
            500,
            f"{turns * PAGES_PER_TURN:,} pages of {body_bytes[encoding] / turns / PAGES_PER_TURN:,.0f} bytes; "
            f"turns {min(took_us[encoding]):.0f} to {max(took_us[encoding]):.0f}",
        )
        for encoding in ENCODINGS
    ]


def _first(connection: Connection, car: int, encoding: str) -> int:
    """Asks; answers the body's bytes."""
    page = connection.get(car_path(car))
    if page.status != 200 or page.header("content-encoding") != encoding or "render" not in page.header("cache-status"):
        raise RuntimeError(f"not the first {encoding} of a page: {page.raw_head.decode()}")
    return len(page.body)
