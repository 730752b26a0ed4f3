"""A large archive for measurements: real logs of the Raku community, repeated with shifted dates up to any size.

One copy after another goes into the table, the oldest first, as logs grow. A copy is SHIFT earlier than the next; after
SHIFTS copies, which span twenty years, further copies go into further channels.
"""

from __future__ import annotations

import io
import os
import re
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import psycopg2
from psycopg2 import extensions

from logs.sql import load_sql

BESIDE = Path(__file__).parents[2] / "shared" / "data" / "raku-sample.tar.gz"
SAMPLE = Path(os.environ.get("BENCH_LOGS", BESIDE))
SHIFT = timedelta(weeks=104)
SHIFTS = 10

_LINE = re.compile(r"\[(\d\d):(\d\d)\] (?:<([^> ]*)> ?(.*)|\* (\S+) ?(.*)|\*\*\* (\S+) (.*))", re.DOTALL)
_EVENTS = [
    (4, re.compile(r"joined"), ""),
    (5, re.compile(r"left"), ""),
    (7, re.compile(r"is now known as (?P<target>\S+)"), ""),
    (10, re.compile(r"changes topic to: (?P<text>.*)", re.DOTALL), ""),
]


class SampleLine(NamedTuple):
    at: datetime
    kind: int
    nick: str
    text: str
    target: str | None


def unpacked(folder: Path) -> Path:
    """The sample, unpacked into a folder."""
    with tarfile.open(SAMPLE) as tar:
        tar.extractall(folder, filter="data")
    return folder


def read(channel: Path) -> Iterator[SampleLine]:
    """The lines of one channel's folder (`<year>/<year>-<month>-<day>`), in order."""
    for day in sorted(path for path in channel.glob("*/*") if re.fullmatch(r"\d{4}-\d\d-\d\d", path.name)):
        midnight = datetime.strptime(day.name, "%Y-%m-%d").replace(tzinfo=UTC)
        for text in day.read_text(encoding="utf-8", errors="replace").replace("\x00", "").split("\n"):
            if line := _parse_line(text, midnight):
                yield line


def _parse_line(text: str, midnight: datetime) -> SampleLine | None:
    match = _LINE.fullmatch(text)
    if match is None:
        return None
    at = midnight + timedelta(hours=int(match[1]), minutes=int(match[2]))
    if match[3] is not None:
        return SampleLine(at, 1, match[3], match[4], None)
    if match[5] is not None:
        return SampleLine(at, 2, match[5], match[6], None)
    for kind, pattern, _ in _EVENTS:
        if event := pattern.fullmatch(match[8]):
            found = event.groupdict()
            return SampleLine(at, kind, match[7], found.get("text", ""), found.get("target"))
    return SampleLine(at, 9, match[7], match[8], None)


def load(connection: Any, logs: Path, lines: int, say: Callable[[str], None] = lambda _: None) -> None:
    """Fills an empty, migrated database with `lines` lines (0: the whole sample once), indexed and analyzed."""
    with connection, connection.cursor() as cursor:
        index = _drop_indexes(cursor)
        channels = _copy_sample(cursor, logs)
        cursor.execute("SELECT count(*) FROM sample")
        size = cursor.fetchone()[0]
        say(f"{size:,} lines read")
        for copy in reversed(range(-(-(lines or size) // size))):
            _insert(cursor, channels, copy, min(1, (lines or size) / size - copy))
        cursor.execute("DROP TABLE sample")
        say("rows inserted")
        for statement in index:
            cursor.execute(statement)
        say("indexed")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) logs_line")
    connection.autocommit = False


def _drop_indexes(cursor: Any) -> list[str]:
    """Drops what is faster made afterwards; what makes it."""
    cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'line_by_time'")
    (by_time,) = cursor.fetchone()
    cursor.execute("DROP INDEX line_by_time, line_search; SET maintenance_work_mem = '1GB'")
    return [by_time, load_sql("search_index")]


def _copy_sample(cursor: Any, logs: Path) -> dict[str, int]:
    """A table `sample`, whose channels are numbers; the names to these numbers."""
    cursor.execute(
        "CREATE UNLOGGED TABLE sample"
        " (channel int, n int, at timestamptz, kind smallint, nick text, text text, target text)"
    )
    channels = {}
    for number, folder in enumerate(sorted(path for path in logs.iterdir() if path.is_dir()), 1):
        channels[folder.name] = number
        rows = io.StringIO()
        for n, line in enumerate(read(folder), 1):
            fields = (number, n, line.at.isoformat(), *line[1:])
            rows.write("\t".join("\\N" if field is None else _escaped(str(field)) for field in fields) + "\n")
        rows.seek(0)
        with _waiting():
            cursor.copy_expert("COPY sample FROM STDIN", rows)
    return channels


@contextmanager
def _waiting() -> Iterator[None]:
    """Without the callback by which a green process waits: COPY does not work with it."""
    callback = extensions.get_wait_callback()
    extensions.set_wait_callback(None)
    try:
        yield
    finally:
        extensions.set_wait_callback(callback)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _insert(cursor: Any, channels: dict[str, int], copy: int, part: float) -> None:
    """One copy, or the first part of each of its channels; its lines get the numbers that follow in the channels."""
    from logs.models import Channel, Network

    age, turn = copy % SHIFTS, copy // SHIFTS
    network, _ = Network.objects.get_or_create(name="raku", wanted=False)
    for name, number in channels.items():
        channel, _ = Channel.objects.get_or_create(network=network, name=f"#{name}{f'-{turn + 1}' if turn else ''}")
        cursor.execute(
            "INSERT INTO logs_line (channel_id, id, at, kind, nick, text, target)"
            " SELECT %(channel)s, n + coalesce((SELECT max(id) FROM logs_line WHERE channel_id = %(channel)s), 0),"
            " at - %(shift)s, kind, nick, text, target FROM sample"
            " WHERE channel = %(number)s AND n <= %(part)s * (SELECT max(n) FROM sample WHERE channel = %(number)s)"
            " ORDER BY n",
            {"channel": channel.pk, "shift": SHIFT * age, "number": number, "part": part},
        )


@contextmanager
def database(folder: Path) -> Iterator[str]:
    """The address of a throwaway PostgreSQL with the tables of BotBot in it; Django is set up to use it."""
    from botbot.embedded import location
    from botbot.embedded.postgres_server import Postgres

    os.environ |= {"VAR_DIR": str(folder / "var"), "SECRET_KEY": "bench", "DJANGO_SETTINGS_MODULE": "botbot.settings"}
    folder.chmod(0o755)
    server = Postgres(location.find(folder), durable=False)
    server.hold()
    os.environ["DATABASE_URL"] = server.url
    try:
        import django
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        yield server.url
        connections.close_all()
    finally:
        server.release()


def connect(url: str, *, planner: bool = True) -> Any:
    """A connection set up as the site's are; without `planner` one as PostgreSQL has it."""
    return psycopg2.connect(url, options="-c max_parallel_workers_per_gather=0 -c jit=off" if planner else "")
