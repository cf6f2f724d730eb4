"""A process that can be killed, paused and started again, and found again by another run through its pid file."""

import os
import signal
import subprocess
import time
from pathlib import Path

from . import machine


class Process:
    """One program with its log and pid file in `directory`, ended with this process unless `keep`."""

    def __init__(self, name: str, directory: Path, *, keep: bool = False):
        self.name = name
        self.directory = directory
        self.keep = keep
        self.log = directory / f"{name}.log"
        self._pid_file = directory / f"{name}.pid"
        self._child: subprocess.Popen | None = None

    def start(self) -> None:
        """Starts it, on what is in its folder if there is something; returns when it answers."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether it is there for others."""
        raise NotImplementedError

    def spawn(self, command: list, env: dict[str, str] | None = None) -> None:
        """Starts it; call from the main thread, since a kept promise to end it is its thread's (PDEATHSIG)."""
        with self.log.open("ab") as output:
            self._child = subprocess.Popen(
                [str(part) for part in command],
                env={**os.environ, **(env or {})},
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=None if self.keep else _end_with_parent,
            )
        self._pid_file.write_text(f"{self._child.pid} {_started(self._child.pid)}\n")

    @property
    def pid(self) -> int | None:
        """Its process id while it runs. A pid is not enough to know a process by: it may be another's by now."""
        if self._child:
            # Reaped when its last thread is gone: until then it has its locks and ports, whatever /proc says of the first one.
            return self._child.pid if self._child.poll() is None else None
        try:
            pid, started = self._pid_file.read_text().split()
        except (OSError, ValueError):
            return None
        return int(pid) if _started(int(pid)) == started else None

    def alive(self) -> bool:
        """Whether it runs (or is paused)."""
        return self.pid is not None

    def signal(self, number: int) -> None:
        """Sends a signal, if it runs."""
        if (pid := self.pid) is not None:
            os.kill(pid, number)

    def kill(self) -> None:
        """As the machine would: kill -9."""
        self.signal(signal.SIGKILL)
        self.wait(10)

    def stop(self, within_s: float = 15) -> None:
        """Asks it to end, also when it is paused; makes it end when it does not."""
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)
        if not self.wait(within_s):
            self.kill()
        self._pid_file.unlink(missing_ok=True)

    def pause(self) -> None:
        """SIGSTOP: it is there and does nothing."""
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self.signal(signal.SIGCONT)

    def wait(self, within_s: float) -> bool:
        """Whether it ended in that time."""
        deadline = time.monotonic() + within_s
        while self.alive():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True

    def last_words(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-1500:] if self.log.exists() else ""

    def until(self, ready, within_s: float) -> None:
        """Asks `ready` until it says yes; raises with the last words when the process ends or takes too long."""
        deadline = time.monotonic() + within_s
        while not ready():
            if not self.alive() or time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} did not become ready, {self.log} says: {self.last_words()}")
            time.sleep(0.02)


def _end_with_parent() -> None:
    # Not SIGTERM: a process that is paused would keep it for later.
    machine.end_with_parent(signal.SIGKILL)


def _started(pid: int) -> str | None:
    """When a process started, in the kernel's ticks; none when there is no such process or only its remains."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]
