"""Strict transport security. https://ircv3.net/specs/extensions/sts"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """Where to come by TLS (`port`, counts on a plain connection) and for how many seconds to remember that
    (`duration`, counts on a secure one)."""

    port: int | None = None
    duration: int | None = None


def parse(value: str) -> Policy:
    """The policy in the value of the capability; what makes no sense is left out."""
    keys: dict[str, int] = {}
    for part in value.split(","):
        key, _, number = part.partition("=")
        if number.isascii() and number.isdecimal() and len(number) < 12:
            keys.setdefault(key, int(number))
    port = keys.get("port", 0)
    return Policy(port if 0 < port < 65536 else None, keys.get("duration"))
