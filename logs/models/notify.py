"""PostgreSQL notifications: their channels, their payloads, and how they are sent and parsed.

A notification only says that there is something new to select. PostgreSQL delivers it when the sender's transaction
commits, in commit order, at most 8,000 bytes long, and does not keep it for a listener that is away.
https://www.postgresql.org/docs/current/sql-notify.html
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from django.db import connection

logger = logging.getLogger(__name__)

LINES_CHANNEL = "botbot_lines"
"""Payload: `<channel id> <last line id>`, or `<channel id> 0` when other people than before may read the channel.

The trigger in logs/sql/channel_audience.sql sends the second form: no line has the id 0."""

CODES_CHANNEL = "botbot_codes"
"""Payload: the primary key of a `Code` whose state has changed."""


def notify_lines(last_ids: Mapping[int, int]) -> None:
    """Announce, when the current transaction commits, the last line id of each channel (by channel id)."""
    payloads = [f"{channel_id} {last_id}" for channel_id, last_id in last_ids.items()]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, payload) FROM unnest(%s::text[]) AS payload", [LINES_CHANNEL, payloads])


def parse_lines_payload(payload: str) -> tuple[int, int] | None:
    """Return the channel id and the last line id of a payload; None, and a warning in the log, if it is malformed."""
    try:
        channel_id, last_id = payload.split()
        return int(channel_id), int(last_id)
    except ValueError:
        logger.warning("ignored a notification whose payload is not “channel id, line id”: %.80r", payload)
        return None


def notify_code(code_id: int) -> None:
    """Announce, when the current transaction commits, that a code's state has changed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CODES_CHANNEL, str(code_id)])


def parse_code_payload(payload: str) -> int | None:
    """Return the primary key of the code; None if the payload is malformed."""
    return int(payload) if payload.isascii() and payload.isdecimal() else None
