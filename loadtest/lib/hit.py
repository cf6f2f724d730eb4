"""Rows 1 and 2: what a cached page costs, against the floor, nginx and Varnish. All of them side by side."""

from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from . import peers, wrk
from .bench import Bench
from .forecourt import Forecourt, car_path, serving
from .http import Connection, Response
from .machine import cores, proportional_mib, say
from .table import Row, number

OWN = "forecourt"
# A response that is longer or shorter than ours by more than this is not the same one.
HEAD_BYTES_MORE_MAX = 250


@dataclass
class Side:
    """One of the servers, and what came of the rounds."""

    port: int
    pids: list[int]
    loads: list[wrk.Load] = field(default_factory=list)
    memory_mib: float = 0


def measure(bench: Bench) -> list[Row]:
    """Runs the servers in turn, round after round, and compares within a round: what else the machine does meanwhile
    then burdens all alike."""
    return bars(measured(bench))


def measured(bench: Bench) -> dict[str, Side]:
    """All of them after their rounds, by name, ours first."""
    if len(cores()) < 2:
        raise RuntimeError("one core is not enough: the servers need one, wrk another")
    path = car_path(bench.catalogue.cars("live")[0])
    directory = bench.directory("hit")
    with _running(bench, path, directory) as sides:
        # The first round only warms up.
        for turn in range(-1, 4 if bench.quick else 20):
            for name, side in sides.items():
                load = wrk.run(side.port, [path], side.pids, 1, cores()[-1], directory)
                if turn >= 0:
                    side.loads.append(load)
                    say(f"hit, round {turn + 1}: {name} {load.cpu_us:.2f} us, busy {load.busy:.0%}")
        for side in sides.values():
            side.memory_mib = proportional_mib(side.pids)
    return sides


def bars(sides: dict[str, Side]) -> list[Row]:
    """CPU per request against each of the others."""
    return [
        _row("cached hit / floor (CPU per request)", sides, "floor", 1.3),
        _row("cached hit / nginx gzip_static", sides, "nginx", 0.75),
        _row("  / nginx gzip_static and open_file_cache", sides, "nginx with open_file_cache", None),
        _row("cached hit / Varnish", sides, "Varnish", 0.35),
    ]


def ratios(sides: dict[str, Side], peer: str, of: Callable[[wrk.Load], float]) -> list[float]:
    """Ours to a peer's, round by round."""
    return [of(own) / of(other) for own, other in zip(sides[OWN].loads, sides[peer].loads, strict=True)]


@contextmanager
def _running(bench: Bench, path: str, directory: Path):
    """Each of them on the first core, sending the same page."""
    core = cores()[0]
    with ExitStack() as stack:
        own = stack.enter_context(serving(bench.binary, bench.catalogue, directory / "data", workers=1, core=core))
        page = _hit(own, path)

        def nginx(name: str, *, open_file_cache: bool) -> Side:
            peer = peers.nginx(page, path, directory / name, core, open_file_cache=open_file_cache)
            return Side(*stack.enter_context(peer))

        sides = {
            OWN: Side(own.port, [own.pid]),
            "floor": Side(*stack.enter_context(peers.floor(page, directory, core))),
            "nginx": nginx("plain", open_file_cache=False),
            "nginx with open_file_cache": nginx("cached", open_file_cache=True),
        }
        sides["Varnish"] = Side(*stack.enter_context(peers.varnish(sides["nginx"].port, directory, core)))
        for name, side in sides.items():
            _expect_same(name, side.port, path, page)
        yield sides


def _hit(own: Forecourt, path: str) -> Response:
    """The page, gzipped, as a hit."""
    with own.connect() as connection:
        connection.get(path)
        page = connection.get(path)
    if page.status != 200 or page.header("content-encoding") != "gzip" or "hit" not in (page.header("cache-status") or ""):
        raise RuntimeError(f"not a gzipped hit: {page.raw_head.decode()}")
    return page


def _expect_same(name: str, port: int, path: str, page: Response) -> None:
    """Raises unless it sends the page's body under a head of about its length."""
    with Connection(port) as connection:
        sent = connection.get(path)
    more = len(sent.raw_head) - len(page.raw_head)
    if sent.status != 200 or sent.body != page.body or abs(more) > HEAD_BYTES_MORE_MAX:
        raise RuntimeError(f"{name} does not send the same page: {sent.raw_head.decode()}")


def _row(what: str, sides: dict[str, Side], peer: str, bar: float | None) -> Row:
    rounds = ratios(sides, peer, lambda load: load.cpu_us)
    own, other = ([load.cpu_us for load in sides[name].loads] for name in (OWN, peer))
    detail = (
        f"{number(median(own))} us against {number(median(other))} us, quietest {number(min(own))} and "
        f"{number(min(other))}; rounds {min(rounds):.2f} to {max(rounds):.2f}"
    )
    return Row(what, median(rounds), "x", bar, detail, (min(rounds), max(rounds)))
