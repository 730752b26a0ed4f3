"""The web under the load of a whole site: `python -m bench.site`.

Fills a throwaway PostgreSQL (`fsync` off) with generated channels, starts the real site, and opens readers of live.
While lines are stored as the bot does it, pages of a realistic mix are requested from many addresses; some phases add a
crawler of one address, searches, an import, or a reload. First it prints readers, channels, the size of the archive and
the number of web processes; for each phase the times of pages and of live lines (their lag), refusals, blocks of the
hub, the lines that were stored a second, CPU and memory of each web process, and the most connections to PostgreSQL
that the site had at once; at the end each reader must have received every line once, or it exits with an error.
`--minutes N` has N phases of a minute of 20 pages/s instead, to see whether memory grows. `--site FOLDER` measures the
code of another checkout. docs/performance.md keeps what was found.
"""

from __future__ import annotations

# isort: off
import botbot.green  # noqa: F401  (first: see its docstring)

# isort: on
import argparse
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import gevent
from gevent import socket

from bench.site_server import WORDS, Costs, count_blocks, database, describe_archive, fill, site

ROOT = Path(__file__).resolve().parent.parent
SENT = re.compile(rb"sent ([0-9.]+)")
RETRY = re.compile(rb"^retry: (\d+)$", re.MULTILINE)
LINE_ID = re.compile(rb"^id: (\d+)\nevent: line\n", re.MULTILINE)
GATHER_SECONDS = 0.05


@dataclass
class Phase:
    """What is requested in a phase: pages of the mix per second, and what comes on top."""

    name: str
    pages: float
    crawler: float = 0.0
    searches: int = 0
    reloads: bool = False
    imports: int = 0


@dataclass
class Seen:
    """What happened in a phase: milliseconds of pages and lines, statuses of visitors and of what came on top."""

    pages: list[float] = field(default_factory=list)
    live: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    crawler: Counter[int] = field(default_factory=Counter)


class Reader:
    """One reader of a channel's stream, which comes back where it was after each end."""

    def __init__(self, port: int, path: str, seen: Callable[[], Seen]) -> None:
        self.port, self.path, self.seen = port, path, seen
        self.ids: list[int] = []
        self.connected_at = self.left_at = 0.0
        self.retry = 2.0

    def run(self) -> None:
        while True:
            with suppress(OSError):
                self._read()
            self.left_at = time.time()
            gevent.sleep(self.retry)

    def _read(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port), 30) as connection:
            head = f"GET {self.path}live?after={self.ids[-1] if self.ids else 0} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            connection.sendall(f"{head}Accept: text/event-stream\r\n\r\n".encode())
            connection.settimeout(None)
            rest = connection.recv(262144)
            self.connected_at = time.time()
            while block := connection.recv(262144):
                *events, rest = (rest + block).split(b"\n\n")
                now = time.time()
                for event in events:
                    if pause := RETRY.search(event):
                        self.retry = int(pause[1]) / 1000
                    if found := LINE_ID.search(event):
                        self.ids.append(int(found[1]))
                        if sent := SENT.search(event):
                            self.seen().live.append((now - float(sent[1])) * 1000)


