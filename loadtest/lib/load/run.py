"""k6 against a site, and what everybody on this machine does meanwhile."""

import contextlib
import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .. import machine
from ..http import Connection
from ..k6 import K6, Threshold
from ..machine import say
from ..roles import Role
from .site import Site

_DURATION = "forecourt_http_request_duration_seconds"
PAGES = ('route="car"', 'route="listing"')
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Usage:
    """CPU seconds and memory of a process."""

    cpu_s: float = 0.0
    resident_mib: list[tuple[float, float]] = field(default_factory=list)
    """(seconds since the beginning, MiB)"""


@dataclass
class Run:
    """One scenario's load: begun, watched and ended by `loading`."""

    site: Site
    k6: K6
    seconds: float
    began_ms: float = 0
    ended_ms: float = 0
    thresholds: list[Threshold] = field(default_factory=list)
    events: list[tuple[float, str]] = field(default_factory=list)
    """(seconds since the beginning, what was done then)"""
    usage: dict[str, Usage] = field(default_factory=lambda: defaultdict(Usage))
    others_cores: float = 0.0
    """Cores that others on this machine kept busy."""
    buckets: dict[float, float] = field(default_factory=lambda: defaultdict(float))
    """The instances' own histogram of pages: upper bound in seconds -> answers."""
    misses: float = 0

    def elapsed_s(self) -> float:
        """Since the first person came."""
        return time.time() - self.began_ms / 1000

    def at(self, share: float) -> None:
        """Waits until so much of the run is over."""
        time.sleep(max(0.0, self.seconds * share - self.elapsed_s()))

    def event(self, text: str) -> None:
        """Says and notes what is done now."""
        say(text)
        self.events.append((self.elapsed_s(), text))


@contextlib.contextmanager
def loading(site: Site, script: str, seconds: float, directory: Path, **settings: object) -> Iterator[Run]:
    """Load for the length of a `with`, and on until k6 has ended. What the body does, it does on the main thread."""
    # What takes long is for `judge` to weigh: it knows who else was on this machine.
    is_one = not site.is_whole
    bounds = {"SERVED_MS": 60_000, "WAITED_MS": 60_000, "AGE_MS_MAX": 0, "DROPPED": 1_000_000}
    settings = {"FORWARDED": int(is_one), "ONE_PROCESS": int(is_one), **bounds, **settings}
    k6 = K6(script, site.url, directory, {"SECONDS": seconds, **settings})
    run = Run(site, k6, seconds)
    try:
        k6.wait_until_busy()
        run.began_ms = time.time() * 1000
        sampler = _Sampler(run)
        sampler.start()
        try:
            yield run
            run.thresholds = k6.finish()
            run.ended_ms = time.time() * 1000
        finally:
            sampler.stop()
    finally:
        k6.stop()


class _Sampler(threading.Thread):
    """Looks at every process once a second."""

    def __init__(self, run: Run):
        super().__init__(daemon=True)
        self._run, self._over = run, threading.Event()
        self._cpu_s: dict[int, float] = {}
        self._counted: dict[tuple[str, int], dict[str, float]] = {}
        self._busy_s, self._own_s = _busy_s(), time.process_time()
        self._began = time.monotonic()
        # What was used before does not count.
        self._look(counts=False)

    def run(self) -> None:
        """Until `stop`."""
        while not self._over.wait(1):
            self._look()

    def stop(self) -> None:
        """Looks a last time."""
        self._over.set()
        self.join()
        self._look()
        # This process: it writes, reads what k6 notes, and looks.
        self._run.usage["loadtest"].cpu_s = time.process_time() - self._own_s
        ours_s = sum(usage.cpu_s for usage in self._run.usage.values())
        seconds = time.monotonic() - self._began
        self._run.others_cores = max(0.0, (_busy_s() - self._busy_s - ours_s) / seconds)

    def _look(self, *, counts: bool = True) -> None:
        run = self._run
        for process in run.site.processes:
            if (pid := process.pid) is not None:
                self._look_at(process.name, pid, counts)
        self._look_at("k6", run.k6.process.pid, counts)
        for instance in run.site.instances:
            self._ask(instance, counts)

    def _look_at(self, name: str, pid: int, counts: bool) -> None:
        with contextlib.suppress(OSError, ValueError):
            cpu_s = machine.cpu_ns(pid) / 1e9
            resident_mib = machine.resident_mib(pid)
            if counts:
                usage = self._run.usage[name]
                usage.cpu_s += cpu_s - self._cpu_s.get(pid, 0.0)
                usage.resident_mib.append((self._run.elapsed_s(), resident_mib))
            self._cpu_s[pid] = cpu_s

    def _ask(self, instance: Role, counts: bool) -> None:
        if (pid := instance.pid) is None:
            return
        with contextlib.suppress(OSError, ValueError), Connection(instance.admin_port, "identity", 1) as admin:
            lines = admin.get("/metrics").text().splitlines()
            now = {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if _is_wanted(line)}
            before = self._counted.get((instance.name, pid), {})
            self._counted[instance.name, pid] = now
            for name, value in now.items() if counts else ():
                self._add(name, value - before.get(name, 0.0))

    def _add(self, name: str, more: float) -> None:
        if name.startswith(_DURATION):
            self._run.buckets[float(name.partition('le="')[2].partition('"')[0])] += more
        else:
            self._run.misses += more


def _is_wanted(line: str) -> bool:
    is_bucket = line.startswith(f"{_DURATION}_bucket") and any(route in line for route in PAGES)
    return is_bucket or line.startswith('forecourt_page_cache_total{result="miss"}')


def _busy_s() -> float:
    """CPU seconds of the whole machine so far: all but idle and waiting for disks."""
    user, nice, system, _idle, _waiting, *interrupts = map(
        int, Path("/proc/stat").read_text().split("\n")[0].split()[1:9]
    )
    return (user + nice + system + sum(interrupts[:2])) / _TICKS
