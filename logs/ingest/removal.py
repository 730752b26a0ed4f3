"""Takes lines out of the archive, and out of every page that shows them."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection, transaction

from logs.models import Channel
from logs.models.line_counter import advance_counters, lock_counters


def remove_lines(channel: Channel, ids: Collection[int]) -> int:
    """Deletes those of the lines that exist and tells the listeners when that is committed; returns how many they were.

    Each removal takes an id of the channel, as a line does: whoever follows live gets to know of it in its place, also
    after having been away.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        last = lock_counters({channel.pk})[channel.pk]
        cursor.execute(
            "DELETE FROM logs_line WHERE channel_id = %s AND id = ANY(%s) RETURNING id", [channel.pk, sorted(ids)]
        )
        removed = sorted(number for (number,) in cursor.fetchall())
        if removed:
            cursor.execute(
                "INSERT INTO logs_removal (channel_id, id, line)"
                " SELECT %s, %s + place, line FROM unnest(%s::integer[]) WITH ORDINALITY AS removed(line, place)",
                [channel.pk, last, removed],
            )
            advance_counters({channel.pk: last + len(removed)})
    return len(removed)
