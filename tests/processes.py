"""The product's own processes, started as in production, against the test database."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from itertools import cycle
from pathlib import Path
from typing import Self, TypeVar
from urllib.parse import quote

from django.db import connection

from tests import fork_server

ROOT = Path(__file__).resolve().parent.parent
T = TypeVar("T")


PATIENCE = 5
"""How many times slower than alone a test may be where others run beside it."""


def wait_for(condition: Callable[[], T], seconds: float = 10, description: str = "") -> T:
    """The first true value of `condition`; long after `seconds` without one an AssertionError with the last value."""
    deadline = time.monotonic() + seconds * PATIENCE
    pause = 0.02
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {description or condition} (last: {value!r})"
        time.sleep(pause)
        pause = min(1.2 * pause, 0.1)  # what takes long is asked for less often: asking costs others their time
    return value


PORTS = range(20_000, 32_000)
"""Below those that the kernel gives to connections and to who asks for any port."""
BLOCK = 400
"""So many ports belong to one test process. It holds the first as long as it runs, which keeps others out."""


def free_port() -> int:
    """A loopback port on which nobody listens, and which no other test process is given before it is used."""
    for port in _ports:
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("unreachable")


def _take_ports() -> Iterator[int]:
    """The ports of a block that nobody has, again and again: what was given out long ago has been used."""
    for first in PORTS[::BLOCK]:
        held = socket.socket()
        try:
            held.bind(("127.0.0.1", first))
        except OSError:
            held.close()
            continue
        with held:
            yield from cycle(range(first + 1, first + BLOCK))
    raise AssertionError(f"all ports from {PORTS.start} to {PORTS.stop} are taken")


_ports = _take_ports()


def database_url() -> str:
    """The address of the test database, as other processes need it in DATABASE_URL."""
    database = connection.settings_dict
    user = quote(database["USER"], safe="")
    password = f":{quote(database['PASSWORD'], safe='')}" if database["PASSWORD"] else ""
    host = database["HOST"]
    if host.startswith("/"):  # a folder of unix sockets
        host = quote(host, safe="")
    port = f":{database['PORT']}" if database["PORT"] else ""
    return f"postgres://{user}{password}@{host}{port}/{quote(database['NAME'], safe='')}"


def is_waiting_for_a_lock() -> bool:
    """Whether a session of the test database waits for another one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


class Process:
    """One process in a session of its own, its output in a file. It can be started again after it was stopped."""

    may_fork = True
    """Whether tests.fork_server may start it where that makes no difference."""

    def __init__(self, command: list[str], env: dict[str, str], log: Path) -> None:
        self.command = command
        self.env = os.environ | env
        self.log = log
        self.cwd = ROOT
        self._popen: subprocess.Popen[bytes] | fork_server.Forked | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            if self.running():
                self.kill()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def start(self) -> None:
        with self.log.open("ab") as log:
            if self.may_fork and fork_server.can_start(self.command, self.env):
                self._popen = fork_server.Forked(self.command, self.env, self.cwd, log.fileno())
                return
            self._popen = subprocess.Popen(
                self.command,
                cwd=self.cwd,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def stop(self, seconds: float = 15) -> int:
        """Terminates it and returns its exit code; a process that does not exit is killed, and the test fails."""
        if self._popen is None:
            return 0
        if self._popen.poll() is None:
            # One that was forked is gone at once when it ends, for the fork server reaps it.
            with suppress(ProcessLookupError):
                self._popen.terminate()
                self.resume()
        try:
            return self._popen.wait(seconds * PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"did not stop within {seconds} s:\n{self.output()}") from None
        finally:
            self._popen = None

    def wait(self, seconds: float) -> int:
        """The exit code, once it ends by itself; subprocess.TimeoutExpired if it runs on."""
        assert self._popen is not None
        return self._popen.wait(seconds)

    def kill(self) -> None:
        """SIGKILL to it and to all its children, at once."""
        assert self._popen is not None
        os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait(10 * PATIENCE)
        self._popen = None

    @property
    def pid(self) -> int:
        assert self._popen is not None
        return self._popen.pid

    def pause(self) -> None:
        """It keeps its sockets and says nothing any more."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def running(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""


class Bot(Process):
    """`manage.py runbot` with a journal of its own.

    It does not wait for servers after QUIT: those of tests seldom close the connection.
    """

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.journal = folder / "journal"
        command = [sys.executable, "manage.py", "runbot"]
        super().__init__(command, {"QUIT_WAIT": "0"} | env | {"JOURNAL_DIR": str(self.journal)}, folder / "bot.log")


class ImpatientBot(Bot):
    """A bot that notices within three seconds that a server is dead."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        super().__init__(folder, env)
        self.command = [sys.executable, "-m", "tests.impatient"]


class Realtime(Process):
    """A process that serves live alone, with nothing of the site but Redis and the key for tokens."""

    may_fork = False  # it has settings of its own

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        super().__init__(
            [sys.executable, "-m", "gunicorn", "-c", "realtime.conf.py", "botbot.realtime"],
            env | {"PORT": str(self.port)},
            folder / f"realtime-{self.port}.log",
        )
        for name in ("DATABASE_URL", "SECRET_KEY", "VAR_DIR"):
            self.env.pop(name, None)

    def start(self) -> None:
        """Returns once it takes streams."""
        super().start()
        wait_for(self._answers, 30, "the realtime process answers")

    def _answers(self) -> bool:
        assert self.running(), f"the realtime process ended:\n{self.output()}"
        http = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            http.request("GET", "/readyz")
            return http.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            http.close()


class Site(Process):
    """gunicorn with the product's configuration on a port that stays the same across restarts."""

    host = "127.0.0.1"
    """Where it is asked."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "-b", f"127.0.0.1:{self.port}"]
        # A busy machine is slow and not wrong: no page is refused for having waited.
        env = {"PAGES_WAIT": "60", "WEB_PROCESSES": "1"} | env | {"PORT": str(self.port)}
        super().__init__([*command, "botbot.wsgi"], env, folder / "web.log")

    def start(self) -> None:
        """Returns once it answers."""
        super().start()
        wait_for(self._answers, 30, "the web process answers")

    def _answers(self) -> bool:
        assert self.running(), f"the web process ended:\n{self.output()}"
        try:
            return bool(self.get("/"))
        except (OSError, HTTPException):
            return False

    def get(self, path: str) -> str:
        """The body of a page; any status but 200 fails the test."""
        http = HTTPConnection(self.host, self.port, timeout=30)
        try:
            http.request("GET", path)
            response = http.getresponse()
            body = response.read().decode()
        finally:
            http.close()
        assert response.status == 200, f"{path}: {response.status}\n{body}\n{self.output()}"
        return body
