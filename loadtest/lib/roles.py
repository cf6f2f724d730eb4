"""Forecourt's roles as processes: `relay`, `project`, `serve`."""

import contextlib
import json
from pathlib import Path

from .http import Connection, Response
from .process import Process


class Role(Process):
    """A running role with its admin port; `port` is the traffic port of an instance."""

    def __init__(
        self,
        binary: Path,
        kind: str,
        name: str,
        directory: Path,
        admin_port: int,
        port: int | None = None,
        *,
        keep: bool = False,
    ):
        super().__init__(name, directory, keep=keep)
        self.binary = binary
        self.kind = kind
        self.admin_port = admin_port
        self.port = port
        self.data = directory / f"{name}-data"
        self.settings: dict[str, str] = {}

    def start(self, *, wait: bool = True, within_s: float = 60) -> None:
        """Starts it; returns when it is there (an instance: ready), unless that is not waited for."""
        own = {"ADMIN__LISTEN": f"127.0.0.1:{self.admin_port}", "DATA__DIR": str(self.data)}
        if self.port:
            own |= {"SERVER__LISTEN": f"127.0.0.1:{self.port}"}
        environment = {f"FORECOURT_{key}": value for key, value in (self.settings | own).items()}
        self.spawn([self.binary, self.kind], environment)
        if wait:
            self.until(self.answers, within_s)

    def answers(self) -> bool:
        """Whether it is there: an instance when it is ready for requests, others when they live."""
        port, path = (self.port, "/healthz") if self.port else (self.admin_port, "/livez")
        with contextlib.suppress(OSError, ValueError):
            return _get(port, path, 2).status == 200
        return False

    def status(self) -> dict:
        """What `/status.json` says; empty when it says nothing."""
        with contextlib.suppress(OSError, ValueError):
            return json.loads(_get(self.admin_port, "/status.json", 5).body)
        return {}

    def metric(self, name: str, labels: str = "") -> float:
        """A metric's value, summed over its labels unless some are given as written; 0 when it is not there."""
        lines = _get(self.admin_port, "/metrics", 5).body.decode().splitlines()
        wanted = (line for line in lines if line.startswith((name + " ", name + "{")) and labels in line)
        return sum(float(line.rpartition(" ")[2]) for line in wanted)

    def as_of_ms(self) -> int:
        """The age bound of an instance's pages, as the listing says it."""
        return int(_get(self.port, "/cars", 10).header("forecourt-as-of") or 0)

    @property
    def admin_url(self) -> str:
        """Where its admin port is."""
        return f"http://127.0.0.1:{self.admin_port}"


def _get(port: int | None, path: str, timeout_s: float) -> Response:
    with Connection(port or 0, "identity", timeout_s) as connection:
        return connection.get(path)
