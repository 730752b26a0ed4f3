"""A stream of bytes → lines. https://modern.ircdocs.horse/#message-format"""

from __future__ import annotations

import re

LONGEST = 16 * 1024
"""Bytes of a line: 8,191 of tags, 512 of message, and as much again for servers that allow more."""

_ENDING = re.compile(rb"[\r\n]+")


class Lines:
    """Cuts what is fed at CR and LF. A line over LONGEST loses its end, never its memory."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, read: bytes) -> list[bytes]:
        """The lines that are now whole, in order, without endings and without empty ones."""
        *whole, rest = _ENDING.split(self._rest + read)
        self._rest = rest[:LONGEST]
        return [line[:LONGEST] for line in whole if line]
