"""A channel on a server that may be killed, logged by a bot that may be killed into a PostgreSQL that may be killed."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import gevent
import psutil
import psycopg2

from botbot.embedded import location
from botbot.embedded.postgres_server import Postgres
from logs.ingest.entry import Entry, decode
from logs.models import Kind
from tests import prepared
from tests.ircd import Client, Ircd
from tests.processes import Bot, Process, wait_for

CLOCK_TICK = timedelta(milliseconds=50)
"""How much a file's time may lag behind the clock that lines are timed with."""


class LoggedLine(NamedTuple):
    """What a line of a log says; without its time, which the bot and another client see differently."""

    kind: Kind
    nick: str
    text: str = ""
    target: str | None = None


@contextmanager
def run_postgres() -> Iterator[Postgres]:
    """A server with the product's tables."""
    folder = Path(tempfile.mkdtemp(prefix="botbot-test-"))
    folder.chmod(0o711)
    server = Postgres(location.find(folder))
    is_migrated = prepared.place_cluster(server.location)
    server.hold()
    if is_migrated:
        others = server.url.rpartition("/")[0] + "/postgres"
        prepared.execute(others, "DROP DATABASE botbot", f"CREATE DATABASE botbot TEMPLATE {prepared.MIGRATED}")
    else:
        manage({"DATABASE_URL": server.url, "SECRET_KEY": "x", "VAR_DIR": str(folder)}, "migrate", "-v0")
    yield server
    server.release()
    shutil.rmtree(folder)


def kill_server(postgres: Postgres) -> None:
    """Kill all of the server's processes at once."""
    pid = postgres.pid()
    assert pid
    server = psutil.Process(pid)
    processes = [server, *server.children(recursive=True)]
    for process in processes:
        process.kill()
    psutil.wait_procs(processes, timeout=10)
    postgres.release()


