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


def leave_when_answered(connection: socket.socket) -> None:
    assert connection.recv(4096).startswith(b"HTTP/1.1 200")


def leave_without_a_word(_connection: socket.socket) -> None:
    """Before the answer has come."""


def reset(connection: socket.socket) -> None:
    """As a network that breaks down does."""
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


WAYS: list[Callable[[socket.socket], None]] = [leave_when_answered, leave_without_a_word, reset]


def come_and_go(site: Site, path: str, cycles: int) -> None:
    whole = f"GET {path}live?after=1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    half = whole[:40]
    for turn in range(cycles // AT_ONCE):
        connections = [socket.create_connection(("127.0.0.1", site.port), timeout=60) for _ in range(AT_ONCE)]
        for number, connection in enumerate(connections):
            connection.sendall(half if number == turn % AT_ONCE else whole)
        for number, connection in enumerate(connections):
            if number != turn % AT_ONCE:
                WAYS[(turn + number) % len(WAYS)](connection)
            connection.close()


@pytest.mark.timeout(900)
def test_readers_who_come_and_go_leave_nothing_behind(
    process_env: dict[str, str], tmp_path: Path, channel: Channel
) -> None:
    newest = write(channel, 3)
    path = channel.get_absolute_url()
    with Site(tmp_path, process_env | {"LIVE_PER_ADDRESS": "20000"}) as site, Reader(site.port, channel) as stays:
        stays.next()

        def calm() -> Held | None:
            now = held(site)
            return now if now.streams == 1 else None

        come_and_go(site, path, CYCLES // 4)
        before = wait_for(calm, 30, "those who left are gone")
        come_and_go(site, path, CYCLES * 3 // 4)
        wait_for(calm, 30, "those who left are gone")
        wait_for(lambda: held(site).files <= before.files, 30, f"no more open files than {before.files}")
        wait_for(lambda: held(site).greenlets <= before.greenlets, 30, f"no more greenlets than {before.greenlets}")
        assert held(site).memory < before.memory + GROWTH
        newest = write(channel, 1)
        assert stays.lines(until=newest) == [newest]
        assert "Traceback" not in site.output()
