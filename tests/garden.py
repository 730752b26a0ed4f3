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
from tests.ircd import Client, Ircd
from tests.processes import Bot, Process, wait_for

CLOCK_TICK = timedelta(milliseconds=50)
"""How much a file's time may lag behind the clock that lines are timed with."""


class Told(NamedTuple):
    """A line of a log, as a person would tell it who was there."""

    kind: Kind
    nick: str
    text: str = ""
    target: str | None = None


@contextmanager
def own_postgres() -> Iterator[Postgres]:
    """A server with the product's tables."""
    folder = Path(tempfile.mkdtemp(prefix="botbot-test-"))
    folder.chmod(0o711)
    server = Postgres(location.find(folder))
    server.hold()
    manage({"DATABASE_URL": server.url, "SECRET_KEY": "x", "VAR_DIR": str(folder)}, "migrate", "-v0")
    yield server
    server.release()
    shutil.rmtree(folder)


def kill_server(postgres: Postgres) -> None:
    """Kills all of its processes at once."""
    pid = postgres.pid()
    assert pid
    server = psutil.Process(pid)
    family = [server, *server.children(recursive=True)]
    for process in family:
        process.kill()
    psutil.wait_procs(family, timeout=10)
    postgres.release()


def manage(env: dict[str, str], *arguments: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = Process([sys.executable, "manage.py", *arguments], env, Path(folder, "manage.log"))
        command.start()
        assert command.wait(120) == 0, command.output()


class Garden:
    """The server's channel with its log; the tables are empty again when it is left."""

    def __init__(self, folder: Path, ircd: Ircd, postgres: Postgres, bot: Callable[..., Bot] = Bot) -> None:
        self.folder = folder
        self.ircd = ircd
        self.channel = ircd.channel
        self.postgres = postgres
        self.env = {"DATABASE_URL": postgres.url, "SECRET_KEY": "x", "VAR_DIR": str(folder)}
        self.bot = bot(folder, self.env)
        self.kept: list[str] = []
        self._want()

    def _want(self) -> None:
        if self.select("SELECT 1 FROM logs_channel"):  # one that was emptied: quicker than a command
            self._execute("UPDATE logs_network SET port = %s", self.ircd.port)
            self._execute("UPDATE logs_channel SET name = %s, folded = %s, topic = ''", self.channel, self.channel)
        else:
            address = f"irc://{self.ircd.host}:{self.ircd.port}/{self.channel}"
            manage(self.env, "addchannel", address, "--network", "local", "--public", "a test")

    def empty(self) -> None:
        """Forgets all that was logged here."""
        self._execute("TRUNCATE logs_line, logs_linecounter, logs_gap, logs_botstatus, logs_journalposition CASCADE")

    def _execute(self, sql: str, *values: object) -> None:
        with closing(psycopg2.connect(self.postgres.url)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(sql, values)

    def select(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(psycopg2.connect(self.postgres.url)) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def log(self) -> list[Told]:
        """As a reader gets it."""
        rows = self.select("SELECT kind, nick, text, target FROM logs_line ORDER BY at, id")
        return [Told(Kind(kind), nick, text, target) for kind, nick, text, target in rows]

    def lines(self) -> list[tuple[datetime, str]]:
        return self.select(f"SELECT at, text FROM logs_line WHERE kind = {Kind.MESSAGE:d} ORDER BY at, id")  # noqa: S608

    def gaps(self) -> list[tuple[datetime, datetime]]:
        return self.select("SELECT from_at, coalesce(to_at, 'infinity') FROM logs_gap ORDER BY from_at")

    def state(self) -> str:
        """What the bot says of the channel."""
        rows = self.select("SELECT state FROM logs_botstatus WHERE channel_id IS NOT NULL")
        return str(rows[0][0]) if rows else ""

    def kill_bot(self) -> None:
        """Kills it and notes what its journal holds."""
        self.bot.kill()
        for segment in sorted((self.bot.journal / "local").glob("*.log")):
            whole = [line for line in segment.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
            records = [decode(line.removesuffix(b"\n").partition(b" ")[2]) for line in whole]
            self.kept += [
                record.text for record in records if isinstance(record, Entry) and record.kind == Kind.MESSAGE
            ]

    def kill_postgres(self) -> None:
        kill_server(self.postgres)

    def wait_until_recording(self, witness: Client) -> None:
        """Returns once a line is stored that was said after this was called."""
        before = len(heard(witness, self.channel))
        wait_for(
            lambda: {text for _, text in self.lines()} & set(heard(witness, self.channel)[before:]),
            40,
            "new lines are stored",
        )


@contextmanager
def talk(ircd: Ircd, lines: int = 100_000, pause: float = 0.1) -> Iterator[Client]:
    """Four people say so many numbered lines each; yields a witness, who hears what the bot should hear.

    Leaving it stops them.
    """

    def speak(client: Client) -> None:
        for number in range(lines):
            client.say(ircd.channel, f"{client.nick} {number}")
            gevent.sleep(pause)

    clients = [ircd.client(f"speaker{number}") for number in range(4)]
    witness = ircd.client("listener")
    for client in (witness, *clients):
        client.join(ircd.channel)
    speakers = [gevent.spawn(speak, client) for client in clients]
    try:
        yield witness
        gevent.killall(speakers)
        for client in (*clients, witness):
            client.settle()
    finally:
        gevent.killall(speakers)
        for client in (*clients, witness):
            client.close()


def heard(witness: Client, channel: str) -> list[str]:
    start = f" PRIVMSG {channel} :"
    return [line.partition(start)[2] for line in witness.lines if start in line]


def told(witness: Client, channel: str, since: str) -> list[Told]:
    """What a witness who asked for no capability heard in a channel after a line with `since` in it."""
    begin = next(number for number, line in enumerate(witness.lines) if since in line)
    lines = (_told(line, channel) for line in witness.lines[begin + 1 :])
    return [line for line in lines if line]


def _told(line: str, channel: str) -> Told | None:
    """Told from words alone, unlike the bot: whoever quits or is renamed is taken to have been in the channel."""
    source, command, rest = (*line.split(" ", 2), "")[:3]
    nick = source.lstrip(":").partition("!")[0]
    if command in ("QUIT", "NICK"):
        kind, text = Kind[command], rest.removeprefix(":")
        return Told(kind, nick, "", text) if kind == Kind.NICK else Told(kind, nick, text)
    target, _, rest = rest.partition(" ")
    if target.removeprefix(":") != channel or command not in ("PRIVMSG", *Kind.__members__):
        return None
    if command == "KICK":
        whom, _, reason = rest.partition(" :")
        return Told(Kind.KICK, nick, reason, whom)
    if command == "MODE":
        return Told(Kind.MODE, nick, rest.replace(" :", " ").rstrip(" "))
    text = rest.removeprefix(":")
    if command == "PRIVMSG" and text.startswith("\x01ACTION "):
        return Told(Kind.ACTION, nick, text.removeprefix("\x01ACTION ").rstrip("\x01"))
    return Told(Kind.MESSAGE if command == "PRIVMSG" else Kind[command], nick, text)


def assert_nothing_is_lost_or_doubled(garden: Garden, said: Sequence[str], silences: int | None) -> None:
    """All lines are stored in the order in which they were said, but for `silences` holes (None: however many), each
    told of by a gap."""
    wait_for(lambda: garden.lines()[-1][1] == said[-1], 20, "the last line is stored")
    lines = garden.lines()
    first = said.index(lines[0][1])
    texts = [text for _, text in lines]
    assert texts == [text for text in said[first:] if text in set(texts)]
    assert set(garden.kept) <= set(texts)
    location = {text: number for number, text in enumerate(said)}
    holes = [(a, b) for (a, before), (b, after) in pairwise(lines) if location[after] > location[before] + 1]
    assert silences is None or len(holes) == silences
    for start, end in holes:
        assert any(start - CLOCK_TICK <= from_at and to_at <= end for from_at, to_at in garden.gaps())
