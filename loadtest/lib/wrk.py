"""Load by `wrk`, and the CPU a server spends on it."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import machine
from .http import PHONE

CONNECTIONS = 64

_SCRIPT = """local paths = {%s}
local turn = 0
request = function()
  turn = turn %% #paths + 1
  return wrk.format("GET", paths[turn])
end
done = function(summary, latency)
  local e = summary.errors
  local failed = e.connect + e.read + e.write + e.status + e.timeout
  local p50, p99 = latency:percentile(50), latency:percentile(99)
  print(string.format("counted %%d %%d %%d %%d %%d", summary.requests, failed, summary.duration, p50, p99))
end
"""


@dataclass
class Load:
    """What a run came to."""

    requests: int
    cpu_us: float
    """Server CPU per request."""
    busy: float
    """Share of its core the server was busy."""
    per_second: float
    p50_ms: float
    """From sending to the whole response, as all connections wait for it at once."""
    p99_ms: float


def run(port: int, paths: list[str], pids: list[int], seconds: float, core: int, directory: Path) -> Load:
    """Asks for each of the paths in turn, as fast as they are answered, from another core than the server's."""
    script = directory / "wrk.lua"
    script.write_text(_SCRIPT % ", ".join(f'"{path}"' for path in paths))
    command = ["taskset", "-c", str(core), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s"]
    for name, value in {**PHONE, "Accept-Encoding": "gzip"}.items():
        command += ["-H", f"{name}: {value}"]
    before = sum(map(machine.cpu_ns, pids))
    done = subprocess.run([*command, "-s", script, f"http://127.0.0.1:{port}"], capture_output=True, text=True)
    used_ns = sum(map(machine.cpu_ns, pids)) - before
    counted = [line.split() for line in done.stdout.splitlines() if line.startswith("counted ")]
    if done.returncode or not counted:
        raise RuntimeError(f"wrk: {done.stderr or done.stdout}")
    requests, errors, took_us, p50_us, p99_us = map(int, counted[0][1:])
    if errors:
        raise RuntimeError(f"wrk met {errors} errors among {requests} requests:\n{done.stdout}")
    cpu_us, busy = used_ns / 1000 / requests, used_ns / 1e3 / took_us
    return Load(requests, cpu_us, busy, requests * 1e6 / took_us, p50_us / 1000, p99_us / 1000)
