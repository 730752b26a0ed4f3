"""`manage.py watchlogs` as a process: what real programs log appears live; kills lose and repeat nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import gevent
import psycopg2
import pytest

from botbot.embedded.postgres_server import Postgres
from logs.models import Channel, Kind, Line, WatchedFile, WatchedPath
from tests.bouncer import Weechat, Znc
from tests.ircd import Ngircd
from tests.logged_channel import kill_server, run_postgres
from tests.logs.live.reader import Reader
from tests.processes import Process, Site, wait_for


class Watch(Process):
    """`manage.py watchlogs`."""

    def __init__(self, folder: Path, env: dict[str, str], *arguments: str) -> None:
        super().__init__([sys.executable, "manage.py", "watchlogs", *arguments], env, folder / "watch.log")


Start = Callable[..., Watch]


@pytest.fixture
def watch(process_env: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    started: list[Watch] = []

    def start(*arguments: object) -> Watch:
        process = Watch(tmp_path, process_env, *map(str, arguments))
        started.append(process)
        process.start()
        wait_for(lambda: WatchedPath.objects.filter(seen_at__isnull=False).exists(), 20, "it follows the path")
        return process

    yield start
    for process in started:
        process.stop()
        print(process.output())


@pytest.fixture
def ircd(tmp_path: Path) -> Iterator[Ngircd]:
    folder = tmp_path / "ircd"
    folder.mkdir()
    with Ngircd(folder) as running:
        yield running


def texts() -> list[str]:
    return list(Line.objects.filter(kind=Kind.MESSAGE).order_by("id").values_list("text", flat=True))


def write(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}Z\tann\t{text}\n")


@pytest.mark.parametrize("options", [[], ["--poll", "0.1"]], ids=["told by the kernel", "by polling"])
def test_a_line_appears_live_and_the_log_of_a_new_channel_too(
    watch: Start, site: Site, tmp_path: Path, options: list[str]
) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    log = folder / "irc.testnet.#garden.weechatlog"
    write(log, "old")
    process = watch(folder, "--public", *options)
    with Reader(site.port, Channel.objects.get()) as reader:
        write(log, "one")
        reader.lines(until=1)
    below = folder / "more"
    below.mkdir()
    other = below / "irc.testnet.#pond.weechatlog"
    write(other, "two")
    wait_for(lambda: texts() == ["one", "two"], 10)
    log.rename(folder / "irc.testnet.#garden.weechatlog.1")
    write(log, "three")
    wait_for(lambda: texts() == ["one", "two", "three"], 10)
    assert WatchedPath.objects.get().polls is bool(options)
    assert process.stop() == 0
    status = Watch(tmp_path, process.env, "--status")
    status.log = tmp_path / "status.log"
    status.start()
    assert status.wait(30) == 0
    assert f"{folder}: followed" in status.output()
    assert "lines: 3 read, 0 reported and not stored" in status.output()


def test_what_can_be_corrected_is_said_in_a_sentence(watch: Start, process_env: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    first = watch(folder)

    def refuse(*arguments: object) -> str:
        process = Watch(tmp_path, process_env, *map(str, arguments))
        process.log = tmp_path / "refused.log"
        process.log.unlink(missing_ok=True)
        process.start()
        assert process.wait(30) == 1
        assert "Traceback" not in process.output()
        return process.output()

    assert f"Another watchlogs follows {folder} already." in refuse(folder)
    assert "does not exist" in refuse(tmp_path / "nothing")
    assert "Say which files" in refuse()
    assert "There is no time zone Mars" in refuse(folder, "--timezone", "Mars")
    assert first.running()


class LoggingZnc(Znc):
    configuration = Znc.configuration.replace("  <Network test>", "  LoadModule = log\n  <Network test>")


def test_a_bouncer_that_logs(watch: Start, tmp_path: Path, ircd: Ngircd) -> None:
    """ZNC's own module writes while it is connected to a real server."""
    with LoggingZnc(tmp_path, ircd) as znc:
        logs = znc.folder / "users" / "botbot" / "moddata" / "log"
        other = ircd.client("anna")
        other.join(ircd.channel)
        wait_for(lambda: list(logs.rglob("*.log")), 20, "ZNC logs")
        watch(logs, "--timezone", "UTC", "--public")
        said = [f"line {number} ü" for number in range(30)]
        for text in said:
            other.say(ircd.channel, text)
        wait_for(lambda: texts() == said, 30)
        other.send(f"PART {ircd.channel} :bye")
        wait_for(lambda: Line.objects.filter(kind=Kind.PART, nick="anna").exists(), 20)
        other.close()
    channel = Channel.objects.select_related("network").get()
    assert (channel.network.name, channel.name) == ("test", ircd.channel)
    assert not WatchedFile.objects.filter(unparsed__gt=0).exists()


