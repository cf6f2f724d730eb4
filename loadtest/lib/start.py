"""Row 6: from the start of the process until `/healthz` says 200."""

import time
from pathlib import Path
from statistics import median

from .bench import Bench
from .forecourt import serving
from .table import Row


def measure(bench: Bench) -> list[Row]:
    """First on an empty data directory and a database never served before, then, after kill -9, on what that left."""
    rounds = 1 if bench.quick else 5
    cold_s, warm_s = [], []
    for number in range(rounds):
        directory = bench.directory(f"start-{number}")
        catalogue, data = bench.catalogue.copy(directory), directory / "data"
        with serving(bench.binary, catalogue, data) as own:
            cold_s.append(own.ready_s)
            wait_until_still(data)
            own.kill()
        with serving(bench.binary, catalogue, data) as own:
            warm_s.append(own.ready_s)
    return [
        _row("start to ready, from SQLite (median)", cold_s, 3),
        _row("start to ready, from the disk copy, after kill -9 (median)", warm_s, 0.5),
    ]


def _row(what: str, took_s: list[float], bar: float) -> Row:
    return Row(what, median(took_s), "s", bar, f"{min(took_s):.2f} to {max(took_s):.2f}, {len(took_s)} starts")


def wait_until_still(data: Path) -> None:
    """Until the data directory has not changed for a second: the copy is on disk."""
    state, since = None, time.monotonic()
    while time.monotonic() - since < 1:
        now = sorted((file.name, file.stat().st_size) for file in data.iterdir())
        if now != state:
            state, since = now, time.monotonic()
        time.sleep(0.05)
