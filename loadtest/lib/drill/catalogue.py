"""A catalogue of the user's own, with SQL that some rows make fail."""

import time

from ..forecourt import REPOSITORY
from .site import Failed, Site

# What a column is, and what it is instead; then what breaks it for one car and what mends that.
COVER = "(SELECT p.kind FROM car_photos p WHERE p.car_id = c.id AND p.storage_key = 'cover')"
QUERIES = {
    "c.colour,": f"COALESCE({COVER}, c.colour) AS colour,",
    "c.owner_number,": "CAST(c.owner_number AS UNSIGNED) - 1 + 1 AS owner_number,",
}
TWO_COVERS = (
    "INSERT INTO car_photos (car_id, position, storage_key, kind, width, height) VALUES "
    "({car}, 98, 'cover', 'front', 16, 9), ({car}, 99, 'cover', 'front', 16, 9)"
)
FAILURES = [
    ("more than 1 row", TWO_COVERS, "DELETE FROM car_photos WHERE car_id = {car} AND storage_key = 'cover'"),
    (
        "out of range",
        "UPDATE cars SET owner_number = 0 WHERE id = {car}",
        "UPDATE cars SET owner_number = 1 WHERE id = {car}",
    ),
]
# Or thrice what it takes when nothing fails, on a machine that is busy.
OTHERS_WITHIN_S = 1


def poison_sql(site: Site) -> None:
    """A query fails for the rows of one car: it is quarantined and says why, the others are as fast as ever."""
    file = site.stack.directory / "catalogue.toml"
    file.write_text(_catalogue())
    # Sweeps come upon the car, too.
    with site.configured(CATALOGUE__FILE=str(file), PROJECTOR__SWEEP_INTERVAL_S="2"):
        site.write()
        usual_s = _slowest_s(site, site.spare[0], within_s=10)
        site.notes.append(f"a change is shown after {usual_s:.2f} s at most")
        for failure in FAILURES:
            _one_car_fails(site, site.spare[0], *failure, others_within_s=max(OTHERS_WITHIN_S, 3 * usual_s))
        site.settle()


def _catalogue() -> str:
    text = (REPOSITORY / "config/catalogue.toml").read_text()
    for ours, theirs in QUERIES.items():
        if text.count(ours) != 1:
            raise Failed(f"config/catalogue.toml has no `{ours}` to replace any more")
        text = text.replace(ours, theirs)
    return text


def _one_car_fails(site: Site, car: int, words: str, breaks: str, mends: str, *, others_within_s: float) -> None:
    site.query(breaks.format(car=car))
    took_s = site.until(f"{car} is in quarantine: {words}", lambda: words in _quarantine(site).get(car, ""), 5)
    site.notes.append(f"`{words}` found after {took_s:.2f} s")
    slowest_s = _slowest_s(site, car, within_s=others_within_s)
    site.notes.append(f"others shown after {slowest_s:.2f} s at most")
    if list(quarantine := _quarantine(site)) != [car]:
        raise Failed(f"{car} should be in quarantine and nobody else is: {quarantine}")
    site.query(mends.format(car=car))
    site.until(f"{car} is released", lambda: not _quarantine(site), 5)


def _slowest_s(site: Site, car: int, *, within_s: float) -> float:
    """Changes of another car, each together with one of this, which brings both into one batch."""
    slowest_s = 0.0
    for _ in range(site.scale.pick(10, 30, 100)):
        site.query(f"UPDATE cars SET km_driven = km_driven + 1 WHERE id = {car}")
        slowest_s = max(slowest_s, site.until_shown(within_s))
        time.sleep(0.1)
    return slowest_s


def _quarantine(site: Site) -> dict[int, str]:
    """Reasons by car, as the active projector tells."""
    active = site.stack.active()
    return {entry["car"]: entry["reason"] for entry in active.status().get("quarantine", [])} if active else {}


DRILLS = {"poison-sql": poison_sql}
