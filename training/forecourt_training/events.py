"""Events as the server writes them: JSON lines from files, or the Kafka topic `forecourt.events`.

Positives are looks (`view_item`, and `select_item`, the click that leads to one), wishes (`add_to_wishlist`) and leads
(`generate_lead`). `view_item_list` says what was shown; it is counted, and is no positive. Nor is `user_engagement`, how long
a car was in sight.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from forecourt_training.cars import Cars, is_whole
from forecourt_training.lines import Skipped, objects, parse
from forecourt_training.refusal import Unusable

KINDS = ("view", "wishlist", "lead")
KIND_OF = {"view_item": 0, "select_item": 0, "add_to_wishlist": 1, "generate_lead": 2}
IMPRESSION = "view_item_list"
DURATION = "user_engagement"
LATEST_MS = 2**53
# Nobody looks at so many cars: a robot does, and would weigh as much as hundreds of people.
ROBOT_CARS = 500
# A wrong clock must not move the end of the data, which the test days are counted from.
LATE_MS = 2 * 86_400_000


@dataclass(frozen=True)
class Events:
    """Positives in order of time, then of id: visitors u64 [E], cars i32 [E] (rows of the catalogue), kinds i8 [E]
    (places in KINDS), at_ms i64 [E]; impressions: how many cards were shown."""

    visitors: np.ndarray
    cars: np.ndarray
    kinds: np.ndarray
    at_ms: np.ndarray
    impressions: int

    def __len__(self):
        return len(self.at_ms)


def from_files(paths):
    """A source of (place, object) over several files, for `read_events`."""

    def source(skipped: Skipped):
        for path in paths:
            yield from objects(Path(path), skipped)

    return source


def from_kafka(brokers: str, topic: str):
    """The same from a topic, from its beginning to where it ended when reading began."""

    def source(skipped: Skipped):
        from forecourt_training.kafka import messages

        for place, value in messages(brokers, topic):
            parsed = None if value is None else parse(value)
            if parsed is None:
                skipped.add("not a JSON object", place)
            else:
                yield place, parsed

    return source


def read_events(source, cars: Cars) -> Events:
    """Reads events, each id once. Skips what is wrong with a count and reason; raises Unusable if no positive is left."""
    skipped, rows, ids, found = Skipped(), cars.rows(), set(), []
    impressions = 0
    for place, event in source(skipped):
        reason = fault(event)
        if reason is None and event["id"] in ids:
            reason = "its id was there before"
        if reason is None and event["name"] != IMPRESSION and event["car"] not in rows:
            reason = "the car is not in the catalogue"
        if reason is not None:
            skipped.add(reason, place)
            continue
        ids.add(event["id"])
        if event["name"] == IMPRESSION:
            impressions += len(event["cars"])
        elif event["name"] != DURATION:
            found.append((event["at_ms"], event["id"], int(event["visitor"]), rows[event["car"]], KIND_OF[event["name"]]))
    skipped.report("events")
    if not found:
        raise Unusable("no look, wish or lead in the events")
    found.sort()
    at_ms, _, visitors, cars_seen, kinds = zip(*found)
    read = Events(
        np.array(visitors, np.uint64), np.array(cars_seen, np.int32), np.array(kinds, np.int8), np.array(at_ms, np.int64), impressions
    )
    return without(without(read, late(read), "far later than all others"), robots(read), f"the visitor looked at over {ROBOT_CARS} cars")


def late(events: Events) -> np.ndarray:
    """bool [E]: which are more than two days later than 999 in 1,000 of them."""
    return events.at_ms > np.quantile(events.at_ms, 0.999, method="higher") + LATE_MS


def robots(events: Events) -> np.ndarray:
    """u64: visitors with too many different cars to be people."""
    pairs = np.unique(np.stack([events.visitors, events.cars.astype(np.uint64)]), axis=1)
    visitors, cars = np.unique(pairs[0], return_counts=True)
    return visitors[cars > ROBOT_CARS]


def without(events: Events, unwanted: np.ndarray, reason: str) -> Events:
    """Events less those that `unwanted` names: bool [E], or visitors."""
    drop = unwanted if unwanted.dtype == bool else np.isin(events.visitors, unwanted)
    if not drop.any():
        return events
    print(f"skipped {np.count_nonzero(drop)} events: {reason}", file=sys.stderr)
    keep = ~drop
    return Events(events.visitors[keep], events.cars[keep], events.kinds[keep], events.at_ms[keep], events.impressions)


def fault(event: dict) -> str | None:
    """Why an object is not an event, or None."""
    if not isinstance(event.get("id"), str) or not event["id"]:
        return "id is not a text"
    name = event.get("name")
    if not isinstance(name, str) or name not in {IMPRESSION, DURATION, *KIND_OF}:
        return "name is unknown"
    if not is_whole(event.get("at_ms"), LATEST_MS):
        return "at_ms is not a time in milliseconds"
    if not is_visitor(event.get("visitor")):
        return "visitor is not a number as text"
    if name == IMPRESSION:
        return None if isinstance(event.get("cars"), list) else "cars is not a list"
    return None if is_whole(event.get("car"), 2**63) else "car is not a number"


def is_visitor(text) -> bool:
    """Whether a value is a decimal u64 as text."""
    return isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= 20 and int(text) < 2**64
