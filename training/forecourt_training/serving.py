"""What the server computes, in the same f32 operations in the same order.

A visitor's **history** is what the cookie holds (`src/rank/profile.rs`): one entry per car, the strongest kind of interaction
with it, placed by its latest, at most HISTORY_MAX of them.
"""

from dataclasses import dataclass

import numpy as np

HISTORY_MAX = 16
LEAD = 2
# The cookie keeps minutes, and does not change when the last car is looked at again within these.
MINUTE_MS = 60_000
AGAIN_MS = 30 * MINUTE_MS
# A trained visitor's newer interactions count as much as the trained embedding once there are this many of them.
BLEND_HALF = 3


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
