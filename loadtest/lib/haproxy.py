"""HAProxy, set up to do to instances what an AWS Application Load Balancer does: round robin over a pool of kept
connections, health checks of its own, no second try, and everybody is asked when nobody is healthy."""

import contextlib
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from . import machine
from .process import Process
from .roles import Role

_CONFIGURATION = """\
global
  maxconn 8192
  nbthread 1
  stats socket {socket} mode 600 level admin
  log stdout format raw local0
defaults
  mode http
  log global
  # Only what went wrong: client, time, backend/server, status, how it ended, request.
  option httplog
  option dontlog-normal
  option http-keep-alive
  timeout connect {connect_ms}ms
  timeout client {idle_ms}ms
  timeout server {idle_ms}ms
  timeout http-keep-alive {idle_ms}ms
  timeout http-request 10s
  timeout queue 1s
  # A request is tried once: what fails is the visitor's failure.
  retries 0
  http-reuse always
frontend public
  bind 127.0.0.1:{port}
  # Appended, as a load balancer does: what a visitor claims stands before it.
  option forwardfor
  http-request set-header X-Forwarded-Proto https
  http-request set-header X-Forwarded-Port 443
  # Root=1-, 8 hexadecimal digits, -, 24 of them: each number here has ten decimals, of which four are taken.
  http-request set-header X-Amzn-Trace-Id Root=1-%[date,hex,bytes(0,8)]-{random}{random}{random}
  # All targets are unhealthy: an Application Load Balancer asks them all.
  use_backend open if {{ nbsrv(targets) eq 0 }}
  default_backend targets
backend targets
  balance roundrobin
  option httpchk GET /healthz
  http-check expect status 200
  default-server check inter {check_ms}ms fastinter {check_ms}ms downinter {check_ms}ms fall {fall} rise {rise}
{targets}
backend open
  balance roundrobin
{unchecked}
"""


@dataclass(frozen=True)
class Checks:
    """How a load balancer finds out, and how long it waits. An Application Load Balancer's shortest interval is 5 s; drills
    run ten times as fast."""

    interval_ms: int = 500
    timeout_ms: int = 400
    unhealthy: int = 2
    healthy: int = 2
    connect_ms: int = 1_000
    idle_ms: int = 6_000


class HaProxy(Process):
    """The load balancer in front of instances."""

    def __init__(self, directory: Path, port: int, instances: list[Role], checks: Checks = Checks()):
        super().__init__("haproxy", directory)
        self.port, self.instances, self.checks = port, instances, checks
        # In the folder it may be longer than addresses of sockets are.
        self._socket = Path(f"/tmp/forecourt-haproxy-{port}.sock")

    def start(self) -> None:
        """Starts it; returns when all instances are healthy."""
        file, checks = self.directory / "haproxy.cfg", self.checks
        of_each = [f"{instance.name} 127.0.0.1:{instance.port}" for instance in self.instances]
        file.write_text(
            _CONFIGURATION.format(
                socket=self._socket,
                port=self.port,
                random="%[rand,add(1000000000),hex,bytes(0,8)]",
                connect_ms=checks.connect_ms,
                idle_ms=checks.idle_ms,
                check_ms=checks.interval_ms,
                fall=checks.unhealthy,
                rise=checks.healthy,
                targets="\n".join(f"  server {target}" for target in of_each)
                + f"\n  timeout check {checks.timeout_ms}ms",
                unchecked="\n".join(f"  server {target}" for target in of_each),
            )
        )
        self.spawn([machine.find("haproxy"), "-db", "-f", file])
        self.until(self.answers, 30)
        if (pid := self.pid) is not None:
            machine.go_first(pid)

    def stop(self, within_s: float = 15) -> None:
        """Ends it at once: nobody is served any more."""
        self.kill()
        self._socket.unlink(missing_ok=True)

    def answers(self) -> bool:
        """Whether it sends somebody to every instance."""
        return all(self.is_up(instance) for instance in self.instances)

    def is_up(self, instance: Role) -> bool:
        """Whether visitors are sent there."""
        return self.states().get(instance.name, "").startswith("UP")

    def wait_until(self, instance: Role, is_up: bool, within_s: float = 30) -> float:
        """Returns when visitors are sent there, or no longer; answers how many seconds that took."""
        began = time.monotonic()
        while self.is_up(instance) != is_up:
            if time.monotonic() - began > within_s:
                state = self.states().get(instance.name, "not at all")
                raise RuntimeError(f"haproxy has {instance.name} {state} after {within_s} s")
            time.sleep(0.02)
        return time.monotonic() - began

    def states(self) -> dict[str, str]:
        """What it makes of each instance: UP, DOWN, `UP 1/2` (one more failed check to go), DRAIN."""
        lines = [line.split(",") for line in self._told("show stat").splitlines() if line]
        if not lines:
            return {}
        place = {name: number for number, name in enumerate(lines[0])}
        of = [line for line in lines[1:] if line[0] == "targets" and line[1] != "BACKEND"]
        return {line[1]: line[place["status"]] for line in of}

    def deregister(self, instance: Role) -> None:
        """No more visitors are sent there; those under way are answered."""
        self._told(f"set server targets/{instance.name} state drain")

    def register(self, instance: Role) -> None:
        """As a new target: visitors are sent there once it is healthy."""
        self._told(f"set server targets/{instance.name} state ready")

    def _told(self, command: str) -> str:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2)
            connection.connect(str(self._socket))
            connection.sendall(f"{command}\n".encode())
            said = b""
            while piece := connection.recv(1 << 16):
                said += piece
            return said.decode().lstrip("# ")
        return ""
