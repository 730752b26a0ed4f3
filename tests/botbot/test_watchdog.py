"""A blocked hub is logged with the stack that blocks it; a hub that turns is left in peace."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import gevent
import pytest
from gevent import monkey

from botbot.watchdog import Watchdog

really_sleep = monkey.get_original("time", "sleep")


@pytest.fixture
def watchdog() -> Iterator[Watchdog]:
    dog = Watchdog(limit=0.2)
    dog.start()
    gevent.sleep(0.1)
    yield dog
    dog.stop()
    gevent.sleep(0.1)


def greedy_function() -> None:
    really_sleep(0.8)


def test_a_block_is_logged_with_its_stack_and_counted(watchdog: Watchdog, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "botbot.watchdog"):
        greedy_function()
        gevent.sleep(0.3)
    assert "in greedy_function" in caplog.messages[0]
    assert watchdog.blocks == 1
    assert watchdog.seconds >= 0.7


def test_a_greenlet_that_yields_is_left_in_peace(watchdog: Watchdog, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "botbot.watchdog"):
        for _ in range(16):
            really_sleep(0.05)
            gevent.sleep(0.01)
    assert caplog.messages == []
    assert watchdog.blocks == 0
