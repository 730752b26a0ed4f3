"""The bot and PostgreSQL are killed again and again while people talk: nothing that was heard is lost or doubled."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import gevent
import psutil
import psycopg2
import pytest

from botbot.embedded import place
from botbot.embedded.postgres import Postgres
from logs.ingest.entry import Entry, decode
from logs.models import Kind
from tests.ircd import Client, Ngircd
from tests.processes import ROOT, Bot, wait_for

CLOCK_TICK = timedelta(milliseconds=50)
"""How much a file's time may lag behind the clock that lines are timed with."""


class Garden:
    """`#garden` on a server of its own, logged by a bot into a PostgreSQL of its own."""

    def __init__(self, folder: Path, ircd: Ngircd, postgres: Postgres) -> None:
        self.folder = folder
        self.ircd = ircd
        self.postgres = postgres
        self.env = {"DATABASE_URL": postgres.url, "SECRET_KEY": "x", "VAR_DIR": str(folder)}
        self.bot = Bot(folder, self.env)
        self.kept: list[str] = []
        self.manage("migrate", "-v0")
        self.manage("addchannel", f"irc://{ircd.host}:{ircd.port}/#garden", "--network", "local")

    def manage(self, *arguments: str) -> None:
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, cwd=ROOT, env=self.bot.env, check=True, capture_output=True)

    def select(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(psycopg2.connect(self.postgres.url)) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def lines(self) -> list[tuple[datetime, str]]:
        return self.select(f"SELECT at, text FROM logs_line WHERE kind = {Kind.MESSAGE:d} ORDER BY id")  # noqa: S608

    def gaps(self) -> list[tuple[datetime, datetime]]:
        return self.select("SELECT from_at, to_at FROM logs_gap ORDER BY from_at")

    def kill_bot(self) -> None:
        """Kills it and notes what its journal holds."""
        self.bot.kill()
        for segment in sorted((self.bot.journal / "local").glob("*.log")):
            whole = [line for line in segment.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
            records = [decode(line.partition(b" ")[2]) for line in whole]
            self.kept += [
                record.text for record in records if isinstance(record, Entry) and record.kind == Kind.MESSAGE
            ]

    def kill_postgres(self) -> None:
        """Kills all of its processes at once."""
        pid = self.postgres.pid()
        assert pid
        server = psutil.Process(pid)
        family = [server, *server.children(recursive=True)]
        for process in family:
            process.kill()
        psutil.wait_procs(family, timeout=10)
        self.postgres.release()

    def wait_until_recording(self, witness: Client) -> None:
        """Returns once a line is stored that was said after this was called."""
        before = len(heard(witness))
        wait_for(lambda: {text for _, text in self.lines()} & set(heard(witness)[before:]), 40, "new lines are stored")


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    """A server that may be killed."""
    folder = Path(tempfile.mkdtemp(prefix="botbot-test-"))
    folder.chmod(0o711)
    server = Postgres(place.find(folder))
    server.hold()
    yield server
    server.release()
    shutil.rmtree(folder)


@pytest.fixture
def garden(tmp_path: Path, postgres: Postgres) -> Iterator[Garden]:
    with Ngircd(tmp_path) as ircd:
        garden = Garden(tmp_path, ircd, postgres)
        with garden.bot:
            yield garden
        print(garden.bot.output())  # pytest shows it when the test fails


@contextmanager
def talk(ircd: Ngircd) -> Iterator[Client]:
    """Four people say ten numbered lines a second each; yields a witness, who hears what the bot should hear."""

    def speak(client: Client) -> None:
        for number in range(100_000):
            client.say("#garden", f"{client.nick} {number}")
            gevent.sleep(0.1)

    clients = [Client(ircd.host, ircd.port, f"speaker{number}") for number in range(4)]
    witness = Client(ircd.host, ircd.port, "witness")
    for client in (witness, *clients):
        client.join("#garden")
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


def heard(witness: Client) -> list[str]:
    return [line.partition(" PRIVMSG #garden :")[2] for line in witness.lines if " PRIVMSG #garden :" in line]


def assert_nothing_is_lost_or_doubled(garden: Garden, said: list[str], silences: int) -> None:
    """All lines are stored in the order in which they were said, but for `silences` holes, each told of by a gap."""
    wait_for(lambda: garden.lines()[-1][1] == said[-1], 20, "the last line is stored")
    lines = garden.lines()
    first = said.index(lines[0][1])
    texts = [text for _, text in lines]
    assert texts == [text for text in said[first:] if text in set(texts)]
    assert set(garden.kept) <= set(texts)
    place = {text: number for number, text in enumerate(said)}
    holes = [(a, b) for (a, before), (b, after) in pairwise(lines) if place[after] > place[before] + 1]
    assert len(holes) == silences
    for start, end in holes:
        assert any(start - CLOCK_TICK <= from_at and to_at <= end for from_at, to_at in garden.gaps())


def test_a_killed_bot_loses_nothing_that_it_journaled_and_tells_of_the_rest(garden: Garden) -> None:
    with talk(garden.ircd) as witness:
        for _ in range(4):
            garden.wait_until_recording(witness)
            time.sleep(0.5)
            garden.kill_bot()
            time.sleep(0.3)
            garden.bot.start()
        garden.wait_until_recording(witness)
    assert len(garden.kept) > 40
    assert_nothing_is_lost_or_doubled(garden, heard(witness), silences=4)


def test_a_killed_database_loses_nothing(garden: Garden) -> None:
    with talk(garden.ircd) as witness:
        for _ in range(4):
            garden.wait_until_recording(witness)
            garden.kill_postgres()
            time.sleep(0.5)
            garden.postgres.hold()
        garden.wait_until_recording(witness)
    assert_nothing_is_lost_or_doubled(garden, heard(witness), silences=0)


def test_a_bot_killed_while_the_database_is_away_comes_back_without_it(garden: Garden) -> None:
    with talk(garden.ircd) as witness:
        garden.wait_until_recording(witness)
        garden.kill_postgres()
        time.sleep(1)
        garden.kill_bot()
        garden.bot.start()
        witness.settle()
        witness.read_until(" JOIN ", 20)
        time.sleep(1)
        garden.postgres.hold()
        garden.wait_until_recording(witness)
    assert garden.kept
    assert_nothing_is_lost_or_doubled(garden, heard(witness), silences=1)
