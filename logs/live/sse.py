"""Server-sent events: each one block with its id, its name and one line of ASCII JSON.

https://html.spec.whatwg.org/multipage/server-sent-events.html; docs/live-protocol.md lists the events.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

HEARTBEAT = b"event: alive\ndata:\n\n"
"""A comment: clients ignore it, proxies see that the stream is alive."""

MARKUP, RECORD = "markup", "record"
"""The forms of a stream: lines as HTML for pages, or as JSON records for clients of the API."""


class Event(NamedTuple):
    """A line or what became of one or of a gap, encoded once for all readers: as `block` for pages, as `record` for
    the API.

    `removes` is the id of a removed line, None for everything else.
    """

    id: int
    block: bytes
    record: bytes
    removes: int | None = None


def line_event(line_id: int, at: datetime, html: str, record: dict[str, object]) -> Event:
    timestamp = at.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"
    return Event(
        line_id, encode_block(line_id, "line", at=timestamp, html=html), encode_block(line_id, "line", **record)
    )


def removal_event(event_id: int, line: int) -> Event:
    block = encode_block(event_id, "removal", line=line)
    return Event(event_id, block, block, line)


def gap_event(event_id: int, html: str, record: dict[str, object]) -> Event:
    """A gap that has opened or changed: its `record` as the API has it, and its markup for pages."""
    fields = {"gap": record["id"]} | {name: value for name, value in record.items() if name != "id"}
    return Event(
        event_id,
        encode_block(event_id, "gap", **fields, html=html),
        encode_block(event_id, "gap", **fields),
    )


def gap_removal_event(event_id: int, gap: int) -> Event:
    """A gap that is there no more: all of its time has been recorded after all, or its log was purged."""
    block = encode_block(event_id, "gap-removal", gap=gap)
    return Event(event_id, block, block)


def encode_events(events: Iterable[Event], form: str) -> bytes:
    """Return the bytes that a stream of this form is sent for the events."""
    if form == RECORD:
        return b"".join(event.record for event in events)
    return b"".join(event.block for event in events)


def reload_block(last_id: int) -> bytes:
    """An event that makes a client load the page again; the stream continues after `last_id`."""
    return f"id: {last_id}\nevent: reload\ndata: {{}}\n\n".encode("ascii")


def state_block(why_not: str) -> bytes:
    """An event that says whether the channel is logged at the moment: `why_not` is a clause, "" if it is."""
    return f"event: state\ndata: {json.dumps({'why_not': why_not}, separators=(',', ':'))}\n\n".encode("ascii")


def live_block(last_id: int) -> bytes:
    """An event that says that everything up to `last_id` has been sent: what follows has just been stored."""
    return b'id: %d\nevent: live\ndata: {"id":%d}\n\n' % (last_id, last_id)


def retry_block(min_ms: int, max_ms: int) -> bytes:
    """The client's delay before it reconnects, random so that the readers of a channel do not all return at once."""
    return f"retry: {random.randint(min_ms, max_ms)}\n\n".encode("ascii")  # noqa: S311  (no secret)


def encode_block(event_id: int, name: str, **fields: object) -> bytes:
    """Return an event with its id in its data, too."""
    # ASCII, because JSON's escapes also hide the line separators that would end a field of the event early.
    data = json.dumps({"id": event_id} | fields, separators=(",", ":"))
    return f"id: {event_id}\nevent: {name}\ndata: {data}\n\n".encode("ascii")
