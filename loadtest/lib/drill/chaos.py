"""A great many random changes under random kills."""

import random
import time

from .site import Site

WRITERS = 4


def random_changes(site: Site) -> None:
    """A million with --long; whatever is killed or paused meanwhile, in the end all is right."""
    rows_per_statement = site.scale.pick(200, 200, 2000)
    wanted = site.scale.pick(20_000, 20_000, 1_000_000)
    seed = time.time_ns()
    dice = random.Random(seed)
    site.notes.append(f"seed {seed}")
    writers = site.write(WRITERS, per_second=0)
    kills = bulk_rows = 0
    while (rows := bulk_rows + sum(writer.rows for writer in writers)) < wanted or kills < 3:
        process = dice.choice(site.stack.processes)
        with site.excused(process):
            if dice.random() < 0.5:
                process.kill()
                time.sleep(dice.uniform(0, 1))
                process.start()
            else:
                process.pause()
                time.sleep(dice.uniform(0, 3))
                process.resume()
        kills += 1
        time.sleep(dice.uniform(0, 2))
        if site.stack.mariadb.answers():
            first = dice.choice(site.cars)
            statement = f"UPDATE car_prices SET price = price + 1000 WHERE car_id >= {first} LIMIT {rows_per_statement}"
            bulk_rows += site.change(statement)
    site.notes.append(f"{rows:,} row changes, {kills} kills and pauses")
    site.within_s = 180


DRILLS = {"random-changes": random_changes}