class Load:
    """The load on a site at `port`, whose channels have the `days` with lines before today."""

    def __init__(self, port: int, channels: list[Any], days: list[date]) -> None:
        self.port, self.channels, self.days = port, channels, days
        self.paths = [channel.get_absolute_url() for channel in channels]
        self.seen = Seen()
        self.stored: Counter[int] = Counter()

    def get(self, path: str, address: str, agent: str = "Mozilla/5.0") -> tuple[int, float]:
        began = time.monotonic()
        http = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            http.request("GET", path, headers={"X-Forwarded-For": address, "User-Agent": agent})
            response = http.getresponse()
            response.read()
            status = response.status
        except (OSError, HTTPException):
            status = 0
        finally:
            http.close()
        return status, (time.monotonic() - began) * 1000

    def page(self) -> None:
        """One page of the mix: today, other days, searches, permalinks, and the rest."""
        seen, path, chance = self.seen, random.choice(self.paths), random.random()
        if chance < 0.4:
            address = path
        elif chance < 0.7:
            address = f"{path}{random.choice(self.days)}/"
        elif chance < 0.85:
            address = f"{path}search/?q={random.choice(WORDS)}"
        elif chance < 0.95:
            address = f"{path}at/{random.randint(1, 100)}/"
        else:
            address = random.choice(["/", f"{path}stats/", f"{path}{self.days[0].year}/"])
        status, seconds = self.get(address, f"203.0.{random.randint(0, 255)}.{random.randint(1, 254)}")
        seen.statuses[status] += 1
        if 200 <= status < 400:
            seen.pages.append(seconds)

    def crawl(self) -> None:
        seen = self.seen
        path = f"{random.choice(self.paths)}{random.choice(self.days)}/"
        seen.crawler[self.get(path, "198.51.100.7")[0]] += 1

    def search(self, number: int) -> None:
        """A search for three common words in all channels, of an address of its own."""
        seen, words = self.seen, "+".join(random.sample(WORDS, 3))
        seen.crawler[self.get(f"/search/?q={words}", f"198.51.100.{number}")[0]] += 1

    def speak(self, rate: float) -> None:
        """Store lines at a rate, those of a moment in one transaction as the bot does. Never returns."""
        from django.db import transaction

        from logs.ingest.entry import Entry
        from logs.ingest.store import store_lines

        due = time.time()
        while True:
            now = time.time()
            entries = []
            while due <= now:
                channel = random.choice(self.channels).pk
                text = f"{' '.join(random.sample(WORDS, 6))} sent {due:.4f}"
                entries.append(Entry(channel, datetime.now(UTC), 1, random.choice(["ann", "bob", "eve"]), text))
                due += 1 / rate
            if entries:
                with transaction.atomic():
                    store_lines(entries)
                self.stored.update(entry.channel for entry in entries)
            gevent.sleep(GATHER_SECONDS)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.site", description=__doc__)
    parser.add_argument("--site", type=Path, default=ROOT, help="the checkout whose site is measured")
    parser.add_argument("--seconds", type=float, default=60, help="length of each phase")
    parser.add_argument("--channels", type=int, default=50)
    parser.add_argument("--lines", type=int, default=1000, help="of each channel and day, for ten days")
    parser.add_argument("--readers", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=100, help="lines a second")
    parser.add_argument("--imported", type=int, default=300_000, help="lines that are imported beside the pages")
    parser.add_argument("--minutes", type=int, default=0, help="phases of a minute instead, for the memory")
    parser.add_argument("--phase", default="", help="only the phases whose names contain this")
    parser.add_argument("--processes", type=int, default=1, help="web processes of the site")
    options = parser.parse_args()
    phases = [
        Phase("20 pages/s", 20),
        Phase("50 pages/s", 50),
        Phase("10 pages/s, a crawler of one address at 100/s", 10, crawler=100),
        Phase("10 pages/s, 30 searches at a time", 10, searches=30),
        Phase("10 pages/s", 10),
        Phase(f"10 pages/s, an import of {options.imported:,} lines", 10, imports=options.imported),
        Phase("10 pages/s, a reload (HUP)", 10, reloads=True),
    ]
    phases = [phase for phase in phases if options.phase in phase.name]
    if options.minutes:
        options.seconds, phases = 60, [Phase(f"minute {number + 1}", 20) for number in range(options.minutes)]
    with tempfile.TemporaryDirectory(prefix="botbot-bench-") as name, database(Path(name)) as url:
        channels, days = fill(options.channels, options.lines)
        with site(options.site, Path(name), url, options.processes) as (process, port):
            measure(process, Load(port, channels, days), phases, options)


def measure(process: subprocess.Popen[bytes], load: Load, phases: list[Phase], options: argparse.Namespace) -> None:
    readers = [
        Reader(load.port, load.paths[number % len(load.paths)], lambda: load.seen) for number in range(options.readers)
    ]
    first = load.stored.copy()
    print(
        f"{options.readers} readers, {len(load.channels)} channels, {options.rate:g} lines/s wanted, an archive of"
        f" {describe_archive()}, {options.processes} web processes\n"
    )
    from logs.models import LineCounter

    known = dict(LineCounter.objects.values_list("channel", "last_id"))
    for number, reader in enumerate(readers):
        reader.ids.append(known[load.channels[number % len(load.channels)].pk])
    jobs = [gevent.spawn(reader.run) for reader in readers]
    with gevent.Timeout(120):
        while not all(reader.connected_at for reader in readers):
            gevent.sleep(0.1)
    gevent.sleep(5)
    jobs.append(gevent.spawn(load.speak, options.rate))
    columns = ["load", "pages p50/p95/p99 ms", "live p50/p99 ms", "pages", "refused", "crawler, searches", "blocks"]
    columns += ["lines/s", "% of a core, each process", "MB of each process", "database connections", "load avg"]
    print(f"| {' | '.join(columns)} |")
    print("|---" * len(columns) + "|")
    for phase in phases:
        run_phase(process, load, phase, options.seconds, readers)
    jobs.pop().kill()
    gevent.sleep(10)
    ids = dict(LineCounter.objects.values_list("channel", "last_id"))
    wrong = 0
    for number, reader in enumerate(readers):
        channel = load.channels[number % len(load.channels)].pk
        wrong += reader.ids != list(range(known[channel], ids[channel] + 1))
    print(f"\n{sum((load.stored - first).values())} lines to {len(readers)} readers; {wrong} missed or doubled any")
    gevent.killall(jobs)
    if wrong:
        sys.exit("bench: lines were lost or came twice")


