"""Readers who come and go all day leave nothing behind."""

from __future__ import annotations

import os
import re
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from logs.models import Channel
from tests import examples
from tests.logs.live.reader import Reader, write
from tests.processes import Site, wait_for

CYCLES = int(os.environ.get("CYCLES", examples.count(8000, nightly=20_000)))
AT_ONCE = 50
GROWTH = 4_000_000
"""Bytes. What a reader left behind would be at least a few hundred."""


class Held(NamedTuple):
    """What a worker holds."""

    files: int
    streams: int
    greenlets: int
    memory: int


def held(site: Site) -> Held:
    metrics = site.get("/metrics")

    def number(name: str) -> int:
        return int(float(re.findall(rf"^{name} (\S+)$", metrics, re.MULTILINE)[0]))

    worker = Path(f"/proc/{site.pid}/task/{site.pid}/children").read_text(encoding="ascii").split()[0]
    files = len(list(Path(f"/proc/{worker}/fd").iterdir()))
    return Held(
        files, number("botbot_live_streams"), number("botbot_greenlets"), number("process_resident_memory_bytes")
    )


def close_after_response(connection: socket.socket) -> None:
    assert connection.recv(4096).startswith(b"HTTP/1.1 200")


def close_at_once(_connection: socket.socket) -> None:
    """Before the answer has come."""


def reset(connection: socket.socket) -> None:
    """As a network that breaks down does."""
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


DISCONNECTS: list[Callable[[socket.socket], None]] = [close_after_response, close_at_once, reset]


def connect_and_disconnect(site: Site, path: str, cycles: int) -> None:
    request = f"GET {path}live?after=1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    half = request[:40]
    for batch in range(cycles // AT_ONCE):
        connections = [socket.create_connection(("127.0.0.1", site.port), timeout=60) for _ in range(AT_ONCE)]
        for number, connection in enumerate(connections):
            connection.sendall(half if number == batch % AT_ONCE else request)
        for number, connection in enumerate(connections):
            if number != batch % AT_ONCE:
                DISCONNECTS[(batch + number) % len(DISCONNECTS)](connection)
            connection.close()


@pytest.mark.timeout(900)
def test_disconnected_readers_leave_no_memory_behind(
    process_env: dict[str, str], tmp_path: Path, channel: Channel
) -> None:
    newest = write(channel, 3)
    path = channel.get_absolute_url()
    with (
        Site(tmp_path, process_env | {"LIVE_PER_ADDRESS": "20000"}) as site,
        Reader(site.port, channel) as lasting_reader,
    ):
        lasting_reader.next()

        def released() -> Held | None:
            now = held(site)
            return now if now.streams == 1 else None

        connect_and_disconnect(site, path, CYCLES // 4)
        before = wait_for(released, 30, "those who left are gone")
        connect_and_disconnect(site, path, CYCLES * 3 // 4)
        wait_for(released, 30, "those who left are gone")
        wait_for(lambda: held(site).files <= before.files, 30, f"no more open files than {before.files}")
        wait_for(lambda: held(site).greenlets <= before.greenlets, 30, f"no more greenlets than {before.greenlets}")
        assert held(site).memory < before.memory + GROWTH
        newest = write(channel, 1)
        assert lasting_reader.lines(until=newest) == [newest]
        assert "Traceback" not in site.output()
