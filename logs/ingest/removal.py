"""Removing lines from the archive, and from every page that shows them."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection, transaction

from logs.conversations import reply_store
from logs.models import Channel, Removal
from logs.models.line import ALL_LINES
from logs.models.line_counter import advance_counters, lock_counters


def remove_lines(channel: Channel, ids: Collection[int]) -> int:
    """Delete those of the lines that exist, and notify the listeners on commit; return how many existed.

    Each removal takes an id of the channel, as a line does. A live stream that was interrupted resumes by id, and so
    receives the removals that it missed.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        last_id = lock_counters({channel.pk})[channel.pk]
        cursor.execute(
            "DELETE FROM logs_line WHERE channel_id = %s AND id = ANY(%s) RETURNING id", [channel.pk, sorted(ids)]
        )
        removed = sorted(line_id for (line_id,) in cursor.fetchall())
        if removed:
            reply_store.forget_lines(channel.pk, removed)
            cursor.execute(
                "INSERT INTO logs_removal (channel_id, id, line)"
                " SELECT %s, %s + place, line FROM unnest(%s::integer[]) WITH ORDINALITY AS removed(line, place)",
                [channel.pk, last_id, removed],
            )
            advance_counters({channel.pk: last_id + len(removed)})
    return len(removed)


def reload_open_pages(channel: Channel) -> None:
    """Let every page and stream that follows the channel load it again: too many lines are gone to name each."""
    with transaction.atomic():
        last_id = lock_counters({channel.pk})[channel.pk] + 1
        Removal.objects.create(channel=channel, id=last_id, line=ALL_LINES)
        advance_counters({channel.pk: last_id})
