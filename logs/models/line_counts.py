"""Counts of lines, maintained by triggers of logs_line in the writer's transaction (logs/sql/line_counts.sql)."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from logs.models.channel import Channel

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
