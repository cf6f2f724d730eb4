"""Valkey loses what it has, or goes back."""

import shutil
import time

from ..machine import free_port
from ..services import Valkey
from .site import Failed, Site

UPDATES_WITHIN_S = 8


def flushed(site: Site) -> None:
    """FLUSHALL while changes run: noticed, and filled again."""
    site.write()
    time.sleep(1)
    site.stack.valkey.ask("FLUSHALL")
    time.sleep(2)


def reloaded(site: Site) -> None:
    """DEBUG RELOAD: answers nothing for a moment, then has the same."""
    site.write()
    time.sleep(1)
    site.stack.valkey.ask("DEBUG", "RELOAD")
    time.sleep(1)


def promoted(site: Site) -> None:
    """The replica that takes over lacks the last two seconds of writes; for a second it is still read-only."""
    old = site.stack.valkey
    name = f"valkey-{time.monotonic_ns()}"
    replica = Valkey(site.stack.directory, free_port(), name=name, primary_port=old.port)
    replica.start()
    site.write()
    site.until("the replica is in step", replica.in_step, 20)
    replica.ask("REPLICAOF", "NO", "ONE")
    time.sleep(2)
    # Read-only, as a replica is while the failover is still deciding.
    replica.ask("REPLICAOF", "127.0.0.1", free_port())
    old.kill()
    site.stack.replace(old, replica)
    time.sleep(1)
    replica.ask("REPLICAOF", "NO", "ONE")
    replica.primary_port = None
    time.sleep(1)


def restored(site: Site) -> None:
    """Somebody restores a dump of a while ago: everything goes back at once."""
    valkey = site.stack.valkey
    old = valkey.directory / "old-dump"
    shutil.rmtree(old, ignore_errors=True)
    valkey.stop()
    shutil.copytree(valkey.data, old)
    valkey.start()
    site.write()
    time.sleep(3)
    valkey.kill()
    shutil.rmtree(valkey.data)
    shutil.copytree(old, valkey.data)
    valkey.start()
    time.sleep(1)


def damaged(site: Site) -> None:
    """Values that are not documents: a cost to those cars alone, until they are written again."""
    site.write()
    time.sleep(0.5)
    keys = site.stack.valkey.ask("KEYS", "forecourt:car:*")[:6]
    if not keys:
        raise Failed("Valkey has no forecourt:car:*")
    for number, key in enumerate(keys):
        match number % 3:
            case 0:
                site.stack.valkey.ask("SET", key, "not a document")
            case 1:
                site.stack.valkey.ask("DEL", key)
            case 2:
                site.stack.valkey.ask("DEL", key)
                site.stack.valkey.ask("LPUSH", key, "of another kind")
    # Nothing says that these are wrong: the sweep finds them.
    site.until("the sweep repairs them", lambda: not site.stack.audit(), 90)


KEYS = ("epoch", "head", "cars", "progress", "lease", "count")
# A list instead of what was there; then numbers nobody of ours would write.
WRONG = [
    *([("DEL", f"forecourt:{key}"), ("LPUSH", f"forecourt:{key}", "x")] for key in KEYS),
    [("SET", "forecourt:epoch", "99999999999999999999")],
    [("SET", "forecourt:head", "99999999999999999999.1")],
]


def wrong_types(site: Site) -> None:
    """Somebody else's values under each key of the store: updates go on within seconds, by themselves."""
    site.write()
    took_s = {}
    for commands in WRONG:
        for command in commands:
            site.stack.valkey.ask(*command)
        took_s[" ".join(commands[-1])] = site.until_shown(UPDATES_WITHIN_S)
    slowest = max(took_s, key=took_s.__getitem__)
    site.notes.append(f"updates went on after {took_s[slowest]:.1f} s at most ({slowest})")


def cars_gone(site: Site) -> None:
    """The set of all cars is deleted while it is being filled again: what is not in it is not gone."""
    site.write()
    site.stack.valkey.ask("DEL", "forecourt:head")
    site.until_shown(UPDATES_WITHIN_S)
    site.stack.valkey.ask("DEL", "forecourt:cars")
    time.sleep(3)


DRILLS = {
    "valkey-wrong-types": wrong_types,
    "valkey-cars-gone": cars_gone,
    "valkey-flushed": flushed,
    "valkey-reloaded": reloaded,
    "valkey-promoted": promoted,
    "valkey-restored": restored,
    "valkey-damaged": damaged,
}
