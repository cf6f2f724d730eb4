"""What becomes of those who are served while far more is asked for than can be done."""

import math
import subprocess
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from . import machine, personal
from .bench import LARGE_CARS, Bench
from .forecourt import Catalogue, Forecourt, car_path, serving
from .http import BROWSER_CODINGS
from .table import Row

VISITORS = 50
CONNECTIONS = 512
BUSY_CONNECTIONS = 4
TIMES_BAR = 2
ALIVE_BAR_MS = 1000
GROWN_BAR_MIB = 64
OK, REFUSED = 200, 503
HEALTH = "/healthz"


@dataclass
class Answers:
    """Those with one status, counted from when each was due."""

    n: int
    p50_ms: float
    p99_ms: float
    slowest_ms: float


@dataclass
class Turn:
    """Half of what can be done, then far more, one after the other."""

    half: Answers
    served: Answers
    refused: Answers
    alive_ms: float
    """The slowest answer for health or a page that is ready, meanwhile."""

    @property
    def times(self) -> float:
        """How much longer those who are served wait."""
        return self.served.p99_ms / self.half.p99_ms


def measure(bench: Bench) -> list[Row]:
    """Listings of one visitor each, by one worker on one core, the client on another. Refusing costs a tenth of the usual
    catalogue's page: there is no core that could offer ten times as much and none that could refuse it, so it gets
    three times as much, and a catalogue whose pages take longer gets all of it."""
    rows = []
    for name, catalogue, times in [
        (f"{LARGE_CARS:,} cars", bench.large(), 10),
        ("usual catalogue", bench.catalogue, 3),
    ]:
        rows += _measure(bench, name, catalogue, times)
    return rows


def _measure(bench: Bench, name: str, catalogue: Catalogue, times: int) -> list[Row]:
    turns, seconds = (2, 2) if bench.quick else (7, 4)
    directory = bench.directory(f"overload-{times}")
    data, core = directory / "data", machine.cores()[0]
    with serving(bench.binary, catalogue, data, workers=1, core=core, ready_within_s=600) as own:
        own.settle()
        offer = _Offer(own, catalogue, directory, seconds)
        offer.run(BUSY_CONNECTIONS, 0)
        capacity = offer.run(BUSY_CONNECTIONS, 0)[OK].n / seconds
        before = machine.resident_mib(own.pid)
        ready = car_path(catalogue.cars("live")[0])
        done = [_turn(own, offer, capacity, times, ready) for _ in range(turns)]
        grown = machine.resident_mib(own.pid) - before
    machine.say(f"overload, {name}: {capacity:,.0f} listings a second; " + ", ".join(f"{turn.times:.1f}" for turn in done))
    middle = sorted(done, key=lambda turn: turn.times)[len(done) // 2]
    served, refused = (median(n) / seconds for n in zip(*((t.served.n, t.refused.n) for t in done), strict=True))
    spread = (min(turn.times for turn in done), max(turn.times for turn in done))
    return [
        Row(
            f"{times} x what can be done, {name}: p99 of the served / at half",
            middle.times,
            "x",
            TIMES_BAR,
            f"turns {spread[0]:.1f} to {spread[1]:.1f}; {middle.served.p99_ms:.1f} ms "
            f"(p50 {middle.served.p50_ms:.1f}) against {middle.half.p99_ms:.1f} ({middle.half.p50_ms:.1f}); can do "
            f"{capacity:,.0f}/s, served {served:,.0f}/s, refused {refused:,.0f}/s, p50 {middle.refused.p50_ms:.1f} ms",
            spread,
        ),
        Row("  health and a page that is ready, the slowest", max(t.alive_ms for t in done), "ms", ALIVE_BAR_MS, "asked 20 times a second"),
        Row("  memory more", grown, "MiB", GROWN_BAR_MIB, f"{before:.0f} MiB before"),
    ]


class _Offer:
    """`offer.c` with listings of so many visitors."""

    def __init__(self, own: Forecourt, catalogue: Catalogue, directory: Path, seconds: int):
        self.program = machine.compiled("offer", directory)
        self.requests = directory / "requests.http"
        self.port, self.seconds = own.port, seconds
        with own.connect(BROWSER_CODINGS) as connection:
            jar = personal.cookies(connection, catalogue, VISITORS)
            self.requests.write_bytes(b"".join(connection.head("/cars", cookie) for cookie in jar))

    def run(self, connections: int, per_second: float) -> dict[int, Answers]:
        """What came of it, by status. With 0 a second, each connection asks again when it was answered."""
        command = ["taskset", "-c", machine.cores()[-1], self.program]
        command += [self.port, self.requests, connections, per_second, self.seconds]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr.strip() or "offer ended")
        lines = [[int(word) for word in line.split()] for line in done.stdout.splitlines()]
        answers = {status: Answers(n, p50 / 1e3, p99 / 1e3, most / 1e3) for status, n, p50, p99, most in lines}
        if wrong := set(answers) - {OK, REFUSED}:
            raise RuntimeError(f"answers with status {wrong}")
        return answers


def _turn(own: Forecourt, offer: _Offer, capacity: float, times: int, ready: str) -> Turn:
    half = offer.run(CONNECTIONS, capacity / 2)[OK]
    with _asking(own, [HEALTH, ready]) as slowest:
        answers = offer.run(CONNECTIONS, times * capacity)
    if REFUSED not in answers:
        raise RuntimeError("nobody was refused: it was no overload")
    return Turn(half, answers[OK], answers[REFUSED], slowest[0])


@contextmanager
def _asking(own: Forecourt, paths: list[str]):
    """Asks for these for the length of a `with`. Yields a list of one: the slowest answer, in ms."""
    stop, slowest = threading.Event(), [0.0]

    def run() -> None:
        with own.connect() as connection:
            while not stop.wait(0.05):
                for path in paths:
                    began = time.monotonic()
                    status = connection.get(path).status
                    # Whoever is turned away here is not alive.
                    took_ms = (time.monotonic() - began) * 1000 if status == OK else math.inf
                    slowest[0] = max(slowest[0], took_ms)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield slowest
    finally:
        stop.set()
        thread.join()
