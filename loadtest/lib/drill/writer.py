"""The portals, who go on writing: random changes of cars, at a steady rate or as fast as they are taken."""

import contextlib
import random
import threading
import time

import pymysql

from ..services import MariaDb
from .watch import HOT_CARS, Commits

# Chances out of 100; the rest are prices, which only grow, see Commits.
STATEMENTS = [
    (10, "INSERT INTO price_changes (car_id, price, changed_at) SELECT car_id, price, NOW() FROM car_prices "
         "WHERE car_id = {car}"),
    (5, "DELETE FROM price_changes WHERE car_id = {car} ORDER BY id DESC LIMIT 1"),
    (5, "INSERT INTO car_photos (car_id, position, storage_key, kind, width, height) "
        "VALUES ({car}, 99, 'drill', 'front', 16, 9)"),
    (5, "DELETE FROM car_photos WHERE car_id = {car} AND storage_key = 'drill'"),
    (5, "UPDATE cars SET km_driven = km_driven + 1 WHERE id = {car}"),
    # One in four is sold now and then; the page of a sold car shows no price to look at.
    (3, "UPDATE cars SET status = IF(status = 'live' AND id % 4 = 0, 'sold', 'live'), sold_at = NOW() "
        "WHERE id = {car}"),
    (3, "UPDATE inspections SET score = 50 + (score + 1) % 50 WHERE car_id = {car}"),
    (1, "UPDATE hubs SET phone = CONCAT('+91', FLOOR(RAND() * 1000000000)) "
        "WHERE id = (SELECT hub_id FROM cars WHERE id = {car})"),
]  # fmt: skip
PRICE = "UPDATE car_prices SET price = price + {step}, updated_at = NOW() WHERE car_id = {car}"
STEP_RUPEES = 1000


class Writer:
    """One thread with one connection, which it makes again when it breaks. `per_second` 0: no pause."""

    def __init__(self, mariadb: MariaDb, cars: list[int], commits: Commits, *, per_second: float = 100, seed: int = 1):
        self.mariadb, self.cars, self.commits = mariadb, cars, commits
        self.rows = 0
        self.refused: str | None = None
        """What the last refused statement was refused with."""
        self._pause_s = 1 / per_second if per_second else 0.0
        self._dice = random.Random(seed)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the writing; returns when the last statement has been answered."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.is_set():
            with contextlib.suppress(OSError, pymysql.OperationalError, pymysql.InterfaceError):
                with contextlib.closing(self.mariadb.connect()) as database, database.cursor() as cursor:
                    self._write(cursor)
            self._over.wait(0.1)

    def _write(self, cursor: pymysql.cursors.Cursor) -> None:
        while not self._over.wait(self._pause_s):
            try:
                self._one(cursor)
            except (pymysql.ProgrammingError, pymysql.IntegrityError, pymysql.DataError) as error:
                # A table is away, say.
                self.refused = str(error)

    def _one(self, cursor: pymysql.cursors.Cursor) -> None:
        car = self._dice.choice(self.cars[:HOT_CARS] if self._dice.random() < 0.5 else self.cars)
        chance = self._dice.randrange(100)
        for share, statement in STATEMENTS:
            chance -= share
            if chance < 0:
                self.rows += cursor.execute(statement.format(car=car))
                return
        self.rows += raise_price(cursor, car, self.commits)


def raise_price(cursor: pymysql.cursors.Cursor, car: int, commits: Commits) -> int:
    """A higher price, noted once it is committed; answers the rows changed."""
    cursor.execute("BEGIN")
    rows = cursor.execute(PRICE.format(car=car, step=STEP_RUPEES))
    # Read while the row is locked: a moment later it may be another portal's price.
    cursor.execute(f"SELECT price FROM car_prices WHERE car_id = {car}")
    found = cursor.fetchone()
    cursor.execute("COMMIT")
    if found:
        commits.add(car, found[0], int(time.time() * 1000))
    return rows
