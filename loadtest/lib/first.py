"""Row 3: the first request of a page after its car changed renders it and compresses it."""

from .bench import Bench
from .forecourt import car_path, serving
from .machine import cpu_ns
from .table import Row

ENCODINGS = ["gzip", "zstd", "br"]


def measure(bench: Bench) -> list[Row]:
    """Asks once for each of many pages nobody has asked for yet; process CPU over requests, nothing taken off."""
    warm_up, asked = (100, 500) if bench.quick else (300, 3000)
    cars = bench.catalogue.cars("live")
    rows = []
    directory = bench.directory("first")
    with serving(bench.binary, bench.catalogue, directory / "data") as own:
        for encoding in ENCODINGS:
            with own.connect(encoding) as connection:
                pages = [connection.get(car_path(car)) for car in cars[:warm_up]]
                before = cpu_ns(own.pid)
                pages = [connection.get(car_path(car)) for car in cars[warm_up : warm_up + asked]]
                used_us = (cpu_ns(own.pid) - before) / 1000
            if any(page.status != 200 or page.header("content-encoding") != encoding for page in pages):
                raise RuntimeError(f"a page did not come in {encoding}")
            if any("render" not in page.header("cache-status") for page in pages):
                raise RuntimeError("a page was not rendered for this request")
            body_bytes = sum(len(page.body) for page in pages) / len(pages)
            detail = f"{len(pages):,} pages, {body_bytes:,.0f} bytes on average"
            rows.append(Row(f"first request of a page, {encoding} (CPU)", used_us / len(pages), "us", 500, detail))
    return rows
