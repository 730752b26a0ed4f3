"""Work that must not end is started again, and ends when it is killed."""

from __future__ import annotations

import gevent
import pytest
from gevent.event import Event

from logs import greenlets
from logs.greenlets import spawn_lasting
from tests.processes import ROOT


def test_work_that_fails_is_started_again(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(greenlets, "FIRST_DELAY_SECONDS", 0.0)
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


def test_a_timeout_that_nobody_has_caught_is_a_failure_like_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no Exception, and would end the greenlet without a word in the log."""
    monkeypatch.setattr(greenlets, "FIRST_DELAY_SECONDS", 0.0)
    again = Event()

    def work() -> None:
        if again.is_set():
            gevent.sleep(3600)
        again.set()
        raise gevent.Timeout(1)

    greenlet = spawn_lasting("the work", work)
    assert again.wait(30)
    gevent.sleep(0)
    assert not greenlet.ready()
    greenlet.kill()


SPAWNED_ONCE = {
    "bot/connection.py": "what sends: without it the server does not answer to pings, and the connection ends",
    "bot/identity/db_queue.py": "one piece of work",
    "bot/leader.py": "it catches everything itself, because it has to give up its role",
    "bot/replies.py": "one answer",
    "bot/state_file.py": "one write",
    "bot/supervisor.py": "the main work, whose end ends the process, and stopping",
    "botbot/command_line.py": "one look at the schema",
    "botbot/gunicorn_hooks.py": "it waits for the end of the process",
    "botbot/gunicorn_worker.py": "it waits for the end of the process",
    "botbot/watchdog.py": "a beat",
    "gunicorn.conf.py": "one look at the schema",
    "logs/live/waiting_pages.py": "the next page that waits starts it again",
    "logs/search/sample.py": "one sample",
    "logs/views/http/streaming.py": "one page",
}
"""Files that start greenlets which are not started again, with the reason why none has to be."""


def test_work_that_must_not_end_is_spawned_to_last() -> None:
    """A greenlet that dies leaves its process half alive: nobody notices until lines or metrics are missing."""
    files = [path for folder in ("bot", "botbot", "logs") for path in (ROOT / folder).rglob("*.py")]
    files += ROOT.glob("*.conf.py")
    found = {str(path.relative_to(ROOT)) for path in files if "gevent.spawn(" in path.read_text(encoding="utf-8")}
    found = {name for name in found if not name.startswith("botbot/embedded/")}  # the demo network
    assert found - {"logs/greenlets.py"} == SPAWNED_ONCE.keys()
