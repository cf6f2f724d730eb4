"""What a listing that is only its visitor's would cost in other codings, compressed for each request, and its visitor's
next page with a dictionary (RFC 9842), beside what is served: pieces that were compressed before.

The C libraries compress, in this process; their clock is this thread's CPU time. What is served is the whole request's
CPU: from outside, putting together cannot be told from ranking and filtering."""

import ctypes
import os
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median

from . import page
from .bench import Bench
from .forecourt import Forecourt, car_path, serving
from .http import BROWSER_CODINGS, Connection
from .machine import cpu_ns, say
from .personal import VISITORS, cookies
from .table import Row

# As `.ci/need compare` has it.
BROTLI_VERSION = "1.2.1"
# The smallest that has room for a page and a dictionary: a larger one gains nothing.
WINDOW_BITS = 18
# What RFC 9842 puts before the stream: a magic number and the dictionary's SHA-256.
DCB_HEAD_BYTES, DCZ_HEAD_BYTES = 36, 40
# For a page, compressed or not.
ROOM_BYTES = 1 << 20
# From zstd.h and brotli/encode.h.
ZSTD_LEVEL = 100
BROTLI_FINISH = 2
BROTLI_QUALITY, BROTLI_WINDOW, BROTLI_SIZE_HINT = 1, 2, 5
# A page takes them ten milliseconds and more: one turn says enough.
SLOW = ("zstd 19", "brotli 9", "brotli 11")

Coder = Callable[[bytes, bytes], bytes]


@dataclass(frozen=True)
class Candidate:
    """A way to compress a page. Both ways are given a dictionary too, empty if there is none."""

    name: str
    compress: Coder
    decompress: Coder
    head_bytes: int = 0


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


def _candidates(brotli: "Brotli", zstd: "Zstd") -> list[Candidate]:
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


POINTER, SIZE, INT = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int


def _library(file: str, functions: dict[str, tuple]) -> ctypes.CDLL:
    """A C library, its functions declared: what each answers, then what it takes."""
    library = ctypes.CDLL(file)
    for name, (answers, *takes) in functions.items():
        function = getattr(library, name)
        function.restype, function.argtypes = answers, takes
    return library


class Zstd:
    """Debian's library, which apt needs too. A level's context is made once, as a thread of a server would."""

    def __init__(self) -> None:
        self.library = _library(
            "libzstd.so.1",
            {
                "ZSTD_createCCtx": (POINTER,),
                "ZSTD_createDCtx": (POINTER,),
                "ZSTD_createCDict": (POINTER, POINTER, SIZE, INT),
                "ZSTD_CCtx_setParameter": (SIZE, POINTER, INT, INT),
                "ZSTD_CCtx_refPrefix": (SIZE, POINTER, POINTER, SIZE),
                "ZSTD_CCtx_refCDict": (SIZE, POINTER, POINTER),
                "ZSTD_compress2": (SIZE, POINTER, POINTER, SIZE, POINTER, SIZE),
                "ZSTD_DCtx_refPrefix": (SIZE, POINTER, POINTER, SIZE),
                "ZSTD_decompressDCtx": (SIZE, POINTER, POINTER, SIZE, POINTER, SIZE),
                "ZSTD_isError": (INT, SIZE),
            },
        )
        self.room = ctypes.create_string_buffer(ROOM_BYTES)
        self.decoder = self.library.ZSTD_createDCtx()

    def level(self, level: int) -> Candidate:
        """Each page for itself."""
        return Candidate(f"zstd {level}", self._coder(level, lambda *_: None), self._decompress)

    def dictionary(self, level: int) -> Candidate:
        """With a dictionary of each page's own."""

        def refer(context: int, dictionary: bytes) -> None:
            self._ok(self.library.ZSTD_CCtx_refPrefix(context, dictionary, len(dictionary)))

        return Candidate(f"zstd {level}", self._coder(level, refer), self._decompress, DCZ_HEAD_BYTES)

    def shared(self, level: int, shared: bytes) -> Candidate:
        """With one dictionary for all, prepared once."""
        prepared = self.library.ZSTD_createCDict(shared, len(shared), level)
        coder = self._coder(level, lambda context, _: self._ok(self.library.ZSTD_CCtx_refCDict(context, prepared)))
        return Candidate(f"zstd {level}", coder, lambda content, _: self._decompress(content, shared), DCZ_HEAD_BYTES)

    def _coder(self, level: int, refer: Callable[[int, bytes], None]) -> Coder:
        context = self.library.ZSTD_createCCtx()
        self._ok(self.library.ZSTD_CCtx_setParameter(context, ZSTD_LEVEL, level))

        def compress(content: bytes, dictionary: bytes) -> bytes:
            refer(context, dictionary)
            size = self.library.ZSTD_compress2(context, self.room, ROOM_BYTES, content, len(content))
            return ctypes.string_at(self.room, self._ok(size))

        return compress

    def _decompress(self, content: bytes, dictionary: bytes) -> bytes:
        self._ok(self.library.ZSTD_DCtx_refPrefix(self.decoder, dictionary, len(dictionary)))
        size = self.library.ZSTD_decompressDCtx(self.decoder, self.room, ROOM_BYTES, content, len(content))
        return ctypes.string_at(self.room, self._ok(size))

    def _ok(self, size: int) -> int:
        if self.library.ZSTD_isError(size):
            raise RuntimeError("zstd could not do it")
        return size


