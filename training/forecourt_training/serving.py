"""What the server computes, in the same f32 operations in the same order.

A visitor's **history** is what the cookie holds (`src/rank/profile.rs`): one entry per car, the strongest kind of interaction
with it, placed by its latest, at most HISTORY_MAX of them.
"""

from dataclasses import dataclass

import numpy as np

from forecourt_training.cars import WORDS, Cars
from forecourt_training.features import Dictionary, simple

HISTORY_MAX = 16
LEAD = 2
# The cookie keeps minutes, and does not change when the last car is looked at again within these.
MINUTE_MS = 60_000
AGAIN_MS = 30 * MINUTE_MS
# A trained visitor's newer interactions count as much as the trained embedding once there are this many of them.
BLEND_HALF = 3
# A page has so many cars, the first of them simply the best; how far down the order it looks for the others
# (`src/listing/diversity.rs`).
PAGE_CARS = 10
PAGE_BEST = 5
PAGE_WINDOW = 300


@dataclass(frozen=True)
class Tuning:
    """How a history becomes a query: weights: f32 [3], of view, wishlist, lead; decay: factor per more recent car; scale: |q|."""

    weights: np.ndarray
    decay: np.float32
    scale: np.float32


@dataclass(frozen=True)
class Items:
    """vectors: f32 [D, N], a column per car, so that the sum over D runs in order for all cars at once; biases: f32 [N]."""

    vectors: np.ndarray
    biases: np.ndarray


def note(history: dict, car: int, kind: int, at_ms: int) -> None:
    """Notes an interaction in a history: car -> (kind, at_ms), the newest last. A lead is the last to be forgotten."""
    at_ms -= at_ms % MINUTE_MS
    if history:
        last = next(reversed(history))
        if car == last and kind <= history[last][0] and at_ms < history[last][1] + AGAIN_MS:
            return
    strongest = max(kind, history.pop(car)[0] if car in history else 0)
    # A dict keeps the order of insertion.
    history[car] = (strongest, at_ms)
    if len(history) > HISTORY_MAX:
        # Never the one just noted.
        older = list(history)[:-1]
        forgotten = next((car for car in older if history[car][0] != LEAD), older[0])
        del history[forgotten]


def anchors(history: list, cutoff_ms: int | None) -> tuple:
    """(whether the trained embedding counts, the entries that are folded in), from [(car row, kind, at_ms)], newest first.

    The last car alone of who has left no lead; of who has left one all, or with an embedding (cutoff_ms is that of its model,
    and None without one) what it does not know of.
    """
    entries = [(car, kind) for car, kind, _ in history]
    if all(kind != LEAD for _, kind in entries):
        return False, entries[:1]
    if cutoff_ms is None:
        return False, entries
    return True, [(car, kind) for car, kind, at_ms in history if at_ms >= cutoff_ms]


def items_of(matrix, embeddings: np.ndarray, biases: np.ndarray) -> Items:
    """Cars' vectors from features [N, F] x embeddings [F, D]; scipy adds in the order of the columns, like LightFM."""
    return Items(np.ascontiguousarray((matrix @ embeddings).T), matrix @ biases)


def scores(items: Items, query: np.ndarray, user_bias=np.float32(0)) -> np.ndarray:
    """f32 [N]: (b_u + b_i), then += q[j] * p[j] for j in order."""
    result = np.float32(user_bias) + items.biases
    for part, column in zip(query, items.vectors):
        result += part * column
    return result


def fold_in(items: Items, history, tuning: Tuning) -> np.ndarray:
    """f32 [D]: scale * normalise(sum over the history of weight * decay^k * p); zeros if the sum is zero.

    history: [(car row, kind)], newest first. decay^k is a running product, starting with 1.
    """
    query = np.zeros(len(items.vectors), np.float32)
    recency = np.float32(1)
    for car, kind in history:
        query += (tuning.weights[kind] * recency) * items.vectors[:, car]
        recency *= tuning.decay
    squares = np.float32(0)
    for part in query:
        squares += part * part
    if squares == 0:
        return query
    return query * (tuning.scale / np.sqrt(squares))


def blend(trained: np.ndarray, folded: np.ndarray, newer: int) -> np.ndarray:
    """f32 [D]: (1-a) * trained + a * folded, a = newer / (newer + 3); `folded` is the fold-in of the newer cars alone."""
    if newer == 0:
        return trained
    share = np.float32(newer) / np.float32(newer + BLEND_HALF)
    return (np.float32(1) - share) * trained + share * folded


# Rows that do not fit into the server's 16 bits are none to it.
ROWS_MAX = 65_534


@dataclass(frozen=True)
class Traits:
    """How alike cars are: rows: i64 [N, K], of a car's word or band of each kind the row in the dictionary, `none` where it has none."""

    rows: np.ndarray
    none: int

    @staticmethod
    def of(cars: Cars, dictionary: Dictionary) -> "Traits":
        known = {name: row for row, name in enumerate(dictionary.names[:ROWS_MAX])}
        kinds = (*WORDS, *dictionary.bands)
        found = [[known.get(simple(car, kind, dictionary.bands), len(known)) for kind in kinds] for car in cars.attributes]
        return Traits(np.array(found, np.int64), len(known))

    def page(self, order: np.ndarray) -> np.ndarray:
        """The first page of an order (car rows): the best, then one by one the car that shares the least with those picked."""
        window = self.rows[order[:PAGE_WINDOW]]
        places = list(range(min(PAGE_BEST, len(order))))
        picked = np.bincount(window[places].ravel(), minlength=self.none + 1)
        while len(places) < min(PAGE_CARS, len(order)):
            picked[self.none] = 0
            shared = picked[window].sum(axis=1)
            shared[places] = ROWS_MAX
            # Of equal ones argmin takes the first.
            places.append(int(np.argmin(shared)))
            picked[window[places[-1]]] += 1
        return order[places]

    def pages(self, order: np.ndarray, count: int) -> np.ndarray:
        """The cars of the first `count` pages. The order has to go as far as the last one looks: `reach`."""
        shown = []
        for _ in range(count):
            shown.append(self.page(order))
            order = order[~np.isin(order, shown[-1])]
        return np.concatenate(shown)


def reach(count: int) -> int:
    """So many cars of an order decide its first `count` pages."""
    return PAGE_WINDOW + (count - 1) * PAGE_CARS
