"""One connection to one server: complete lines in, paced lines out, and an end when the server is dead.

Reaching the server means trying its addresses side by side, those that failed before last, and verifying TLS, all
within one timeout. One greenlet reads (the caller of `lines`) and one writes: a server that does not read is still
received from, and its last lines before it closed are not lost to a reply that could not be sent.
"""

from __future__ import annotations

import hashlib
import logging
import ssl
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import zip_longest
from time import monotonic
from typing import Any

import gevent
from gevent import socket
from gevent.event import Event
from gevent.queue import Empty, Queue

from bot.irc.message import LineBuffer, format_message
from bot.throttle import TokenBucket
from logs.greenlets import yield_control

Address = tuple[Any, ...]
"""As `getaddrinfo` returns it: family, type, protocol, canonical name, socket address."""


class FailedAddresses:
    """Which addresses of a network have failed since they last let us register.

    Connecting is not enough: a server that accepts and closes, or that does not let us register, would otherwise be
    tried again and again although the host has other addresses.
    """

    def __init__(self) -> None:
        # In the order of their last failures.
        self._failed: dict[tuple[Any, ...], None] = {}

    def sort(self, addresses: list[Address]) -> list[Address]:
        """Return the addresses with those that have failed at the end, the one that failed last at the very end."""
        ranks = {key: rank for rank, key in enumerate(self._failed, 1)}
        known = {_key(address[4]) for address in addresses}
        # The host's addresses may change daily; only those that it still has are remembered.
        self._failed = {key: None for key in self._failed if key in known}
        return sorted(addresses, key=lambda address: ranks.get(_key(address[4]), 0))

    def add(self, peer: tuple[Any, ...]) -> None:
        """Note that an address, as a socket names it, did not let us register."""
        self._failed.pop(_key(peer), None)
        self._failed[_key(peer)] = None

    def remove(self, peer: tuple[Any, ...]) -> None:
        """Note that an address has let us register."""
        self._failed.pop(_key(peer), None)


def find_addresses(host: str, port: int) -> list[Address]:
    """Return the host's addresses, alternating between IPv6 and IPv4, beginning with the system's preference."""
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    preferred = [address for address in addresses if address[0] == addresses[0][0]]
    others = [address for address in addresses if address[0] != addresses[0][0]]
    return [address for pair in zip_longest(preferred, others) for address in pair if address]


def _key(peer: tuple[Any, ...]) -> tuple[Any, ...]:
    # IPv6 has two more members, which do not name the address.
    return peer[:2]


logger = logging.getLogger(__name__)

CLOSE_TIMEOUT_SECONDS = 1.0
MAX_QUEUED_LINES = 2000
"""Lines waiting to be sent: more than the JOINs of any network, and more replies than anybody would wait for."""

RECEIVE_BYTES = 16384
"""Received at once: handled before anything else can happen."""

MAX_TURN_SECONDS = 0.005
"""How long a reader that always has something to read may go on before others get their turn."""

ATTEMPT_DELAY_SECONDS = 0.25
"""Seconds until the next address is tried beside one that has not answered (RFC 8305, section 5)."""

Attempt = socket.socket | OSError


class ConnectionLostError(Exception):
    """The connection is over or was never established; the text gives the reason in a sentence."""


class DialError(Exception):
    """The server was not reached; the text gives the reason in a sentence."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Timeouts and rates, in seconds.

    A silent server is pinged after `idle` and given up `answer` later. `burst` lines are sent at once, then one every
    `pace`. Delays between attempts to connect grow from `min_retry` to `max_retry`, and start again after a connection
    that lasted `stable`.
    """

    connect: float = 20
    register: float = 60
    idle: float = 60
    answer: float = 30
    burst: int = 5
    pace: float = 1.0
    min_retry: float = 2
    max_retry: float = 300
    stable: float = 180


@dataclass(frozen=True, slots=True)
class Tls:
    """How a server proves its identity.

    Its certificate must have one of these SHA-256 `fingerprints` (lower-case hex digits) or, if there are none, be
    valid for the host. `certificate` is the path of our own in PEM, with its key.
    """

    fingerprints: frozenset[str] = frozenset()
    certificate: str = ""


