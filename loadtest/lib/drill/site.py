"""A stack with visitors and portals, and what must hold when a drill is over."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ..forecourt import car_path
from ..http import Connection
from ..process import Process
from ..roles import Role
from ..stack import Plan, Stack
from .watch import HOT_CARS, SOLD, Commits, Watch, shown
from .writer import Writer, raise_price

# How often the sweep looks at everything: often, since one drill waits for it.
SETTINGS = {"PROJECTOR__SWEEP_INTERVAL_S": "15"}


class Failed(Exception):
    """What a drill found wrong."""


@dataclass
class Scale:
    """How long and how much."""

    quick: bool = False
    long: bool = False
    cars: int = 2000

    @property
    def pause_s(self) -> float:
        """How long what is paused stays paused."""
        return 3 if self.quick else 10

    def pick(self, quick: int, normal: int, long: int) -> int:
        """One of the three."""
        return quick if self.quick else long if self.long else normal


@dataclass
class Site:
    """What a drill is given."""

    stack: Stack
    scale: Scale
    commits: Commits = field(default_factory=Commits)
    within_s: float = 45
    """How long it may take until everything is right again; a drill may set it for itself."""
    notes: list[str] = field(default_factory=list)
    rows: int = 0
    """Row changes the portals made in this drill."""
    is_spent: bool = False
    """The next drill gets a new one; a drill may say so."""

    def __post_init__(self) -> None:
        # Half of the cars are the drills' own to delete.
        live = [car for car, (status, _) in self.in_source().items() if status == "live"]
        self.cars, self.spare = live[: len(live) // 2], live[len(live) // 2 :]
        self.watch = Watch(self.stack, self.cars, self.commits)
        self._writers: list[Writer] = []

    @classmethod
    def opened(cls, directory: Path, binary: Path, scale: Scale) -> "Site":
        """A new stack, running."""
        stack = Stack(directory, Plan(str(binary), cars=scale.cars), proxied=True, settings=SETTINGS)
        try:
            stack.up(lambda _: None)
            site = cls(stack, scale)
            stack.wait_until_active(within_s=20)
            return site
        except BaseException:
            stack.down()
            raise

    def close(self) -> None:
        """Ends everything, also what a drill left paused."""
        for process in self.stack.processes:
            process.resume()
        self.stop_writing()
        self.watch.stop()
        self.stack.down()

    def begin(self) -> None:
        """Before a drill."""
        self.within_s, self.notes, self.rows = 45, [], 0
        self.watch.begin()

    def write(self, writers: int = 1, per_second: float = 100) -> list[Writer]:
        """The portals begin to write."""
        new = [
            Writer(self.stack.mariadb, self.cars, self.commits, per_second=per_second, seed=time.monotonic_ns())
            for _ in range(writers)
        ]
        self._writers += new
        return new

    def stop_writing(self) -> None:
        """They end."""
        for writer in self._writers:
            writer.stop()
            self.rows += writer.rows
        self._writers = []

    def query(self, *statements: str, user: str = "portal") -> list[tuple]:
        """Statements in one connection, each committed; answers the last one's rows."""
        with contextlib.closing(self.stack.mariadb.connect(user)) as database, database.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())

    def change(self, statement: str) -> int:
        """One statement, committed; answers the rows changed."""
        with contextlib.closing(self.stack.mariadb.connect()) as database, database.cursor() as cursor:
            return cursor.execute(statement)

    def in_source(self) -> dict[int, tuple[str, int]]:
        """Status and price by car."""
        rows = self.query(
            "SELECT c.id, c.status, p.price FROM cars c JOIN car_prices p ON p.car_id = c.id ORDER BY c.id"
        )
        return {car: (status, price) for car, status, price in rows}

    def until(self, what: str, holds: Callable[[], object], within_s: float) -> float:
        """Waits until it holds; answers how many seconds that took."""
        began = time.monotonic()
        while not holds():
            if time.monotonic() - began > within_s:
                raise Failed(f"not within {within_s:.0f} s: {what}")
            time.sleep(0.02)
        return time.monotonic() - began

    @contextlib.contextmanager
    def excused(self, *processes: Process):
        """Nobody is sent to the instances among these for the length of a `with`; at its end they are ready."""
        instances = [process for process in processes if isinstance(process, Role) and process.port]
        for instance in instances:
            self.watch.excuse(instance)
        yield
        for instance in instances:
            self.until(f"{instance.name} is ready", instance.answers, 60)
            self.watch.admit(instance)

    @contextlib.contextmanager
    def configured(self, **settings: str):
        """All roles restarted with other settings for the length of a `with`."""
        self._restart_roles(SETTINGS | settings)
        yield
        self._restart_roles(SETTINGS)

    def _restart_roles(self, settings: dict[str, str]) -> None:
        self.stack.configure(settings)
        for role in self.stack.roles:
            with self.excused(role):
                role.stop()
                role.start(wait=False)
        for role in self.stack.roles:
            role.until(role.answers, 60)
        self.stack.wait_until_active(within_s=20)

    def until_shown(self, within_s: float) -> float:
        """A new price of a car, and the wait until every instance shows it; answers how many seconds that took."""
        # Not one that the portals sell.
        car = next(car for car in self.cars[HOT_CARS:] if car % 4)
        with contextlib.closing(self.stack.mariadb.connect()) as database, database.cursor() as cursor:
            raise_price(cursor, car, self.commits)
        price, began = self.in_source()[car][1], time.monotonic()
        for instance in self.stack.instances:
            left_s = within_s - (time.monotonic() - began)
            self.until(f"{instance.name} shows {price} for {car}", lambda: _price(instance, car) >= price, left_s)
        return time.monotonic() - began

    def settle(self) -> None:
        """Writes stop; then, within `within_s`, everything must be right: pages, documents, what visitors saw."""
        self.stop_writing()
        if ended := [process.name for process in self.stack.processes if not process.alive()]:
            raise Failed(f"ended by itself: {', '.join(ended)}")
        last_commit_ms = int(time.time() * 1000)
        took_s = 0.0
        for instance in self.stack.instances:
            what = f"{instance.name} is as of the last commit; {instance.status().get('degraded')}"
            took_s += self.until(what, lambda: _as_of_ms(instance) > last_commit_ms, self.within_s - took_s)
        self.notes.append(f"settled in {took_s:.1f} s")
        self.check_pages()
        if differences := self.stack.audit():
            raise Failed(f"audit: {differences[:1500]}")
        if self.watch.failures:
            raise Failed("\n    ".join(self.watch.failures[:5]))
        self.notes.append(f"{self.rows} rows changed, {self.watch.requests} pages seen")
        self.notes.append(f"instances trailed each other by {self.watch.trailed_ms:.0f} ms at most")

    def check_pages(self) -> None:
        """Every car's page on every instance shows what MariaDB has."""
        source = self.in_source()
        for instance in self.stack.instances:
            with Connection(instance.port or 0) as connection:
                for car, (status, price) in source.items():
                    page = connection.get(car_path(car))
                    there = shown(page.text()) if page.status in (200, 410) else page.status
                    right = {"live": there == price, "sold": there == SOLD, "hidden": page.status == 404}[status]
                    if not right:
                        raise Failed(f"{instance.name}: {car_path(car)} shows {there}, MariaDB has {status} {price}")


def _price(instance: Role, car: int) -> int:
    """What the page shows; 0 when there is no page, or no price on it."""
    with contextlib.suppress(OSError, ValueError), Connection(instance.port or 0) as connection:
        there = shown(connection.get(car_path(car)).text())
        return there if isinstance(there, int) else 0
    return 0


def _as_of_ms(instance: Role) -> int:
    with contextlib.suppress(OSError, ValueError):
        return instance.as_of_ms()
    return 0
