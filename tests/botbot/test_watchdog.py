"""A blocked hub is logged with the stack that blocks it; a hub that turns is left in peace."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import gevent
import pytest
from gevent import monkey

from botbot.watchdog import Watchdog
from tests.processes import wait_for

really_sleep = monkey.get_original("time", "sleep")
LIMIT_SECONDS = 1.0
"""Longer than a busy machine keeps a process waiting."""


@pytest.fixture
def watchdog() -> Iterator[Watchdog]:
    dog = Watchdog(limit=LIMIT_SECONDS)
    dog.start()
    gevent.sleep(0.1)
    yield dog
    dog.stop()
    gevent.sleep(LIMIT_SECONDS / 2)  # in which its thread ends


def greedy_function() -> None:
    really_sleep(2 * LIMIT_SECONDS)


def test_a_block_is_logged_with_its_stack_and_counted(watchdog: Watchdog, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "botbot.watchdog"):
        greedy_function()
        wait_for(lambda: watchdog.seconds)
    assert "in greedy_function" in caplog.messages[0]
    assert watchdog.blocks == 1
    assert watchdog.seconds >= LIMIT_SECONDS


def test_a_greenlet_that_yields_is_not_reported(watchdog: Watchdog, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "botbot.watchdog"):
        for _ in range(15):
            really_sleep(0.1)
            gevent.sleep(0.01)
    assert caplog.messages == []
    assert watchdog.blocks == 0
