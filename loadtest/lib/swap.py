"""What visitors notice of a new ranking model."""

import time
from dataclasses import dataclass

from .bench import Bench
from .forecourt import Forecourt, metric, serving
from .machine import say, waited_ms
from .model import ModelFile
from .table import Row, percentile
from .visitors import Traffic, visiting

PER_SECOND = 300
LOADED = 'forecourt_model_reads_total{outcome="loaded"}'
LOADED_WITHIN_S = 20


@dataclass
class Span:
    """What was answered in a span of time, in milliseconds, and how long the server waited for a core meanwhile."""

    answers_ms: list[float]
    waited_ms: float

    def said(self) -> str:
        """For the table."""
        return (
            f"p99 {percentile(self.answers_ms, 0.99):.1f}, {sum(ms > 10 for ms in self.answers_ms)} of "
            f"{len(self.answers_ms):,} slower than 10 ms, the server waited {self.waited_ms:.0f} ms for a core"
        )


def measure(bench: Bench) -> list[Row]:
    """The same visitors, one in five requests a listing of their own, without and with new models, in turns: what is slow
    in both is the machine. One who is turned away ends the run."""
    swaps, turns = (3, 1) if bench.quick else (5, 4)
    directory = bench.directory("swap")
    cars = bench.catalogue.cars("live")
    model = ModelFile(directory / "model.safetensors")
    calm, swapped = Span([], 0), Span([], 0)
    with serving(bench.binary, bench.catalogue.copy(directory), directory / "data", model=model.file) as own:
        own.settle()
        _visit(own, cars, lambda: time.sleep(5))
        for turn in range(turns):
            took_s = _add(swapped, own, cars, lambda: [_swap(own, model) for _ in range(swaps)])
            _add(calm, own, cars, lambda: time.sleep(took_s))
            say(f"swap, turn {turn + 1}: max {max(swapped.answers_ms):.1f} ms so far, without {max(calm.answers_ms):.1f} ms")
    what = f"{turns * swaps} model swaps under {PER_SECOND} requests/s: slowest"
    return [
        Row(what, max(swapped.answers_ms), "ms", 10, f"none failed; {swapped.said()}"),
        Row("  the same without a swap", max(calm.answers_ms), "ms", None, calm.said()),
    ]


def _visit(own: Forecourt, cars: list[int], meanwhile) -> Span:
    with visiting(own.port, cars, Traffic(PER_SECOND, with_cookies=True)) as visits:
        time.sleep(0.5)
        waited_before, began = waited_ms(own.pid), time.monotonic()
        meanwhile()
        ended = time.monotonic()
        waited = waited_ms(own.pid) - waited_before
    return Span(visits.between(began, ended), waited)


def _add(to: Span, own: Forecourt, cars: list[int], meanwhile) -> float:
    """Adds what visitors meet meanwhile; answers how long that took."""
    began = time.monotonic()
    span = _visit(own, cars, meanwhile)
    to.answers_ms += span.answers_ms
    to.waited_ms += span.waited_ms
    return time.monotonic() - began


def _swap(own: Forecourt, model: ModelFile) -> None:
    """Replaces the model; returns half a second after it is in use."""
    before, began = metric(own, LOADED), time.monotonic()
    model.replace(dealt_anew=True)
    while metric(own, LOADED) == before:
        if time.monotonic() - began > LOADED_WITHIN_S:
            raise RuntimeError(f"a new model was not loaded in {LOADED_WITHIN_S} s")
        time.sleep(0.05)
    time.sleep(0.5)
