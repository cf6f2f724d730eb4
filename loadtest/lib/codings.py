"""What a listing that is only its visitor's would cost in other codings, compressed for each request, and its visitor's
next page with a dictionary (RFC 9842), beside what is served: pieces that were compressed before.

The C libraries compress, in this process; their clock is this thread's CPU time. What is served is the whole request's
CPU: from outside, putting together cannot be told from ranking and filtering."""

import time
import zlib
from dataclasses import dataclass
from statistics import mean, median

from . import page
from .bench import Bench
from .encoders import Brotli, Candidate, Zstd
from .forecourt import Forecourt, car_path, serving
from .http import BROWSER_CODINGS, Connection
from .machine import cpu_ns, say
from .personal import VISITORS, cookies
from .table import Row

# A page takes them ten milliseconds and more: one turn says enough.
SLOW = ("zstd 19", "brotli 9", "brotli 11")

@dataclass(frozen=True)
class Load:
    """What a candidate, or the server, took for a page: the median's CPU, the mean's bytes."""

    us: float
    body_bytes: float
    spread: tuple[float, float] | None = None
    """Of the turns the server took."""


# A path and its visitor's cookie.
Asked = list[tuple[str, str]]


def measure(bench: Bench) -> list[Row]:
    """Every candidate on the first page; then where a visitor goes from there, with and without a dictionary."""
    turns = 3 if bench.quick else 15
    brotli, zstd = Brotli(), Zstd()
    data = bench.directory("codings") / "data"
    with serving(bench.binary, bench.catalogue, data) as own, own.connect("identity") as plain:
        own.settle()
        jar = cookies(plain, bench.catalogue, VISITORS)
        first: Asked = [("/cars", cookie) for cookie in jar]
        listings = _bodies(plain, first)
        served = {coding: _served(own, coding, first, listings, turns) for coding in ("gzip", "zstd", "br", "identity")}
        rows = [_row(f"personal listing, whole request, {name}", load, listings) for name, load in served.items()]
        for candidate, load in _took(_candidates(brotli, zstd), listings, [b""] * VISITORS, turns):
            rows.append(_row(f"  to compress it, {candidate.name}", load, listings))
        everybodys = plain.get("/cars").body
        shared = [zstd.shared(3, everybodys), brotli.shared(5, everybodys)]
        for where, asked in _ways_on(listings, jar).items():
            pages = _bodies(plain, asked)
            rows.append(_row(f"{where}, whole request", _served(own, BROWSER_CODINGS, asked, pages, turns), pages))
            bare = [load for _, load in _took([zstd.level(3), brotli.level(5)], pages, [b""] * VISITORS, turns)]
            for with_dictionary, of in ([zstd.dictionary(3), brotli.dictionary(5)], "previous page"), (shared, "/cars"):
                took = _took(with_dictionary, pages, listings, turns)
                for (candidate, load), without in zip(took, bare, strict=True):
                    more = f"; without it {without.us:.0f} us, {without.body_bytes:,.0f} bytes"
                    rows.append(_row(f"  {candidate.name}, dictionary: {of}", load, pages, more))
    return rows


def _candidates(brotli: Brotli, zstd: Zstd) -> list[Candidate]:
    gzip = [
        Candidate(f"gzip {level}", lambda content, _, level=level: zlib.compress(content, level, wbits=31), _gunzip)
        for level in (1, 6, 9)
    ]
    return [*gzip, *map(zstd.level, (1, 3, 9, 19)), *map(brotli.level, (1, 4, 5, 9, 11))]


def _gunzip(content: bytes, _: bytes) -> bytes:
    return zlib.decompress(content, wbits=31)


def _ways_on(listings: list[bytes], jar: list[str]) -> dict[str, Asked]:
    """Where visitors go from their listing: each as a page, and as the part of it that the script asks for."""
    seconds, cars = [], []
    for listing, cookie in zip(listings, jar, strict=True):
        shown, following = page.cards_and_next(listing.decode())
        if not following:
            raise RuntimeError("a listing with no second page")
        seconds.append((following, cookie))
        cars.append((car_path(shown[0]), cookie))
    return {
        "page 2": seconds,
        "page 2 as a fragment": [(f"{path}&f=1", cookie) for path, cookie in seconds],
        "a car of it": cars,
        "a car of it as a fragment": [(f"{path}?f=1", cookie) for path, cookie in cars],
    }


def _bodies(plain: Connection, asked: Asked) -> list[bytes]:
    """The text of each."""
    pages = [plain.get(path, cookie) for path, cookie in asked]
    for response in pages:
        if response.status != 200 or response.header("content-encoding"):
            raise RuntimeError(f"not a page as it is: {response.raw_head.decode()}")
    return [response.body for response in pages]


def _served(own: Forecourt, codings: str, asked: Asked, texts: list[bytes], turns: int) -> Load:
    """CPU of the process over requests, the median turn's; the turn before the first only warms up."""
    took_us = []
    with own.connect(codings) as connection:
        for turn in range(-1, turns):
            before = cpu_ns(own.pid)
            pages = [connection.get(path, cookie) for path, cookie in asked]
            used_us = (cpu_ns(own.pid) - before) / 1000 / len(asked)
            if turn >= 0:
                took_us.append(used_us)
    for response, text in zip(pages, texts, strict=True):
        coding = response.header("content-encoding") or "identity"
        if response.status != 200 or coding not in codings.split(", "):
            raise RuntimeError(f"not in {codings}: {response.raw_head.decode()}")
        if coding == "gzip" and _gunzip(response.body, b"") != text:
            raise RuntimeError(f"gzip is another page than the text: {response.raw_head.decode()}")
    return Load(median(took_us), mean(len(response.body) for response in pages), (min(took_us), max(took_us)))


def _took(
    candidates: list[Candidate], pages: list[bytes], dictionaries: list[bytes], turns: int
) -> list[tuple[Candidate, Load]]:
    """The candidates in turns, page after page; in the first turn what comes out has to be the page again."""
    us: dict[str, list[float]] = {candidate.name: [] for candidate in candidates}
    body_bytes: dict[str, float] = {}
    for turn in range(turns):
        for candidate in candidates:
            if turn and candidate.name in SLOW:
                continue
            lengths = []
            for text, dictionary in zip(pages, dictionaries, strict=True):
                began = time.thread_time_ns()
                out = candidate.compress(text, dictionary)
                us[candidate.name].append((time.thread_time_ns() - began) / 1000)
                lengths.append(len(out) + candidate.head_bytes)
                if not turn and candidate.decompress(out, dictionary) != text:
                    raise RuntimeError(f"{candidate.name} does not give the page back")
            body_bytes[candidate.name] = mean(lengths)
    loads = [(each, Load(median(us[each.name]), body_bytes[each.name])) for each in candidates]
    say("codings: " + ", ".join(f"{each.name} {load.us:.0f} us" for each, load in loads))
    return loads


def _row(what: str, load: Load, texts: list[bytes], more: str = "") -> Row:
    text_bytes = mean(map(len, texts))
    share = load.body_bytes / text_bytes
    detail = f"{load.body_bytes:,.0f} bytes ({share:.1%} of {text_bytes:,.0f}){more}"
    if load.spread:
        detail += "; turns {:.0f} to {:.0f}".format(*load.spread)
    return Row(what, load.us, "us", None, detail, load.spread)