def manage(env: dict[str, str], *arguments: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = Process([sys.executable, "manage.py", *arguments], env, Path(folder, "manage.log"))
        command.start()
        assert command.wait(120) == 0, command.output()


class LoggedChannel:
    """The IRC server's channel, the bot that logs it, and its log in the database.

    `journaled`: the messages that the journal contained each time when the bot was killed.
    """

    def __init__(self, folder: Path, ircd: Ircd, postgres: Postgres, bot: Callable[..., Bot] = Bot) -> None:
        self.folder = folder
        self.ircd = ircd
        self.channel = ircd.channel
        self.postgres = postgres
        self.env = {"DATABASE_URL": postgres.url, "SECRET_KEY": "x", "VAR_DIR": str(folder)}
        self.bot = bot(folder, self.env)
        self.journaled: list[str] = []
        self._add_channel()

    def _add_channel(self) -> None:
        if self.select("SELECT 1 FROM logs_channel"):  # one that was emptied: quicker than a command
            self._execute("UPDATE logs_network SET port = %s", self.ircd.port)
            self._execute("UPDATE logs_channel SET name = %s, folded = %s, topic = ''", self.channel, self.channel)
        else:
            address = f"irc://{self.ircd.host}:{self.ircd.port}/{self.channel}"
            manage(self.env, "addchannel", address, "--network", "local", "--public", "a test")

    def empty(self) -> None:
        """Delete everything that was logged."""
        tables = "logs_line, logs_linecounter, logs_gap, logs_gapchange, logs_botstatus, logs_journalposition"
        self._execute(f"TRUNCATE {tables} CASCADE")

    def _execute(self, sql: str, *values: object) -> None:
        with closing(psycopg2.connect(self.postgres.url)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(sql, values)

    def select(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(psycopg2.connect(self.postgres.url)) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def log(self) -> list[LoggedLine]:
        """Return the stored lines in reading order."""
        rows = self.select("SELECT kind, nick, text, target FROM logs_line ORDER BY at, id")
        return [LoggedLine(Kind(kind), nick, text, target) for kind, nick, text, target in rows]

    def lines(self) -> list[tuple[datetime, str]]:
        return self.select(f"SELECT at, text FROM logs_line WHERE kind = {Kind.MESSAGE:d} ORDER BY at, id")  # noqa: S608

    def gaps(self) -> list[tuple[datetime, datetime]]:
        return self.select("SELECT from_at, coalesce(to_at, 'infinity') FROM logs_gap ORDER BY from_at")

    def state(self) -> str:
        """Return the state of the channel as the bot reports it."""
        rows = self.select("SELECT state FROM logs_botstatus WHERE channel_id IS NOT NULL")
        return str(rows[0][0]) if rows else ""

    def kill_bot(self) -> None:
        """Kill it and note which messages its journal contains."""
        self.bot.kill()
        for segment in sorted((self.bot.journal / "local").glob("*.log")):
            whole = [line for line in segment.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
            records = [decode(line.removesuffix(b"\n").partition(b" ")[2]) for line in whole]
            self.journaled += [
                record.text for record in records if isinstance(record, Entry) and record.kind == Kind.MESSAGE
            ]

    def kill_postgres(self) -> None:
        kill_server(self.postgres)

    def wait_until_recording(self, observer: Client) -> None:
        """Return when a line is stored that was said after the call."""
        before = len(messages_received(observer, self.channel))
        wait_for(
            lambda: {text for _, text in self.lines()} & set(messages_received(observer, self.channel)[before:]),
            40,
            "new lines are stored",
        )


@contextmanager
def chatter(ircd: Ircd, lines: int = 100_000, pause: float = 0.1) -> Iterator[Client]:
    """Let four clients say `lines` numbered lines each, and yield a fifth that receives what the bot should receive.

    The four are stopped when the context is left.
    """

    def speak(client: Client) -> None:
        for number in range(lines):
            client.say(ircd.channel, f"{client.nick} {number}")
            gevent.sleep(pause)

    clients = [ircd.client(f"speaker{number}") for number in range(4)]
    observer = ircd.client("listener")
    for client in (observer, *clients):
        client.join(ircd.channel)
    speakers = [gevent.spawn(speak, client) for client in clients]
    try:
        yield observer
        gevent.killall(speakers)
        for client in (*clients, observer):
            client.settle()
    finally:
        gevent.killall(speakers)
        for client in (*clients, observer):
            client.close()


def messages_received(observer: Client, channel: str) -> list[str]:
    start = f" PRIVMSG {channel} :"
    return [line.partition(start)[2] for line in observer.lines if start in line]


def lines_received(observer: Client, channel: str, since: str) -> list[LoggedLine]:
    """Return the lines of a channel that a client without capabilities received after one that contains `since`."""
    begin = next(number for number, line in enumerate(observer.lines) if since in line)
    lines = (_parse_received(line, channel) for line in observer.lines[begin + 1 :])
    return [line for line in lines if line]


def _parse_received(line: str, channel: str) -> LoggedLine | None:
    """Parse one line. Unlike the bot, it takes everybody who quits or changes their nick to be in the channel."""
    source, command, rest = (*line.split(" ", 2), "")[:3]
    nick = source.lstrip(":").partition("!")[0]
    if command in ("QUIT", "NICK"):
        kind, text = Kind[command], rest.removeprefix(":")
        return LoggedLine(kind, nick, "", text) if kind == Kind.NICK else LoggedLine(kind, nick, text)
    target, _, rest = rest.partition(" ")
    if target.removeprefix(":") != channel or command not in ("PRIVMSG", *Kind.__members__):
        return None
    if command == "KICK":
        target, _, reason = rest.partition(" :")
        return LoggedLine(Kind.KICK, nick, reason, target)
    if command == "MODE":
        return LoggedLine(Kind.MODE, nick, rest.replace(" :", " ").rstrip(" "))
    text = rest.removeprefix(":")
    if command == "PRIVMSG" and text.startswith("\x01ACTION "):
        return LoggedLine(Kind.ACTION, nick, text.removeprefix("\x01ACTION ").rstrip("\x01"))
    return LoggedLine(Kind.MESSAGE if command == "PRIVMSG" else Kind[command], nick, text)


def assert_no_line_lost_or_doubled(logged: LoggedChannel, sent: Sequence[str], gap_count: int | None) -> None:
    """Assert that all lines are stored in the order in which they were sent, except in `gap_count` places.

    None allows any number of them. Each of these places has to be covered by a gap.
    """
    wait_for(lambda: logged.lines()[-1][1] == sent[-1], 20, "the last line is stored")
    lines = logged.lines()
    first = sent.index(lines[0][1])
    texts = [text for _, text in lines]
    assert texts == [text for text in sent[first:] if text in set(texts)]
    assert set(logged.journaled) <= set(texts)
    location = {text: number for number, text in enumerate(sent)}
    missing = [(a, b) for (a, before), (b, after) in pairwise(lines) if location[after] > location[before] + 1]
    assert gap_count is None or len(missing) == gap_count
    for start, end in missing:
        assert any(start - CLOCK_TICK <= from_at and to_at <= end for from_at, to_at in logged.gaps())
