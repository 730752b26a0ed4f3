"""The cost of storing lines, live and imported, and of bare COPY and INSERT: `python -m bench.ingest [LOGS]`.

LOGS is a folder of the Raku community's format, <channel>/<year>/<year>-<month>-<day>, or a tar of it; without, lines
are made up. All goes into a throwaway PostgreSQL. "identical table" has the same columns and indexes, but no counts by
day. CPU is that of our process and of all of PostgreSQL. Compare within one run only.
"""

import botbot.green  # noqa: F401, I001  (first: see its docstring)

import argparse
import random
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

import psutil

from bench import archive

LIVE = 100_000
"""Lines for the journal and for executemany: about as many as a busy day has."""

IMPORT, DRY_RUN, COPY = "`importlogs`", "`importlogs --dry-run`", "COPY into an identical table"
MIN_LINES_PER_MINUTE, MAX_CPU_OF_COPY = 1_400_000, 1.6

COUNTED_TABLES = "logs_line, logs_daycount, logs_hourcount, logs_nickcount, logs_linecounter"
COLUMNS = "at, id, channel_id, kind, nick, text, account, msgid, target"


@dataclass
class Cost:
    """Wall-clock and CPU seconds, those of this process and PostgreSQL's, for a number of lines."""

    lines: int = 0
    wall: float = 0.0
    own: float = 0.0
    server: float = 0.0

    def row(self, name: str) -> str:
        each = [f"{1e6 * seconds / self.lines:.1f}" for seconds in (self.own, self.server, self.own + self.server)]
        return f"| {name} | {self.per_minute:,.0f} | {' | '.join(each)} |"

    @property
    def per_minute(self) -> float:
        return 60 * self.lines / self.wall


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.ingest", description=__doc__)
    parser.add_argument("logs", nargs="?", type=Path, help="a folder of logs, or a tar of one")
    parser.add_argument("--lines", type=int, default=300_000, help="how many to make up")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="botbot-bench-") as name, archive.database(Path(name)):
        folder = write_logs(Path(name) / "logs", options)
        costs = measure(folder, Path(name))
    print("| way | lines/minute | CPU µs a line: BotBot | PostgreSQL's | both |\n|---|---|---|---|---|")
    for title, cost in costs.items():
        print(cost.row(title))
    imported, copied, dry = (costs[title] for title in (IMPORT, COPY, DRY_RUN))
    ratio = cpu(imported) / cpu(copied)
    print(f"\n{IMPORT}: {imported.per_minute:,.0f} lines a minute (wanted: at least {MIN_LINES_PER_MINUTE:,}).")
    print(f"{IMPORT} takes {ratio:.2f} times the CPU of COPY (wanted: at most {MAX_CPU_OF_COPY}).")
    print(f"{DRY_RUN} takes {dry.wall / imported.wall:.2f} times the time of the import (wanted: less than 1).")


def write_logs(folder: Path, options: argparse.Namespace) -> Path:
    """The logs to import, in a folder."""
    if options.logs is None:
        make_up(folder / "made-up", options.lines)
        return folder
    if options.logs.is_dir():
        return Path(options.logs)
    with tarfile.open(options.logs) as tar:
        tar.extractall(folder, filter="data")
    return folder


def make_up(folder: Path, lines: int) -> None:
    """A channel with a thousand lines a day."""
    folder.mkdir(parents=True)
    people = MadeUpLines()
    for start in range(0, lines, 1000):
        size = min(1000, lines - start)
        text = "".join(f"{people.line(n * 1440 // size)}\n" for n in range(size))
        (folder / f"{date(2015, 1, 1) + timedelta(days=start // 1000)}").write_text(text)


class MadeUpLines:
    """Lines with natural word frequencies: the n-th most common word occurs 1/n as often as the first."""

    def __init__(self) -> None:
        self.chance = random.Random(1)
        self.words = ["".join(self.chance.choices("etaoinshrdlucmfwypvbgkqjxz", k=2 + n % 8)) for n in range(50_000)]
        self.weights = list(accumulate(1 / (rank + 1) for rank in range(len(self.words))))
        self.nicks = [f"{word}{rank}" for rank, word in enumerate(self.words[100:400])]

    def line(self, minute: int) -> str:
        nick = self.chance.choice(self.nicks)
        text = " ".join(self.chance.choices(self.words, cum_weights=self.weights, k=self.chance.randint(1, 20)))
        event = self.chance.choices([f"<{nick}> {text}", f"*** {nick} joined", f"*** {nick} left"], [57, 23, 20])[0]
        return f"[{minute // 60:02}:{minute % 60:02}] {event}"


