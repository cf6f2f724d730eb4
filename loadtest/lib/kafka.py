"""Kafka: one broker that is its own controller (KRaft), and its command-line tools."""

import base64
import contextlib
import os
import socket
import struct
import subprocess
from pathlib import Path

from .process import Process
from .produce import produce

VERSION = "4.3.1"
# Small and quick to start; a broker that was killed may come back once its session has ended, so that is short.
_JAVA = ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"]
_QUIET = "-Dorg.slf4j.simpleLogger.defaultLogLevel=error"
_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{advertised_port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={data}
num.partitions=1
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=true
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
"""


class Kafka(Process):
    """The broker. Clients that come through a proxy are told `advertised_port`."""

    def __init__(
        self,
        directory: Path,
        port: int,
        controller_port: int,
        *,
        advertised_port: int | None = None,
        keep: bool = False,
    ):
        super().__init__("kafka", directory, keep=keep)
        self.port = port
        self.controller_port = controller_port
        self.advertised_port = advertised_port or port
        self.more = ""
        """Further properties, which win; in force from the next start."""
        self.data = directory / "kafka-data"

    def start(self) -> None:
        """Starts it, on what is in its folder if there is something; returns when it answers."""
        properties = self.directory / "kafka.properties"
        properties.write_text(_PROPERTIES.format_map(vars(self)) + self.more)
        if not (self.data / "meta.properties").exists():
            cluster = base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=").replace("-", "A", 1)
            self.tool("kafka.tools.StorageTool", "format", "-t", cluster, "-c", properties)
        self.spawn([*_JAVA, "-Xms256m", "-Xmx256m", "-cp", _classpath(), "kafka.Kafka", properties])
        self.until(self.answers, 90)

    def answers(self) -> bool:
        """Whether it answers ApiVersions (v0), the first thing every client asks; only a started broker does."""
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as connection:
            request = struct.pack(">hhih", 18, 0, 1, -1)
            connection.sendall(struct.pack(">i", len(request)) + request)
            return len(connection.recv(64)) > 4
        return False

    def tool(self, java_class: str, *arguments: object) -> str:
        """Runs one of Kafka's tools, answers what it prints."""
        done = subprocess.run(
            [*_JAVA, "-Xmx128m", _QUIET, "-cp", _classpath(), java_class, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
        )
        if done.returncode:
            raise RuntimeError(f"{java_class}: {(done.stdout + done.stderr).decode(errors='replace')[-1000:]}")
        return done.stdout.decode(errors="replace")

    def topics(self) -> list[str]:
        """The topics there are."""
        tool = "org.apache.kafka.tools.TopicCommand"
        return self.tool(tool, "--bootstrap-server", f"127.0.0.1:{self.port}", "--list").split()

    def delete_topic(self, topic: str) -> None:
        """Deletes a topic and all that is in it."""
        tool = "org.apache.kafka.tools.TopicCommand"
        self.tool(tool, "--bootstrap-server", f"127.0.0.1:{self.port}", "--delete", "--topic", topic)

    def messages(self, topic: str) -> list[str]:
        """The values of a topic, from its beginning to what is its end now: some are written all the time."""
        broker, tools = f"127.0.0.1:{self.port}", "org.apache.kafka.tools"
        ends = self.tool(f"{tools}.GetOffsetShell", "--bootstrap-server", broker, "--topic", topic)
        n = sum(int(line.rpartition(":")[2] or 0) for line in ends.splitlines())
        if not n:
            return []
        text = self.tool(
            *(f"{tools}.consumer.ConsoleConsumer", "--bootstrap-server", broker, "--topic", topic),
            *("--from-beginning", "--max-messages", n, "--timeout-ms", 20_000),
        )
        return text.splitlines()

    def restart(self, more: str) -> None:
        """Ends and starts it, with these further properties."""
        self.stop()
        self.more = more
        self.start()

    def produce(self, topic: str, messages: list[tuple[bytes | None, bytes | None]]) -> None:
        """Writes messages (key, value) to a topic there is; a value of None is a tombstone."""
        produce(self.port, topic, messages)


def _classpath() -> str:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    jars = cache / "forecourt" / f"kafka-{VERSION}" / "libs"
    if not jars.is_dir():
        raise RuntimeError(f"{jars} is not there: run .ci/need services")
    return f"{jars}/*"
