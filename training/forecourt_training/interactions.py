"""From events to what LightFM is trained on, and to the questions a model is judged by."""

from dataclasses import dataclass

import numpy as np

from forecourt_training.events import Events
from forecourt_training.serving import note


@dataclass(frozen=True)
class Positives:
    """One entry per visitor and car, the strongest kind: users i32 [P] (rows of `visitors`), cars i32 [P], kinds i8 [P].

    visitors: u64 [U] ascending; leads: bool [U], who left a lead; cutoff_ms: everything here is older.
    """

    visitors: np.ndarray
    leads: np.ndarray
    users: np.ndarray
    cars: np.ndarray
    kinds: np.ndarray
    cutoff_ms: int

    def per_car(self, cars: int) -> np.ndarray:
        """i64 [N]: how many visitors had to do with each car."""
        return np.bincount(self.cars, minlength=cars)


@dataclass(frozen=True)
class Question:
    """Which car does this visitor look at next? history: [(car row, kind, at_ms)], newest first."""

    visitor: int
    at_ms: int
    history: list
    target: int


def before(events: Events, cutoff_ms: int) -> Positives:
    """The positives older than a cut-off."""
    old = events.at_ms < cutoff_ms
    visitors, users = np.unique(events.visitors[old], return_inverse=True)
    kinds, cars = events.kinds[old], events.cars[old]
    leads = np.zeros(len(visitors), bool)
    leads[users[kinds == 2]] = True
    # Sorted by visitor, car, kind: the last of each pair has its strongest kind.
    order = np.lexsort((kinds, cars, users))
    users, cars, kinds = users[order].astype(np.int32), cars[order], kinds[order]
    last = np.ones(len(users), bool)
    last[:-1] = (users[1:] != users[:-1]) | (cars[1:] != cars[:-1])
    return Positives(visitors, leads, users[last], cars[last], kinds[last], cutoff_ms)


def questions(events: Events, from_ms: int, to_ms: int, per_visitor: int) -> list:
    """Every first look at a car in [from_ms, to_ms) by a visitor with a history; the first `per_visitor` of each visitor."""
    active = np.unique(events.visitors[(events.at_ms >= from_ms) & (events.at_ms < to_ms)])
    wanted = np.flatnonzero(np.isin(events.visitors, active) & (events.at_ms < to_ms))
    histories, looked, asked, found = {}, set(), {}, []
    for place in wanted:
        visitor, car, kind, at_ms = (
            int(column[place]) for column in (events.visitors, events.cars, events.kinds, events.at_ms)
        )
        history = histories.setdefault(visitor, {})
        if (visitor, car) not in looked and history and at_ms >= from_ms and asked.get(visitor, 0) < per_visitor:
            asked[visitor] = asked.get(visitor, 0) + 1
            newest = [(row, *entry) for row, entry in reversed(history.items())]
            found.append(Question(visitor, at_ms, newest, car))
        looked.add((visitor, car))
        note(history, car, kind, at_ms)
    return found
