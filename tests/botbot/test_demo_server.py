"""The demo network, used by real clients: who is pinged and dropped, and what adding a channel needs."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import gevent
import pytest

from botbot.embedded import demo_server
from botbot.embedded.demo_server import DemoServer
from tests.ircd import Client


@pytest.fixture
def port() -> Iterator[int]:
    server = DemoServer(0)
    server.daemon_threads = True
    serving = gevent.spawn(server.serve_forever)
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    serving.join(5)


def connect(port: int, nick: str) -> Client:
    return Client("127.0.0.1", port, nick)


def test_a_silent_client_in_a_busy_channel_is_pinged_and_stays(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its outbox is never empty for as long as a ping waits; `Client` answers each PING and says nothing else."""
    monkeypatch.setattr(demo_server, "PING_INTERVAL_SECONDS", 0.2)
    with connect(port, "ann") as talker, connect(port, "bot") as listener:
        for client in (talker, listener):
            client.join("#busy")
        pings = 0
        for number in range(1000):
            talker.say("#busy", f"line {number}")
            listener.read_until(f"line {number}")
            pings = sum(line.startswith("PING ") for line in listener.lines)
            if pings >= 3:
                break
            gevent.sleep(0.02)
        assert pings >= 3


def test_a_client_that_says_nothing_at_all_is_dropped(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with connect(port, "ann") as watcher:
        watcher.join("#mine")
        monkeypatch.setattr(demo_server, "IDLE_TIMEOUT_SECONDS", 0.5)
        with socket.create_connection(("127.0.0.1", port)) as dead:
            dead.sendall(b"NICK bob\r\nUSER bob 0 * :bob\r\nJOIN #mine\r\n")
            watcher.read_until(":bob!bob@demo.local JOIN")
            watcher.read_until(":bob!bob@demo.local QUIT")


def test_who_creates_a_channel_is_its_operator(port: int) -> None:
    with connect(port, "ann") as ann, connect(port, "bob") as bob:
        ann.send("JOIN #Mine")
        assert ann.read_until(" MODE ").endswith("MODE #Mine +o ann")
        bob.join("#mine")
        assert not any(" MODE " in line for line in bob.lines)
        bob.send("TOPIC #mine")
        assert bob.read_until(" 331 ").endswith("#Mine :No topic is set")
        bob.send("MODE #mine b")
        bob.read_until(" 368 ")
        ann.send("TOPIC #mine :a topic")
        assert bob.read_until(" TOPIC ").endswith("TOPIC #Mine :a topic")


def test_whois_shows_the_connection_the_account_and_the_operators_channels(port: int) -> None:
    with connect(port, "Ann") as ann, connect(port, "bob") as bob:
        ann.join("#mine")
        bob.join("#mine")
        bob.send("WHOIS ann ann")
        reply = [bob.read_until(f" {number} ") for number in (311, 319, 312, 330, 317, 318)]
        assert reply[1].endswith("bob Ann :@#mine")
        assert reply[3].endswith("bob Ann Ann :is logged in as")
        bob.send("WHOIS nobody")
        bob.read_until(" 401 ")
        bob.read_until(" 318 ")


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("bob #new", "341 ann bob #new"),
        ("bob #mine", "341 ann bob #mine"),
        ("eve #mine", "401 ann eve"),
        ("bob", "461 ann INVITE"),
        ("bob mine", "403 ann mine"),
        ("ann #mine", "443 ann ann #mine"),
        ("bob #theirs", "442 ann"),
    ],
)
def test_invitations_are_forwarded_or_refused(port: int, words: str, answer: str) -> None:
    with connect(port, "ann") as ann, connect(port, "bob") as bob:
        ann.join("#mine")
        bob.join("#theirs")
        ann.send(f"INVITE {words}")
        ann.read_until(answer)
        bob.settle()
        invited = [line for line in bob.lines if " INVITE " in line]
        assert [line.partition(" INVITE ")[2] for line in invited] == (
            [words.replace(" ", " :")] if answer.startswith("341") else []
        )
