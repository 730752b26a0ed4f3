"""The counters that line ids come from: their model, and how they are locked and advanced; and sums of a channel."""

from __future__ import annotations

from django.db import connection, models

from logs.models.channel import Channel
from logs.models.notify import notify_lines


class LineCounter(models.Model):
    """The last line id that was assigned in a channel.

    `lines` is the number of the channel's lines, `said` that of messages, actions and notices among them, `last_at` the
    time of the latest one, whoever may read them. Triggers of logs_line maintain these (logs/sql/line_counts.sql), and
    `last_id` where lines are inserted.

    The row is locked from the assignment of ids until the commit of their lines, so that ids increase in commit order
    in each channel. It is a table of its own so that saving a channel's form cannot reset the counter.
    """

    channel = models.OneToOneField(Channel, models.CASCADE, primary_key=True, related_name="counter")
    last_id = models.IntegerField(default=0)
    lines = models.IntegerField(default=0, db_default=0)
    said = models.IntegerField(default=0, db_default=0)
    last_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.channel_id}: {self.last_id}"


def lock_counters(channels: set[int]) -> dict[int, int]:
    """Return the last id of each channel that exists, and keep them locked until the transaction ends."""
    with connection.cursor() as cursor:
        # Every transaction inserts and locks in the order of ids: two of them cannot wait for each other.
        ids = sorted(channels)
        # Two statements sent together.
        cursor.execute(
            "INSERT INTO logs_linecounter (channel_id, last_id) SELECT id, 0 FROM logs_channel WHERE id = ANY(%s)"
            " ORDER BY id ON CONFLICT DO NOTHING;"
            " SELECT channel_id, last_id FROM logs_linecounter WHERE channel_id = ANY(%s)"
            " ORDER BY channel_id FOR UPDATE",
            [ids, ids],
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