def measure(folder: Path, scratch: Path) -> dict[str, Cost]:
    from django.core.management import call_command
    from django.db import connection

    def imports(*, dry_run: bool = False, network: str = "bench") -> None:
        for channel in sorted(path for path in folder.iterdir() if path.is_dir()):
            names = {"network": network, "channel": f"#{channel.name}"}
            call_command("importlogs", str(channel), verbosity=0, dry_run=dry_run, **names)

    costs: dict[str, Cost] = {}
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE logs_line SET (autovacuum_enabled = off)")
        cursor.execute("CREATE TABLE identical (LIKE logs_line INCLUDING ALL) WITH (autovacuum_enabled = off)")
        # What comes first would pay for the server's first use of its memory and files.
        imports(network="warm-up")
        empty(COUNTED_TABLES)
        # Before there are lines to compare with, as for an import; how many it reads is what the import stores.
        costs[DRY_RUN] = cost(lambda: imports(dry_run=True), lambda: 0)
        costs[IMPORT] = cost(imports, count)
        costs[DRY_RUN].lines = costs[IMPORT].lines
        costs["`importlogs` again: all known"] = cost(imports, count)
        with archive._waiting(), (scratch / "rows").open("w+b") as row_file:
            cursor.copy_expert(f"COPY (SELECT {COLUMNS} FROM logs_line) TO STDOUT", row_file)
            costs[COPY] = cost(lambda: copy(cursor, row_file, "identical"), count)
            empty(COUNTED_TABLES)
            costs["COPY into the table itself, which counts by day"] = cost(
                lambda: copy(cursor, row_file, "logs_line"), count
            )
        cursor.execute(f"SELECT {COLUMNS} FROM logs_line LIMIT {LIVE}")
        rows = cursor.fetchall()
    costs |= live(rows, scratch)
    return costs


def live(rows: list[tuple[Any, ...]], scratch: Path) -> dict[str, Cost]:
    """Store lines as the bot does, and the same lines by executemany."""
    from django.db import connection, transaction

    from logs.ingest.entry import Entry
    from logs.ingest.journal import Journal
    from logs.recording.writer import Writer

    costs: dict[str, Cost] = {}
    journal = Journal(scratch / "journal")
    entries = [
        Entry(channel, at, kind, nick, text, target=target) for at, _, channel, kind, nick, text, *_, target in rows
    ]

    def append() -> None:
        for entry in entries:
            journal.append(entry)
        journal.sync()

    def executemany() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO identical ({COLUMNS}) VALUES ({', '.join(['%s'] * 9)})", rows)

    empty(f"{COUNTED_TABLES}, identical")
    costs["entry → journal on disk"] = cost(append, lambda: len(entries))
    costs["journal → committed rows"] = cost(Writer(journal).flush, count)
    costs["executemany into an identical table"] = cost(executemany, count)
    journal.close()
    return costs


def copy(cursor: Any, rows: Any, table: str) -> None:
    rows.seek(0)
    cursor.copy_expert(f"COPY {table} ({COLUMNS}) FROM STDIN", rows)


def empty(tables: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {tables}")


def count() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT greatest((SELECT count(*) FROM logs_line), (SELECT count(*) FROM identical))")
        return int(cursor.fetchone()[0])


def cost(work: Callable[[], object], lines: Callable[[], int]) -> Cost:
    before, own, server = time.perf_counter(), time.process_time(), server_cpu()
    work()
    found = Cost(0, time.perf_counter() - before, time.process_time() - own, server_cpu() - server)
    found.lines = lines()
    return found


def cpu(cost: Cost) -> float:
    return (cost.own + cost.server) / cost.lines


def server_cpu() -> float:
    """CPU seconds of all PostgreSQL processes, including ended ones."""
    return sum(cpu_seconds(process) for process in servers())


def servers() -> Iterator[psutil.Process]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        postmaster = psutil.Process(cursor.fetchone()[0]).parent()
    assert postmaster
    yield postmaster
    yield from postmaster.children()


def cpu_seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)


if __name__ == "__main__":
    main()
