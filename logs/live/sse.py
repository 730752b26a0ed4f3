"""What goes over the wire: server-sent events, each one block with its id, its name and one line of ASCII JSON.

https://html.spec.whatwg.org/multipage/server-sent-events.html; docs/live-protocol.md lists the events.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

HEARTBEAT = b":\n\n"
"""A comment: clients ignore it, proxies see that the stream lives."""


MARKUP, RECORD = "markup", "record"
"""What a stream tells of a line: how pages show it, or what the API says of it."""


class Event(NamedTuple):
    """A line or the removal of one, encoded once for all who read it: as `block` for pages, as `record` for the API."""

    id: int
    block: bytes
    record: bytes
    removes: int | None = None


def line_event(number: int, at: datetime, html: str, record: dict[str, object]) -> Event:
    said = at.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"
    return Event(number, _block(number, "line", at=said, html=html), _block(number, "line", **record))


def removal_event(number: int, line: int) -> Event:
    block = _block(number, "removal", line=line)
    return Event(number, block, block, line)


def encoded(events: Iterable[Event], form: str) -> bytes:
    """The events as a stream of this form is sent them."""
    if form == RECORD:
        return b"".join(event.record for event in events)
    return b"".join(event.block for event in events)


def _block(number: int, name: str, **told: object) -> bytes:
    data = json.dumps({"id": number} | told, separators=(",", ":"))
    return f"id: {number}\nevent: {name}\ndata: {data}\n\n".encode("ascii")


def reload_block(last: int) -> bytes:
    """Tells a client that too much happened to be sent line by line; it goes on after the line `last`."""
    return f"id: {last}\nevent: reload\ndata: {{}}\n\n".encode("ascii")


def retry_block(least: int, most: int) -> bytes:
    """Tells a client how many milliseconds to wait before it comes back; each another number, so that they spread."""
    return f"retry: {random.randint(least, most)}\n\n".encode("ascii")  # noqa: S311  (spreading, not hiding)
