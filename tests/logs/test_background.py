"""Work that must not end is started again, and ends when it is killed."""

from __future__ import annotations

import gevent
import pytest
from gevent.event import Event

from logs import background
from logs.background import spawn_lasting


def test_work_that_fails_is_started_again(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(background, "FIRST_DELAY_SECONDS", 0.0)
    runs, third = [], Event()

    def work() -> None:
        runs.append(1)
        if len(runs) < 3:
            raise ValueError("a defect")
        third.set()
        gevent.sleep(3600)

    greenlet = spawn_lasting("the work", work)
    assert third.wait(30)
    assert caplog.text.count("the work failed and is started again") == 2
    greenlet.kill()
    assert len(runs) == 3


def test_work_that_returns_is_over() -> None:
    greenlet = spawn_lasting("the work", lambda: None)
    greenlet.join(30)
    assert greenlet.ready()
