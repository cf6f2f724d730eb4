"""A TCP proxy between the parts, as a process of its own, that makes links slow, cut or half-open.

What it is told, line by line: `target PORT` (for new connections), `delay MS`, `pass`, `cut` (reset all connections),
`drop` (connections there are go silent for ever, new ones work: a firewall forgot them), `black` (new ones do, too).
"""

import asyncio
import contextlib
import socket
import subprocess
import sys
from pathlib import Path

from . import machine


class Proxy:
    """A proxy on a port of its own; `tell` is answered once it is in force."""

    def __init__(self, target: int, port: int):
        self.port = port
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lib.proxy", str(self.port), str(target)],
            cwd=Path(__file__).resolve().parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            start_new_session=True,
            preexec_fn=machine.end_with_parent,
        )
        self._acknowledged("listening")

    def tell(self, command: str) -> None:
        """See the module's words."""
        assert self._process.stdin
        self._process.stdin.write(command + "\n")
        self._acknowledged(command)

    def _acknowledged(self, command: str) -> None:
        assert self._process.stdout
        if (line := self._process.stdout.readline().strip()) != command:
            raise RuntimeError(f"proxy: {command!r} was answered with {line!r}")

    def stop(self) -> None:
        """Ends it and all its connections."""
        self._process.terminate()
        self._process.wait()


class _Links:
    """What the proxy does now, and the connections it does it to."""

    def __init__(self, target: int):
        self.target, self.delay_s, self.black = target, 0.0, False
        self.open: set["_Link"] = set()

    def obey(self, command: str) -> None:
        match command.split():
            case ["target", port]:
                self.target = int(port)
            case ["delay", milliseconds]:
                self.delay_s = float(milliseconds) / 1000
            case ["pass"]:
                self.black, self.delay_s = False, 0.0
            case ["cut"]:
                for link in list(self.open):
                    link.cut()
            case ["drop"] | ["black"]:
                self.black = command == "black"
                for link in self.open:
                    link.silent = True
            case _:
                raise ValueError(command)

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = _Link(self, writer)
        self.open.add(link)
        try:
            if link.silent:
                await link.forward(reader, None)
                return
            there, link.back = await asyncio.open_connection("127.0.0.1", self.target)
            _no_delay(link.back)
            await asyncio.gather(link.forward(reader, link.back), link.forward(there, writer))
        except OSError:
            pass
        finally:
            self.open.discard(link)
            link.cut()


class _Link:
    """A connection through the proxy, both of its ends."""

    def __init__(self, links: _Links, writer: asyncio.StreamWriter):
        self.links, self.writer, self.silent = links, writer, links.black
        self.back: asyncio.StreamWriter | None = None
        self.over = asyncio.Event()
        _no_delay(writer)

    async def forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter | None) -> None:
        """Hands bytes on until the end; once silent, neither bytes nor the end are handed on."""
        while data := await reader.read(1 << 16):
            if self.links.delay_s:
                await asyncio.sleep(self.links.delay_s)
            if writer and not self.silent:
                writer.write(data)
                await writer.drain()
        if writer and not self.silent:
            with contextlib.suppress(OSError):
                writer.write_eof()
        if self.silent:
            await self.over.wait()

    def cut(self) -> None:
        """Resets both ends."""
        self.over.set()
        for end in (self.writer, self.back):
            if end:
                end.transport.abort()


def _no_delay(writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


async def _run(port: int, target: int) -> None:
    links = _Links(target)
    await asyncio.start_server(links.accept, "127.0.0.1", port, limit=1 << 17)
    print("listening", flush=True)
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while line := (await commands.readline()).decode().strip():
        links.obey(line)
        print(line, flush=True)


if __name__ == "__main__":
    asyncio.run(_run(int(sys.argv[1]), int(sys.argv[2])))
