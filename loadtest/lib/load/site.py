"""What is under load: one process that has everything in it, or the whole stack behind a load balancer."""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..forecourt import Catalogue
from ..haproxy import HaProxy
from ..machine import say
from ..process import Process
from ..roles import Role
from ..stack import Plan, Stack, free_port
from .ledger import GONE, SOLD, Ledger

SETTINGS = {
    # Long enough for the load balancer to notice (`haproxy.Checks`), as deployments are told to choose it.
    "SERVER__DRAIN_S": "3",
    "LOG__REQUESTS_PER_SECOND_MAX": "0",
    # All of k6 is one address.
    "LEAD__PER_ADDRESS_MAX": "0",
    "LEAD__PER_CAR_MAX": "0",
}
_STATES = "SELECT c.id, c.status, p.price FROM cars c JOIN car_prices p ON p.car_id = c.id"


@dataclass
class Site:
    """Where visitors go, what is behind it, and how the business writes."""

    url: str
    instances: list[Role]
    processes: list[Process]
    """All that is not k6."""
    ledger: Ledger
    _connect: Callable[[], Any]
    _begin: str
    stack: Stack | None = None
    balancer: HaProxy | None = None
    _doubted: dict[int, float] = field(default_factory=dict)
    """Cars of a commit that was not answered, and when it began."""

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole stack."""
        return self.stack is not None

    def __post_init__(self) -> None:
        with contextlib.closing(self._connect()) as database:
            self.ledger.note(_states(database.cursor(), []), 0, 0)

    def cars(self, *statuses: str) -> list[int]:
        """Ids of the cars with one of these statuses, ascending: the first ones are asked for most."""
        marks = ",".join(f"'{status}'" for status in statuses)
        with contextlib.closing(self._connect()) as database:
            cursor = database.cursor()
            cursor.execute(f"SELECT id FROM cars WHERE status IN ({marks}) ORDER BY id")
            return [car for (car,) in cursor.fetchall()]

    def write(self, statements: list[str], cars: list[int]) -> float:
        """One transaction that changes these cars (none named: all), noted in the ledger; answers when it was done, unix ms."""
        with contextlib.closing(self._connect()) as database:
            cursor = database.cursor()
            cursor.execute(self._begin)
            for statement in statements:
                cursor.execute(statement)
            states = _states(cursor, [*cars, *self._doubted] if cars else [])
            began_ms = time.time() * 1000
            doubted, self._doubted = self._doubted, self._doubted | dict.fromkeys(states, began_ms)
            cursor.execute("COMMIT")
            ended_ms = time.time() * 1000
        self._doubted = {}
        for car, what in states.items():
            self.ledger.note({car: what}, doubted.get(car, began_ms), ended_ms)
        return ended_ms

    def seconds_until_shown(self, committed_ms: float, within_s: float = 180) -> float:
        """The wait until every instance says that it holds what was committed then."""
        began = time.monotonic()
        while any(instance.as_of_ms() <= committed_ms for instance in self.instances):
            if time.monotonic() - began > within_s:
                raise RuntimeError(f"what was committed is not on every instance after {within_s} s")
            time.sleep(0.02)
        return time.monotonic() - began


def _states(cursor: Any, cars: list[int]) -> dict[int, str]:
    cursor.execute(_STATES + (f" WHERE c.id IN ({','.join(map(str, cars))})" if cars else ""))

    def shown(status: str, price: float) -> str:
        return {"live": str(int(price + 0.5)), "sold": SOLD}.get(status, GONE)

    return {car: shown(status, price) for car, status, price in cursor.fetchall()}


@contextlib.contextmanager
def embedded(binary: Path, origin: str, cars: int, directory: Path) -> Iterator[Site]:
    """One process, SQLite as its source."""
    catalogue = Catalogue.seeded(
        binary, origin, directory / "catalogue.sqlite", cars if origin == "generated" else None
    )

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(catalogue.file, isolation_level=None, timeout=30)

    role = Role(binary, "serve", "serve", directory, free_port(set()), free_port(set()))
    role.settings = {"SOURCE__URL": f"sqlite:{catalogue.file}", **SETTINGS}
    try:
        role.start()
        say(f"one instance is up on port {role.port}")
        yield Site(f"http://127.0.0.1:{role.port}", [role], [role], Ledger(), connect, "BEGIN IMMEDIATE")
    finally:
        role.kill()


@contextlib.contextmanager
def whole(binary: Path, origin: str, cars: int, directory: Path) -> Iterator[Site]:
    """MariaDB, Kafka, Valkey, a relay, two projectors, three instances, HAProxy in front of them."""
    stack = Stack(directory, Plan(str(binary), origin, cars), settings=SETTINGS)
    balancer = HaProxy(directory, free_port(set(stack.plan.ports.values())), stack.instances)
    try:
        stack.up()
        stack.wait_until_active()
        balancer.start()
        say(f"haproxy is up on port {balancer.port}")
        processes = [balancer, *stack.processes]
        url = f"http://127.0.0.1:{balancer.port}"
        yield Site(url, stack.instances, processes, Ledger(), stack.mariadb.connect, "BEGIN", stack, balancer)
    finally:
        for process in stack.processes:
            process.resume()
        balancer.stop()
        stack.down()
