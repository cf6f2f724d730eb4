"""Kafka: messages nobody can read, a feed that is gone."""

import contextlib
import json
import random
import time

from ..services import DATABASE
from .site import Failed, Site
from .writer import PRICE, STEP_RUPEES

FEED = "forecourt.invalidations"
HEARTBEAT = f"{DATABASE}.__heartbeat"
# What a projector says that does not go on where the last one was.
FETCHING = "fetching every car"
CONFIRMED_WITHIN_S = 5
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


def heartbeat_gone(site: Site) -> None:
    """The topic of heartbeats is deleted where brokers make no topics by themselves."""
    kafka = site.stack.kafka
    kafka.restart("auto.create.topics.enable=false\n")
    site.write()
    time.sleep(1)
    kafka.delete_topic(HEARTBEAT)
    took_s = site.until(f"{HEARTBEAT} is there again", lambda: HEARTBEAT in kafka.topics(), 60)
    site.notes.append(f"made anew within {took_s:.0f} s")
    site.settle()
    kafka.restart("")


def confirmed_late(site: Site) -> None:
    """A foreign relay tells of changes without a place, some before their commit, and each time the projector is killed
    before it can look again."""
    # Nothing else may find what is lost. Sweeps are so slow that they do not come to these cars, which are the first.
    with site.configured(PROJECTOR__SWEEP_CARS_PER_SECOND="1", PROJECTOR__BATCH_CARS_MAX="8"):
        site.until("all is as it was", lambda: not site.stack.audit(), 30)
        site.stack.relay.stop()
        fetched = _log_of_projectors(site).count(FETCHING)
        for number in range(site.scale.pick(4, 10, 30)):
            _told_and_killed(site, site.cars[number], early=number % 2 == 0)
        time.sleep(CONFIRMED_WITHIN_S)
        if differences := site.stack.audit():
            raise Failed(f"lost: {differences[:1500]}")
        if _log_of_projectors(site).count(FETCHING) > fetched:
            raise Failed("a projector fetched every car, so that nothing could have been lost")


def _told_and_killed(site: Site, car: int, *, early: bool) -> None:
    """`early`: the relay is faster than the commit."""
    active = site.stack.active()
    if not active:
        raise Failed("no projector is active")
    row = {"car_id": car}
    told = [(None, _json({"op": "update", "before": row, "after": row}))]
    with contextlib.closing(site.stack.mariadb.connect()) as database, database.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(PRICE.format(car=car, step=STEP_RUPEES))
        if early:
            site.stack.kafka.produce(f"{DATABASE}.car_prices", told)
            time.sleep(0.04)
        cursor.execute("COMMIT")
    if not early:
        site.stack.kafka.produce(f"{DATABASE}.car_prices", told)
    time.sleep(random.uniform(0, 0.04 if early else 0.1))
    active.kill()
    active.start()
    site.until("another projector is active", site.stack.active, 10)


def _log_of_projectors(site: Site) -> str:
    return "".join(projector.log.read_text(errors="replace") for projector in site.stack.projectors)


DRILLS = {
    "heartbeat-gone": heartbeat_gone,
    "confirmed-late": confirmed_late,
    "poison": poison,
    "feed-poison": feed_poison,
    "feed-deleted": feed_deleted,
    "table-topic-deleted": table_topic_deleted,
}
