"""Instructions, counted by valgrind's callgrind while a server runs: by thread, file and function."""

import re
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from .machine import find

# (source file, function that was running) -> instructions. What a function has inlined keeps its own file.
Costs = Counter[tuple[str, str]]

_NAMED = re.compile(r"(c?)(fl|fi|fe|fn|ob)=\((\d+)\)(?: (.*))?$")
_COST = re.compile(r"[+\-*\d]\S* (\d+)$")


@dataclass
class Counted:
    """A `Popen`'s arguments before the program, and where its counts go."""

    directory: Path
    dumps: int = 0

    def command(self) -> tuple[str, ...]:
        """Runs a program without counting, until told to."""
        return (
            find("valgrind") or "valgrind",
            "--tool=callgrind",
            "--instr-atstart=no",
            "--separate-threads=yes",
            f"--callgrind-out-file={self.directory}/counts",
            f"--vgdb-prefix={self.directory}/vgdb",
        )

    def start(self, pid: int) -> None:
        """Counts from now on."""
        self._tell(pid, "instrumentation", "on")

    def restart(self, pid: int) -> None:
        """Forgets what was counted."""
        self._tell(pid, "zero")

    def counts(self, pid: int) -> dict[int, Costs]:
        """What was counted since the last call, by thread."""
        self._tell(pid, "dump")
        self.dumps += 1
        files = self.directory.glob(f"counts.{self.dumps}-*")
        counts = {int(file.name.rpartition("-")[2]): read(file) for file in files}
        if not counts:
            raise RuntimeError(f"callgrind has left no counts.{self.dumps}-* in {self.directory}")
        return counts

    def _tell(self, pid: int, *words: str) -> None:
        command = ["vgdb", f"--vgdb-prefix={self.directory}/vgdb", f"--pid={pid}", *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise RuntimeError(f"vgdb {' '.join(words)}: {done.stderr}")


def read(file: Path) -> Costs:
    """One thread's counts, calls not followed: each function's own. The format is the callgrind manual's, chapter 11."""
    costs: Costs = Counter()
    names: dict[tuple[str, str], str] = {}
    source = function = ""
    is_call = False
    for line in file.read_text().splitlines():
        if named := _NAMED.match(line):
            call, kind, number, name = named.groups()
            # Files and functions are numbered apart, callers and called together.
            key = ("file" if kind in ("fl", "fi", "fe") else kind, number)
            name = names.setdefault(key, name or "")
            if not call and kind == "fn":
                function = name
            elif not call and kind != "ob":
                source = name
        elif line.startswith("calls="):
            is_call = True
        elif cost := _COST.match(line):
            if not is_call:
                costs[source, function] += int(cost.group(1))
            is_call = False
    return costs
