"""What visitors notice when instances come and go behind a load balancer: nothing in a deployment, little otherwise."""

import signal
import time
from collections import Counter
from collections.abc import Callable

from ..haproxy import HaProxy
from ..roles import Role
from ..table import Row
from . import judge
from .judge import Failure, Verdict
from .run import Run, loading
from .scale import Scale
from .site import SETTINGS, Site
from .writer import writing

# Figures to show: a rolling restart under so many requests; with --quick fewer.
REQUESTS_TO_SHOW, REQUESTS_QUICK = 100_000, 2_000


def restart(site: Site, scale: Scale) -> Verdict:
    """All instances are restarted one after the other. Every second one is deregistered before, as ECS does it; of the others
    nobody tells the load balancer: it finds out by its checks, while they drain."""
    balancer, rounds = _balancer(site), 0
    ready_s: list[float] = []
    many = REQUESTS_QUICK if scale.is_quick else REQUESTS_TO_SHOW
    # Who is cut off at the end would be counted among the failed: it lasts longer than it should take.
    seconds = 30 + 1.2 * many / max(scale.half, 1)
    with writing(site, per_second=10), loading(site, "everybody", seconds, scale.directory, **scale.everybody()) as run:
        round_s = 0.0
        while rounds < 1 or run.elapsed_s() + round_s < run.seconds:
            began_s = run.elapsed_s()
            for instance in site.instances:
                deregisters = len(ready_s) % 2 == 1
                run.event(f"{instance.name}: {'deregistered, then ' if deregisters else ''}SIGTERM")
                ready_s.append(_restart(balancer, instance, deregisters))
            rounds, round_s = rounds + 1, run.elapsed_s() - began_s
    verdict = judge.verdict("restart", "All instances are restarted while people look", run)
    verdict.notes.append(f"{rounds} rounds, {len(ready_s)} restarts")
    verdict.rows.append(Row("from the start of an instance to its first visitor (slowest)", max(ready_s), "s"))
    return verdict


def _restart(balancer: HaProxy, instance: Role, deregisters: bool) -> float:
    try:
        if deregisters:
            balancer.deregister(instance)
            # The deregistration delay: what is under way is answered.
            time.sleep(1)
        instance.stop()
    finally:
        if deregisters:
            balancer.register(instance)
    # Until it has noticed that nobody is there, it would not notice that somebody is again.
    balancer.wait_until(instance, False)
    began = time.monotonic()
    instance.start()
    balancer.wait_until(instance, True)
    return time.monotonic() - began


def hang(site: Site, scale: Scale) -> Verdict:
    """SIGSTOP: an instance is there and says nothing. Who was sent there before the load balancer noticed waits."""
    balancer, victim = _balancer(site), site.instances[1]
    # Longer than a request is waited for, so that it is seen what becomes of it.
    away_s = balancer.checks.idle_ms / 1000 + 2
    with writing(site, per_second=10), loading(site, "everybody", away_s + 10, scale.directory, **_loses(scale)) as run:
        run.at(0.2)
        run.event(f"{victim.name}: SIGSTOP")
        stopped_s = run.elapsed_s()
        victim.pause()
        noticed_s = balancer.wait_until(victim, False)
        run.event(f"haproxy has noticed after {noticed_s:.1f} s")
        time.sleep(max(0.0, stopped_s + away_s - run.elapsed_s()))
        run.event(f"{victim.name}: SIGCONT")
        victim.resume()
        balancer.wait_until(victim, True)
        run.event(f"{victim.name} is healthy again")
    return _drilled("alb-hang", "An instance hangs (SIGSTOP)", run, [(stopped_s, stopped_s + noticed_s)])


def crash(site: Site, scale: Scale) -> Verdict:
    """kill -9: connections are refused until the load balancer has noticed."""
    balancer, victim = _balancer(site), site.instances[2]
    seconds = scale.seconds(14, 20)
    with writing(site, per_second=10), loading(site, "everybody", seconds, scale.directory, **_loses(scale)) as run:
        run.at(0.25)
        run.event(f"{victim.name}: kill -9")
        killed_s = run.elapsed_s()
        victim.kill()
        noticed_s = balancer.wait_until(victim, False)
        run.event(f"haproxy has noticed after {noticed_s:.1f} s")
        run.at(0.5)
        run.event(f"{victim.name}: started")
        victim.start()
        balancer.wait_until(victim, True)
        run.event(f"{victim.name} is healthy again")
    return _drilled("alb-crash", "An instance crashes (kill -9)", run, [(killed_s, killed_s + noticed_s)])


