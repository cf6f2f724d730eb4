"""A Kafka producer of one request: any bytes as key and value, also what no well-behaved client would send."""

import socket
import struct
import time

_PRODUCE, _VERSION = 0, 7


def _crc32c_table() -> list[int]:
    table = []
    for number in range(256):
        for _ in range(8):
            number = number >> 1 ^ (0x82F63B78 if number & 1 else 0)
        table.append(number)
    return table


_TABLE = _crc32c_table()


def _crc32c(data: bytes) -> int:
    crc, table = 0xFFFFFFFF, _TABLE
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def _varint(value: int) -> bytes:
    rest, out = value << 1 ^ value >> 63, bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*out, rest])


def _sized(value: bytes | None) -> bytes:
    return _varint(-1) if value is None else _varint(len(value)) + value


def _batch(key: bytes | None, value: bytes | None) -> bytes:
    """A record batch (format 2) of one record without headers."""
    record = b"\0" + _varint(0) + _varint(0) + _sized(key) + _sized(value) + _varint(0)
    now = int(time.time() * 1000)
    # attributes, last offset delta, first and last timestamp, producer id, epoch and sequence, records
    body = struct.pack(">hiqqqhii", 0, 0, now, now, -1, -1, -1, 1) + _varint(len(record)) + record
    return struct.pack(">qiibI", 0, len(body) + 9, -1, 2, _crc32c(body)) + body


def _string(text: str) -> bytes:
    return struct.pack(">h", len(text)) + text.encode()


def produce(port: int, topic: str, messages: list[tuple[bytes | None, bytes | None]]) -> None:
    """Writes messages (key, value) to partition 0, one request each; a key of None is none, a value of None a tombstone."""
    with socket.create_connection(("127.0.0.1", port), 10) as connection, connection.makefile("rb") as answers:
        for key, value in messages:
            batch = _batch(key, value)
            # transactional id, acks, timeout, one topic with one partition
            head = struct.pack(">hhih", _PRODUCE, _VERSION, 1, -1) + struct.pack(">hhii", -1, 1, 10_000, 1)
            request = head + _string(topic) + struct.pack(">iii", 1, 0, len(batch)) + batch
            connection.sendall(struct.pack(">i", len(request)) + request)
            (length,) = struct.unpack(">i", answers.read(4))
            answer = answers.read(length)
            # correlation id, one topic, its name, one partition, its number
            (error,) = struct.unpack_from(">h", answer, 4 + 4 + 2 + len(topic) + 4 + 4)
            if error:
                raise RuntimeError(f"Kafka refused {key!r} on {topic} with error {error}")
