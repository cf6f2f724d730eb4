"""The cars as the source has them, and what a choice finds among them: found out the slow way, from plain values."""

import math
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from itertools import chain
from urllib.parse import parse_qsl

# Keys of addresses whose values are words.
WORDS = ["make", "model", "variant", "body", "fuel", "transmission", "city", "hub", "colour", "owner", "seats"]
WORDS += ["insurance", "feature"]
# Keys of ranges, and how many of a column's units make one of the visitor's.
RANGES = {"price": 1, "year": 1, "km": 1, "engine": 1, "mileage": 100, "score": 1}
DAYS = [1, 3, 7, 30]
DAY_S = 24 * 60 * 60
# Words that are offered only below a chosen one.
PARENTS = {"model": "make", "variant": "model", "hub": "city"}

_CAR = """
SELECT c.id, c.status, mk.slug, mo.slug, v.name, mo.body_type, v.fuel, v.transmission, ci.slug, h.name, c.colour,
       c.owner_number, v.seats, c.insurance, p.price, c.registration_year, c.km_driven, v.engine_cc, v.mileage_kmpl,
       c.listed_at,
       (SELECT i.score FROM inspections i WHERE i.car_id = c.id ORDER BY i.inspected_at DESC, i.id DESC LIMIT 1),
       (SELECT first.price FROM price_changes first WHERE first.car_id = c.id ORDER BY first.changed_at, first.id LIMIT 1)
FROM cars c JOIN variants v ON v.id = c.variant_id JOIN models mo ON mo.id = v.model_id
JOIN makes mk ON mk.id = mo.make_id JOIN hubs h ON h.id = c.hub_id JOIN cities ci ON ci.id = h.city_id
JOIN car_prices p ON p.car_id = c.id
"""
_FEATURES = "SELECT cf.car_id, f.name FROM car_features cf JOIN features f ON f.id = cf.feature_id"


@dataclass(frozen=True)
class Car:
    """What a choice can ask of a car."""

    id: int
    is_live: bool
    words: dict[str, frozenset[str]]
    numbers: dict[str, int | None]
    listed_at: int
    price_dropped: bool
    # Inputs of the form that would find it, but for those of days.
    values: tuple[tuple[str, str], ...]


@dataclass
class Choice:
    """An address's filters, each as a question to a car."""

    filters: dict[str, Callable[[Car], bool]] = field(default_factory=dict)
    words: dict[str, set[str]] = field(default_factory=dict)
    sort: str = "recommended"
    days: int | None = None

    def matches(self, car: Car) -> bool:
        """Whether the choice finds the car."""
        return car.is_live and all(passes(car) for passes in self.filters.values())


def choice(query: str, today: int) -> Choice:
    """Reads an address's query. `today`: days since 1970."""
    asked = Choice()
    bounds: dict[str, dict[str, int]] = {}
    for key, value in parse_qsl(query):
        name, _, bound = key.rpartition("_")
        if key in WORDS:
            asked.words.setdefault(key, set()).add(_word(value))
        elif name in RANGES and bound in ("min", "max"):
            bounds.setdefault(name, {})[bound] = math.floor(float(value) * RANGES[name] + 0.5)
        elif key == "days_max":
            asked.days = int(value)
            oldest = (today - asked.days) * DAY_S
            asked.filters["days_max"] = lambda car, oldest=oldest: car.listed_at >= oldest
        elif key == "price_dropped" and value == "1":
            asked.filters["price_dropped"] = lambda car: car.price_dropped
        elif key == "sort":
            asked.sort = value
    for key, chosen in asked.words.items():
        asked.filters[key] = lambda car, key=key, chosen=chosen: not chosen.isdisjoint(car.words[key])
    for name, ends in bounds.items():
        least, most = ends.get("min", 0), ends.get("max", 1 << 32)
        asked.filters[name] = _within(name, min(least, most), max(least, most))
    return asked


def _within(name: str, least: int, most: int) -> Callable[[Car], bool]:
    def within(car: Car) -> bool:
        number = car.numbers[name]
        return number is not None and least <= number <= most

    return within


