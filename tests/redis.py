"""A real Redis on a free loopback port, which keeps nothing when it is killed."""

from __future__ import annotations

import socket
from pathlib import Path

from tests.processes import Process, free_port, wait_for
from tests.programs import require


class Redis(Process):
    """Started again it keeps its port, and is empty."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        command = [require("redis-server", "valkey-server"), "--port", str(self.port), "--bind", "127.0.0.1"]
        super().__init__([*command, "--save", "", "--appendonly", "no"], {}, folder / "redis.log")
        self.cwd = folder

    def start(self) -> None:
        """Returns once it takes connections."""
        super().start()
        wait_for(self._answers, 10, "redis-server answers")

    def _answers(self) -> bool:
        assert self.running(), f"redis-server ended:\n{self.output()}"
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(100).startswith(b"+PONG")
        except OSError:
            return False
