"""Every part killed, every part paused, the standby's takeover, starts in every order."""

import math
import random
import shutil
import time
from itertools import permutations

from ..process import Process
from ..roles import Role
from .site import Failed, Site
from .watch import wander

OUTAGE_S = 2
TAKEOVER_WITHIN_S = 3
# From the disk copy.
READY_WITHIN_S = 1.5
# Longer than a projector waits for an answer of Valkey, shorter than its lease.
WRITES_HELD_S = 1.3


def _process(site: Site, name: str) -> Process:
    """The active projector for `project`, one of the instances for `serve`, else what is called so."""
    if name == "project":
        return _active(site)
    if name == "serve":
        return random.choice(site.stack.instances)
    return getattr(site.stack, name)


def _active(site: Site) -> Role:
    return site.stack.wait_until_active(within_s=20)


def killed(name: str):
    """kill -9, and started again on the same data."""

    def run(site: Site) -> None:
        site.write()
        time.sleep(1)
        process = _process(site, name)
        with site.excused(process):
            process.kill()
            time.sleep(OUTAGE_S)
            process.start()
        time.sleep(1)

    return run


def paused(name: str):
    """There, but does nothing; then goes on as if nothing had been."""

    def run(site: Site) -> None:
        site.write()
        time.sleep(1)
        process = _process(site, name)
        with site.excused(process):
            process.pause()
            time.sleep(site.scale.pause_s)
            process.resume()
        time.sleep(1)

    return run


def takeover(site: Site) -> None:
    """The active projector dies: the standby takes over within 3 s, with a higher epoch."""
    site.write()
    old = _active(site)
    epoch = old.status()["epoch"]
    old.kill()
    took_s = site.until("the standby takes over", lambda: _epoch_of_another(site, old) > epoch, TAKEOVER_WITHIN_S)
    site.notes.append(f"took over in {took_s:.1f} s, epoch {epoch} -> {_epoch_of_another(site, old)}")
    old.start()


def _epoch_of_another(site: Site, old: Role) -> int:
    return max((other.status().get("epoch") or 0) for other in site.stack.projectors if other is not old)


def zombie(site: Site) -> None:
    """The active projector sleeps through its lease and wakes up: what it still wanted to write, it may not."""
    site.write()
    old = _active(site)
    epoch = old.status()["epoch"]
    old.pause()
    site.until("the standby takes over", lambda: _epoch_of_another(site, old) > epoch, TAKEOVER_WITHIN_S + 2)
    time.sleep(1)
    old.resume()
    site.until("the old one is a standby", lambda: old.status() and old.status().get("epoch") is None, 10)
    newer = _epoch_of_another(site, old)
    if newer <= epoch:
        raise Failed(f"the lease went from epoch {epoch} to {newer}")
    # That no page goes back is seen to by the visitors; the epoch may not either.
    time.sleep(2)
    if (now := max(projector.status().get("epoch") or 0 for projector in site.stack.projectors)) < newer:
        raise Failed(f"the epoch is {now} after the old active woke up, it was {newer}")
    if not math.isnan(age_s := old.metric("forecourt_as_of_age_seconds")):
        raise Failed(f"the standby tells of data {age_s} s old, of which there is an alarm")


def takeover_quiet(site: Site) -> None:
    """Nothing changes while the active projector ends, politely or not; then an instance starts with nothing."""
    for end, instance in zip((Process.stop, Process.kill), site.stack.instances):
        old = _active(site)
        epoch = old.status()["epoch"]
        end(old)
        site.until("the standby takes over", lambda: _epoch_of_another(site, old) > epoch, TAKEOVER_WITHIN_S)
        # As long as it takes to see that nothing is written.
        time.sleep(1)
        with site.excused(instance):
            instance.kill()
            shutil.rmtree(instance.data)
            instance.start(wait=False)
            took_s = site.until(f"the new {instance.name} is ready", instance.answers, 10)
        site.notes.append(f"{instance.name} ready in {took_s:.1f} s")
        site.check_pages()
        old.start()