@dataclass
class Expected:
    """What a listing has to show."""

    matching: list[Car]
    # (key, value) -> cars, without those that would leave nothing.
    counts: dict[tuple[str, str], int]


def expected(cars: Iterable[Car], asked: Choice, today: int) -> Expected:
    """Counts car by car: one that fails no filter counts everywhere, one that fails a single filter counts among that
    filter's values."""
    by_failed: dict[str, list[Car]] = {"": []}
    for car in cars:
        if car.is_live:
            by_failed.setdefault(_failed(asked, car), []).append(car)
    matching = by_failed.pop("")
    counts: Counter[tuple[str, str]] = Counter()
    counts.update(chain.from_iterable(car.values for car in matching))
    for failed in by_failed.keys() & {*WORDS, "price_dropped"}:
        counts.update(value for car in by_failed[failed] for value in car.values if value[0] == failed)
    for key, parent in PARENTS.items():
        if key not in asked.words and parent not in asked.words:
            counts = Counter({value: cars for value, cars in counts.items() if value[0] != key})
    of_any_day = [car.listed_at for car in matching + by_failed.get("days_max", [])]
    counts["days_max", ""] = len(of_any_day)
    # What is asked for is offered too.
    for days in {*DAYS, asked.days} - {None}:
        counts["days_max", str(days)] = sum(listed_at >= (today - days) * DAY_S for listed_at in of_any_day)
    return Expected(matching, dict(+counts))


def _failed(asked: Choice, car: Car) -> str:
    """The one filter that does not let the car through; empty if there is none."""
    failed = ""
    for key, passes in asked.filters.items():
        if not passes(car):
            if failed:
                return "several"
            failed = key
    return failed


def read(database: sqlite3.Connection, car: int | None = None) -> dict[int, Car]:
    """All cars, or one, if it is there."""
    where, of = ("", ()) if car is None else (" WHERE {} = ?", (car,))
    features: dict[int, set[str]] = {}
    for of_car, name in database.execute(_FEATURES + where.format("cf.car_id"), of):
        features.setdefault(of_car, set()).add(_word(name))
    rows = database.execute(_CAR + where.format("c.id"), of)
    return {row[0]: _car(row, frozenset(features.get(row[0], ()))) for row in rows}


def _car(row: tuple, features: frozenset[str]) -> Car:
    (car, status, make, model, variant, body, fuel, transmission, city, hub, colour, owner, seats, insurance) = row[:14]
    price, year, km, engine, kmpl, listed_at, score, first_price = row[14:]
    texts = [make, model, variant, body, fuel, transmission, city, hub, colour, owner, seats]
    texts.append(insurance if insurance and insurance.strip() else "Not available")
    words = {key: frozenset() if text is None else frozenset([_word(str(text))]) for key, text in zip(WORDS, texts)}
    words["feature"] = features
    price = _rounded(price)
    mileage = None if kmpl is None else _rounded(kmpl * 100)
    numbers = dict(zip(RANGES, [price, year, km, engine, mileage, score], strict=True))
    dropped = first_price is not None and _rounded(first_price) > price
    values = [(key, value) for key in WORDS for value in words[key]] + ([("price_dropped", "1")] if dropped else [])
    return Car(car, status == "live", words, numbers, _seconds(listed_at), dropped, tuple(values))


def _rounded(number: float) -> int:
    return math.floor(number + 0.5)


@cache
def _seconds(text: str) -> int:
    """A time as the source writes it, in seconds since 1970 on its own clock."""
    return (datetime.fromisoformat(text) - datetime(1970, 1, 1)) // timedelta(seconds=1)


@cache
def _word(name: str) -> str:
    """A name as addresses have it."""
    slug = re.sub(r"[^a-z0-9]+", "-", _ascii_lower(name)).lstrip("-")[:80].rstrip("-")
    return slug or name.strip().lower()


def _ascii_lower(text: str) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)
