"""One socket to one server: whole lines in, paced lines out, and the notice when the server is dead.

One greenlet reads (whoever runs through `lines`) and one writes, so that a server that does not read is still heard,
and what it said before it closed is not lost to an answer that could not be sent.
"""
# MERGED: Reaching a server: its addresses tried side by side, TLS verified, all within one deadline.

from __future__ import annotations

import hashlib
import logging
import ssl
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import zip_longest
from time import monotonic
from typing import Any

import gevent
from gevent import socket
from gevent.event import Event
from gevent.queue import Empty, Queue

from bot.irc.message import Lines, line
from bot.throttle import TokenBucket

logger = logging.getLogger(__name__)

GOODBYE = 1.0
"""Seconds for the last lines."""

MOST_QUEUED = 2000
"""Lines that wait for their turn; so many JOINs no network has, and more answers nobody waits for."""


class ConnectionLostError(Exception):
    """The connection is over, or never came to be; the text says why in a sentence."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. A silent server is pinged after `idle` and given up `answer` later; `burst` lines go at once, then one
    every `pace`; attempts to connect are `retry_least` to `retry_most` apart."""

    connect: float = 20
    register: float = 60
    idle: float = 60
    answer: float = 30
    burst: int = 5
    pace: float = 1.0
    retry_least: float = 2
    retry_most: float = 300
    stable: float = 180


class Connection:
    """Open from the start (else ConnectionLostError); `heard` is when the server last sent anything, by `monotonic`.

    `dropped` counts lines that were not sent because MOST_QUEUED waited.
    """

    def __init__(self, host: str, port: int, *, tls: Tls | None, timing: Timing) -> None:
        self.timing = timing
        try:
            self._socket = dial(host, port, tls=tls, seconds=timing.connect)
        except DialError as error:
            raise ConnectionLostError(str(error)) from error
        self.heard = monotonic()
        self.dropped = 0
        self._bucket = TokenBucket(timing.burst, timing.pace)
        self._urgent: deque[bytes] = deque()
        self._paced: deque[bytes] = deque()
        self._queued = Event()
        self._ending = False
        self._given_up = ""
        self._sender = gevent.spawn(self._send_queued)

    def lines(self) -> Iterator[bytes]:
        """Every line of the server, in order, without its ending; always ends with ConnectionLostError."""
        lines = Lines()
        while True:
            read = self._read()
            self.heard = monotonic()
            yield from lines.feed(read)

    def send(self, command: str, *params: str) -> None:
        """Queues a line; the queue is paced, so that no server takes us for a flood."""
        message = line(command, *params)
        if len(self._paced) < MOST_QUEUED:
            self._paced.append(message)
            self._queued.set()
            return
        self.dropped += 1
        if self.dropped == 1:
            logger.warning("%d lines wait to be sent: %s and what follows is left out", MOST_QUEUED, command)

    def send_now(self, command: str, *params: str) -> None:
        """Queues a line before all others: answers to PING, and what registration waits for."""
        self._urgent.append(line(command, *params))
        self._queued.set()

    def give_up(self, why: str) -> None:
        """Lets `lines` end, for this reason."""
        self._given_up = why
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Sends what is urgent, if the server takes it at once, and closes."""
        self._ending = True
        self._queued.set()
        self._sender.join(GOODBYE)
        self._sender.kill()
        self._socket.close()

    def _read(self) -> bytes:
        try:
            read = self._receive(self.timing.idle)
            if read is None:
                self.send_now("PING", "alive")
                read = self._receive(self.timing.answer)
        except OSError as error:
            raise ConnectionLostError(self._given_up or f"connection lost: {error.strerror or error}") from error
        if read is None:
            raise ConnectionLostError(f"no answer to a ping for {self.timing.answer:g} s")
        if not read:
            raise ConnectionLostError(self._given_up or "the server closed the connection")
        return read

    def _receive(self, seconds: float) -> bytes | None:
        """What came, b"" at the end, None when nothing came in time."""
        self._socket.settimeout(seconds)
        try:
            return bytes(self._socket.recv(65536))
        except TimeoutError:
            return None

    def _send_queued(self) -> None:
        """Ends with the first line that cannot be sent; the reader meets the end of the connection by itself."""
        while True:
            message = self._next()
            if message is None and self._ending:
                return
            if message is None:
                self._queued.clear()
                self._queued.wait(self._bucket.wait() if self._paced else None)
                continue
            try:
                self._socket.sendall(message)
            except TimeoutError:
                # It neither reads nor closes: the reader shall see an end now.
                with suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)
                return
            except OSError:
                return

    def _next(self) -> bytes | None:
        if self._urgent:
            return self._urgent.popleft()
        if self._paced and not self._ending and self._bucket.take():
            return self._paced.popleft()
        return None


NEXT_AFTER = 0.25
"""Seconds until the next address is tried beside the one that has not answered (RFC 8305, 5)."""

Address = tuple[Any, ...]
Answer = socket.socket | OSError


class DialError(Exception):
    """The server was not reached; the text says why in a sentence."""


@dataclass(frozen=True, slots=True)
class Tls:
    """How the server proves itself: by a certificate of one of these SHA-256 fingerprints (lower-case hex digits), or,
    if there are none, by one that is valid for its host. `certificate` is a PEM file of our own, with its key."""

    fingerprints: frozenset[str] = frozenset()
    certificate: str = ""


def dial(host: str, port: int, *, tls: Tls | None, seconds: float) -> socket.socket:
    """A connected socket; with `tls` to a server that has proven itself, else nothing was said to it."""
    late = TimeoutError(f"no answer within {seconds:g} s")
    try:
        with gevent.Timeout(seconds, late):
            plain = _first_to_answer(_addresses(host, port))
            return _secured(plain, host, tls) if tls else plain
    except ssl.SSLCertVerificationError as error:
        raise DialError(f"the certificate of {host} is not valid: {error.verify_message}") from error
    except ssl.SSLError as error:
        raise DialError(f"{host}:{port} does not speak TLS: {error.reason or error}") from error
    except (OSError, UnicodeError) as error:
        raise DialError(f"cannot connect to {host}:{port}: {_said(error)}") from error


def _addresses(host: str, port: int) -> list[Address]:
    """The host's addresses, IPv6 and IPv4 by turns, the system's favourite first."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    favourite = [address for address in found if address[0] == found[0][0]]
    others = [address for address in found if address[0] != found[0][0]]
    return [address for pair in zip_longest(favourite, others) for address in pair if address]


