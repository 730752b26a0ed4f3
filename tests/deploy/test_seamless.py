"""A deploy with many readers behind nginx: they reconnect within the announced retry time and miss nothing."""

from __future__ import annotations

import os
import re
import resource
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest
from django.db import connection
from gevent import socket

from logs.models import Channel
from tests.deploy.nginx import Nginx
from tests.logs.live.reader import write
from tests.processes import Site, wait_for

pytestmark = pytest.mark.usefixtures("started_as_in_production")


READERS = int(os.environ.get("READERS", "500"))
ID = re.compile(rb'data: \{"id":(\d+),')
RETRY = re.compile(rb"retry: (\d+)")


class Reader:
    """Follows as a browser does: waits for the announced retry time, then reconnects with its last event id."""

    def __init__(self, port: int, path: str) -> None:
        self.port = port
        self.path = path
        self.last = 0
        self.disconnected_at: float | None = None
        self.longest_outage = 0.0
        self.refused = 0
        self.retry = 2.0

    def run(self) -> None:
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=60) as stream:
                    self.follow(stream)
            except OSError:
                pass
            if self.disconnected_at is None:
                self.disconnected_at = time.monotonic()
            gevent.sleep(self.retry)

    def follow(self, stream: socket.socket) -> None:
        request = f"GET {self.path} HTTP/1.0\r\nHost: 127.0.0.1\r\nLast-Event-ID: {self.last}\r\n\r\n"
        stream.sendall(request.encode())
        received = stream.recv(65536)
        if b" 200 OK" not in received[:20]:
            self.refused += 1
            return
        if self.disconnected_at is not None:
            self.longest_outage = max(self.longest_outage, time.monotonic() - self.disconnected_at)
            self.disconnected_at = None
        while True:
            *whole, received = received.split(b"\n\n")
            for block in whole:
                self.handle_block(block)
            if not (chunk := stream.recv(65536)):
                return
            received += chunk

    def handle_block(self, block: bytes) -> None:
        if match := RETRY.search(block):
            self.retry = int(match[1]) / 1000
        for number in ID.findall(block):
            assert int(number) == self.last + 1
            self.last = int(number)


@pytest.fixture
def crowd(
    process_env: dict[str, str], tmp_path: Path, var_dir: Path, channel: Channel
) -> Iterator[tuple[Site, list[Reader]]]:
    _, max_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max_files, max_files))
    changes = {"limit_conn botbot_live 200;": "limit_conn botbot_live 20000;"}
    env = process_env | {"LIVE_PER_ADDRESS": "20000"}
    with (
        Site(tmp_path, env) as site,
        Nginx(tmp_path / "nginx", [site.port], var_dir / "static", changes) as nginx,
    ):
        readers = [Reader(nginx.port, f"{channel.get_absolute_url()}live?after=0") for _ in range(READERS)]
        running = [gevent.spawn(reader.run) for reader in readers]
        yield site, readers
        gevent.killall(running)
        assert not any(greenlet.exception for greenlet in running)


def all_have(readers: list[Reader], last: int) -> bool:
    return all(reader.last == last for reader in readers)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("restart_kind", ["reload", "restart"])
def test_nobody_misses_a_line(crowd: tuple[Site, list[Reader]], channel: Channel, restart_kind: str) -> None:
    site, readers = crowd
    write(channel, 3)
    wait_for(lambda: all_have(readers, 3), 60)

    def keep_writing() -> int:
        try:
            for _ in range(40):
                newest = write(channel, 1)
                gevent.sleep(0.25)
            return newest
        finally:
            connection.close()

    writing = gevent.spawn(keep_writing)
    gevent.sleep(1)
    stopped_at = back_at = time.monotonic()
    if restart_kind == "reload":
        os.kill(site.pid, signal.SIGHUP)
    else:
        site.stop()
        site.start()
        back_at = time.monotonic()
    writing.join()
    # At a reload the old process goes on until the new one is ready.
    wait_for(lambda: all(reader.longest_outage for reader in readers), 90)
    wait_for(lambda: all_have(readers, writing.get()), 40)
    newest = write(channel, 1)
    wait_for(lambda: all_have(readers, newest), 40)
    outages = sorted(reader.longest_outage for reader in readers)
    down = back_at - stopped_at
    refused = sum(reader.refused for reader in readers)
    print(
        f"{READERS} readers: down {down:.1f} s, away {outages[0]:.1f} to {outages[-1]:.1f} s, refused {refused} times"
    )
    assert all(1 <= reader.retry <= 4 for reader in readers)  # seconds: the announced retry time
