"""Where a request comes from, as far as that can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import Any

from django.conf import settings
from django.http import HttpRequest

NUL = b"\0"
IPV4_MAPPED = NUL * 10 + b"\xff\xff"
"""How an IPv6 socket tells of an IPv4 peer: ::ffff:192.0.2.1. https://www.rfc-editor.org/rfc/rfc4291#section-2.5.5.2"""


def address_of(request: HttpRequest) -> str:
    return address_in(request.META)


def address_in(environ: Mapping[str, Any]) -> str:
    """The visitor's address, of IPv6 the network of 64 bits that a household has; "" if a proxy does not tell.

    `X-Forwarded-For` is believed only of the proxies in TRUSTED_PROXIES, and of that only what the last one added.
    """
    peer = environ.get("REMOTE_ADDR", "")
    if not peer or peer in settings.TRUSTED_PROXIES:
        peer = environ.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    family = AF_INET6 if ":" in peer else AF_INET
    try:
        packed = inet_pton(family, peer.partition("%")[0])
    except (OSError, ValueError):
        return ""
    if family == AF_INET or packed.startswith(IPV4_MAPPED):
        return inet_ntop(AF_INET, packed[-4:])
    return f"{inet_ntop(AF_INET6, packed[:8].ljust(16, NUL))}/64"
