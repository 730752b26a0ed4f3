"""Locking and advancing the counters that line ids come from; see `LineCounter` for what the lock guarantees."""

from __future__ import annotations

from django.db import connection

from logs.models.notify import notify_lines


def lock_counters(channels: set[int]) -> dict[int, int]:
    """Return the last id of each channel that exists, and keep them locked until the transaction ends."""
    with connection.cursor() as cursor:
        # Every transaction inserts and locks in the order of ids: two of them cannot wait for each other.
        ids = sorted(channels)
        cursor.execute(
            "INSERT INTO logs_linecounter (channel_id, last_id) SELECT id, 0 FROM logs_channel WHERE id = ANY(%s)"
            " ORDER BY id ON CONFLICT DO NOTHING",
            [ids],
        )
        cursor.execute(
            "SELECT channel_id, last_id FROM logs_linecounter WHERE channel_id = ANY(%s)"
            " ORDER BY channel_id FOR UPDATE",
            [ids],
        )
        return dict(cursor.fetchall())


def advance_counters(last_ids: dict[int, int]) -> None:
    """Write the last id of each channel, whose counter must be locked, and announce it when the transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE logs_linecounter SET last_id = new.last_id"
            " FROM unnest(%s::integer[], %s::integer[]) AS new(channel_id, last_id)"
            " WHERE logs_linecounter.channel_id = new.channel_id",
            [list(last_ids), list(last_ids.values())],
        )
    notify_lines(last_ids)
