"""Where a request comes from, as far as that can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    return address_in(request.META)


def address_in(environ: Mapping[str, Any]) -> str:
    """The visitor's address, of IPv6 the network of 64 bits that a household has; "" if a proxy does not tell.

    `X-Forwarded-For` is believed only of the proxies in TRUSTED_PROXIES, and of that only what the last one added.
    """
    peer = environ.get("REMOTE_ADDR", "")
    if not peer or peer in settings.TRUSTED_PROXIES:
        peer = environ.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    try:
        address = ip_address(peer)
    except ValueError:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(ip_network((address, 64), strict=False))
    return str(address)
