"""A server under the test's control: it can send what no proper server would, and keeps the bot's lines."""

from __future__ import annotations

import ssl
from types import TracebackType
from typing import Self

import gevent
from gevent import socket
from gevent.queue import Empty, Queue
from gevent.select import select

from tests.processes import PATIENCE


class Connection:
    """One connection of the bot, as the server sees it."""

    def __init__(self, plain: socket.socket) -> None:
        self.socket = plain
        self._rest = b""
        self.received: list[str] = []

    def send(self, *lines: str | bytes) -> None:
        """Send lines, given without endings, in one write."""
        self.socket.sendall(b"".join((line if isinstance(line, bytes) else line.encode()) + b"\r\n" for line in lines))

    def read(self, seconds: float = 10) -> str:
        """Return the next line of the bot; "" when it has closed the connection."""
        self.socket.settimeout(seconds * PATIENCE)
        while b"\r\n" not in self._rest:
            try:
                read = self.socket.recv(65536)
            except ConnectionResetError:
                read = b""
            except TimeoutError:
                raise AssertionError(f"the bot sent nothing; before: {self.received[-10:]}") from None
            if not read:
                return ""
            self._rest += read
        line, _, self._rest = self._rest.partition(b"\r\n")
        self.received.append(line.decode())
        return self.received[-1]

    def expect(self, start: str, seconds: float = 10) -> str:
        """Return the next line of the bot with this beginning, skipping others."""
        with gevent.Timeout(seconds * PATIENCE, AssertionError(f"the bot never sent {start!r}: {self.received[-10:]}")):
            while not (line := self.read(seconds)).startswith(start):
                assert line, f"the bot closed the connection instead of {start!r}: {self.received[-10:]}"
            return line

    def is_silent(self, seconds: float = 1) -> bool:
        """Return whether the bot keeps the connection and sends nothing for this time."""
        return not self._rest and not select([self.socket], [], [], seconds)[0]

    def ping(self) -> None:
        """Send a PING and wait for the PONG: then the bot has handled everything that was sent before."""
        self.send("PING :still there")
        self.expect("PONG :still there")

    def register(self, *isupport: str, nick: str = "botbot", capabilities: str = "") -> None:
        """Register the bot; grants every capability that it requests."""
        self.expect("CAP LS 302")
        self.send(f":irc.example.org CAP * LS :{capabilities}")
        while not (line := self.read()).startswith("CAP END"):
            assert line, f"the bot closed the connection: {self.received}"
            if line.startswith("CAP REQ"):
                self.send(f":irc.example.org CAP * ACK :{line.removeprefix('CAP REQ ').removeprefix(':')}")
        self.send(f":irc.example.org 001 {nick} :Welcome")
        if isupport:
            self.send(f":irc.example.org 005 {nick} {' '.join(isupport)} :are supported by this server")
        self.send(f":irc.example.org 422 {nick} :There is no message of the day")

    def let_join(self, nick: str = "botbot", *others: str) -> str:
        """Let the bot join the channels of its next JOIN, with other members there; return its list of channels."""
        channels = self.expect("JOIN ").split(" ")[1]
        for channel in channels.split(","):
            self.send(
                f":{nick}!bot@example.org JOIN {channel}",
                f":irc.example.org 353 {nick} = {channel} :{' '.join([nick, *others])}",
                f":irc.example.org 366 {nick} {channel} :End of /NAMES list.",
            )
        return channels

    def close(self) -> None:
        self.socket.close()


class Server:
    """Listens on a loopback port; `accept` returns the connections in order."""

    host = "127.0.0.1"

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._listener = socket.create_server((self.host, 0))
        self._tls = tls
        self.port: int = self._listener.getsockname()[1]
        self._arrived: Queue[Connection] = Queue()
        self._connections: list[Connection] = []
        self._greenlet = gevent.spawn(self._listen)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._greenlet.kill()
        self._listener.close()
        for connection in self._connections:
            connection.close()

    def accept(self, seconds: float = 15) -> Connection:
        """Return the next connection, after the TLS handshake; those that fail in it are skipped."""
        try:
            return self._arrived.get(timeout=seconds * PATIENCE)
        except Empty:
            raise AssertionError(f"nothing connected within {seconds} s") from None

    def has_no_new_connection(self, seconds: float = 1) -> bool:
        """Return whether nothing connects within this time."""
        try:
            self._arrived.peek(timeout=seconds)
        except Empty:
            return True
        return False

    def _listen(self) -> None:
        while True:
            plain, _ = self._listener.accept()
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            gevent.spawn(self._greet, plain)

    def _greet(self, plain: socket.socket) -> None:
        try:
            connection = Connection(self._tls.wrap_socket(plain, server_side=True) if self._tls else plain)
        except OSError:
            plain.close()
            return
        self._connections.append(connection)
        self._arrived.put(connection)
