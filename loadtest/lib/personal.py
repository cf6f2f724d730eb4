"""What a listing costs that is only its visitor's: ranked, filtered, counted, rendered and compressed for one request."""

import re
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from statistics import median

from . import cars, page, queries
from .bench import LARGE_CARS, Bench
from .forecourt import Catalogue, Forecourt, car_path, serving
from .http import BROWSER_CODINGS, Connection, Response
from .machine import cpu_ns, say
from .table import Row

VISITORS = 50
PER_TURN = 100
BAR_US = 150
SECOND = "second page"


class Visited:
    """A running instance, a connection to it, and visitors who looked at a car each."""

    def __init__(self, own: Forecourt, connection: Connection, catalogue: Catalogue):
        self.own = own
        self.connection = connection
        self.plain = own.connect()
        self.cookies = cookies(connection, catalogue, VISITORS)
        self.us: dict[str, list[float]] = {}
        self.inside_us: dict[str, list[float]] = {}
        self.body_bytes: dict[str, list[int]] = {}

    def turn(self, name: str, path: str, is_kept: bool) -> None:
        """Asks so often, visitor after visitor."""
        self._timed(name, [(path, self.cookies[i % VISITORS]) for i in range(PER_TURN)], is_kept)

    def turn_us(self, path: str) -> float:
        """CPU per request of such a turn, and nothing kept."""
        return self._timed("", [(path, self.cookies[i % VISITORS]) for i in range(PER_TURN)], False)

    def second_pages(self, name: str, cars: list[int], is_kept: bool) -> None:
        """Asks for the second page of each of these cars' visitors: nobody has asked for it yet."""
        self._timed(name, [second_page(self.connection, self.plain, car) for car in cars], is_kept)

    def _timed(self, name: str, asked: list[tuple[str, str]], is_kept: bool) -> float:
        """CPU of the process over requests, nothing taken off; noted if it is kept."""
        before = cpu_ns(self.own.pid)
        pages = [self.connection.get(path, cookie) for path, cookie in asked]
        used_us = (cpu_ns(self.own.pid) - before) / 1000 / len(asked)
        for response in pages:
            if response.status != 200 or "private" not in (response.header("cache-control") or ""):
                raise RuntimeError(f"not a page of one visitor: {asked[0][0]}: {response.raw_head.decode()}")
        if is_kept:
            self.us.setdefault(name, []).append(used_us)
            self.inside_us.setdefault(name, []).extend(map(_inside_us, pages))
            self.body_bytes.setdefault(name, []).extend(len(response.body) for response in pages)
        return used_us


def measure(bench: Bench) -> list[Row]:
    """No filter and three typical choices, in turns; the median turn counts."""
    with _visited(bench.binary, bench.catalogue, bench.directory("personal") / "data") as visited:
        paths = paths_of(bench.catalogue)
        _turns(bench, [visited], [paths])
        rows = [_row(visited, f"personal listing, {name} (CPU)", name, path) for name, path in paths.items()]
        _second_pages(bench, visited, bench.catalogue.cars("live"))
        return [*rows, _row(visited, f"  {SECOND} (CPU)", SECOND, "each of another visitor")]


def measure_large(bench: Bench) -> list[Row]:
    """The same on ten times as many cars, in turns with the usual catalogue: ratios within a turn."""
    directory = bench.directory("personal-100k")
    catalogues = [bench.catalogue, bench.large()]
    with ExitStack() as stack:
        both = [
            stack.enter_context(_visited(bench.binary, catalogue, directory / name))
            for catalogue, name in zip(catalogues, ["usual", "large"], strict=True)
        ]
        paths = [paths_of(catalogue) for catalogue in catalogues]
        _turns(bench, both, paths)
        usual, large = both
        rows = []
        for name in paths[0]:
            ratios = [much / little for much, little in zip(large.us[name], usual.us[name], strict=True)]
            detail = f"turns {min(ratios):.1f} to {max(ratios):.1f}; {_detail(large, name, paths[1][name])}"
            rows.append(Row(f"personal listing, {name}: {LARGE_CARS:,} cars / usual", median(ratios), "x", 10, detail))
        return rows


@contextmanager
def _visited(binary: Path, catalogue: Catalogue, data: Path):
    with serving(binary, catalogue, data, ready_within_s=600) as own, own.connect(BROWSER_CODINGS) as connection:
        own.settle()
        yield Visited(own, connection, catalogue)


def cookies(connection: Connection, catalogue: Catalogue, n: int) -> list[str]:
    """Of visitors who looked at a car each."""
    live = catalogue.cars("live")
    jar = [connection.get(car_path(car)).cookie() for car in live[:: max(1, len(live) // n)][:n]]
    if not all(jar):
        raise RuntimeError("a car's page has set no cookie")
    return jar


def second_page(browser: Connection, plain: Connection, car: int) -> tuple[str, str]:
    """The second page of a visitor who looked at this car, and the visitor's cookie."""
    cookie = browser.get(car_path(car)).cookie()
    # The text of a page has to be readable here.
    following = page.cards_and_next(plain.get("/cars", cookie).text())[1]
    if not following:
        raise RuntimeError("a listing with no second page")
    return following, cookie


def paths_of(catalogue: Catalogue) -> dict[str, str]:
    """The listing, and three typical choices of it."""
    with closing(catalogue.connect()) as database:
        chosen = queries.typical(cars.read(database).values())
    return {"no filter": "/cars", **{f"filters {i + 1}": f"/cars?{query}" for i, query in enumerate(chosen)}}


def _turns(bench: Bench, servers: list[Visited], paths: list[dict[str, str]]) -> None:
    turns = 5 if bench.quick else 25
    # The turn before the first only warms up.
    for turn in range(-1, turns):
        for name in paths[0]:
            for visited, of in zip(servers, paths, strict=True):
                visited.turn(name, of[name], turn >= 0)
    for name in paths[0]:
        say(f"personal, {name}: " + ", ".join(f"{median(visited.us[name]):.0f} us" for visited in servers))


def _second_pages(bench: Bench, visited: Visited, cars: list[int]) -> None:
    turns = 5 if bench.quick else 25
    for turn in range(turns):
        visited.second_pages(SECOND, cars[turn::turns][:PER_TURN], True)
    say(f"personal, {SECOND}: {median(visited.us[SECOND]):.0f} us")


def _row(visited: Visited, what: str, name: str, path: str) -> Row:
    us = visited.us[name]
    return Row(what, median(us), "us", BAR_US, _detail(visited, name, path), (min(us), max(us)))


def _detail(visited: Visited, name: str, path: str) -> str:
    us = visited.us[name]
    return (
        f"turns {min(us):.0f} to {max(us):.0f}; Server-Timing {median(visited.inside_us[name]):.0f} us; "
        f"{median(visited.body_bytes[name]):,.0f} bytes; {path}"
    )


def _inside_us(response: Response) -> float:
    dur = re.search(r"dur=([\d.]+)", response.header("server-timing") or "")
    if not dur:
        raise RuntimeError(f"no Server-Timing: {response.raw_head.decode()}")
    return float(dur.group(1)) * 1000
