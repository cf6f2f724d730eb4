"""Instructions per request, of this process and not of the kernel: they do not depend on what else the machine does."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import cycle, islice, repeat

from . import personal
from .bench import Bench
from .callgrind import Costs, Counted
from .forecourt import Forecourt, car_path, serving
from .http import BROWSER_CODINGS, Connection
from .machine import say
from .sheet import Sheet, Table
from .table import Row

# The C library would copy with `rep movsb` and set with `rep stosb`, of which callgrind counts each byte. By vectors instead.
_BY_VECTORS = "glibc.cpu.x86_rep_movsb_threshold=0x7fffffff:glibc.cpu.x86_rep_stosb_threshold=0x7fffffff"
RANKING = "ranking, filtering"
_EVENTS = "events, on a thread of their own"
# A room is where the first pattern is found: in the function's name, or else in that of the file the code is from.
_ROOMS = [
    ("memory: copied, set, compared", r"^_*mem(cpy|move|set|cmp|chr|rchr)|^bcmp"),
    ("memory: allocated, freed", r"^_?mi_|mimalloc|^(malloc|free|realloc|calloc)$"),
    ("hyper: parse", r"Http1Transaction>::parse|httparse|http::header::name|http::uri|http::method"),
    ("hyper: encode", r"Http1Transaction>::encode|hyper::proto::h1::encode|hyper::common::date"),
    ("header maps", r"http::header::map|header/map\.rs"),
    ("hyper: connection", r"^<?&?(mut )?hyper|hyper::proto|hyper_util|hyper-"),
    ("who the visitor is", r"forecourt::keys|forecourt::rank::(profile|cookie)|blake3|data_encoding|hmac|sha2"),
    ("counts of values", r"forecourt::listing::facets|/src/listing/facets"),
    (RANKING, r"forecourt::(rank|listing|snapshot)|core::slice::sort|/src/(rank|listing|snapshot)/"),
    ("compression", r"brotli|zstd|ZSTD|HUF_|FSE_|HIST_|flate2|deflate|zlib|crc32|adler|XXH"),
    ("render", r"forecourt_views|maud|/views/"),
    ("page: plan, keep, put together", r"forecourt::page|moka|/src/page/"),
    ("events, handed over", r"forecourt::events|/src/events/"),
    ("service: check, route, negotiate", r"forecourt::(server|http|telemetry|clock|lead)|/src/(server|http)/"),
    ("logs, metrics", r"tracing|metrics"),
    ("text and hashes", r"core::fmt|alloc::fmt|core::str|serde_json|itoa|xxhash|foldhash|core::hash"),
    ("runtime", r"tokio|mio::|/mio-|futures|bytes::|/bytes-"),
    ("system calls, clocks, locks of libc", r"sysdeps|/nptl/|linux-gnu|clock_gettime|\./(time|misc|io|socket|csu)/"),
]
_OTHER = "other"
PERSONAL = "listing of one visitor"
_FUNCTIONS_SHOWN = 25
# How often each kind is asked for, and then three times as often.
_MANY, _SOME, _FEW = 200, 50, 20
_NAME_MAX = 90
# Of a core: what little it does by itself takes this much longer.
_SETTLED_BUSY = 0.2


def measure(bench: Bench) -> Sheet:
    """Each kind of request twice, with some and with three times as many: the difference is what the requests cost."""
    directory = bench.directory("instructions")
    counted = Counted(directory)
    under = ("env", f"GLIBC_TUNABLES={_BY_VECTORS}", *counted.command())
    sheet = Sheet("Instructions per request", [])
    shares: dict[str, Counter[str]] = {}
    with serving(bench.binary, bench.catalogue, directory / "data", workers=1, under=under, ready_within_s=600) as own:
        say("instructions: forecourt runs under valgrind")
        own.settle(_SETTLED_BUSY)
        counted.start(own.pid)
        for name, (requests, asking) in _kinds(bench, own).items():
            costs = _per_request(counted, own, requests, asking)
            shares[name] = _rooms(costs)
            total = sum(costs.values())
            say(f"instructions: {name}: {total:,.0f}")
            sheet.rows.append(Row(name, round(total), "instructions", None, _greatest(shares[name])))
            if name == PERSONAL:
                sheet.rows.append(Row(f"  {RANKING}", 100 * shares[name][RANKING] / total, "%"))
            sheet.tables.append(_functions(name, costs))
    sheet.tables.insert(0, _by_room(shares))
    sheet.notes = [
        "Counted by callgrind in this process: the kernel's part is not in it. The worker's thread and the one that writes "
        "events are counted; those that follow the source are not, since they cost the same without requests. "
        "Memory is copied and set by vectors here; without callgrind it may be by `rep movsb` and `rep stosb`.",
        "Events have a budget for each second (`events.lists_per_second_max`, `events.per_second_max`). Requests are slow here, so that "
        "more of them have one than on a busy site, and for cached listings it differs from run to run whether they do.",
        "A function's line has what was compiled into it, without what it calls.",
    ]
    return sheet


_Asking = Callable[[int], None]


def _kinds(bench: Bench, own: Forecourt) -> dict[str, tuple[int, _Asking]]:
    """What is asked, how often, by whom."""
    live = bench.catalogue.cars("live")
    browser, phone = own.connect(BROWSER_CODINGS), own.connect()
    for path in (car_path(live[0]), "/cars"):
        phone.get(path)
    visitors = personal.cookies(browser, bench.catalogue, personal.VISITORS)
    # Nobody has asked for either yet.
    second = [personal.second_page(browser, phone, car) for car in live[1 : 1 + 5 + 4 * _FEW]]
    new = [(car_path(car), "") for car in live[-5 - 4 * _FEW :]]

    def asking(connection: Connection, asked: Iterator[tuple[str, str]], cache: str) -> _Asking:
        def ask(requests: int) -> None:
            for path, cookie in islice(asked, requests):
                page = connection.get(path, cookie)
                if page.status != 200 or cache not in (page.header("cache-status") or ""):
                    raise RuntimeError(f"not what was to be counted ({cache}): {page.raw_head.decode()}")

        return ask

    return {
        "car page, cached": (_MANY, asking(phone, repeat((car_path(live[0]), "")), "hit")),
        "listing, cached": (_MANY, asking(phone, repeat(("/cars", "")), "hit")),
        PERSONAL: (_SOME, asking(browser, cycle([("/cars", cookie) for cookie in visitors]), "render")),
        "second page of one visitor": (_FEW, asking(browser, iter(second), "render")),
        "car page, first request": (_FEW, asking(browser, iter(new), "render")),
    }


def _per_request(counted: Counted, own: Forecourt, requests: int, asking: _Asking) -> Counter[tuple[str, str, str]]:
    """By room, file and function, averages over `2 * requests`."""
    # What is kept at first is no part of it.
    asking(5)
    counted.restart(own.pid)
    asking(requests)
    few = _of_requests(counted.counts(own.pid))
    asking(3 * requests)
    many = _of_requests(counted.counts(own.pid))
    return Counter({of: (many[of] - few[of]) / (2 * requests) for of in many if many[of] > few[of]})


def _of_requests(threads: dict[int, Costs]) -> Counter[tuple[str, str, str]]:
    """What the threads did that requests keep busy, in rooms."""
    costs: Counter[tuple[str, str, str]] = Counter()
    for of in threads.values():
        functions = {function for _, function in of}
        if any("hyper::proto" in function for function in functions):
            costs.update({(_room(*where), *where): count for where, count in of.items()})
        elif any("forecourt::events::run" in function for function in functions):
            costs.update({(_EVENTS, *where): count for where, count in of.items()})
    return costs


def _rooms(costs: Counter[tuple[str, str, str]]) -> Counter[str]:
    rooms: Counter[str] = Counter()
    for (room, _, _), count in costs.items():
        rooms[room] += count
    return rooms


def _room(source: str, function: str) -> str:
    for text in (function, source):
        for room, pattern in _ROOMS:
            if re.search(pattern, text):
                return room
    return _OTHER


def _greatest(rooms: Counter[str]) -> str:
    total = sum(rooms.values())
    return ", ".join(f"{room} {count / total:.0%}" for room, count in rooms.most_common(5))


def _by_room(shares: dict[str, Counter[str]]) -> Table:
    rooms = [room for room, _ in sum(shares.values(), Counter()).most_common()]
    lines = [[room, *(f"{of[room]:,.0f}" for of in shares.values())] for room in rooms]
    lines.append(["all", *(f"{sum(of.values()):,.0f}" for of in shares.values())])
    return Table("Instructions per request, by what they are for", ["", *shares], lines)


def _functions(name: str, costs: Counter[tuple[str, str, str]]) -> Table:
    functions: Counter[str] = Counter()
    for (_, _, function), count in costs.items():
        functions[function] += count
    total = sum(functions.values())
    lines = [
        [f"{function[:_NAME_MAX]}", f"{count:,.0f}", f"{count / total:.1%}"]
        for function, count in functions.most_common(_FUNCTIONS_SHOWN)
    ]
    return Table(f"{name}: the functions with the most", ["function", "instructions", "share"], lines)
