"""`manage.py botstatus`, signals, and secrets that must never be logged."""

from __future__ import annotations

import base64
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import gevent
import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from gevent import socket
from gevent.server import StreamServer

from logs.models import BotStatus, Channel, Line, Network
from logs.models.bot_status import JournalPosition, State
from tests.bot.conftest import stored_messages, wait_until_stored
from tests.bot.server import Connection, Server
from tests.processes import Bot, wait_for


def botstatus() -> tuple[list[list[str]], int]:
    """Return the cells of its output lines and its exit code."""
    out, code = StringIO(), 0
    try:
        call_command("botstatus", stdout=out)
    except SystemExit as end:
        code = int(end.code or 0)
    return [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in out.getvalue().splitlines()], code


@pytest.mark.django_db
def test_without_networks_it_explains_how_to_add_one() -> None:
    Network.objects.create(name="archive")
    ((words,),), code = botstatus()
    assert "addchannel" in words
    assert code == 0


def test_a_joined_channel_is_ok(joined: Connection, garden: Channel) -> None:
    wait_for(lambda: botstatus()[1] == 0, 10)
    joined.send(":ann!a@example.org PRIVMSG #garden :hello")
    wait_until_stored(garden, "hello")
    (_, network, channel), code = wait_for(_with_last_line, 15)
    assert network[:3] == ["local", "-", "connected"]
    assert network[-2:] == ["0 B", "as botbot"]
    assert channel[:3] == ["local", "#garden", "joined"]
    since, last, lag = (datetime.fromisoformat(channel[n]).replace(tzinfo=UTC) for n in (3, 4)), channel[4], channel[5]
    assert all(abs(datetime.now(UTC) - at) < timedelta(seconds=60) for at in since)
    assert lag == "0 s", last
    assert code == 0


def _with_last_line() -> tuple[list[list[str]], int] | None:
    rows, code = botstatus()
    return (rows, code) if rows[2][4] != "-" else None


def test_a_wanted_channel_that_is_not_joined_is_shown_with_the_reason(
    garden: Channel, server: Server, bot: Bot
) -> None:
    (_, network, channel), code = botstatus()
    assert network[2] == channel[2] == "unknown"
    assert code == 1
    irc = server.accept()
    irc.register()
    irc.expect("JOIN")
    irc.send(":irc.example.org 473 botbot #garden :Cannot join channel (+i)")
    (_, network, channel), code = wait_for(_refused, 10)
    assert channel[-1] == "Cannot join channel (+i)"
    assert code == 1
    Channel.objects.filter(pk=garden.pk).update(wanted=False)
    wait_for(lambda: botstatus()[1] == 0, 10)


def _refused() -> tuple[list[list[str]], int] | None:
    rows, code = botstatus()
    return (rows, code) if rows[2][2] == "refused by the server" else None


def test_a_bot_that_has_stopped_or_died_is_shown(joined: Connection, garden: Channel, bot: Bot) -> None:
    wait_for(lambda: botstatus()[1] == 0, 10)
    BotStatus.objects.update(updated_at=datetime.now(UTC) - timedelta(minutes=5))
    assert botstatus()[0][2][2] == "silent"
    assert botstatus()[1] == 1
    assert bot.stop() == 0
    assert botstatus()[0][2][2] == "stopped"
    assert botstatus()[1] == 1


def test_lines_waiting_to_be_stored_are_shown(garden: Channel) -> None:
    now = datetime.now(UTC)
    BotStatus.objects.create(
        network=garden.network, state=State.CONNECTED, since=now, journal_depth=4711, updated_at=now
    )
    JournalPosition.objects.create(
        journal="x",
        segment=1,
        offset=1,
        updated_at=now,
        network=garden.network,
        heard_until=now - timedelta(seconds=90),
    )
    network = botstatus()[0][1]
    assert network[-2:] == ["90 s", "4711 B"]


def test_the_admin_shows_the_same(garden: Channel, admin_client: Client) -> None:
    now = datetime.now(UTC)
    for channel, state in ((garden, State.REFUSED), (None, State.CONNECTED)):
        BotStatus.objects.create(
            network=garden.network, channel=channel, state=state, detail=f"why {state}", since=now, updated_at=now
        )
    page = admin_client.get("/admin/logs/botstatus/").content.decode()
    shown = ["connected", "why connected", "#garden", "refused by the server", "why refused"]
    assert [page.index(f">{words}<") for words in shown] == sorted(page.index(f">{words}<") for words in shown)


def test_sighup_reads_the_settings_without_reconnecting(
    joined: Connection, garden: Channel, bot: Bot, server: Server
) -> None:
    Channel.objects.create(network=garden.network, name="#shed", wanted=True)
    os.kill(bot.pid, signal.SIGHUP)
    assert joined.expect("JOIN", 5) == "JOIN #shed"
    for _ in range(20):
        os.kill(bot.pid, signal.SIGHUP)
    joined.ping()
    assert bot.running()
    assert not any(line.startswith(("QUIT", "PART")) for line in joined.received)
    assert server.has_no_new_connection()


def test_sigterm_sends_quit_and_stores_everything(joined: Connection, garden: Channel, bot: Bot) -> None:
    joined.send(*(f":ann!a@example.org PRIVMSG #garden :last {number}" for number in range(500)))
    joined.ping()
    assert bot.stop() == 0
    joined.expect("QUIT")
    assert Line.objects.filter(channel=garden, text__startswith="last ").count() == 500


