"""The client's IP address, from the socket or from a trusted proxy, and limits on each caller's requests per minute.

The limits hold over all processes of the site (logs.sharing). Addresses are held in memory only: no table and no log
contains them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from math import ceil
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from time import monotonic
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from logs.sharing.limits import LocalTimes
from logs.sharing.processes import get_shared_times

WINDOW_SECONDS = 60.0
"""Time in which all requests of a caller are restored."""


@dataclass(frozen=True, slots=True)
class RateLimitState:
    """A caller's state after a request: `remaining` requests of `limit` now, all of them again in `reset` seconds.

    `wait` is 0, or the seconds after which a request that was refused may be repeated.
    """

    name: str
    limit: int
    remaining: int
    reset: int
    wait: int = 0

    def headers(self) -> dict[str, str]:
        """Return the headers of the IETF's current draft, and those of its earlier versions."""
        headers = {
            "RateLimit-Policy": f'"{self.name}";q={self.limit};w={WINDOW_SECONDS:.0f}',
            "RateLimit": f'"{self.name}";r={self.remaining};t={self.reset}',
            "RateLimit-Limit": f"{self.limit}",
            "RateLimit-Remaining": f"{self.remaining}",
            "RateLimit-Reset": f"{self.reset}",
        }
        return headers | ({"Retry-After": f"{self.wait}"} if self.wait else {})


class RateLimiter:
    """A burst of requests at once, which are then restored one by one. `spend` does not switch greenlets."""

    def __init__(self) -> None:
        self._local = LocalTimes()

    def spend(self, name: str, caller: str, limit: int, window: float = WINDOW_SECONDS) -> RateLimitState:
        """Count a request of a caller who may make `limit` per window; `name` says what kind of caller it is."""
        now, cost = monotonic(), window / limit
        restored_at, wait = (get_shared_times() or self._local).spend(f"{name} {caller}", now, cost, window)
        seconds = restored_at - now
        remaining = max(0, int((window - seconds) / cost + 1e-6))
        return RateLimitState(name, limit, remaining, ceil(seconds), ceil(wait))

    def clear(self) -> None:
        self._local.clear()

    def __len__(self) -> int:
        return len(self._local)


logger = logging.getLogger(__name__)

action_limiter = RateLimiter()

NUL = b"\0"
IPV4_MAPPED = NUL * 10 + b"\xff\xff"
"""Prefix of an IPv4 peer on an IPv6 socket: ::ffff:192.0.2.1. https://www.rfc-editor.org/rfc/rfc4291#section-2.5.5.2"""


def get_client_ip(request: HttpRequest) -> str:
    return find_client_ip(request.META)


def describe_client(*_details: object) -> str:
    """Return what django-axes logs in place of a client's address and name."""
    return "one address"


def find_client_ip(environ: Mapping[str, Any]) -> str:
    """Return the client's address from a WSGI environment, or "" if a proxy does not send it.

    IPv6 addresses are cut to their network of 64 bits, which is what one customer of a provider has. `X-Forwarded-For`
    counts only from the proxies in TRUSTED_PROXIES, and only its last entry: clients can send the others.
    """
    packed = _find_packed_address(environ)
    if len(packed) == 16:
        return f"{inet_ntop(AF_INET6, packed[:8].ljust(16, NUL))}/64"
    return inet_ntop(AF_INET, packed) if packed else ""


def is_client_in(networks: Iterable[IPv4Network | IPv6Network], environ: Mapping[str, Any]) -> bool | None:
    """Whether the client's address is in one of the networks; None if there is none, as in `find_client_ip`."""
    packed = _find_packed_address(environ)
    if not packed:
        return None
    address = ip_address(packed)
    return any(address in network for network in networks)


def _find_packed_address(environ: Mapping[str, Any]) -> bytes:
    """The client's address as 4 or 16 bytes, or nothing."""
    peer = environ.get("REMOTE_ADDR", "")
    if not peer or peer in settings.TRUSTED_PROXIES:
        peer = environ.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    family = AF_INET6 if ":" in peer else AF_INET
    try:
        packed = inet_pton(family, peer.partition("%")[0])
    except (OSError, ValueError):
        return b""
    return packed[-4:] if packed.startswith(IPV4_MAPPED) else packed


def exceeds_rate(request: HttpRequest, action: str, limit: int, seconds: int) -> bool:
    """Count one more `action` of this client; return whether it made more than `limit` within `seconds`."""
    state = action_limiter.spend(action, get_client_ip(request), limit, seconds)
    if not state.wait and not state.remaining:  # once for each burst, not for each request
        logger.warning("One address reached the limit of %d %s within %d s", limit, action, seconds)
    return state.wait > 0
