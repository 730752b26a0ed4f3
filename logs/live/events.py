"""What goes over the wire: server-sent events, each one block with its id, its name and one line of ASCII JSON.

https://html.spec.whatwg.org/multipage/server-sent-events.html; docs/live-protocol.md lists the events.
"""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from typing import NamedTuple

HEARTBEAT = b":\n\n"
"""A comment: clients ignore it, proxies see that the stream lives."""


class Event(NamedTuple):
    """A line or the removal of one, encoded once for all who read it."""

    id: int
    block: bytes
    removes: int | None = None


def line_event(number: int, at: datetime, html: str) -> Event:
    said = at.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"
    return Event(number, _block(number, "line", at=said, html=html))


def removal_event(number: int, line: int) -> Event:
    return Event(number, _block(number, "removal", line=line), line)


def _block(number: int, name: str, **told: object) -> bytes:
    data = json.dumps({"id": number} | told, separators=(",", ":"))
    return f"id: {number}\nevent: {name}\ndata: {data}\n\n".encode("ascii")


def reload_block(last: int) -> bytes:
    """Tells a client that too much happened to be sent line by line; it goes on after the line `last`."""
    return f"id: {last}\nevent: reload\ndata: {{}}\n\n".encode("ascii")


def retry_block(least: int, most: int) -> bytes:
    """Tells a client how many milliseconds to wait before it comes back; each another number, so that they spread."""
    return f"retry: {random.randint(least, most)}\n\n".encode("ascii")  # noqa: S311  (spreading, not hiding)