class Staller:
    """A proxy between bot and database that can stop passing on data without closing connections."""

    def __init__(self) -> None:
        database = connection.get_connection_params()
        self._to = f"{database['host']}/.s.PGSQL.{database.get('port') or 5432}"
        self._stalled = gevent.event.Event()
        self._moving = gevent.event.Event()
        self._moving.set()
        self._server = StreamServer(("127.0.0.1", 0), self._serve)
        self._server.start()
        self.port: int = self._server.server_port

    def stall(self) -> None:
        self._moving.clear()

    def close(self) -> None:
        self._moving.set()
        self._server.stop()

    def _serve(self, client: socket.socket, _: object) -> None:
        with socket.socket(socket.AF_UNIX) as database:
            database.connect(self._to)
            back = gevent.spawn(self._pass, database, client)
            self._pass(client, database)
            back.kill()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        while read := source.recv(65536):
            self._moving.wait()
            target.sendall(read)


@pytest.fixture
def staller() -> Iterator[Staller]:
    staller = Staller()
    yield staller
    staller.close()


def test_sigterm_does_not_wait_for_a_database_that_hangs(
    process_env: dict[str, str], garden: Channel, server: Server, staller: Staller, tmp_path: Path
) -> None:
    user, _, rest = process_env["DATABASE_URL"].partition("@")
    url = f"{user}@127.0.0.1:{staller.port}/{rest.rpartition('/')[2]}"
    with Bot(tmp_path, process_env | {"DATABASE_URL": url}) as bot:
        irc = server.accept()
        irc.register()
        irc.let_join("botbot", "ann")
        irc.send(":ann!a@example.org PRIVMSG #garden :before")
        wait_until_stored(garden, "before")
        staller.stall()
        irc.send(":ann!a@example.org PRIVMSG #garden :meanwhile", ":ann!a@example.org PRIVMSG #garden :botbot: log")
        irc.ping()
        gevent.sleep(1.5)  # the bot looks once a second what is wanted, and now waits for the database
        assert bot.stop() == 0, bot.output()
        irc.expect("QUIT")
        staller.close()  # what the database was sent before, it does now
        bot.env |= process_env
        bot.start()
        wait_until_stored(garden, "botbot: log")
        assert [text for _, text in stored_messages(garden)] == ["before", "meanwhile", "botbot: log"]


def test_a_command_without_the_database_is_answered_by_a_sentence(
    process_env: dict[str, str], garden: Channel, server: Server, staller: Staller, tmp_path: Path
) -> None:
    user, _, rest = process_env["DATABASE_URL"].partition("@")
    url = f"{user}@127.0.0.1:{staller.port}/{rest.rpartition('/')[2]}"
    with Bot(tmp_path, process_env | {"DATABASE_URL": url}):
        irc = server.accept()
        irc.register()
        irc.let_join("botbot", "ann")
        irc.send(":ann!a@example.org PRIVMSG #garden :before")
        wait_until_stored(garden, "before")
        staller.stall()
        irc.send(":ann!a@example.org PRIVMSG #garden :botbot: log", "PING :first")
        assert irc.read() == "PONG first"
        assert irc.expect("NOTICE", 25).startswith("NOTICE ann :I cannot reach the archive")


SECRETS = {"server": "s3cret-server", "account": "s3cret-account", "channel": "s3cret-key", "person": "s3cret-word"}


def test_secrets_are_in_no_log_and_no_status(process_env: dict[str, str], server: Server, tmp_path: Path) -> None:
    network = Network.objects.create(
        name="local",
        host=server.host,
        port=server.port,
        tls=False,
        password=SECRETS["server"],
        account="ann",
        account_password=SECRETS["account"],
        account_required=False,
    )
    Channel.objects.create(network=network, name="#garden", wanted=True, key=SECRETS["channel"])
    with Bot(tmp_path, process_env | {"LOG_LEVEL": "DEBUG"}) as bot:
        irc = server.accept()
        assert irc.expect("PASS") == f"PASS {SECRETS['server']}"
        irc.send(":irc.example.org CAP * LS :sasl=PLAIN")
        irc.expect("CAP REQ")
        irc.send(":irc.example.org CAP * ACK :sasl")
        irc.expect("AUTHENTICATE PLAIN")
        irc.send("AUTHENTICATE +")
        response = irc.expect("AUTHENTICATE ").split(" ")[1]
        assert SECRETS["account"].encode() in base64.b64decode(response)
        irc.send(":irc.example.org 904 ann :SASL authentication failed")
        irc.expect("CAP END")
        irc.send(":irc.example.org 001 botbot :Welcome", ":irc.example.org 422 botbot :no motd")
        assert irc.expect("JOIN") == f"JOIN #garden {SECRETS['channel']}"
        irc.send(
            ":irc.example.org 475 botbot #garden :Cannot join channel (+k)",
            f":ann!a@example.org PRIVMSG botbot :identify {SECRETS['person']}",
            f":ann!a@example.org PRIVMSG botbot :\x01{SECRETS['person']}\x01",
            f":irc.example.org 421 botbot PASS {SECRETS['server']} :Unknown command",
            f":ann!a@example.org INVITE botbot #{SECRETS['person']}",
        )
        irc.ping()
        wait_for(BotStatus.objects.filter(state=State.REFUSED).exists, 10)
        irc.close()
        wait_for(lambda: "trying again" in bot.output(), 10)
        details = " ".join(BotStatus.objects.values_list("detail", flat=True))
        bot.stop()
        for secret in [*SECRETS.values(), response]:
            assert secret not in bot.output()
            assert secret not in details
