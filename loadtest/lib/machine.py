"""Processes: started on chosen cores, ended without fail, and how much CPU they used."""

import ctypes
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Collection
from contextlib import contextmanager, suppress
from multiprocessing.process import BaseProcess
from pathlib import Path

PR_SET_PDEATHSIG = 1
_FIRST = -5
# Below the range outgoing connections take theirs from: else a client may sit on the port of a service that is down.
_PORTS = range(15_000, 32_000)
# Who was given a port may not listen on it yet, or not just now.
_given: set[int] = set()
_libc = ctypes.CDLL(None)


def say(text: str) -> None:
    """Progress, for whoever is watching."""
    print(f"  {text}", file=sys.stderr, flush=True)


def cores() -> list[int]:
    """The cores this process may use."""
    return sorted(os.sched_getaffinity(0))


def end_with_parent(number: int = signal.SIGTERM) -> None:
    """In a child about to become another program: have it get this signal when the thread that started it ends."""
    _libc.prctl(PR_SET_PDEATHSIG, number)


@contextmanager
def running(command: list, *, env: dict | None = None, core: int | None = None, log: Path):
    """A process for the length of a `with`, pinned to `core` if one is given. Yields its `Popen`.

    It gets SIGTERM when this process dies in whatever way, and SIGKILL when it does not end within 5 s."""

    def before_exec() -> None:
        end_with_parent()
        if core is not None:
            os.sched_setaffinity(0, {core})

    with log.open("ab") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=before_exec,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def end(process: BaseProcess, within_s: float = 5) -> None:
    """Ends a process of this program's own, whatever it does with SIGTERM."""
    process.terminate()
    process.join(within_s)
    if process.is_alive():
        process.kill()
        process.join()


def cpu_ns(pid: int) -> int:
    """CPU time of a process so far, all threads, ended ones too, user and kernel, in nanoseconds.

    The clock id is what `clock_getcpuclockid(3)` gives: the process's id, inverted, over the scheduler's clock (2)."""
    return time.clock_gettime_ns((~pid << 3) | 2)


def waited_ms(pid: int) -> float:
    """How long threads that could have run waited for a core so far: what neighbours and too few cores cost."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[1]) for task in tasks) / 1e6


def family(pid: int) -> list[int]:
    """The process and its children, once it has any: on a busy machine they may come after its port."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if children := Path(f"/proc/{pid}/task/{pid}/children").read_text():
            return [pid, *map(int, children.split())]
        time.sleep(0.01)
    raise RuntimeError(f"process {pid} has started no other")


def resident_mib(pid: int, field: str = "VmRSS") -> float:
    """Resident memory now (`VmRSS`) or at its highest (`VmHWM`)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"/proc/{pid}/status has no {field}")


def proportional_mib(pids: list[int]) -> float:
    """Memory of a family of processes now, what they share counted once (`Pss`)."""
    total_kib = 0
    for pid in pids:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        total_kib += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total_kib / 1024


def go_first(pid: int = 0) -> None:
    """The process (0: this one) gets the cores before others, where the system lets us: it stands for another machine."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, _FIRST)
        # A session of its own has its share, whatever its processes' priority is.
        Path(f"/proc/{pid or 'self'}/autogroup").write_text(str(_FIRST))


def free_port(taken: Collection[int] = ()) -> int:
    """A loopback port nobody listens on or was given before, and none of those `taken`."""
    while True:
        port = random.choice(_PORTS)
        if port in _given or port in taken:
            continue
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            _given.add(port)
            return port


def wait_for_port(port: int, process: subprocess.Popen, log: Path) -> None:
    """Returns when somebody listens on the port; raises with the process's last words when it ends before."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.01)
    raise RuntimeError(f"{process.args[0]} does not listen on port {port}: {log.read_text()[-500:]}")


def compiled(name: str, directory: Path) -> Path:
    """The program of `loadtest/{name}.c`, made in this directory."""
    program = directory / name
    source = Path(__file__).resolve().parent.parent / f"{name}.c"
    subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-o", program, source], check=True)
    return program


def find(program: str) -> str | None:
    """Where a program is; Debian keeps servers where not every user's PATH looks."""
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
