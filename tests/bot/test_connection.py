"""Connections: reading, the pace of writing, timeouts, and establishing them."""

from __future__ import annotations

import hashlib
import ssl
from pathlib import Path

import gevent
import pytest
from gevent import socket

from bot import connection as connection_module
from bot.connection import MAX_QUEUED_LINES, Connection, ConnectionLostError, DialError, Timing, Tls, dial
from tests.bot.server import Server
from tests.ircd import make_certificate
from tests.processes import free_port

QUICK = Timing(connect=1, idle=0.3, answer=0.3)


def connect(server: Server, timing: Timing = QUICK) -> Connection:
    return Connection(server.host, server.port, tls=None, timing=timing)


def test_a_silent_server_is_pinged_and_given_up(server: Server) -> None:
    connection = connect(server)
    with pytest.raises(ConnectionLostError, match="no answer to a ping"):
        list(connection.lines())
    assert server.accept().read() == "PING alive"
    connection.close()


def test_a_server_that_answers_pings_stays_connected(server: Server) -> None:
    connection = connect(server)
    peer = server.accept()

    def answer() -> None:
        for _ in range(3):
            peer.expect("PING")
            peer.send("PONG alive")
        peer.close()

    gevent.spawn(answer)
    with pytest.raises(ConnectionLostError, match="closed"):
        list(connection.lines())
    connection.close()


def test_a_server_that_always_sends_lets_others_have_their_turn(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[None] = []
    monkeypatch.setattr(connection_module, "MAX_TURN_SECONDS", 0.0)
    monkeypatch.setattr(connection_module, "yield_control", lambda: turns.append(None))
    connection = connect(server)
    peer = server.accept()
    gevent.spawn(lambda: (peer.send(*[f"PRIVMSG #c :{number} {'x' * 400}" for number in range(1000)]), peer.close()))
    lines = connection.lines()
    for count in range(1, 1001):
        assert next(lines).startswith(b"PRIVMSG")
        # What is received at once is handled without a turn in between, and no more.
        assert count <= (len(turns) + 1) * connection_module.RECEIVE_BYTES // 400
    connection.close()


def test_lines_are_paced_after_a_burst_and_urgent_ones_overtake_them(server: Server) -> None:
    connection = connect(server, Timing(burst=2, pace=3600))
    for number in range(4):
        connection.send("NOTICE", "ann", str(number))
    connection.send_now("PONG", "x")
    peer = server.accept()
    assert [peer.read() for _ in range(3)] == ["PONG x", "NOTICE ann 0", "NOTICE ann 1"]
    connection.send_now("PONG", "y")
    assert peer.read() == "PONG y"  # the third notice waits for its turn
    connection.close()


def test_paced_lines_are_all_sent(server: Server) -> None:
    connection = connect(server, Timing(burst=2, pace=0.05))
    for number in range(4):
        connection.send("NOTICE", "ann", str(number))
    peer = server.accept()
    assert [peer.read() for _ in range(4)] == [f"NOTICE ann {number}" for number in range(4)]
    connection.close()


def test_the_queue_is_limited_and_urgent_lines_overtake_it(server: Server) -> None:
    connection = connect(server, Timing(burst=1, pace=1000))
    for number in range(MAX_QUEUED_LINES + 5):
        connection.send("NOTICE", "ann", str(number))
    connection.send_now("PONG", "x")
    assert connection.dropped_count == 5
    assert server.accept().read() == "PONG x"
    connection.close()


def test_urgent_lines_are_sent_before_closing(server: Server) -> None:
    connection = connect(server)
    connection.send_now("QUIT", "bye")
    connection.close()
    peer = server.accept()
    assert [peer.read(), peer.read()] == ["QUIT bye", ""]


def test_a_server_that_does_not_read_is_received_from_and_given_up(server: Server) -> None:
    connection = connect(server, Timing(idle=1, answer=1))
    peer = server.accept()
    for _ in range(400):
        connection.send_now("NOTICE", "ann", "x" * 400)
    for _ in range(60000):
        connection._urgent.append(b"NOTICE ann :" + b"x" * 400 + b"\r\n")
    connection._has_queued.set()
    peer.send("PING still")
    lines = connection.lines()
    assert next(lines) == b"PING still"
    with pytest.raises(ConnectionLostError):
        list(lines)
    with gevent.Timeout(20):
        connection.close()


def test_900_lines_in_one_write_arrive_completely(server: Server) -> None:
    connection = connect(server)
    peer = server.accept()
    peer.send(*(f":ann PRIVMSG #c :{number} {'x' * (number % 400)}" for number in range(900)))
    peer.close()
    lines = connection.lines()
    assert [int(next(lines).split(b":")[2].split(b" ")[0]) for _ in range(900)] == list(range(900))
    connection.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "nowhere.invalid", "a" * 70 + ".example", "\udcff"])
def test_an_unreachable_server_is_reported_in_a_sentence(host: str) -> None:
    with pytest.raises(DialError, match="cannot connect to"):
        dial(host, free_port(), tls=None, timeout_seconds=5)


def test_a_host_that_does_not_answer_blocks_nothing_else() -> None:
    # A listener with a full backlog lets nobody in and sends nobody away.
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = []
        for _ in range(4):
            waiting.append(socket.socket())
            waiting[-1].setblocking(False)
            waiting[-1].connect_ex(full.getsockname())
        dialing = gevent.spawn(dial, "127.0.0.1", full.getsockname()[1], tls=None, timeout_seconds=1)
        gevent.sleep(0)
        assert not dialing.ready()
        with pytest.raises(DialError, match="within 1 s"):
            dialing.get()
        for one in waiting:
            one.close()


def test_our_own_certificate_is_sent(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path), tmp_path / "key.pem"
    combined = tmp_path / "both.pem"
    combined.write_text(certificate.read_text() + key.read_text())
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(certificate))
    context.load_cert_chain(certificate, key)
    context.verify_mode = ssl.CERT_REQUIRED
    der = ssl.PEM_cert_to_DER_cert(certificate.read_text())
    with Server(context) as server:
        tls = Tls(frozenset({hashlib.sha256(der).hexdigest()}), str(combined))
        connected, _ = dial(server.host, server.port, tls=tls, timeout_seconds=5)
        peer = server.accept().socket
        assert peer.getpeercert(binary_form=True) == der  # type: ignore[attr-defined]
        connected.close()


def test_a_missing_certificate_of_ours_is_reported(server: Server) -> None:
    with pytest.raises(DialError, match=r"our certificate /no/such\.pem cannot be used"):
        dial(server.host, server.port, tls=Tls(certificate="/no/such.pem"), timeout_seconds=5)
