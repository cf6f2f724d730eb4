"""Row 7: memory when every page has been asked for in every coding."""

import json

from .bench import Bench
from .first import ENCODINGS
from .forecourt import car_path, serving
from .http import Connection
from .machine import resident_mib, say
from .table import Row


def measure(bench: Bench) -> list[Row]:
    """Fetches every car's page, live and sold, in gzip, zstd and br."""
    cars = bench.catalogue.cars("live", "sold")
    directory = bench.directory("memory")
    with serving(bench.binary, bench.catalogue.copy(directory), directory / "data") as own:
        at_start = resident_mib(own.pid)
        for encoding in ENCODINGS:
            say(f"memory: every page in {encoding}")
            with own.connect(encoding) as connection:
                for car in cars:
                    if connection.get(car_path(car)).header("content-encoding") != encoding:
                        raise RuntimeError(f"{car_path(car)} did not come in {encoding}")
        with Connection(own.admin_port, "identity") as admin:
            cache = json.loads(admin.get("/status.json").body)["page_cache"]
        resident, highest = resident_mib(own.pid), resident_mib(own.pid, "VmHWM")
    asked = len(cars) * len(ENCODINGS)
    detail = f"{at_start:.0f} at start, {highest:.0f} at most; {cache['entries']:,} of {asked:,} pages kept"
    return [Row("resident, every car page in gzip, zstd and br", resident, "MiB", 400, detail)]
