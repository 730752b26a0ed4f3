"""The client's IP address, from the socket or from a trusted proxy, and rate limits for one address.

Addresses are held in memory only: no table and no log contains them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from logs.views.http.rate_limiter import RateLimiter

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
