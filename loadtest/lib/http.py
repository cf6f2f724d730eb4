"""HTTP/1.1 over one keep-alive connection, with as little Python between the bytes and the clock as possible."""

import socket
import zlib
from dataclasses import dataclass

# What a phone's browser sends, as the load balancer hands it on.
PHONE = {
    "User-Agent": "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8",
    "Accept-Language": "en-IN,en;q=0.9,hi;q=0.8",
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Port": "443",
    "X-Amzn-Trace-Id": "Root=1-67891233-abcdef012345678912345678",
}


# What Chrome accepts.
BROWSER_CODINGS = "gzip, deflate, br, zstd"


@dataclass
class Response:
    """A response as it came: `raw_head` with its empty line, `body` still compressed."""

    status: int
    raw_head: bytes
    body: bytes

    def header(self, name: str) -> str | None:
        """A header's value."""
        wanted = name.lower().encode()
        for line in self.raw_head.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.lower() == wanted:
                return value.strip().decode("latin-1")
        return None

    def cookie(self) -> str:
        """The cookie that is set, as it is sent back; empty if none is."""
        return (self.header("set-cookie") or "").split(";")[0]

    def text(self) -> str:
        """The body as text; knows gzip and identity."""
        gzip = self.header("content-encoding") == "gzip"
        return (zlib.decompress(self.body, wbits=31) if gzip else self.body).decode()


class Connection:
    """One keep-alive connection, one request at a time."""

    def __init__(self, port: int, encoding: str = "gzip", timeout_s: float = 30):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout_s)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        fields = {"Host": f"127.0.0.1:{port}", **PHONE, "Accept-Encoding": encoding}
        self.fields = "".join(f"{name}: {value}\r\n" for name, value in fields.items()) + "\r\n"
        self.received = b""

    def head(self, path: str, cookie: str = "") -> bytes:
        """A GET, with a cookie if there is one (`name=value`)."""
        cookie_field = f"Cookie: {cookie}\r\n" if cookie else ""
        return f"GET {path} HTTP/1.1\r\n{cookie_field}{self.fields}".encode()

    def get(self, path: str, cookie: str = "") -> Response:
        """Sends this and reads its whole response."""
        self.socket.sendall(self.head(path, cookie))
        while (end := self.received.find(b"\r\n\r\n")) < 0:
            self._receive()
        head = self.received[: end + 4]
        response = Response(int(head[9:12]), head, b"")
        length = int(response.header("content-length") or 0)
        while len(self.received) < end + 4 + length:
            self._receive()
        response.body = self.received[end + 4 : end + 4 + length]
        self.received = self.received[end + 4 + length :]
        return response

    def _receive(self) -> None:
        piece = self.socket.recv(1 << 17)
        if not piece:
            raise ConnectionError("the server closed the connection")
        self.received += piece

    def close(self) -> None:
        """Closes it."""
        self.socket.close()

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