def run_phase(
    process: subprocess.Popen[bytes], load: Load, phase: Phase, seconds: float, readers: list[Reader]
) -> None:
    load.seen = seen = Seen()
    blocks, stored, costs = count_blocks(load.port), load.stored.total(), Costs(process.pid)
    watching = costs.begin()
    jobs: list[gevent.Greenlet[..., Any]] = []
    if phase.reloads:
        for reader in readers:
            reader.connected_at = 0.0
        os.kill(process.pid, signal.SIGHUP)
        reloaded_at = time.time()
    if phase.imports:
        jobs.append(gevent.spawn(run_import, phase.imports))
    end = time.monotonic() + seconds
    pages, crawler = time.monotonic(), time.monotonic()
    searching: list[gevent.Greenlet[..., Any]] = []
    while (now := time.monotonic()) < end:
        while pages <= now:
            jobs.append(gevent.spawn(load.page))
            pages += random.expovariate(phase.pages)
        while phase.crawler and crawler <= now:
            jobs.append(gevent.spawn(load.crawl))
            crawler += 1 / phase.crawler
        searching = [job for job in searching if not job.dead]
        searching += [
            gevent.spawn(load.search, len(searching) + number) for number in range(phase.searches - len(searching))
        ]
        gevent.sleep(0.005)
    lines = (load.stored.total() - stored) / seconds
    gevent.joinall([*jobs, *searching], timeout=60)
    watching.kill()
    refused = {status: count for status, count in sorted(seen.statuses.items()) if not 200 <= status < 400}
    row = [phase.name, shares(seen.pages, 0.5, 0.95, 0.99), shares(seen.live, 0.5, 0.99), f"{len(seen.pages)}"]
    row += [f"{refused or 0}", f"{dict(sorted(seen.crawler.items())) or ''}"]
    # New processes count from zero.
    row += [f"{count_blocks(load.port) - (0 if phase.reloads else blocks)}", f"{lines:.1f}", *costs.row()]
    row += [f"{os.getloadavg()[0]:.0f}"]
    print(f"| {' | '.join(row)} |", flush=True)
    if phase.reloads:
        with gevent.Timeout(90):
            while not all(reader.connected_at for reader in readers):
                gevent.sleep(0.1)
        last = max(reader.connected_at for reader in readers) - reloaded_at
        away = max(reader.connected_at - reader.left_at for reader in readers)
        print(f"last reader back after {last:.1f} s, none was away for more than {away:.1f} s", flush=True)


def run_import(lines: int) -> None:
    """Import a made log into a channel of its own, by the command that people use."""
    began = datetime(2014, 3, 1, tzinfo=UTC)
    with tempfile.TemporaryDirectory(prefix="botbot-bench-") as folder:
        log = Path(folder, "#imported.log")
        with log.open("w", encoding="utf-8") as file:
            for number in range(lines):
                at = began + timedelta(seconds=number * 20)
                if number % 4320 == 0:
                    file.write(f"--- Day changed {at:%a %b %d %Y}\n")
                file.write(f"{at:%H:%M} < nick{number % 40}> {WORDS[number % 10]} {WORDS[number // 7 % 10]} {number}\n")
        options = ["--network", "imported", "--channel", "#imported", "--timezone", "UTC"]
        command = [sys.executable, "manage.py", "importlogs", str(log), *options]
        started = time.monotonic()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        last_line = (done.stdout.strip() or done.stderr.strip()).splitlines()[-1:]
        print(
            f"import: exit {done.returncode} after {time.monotonic() - started:.1f} s: {' '.join(last_line)}",
            flush=True,
        )


def shares(values: list[float], *parts: float) -> str:
    ordered = sorted(values)
    return "/".join(f"{ordered[int(part * (len(ordered) - 1))]:,.0f}" if ordered else "-" for part in parts)


if __name__ == "__main__":
    main()