class Brotli:
    """The library inside Python's wheel: Debian 12's knows no dictionaries. An encoder is made for each page: there is
    no way to use one again."""

    def __init__(self) -> None:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        self.library = _library(
            str(next((cache / "forecourt" / f"brotli-{BROTLI_VERSION}").glob("_brotli*.so"))),
            {
                "BrotliEncoderCreateInstance": (POINTER, POINTER, POINTER, POINTER),
                "BrotliEncoderSetParameter": (INT, POINTER, INT, ctypes.c_uint32),
                "BrotliEncoderPrepareDictionary": (POINTER, INT, SIZE, POINTER, INT, POINTER, POINTER, POINTER),
                "BrotliEncoderAttachPreparedDictionary": (INT, POINTER, POINTER),
                "BrotliEncoderDestroyPreparedDictionary": (None, POINTER),
                "BrotliEncoderCompressStream": (INT, POINTER, INT, POINTER, POINTER, POINTER, POINTER, POINTER),
                "BrotliEncoderIsFinished": (INT, POINTER),
                "BrotliEncoderDestroyInstance": (None, POINTER),
                "BrotliDecoderCreateInstance": (POINTER, POINTER, POINTER, POINTER),
                "BrotliDecoderAttachDictionary": (INT, POINTER, INT, SIZE, POINTER),
                "BrotliDecoderDecompressStream": (INT, POINTER, POINTER, POINTER, POINTER, POINTER, POINTER),
                "BrotliDecoderIsFinished": (INT, POINTER),
                "BrotliDecoderDestroyInstance": (None, POINTER),
            },
        )
        self.room = ctypes.create_string_buffer(ROOM_BYTES)

    def level(self, level: int) -> Candidate:
        """Each page for itself."""
        return Candidate(f"brotli {level}", lambda content, _: self._compress(content, level, None), self._decompress)

    def dictionary(self, level: int) -> Candidate:
        """With a dictionary of each page's own."""

        def compress(content: bytes, dictionary: bytes) -> bytes:
            prepared = self._prepared(dictionary, level)
            out = self._compress(content, level, prepared)
            self.library.BrotliEncoderDestroyPreparedDictionary(prepared)
            return out

        return Candidate(f"brotli {level}", compress, self._decompress, DCB_HEAD_BYTES)

    def shared(self, level: int, shared: bytes) -> Candidate:
        """With one dictionary for all, prepared once."""
        prepared = self._prepared(shared, level)
        return Candidate(
            f"brotli {level}",
            lambda content, _: self._compress(content, level, prepared),
            lambda content, _: self._decompress(content, shared),
            DCB_HEAD_BYTES,
        )

    def _prepared(self, dictionary: bytes, level: int) -> int:
        return self.library.BrotliEncoderPrepareDictionary(0, len(dictionary), dictionary, level, None, None, None)

    def _compress(self, content: bytes, level: int, prepared: int | None) -> bytes:
        encoder = self.library.BrotliEncoderCreateInstance(None, None, None)
        for parameter, value in (
            (BROTLI_QUALITY, level),
            (BROTLI_WINDOW, WINDOW_BITS),
            (BROTLI_SIZE_HINT, len(content)),
        ):
            self.library.BrotliEncoderSetParameter(encoder, parameter, value)
        is_whole = prepared is None or self.library.BrotliEncoderAttachPreparedDictionary(encoder, prepared)
        out = self._streamed(content, self.library.BrotliEncoderCompressStream, encoder, BROTLI_FINISH)
        is_whole = is_whole and self.library.BrotliEncoderIsFinished(encoder)
        self.library.BrotliEncoderDestroyInstance(encoder)
        if not is_whole:
            raise RuntimeError("brotli could not compress it")
        return out

    def _decompress(self, content: bytes, dictionary: bytes) -> bytes:
        decoder = self.library.BrotliDecoderCreateInstance(None, None, None)
        if dictionary:
            self.library.BrotliDecoderAttachDictionary(decoder, 0, len(dictionary), dictionary)
        out = self._streamed(content, self.library.BrotliDecoderDecompressStream, decoder)
        is_whole = self.library.BrotliDecoderIsFinished(decoder)
        self.library.BrotliDecoderDestroyInstance(decoder)
        if not is_whole:
            raise RuntimeError("brotli could not decompress it")
        return out

    def _streamed(self, content: bytes, function: Callable, *first: int) -> bytes:
        left, text = SIZE(len(content)), ctypes.cast(content, POINTER)
        room_left, room, done = SIZE(ROOM_BYTES), ctypes.cast(self.room, POINTER), SIZE()
        function(*first, *map(ctypes.byref, (left, text, room_left, room, done)))
        return ctypes.string_at(self.room, done.value)
