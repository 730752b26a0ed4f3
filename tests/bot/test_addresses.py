"""A host with several addresses: after a failure before the registration another one is tried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import gevent
import pytest
from gevent import socket

from bot.connection import (
    Address,
    Connection,
    ConnectionLostError,
    DialError,
    FailedAddresses,
    Timing,
    Tls,
    dial,
    find_addresses,
)
from bot.recorder import Recorder
from bot.session import Session
from bot.state_file import StsStore
from logs.ingest.journal import Journal
from tests.bot.test_fuzz import NETWORK

FIRST, SECOND, THIRD = "127.0.0.1", "127.0.0.2", "127.0.0.3"


class Listener:
    """Accepts connections at one address, sends `greeting`, and closes or stays."""

    def __init__(self, host: str, port: int = 0) -> None:
        self.listener = socket.create_server((host, port))
        self.port = self.listener.getsockname()[1]
        self.count = 0
        self.greeting: bytes | None = None
        self.greenlet = gevent.spawn(self.accept)

    def accept(self) -> None:
        while True:
            accepted, _ = self.listener.accept()
            self.count += 1
            if self.greeting:
                accepted.sendall(self.greeting)
            accepted.close()

    def close(self) -> None:
        self.greenlet.kill()
        self.listener.close()


@pytest.fixture
def listeners(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Listener]]:
    """Three addresses of one host at one port."""
    first = Listener(FIRST)
    listeners = [first, Listener(SECOND, first.port), Listener(THIRD, first.port)]

    def look_up(_host: str, port: int, **_: object) -> list[Address]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, port))
            for host in (FIRST, SECOND, THIRD)
        ]

    monkeypatch.setattr("bot.connection.socket.getaddrinfo", look_up)
    yield listeners
    for listener in listeners:
        listener.close()


def test_an_address_that_accepts_and_closes_is_tried_last(listeners: list[Listener], tmp_path: Path) -> None:
    journal = Journal(tmp_path / "net")
    failed = FailedAddresses()
    for _ in range(6):
        # Whatever ends a connection before the welcome counts as a failure.
        listeners[1].greeting = b":s 465 botbot :You are banned from this server\r\n"
        listeners[2].greeting = b":s ERROR :too many connections\r\n"
        session = Session(
            replace(NETWORK, port=listeners[0].port),
            Recorder(journal),
            StsStore(tmp_path / "sts"),
            lambda *_: None,
            Timing(),
            failed_addresses=failed,
        )
        with pytest.raises(ConnectionLostError):
            session.run()
    assert [listener.count for listener in listeners] == [2, 2, 2]
    journal.close()


def test_the_address_that_works_is_used_again(listeners: list[Listener]) -> None:
    failed = FailedAddresses()
    failed.add((FIRST, listeners[0].port))
    for _ in range(3):
        connection = Connection("irc.example.org", listeners[0].port, tls=None, timing=Timing(), failed=failed)
        connection.close()
    assert [listener.count for listener in listeners] == [0, 3, 0]


def test_an_address_without_tls_is_tried_last(listeners: list[Listener]) -> None:
    failed = FailedAddresses()
    for listener in listeners:
        listener.greeting = b"NOTICE * :*** Looking up your hostname\r\n"
    for _ in listeners:
        with pytest.raises(DialError):
            dial("irc.example.org", listeners[0].port, tls=Tls(), timeout_seconds=5, failed=failed)
    assert [listener.count for listener in listeners] == [1, 1, 1]


def test_ipv6_and_ipv4_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    six = [(socket.AF_INET6, 1, 6, "", (f"2001:db8::{n}", 6697, 0, 0)) for n in range(3)]
    four = [(socket.AF_INET, 1, 6, "", (f"192.0.2.{n}", 6697)) for n in range(2)]
    monkeypatch.setattr("bot.connection.socket.getaddrinfo", lambda *_, **__: [*six, *four])
    failed = FailedAddresses()

    def order() -> list[str]:
        return [address[4][0] for address in failed.sort(find_addresses("irc.example.org", 6697))]

    in_turn = ["2001:db8::0", "192.0.2.0", "2001:db8::1", "192.0.2.1", "2001:db8::2"]
    assert order() == in_turn
    tried = []
    for _ in range(10):
        tried.append(order()[0])
        failed.add((tried[-1], 6697, 0, 0) if ":" in tried[-1] else (tried[-1], 6697))
    assert tried == in_turn * 2
    failed.remove((in_turn[3], 6697))
    assert order()[0] == in_turn[3]
