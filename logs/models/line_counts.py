"""How many lines a channel has, and the counters that line ids come from, with how they are locked and advanced.

Counts are maintained by triggers of logs_line in the writer's transaction (logs/sql/line_counts.sql).
"""

from __future__ import annotations

from django.db import connection, models
from django.db.models.functions import Now

from logs.models.channel import Channel
from logs.models.postgres import notify_lines


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


ALL_YEARS = 0
"""The value of `NickCount.year` for the sum over all years."""


class DayCount(models.Model):
    """The number of a channel's lines on one day (UTC), and how many of them are messages, actions or notices (`said`).

    `revision` increases with each change of the day's lines, `changed_at` is the time of the last one. A day without
    lines keeps its row, since pages are cached by its revision.
    """

    pk = models.CompositePrimaryKey("channel_id", "day")
    channel = models.ForeignKey(Channel, models.CASCADE, db_index=False, related_name="day_counts")
    day = models.DateField()
    lines = models.IntegerField()
    said = models.IntegerField()
    revision = models.IntegerField(default=1)
    changed_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return f"{self.channel_id} on {self.day}: {self.lines}"


class HourCount(models.Model):
    """The number of messages in a year at one hour of the week (UTC): 0 to 23 are Mondays, 144 to 167 Sundays."""

    pk = models.CompositePrimaryKey("channel_id", "year", "hour")
    channel = models.ForeignKey(Channel, models.CASCADE, db_index=False, related_name="hour_counts")
    year = models.SmallIntegerField()
    hour = models.SmallIntegerField()
    said = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.channel_id} in {self.year}, hour {self.hour}: {self.said}"


class NickCount(models.Model):
    """The number of messages by a nick, spelled as here, in a year (UTC) or, for ALL_YEARS, in total.

    `folded` is equal for all spellings of a nick. Nicks are cut to 400 characters.
    """

    pk = models.CompositePrimaryKey("channel_id", "year", "nick")
    channel = models.ForeignKey(Channel, models.CASCADE, db_index=False, related_name="nick_counts")
    year = models.SmallIntegerField()
    nick = models.TextField()
    folded = models.GeneratedField(
        expression=models.Func("nick", function="logs_nick"), output_field=models.TextField(), db_persist=True
    )
    said = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["channel", "year", "folded"], name="nick_count_by_folded")]

    def __str__(self) -> str:
        return f"{self.channel_id} in {self.year or 'all years'}, {self.nick}: {self.said}"
