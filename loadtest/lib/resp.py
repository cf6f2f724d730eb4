"""Just enough of Valkey's protocol (RESP2) to ask it something."""

import socket


class Valkey:
    """One connection. An answer that is an error is raised."""

    def __init__(self, port: int, timeout_s: float = 10):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout_s)
        self._file = self._socket.makefile("rb")

    def ask(self, *words: object):
        """A command's answer: bytes, int, None or a list of these."""
        parts = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        request = b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts)
        self._socket.sendall(request)
        return self._answer()

    def _answer(self):
        line = self._file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("Valkey closed the connection")
        kind, rest = line[:1], line[1:-2]
        match kind:
            case b"+":
                return rest
            case b"-":
                raise RuntimeError(rest.decode())
            case b":":
                return int(rest)
            case b"$":
                return None if rest == b"-1" else self._file.read(int(rest) + 2)[:-2]
            case b"*":
                return None if rest == b"-1" else [self._answer() for _ in range(int(rest))]
        raise RuntimeError(f"not RESP2: {line!r}")

    def close(self) -> None:
        """Closes it."""
        self._file.close()
        self._socket.close()

    def __enter__(self) -> "Valkey":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def ask(port: int, *words: object):
    """One command over a connection of its own."""
    with Valkey(port) as connection:
        return connection.ask(*words)
