"""Rows 1 and 2: what a cached page costs, against the floor and against nginx."""

from contextlib import ExitStack
from statistics import median

from . import peers, wrk
from .bench import Bench
from .forecourt import car_path, serving
from .machine import cores, say
from .table import Row


def measure(bench: Bench) -> list[Row]:
    """Runs the servers in turn, round after round, and compares within a round: what else the machine does meanwhile
    then burdens all alike."""
    rounds, seconds = (4, 1) if bench.quick else (20, 1)
    server_core, client_core = cores()[0], cores()[-1]
    path = car_path(bench.catalogue.cars("live")[0])
    directory = bench.directory("hit")
    with ExitStack() as stack:
        own = stack.enter_context(
            serving(bench.binary, bench.catalogue, directory / "data", workers=1, core=server_core)
        )
        page = _hit(own, path)
        servers = {
            "forecourt": (own.port, [own.pid]),
            "floor": stack.enter_context(peers.floor(page, directory, server_core)),
            "nginx": stack.enter_context(
                peers.nginx(page, path, directory / "plain", server_core, open_file_cache=False)
            ),
            "nginx with open_file_cache": stack.enter_context(
                peers.nginx(page, path, directory / "cached", server_core, open_file_cache=True)
            ),
        }
        loads = {name: [] for name in servers}
        for number in range(-1, rounds):
            for name, (port, pids) in servers.items():
                load = wrk.run(port, [path], pids, seconds if number >= 0 else 1, client_core, directory)
                # The first round only warms up.
                if number >= 0:
                    loads[name].append(load)
                    say(f"hit, round {number + 1}: {name} {load.cpu_us:.2f} us, busy {load.busy:.0%}")
    return [
        _row("cached hit / floor (CPU per request)", loads, "floor", 1.3),
        _row("cached hit / nginx gzip_static", loads, "nginx", 0.75),
        _row("  / nginx gzip_static and open_file_cache", loads, "nginx with open_file_cache", None),
    ]


def _hit(own, path: str):
    """The page, gzipped, as a hit."""
    with own.connect() as connection:
        connection.get(path)
        page = connection.get(path)
    if page.status != 200 or page.header("content-encoding") != "gzip" or "hit" not in page.header("cache-status"):
        raise RuntimeError(f"not a gzipped hit: {page.raw_head.decode()}")
    return page


def _row(what: str, loads: dict, peer: str, bar: float | None) -> Row:
    ratios = [own.cpu_us / other.cpu_us for own, other in zip(loads["forecourt"], loads[peer], strict=True)]
    own, other = ([load.cpu_us for load in loads[name]] for name in ("forecourt", peer))
    detail = (
        f"{median(own):.2f} us against {median(other):.2f} us, quietest {min(own):.2f} and {min(other):.2f}; "
        f"rounds {min(ratios):.2f} to {max(ratios):.2f}"
    )
    return Row(what, median(ratios), "x", bar, detail)
