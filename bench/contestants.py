"""The servers that bench/fanout.py compares: each starts, publishes lines and reports what they cost."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path

import psutil
from django.db import close_old_connections, transaction
from django.utils import timezone

from logs.archive import DayLine
from logs.ingest.entry import Entry
from logs.ingest.store import store_lines
from logs.live.sse import line_event
from logs.models import Channel, Kind
from logs.render import line_html

ROOT = Path(__file__).resolve().parent.parent
SENDERS = ROOT / "bench" / "senders"
NCHAN = "/usr/lib/nginx/modules/ngx_nchan_module.so"
TEXT = "a line as people say them: about a hundred characters, with a link to https://example.org/notes"


def wait_for(condition: Callable[[], object], seconds: float, description: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"bench: not within {seconds:g} s: {description}")
        time.sleep(0.02)


def free_port() -> int:
    """A port that is free together with its neighbour."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = int(server.getsockname()[1])
            try:
                socket.create_server(("127.0.0.1", port + 1)).close()
            except OSError:
                continue
            return port


class Contestant:
    """A server on a CPU of its own. Lines are published as blocks over a second port."""

    name = ""
    path = "/live"

    def __init__(self, folder: Path, cpu: int) -> None:
        self.folder = folder
        self.cpu = cpu
        self.port = free_port()
        self.number = 0
        self.process: psutil.Process | None = None
        self._publisher: socket.socket | None = None

    @classmethod
    def missing(cls) -> str:
        """What has to be installed first; "" if nothing."""
        return ""

    def command(self) -> list[str]:
        raise NotImplementedError

    def env(self) -> dict[str, str]:
        return {"PORT": str(self.port)}

    def start(self) -> None:
        with (self.folder / f"{type(self).__name__}.log").open("wb") as log:
            self.popen = subprocess.Popen(
                ["taskset", "-c", str(self.cpu), *self.command()],
                cwd=ROOT,
                env=os.environ | self.env(),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_for(self.answers, 30, f"{self.name} answers")
        self.process = self.worker()

    def answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port)).close()
        except OSError:
            return False
        return True

    def worker(self) -> psutil.Process:
        """The process that sends."""
        return psutil.Process(self.popen.pid)

    def cpu_seconds(self) -> float:
        assert self.process is not None
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def memory(self) -> int:
        assert self.process is not None
        return int(self.process.memory_info().rss)

    def publish(self) -> None:
        if self._publisher is None:
            self._publisher = socket.create_connection(("127.0.0.1", self.port + 1))
            self._publisher.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._publisher.sendall(self.block())

    def block(self) -> bytes:
        """The next line, encoded as the product does."""
        self.number += 1
        line = DayLine(**dict.fromkeys(DayLine._fields) | line_values(self.number))  # type: ignore[arg-type]
        return line_event(line.id, line.at, line_html(line, "/bench/live/"), {}).block

    def stop(self) -> float:
        """Send TERM; return the seconds until the process ends."""
        began = time.monotonic()
        os.kill(self.popen.pid, signal.SIGTERM)
        try:
            self.popen.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.popen.pid, signal.SIGKILL)
            self.popen.wait()
        return time.monotonic() - began


def line_values(number: int) -> dict[str, object]:
    nick = f"nick{number % 7}"
    return {"id": number, "at": timezone.now(), "kind": Kind.MESSAGE, "nick": nick, "text": f"{TEXT} {number}"}


class BotBot(Contestant):
    """The product: its gunicorn configuration, its view, lines stored as the bot stores them."""

    name = "BotBot"

    def __init__(self, folder: Path, cpu: int) -> None:
        super().__init__(folder, cpu)
        self.channel = Channel.objects.get(name="#live")
        self.path = f"{self.channel.get_absolute_url()}live"

    def command(self) -> list[str]:
        return [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "botbot.wsgi"]

    def env(self) -> dict[str, str]:
        return super().env() | {"LIVE_STREAMS": "65000", "WEB_PROCESSES": "1", "LOG_LEVEL": "WARNING"}

    def worker(self) -> psutil.Process:
        wait_for(lambda: psutil.Process(self.popen.pid).children(), 10, "gunicorn has a worker")
        return psutil.Process(self.popen.pid).children()[0]

    def publish(self) -> None:
        self.number += 1
        values = line_values(self.number)
        del values["id"]
        with transaction.atomic():
            store_lines([Entry(channel=self.channel.pk, **values)])  # type: ignore[arg-type]

    def stop(self) -> float:
        close_old_connections()
        return super().stop()


class Sender(Contestant):
    name = "C, epoll and send()"

    def command(self) -> list[str]:
        return [str(self.folder / "sender"), str(self.port)]


class Node(Contestant):
    name = "Node"

    @classmethod
    def missing(cls) -> str:
        return "" if shutil.which("node") else "nodejs"

    def command(self) -> list[str]:
        return ["node", str(SENDERS / "sender.mjs"), str(self.port)]


class Nchan(Contestant):
    name = "nginx + nchan"

    @classmethod
    def missing(cls) -> str:
        return "" if Path(NCHAN).exists() and shutil.which("nginx") else "libnginx-mod-nchan"

    def command(self) -> list[str]:
        config = (SENDERS / "nchan.conf").read_text(encoding="utf-8")
        path = self.folder / "nchan.conf"
        path.write_text(config.format(port=self.port, folder=self.folder, module=NCHAN), encoding="utf-8")
        return ["nginx", "-c", str(path), "-p", str(self.folder), "-e", str(self.folder / "nginx.log")]

    def publish(self) -> None:
        if self.number == 0:
            self.http = HTTPConnection("127.0.0.1", self.port)
        event = self.block().split(b"data: ", 1)[1].rstrip()
        self.http.request("POST", "/publish", event)
        self.http.getresponse().read()


class Greenlets(Contestant):
    name = "gunicorn, a greenlet and a queue a reader"

    def command(self) -> list[str]:
        command = [sys.executable, "-m", "gunicorn", "-c", str(SENDERS / "greenlets.conf.py")]
        return [*command, "--pythonpath", str(SENDERS), "greenlets:application"]

    def worker(self) -> psutil.Process:
        wait_for(lambda: psutil.Process(self.popen.pid).children(), 10, "gunicorn has a worker")
        return psutil.Process(self.popen.pid).children()[0]

    def answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port + 1)).close()
        except OSError:
            return False
        return True


CONTESTANTS: dict[str, type[Contestant]] = {
    "sender": Sender,
    "botbot": BotBot,
    "node": Node,
    "nchan": Nchan,
    "greenlets": Greenlets,
}
