"""Other requests meanwhile: a process of its own that asks at a steady rate and notes how long each answer took."""

import multiprocessing
import random
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Event

from .forecourt import car_path
from .http import Connection
from .machine import end

CONNECTIONS = 4
PER_SECOND = 400
# Of requests; the rest are car pages.
LISTINGS = 0.2


@dataclass(frozen=True)
class Traffic:
    """How much is asked, and of what."""

    per_second: float = PER_SECOND
    # Visitors keep the cookies they are given, so that listings are theirs.
    with_cookies: bool = False


class Visits:
    """(moment it was due, seconds until it was answered) of each request; filled when the visit has ended."""

    def __init__(self) -> None:
        self.answers: list[tuple[float, float]] = []

    def between(self, began: float, ended: float) -> list[float]:
        """Milliseconds of the requests due in this span."""
        return [took * 1000 for due, took in self.answers if began <= due <= ended]


@contextmanager
def visiting(port: int, cars: list[int], traffic: Traffic = Traffic()):
    """Visitors for the length of a `with`; raises at its end when one of them was turned away."""
    visits = Visits()
    stop, report = multiprocessing.Event(), multiprocessing.SimpleQueue()
    process = multiprocessing.Process(target=_visit, args=(port, cars, traffic, stop, report), daemon=True)
    process.start()
    try:
        yield visits
        stop.set()
        visits.answers, failures = report.get()
        if failures:
            raise RuntimeError(f"a visitor was turned away: {failures[0]}")
    finally:
        stop.set()
        end(process)


def _visit(port: int, cars: list[int], traffic: Traffic, stop: Event, report: SimpleQueue) -> None:
    answers: list[tuple[float, float]] = []
    failures: list[str] = []

    def one(number: int) -> None:
        try:
            _one_visitor(port, cars, traffic, stop, number, answers)
        except Exception as error:  # whatever it was, somebody waits for the report
            failures.append(str(error) or repr(error))

    # When this process is asked to end it does not wait for them.
    threads = [threading.Thread(target=one, args=(number,), daemon=True) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report.put((answers, failures))


def _one_visitor(
    port: int, cars: list[int], traffic: Traffic, stop: Event, number: int, answers: list[tuple[float, float]]
) -> None:
    dice = random.Random(number)
    interval = CONNECTIONS / traffic.per_second
    due = time.monotonic() + interval * number / CONNECTIONS
    answered = 0.0
    cookie = ""
    with Connection(port) as connection:
        while not stop.is_set():
            time.sleep(max(0.0, due - time.monotonic()))
            path = "/cars" if dice.random() < LISTINGS else car_path(dice.choice(cars))
            # A request held up by the answer before it has waited since it was due; one this process was late
            # for has not.
            began = due if answered > due else time.monotonic()
            response = connection.get(path, cookie)
            answered = time.monotonic()
            if response.status != 200:
                raise RuntimeError(f"{path} was answered with {response.status}")
            if traffic.with_cookies:
                cookie = response.cookie() or cookie
            answers.append((due, answered - began))
            due += interval
