"""k6: one run of a script, followed while it runs."""

import os
import re
import shutil
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from .forecourt import REPOSITORY
from .machine import end_with_parent, go_first, say
from .sightings import Pulse, Sighting

VERSION = "1.8.1"
SCRIPTS = REPOSITORY / "loadtest" / "k6"
# What a threshold that was crossed ends with; others are errors.
THRESHOLDS_CROSSED = 99
_SAY_EVERY_S = 5
# ` ✗ 'p(99)<=10' p(99)=12.3ms`, below the name of the metric.
_THRESHOLD = re.compile(r"([✓✗]) '([^']+)' (\S+)")


@dataclass(frozen=True)
class Threshold:
    """What a script asks for, and what it got."""

    metric: str
    bar: str
    measured: str
    holds: bool


class K6:
    """Starts a script against a site; `finish` waits for its end. `sightings` is the file of all answers."""

    def __init__(self, script: str, url: str, directory: Path, settings: dict[str, object]):
        self.script, self.sightings = script, directory / f"{script}.sightings"
        self.pulse = Pulse()
        self._output = directory / f"{script}.k6.log"
        self._over = threading.Event()
        arguments = {"BASE_URL": url, "NOTED": 1, **settings}
        given = [word for name, value in arguments.items() for word in ("-e", f"{name}={value}")]
        # Neither an address of its own nor word to its makers: nothing leaves this machine.
        command = [binary(), "run", "--no-color", "--quiet", "--address", "", "--no-usage-report"]
        command += [
            "--log-format",
            "raw",
            "--console-output",
            str(self.sightings),
            *given,
            str(SCRIPTS / f"{script}.js"),
        ]
        self.sightings.unlink(missing_ok=True)
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                command,
                # Less time for collecting garbage, which is time that is not the server's.
                env={**os.environ, "K6_NO_USAGE_REPORT": "true", "NO_COLOR": "1", "GOGC": "400"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_begin,
            )
        self._follower = threading.Thread(target=self._follow, daemon=True)
        self._follower.start()

    def wait_until_busy(self, within_s: float = 60) -> None:
        """Returns when people come: the cars have been looked up."""
        deadline = time.monotonic() + within_s
        while not self.pulse.total:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"k6 {self.script}: {self._said()[-1500:]}")
            time.sleep(0.05)

    def finish(self) -> list[Threshold]:
        """Waits for the end; answers what the script asked for."""
        code = self.process.wait()
        self._over.set()
        self._follower.join()
        if code not in (0, THRESHOLDS_CROSSED):
            raise RuntimeError(f"k6 {self.script} ended with {code}: {self._said()[-1500:]}")
        return self._thresholds()

    def stop(self) -> None:
        """Ends it, if it runs."""
        self._over.set()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def _said(self) -> str:
        return self._output.read_text(errors="replace")

    def _thresholds(self) -> list[Threshold]:
        found, metric = [], ""
        for line in self._said().splitlines():
            if threshold := _THRESHOLD.search(line):
                found.append(Threshold(metric, threshold[2], threshold[3], threshold[1] == "✓"))
            elif "TOTAL RESULTS" in line:
                break
            elif line.strip():
                metric = line.strip()
        return found

    def _follow(self) -> None:
        """Reads what is noted while it is noted, and says how it goes."""
        began = said = time.monotonic()
        while not self.sightings.exists() and not self._over.wait(0.1):
            pass
        with self.sightings.open() if self.sightings.exists() else open(os.devnull) as file:
            line = ""
            while not self._over.is_set():
                line += file.readline()
                if line.endswith("\n"):
                    self.pulse.add(Sighting.read(line))
                    line = ""
                    continue
                is_due = time.monotonic() - said >= _SAY_EVERY_S
                if is_due and self.pulse.total and self.process.poll() is None:
                    say(f"{self.script}: {time.monotonic() - began:3.0f} s, {self.pulse.beat(time.monotonic() - said)}")
                    said = time.monotonic()
                time.sleep(0.05)


def _begin() -> None:
    end_with_parent()
    go_first()


def binary() -> str:
    """Where `.ci/need load` has put it."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    of_ours = cache / "forecourt" / f"k6-{VERSION}" / "k6"
    found = str(of_ours) if of_ours.exists() else shutil.which("k6")
    if not found:
        raise RuntimeError(f"{of_ours} is not there: run .ci/need load")
    return found
