"""The server under test, and the catalogue it is run on."""

import os
import shutil
import sqlite3
import subprocess
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import machine
from .http import Connection

REPOSITORY = Path(__file__).resolve().parents[2]
# Of a core: what heartbeats and looking for changes cost, and some.
SETTLED_BUSY = 0.03
SETTLED_WITHIN_S = 900
# One second may be quiet because others had the core.
SETTLED_FOR_S = 3


def build() -> Path:
    """Builds the release binary and says where it is."""
    machine.say("cargo build --release --locked")
    subprocess.run(["cargo", "build", "--release", "--locked"], cwd=REPOSITORY, check=True)
    return Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target")) / "release" / "forecourt"


class Catalogue:
    """A SQLite source, written to as the business's programs write to theirs."""

    def __init__(self, file: Path):
        self.file = file

    @classmethod
    def seeded(cls, binary: Path, origin: str, file: Path, cars: int | None = None) -> "Catalogue":
        """A new one, from `generated` (so many live `cars`) or a directory of CSV files."""
        machine.say(f"seeding from {origin}" + (f", {cars:,} cars" if cars else ""))
        command = [binary, "seed", "--from", origin, "--to", f"sqlite:{file}"]
        command += ["--cars", str(cars)] if cars else []
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"forecourt seed: {done.stderr}")
        return cls(file)

    def copy(self, directory: Path) -> "Catalogue":
        """A copy for one measurement to change, never served before."""
        return Catalogue(Path(shutil.copy(self.file, directory / "catalogue.db")))

    def connect(self, *, any_thread: bool = False) -> sqlite3.Connection:
        """A connection that commits each statement."""
        return sqlite3.connect(self.file, isolation_level=None, timeout=30, check_same_thread=not any_thread)

    def cars(self, *statuses: str) -> list[int]:
        """Ids of the cars with one of the statuses."""
        marks = ",".join("?" * len(statuses))
        with closing(self.connect()) as database:
            rows = database.execute(f"SELECT id FROM cars WHERE status IN ({marks}) ORDER BY id", statuses)
            return [car for (car,) in rows]

    def prices(self) -> dict[int, int]:
        """Price by car as pages show it: whole rupees, rounded half up."""
        with closing(self.connect()) as database:
            return {car: int(price + 0.5) for car, price in database.execute("SELECT car_id, price FROM car_prices")}


@dataclass
class Forecourt:
    """A running instance."""

    process: subprocess.Popen
    port: int
    admin_port: int
    ready_s: float

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def connect(self, encoding: str = "gzip") -> Connection:
        """A connection to the traffic port."""
        return Connection(self.port, encoding)

    def settle(self, settled_busy: float = SETTLED_BUSY) -> None:
        """Returns when it does nothing by itself any more: after a start it compares every car with the source."""
        deadline = time.monotonic() + SETTLED_WITHIN_S
        quiet_s = 0
        while quiet_s < SETTLED_FOR_S:
            began, before = time.monotonic(), machine.cpu_ns(self.pid)
            time.sleep(1)
            busy = (machine.cpu_ns(self.pid) - before) / 1e9 / (time.monotonic() - began)
            quiet_s = quiet_s + 1 if busy <= settled_busy else 0
            if time.monotonic() > deadline:
                raise RuntimeError(f"forecourt is still {busy:.0%} busy with itself after {SETTLED_WITHIN_S} s")

    def kill(self) -> None:
        """As the machine would: kill -9."""
        self.process.kill()
        self.process.wait()


@contextmanager
def serving(
    binary: Path,
    catalogue: Catalogue,
    data: Path,
    *,
    workers: int = 0,
    core: int | None = None,
    model: Path | None = None,
    ready_within_s: float = 60,
    under: tuple[str, ...] = (),
    settings: dict[str, str] | None = None,
):
    """`forecourt serve` on a catalogue and a data directory, ready. `workers` 0 is as shipped: one per core; without a
    `model` the built-in one ranks. `under`: a program that runs it, with its arguments. `settings`: more of its environment."""
    port, admin_port = machine.free_port(), machine.free_port()
    env = {
        "FORECOURT_SERVER__LISTEN": f"127.0.0.1:{port}",
        "FORECOURT_SERVER__WORKERS": str(workers),
        "FORECOURT_SERVER__DRAIN_S": "0",
        "FORECOURT_ADMIN__LISTEN": f"127.0.0.1:{admin_port}",
        "FORECOURT_DATA__DIR": str(data),
        "FORECOURT_SOURCE__URL": f"sqlite:{catalogue.file}",
        "FORECOURT_RANK__MODEL": str(model or ""),
        **(settings or {}),
    }
    log = data.with_suffix(".log")
    began = time.monotonic()
    with machine.running([*under, binary, "serve"], env=env, core=core, log=log) as process:
        while not _is_ready(port):
            if process.poll() is not None or time.monotonic() - began > ready_within_s:
                raise RuntimeError(f"forecourt did not become ready: {log.read_text()[-1000:]}")
            time.sleep(0.001)
        yield Forecourt(process, port, admin_port, time.monotonic() - began)


def _is_ready(port: int) -> bool:
    try:
        with Connection(port, timeout_s=1) as connection:
            return connection.get("/healthz").status == 200
    except OSError:
        return False


def metric(own: Forecourt, name: str) -> float:
    """What `/metrics` says of one name with its labels, 0 if nothing yet."""
    with Connection(own.admin_port, "identity") as admin:
        lines = admin.get("/metrics").text().splitlines()
    values = [line.rsplit(" ", 1) for line in lines if line.startswith(name)]
    return next((float(value) for of, value in values if of == name), 0.0)


def car_path(car: int) -> str:
    """A car's page; any slug will do."""
    return f"/car/x-{car}"


def rupees(amount: int) -> str:
    """An amount as pages write it, in Indian grouping: ₹9,04,000."""
    rest, last = divmod(amount, 1000)
    if not rest:
        return f"₹{last}"
    groups = [f"{last:03}"]
    while rest >= 100:
        rest, group = divmod(rest, 100)
        groups.insert(0, f"{group:02}")
    return "₹" + ",".join([str(rest), *groups])


def version(text: str | None) -> tuple[int, int]:
    """`Forecourt-Version`, comparable."""
    epoch, sequence = (text or "0.0").split(".")
    return int(epoch), int(sequence)
