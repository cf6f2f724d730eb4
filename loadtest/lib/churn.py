"""What a marketplace does to its cars all day: arrivals, sales, prices, hides, edits. Random, by plain SQL, and remembered."""

import random
import sqlite3
import time
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from . import cars
from .cars import Car

# Kinds of changes, and how often each is made.
KINDS = {"price": 6, "status": 4, "attribute": 5, "listed": 1, "feature": 2, "arrive": 1, "delete": 1}
STATUSES = ["live", "live", "live", "hidden", "sold"]
_OF_A_CAR = ["inspections", "car_features", "car_photos", "price_changes", "car_prices"]
_COPIED = {
    "car_prices": "price, updated_at",
    "price_changes": "price, changed_at",
    "car_photos": "position, storage_key, kind, width, height",
    "car_features": "feature_id",
    "inspections": "inspected_at, inspector, score",
}


@dataclass
class State:
    """A car from a commit to the next one. When exactly between begin and end of the commit is not known."""

    since_ms: float
    until_ms: float
    car: Car | None


class History:
    """What every car was at what time (unix ms)."""

    def __init__(self, of: dict[int, Car]):
        self.states = {car: [State(0, float("inf"), was)] for car, was in of.items()}

    def note(self, car: int, now: Car | None, began_ms: float, ended_ms: float) -> None:
        """A commit changed the car to this."""
        states = self.states.setdefault(car, [State(0, float("inf"), None)])
        states[-1].until_ms = ended_ms
        states.append(State(began_ms, float("inf"), now))

    def between(self, car: int, from_ms: float, to_ms: float) -> Iterable[State]:
        """Everything the car can have been seen as in this span."""
        states = self.states.get(car, [])
        for state in reversed(states[: bisect_right(states, to_ms, key=lambda state: state.since_ms)]):
            if state.until_ms < from_ms:
                return
            yield state


class Churn:
    """Changes one car at a time; `history` knows every state of every car."""

    def __init__(self, database: sqlite3.Connection, dice: random.Random):
        self.database = database
        self.dice = dice
        self.now = cars.read(database)
        self.history = History(self.now)
        self.columns = self._columns()
        self.next_id = max(self.now) + 1
        self.n_start = len(self.now)
        self.made = 0

    def _columns(self) -> dict[str, list]:
        """What may stand in a column of `cars`: what stands there somewhere."""
        names = ["variant_id", "hub_id", "registration_year", "km_driven", "owner_number", "colour", "insurance"]
        return {
            name: [value for (value,) in self.database.execute(f"SELECT DISTINCT {name} FROM cars")] for name in names
        }

    def change(self) -> float:
        """Makes a random change of a random car; answers when it was committed (unix ms)."""
        kind = self.dice.choices(list(KINDS), list(KINDS.values()))[0]
        car = self.dice.choice(list(self.now))
        # The number of cars stays what it was, more or less.
        if kind in ("arrive", "delete"):
            kind = "arrive" if len(self.now) <= self.n_start else "delete"
        self.database.execute("BEGIN IMMEDIATE")
        touched = getattr(self, f"_{kind}")(car) or car
        becomes = cars.read(self.database, touched).get(touched)
        began_ms = time.time() * 1000
        self.database.execute("COMMIT")
        ended_ms = time.time() * 1000
        self.history.note(touched, becomes, began_ms, ended_ms)
        if becomes is None:
            self.now.pop(touched, None)
        else:
            self.now[touched] = becomes
        self.made += 1
        return ended_ms

    def _price(self, car: int) -> None:
        factor = self.dice.choice([0.7, 0.9, 0.97, 1.03, 1.1, 1.4])
        self.database.execute("UPDATE car_prices SET price = CAST(price * ? AS INTEGER) + 1 WHERE car_id = ?", (factor, car))
        if self.dice.random() < 0.7:
            self.database.execute(
                "INSERT INTO price_changes (car_id, price, changed_at)"
                " SELECT car_id, price, datetime('now') FROM car_prices WHERE car_id = ?",
                (car,),
            )

    def _status(self, car: int) -> None:
        status = self.dice.choice(STATUSES)
        sold_at = "datetime('now')" if status == "sold" else "NULL"
        self.database.execute(f"UPDATE cars SET status = ?, sold_at = {sold_at} WHERE id = ?", (status, car))

    def _attribute(self, car: int) -> None:
        name, values = self.dice.choice(list(self.columns.items()))
        self.database.execute(f"UPDATE cars SET {name} = ? WHERE id = ?", (self.dice.choice(values), car))

    def _listed(self, car: int) -> None:
        ago = f"-{self.dice.randint(0, 45 * 24)} hours"
        self.database.execute("UPDATE cars SET listed_at = datetime('now', ?) WHERE id = ?", (ago, car))

    def _feature(self, car: int) -> None:
        (feature,) = self.database.execute("SELECT id FROM features ORDER BY random() LIMIT 1").fetchone()
        of = (car, feature)
        gone = self.database.execute("DELETE FROM car_features WHERE car_id = ? AND feature_id = ?", of).rowcount
        if not gone:
            self.database.execute("INSERT INTO car_features (car_id, feature_id) VALUES (?, ?)", of)

    def _arrive(self, like: int) -> int:
        """A new car, live, as another one is."""
        new, self.next_id = self.next_id, self.next_id + 1
        names = "variant_id, hub_id, registration_year, km_driven, owner_number, colour, insurance"
        self.database.execute(
            f"INSERT INTO cars (id, {names}, status, listed_at)"
            f" SELECT ?, {names}, 'live', datetime('now') FROM cars WHERE id = ?",
            (new, like),
        )
        for table, columns in _COPIED.items():
            self.database.execute(
                f"INSERT INTO {table} (car_id, {columns}) SELECT ?, {columns} FROM {table} WHERE car_id = ?", (new, like)
            )
        return new

    def _delete(self, car: int) -> None:
        of = "(SELECT id FROM inspections WHERE car_id = ?)"
        self.database.execute(f"DELETE FROM inspection_items WHERE inspection_id IN {of}", (car,))
        for table in _OF_A_CAR:
            self.database.execute(f"DELETE FROM {table} WHERE car_id = ?", (car,))
        self.database.execute("DELETE FROM cars WHERE id = ?", (car,))
