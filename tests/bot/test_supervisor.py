"""What the supervisor runs beside the networks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import gevent
import pytest
from gevent.event import Event

from bot import supervisor as module
from bot.supervisor import Supervisor
from logs import greenlets


def test_recurring_work_that_fails_is_started_again(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise delayed lines would wait, and notices stay unsent, until somebody restarts the bot."""
    monkeypatch.setattr(greenlets, "FIRST_DELAY_SECONDS", 0.0)
    started, ended = dict.fromkeys(("run_maintenance", "run_owner_notices", "run_reply_backlog"), 0), Event()

    def make_work(name: str) -> Callable[[Callable[[], bool]], None]:
        def work(_is_leader: Callable[[], bool]) -> None:
            started[name] += 1
            if started[name] == 1:
                raise OSError("a defect")
            if all(count == 2 for count in started.values()):
                ended.set()
            gevent.sleep(3600)

        return work

    for name in started:
        monkeypatch.setattr(module, name, make_work(name))
    supervisor = Supervisor(tmp_path)
    running = gevent.spawn(supervisor.run)
    assert ended.wait(30)
    supervisor.stop()
    running.join(30)
    assert running.ready()
