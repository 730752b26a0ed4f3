"""Counts of lines. The database keeps them: triggers of logs_line, in the transaction of whoever writes there."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from logs.models.channel import Channel

ALL_YEARS = 0
"""The year of a NickCount that covers all years."""


class DayCount(models.Model):
    """How many lines a channel has of one day (UTC), and how many of them were said.

    `revision` grows with everything that changes among them, at `changed_at`. A day that has lost its lines keeps its
    row for that.
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
    """How much was said in a year at one hour of the week (UTC): Mondays have 0 to 23, Sundays 144 to 167."""

    pk = models.CompositePrimaryKey("channel_id", "year", "hour")
    channel = models.ForeignKey(Channel, models.CASCADE, db_index=False, related_name="hour_counts")
    year = models.SmallIntegerField()
    hour = models.SmallIntegerField()
    said = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.channel_id} in {self.year}, hour {self.hour}: {self.said}"


class NickCount(models.Model):
    """How much a nick, as it was written, has said in a year (UTC) and, with the year EVER, in all.

    `folded` is the same for all ways to write it.
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
