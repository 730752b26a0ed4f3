"""One socket to one server: verified TLS or none, whole lines in, paced lines out, and the notice when it is dead."""

from __future__ import annotations

import ssl
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic

import gevent
from gevent import socket
from gevent.event import Event
from gevent.lock import RLock

from bot.irc.message import line

LONGEST_LINE = 64 * 1024


class ConnectionLostError(Exception):
    """The connection is over, or never came to be; the text says why in a sentence."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. A silent server is pinged after `idle` and given up `answer` later."""

    connect: float = 20
    register: float = 60
    idle: float = 60
    answer: float = 30
    burst: int = 5
    pace: float = 1.0


class Connection:
    """Open from the start; `lines` ends with ConnectionLostError, never otherwise."""

    def __init__(self, host: str, port: int, *, tls: bool, timing: Timing) -> None:
        self.timing = timing
        self.heard = monotonic()
        self._socket = _open(host, port, tls=tls, timeout=timing.connect)
        self._lock = RLock()
        self._queue: deque[bytes] = deque()
        self._queued = Event()
        self._sender = gevent.spawn(self._send_queued)

    def lines(self) -> Iterator[bytes]:
        """Every line that the server sends, without its ending, in order; pings the server when it is silent."""
        rest = b""
        while True:
            read = self._read()
            self.heard = monotonic()
            *whole, rest = (rest + read).split(b"\n")
            yield from (found for found in whole if found.strip(b"\r"))
            if len(rest) > LONGEST_LINE:
                yield rest
                rest = b""

    def send(self, command: str, *params: str) -> None:
        """Queues a line; the queue is paced, so that no server takes us for a flood."""
        self._queue.append(line(command, *params))
        self._queued.set()

    def send_now(self, command: str, *params: str) -> None:
        """Sends a line past the queue: answers to PING, and what registration waits for."""
        self._send(line(command, *params))

    def close(self) -> None:
        gevent.kill(self._sender)
        self._socket.close()

    def _read(self) -> bytes:
        self._socket.settimeout(self.timing.idle)
        try:
            read = self._receive()
            if read is None:
                self.send_now("PING", "alive")
                self._socket.settimeout(self.timing.answer)
                read = self._receive()
        except OSError as error:
            raise ConnectionLostError(f"connection lost: {error}") from error
        if read is None:
            raise ConnectionLostError(f"no answer to a ping for {self.timing.answer:g} s")
        if not read:
            raise ConnectionLostError("the server closed the connection")
        return read

    def _receive(self) -> bytes | None:
        """What came, b"" at the end, None when nothing came in time."""
        try:
            return bytes(self._socket.recv(65536))
        except TimeoutError:
            return None

    def _send(self, message: bytes) -> None:
        try:
            with self._lock:
                self._socket.sendall(message)
        except OSError as error:
            raise ConnectionLostError(f"connection lost: {error}") from error

    def _send_queued(self) -> None:
        tokens, since = float(self.timing.burst), monotonic()
        while True:
            if not self._queue:
                self._queued.clear()
                self._queued.wait()
            now = monotonic()
            tokens, since = min(self.timing.burst, tokens + (now - since) / self.timing.pace), now
            if tokens < 1:
                gevent.sleep((1 - tokens) * self.timing.pace)
                continue
            tokens -= 1
            try:
                self._send(self._queue.popleft())
            except ConnectionLostError:
                return  # the reader meets the same end and tells it


def _open(host: str, port: int, *, tls: bool, timeout: float) -> socket.socket:
    """Tries every address of the host, IPv6 and IPv4, in the system's order; all within the timeout."""
    try:
        with gevent.Timeout(timeout, TimeoutError(f"no connection within {timeout:g} s")):
            plain = socket.create_connection((host, port), timeout=timeout)
            try:
                return _secured(plain, host) if tls else plain
            except BaseException:
                plain.close()
                raise
    except ssl.SSLCertVerificationError as error:
        raise ConnectionLostError(f"the certificate of {host} is not valid: {error.verify_message}") from error
    except ssl.SSLError as error:
        raise ConnectionLostError(f"{host}:{port} does not speak TLS: {error.reason or error}") from error
    except (OSError, UnicodeError) as error:
        raise ConnectionLostError(f"cannot connect to {host}:{port}: {error}") from error


def _secured(plain: socket.socket, host: str) -> socket.socket:
    return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
