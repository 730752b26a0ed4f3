"""What the bot tells of itself without the database: health, metrics, and its state to systemd."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot import metrics
from bot.supervisor import Supervisor
from botbot import bot_server
from logs.models import Channel
from tests.bot.conftest import wait_until_stored
from tests.bot.server import Connection, Server
from tests.logs.live.outages import database_away
from tests.processes import Bot, free_port, wait_for

ANN = ":ann!a@example.org PRIVMSG #garden :"


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def bot(process_env: dict[str, str], tmp_path: Path, port: int) -> Iterator[Bot]:
    """A bot that serves its metrics and notifies a socket, as one that systemd has started."""
    environment = {"BOT_METRICS": f"127.0.0.1:{port}", "NOTIFY_SOCKET": str(tmp_path / "notify")}
    with Bot(tmp_path, process_env | environment | {"WATCHDOG_USEC": "300000"}) as running:
        yield running
        print(running.output())


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(60)
        yield listening


def ask(port: int, path: str, method: str = "GET") -> tuple[int, str]:
    http = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        http.request(method, path)
        answer = http.getresponse()
        return answer.status, answer.read().decode()
    finally:
        http.close()


def numbers(port: int) -> dict[str, float]:
    """Every number of /metrics; labels stand behind the name."""
    status, text = ask(port, "/metrics")
    assert status == 200
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {" ".join([sample.name, *sample.labels.values()]): sample.value for sample in samples}


def test_it_tells_what_it_does_also_while_the_database_is_away(
    systemd: socket.socket, joined: Connection, garden: Channel, port: int
) -> None:
    joined.send(f"{ANN}hello")
    wait_until_stored(garden, "hello")
    wait_for(lambda: ask(port, "/readyz") == (200, "ready\n"), 10)
    assert ask(port, "/healthz") == (200, "ok\n")
    seen = numbers(port)
    assert seen["botbot_bot_leader local"] == seen["botbot_bot_connected local"] == 1
    assert seen["botbot_bot_wanted_channels local"] == seen["botbot_bot_joined_channels local"] == 1
    assert seen["botbot_bot_connections_total local"] == 1
    assert seen["botbot_bot_recorded_total local"] == seen["botbot_bot_stored_total local"] >= 1
    assert seen["botbot_bot_waiting_bytes local"] == seen["botbot_bot_database_away_seconds"] == 0
    assert seen["botbot_bot_problems_total local lost"] == 0
    assert 0 <= seen["botbot_bot_silence_seconds local"] < 60
    assert seen["botbot_bot_journal_free_bytes"] > 0
    assert seen["process_resident_memory_bytes"] > 1e6
    assert "botbot_blocks_total" in seen
    assert not any("garden" in name for name in seen)
    with database_away():
        joined.send(f"{ANN}meanwhile")
        away = "The database is away, lines wait in the journal: "
        status, sentence = wait_for(lambda: (said := ask(port, "/readyz"))[1].startswith(away) and said, 20)
        assert (status, sentence.count("\n")) == (503, 1)
        assert ask(port, "/healthz") == (200, "ok\n"), "a restart would not help"
        wait_for(lambda: numbers(port)["botbot_bot_waiting_bytes local"] > 0, 10)
        assert numbers(port)["botbot_bot_database_away_seconds"] > 0
    wait_until_stored(garden, "meanwhile")
    wait_for(lambda: ask(port, "/readyz")[0] == 200, 20)
    # What systemd has heard meanwhile.
    heard = systemd.recv(4096).decode().split("\n")
    assert heard[:2] == ["READY=1", "WATCHDOG=1"]
    assert wait_for(lambda: _hear(systemd) == "WATCHDOG=1\nSTATUS=1 network connected, 1 channel joined", 10)


def _hear(systemd: socket.socket) -> str:
    return systemd.recv(4096).decode()


def test_a_network_that_is_away_is_told(garden: Channel, server: Server, bot: Bot, port: int) -> None:
    connection = server.accept()
    connection.register()
    wait_for(lambda: "served at" in bot.output(), 10)
    wait_for(lambda: ask(port, "/readyz")[0] == 200, 10)
    connection.close()
    wait_for(lambda: ask(port, "/readyz") == (503, "Not connected: local.\n"), 10)
    assert numbers(port)["botbot_bot_connected local"] == 0
    assert ask(port, "/healthz", "HEAD") == (200, "")
    assert ask(port, "/healthz", "POST")[0] == 405
    assert ask(port, "/admin/")[0] == 404


def test_a_loop_that_hangs_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    supervisor = Supervisor(tmp_path)
    assert metrics.describe_failure(supervisor) == "", "it starts"
    assert metrics.describe_problem(supervisor) == "The bot starts."
    monkeypatch.setattr(metrics, "monotonic", lambda: 1000.0)
    supervisor.ticked_at = 995.0
    assert metrics.describe_failure(supervisor) == metrics.describe_problem(supervisor) == ""
    supervisor.ticked_at = 900.0
    assert metrics.describe_failure(supervisor) == "The bot has done nothing for 100 seconds."
    notified: list[str] = []
    monkeypatch.setattr(bot_server, "running_supervisor", lambda: supervisor)
    monkeypatch.setattr(bot_server, "sd_notify", lambda state, _logger: notified.append(state))
    # Only here: other greenlets of this process sleep, too.
    with monkeypatch.context() as patched:
        patched.setattr(bot_server.gevent, "sleep", _end)
        with pytest.raises(_EndError):
            bot_server.notify_systemd()
    assert notified == ["READY=1\nSTATUS=The bot has done nothing for 100 seconds."], "systemd restarts it"
    status, _, body = bot_server._respond({"REQUEST_METHOD": "GET", "PATH_INFO": "/healthz"})
    assert (status, body) == ("503 Service Unavailable", b"The bot has done nothing for 100 seconds.\n")


class _EndError(Exception):
    pass


def _end(_seconds: float) -> None:
    raise _EndError


def test_an_address_in_use_is_tried_again(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """It must not keep the bot from logging."""
    monkeypatch.setattr(bot_server, "RETRY_SECONDS", 0.05)
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        serving = bot_server.gevent.spawn(bot_server.serve, "127.0.0.1", port)
        wait_for(lambda: "are not served at 127.0.0.1" in caplog.text, 10)
    wait_for(lambda: "are served at" in caplog.text or _answers(port), 10)
    assert caplog.text.count("are not served") == 1
    serving.kill()


def _answers(port: int) -> bool:
    try:
        return ask(port, "/healthz")[0] == 200
    except OSError:
        return False


@pytest.mark.parametrize(("peer", "status"), [("127.0.0.1", "200 OK"), ("203.0.113.9", "403 Forbidden")])
def test_metrics_are_for_trusted_networks(peer: str, status: str) -> None:
    environ: Any = {"REQUEST_METHOD": "GET", "PATH_INFO": "/metrics", "REMOTE_ADDR": peer}
    assert bot_server._respond(environ)[0] == status
    assert bot_server._respond(environ | {"PATH_INFO": "/healthz"})[0] == "200 OK"


def test_what_is_wrong_with_a_network_is_told() -> None:
    runner = SimpleNamespace(network=SimpleNamespace(name="libera"), is_connected=True, find_problem=lambda: "x\ny")
    supervisor = SimpleNamespace(
        ticked_at=metrics.monotonic(), is_stopping=False, database_problem="", runners={1: runner}
    )
    assert metrics.describe_problem(cast("Supervisor", supervisor)) == "libera: x y"
    supervisor.is_stopping = True
    assert metrics.describe_problem(cast("Supervisor", supervisor)) == "The bot is about to stop."
