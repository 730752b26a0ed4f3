"""A real Redis on a free loopback port, which keeps nothing when it is killed."""

from __future__ import annotations

import socket
from pathlib import Path

from tests.processes import Process, free_port, wait_for
from tests.programs import require


class Redis(Process):
    """Started again it keeps its port, and is empty. `options` are of redis-server."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        command = [require("redis-server", "valkey-server"), "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--save", "", "--appendonly", "no", *options]
        super().__init__(command, {}, folder / f"redis-{self.port}.log")
        self.cwd = folder

    def start(self) -> None:
        """Returns once it takes connections."""
        super().start()
        wait_for(self._answers, 10, "redis-server answers")

    def _answers(self) -> bool:
        assert self.running(), f"redis-server ended:\n{self.output()}"
        try:
            return self.ask("PING").startswith("+PONG")
        except OSError:
            return False

    def ask(self, command: str) -> str:
        """The answer to a command, in the words of the protocol, as far as it comes at once."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(f"{command}\r\n".encode())
            return connection.recv(10_000).decode()


class Sentinel(Redis):
    """A Sentinel that watches a Redis and its replicas under the name `live`, and is enough for a failover."""

    def __init__(self, folder: Path, master: Redis) -> None:
        super().__init__(folder)
        self.url = f"redis+sentinel://127.0.0.1:{self.port}/live"
        configuration = folder / "sentinel.conf"
        configuration.write_text(
            f"port {self.port}\nbind 127.0.0.1\nsentinel monitor live 127.0.0.1 {master.port} 1\n"
            "sentinel down-after-milliseconds live 500\nsentinel failover-timeout live 3000\n",
            encoding="ascii",
        )
        self.command = [self.command[0], str(configuration), "--sentinel"]