def _first_to_answer(addresses: list[Address]) -> socket.socket:
    """RFC 8305 ("happy eyeballs"), simplified: OSError of the last one when none answers."""
    answers: Queue[Answer] = Queue()
    untried, attempts, pending = deque(addresses), [], 0
    failure = OSError("the host has no address")
    try:
        while untried or pending:
            if untried:
                attempts.append(gevent.spawn(_attempt, untried.popleft(), answers))
                pending += 1
            try:
                answer = answers.get(timeout=NEXT_AFTER if untried else None)
            except Empty:
                continue
            pending -= 1
            if not isinstance(answer, OSError):
                return answer
            failure = answer
        raise failure
    finally:
        gevent.killall(attempts)
        while not answers.empty():
            loser = answers.get()
            if not isinstance(loser, OSError):
                loser.close()


def _attempt(address: Address, answers: Queue[Answer]) -> None:
    family, kind, protocol, _, place = address
    try:
        made = socket.socket(family, kind, protocol)
    except OSError as error:
        answers.put(error)
        return
    try:
        made.connect(place)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answers.put(made)
    except OSError as error:
        made.close()
        answers.put(error)
    except BaseException:
        made.close()
        raise


def _secured(plain: socket.socket, host: str, tls: Tls) -> socket.socket:
    try:
        secured = _context(tls).wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise
    shown = hashlib.sha256(secured.getpeercert(binary_form=True) or b"").hexdigest()
    if tls.fingerprints and shown not in tls.fingerprints:
        secured.close()
        raise DialError(f"the certificate of {host} is not the one expected: its fingerprint is {shown}")
    return secured


def _context(tls: Tls) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if tls.fingerprints:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if tls.certificate:
        try:
            context.load_cert_chain(tls.certificate)
        except OSError as error:
            raise DialError(f"our certificate {tls.certificate} cannot be used: {_said(error)}") from error
    return context


def _said(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