def test_a_client_that_logs(watch: Start, tmp_path: Path, ircd: Ngircd) -> None:
    """WeeChat's own logger writes while it is connected to a real server."""
    client = Weechat(tmp_path, ircd)
    client.command[1:1] = ["--run-command", "/set logger.file.flush_delay 0"]
    with client:
        logs = tmp_path / "weechat" / "logs"
        other = ircd.client("anna")
        other.join(ircd.channel)
        log = wait_for(lambda: next(logs.glob(f"irc.local.{ircd.channel}.weechatlog"), None), 20, "WeeChat logs")
        assert log is not None
        watch(logs, "--timezone", "UTC", "--public")
        said = [f"line {number} ü" for number in range(30)]
        for text in said:
            other.say(ircd.channel, text)
        other.say(ircd.channel, "\x01ACTION waves\x01")
        wait_for(lambda: texts() == said, 30)
        wait_for(lambda: Line.objects.filter(kind=Kind.ACTION, nick="anna", text="waves").exists(), 20)
        other.close()
    assert not WatchedFile.objects.filter(unparsed__gt=0).exists()


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with run_postgres() as server:
        yield server


class Writer:
    """A program that logs numbered lines, and rotates its log in between."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "irc.testnet.#garden.weechatlog"
        self.said: list[str] = []
        self._greenlet = gevent.spawn(self._run)

    def _run(self) -> None:
        while True:
            self.said.append(f"line {len(self.said)}")
            write(self.log, self.said[-1])
            if len(self.said) % 150 == 0:
                for number in range(8, 0, -1):
                    older = self.log.with_name(f"{self.log.name}.{number}")
                    if older.exists():
                        older.rename(self.log.with_name(f"{self.log.name}.{number + 1}"))
                self.log.rename(f"{self.log}.1")
            gevent.sleep(0.02)

    def stop(self) -> None:
        self._greenlet.kill()


def select(postgres: Postgres, sql: str) -> list[tuple[Any, ...]]:
    """The rows of a query; none while the server is away."""
    try:
        with closing(psycopg2.connect(postgres.url)) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()
    except psycopg2.OperationalError:
        return []


@pytest.mark.usefixtures("started_as_in_production")
def test_kills_and_outages_lose_and_repeat_nothing(postgres: Postgres, tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    env = {"DATABASE_URL": postgres.url, "SECRET_KEY": "x", "VAR_DIR": str(tmp_path)}

    def stored() -> list[str]:
        return [text for (text,) in select(postgres, "SELECT text FROM logs_line ORDER BY id")]

    watch = Watch(tmp_path, env, str(folder), "--public")
    with watch:
        wait_for(lambda: select(postgres, "SELECT 1 FROM logs_watchedpath WHERE seen_at IS NOT NULL"), 30, "it follows")
        writer = Writer(folder)
        try:
            for kill_postgres in (False, True, False, True):
                before = len(writer.said)
                wait_for(lambda before=before: set(stored()) & set(writer.said[before:]), 30, "new lines are stored")
                if kill_postgres:
                    kill_server(postgres)
                    time.sleep(0.3)
                    watch.kill()
                    watch.start()
                    time.sleep(1)
                    postgres.hold()
                else:
                    watch.kill()
                    time.sleep(0.3)
                    watch.start()
        finally:
            writer.stop()
        wait_for(lambda: len(stored()) >= len(writer.said), 40, "all lines are stored")
        assert sorted(stored()) == sorted(writer.said)
        assert watch.stop() == 0
    print(watch.output())
