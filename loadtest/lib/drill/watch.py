"""Visitors of all instances all the time, who must notice nothing: no failure, nothing older than before, no lie."""

import bisect
import random
import re
import threading
import time
from collections import defaultdict
from contextlib import suppress

from ..forecourt import car_path, version
from ..http import Connection, Response
from ..machine import resident_mib
from ..roles import Role
from ..stack import Stack

THREADS_PER_INSTANCE = 2
# Between two requests of a thread.
THINK_S = 0.015
# The same of somebody who wanders.
WANDER_S = 0.003
# A request that takes longer has failed; a phone's user has left before.
TIMEOUT_S = 5
MEMORY_MIB_MAX = 150
# Half of all changes and of all visits go to these first cars, so that many pages are seen as they change.
HOT_CARS = 8
# The car's own price: the cars beside it have one each, too.
_PRICE = re.compile(r'class="panel summary">.{0,1000}?class="price">\s*<b>₹([0-9,]+)</b>', re.DOTALL)
SOLD = "sold"


class Commits:
    """When which price of a car was committed. Prices only grow, so that a page that shows less shows an older one."""

    def __init__(self) -> None:
        self._of: dict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))

    def forget(self) -> None:
        """What was committed may be gone."""
        self._of.clear()

    def add(self, car: int, price: int, unix_ms: int) -> None:
        """`unix_ms`: a moment at which the commit was known to be done."""
        moments, prices = self._of[car]
        prices.append(max(price, prices[-1] if prices else 0))
        moments.append(unix_ms)

    def least(self, car: int, as_of_ms: int) -> tuple[int, int]:
        """The price a page must show at least if it holds all that was committed before that moment; when that was."""
        moments, prices = self._of[car]
        place = bisect.bisect_left(moments, as_of_ms)
        return (prices[place - 1], moments[place - 1]) if place else (0, 0)