class Connection:
    """An open connection; ConnectionLostError when it cannot be established.

    `peer` is the address that we are connected to. `received_at` is when the server last sent anything, by `monotonic`.
    `dropped_count` counts lines that were not sent because MAX_QUEUED_LINES were waiting.
    """

    def __init__(
        self, host: str, port: int, *, tls: Tls | None, timing: Timing, failed: FailedAddresses | None = None
    ) -> None:
        self.timing = timing
        try:
            self._socket, self.peer = dial(host, port, tls=tls, timeout_seconds=timing.connect, failed=failed)
        except DialError as error:
            raise ConnectionLostError(str(error)) from error
        self.received_at = monotonic()
        self.dropped_count = 0
        self._bucket = TokenBucket(timing.burst, timing.pace)
        self._urgent: deque[bytes] = deque()
        self._paced: deque[bytes] = deque()
        self._has_queued = Event()
        self._is_closing = False
        self._abort_reason = ""
        self._sender = gevent.spawn(self._send_queued)

    def lines(self) -> Iterator[bytes]:
        """Yield every line of the server, in order, without its ending; always ends with ConnectionLostError."""
        buffer = LineBuffer()
        began_at = monotonic()
        while True:
            asked_at = monotonic()
            # A socket with data does not wait, and a server that never stops sending would hold up everything else.
            if asked_at - began_at > MAX_TURN_SECONDS:
                yield_control()
                asked_at = began_at = monotonic()
            received = self._receive_or_ping()
            self.received_at = monotonic()
            if self.received_at - asked_at > MAX_TURN_SECONDS:
                began_at = self.received_at
            yield from buffer.feed(received)

    def send(self, command: str, *params: str) -> None:
        """Queue a line; the queue is paced, so that the server does not take us for a flood."""
        line = format_message(command, *params)
        if len(self._paced) < MAX_QUEUED_LINES:
            self._paced.append(line)
            self._has_queued.set()
            return
        self.dropped_count += 1
        if self.dropped_count == 1:
            logger.warning("%d lines are waiting to be sent: %s and later ones are dropped", MAX_QUEUED_LINES, command)

    def send_now(self, command: str, *params: str) -> None:
        """Queue a line before all paced ones: replies to PING, and what registration waits for."""
        self._urgent.append(format_message(command, *params))
        self._has_queued.set()

    def abort(self, reason: str) -> None:
        """Make `lines` end for this reason."""
        self._abort_reason = reason
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Send urgent lines, if the server accepts them at once, and close the socket."""
        self._is_closing = True
        self._has_queued.set()
        self._sender.join(CLOSE_TIMEOUT_SECONDS)
        self._sender.kill()
        self._socket.close()

    def _receive_or_ping(self) -> bytes:
        try:
            received = self._receive(self.timing.idle)
            if received is None:
                self.send_now("PING", "alive")
                received = self._receive(self.timing.answer)
        except OSError as error:
            raise ConnectionLostError(self._abort_reason or f"connection lost: {error.strerror or error}") from error
        if received is None:
            raise ConnectionLostError(f"no answer to a ping for {self.timing.answer:g} s")
        if not received:
            raise ConnectionLostError(self._abort_reason or "the server closed the connection")
        return received

    def _receive(self, timeout_seconds: float) -> bytes | None:
        """Return received bytes, b"" at the end of the stream, None after the timeout."""
        self._socket.settimeout(timeout_seconds)
        try:
            return bytes(self._socket.recv(RECEIVE_BYTES))
        except TimeoutError:
            return None

    def _send_queued(self) -> None:
        """Send lines until one cannot be sent; then the reader reaches the end of the connection by itself."""
        while True:
            line = self._next_line()
            if line is None and self._is_closing:
                return
            if line is None:
                self._has_queued.clear()
                self._has_queued.wait(self._bucket.seconds_until_next() if self._paced else None)
                continue
            try:
                # Not `send`: under gevent it may send a part of the line only.
                self._socket.sendall(line)
            except TimeoutError:
                # The server neither reads nor closes: a shutdown ends the reader's wait, too.
                with suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)
                return
            except OSError:
                return

    def _next_line(self) -> bytes | None:
        if self._urgent:
            return self._urgent.popleft()
        if self._paced and not self._is_closing and self._bucket.take():
            return self._paced.popleft()
        return None


class Outbox:
    """Sends lines over the current connection, and drops them while there is none.

    All parts of a session share one. `on_sent(command, params)` is called with each paced line.
    """

    def __init__(self) -> None:
        self.connection: Connection | None = None
        self.on_sent: Callable[[str, tuple[str, ...]], None] = lambda _command, _params: None

    def send(self, command: str, *params: str) -> None:
        """Send a line in turn, at the pace that servers accept."""
        if self.connection:
            self.connection.send(command, *params)
            self.on_sent(command, params)

    def send_now(self, command: str, *params: str) -> None:
        """Send a line before all others."""
        if self.connection:
            self.connection.send_now(command, *params)


def dial(
    host: str, port: int, *, tls: Tls | None, timeout_seconds: float, failed: FailedAddresses | None = None
) -> tuple[socket.socket, tuple[Any, ...]]:
    """Return a connected socket and its peer's address. With `tls` nothing is sent to a server without valid proof.

    Addresses in `failed` are tried last; one that does not speak TLS as it should is added to them.
    """
    failed = FailedAddresses() if failed is None else failed
    timeout_error = TimeoutError(f"no answer within {timeout_seconds:g} s")
    try:
        with gevent.Timeout(timeout_seconds, timeout_error):
            plain = _connect_first(failed.sort(find_addresses(host, port)))
            peer = plain.getpeername()
            if tls is None:
                return plain, peer
            # Taken back when the server has let us register.
            failed.add(peer)
            return _start_tls(plain, host, tls), peer
    except ssl.SSLCertVerificationError as error:
        raise DialError(f"the certificate of {host} is not valid: {error.verify_message}") from error
    except ssl.SSLError as error:
        raise DialError(f"{host}:{port} does not speak TLS: {error.reason or error}") from error
    except (OSError, UnicodeError) as error:
        raise DialError(f"cannot connect to {host}:{port}: {_describe(error)}") from error


def _connect_first(addresses: list[Address]) -> socket.socket:
    """Connect to the address that answers first; OSError of the last one when none does.

    RFC 8305 ("happy eyeballs"), simplified.
    """
    results: Queue[Attempt] = Queue()
    remaining, greenlets, pending_count = deque(addresses), [], 0
    failure = OSError("the host has no address")
    try:
        while remaining or pending_count:
            if remaining:
                greenlets.append(gevent.spawn(_connect, remaining.popleft(), results))
                pending_count += 1
            try:
                result = results.get(timeout=ATTEMPT_DELAY_SECONDS if remaining else None)
            except Empty:
                continue
            pending_count -= 1
            if not isinstance(result, OSError):
                return result
            failure = result
        raise failure
    finally:
        gevent.killall(greenlets)
        # A second address may have answered at the same moment.
        while not results.empty():
            loser = results.get()
            if not isinstance(loser, OSError):
                loser.close()


def _connect(address: Address, results: Queue[Attempt]) -> None:
    family, kind, protocol, _, sockaddr = address
    try:
        connected = socket.socket(family, kind, protocol)
    except OSError as error:
        results.put(error)
        return
    try:
        connected.connect(sockaddr)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        results.put(connected)
    except OSError as error:
        connected.close()
        results.put(error)
    except BaseException:
        # Killed because another address was faster.
        connected.close()
        raise


def _start_tls(plain: socket.socket, host: str, tls: Tls) -> socket.socket:
    try:
        secured = _tls_context(tls).wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise
    fingerprint = hashlib.sha256(secured.getpeercert(binary_form=True) or b"").hexdigest()
    if tls.fingerprints and fingerprint not in tls.fingerprints:
        secured.close()
        raise DialError(f"the certificate of {host} is not the one expected: its fingerprint is {fingerprint}")
    return secured


def _tls_context(tls: Tls) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if tls.fingerprints:
        # The fingerprint is compared after the handshake, instead of names and authorities.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if tls.certificate:
        try:
            context.load_cert_chain(tls.certificate)
        except OSError as error:
            raise DialError(f"our certificate {tls.certificate} cannot be used: {_describe(error)}") from error
    return context


def _describe(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
