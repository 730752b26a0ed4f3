"""Reaching a server: its addresses tried side by side, TLS verified, all within one deadline."""

from __future__ import annotations

import hashlib
import ssl
from collections import deque
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import gevent
from gevent import socket
from gevent.queue import Empty, Queue

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
