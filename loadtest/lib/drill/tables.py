"""Tables that change under everybody's feet, and changes that are many, large, or in no binlog."""

import contextlib
import time

from ..forecourt import car_path, version
from ..http import Connection
from .site import Failed, Site
from .writer import raise_price

AWAY_S = 2
# Columns without the id, which somebody may have taken meanwhile.
PRICE_CHANGE = "car_id, price, changed_at"


def renamed(site: Site) -> None:
    """A table is renamed away and back: for a while no car can be fetched."""
    site.write()
    time.sleep(1)
    site.query("RENAME TABLE car_features TO car_features_away")
    time.sleep(AWAY_S)
    site.query("RENAME TABLE car_features_away TO car_features")
    time.sleep(1)


def dropped(site: Site) -> None:
    """A table is dropped, and made again with what it held."""
    site.write()
    time.sleep(1)
    (_, definition), *_ = site.query("SHOW CREATE TABLE price_changes")
    site.query(
        "DROP TABLE IF EXISTS kept",
        "CREATE TABLE kept LIKE price_changes",
        "INSERT INTO kept SELECT * FROM price_changes",
    )
    site.query("DROP TABLE price_changes")
    time.sleep(AWAY_S)
    site.query(
        definition, f"INSERT INTO price_changes ({PRICE_CHANGE}) SELECT {PRICE_CHANGE} FROM kept", "DROP TABLE kept"
    )
    time.sleep(1)


def altered(site: Site) -> None:
    """Columns come, change their type, and go, with changes before, between and after."""
    site.write()
    for statement in (
        "ALTER TABLE cars ADD COLUMN remark VARCHAR(40) NULL AFTER colour",
        "UPDATE cars SET remark = 'as new' WHERE id % 10 = 0",
        "ALTER TABLE cars MODIFY km_driven BIGINT NOT NULL",
        "ALTER TABLE car_prices ADD COLUMN currency CHAR(3) NOT NULL DEFAULT 'INR' FIRST",
        "ALTER TABLE cars DROP COLUMN remark",
        "ALTER TABLE car_prices DROP COLUMN currency",
        "ALTER TABLE cars MODIFY km_driven INT NOT NULL",
    ):
        time.sleep(0.7)
        site.query(statement)


def truncated(site: Site) -> None:
    """TRUNCATE: no row is in the binlog, yet all features are gone; then they are put back. (Without photos a car would
    keep the page it has, and its prices with it.)"""
    site.write()
    site.query("DROP TABLE IF EXISTS kept", "CREATE TABLE kept LIKE car_features", "INSERT INTO kept SELECT * FROM car_features")
    site.query("TRUNCATE TABLE car_features")
    time.sleep(1)
    site.settle()
    site.write()
    site.query("INSERT INTO car_features SELECT * FROM kept", "DROP TABLE kept")
    time.sleep(1)


def hot_car(site: Site) -> None:
    """One car changes 50 times a second for 10 s, in bursts: it is fetched and written fewer times than that."""
    car, seconds, per_burst = site.cars[0], 10, 10
    time.sleep(1)
    before = _version(site, car)
    with contextlib.closing(site.stack.mariadb.connect()) as database, database.cursor() as cursor:
        for _ in range(seconds * 50 // per_burst):
            began = time.monotonic()
            for _ in range(per_burst):
                raise_price(cursor, car, site.commits)
            time.sleep(max(0.0, per_burst / 50 - (time.monotonic() - began)))
    site.settle()
    after = _version(site, car)
    if after[0] != before[0]:
        raise Failed(f"the epoch changed: {before} -> {after}")
    changes, documents = seconds * 50, after[1] - before[1]
    site.notes.append(f"{changes} changes, {documents} documents at most")
    if documents >= changes:
        raise Failed(f"{changes} changes of one car led to {documents} documents: none of them shared a fetch")


def _version(site: Site, car: int) -> tuple[int, int]:
    with Connection(site.stack.instances[0].port or 0) as connection:
        return version(connection.get(car_path(car)).header("forecourt-version"))


def large_transaction(site: Site) -> None:
    """A transaction of 100,000 row changes: streamed, and all of it visible."""
    wanted, changed = site.scale.pick(20_000, 100_000, 100_000), 0
    with contextlib.closing(site.stack.mariadb.connect()) as database, database.cursor() as cursor:
        cursor.execute("BEGIN")
        while changed < wanted:
            changed += cursor.execute("UPDATE car_photos SET width = width + 1")
            changed += cursor.execute("UPDATE inspection_items SET note = CONCAT('seen ', %s)", [changed])
        changed += cursor.execute("UPDATE car_prices SET price = price + 10")
        cursor.execute("COMMIT")
    site.notes.append(f"{changed:,} rows")
    site.within_s = 90


def cascade(site: Site) -> None:
    """Cars are deleted, and with them, in no binlog of MariaDB, all that belongs to them."""
    cars = [site.spare.pop() for _ in range(5)]
    site.write()
    site.query(f"DELETE FROM cars WHERE id IN ({','.join(map(str, cars))})")
    # The inspection's items go with it, unseen: the page must not keep them.
    site.query(f"DELETE FROM inspections WHERE car_id = {site.cars[1]}")
    site.settle()
    for instance in site.stack.instances:
        with Connection(instance.port or 0) as connection:
            for car in cars:
                if (status := connection.get(car_path(car)).status) not in (404, 410):
                    raise Failed(f"{instance.name}: {car_path(car)} was deleted and is answered with {status}")


def unseen(site: Site) -> None:
    """Changes that are in no binlog at all: the sweep finds them."""
    cars = ",".join(map(str, site.cars[10:20]))
    site.query("SET sql_log_bin = 0", f"UPDATE car_prices SET price = price + 5 WHERE car_id IN ({cars})", user="admin")
    took_s = site.until("the sweep finds what the binlog does not show", lambda: not site.stack.audit(), 90)
    site.notes.append(f"found after {took_s:.0f} s")


DRILLS = {
    "table-renamed": renamed,
    "table-dropped": dropped,
    "table-altered": altered,
    "table-truncated": truncated,
    "hot-car": hot_car,
    "large-transaction": large_transaction,
    "cascade": cascade,
    "unseen": unseen,
}
