"""Greenlets and sockets that are ready run in the middle of a long computation."""

from __future__ import annotations

import gevent
import pytest
from gevent import socket

from logs import greenlets
from logs.greenlets import yield_control


def test_received_data_is_handled_before_the_computation_goes_on() -> None:
    ours, theirs = socket.socketpair()
    received: list[bytes] = []
    with ours, theirs:
        reader = gevent.spawn(lambda: received.append(theirs.recv(10)))
        yield_control()
        for _ in range(3):
            ours.send(b"x")
            yield_control()
            assert received.pop() == b"x"
            reader = gevent.spawn(lambda: received.append(theirs.recv(10)))
            yield_control()
        reader.kill()


def test_a_computation_goes_on_although_others_always_have_something_to_do() -> None:
    def spin() -> None:
        while True:
            gevent.sleep(0)

    spinning = gevent.spawn(spin)
    for _ in range(3):
        yield_control()
    spinning.kill()


def test_items_come_in_order_and_others_run_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(greenlets, "WORK_SECONDS", -1)
    turns = []
    ticking = gevent.spawn(lambda: [turns.append(yield_control()) for _ in range(100)])
    assert list(greenlets.with_yields(range(10))) == list(range(10))
    assert len(turns) >= 8
    ticking.kill()


def test_a_short_loop_does_not_let_others_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(greenlets, "WORK_SECONDS", 60)
    turns: list[int] = []
    waiting = gevent.spawn(turns.append, 1)
    assert list(greenlets.with_yields(range(1000))) == list(range(1000))
    assert not turns
    waiting.kill()