class Watch:
    """Threads that ask for pages. Per instance a car's version never goes back, over restarts too; a page holds what
    `Forecourt-As-Of` says. Between instances a page may be older for as long as a change is under way: `trailed_ms` is
    the longest time one instance still showed what another no longer did."""

    def __init__(self, stack: Stack, cars: list[int], commits: Commits):
        self.stack, self.cars, self.commits = stack, cars, commits
        self.failures: list[str] = []
        self.requests, self.trailed_ms = 0, 0.0
        self._newest: dict[tuple[str, int], tuple[int, int]] = {}
        self._anywhere: dict[int, tuple[tuple[int, int], float]] = {}
        # Odd: not to be asked. Grows, so that an answer under way when that began or ended does not count.
        self._excused: dict[str, int] = defaultdict(int)
        self._lock, self._over = threading.Lock(), threading.Event()
        self._threads = [
            threading.Thread(target=self._visit, args=(instance,), daemon=True)
            for instance in stack.instances
            for _ in range(THREADS_PER_INSTANCE)
        ] + [threading.Thread(target=self._sample, daemon=True)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ends the visits."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def begin(self) -> None:
        """Before a drill: forgets what was seen in the one before, but not the versions."""
        self.failures, self.requests, self.trailed_ms = [], 0, 0.0

    def excuse(self, instance: Role) -> None:
        """Nobody is sent to this instance, as a load balancer sends nobody."""
        self._excused[instance.name] |= 1

    def admit(self, instance: Role) -> None:
        """The instance is asked again."""
        self._excused[instance.name] = (self._excused[instance.name] | 1) + 1

    def fail(self, text: str) -> None:
        """Notes a failure; the first ones are enough."""
        with self._lock:
            if len(self.failures) < 20:
                self.failures.append(text)

    def _visit(self, instance: Role) -> None:
        connection: Connection | None = None
        while not self._over.wait(THINK_S):
            excused = self._excused[instance.name]
            if excused % 2:
                connection = _close(connection)
                continue
            car = random.choice(self.cars[:HOT_CARS] if random.random() < 0.5 else self.cars)
            floor, began = self._floors(instance, car), time.monotonic()
            try:
                connection = connection or Connection(instance.port or 0, timeout_s=TIMEOUT_S)
                page = connection.get(car_path(car))
            except (OSError, ValueError) as error:
                connection = _close(connection)
                if excused == self._excused[instance.name]:
                    self.fail(
                        f"{instance.name}: {car_path(car)} failed after {time.monotonic() - began:.2f} s: {error!r}"
                    )
                continue
            if excused == self._excused[instance.name]:
                self._check(instance, car, page, floor)

    def _floors(self, instance: Role, car: int) -> tuple[int, int]:
        with self._lock:
            return self._newest.get((instance.name, car), (0, 0))

    def _check(self, instance: Role, car: int, page: Response, floor: tuple[int, int]) -> None:
        if page.status != 200:
            # A car that was deleted or hidden meanwhile is no longer among those asked for.
            if car in self.cars:
                self.fail(f"{instance.name}: {car_path(car)} was answered with {page.status}")
            return
        now = version(page.header("forecourt-version"))
        if now < floor:
            self.fail(f"{instance.name}: {car_path(car)} went back from version {floor} to {now}")
        as_of_ms = int(page.header("forecourt-as-of") or 0)
        price, (least, since_ms) = shown(page.text()), self.commits.least(car, as_of_ms)
        if price != SOLD and (not isinstance(price, int) or price < least):
            late = f"{least}, committed {as_of_ms - since_ms} ms before"
            self.fail(f"{instance.name}: {car_path(car)} is as of {as_of_ms} but shows {price}, not {late}")
        with self._lock:
            self.requests += 1
            key = (instance.name, car)
            self._newest[key] = max(now, self._newest.get(key, now))
            newest, since = self._anywhere.get(car, ((0, 0), 0.0))
            if now > newest:
                self._anywhere[car] = (now, time.monotonic())
            elif now < newest:
                self.trailed_ms = max(self.trailed_ms, (time.monotonic() - since) * 1000)

    def _sample(self) -> None:
        """Once a second: nobody had to wait for the network, nobody grows."""
        while not self._over.wait(1):
            for role in self.stack.roles:
                with suppress(OSError, ValueError):
                    if role.port:
                        if misses := role.metric("forecourt_page_cache_total", 'result="miss"'):
                            self.fail(f"{role.name}: {misses:.0f} requests needed the network")
                    elif pid := role.pid:
                        if (highest := resident_mib(pid, "VmHWM")) > MEMORY_MIB_MAX:
                            self.fail(f"{role.name} had {highest:.0f} MiB resident, more than {MEMORY_MIB_MAX}")


def wander(instances: list[Role], cars: list[int], seconds: float) -> tuple[int, str | None]:
    """Somebody who looks at all the cars on one instance after the other, over and over; answers how many pages that were,
    and the first that was older than the same visitor had seen it before."""
    newest: dict[int, tuple[int, int]] = {}
    seen, began = 0, time.monotonic()
    while not seen or time.monotonic() < began + seconds:
        for instance in instances:
            with Connection(instance.port or 0, timeout_s=TIMEOUT_S) as connection:
                for car in cars:
                    time.sleep(WANDER_S)
                    now = version(connection.get(car_path(car)).header("forecourt-version"))
                    seen += 1
                    if now < (before := newest.get(car, now)):
                        after_s = time.monotonic() - began
                        went_back = f"{instance.name}: {car_path(car)} was {before} elsewhere, is {now}, {after_s:.1f} s on"
                        return seen, went_back
                    newest[car] = now
    return seen, None


def shown(html: str) -> int | str | None:
    """The price a car's page shows, or that it is sold."""
    if 'class="panel sold"' in html:
        return SOLD
    found = _PRICE.search(html)
    return int(found[1].replace(",", "")) if found else None


def _close(connection: Connection | None) -> Connection | None:
    """Answers what is left of it: nothing."""
    if connection:
        connection.close()
    return None