def all_unhealthy(site: Site, scale: Scale) -> Verdict:
    """Health says 503 everywhere, while pages are served: the load balancer asks them all the same. Then nobody is there."""
    balancer = _balancer(site)
    with loading(site, "everybody", scale.seconds(18, 24), scale.directory, **_loses(scale)) as run:
        run.at(0.2)
        run.event("all instances: SIGTERM; they serve, and health says 503")
        gone_s = run.elapsed_s() + float(SETTINGS["SERVER__DRAIN_S"])
        for instance in site.instances:
            instance.signal(signal.SIGTERM)
        for instance in site.instances:
            balancer.wait_until(instance, False)
        unhealthy_s = run.elapsed_s()
        run.event("haproxy has none that is healthy, and asks them all")
        time.sleep(max(0.0, gone_s - run.elapsed_s()))
        run.event("the drains are over: nobody is there")
        for instance in site.instances:
            instance.wait(15)
        for instance in site.instances:
            instance.start(wait=False)
        for instance in site.instances:
            instance.until(instance.answers, 30)
        back_s = run.elapsed_s()
        run.event(f"all are ready again after {back_s - gone_s:.1f} s")
    verdict = _drilled("alb-all-unhealthy", "All instances are unhealthy, then gone", run, [(gone_s, back_s)])
    verdict.notes.append(f"served for {gone_s - unhealthy_s:.1f} s while none was healthy")
    return verdict


def _balancer(site: Site) -> HaProxy:
    assert site.balancer
    return site.balancer


def _loses(scale: Scale) -> dict[str, object]:
    """Settings for what cannot go without failures: those there may be are counted in `_drilled`."""
    return scale.everybody() | {"FAILED": 1}


def _drilled(name: str, title: str, run: Run, excused: list[tuple[float, float]]) -> Verdict:
    """Who was sent to an instance before the load balancer can have noticed may be turned away; nobody else."""
    seen = judge.look_at(run)
    verdict = judge.verdict(name, title, run, seen, age_ms_max=None)
    within = [failure for failure in seen.failed if _is_within(failure, excused)]
    total = sum(seen.requests.values())
    spans = ", ".join(f"{began_s:.1f} to {ended_s:.1f} s" for began_s, ended_s in excused)
    rows = [
        Row(
            "turned away before it was noticed",
            len(within),
            "",
            None,
            f"{len(within) / total:.2%}; {_kinds(within)}; {spans}",
        ),
        Row("failed requests, all others", len(seen.failed) - len(within), "", 0),
    ]
    place = next(number for number, row in enumerate(verdict.rows) if row.what == "failed requests")
    verdict.rows[place : place + 1] = rows
    # That some wait for the one who hangs is what is shown here.
    for row in verdict.rows:
        if row.what.startswith(("waited by visitors", "people k6 had no")):
            row.bar = None
    return verdict


def _is_within(failure: Failure, spans: list[tuple[float, float]]) -> bool:
    """Whether it was under way then. k6 notes when it asked in whole milliseconds, and may have been late itself."""
    return any(failure.began_s <= ended_s + 0.1 and began_s - 0.1 <= failure.ended_s for began_s, ended_s in spans)


def _kinds(failures: list[Failure]) -> str:
    """What visitors got: statuses and how often; 0 is no answer."""
    counts = Counter(failure.status for failure in failures)
    return ", ".join(f"{count} x {status}" for status, count in sorted(counts.items())) or "none"


SCENARIOS: dict[str, Callable[[Site, Scale], Verdict]] = {
    "restart": restart,
    "alb-hang": hang,
    "alb-crash": crash,
    "alb-all-unhealthy": all_unhealthy,
}
