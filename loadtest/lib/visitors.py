"""Other requests meanwhile: a process of its own that asks at a steady rate and notes how long each answer took."""

import multiprocessing
import random
import threading
import time
from contextlib import contextmanager

from .forecourt import car_path
from .http import Connection

CONNECTIONS = 4
PER_SECOND = 400
# Of requests; the rest are car pages.
LISTINGS = 0.2


class Visits:
    """(moment it was due, seconds until it was answered) of each request; filled when the visit has ended."""

    def __init__(self) -> None:
        self.answers: list[tuple[float, float]] = []

    def between(self, began: float, ended: float) -> list[float]:
        """Milliseconds of the requests due in this span."""
        return [took * 1000 for due, took in self.answers if began <= due <= ended]


@contextmanager
def visiting(port: int, cars: list[int]):
    """Visitors for the length of a `with`."""
    visits = Visits()
    stop, answers = multiprocessing.Event(), multiprocessing.SimpleQueue()
    process = multiprocessing.Process(target=_visit, args=(port, cars, stop, answers), daemon=True)
    process.start()
    try:
        yield visits
    finally:
        stop.set()
        # Within the `finally`, but a process that died has nothing to say.
        while process.is_alive() and answers.empty():
            time.sleep(0.01)
        if not answers.empty():
            visits.answers = answers.get()
        process.join()
    if not visits.answers:
        raise RuntimeError("the visitors got no answers")


def _visit(port: int, cars: list[int], stop, answers) -> None:
    results: list[list[tuple[float, float]]] = [[] for _ in range(CONNECTIONS)]
    threads = [
        threading.Thread(target=_one_visitor, args=(port, cars, stop, number, result))
        for number, result in enumerate(results)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers.put([answer for result in results for answer in result])


def _one_visitor(port: int, cars: list[int], stop, number: int, result: list[tuple[float, float]]) -> None:
    dice = random.Random(number)
    interval = CONNECTIONS / PER_SECOND
    due = time.monotonic() + interval * number / CONNECTIONS
    answered = 0.0
    with Connection(port) as connection:
        while not stop.is_set():
            time.sleep(max(0.0, due - time.monotonic()))
            path = "/cars" if dice.random() < LISTINGS else car_path(dice.choice(cars))
            # A request held up by the answer before it has waited since it was due; one this process was late
            # for has not.
            began = due if answered > due else time.monotonic()
            status = connection.get(path).status
            answered = time.monotonic()
            if status != 200:
                raise RuntimeError(f"{path} was answered with {status}")
            result.append((due, answered - began))
            due += interval
