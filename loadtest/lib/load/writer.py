"""Prices that change all the time, of the cars that are asked for most."""

import contextlib
import random
import sqlite3
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pymysql

from .site import Site

# Half of the changes are of the cars that half of the clicks go to.
HOT_CARS = 60


def now() -> str:
    """As the source writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")


class Writer(threading.Thread):
    """Changes a price `per_second` times, also while the source is away now and then."""

    def __init__(self, site: Site, per_second: float):
        super().__init__(daemon=True)
        self.changes = 0
        self.refused = ""
        """What the last change was refused with."""
        self._site, self._pause_s = site, 1 / per_second
        self._cars = site.cars("live")[:HOT_CARS]
        self._over = threading.Event()

    def run(self) -> None:
        """Until `stop`."""
        dice = random.Random(time.time_ns())
        while not self._over.wait(self._pause_s):
            car, step = dice.choice(self._cars), dice.choice([-1500, -500, 500, 1000, 2500])
            statement = f"UPDATE car_prices SET price = price + {step}, updated_at = '{now()}' WHERE car_id = {car}"
            try:
                self._site.write([statement], [car])
                self.changes += 1
            except (pymysql.Error, sqlite3.Error, OSError) as error:
                self.refused = str(error)

    def stop(self) -> None:
        """Returns when the last change is answered."""
        self._over.set()
        self.join()


@contextlib.contextmanager
def writing(site: Site, per_second: float) -> Iterator[Writer]:
    """Prices change for the length of a `with`; raises at its end when none did."""
    writer = Writer(site, per_second)
    writer.start()
    try:
        yield writer
    finally:
        writer.stop()
    if not writer.changes:
        raise RuntimeError(f"no price could be changed: {writer.refused}")
