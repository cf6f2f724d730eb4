"""Walks to the end of random listings while cars arrive, sell, change and go, and while the model is replaced."""

import multiprocessing
import random
import threading
import time
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Event

from . import cars, page
from .bench import Bench
from .churn import Churn
from .forecourt import Catalogue, car_path, metric, serving
from .http import Connection
from .machine import end, say
from .model import ModelFile
from .queries import Queries
from .table import Row

# Small, so that a page's cars are often those that change, and walks are short.
CARS = 300
PROCESSES, WALKERS = 2, 12
CHANGES_PER_SECOND = 100
MODEL_EVERY_S = 2.5
# Between two pages. Some visitors have a cup of tea, and the model they began with is not kept any more.
PAUSE_S, LONG_PAUSE_S, LONG_PAUSES = 0.03, 9, 0.0006
PAGES_MAX = 200
# What is said to be as of an instant may be off by so much for rounding.
MARGIN_MS = 2
SHOWN = 20


@dataclass
class Page:
    """What was shown, as of when at least, and when it had arrived (unix ms)."""

    path: str
    cars: list[int]
    as_of_ms: int
    arrived_ms: float


@dataclass
class Walk:
    """A listing from its first page to its last."""

    query: str
    with_cookie: bool
    pages: list[Page] = field(default_factory=list)
    reordered: bool = False
    fault: str = ""


@dataclass
class Verdict:
    """What was wrong with walks."""

    # Cars that matched all the time, walk by walk.
    constant: int = 0
    faults: list[str] = field(default_factory=list)
    repeats: list[str] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)


def measure(bench: Bench) -> list[Row]:
    """Walkers note what they are shown; afterwards it is compared with what each car was at which time."""
    n_walks = 1_000 if bench.quick else 10_000
    catalogue = bench.generated("walks", CARS)
    directory = catalogue.file.parent
    model = ModelFile(directory / "model.safetensors")
    with ExitStack() as stack:
        own = stack.enter_context(serving(bench.binary, catalogue, directory / "data", model=model.file))
        walkers = stack.enter_context(_walking(own.port, catalogue, n_walks))
        churn = stack.enter_context(_churning(catalogue, model))
        began = time.monotonic()
        walks = walkers.all()
        took_s = time.monotonic() - began
        models = metric(own, 'forecourt_model_reads_total{outcome="loaded"}')
    verdict = Verdict()
    for walk in walks:
        _judge(walk, churn, verdict)
    for wrong in (verdict.faults + verdict.repeats + verdict.misses + verdict.strangers)[:SHOWN]:
        say(wrong)
    if verdict.faults:
        raise RuntimeError(f"{len(verdict.faults)} walks did not reach an end")
    pages = sum(len(walk.pages) for walk in walks)
    n_shown = sum(len(each.cars) for walk in walks for each in walk.pages)
    detail = (
        f"{sum(walk.with_cookie for walk in walks):,} with a cookie, {pages:,} pages, {sum(walk.reordered for walk in walks)} "
        f"met a model they did not begin with; {churn.made:,} changes of {CARS} cars and {models:.0f} models in {took_s:.0f} s"
    )
    return [
        Row(f"cars shown twice in {len(walks):,} walks", len(verdict.repeats), "", 0, detail),
        Row("  cars missed that matched all the time", len(verdict.misses), "", 0, f"of {verdict.constant:,}"),
        Row("  cars shown that did not match", len(verdict.strangers), "", 0, f"of {n_shown:,}"),
    ]


@contextmanager
def _churning(catalogue: Catalogue, model: ModelFile):
    """Changes cars and models for the length of a `with`."""
    stop = threading.Event()
    failed: list[Exception] = []
    dice = random.Random(7)
    with closing(catalogue.connect(any_thread=True)) as database:
        churn = Churn(database, dice)

        def run() -> None:
            due, model_due = time.monotonic(), time.monotonic() + MODEL_EVERY_S
            try:
                while not stop.wait(max(0.0, due - time.monotonic())):
                    churn.change()
                    due += dice.expovariate(CHANGES_PER_SECOND)
                    if time.monotonic() > model_due:
                        model.replace(dealt_anew=True)
                        model_due = time.monotonic() + MODEL_EVERY_S
            except Exception as error:
                failed.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield churn
        finally:
            stop.set()
            thread.join()
        if failed:
            raise failed[0]


