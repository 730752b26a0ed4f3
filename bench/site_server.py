"""The database and the site that bench.site measures, and what they cost."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import gevent
import psutil
from gevent import socket

WORDS = ["morning", "kernel", "patch", "build", "server", "question", "answer", "weather", "release", "thanks"]
SAMPLE_SECONDS = 0.5
OWN_NAME = "bench"
"""What this program's connections to the database are called; others are the site's, or an import's."""


@dataclass
class Costs:
    """What the site takes from `begin` on. `connections`: the most at once that the site, and an import, had open."""

    master: int
    connections: int = 0
    _began: float = 0.0
    _cpu_before: dict[int, float] = field(default_factory=dict)

    def begin(self) -> gevent.Greenlet[..., Any]:
        """Return what counts connections until it is killed."""
        self._began, self._cpu_before = time.monotonic(), self._cpu()
        return gevent.spawn(self._watch)

    def row(self) -> list[str]:
        """CPU (% of a core) and MB of each web process, and the connections."""
        seconds = time.monotonic() - self._began
        # Those that a reload has started count from zero.
        cpu = [f"{100 * (used - self._cpu_before.get(pid, 0.0)) / seconds:.0f}" for pid, used in self._cpu().items()]
        memory = [f"{process.memory_info().rss / 1e6:.0f}" for process in self._processes()]
        return ["/".join(cpu), "/".join(memory), str(self.connections)]

    def _watch(self) -> None:
        from django.db import connection

        try:
            with connection.cursor() as cursor:
                while True:
                    cursor.execute(
                        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                        " AND backend_type = 'client backend' AND application_name <> %s",
                        [OWN_NAME],
                    )
                    self.connections = max(self.connections, cursor.fetchone()[0])
                    gevent.sleep(SAMPLE_SECONDS)
        finally:
            connection.close()

    def _processes(self) -> list[psutil.Process]:
        return psutil.Process(self.master).children()

    def _cpu(self) -> dict[int, float]:
        return {process.pid: sum(process.cpu_times()[:2]) for process in self._processes()}


def describe_archive() -> str:
    """The size of the archive: lines, and MB on disk with all indexes."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), pg_total_relation_size('logs_line') FROM logs_line")
        lines, size = cursor.fetchone()
    return f"{lines:,} lines in {size / 1e6:,.0f} MB"


def count_blocks(port: int) -> int:
    """How often the watchdogs of all processes saw a hub blocked; a new worker counts from zero."""
    http = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        http.request("GET", "/metrics")
        text = http.getresponse().read().decode()
    finally:
        http.close()
    return sum(int(float(value)) for value in re.findall(r"^botbot_blocks_total\S* ([0-9.]+)", text, re.MULTILINE))


def fill(count: int, lines: int) -> tuple[list[Any], list[date]]:
    """Create channels with `lines` lines on each of the ten days before today; return them and these days."""
    from django.db import connection

    from logs.models import Channel, Network

    network = Network.objects.create(name="bench")
    channels = [Channel.objects.create(network=network, name=f"#c{number}") for number in range(count)]
    today = datetime.now(UTC).date()
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for channel in channels:
            cursor.execute(
                "INSERT INTO logs_line (channel_id, id, at, kind, nick, text)"
                " SELECT %s, n, %s::date - interval '10 days' + n * interval '10 days' / %s, 1, 'nick' || n %% 40,"
                " (%s::text[])[1 + n %% 10] || ' ' || (%s::text[])[1 + n / 7 %% 10] || ' ' || md5(n::text)"
                " FROM generate_series(1, %s) n",
                [channel.pk, today, lines * 10 + 1, WORDS, WORDS, lines * 10],
            )
        cursor.execute("VACUUM ANALYZE")
    connection.close()
    return channels, [today - timedelta(days=age) for age in range(1, 11)]


@contextmanager
def database(folder: Path) -> Iterator[str]:
    from bench import archive

    with archive.database(folder) as url:
        from django.db import connections

        # So that connections of this program are not counted as the site's.
        connections["default"].settings_dict["OPTIONS"]["application_name"] = OWN_NAME
        yield url


@contextmanager
def site(checkout: Path, folder: Path, url: str, processes: int) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The site of a checkout on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    env = os.environ | {"DATABASE_URL": url, "PORT": str(port), "BLOCK_LIMIT": "30", "WEB_PROCESSES": f"{processes}"}
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "botbot.wsgi"]
    with (folder / "web.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=checkout, env=env, stdout=log, stderr=log)
    try:
        with gevent.Timeout(120):
            while not is_answering(port):
                gevent.sleep(0.1)
        yield process, port
    finally:
        process.terminate()
        process.wait(20)


def is_answering(port: int) -> bool:
    """Whether a process answers: the port is open before the first one has loaded the application."""
    http = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        http.request("GET", "/healthz")
        return http.getresponse().status == 200
    except OSError:
        return False
    finally:
        http.close()
