"""Clients who hold a server's connections by being slow."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import gevent

PAUSE = 0.5


class Slow:
    """One connection that is kept busy as little as its kind allows; `ended` once the server has let it go."""

    def __init__(self, port: int, kind: str, path: str) -> None:
        self.kind = kind
        self.path = path
        self.ended = False
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        self.socket.settimeout(90)
        self.socket.connect(("127.0.0.1", port))

    def run(self) -> None:
        """Until the server ends the connection."""
        try:
            getattr(self, self.kind)()
        except OSError:
            self.ended = True

    def head(self) -> None:
        self._send_slowly(f"GET {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n".encode() + b"X-Padding: 1\r\n" * 1000)

    def body(self) -> None:
        head = f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\n"
        self.socket.sendall(head.encode())
        self._send_slowly(b"x" * 10_000)

    def not_reading(self) -> None:
        """Asks for a page that is larger than any buffer, reads nothing of it, and waits to be let go."""
        self.socket.sendall(f"GET {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        while True:
            gevent.sleep(PAUSE)
            self.socket.sendall(b"\r\n")

    def _send_slowly(self, data: bytes) -> None:
        for number in range(len(data)):
            self.socket.sendall(data[number : number + 1])
            gevent.sleep(PAUSE)


@contextlib.contextmanager
def slow_clients(port: int, path: str, large: str) -> Iterator[list[Slow]]:
    """Two hundred clients; `large` is the page that is requested by those that do not read the response."""
    kinds = {"head": (90, path), "body": (90, path), "not_reading": (20, large)}
    clients = [Slow(port, kind, request) for kind, (count, request) in kinds.items() for _ in range(count)]
    running = [gevent.spawn(client.run) for client in clients]
    try:
        yield clients
    finally:
        gevent.killall(running)
        for client in clients:
            client.socket.close()


def count_not_reading(clients: list[Slow]) -> int:
    return sum(client.kind == "not_reading" for client in clients)


def get_pages(port: int, path: str, count: int = 30) -> None:
    """Fetches a page that often, one time after the other."""
    for _ in range(count):
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
            answer = b""
            while block := connection.recv(65536):
                answer += block
        assert answer.startswith(b"HTTP/1.1 200"), answer[:200]
