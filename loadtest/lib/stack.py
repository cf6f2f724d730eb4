"""The whole stack on one machine: MariaDB, Kafka, Valkey, relay, projectors, instances."""

import json
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from . import machine
from .kafka import Kafka
from .machine import free_port
from .process import Process
from .proxy import Proxy
from .roles import Role
from .services import MariaDb, Valkey


@dataclass
class Plan:
    """What a stack consists of; kept in its folder, so that another run finds it."""

    binary: str
    origin: str = "generated"
    cars: int = 10_000
    instances: int = 3
    projectors: int = 2
    ports: dict[str, int] = field(default_factory=dict)

    def differs(self, given: dict) -> list[str]:
        """What was asked for (`None`: nothing) and is not so, in words."""
        names = {"origin": "from"}
        wanted = ((name, value, getattr(self, name)) for name, value in given.items() if value is not None)
        return [f"--{names.get(name, name)} {has}, not {value}" for name, value, has in wanted if value != has]


class Stack:
    """All processes of a stack in one folder. With `keep` they outlive this process; with `proxied` the roles reach
    the services through proxies, `proxies["mariadb" | "kafka" | "valkey"]`. `settings` are FORECOURT_ keys."""

    def __init__(
        self, directory: Path, plan: Plan, *, keep: bool = False, proxied: bool = False, settings: dict | None = None
    ):
        self.directory, self.plan = directory, plan
        self._settings: dict[str, str] = settings or {}
        directory.mkdir(parents=True, exist_ok=True)
        ports = self._ports()
        self.mariadb = MariaDb(directory, ports["mariadb"], keep=keep)
        self.valkey = Valkey(directory, ports["valkey"], keep=keep)
        advertised = ports["kafka-proxy"] if proxied else None
        self.kafka = Kafka(directory, ports["kafka"], ports["kafka-controller"], advertised_port=advertised, keep=keep)
        self.services: list[MariaDb | Valkey | Kafka] = [self.mariadb, self.valkey, self.kafka]
        self.proxies = {
            service.name: Proxy(service.port, ports[f"{service.name}-proxy"])
            for service in (self.services if proxied else [])
        }

        def role(kind: str, name: str) -> Role:
            traffic = ports[name] if kind == "serve" else None
            return Role(Path(plan.binary), kind, name, directory, ports[f"{name}-admin"], traffic, keep=keep)

        self.relay = role("relay", "relay")
        self.projectors = [role("project", f"project-{number + 1}") for number in range(plan.projectors)]
        self.instances = [role("serve", f"serve-{number + 1}") for number in range(plan.instances)]
        self.roles = [self.relay, *self.projectors, *self.instances]
        for each in self.roles:
            each.settings = self.settings()

    @classmethod
    def found(cls, directory: Path, binary: Path | None = None) -> "Stack":
        """The one that was brought up in a folder; what is started from now on is another binary if one is given."""
        file = directory / "stack.json"
        if not file.exists():
            raise RuntimeError(f"no stack was brought up in {directory}")
        plan = Plan(**json.loads(file.read_text()))
        if binary:
            plan.binary = str(binary.resolve())
        return cls(directory, plan, keep=True)

    def _ports(self) -> dict[str, int]:
        file, ports = self.directory / "stack.json", self.plan.ports
        services = [name + suffix for name in ("mariadb", "valkey", "kafka") for suffix in ("", "-proxy")]
        roles = ["relay-admin", *(f"project-{number + 1}-admin" for number in range(self.plan.projectors))]
        serves = [f"serve-{number + 1}{suffix}" for number in range(self.plan.instances) for suffix in ("", "-admin")]
        for name in [*services, "kafka-controller", *roles, *serves]:
            if name not in ports:
                ports[name] = machine.free_port(ports.values())
        file.write_text(json.dumps(asdict(self.plan), indent=2) + "\n")
        return ports

    def settings(self) -> dict[str, str]:
        """What all roles are told."""
        ports = {name: proxy.port for name, proxy in self.proxies.items()}
        return {
            "SOURCE__URL": self.mariadb.url(port=ports.get("mariadb")),
            "STORE__URL": self.valkey.url(ports.get("valkey")),
            "KAFKA__BROKERS": f"127.0.0.1:{ports.get('kafka', self.kafka.port)}",
            "SERVER__DRAIN_S": "0",
            "LOG__REQUESTS_PER_SECOND_MAX": "0",
            **self._settings,
        }

    @property
    def processes(self) -> list[Process]:
        """Everything, in the order it is started in."""
        return [*self.services, *self.roles]

    def up(self, say: Callable[[str], None] = machine.say) -> None:
        """Starts what does not run, with a catalogue in MariaDB."""
        self.start_services(say)
        self.seed(say)
        self.start_roles(say)

    def start_services(self, say: Callable[[str], None] = machine.say) -> None:
        """Starts those services that do not run."""
        for service in self.services:
            if not service.alive():
                service.start()
                say(f"{service.name} is up on port {service.port}")

    def seed(self, say: Callable[[str], None] = machine.say) -> None:
        """Fills MariaDB, once."""
        done, plan = self.directory / "seeded", self.plan
        if done.exists():
            return
        say(f"seeding MariaDB from {plan.origin} {' '.join(self._cars())}".rstrip())
        self.fill(self.mariadb)
        done.touch()

    def fill(self, server: MariaDb) -> None:
        """Writes the plan's catalogue into an empty database."""
        command = [self.plan.binary, "seed", "--from", self.plan.origin, *self._cars(), "--to", server.url("portal")]
        with (self.directory / "seed.log").open("ab") as log:
            if subprocess.run(command, stdout=log, stderr=log, cwd=self.directory).returncode:
                raise RuntimeError(f"forecourt seed: {Path(log.name).read_text()[-1000:]}")

    def _cars(self) -> list[str]:
        return ["--cars", str(self.plan.cars)] if self.plan.origin == "generated" else []

    def configure(self, settings: dict[str, str]) -> None:
        """What all roles are told from their next start on, beside addresses."""
        self._settings = settings
        for each in self.roles:
            each.settings = self.settings()

    def replace(self, old: Process, new: Process) -> None:
        """A service's place is taken by another, under the address the roles know."""
        self.services[self.services.index(old)] = new
        kind = next(name for name in self.proxies if getattr(self, name) is old)
        setattr(self, kind, new)
        self.proxies[kind].tell(f"target {new.port}")
        self.proxies[kind].tell("cut")

    def start_roles(self, say: Callable[[str], None] = machine.say) -> None:
        """Starts those roles that do not run."""
        for role in self.roles:
            if not role.alive():
                role.start()
                say(f"{role.name} is up, admin port {role.admin_port}")

    def down(self, say: Callable[[str], None] = lambda _: None) -> None:
        """Ends everything, readers before what they read."""
        for process in reversed(self.processes):
            if process.alive():
                process.stop()
                say(f"{process.name} is down")
        for proxy in self.proxies.values():
            proxy.stop()

    def standing(self) -> tuple[list[str], list[str]]:
        """The names of the projectors that are active and of those that stand by; who says nothing is neither."""
        said = [(projector.name, projector.status().get("active")) for projector in self.projectors]
        return [name for name, active in said if active], [name for name, active in said if active is False]

    def active(self) -> Role | None:
        """The projector that holds the lease."""
        epochs = [(projector.status().get("epoch"), projector) for projector in self.projectors if projector.alive()]
        return max(
            ((epoch, p) for epoch, p in epochs if epoch is not None), key=lambda pair: pair[0], default=(0, None)
        )[1]

    def wait_until_active(self, within_s: float = 60) -> Role:
        """Answers the projector that holds the lease, as soon as one does."""
        deadline = time.monotonic() + within_s
        while not (active := self.active()):
            if time.monotonic() > deadline:
                said = "; ".join(f"{each.name} says: {each.last_words()[-500:]}" for each in self.projectors)
                raise RuntimeError(f"no projector is active after {within_s:.0f} s; {said}")
            time.sleep(0.05)
        return active

    def audit(self) -> str:
        """What `forecourt audit` finds wrong; empty when it finds nothing."""
        instances = [word for instance in self.instances for word in ("--instance", instance.admin_url)]
        environment = {f"FORECOURT_{key}": value for key, value in self.settings().items()}
        command = [self.plan.binary, "audit", *instances]
        done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=300)
        return "" if done.returncode == 0 else (done.stdout + done.stderr) or f"audit ended with {done.returncode}"
