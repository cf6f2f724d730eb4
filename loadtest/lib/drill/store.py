"""Valkey loses what it has, or goes back."""

import shutil
import time

from ..services import Valkey
from ..stack import free_port
from .site import Failed, Site


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
    replica = Valkey(site.stack.directory, _port_beside(site), name=name, primary_port=old.port)
    replica.start()
    site.write()
    site.until("the replica is in step", replica.in_step, 20)
    replica.ask("REPLICAOF", "NO", "ONE")
    time.sleep(2)
    # Read-only, as a replica is while the failover is still deciding.
    replica.ask("REPLICAOF", "127.0.0.1", _port_beside(site))
    old.kill()
    site.stack.proxies["valkey"].tell(f"target {replica.port}")
    site.stack.proxies["valkey"].tell("cut")
    time.sleep(1)
    replica.ask("REPLICAOF", "NO", "ONE")
    replica.primary_port = None
    site.stack.services[site.stack.services.index(old)] = site.stack.valkey = replica
    time.sleep(1)


def _port_beside(site: Site) -> int:
    """A port nobody listens on."""
    return free_port(set(site.stack.plan.ports.values()))


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


DRILLS = {
    "valkey-flushed": flushed,
    "valkey-reloaded": reloaded,
    "valkey-promoted": promoted,
    "valkey-restored": restored,
    "valkey-damaged": damaged,
}
