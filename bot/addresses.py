"""The addresses of a server, in the order in which they should be tried."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from gevent import socket

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