def start_without_kafka(site: Site) -> None:
    """An instance starts on its disk copy while Kafka is down: it serves at once, and says that it may be old."""
    instance = site.stack.instances[0]
    site.write()
    time.sleep(1)
    site.stack.kafka.kill()
    with site.excused(instance):
        instance.kill()
        instance.start(wait=False)
        took_s = site.until(f"{instance.name} serves from its disk copy", instance.answers, READY_WITHIN_S)
    site.notes.append(f"ready in {took_s:.2f} s")
    site.until(f"{instance.name} says that it is degraded", lambda: instance.status().get("degraded"), 10)
    time.sleep(site.scale.pause_s)
    if not (instance.answers() and instance.status().get("degraded")):
        raise Failed(f"{instance.name} does not stay ready and degraded: {instance.status()}")
    site.stack.kafka.start()


def start_unannounced(site: Site) -> None:
    """What the projector has written it cannot announce, since Kafka is out of reach; an instance starts on the store alone.
    Nobody who goes from that one to those that run sees an older page of a car than before."""
    instance, *others = site.stack.instances
    site.write()
    site.until("a batch is written and not announced", lambda: _unannounced(site), 60)
    with site.excused(instance):
        instance.kill()
        shutil.rmtree(instance.data)
        instance.start(wait=False)
        took_s = site.until(f"the new {instance.name} is ready", instance.answers, 15)
    pages, went_back = wander([instance, *others], site.cars, site.scale.pause_s)
    site.stack.proxies["kafka"].tell("pass")
    if went_back:
        raise Failed(went_back)
    site.notes.append(f"ready in {took_s:.1f} s, {pages} pages on the way from instance to instance")
    site.within_s = 90


def _unannounced(site: Site) -> bool:
    """Whether this try has made the projector write what it cannot announce: it stands before a write when Kafka goes."""
    valkey, kafka = site.stack.valkey, site.stack.proxies["kafka"]
    kafka.tell("pass")
    site.until_shown(45)
    valkey.ask("CLIENT", "PAUSE", 10_000, "WRITE")
    time.sleep(WRITES_HELD_S)
    kafka.tell("black")
    head = valkey.ask("GET", "forecourt:head")
    valkey.ask("CLIENT", "UNPAUSE")
    # An attempt that hangs in Kafka is given up after five.
    time.sleep(7)
    return valkey.ask("GET", "forecourt:head") != head


def orders(site: Site) -> None:
    """All is down; instances come up on their disk copies and serve; then the services come, in some order."""
    all_orders = list(permutations(range(3)))
    for order in random.sample(all_orders, site.scale.pick(1, 2, len(all_orders))):
        services = [site.stack.services[place] for place in order]
        names = " ".join(service.name for service in services)
        with site.excused(*site.stack.instances):
            for process in reversed(site.stack.processes):
                process.kill()
            for role in random.sample(site.stack.roles, len(site.stack.roles)):
                role.start(wait=False)
            for instance in site.stack.instances:
                site.until(f"{instance.name} serves from its disk copy alone", instance.answers, 15)
        for service in services:
            service.start()
            site.notes.append(f"restarted: {_supervise(site)}")
        site.until(f"all roles run ({names})", lambda: _supervise(site) == 0 and site.stack.active(), 30)
        site.write()
        time.sleep(1)
        site.stop_writing()
    site.notes = [note for note in site.notes if note != "restarted: 0"]


def _supervise(site: Site) -> int:
    """Starts roles that ended because a service was not there, as a supervisor would; answers how many."""
    ended = [role for role in site.stack.roles if not role.alive()]
    for role in ended:
        role.start(wait=False)
    return len(ended)


DRILLS = {
    **{f"{name}-killed": killed(name) for name in ("mariadb", "kafka", "valkey", "relay", "project", "serve")},
    **{f"{name}-paused": paused(name) for name in ("mariadb", "kafka", "valkey", "relay", "project", "serve")},
    "takeover": takeover,
    "takeover-quiet": takeover_quiet,
    "start-without-kafka": start_without_kafka,
    "start-unannounced": start_unannounced,
    "zombie": zombie,
    "orders": orders,
}
