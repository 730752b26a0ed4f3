"""`make run`: one command, everything up; one Ctrl-C, everything gone."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import psutil
import pytest

from botbot.embedded import place
from botbot.embedded.postgres import Postgres
from tests.ircd import Client
from tests.processes import Process, free_port, wait_for


class Run(Process):
    """`python -m botbot.embedded` with a VAR_DIR of its own."""

    def __init__(self, var: Path, **env: str) -> None:
        self.var = var
        self.port = free_port()
        settings = {"VAR_DIR": str(var), "PORT": str(self.port), "DATABASE_URL": "", "SECRET_KEY": ""}
        super().__init__([sys.executable, "-m", "botbot.embedded"], settings | env, var / "run.log")

    def get(self, path: str) -> str:
        http = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            http.request("GET", path)
            return http.getresponse().read().decode()
        except (OSError, HTTPException):
            return ""
        finally:
            http.close()

    def wait_until_live(self) -> str:
        """The demo channel's page once people have said something there."""

        def page() -> str:
            assert self.running(), self.output()
            page = self.get("/demo/demo/")
            return page if 'class="line message' in page and "Watch live" in self.output() else ""

        return wait_for(page, 60, "the demo is live")

    def family(self) -> list[psutil.Process]:
        """All that it has started, PostgreSQL included."""
        server = Postgres(place.find(self.var)).pid()
        children = psutil.Process(self.pid).children(recursive=True)
        return [psutil.Process(self.pid), *children, *([psutil.Process(server)] if server else [])]

    def end(self, number: int, *, group: bool = False) -> float:
        """Signals it and waits until nothing of it is left; how many seconds that took."""
        family, started = self.family(), time.monotonic()
        (os.killpg if group else os.kill)(self.pid, number)
        _, alive = psutil.wait_procs(family, timeout=20)
        assert not alive, f"{alive} stayed:\n{self.output()}"
        assert self._popen is not None
        self._popen.wait()
        self._popen = None
        return time.monotonic() - started


@pytest.fixture
def run() -> Iterator[Run]:
    var = Path(tempfile.mkdtemp(prefix="botbot-run-"))
    var.chmod(0o755)
    running = Run(var)
    yield running
    if running.running():
        running.end(signal.SIGTERM)
    print(running.output())
    shutil.rmtree(var)


def demo_port(run: Run) -> int:
    return int(run.output().partition("127.0.0.1 port ")[2].split(" ")[0])


def test_everything_comes_up_goes_down_and_keeps_its_data(run: Run) -> None:
    run.start()
    run.wait_until_live()
    with Client("127.0.0.1", demo_port(run), "newcomer") as client:
        client.join("#demo")
        client.say("#demo", "my first words")
        wait_for(lambda: "my first words" in run.get("/demo/demo/"), 15, "the newcomer is logged")
    assert run.end(signal.SIGINT, group=True) < 10
    run.start()
    assert "my first words" in run.wait_until_live()
    assert run.end(signal.SIGTERM) < 10


def test_after_a_kill_of_everything_it_comes_up_again(run: Run) -> None:
    run.start()
    run.wait_until_live()
    family = run.family()
    for process in family:
        process.kill()
    psutil.wait_procs(family, timeout=10)
    assert run._popen
    run._popen.wait()
    run.start()
    run.wait_until_live()


def test_a_port_in_use_is_told_in_a_sentence(run: Run) -> None:
    with socket.create_server(("127.0.0.1", run.port)):
        run.start()
        wait_for(lambda: not run.running(), 20)
    assert run.stop() == 1
    assert run.output().startswith(f"botbot: Port {run.port} is in use")
    assert "Traceback" not in run.output()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "DATABASE_URL"),
        ("mysql://ann@localhost/logs", "DATABASE_URL"),
        ("postgres://ann@127.0.0.1:1/logs", "the database cannot be reached"),
    ],
)
def test_a_database_that_cannot_be_is_told_in_a_sentence(run: Run, url: str, said: str) -> None:
    run.env |= {"DATABASE_URL": url}
    run.start()
    wait_for(lambda: not run.running(), 30)
    assert run.stop() == 1
    assert said in run.output()
    assert "Traceback" not in run.output()


def test_a_port_that_is_none_is_told_in_a_sentence(run: Run) -> None:
    run.env |= {"PORT": "many"}
    run.start()
    wait_for(lambda: not run.running(), 20)
    assert run.stop() == 1
    assert "PORT" in run.output()
    assert "Traceback" not in run.output()
