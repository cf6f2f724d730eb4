"""Kafka: messages nobody can read, a feed that is gone."""

import json
import time

from .site import Failed, Site

FEED = "forecourt.invalidations"
TABLES = ["car_prices", "cars", "car_photos"]
# Below the broker's limit of a message (1 MiB), above any sensible row.
OVERSIZE = b"x" * 900_000


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


# Keys say what each is, for whoever reads the dead letters.
POISON: list[tuple[bytes, bytes | None]] = [
    (b"not-json", b"not json"),
    (b"cut-off", b'{"op":"update","before":'),
    (b"empty", b""),
    (b"tombstone", None),
    (b"not-utf8", b'{"op":"update","before":null,"after":{"car_id":"\xff\xfe"}}'),
    (b"nothing-known", _json({"hello": "world"})),
    (b"unknown-op", _json({"op": "explode", "before": None, "after": {"id": 1000, "car_id": 1000}})),
    (b"no-images", _json({"op": "update", "before": None, "after": None})),
    (b"array", b"[1,2,3]"),
    (b"number", b"17"),
    (b"deep", b"[" * 100_000),
    (b"wrong-type", _json({"op": "update", "before": None, "after": {"id": {}, "car_id": ["a"]}})),
    (b"not-a-number", _json({"op": "update", "before": None, "after": {"id": "abc", "car_id": "abc"}})),
    (b"huge-number", b'{"op":"update","before":null,"after":{"id":1e999,"car_id":99999999999999999999999}}'),
    (b"negative", _json({"op": "insert", "before": None, "after": {"id": -1, "car_id": -1}})),
    (b"no-such-car", _json({"op": "delete", "before": {"id": 2_000_000_000, "car_id": 2_000_000_000}, "after": None})),
    (b"missing-column", _json({"op": "update", "before": {}, "after": {"colour": "Red"}})),
    (
        b"future",
        _json({"v": 99, "schema": "next", "payload": {"operations": [{"kind": "upsert", "row": {"id": 1000}}]}}),
    ),
    (b"oversize", b'{"op":"update","before":null,"after":{"id":1000,"car_id":1000,"colour":"' + OVERSIZE + b'"}}'),
    (b"oversize-garbage", OVERSIZE),
]
FEED_POISON: list[tuple[bytes, bytes | None]] = [
    *(
        message
        for message in POISON
        if message[0] in (b"not-json", b"cut-off", b"empty", b"tombstone", b"array", b"deep")
    ),
    (b"future", _json({"v": 99, "kind": "next", "epoch": 1, "sequence": 1})),
    (b"replayed", _json({"epoch": 1, "sequence": 1, "previous": 0, "cars": {"1000": "1.1"}})),
    (b"old-epoch", _json({"epoch": 0, "sequence": 9, "previous": 8, "cars": {"1000": "0.9"}})),
    (b"unknown-car", _json({"epoch": 1, "sequence": 2, "previous": 1, "cars": {"2000000000": "1.2"}})),
    (b"bad-version", _json({"epoch": 1, "sequence": 3, "previous": 2, "cars": {"1000": "new"}})),
    (b"oversize", OVERSIZE),
]


def poison(site: Site) -> None:
    """Every kind of message that cannot be read, among good ones, on the topics of tables."""
    site.write()
    time.sleep(0.5)
    for table in TABLES:
        site.stack.kafka.produce(f"forecourt.{table}", POISON)
    time.sleep(1)


def feed_poison(site: Site) -> None:
    """The same on the feed all instances follow."""
    site.write()
    time.sleep(0.5)
    site.stack.kafka.produce(FEED, FEED_POISON)
    time.sleep(1)


def feed_deleted(site: Site) -> None:
    """The feed's topic is deleted under everybody's feet; somebody creates it again."""
    site.write()
    time.sleep(1)
    site.stack.kafka.delete_topic(FEED)
    time.sleep(3)
    site.until(f"{FEED} is there again", lambda: FEED in site.stack.kafka.topics(), 60)


def table_topic_deleted(site: Site) -> None:
    """A table's topic is deleted with changes in it nobody may have read."""
    topic = "forecourt.car_prices"
    site.write()
    time.sleep(1)
    if topic not in site.stack.kafka.topics():
        raise Failed(f"there is no topic {topic}")
    site.stack.kafka.delete_topic(topic)
    time.sleep(2)
    # What was deleted unread is found by the sweep.
    site.within_s = 90


DRILLS = {
    "poison": poison,
    "feed-poison": feed_poison,
    "feed-deleted": feed_deleted,
    "table-topic-deleted": table_topic_deleted,
}