class _Walkers:
    """Several processes of several walkers, who begin when they are waited for: processes are not started beside threads."""

    def __init__(self, port: int, catalogue: Catalogue, n_walks: int):
        self.begin, self.report = multiprocessing.Event(), multiprocessing.SimpleQueue()
        share = -(-n_walks // (PROCESSES * WALKERS))
        arguments = [(port, catalogue, number, share, self.begin, self.report) for number in range(PROCESSES)]
        self.processes = [multiprocessing.Process(target=_process, args=each, daemon=True) for each in arguments]
        for process in self.processes:
            process.start()

    def all(self) -> list[Walk]:
        """Lets them walk; answers their walks."""
        self.begin.set()
        walks: list[Walk] = []
        for _ in range(PROCESSES * WALKERS):
            while self.report.empty():
                if any(process.exitcode for process in self.processes):
                    raise RuntimeError("walkers ended before their walks did")
                time.sleep(0.05)
            walks += self.report.get()
        return walks


@contextmanager
def _walking(port: int, catalogue: Catalogue, n_walks: int):
    walkers = _Walkers(port, catalogue, n_walks)
    try:
        yield walkers
    finally:
        for process in walkers.processes:
            end(process)


def _process(port: int, catalogue: Catalogue, number: int, share: int, begin: Event, report: SimpleQueue) -> None:
    with closing(catalogue.connect()) as database:
        everything = list(cars.read(database).values())
    begin.wait()

    def walker(seed: int) -> None:
        dice = random.Random(seed)
        walks = []
        queries = Queries(everything, dice)
        for _ in range(share):
            # A list of everything is a long one.
            walk = Walk(queries.one(filters_max=3), dice.random() < 0.5)
            try:
                _walk(port, walk, dice, queries)
            except Exception as error:  # whatever it was, somebody waits for the report
                walk.fault = str(error) or repr(error)
            walks.append(walk)
        report.put(walks)

    # When this process is asked to end it does not wait for them.
    threads = [threading.Thread(target=walker, args=(1000 * number + i,), daemon=True) for i in range(WALKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _walk(port: int, walk: Walk, dice: random.Random, queries: Queries) -> None:
    with Connection(port) as connection:
        cookie = ""
        following: str | None = f"/cars?{walk.query}" if walk.query else "/cars"
        while following:
            # Who looks at a car meanwhile has another cookie, and the same list.
            if walk.with_cookie and (not walk.pages or dice.random() < 0.1):
                cookie = connection.get(car_path(dice.choice(queries.cars).id), cookie).cookie() or cookie
            response = connection.get(following, cookie)
            if response.status != 200:
                raise RuntimeError(f"{following}: {response.status}")
            html = response.text()
            walk.reordered |= "The recommendations were renewed meanwhile" in html
            if "The filters have changed" in html or "That is as far as one list goes" in html:
                raise RuntimeError(f"{following}: the list begins anew or ends early")
            shown, after = page.cards_and_next(html)
            as_of_ms = int(response.header("forecourt-as-of") or 0)
            walk.pages.append(Page(following, shown, as_of_ms, time.time() * 1000))
            if len(walk.pages) > PAGES_MAX:
                raise RuntimeError(f"{following}: page {PAGES_MAX} of {CARS} cars")
            following = after
            time.sleep(LONG_PAUSE_S if dice.random() < LONG_PAUSES else dice.expovariate(1 / PAUSE_S))


def _judge(walk: Walk, churn: Churn, verdict: Verdict) -> None:
    if walk.fault:
        verdict.faults.append(walk.fault)
        return
    first, last = walk.pages[0], walk.pages[-1]
    choice = cars.choice(walk.query, first.as_of_ms // (cars.DAY_S * 1000))
    shown: set[int] = set()
    for number, each in enumerate(walk.pages):
        for car in each.cars:
            where = f"{first.path}, cookie {walk.with_cookie}, page {number + 1} as of {each.as_of_ms}, car {car}: "
            if car in shown:
                verdict.repeats.append(where + "shown before")
            shown.add(car)
            if not any(_matched(churn, choice, car, each.as_of_ms, each.arrived_ms)):
                verdict.strangers.append(where + f"did not match: {list(_states(churn, car, each))}")
    for car in churn.history.states:
        if not all(_matched(churn, choice, car, first.as_of_ms, last.arrived_ms)):
            continue
        verdict.constant += 1
        if car not in shown:
            span = f"as of {first.as_of_ms} to {last.as_of_ms}, {len(walk.pages)} pages"
            verdict.misses.append(f"{first.path}, cookie {walk.with_cookie}, {span}: car {car} matched all the time")


def _matched(churn: Churn, choice: cars.Choice, car: int, from_ms: float, to_ms: float) -> list[bool]:
    """Of everything the car can have been seen as in this span."""
    states = churn.history.between(car, from_ms - MARGIN_MS, to_ms + MARGIN_MS)
    return [state.car is not None and choice.matches(state.car) for state in states]


def _states(churn: Churn, car: int, each: Page) -> list:
    return list(churn.history.between(car, each.as_of_ms - MARGIN_MS, each.arrived_ms + MARGIN_MS))
