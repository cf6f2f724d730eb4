"""The catalogue: what `forecourt rank --attributes` prints, one car a line."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from forecourt_training.lines import Skipped, objects
from forecourt_training.refusal import Unusable

WORDS = ("make", "model", "body", "fuel", "transmission", "city", "colour")
NUMBERS = ("price", "km", "year", "owner", "seats", "engine_cc", "score")


@dataclass(frozen=True)
class Cars:
    """Cars in ascending order of their number; row i of every array is the same car.

    attributes: the objects as they were read; ids u64 [N]; listed_ms, sold_ms i64 [N], sold_ms is the largest
    i64 while a car is not sold.
    """

    attributes: list
    ids: np.ndarray
    listed_ms: np.ndarray
    sold_ms: np.ndarray

    def __len__(self):
        return len(self.attributes)

    def rows(self) -> dict:
        """Car number -> row."""
        return {int(car): row for row, car in enumerate(self.ids)}

    def live_at(self, at_ms: int) -> np.ndarray:
        """bool [N]: which cars could be bought at an instant."""
        return (self.listed_ms <= at_ms) & (at_ms < self.sold_ms)

    def take(self, rows) -> "Cars":
        return Cars([self.attributes[row] for row in rows], self.ids[rows], self.listed_ms[rows], self.sold_ms[rows])


def read_cars(path: Path) -> Cars:
    """Reads a catalogue. Skips bad lines with a count and reason; raises Unusable if no car is left."""
    skipped = Skipped()
    seen = {}
    for place, car in objects(path, skipped):
        reason = fault(car)
        if reason is None and car["car"] in seen:
            reason = "this car was there before"
        if reason is None:
            seen[car["car"]] = car
        else:
            skipped.add(reason, place)
    skipped.report("cars")
    if not seen:
        raise Unusable(f"no car in {path}")
    return of_attributes(seen.values())


def of_attributes(attributes) -> Cars:
    """Cars from attribute objects without faults."""
    ordered = sorted(attributes, key=lambda car: car["car"])
    never = np.iinfo(np.int64).max
    return Cars(
        ordered,
        np.array([car["car"] for car in ordered], np.uint64),
        np.array([car["listed_at"] * 1000 for car in ordered], np.int64),
        np.array([never if car.get("sold_at") is None else car["sold_at"] * 1000 for car in ordered], np.int64),
    )


def fault(car: dict) -> str | None:
    """Why an object is not a car, or None."""
    if not is_whole(car.get("car"), 2**63):
        return "car is not a number"
    if car.get("status") not in ("live", "sold"):
        return "status is neither live nor sold"
    if not is_whole(car.get("listed_at"), 2**40):
        return "listed_at is not a time in seconds"
    if car.get("sold_at") is not None and not is_whole(car["sold_at"], 2**40):
        return "sold_at is not a time in seconds"
    for word in WORDS:
        if car.get(word) is not None and not isinstance(car[word], str):
            return f"{word} is not a text"
    for number in NUMBERS:
        value = car.get(number)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            return f"{number} is not a number"
    return None


def is_whole(value, below: int) -> bool:
    """Whether a JSON value is a whole number from 0 up to, not including, `below`. JSON's true is not the number 1."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < below
