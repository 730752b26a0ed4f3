"""What goes over the wire: server-sent events, each one block with its id, its name and one line of ASCII JSON.

https://html.spec.whatwg.org/multipage/server-sent-events.html; docs/live-protocol.md lists the events.
"""

from __future__ import annotations

import json
import random
from datetime import UTC
from typing import NamedTuple

from logs.render import AnyLine, line_html

HEARTBEAT = b":\n\n"
"""A comment: clients ignore it, proxies see that the stream lives."""


class Event(NamedTuple):
    """A line, encoded once for all who read it."""

    id: int
    block: bytes


def line_event(line: AnyLine, channel_url: str) -> Event:
    at = line.at.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"
    told = json.dumps({"id": line.id, "at": at, "html": line_html(line, channel_url)}, separators=(",", ":"))
    return Event(line.id, f"id: {line.id}\nevent: line\ndata: {told}\n\n".encode("ascii"))


def reload_block(last: int) -> bytes:
    """Tells a client that too much happened to be sent line by line; it goes on after the line `last`."""
    return f"id: {last}\nevent: reload\ndata: {{}}\n\n".encode("ascii")


def retry_block(least: int, most: int) -> bytes:
    """Tells a client how many milliseconds to wait before it comes back; each another number, so that they spread."""
    return f"retry: {random.randint(least, most)}\n\n".encode("ascii")  # noqa: S311  (spreading, not hiding)
