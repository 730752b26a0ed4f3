"""Closed periods: times in which not everybody could read a channel, and the lines that were said in them.

Opening a log does not publish what was said before. Each time in which a channel was not public is a period of its own,
with the ranges of line ids that belong to it; a channel that was public, then for members, then public again has one
period between two stretches of public lines. Ranges of ids and not of times: an owner who imports an old log into a
public channel publishes it. Ranges and not a column of the line: publishing must not rewrite millions of rows.

Triggers of logs_channel begin and end periods, whatever changes the channel (logs/sql/closed_periods.sql). Which
periods a visitor may read is decided by `ChannelQuerySet.visible_to`, which puts the others into
`Channel.hidden_periods`; queries for lines exclude these by the condition of this module.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import models
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

READABLE_LINE = (
    "NOT (logs_place({table}.channel_id, {table}.id) <@ (SELECT logs_lines_of_periods({periods}::bigint[])))"
)
"""SQL that is true for lines outside of some periods. The inner SELECT is evaluated once in a statement."""


class Readers(models.IntegerChoices):
    """The groups of people who may read a line; each includes those that follow."""

    EVERYBODY = 0
    LINK_HOLDERS = 1, _("holders of the secret link")
    MEMBERS = 2, _("members")
    OWNERS = 3, _("owners")


class ClosedPeriod(models.Model):
    """A time in which only `readers` could read a channel.

    `since` is null if the period began with the channel, `until` is null while it lasts. Publishing deletes a period. A
    row with `published_at` is no period: it marks the publication of others, and its range is an id without a line, by
    which live streams learn of that.
    """

    channel = models.ForeignKey("logs.Channel", models.CASCADE, db_index=False, related_name="closed_periods")
    readers = models.SmallIntegerField(choices=Readers)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["channel"], name="closed_period_by_channel")]
        constraints = [
            models.UniqueConstraint(
                fields=["channel"], condition=models.Q(until__isnull=True), name="closed_period_open_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel_id}: {self.since} to {self.until or 'now'}"


class ClosedRange(models.Model):
    """The lines with ids from `first` to `last` belong to a period; `last` is null while the period lasts.

    The ranges of a channel do not overlap.
    """

    period = models.ForeignKey(ClosedPeriod, models.CASCADE, related_name="ranges")
    channel = models.ForeignKey("logs.Channel", models.CASCADE, db_index=False, related_name="closed_ranges")
    first = models.IntegerField()
    last = models.IntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "first"], name="closed_range_once")]

    def __str__(self) -> str:
        return f"{self.channel_id}: {self.first} to {self.last or 'now'}"


class ClosedDayCount(models.Model):
    """The part of a `DayCount` that belongs to a period."""

    pk = models.CompositePrimaryKey("channel_id", "period_id", "day")
    channel = models.ForeignKey("logs.Channel", models.CASCADE, db_index=False, related_name="closed_day_counts")
    period = models.ForeignKey(ClosedPeriod, models.CASCADE, related_name="day_counts")
    day = models.DateField()
    lines = models.IntegerField()
    said = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.period_id} on {self.day}: {self.lines}"


class ClosedHourCount(models.Model):
    """The part of an `HourCount` that belongs to a period."""

    pk = models.CompositePrimaryKey("channel_id", "period_id", "year", "hour")
    channel = models.ForeignKey("logs.Channel", models.CASCADE, db_index=False, related_name="closed_hour_counts")
    period = models.ForeignKey(ClosedPeriod, models.CASCADE, related_name="hour_counts")
    year = models.SmallIntegerField()
    hour = models.SmallIntegerField()
    said = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.period_id} in {self.year}, hour {self.hour}: {self.said}"


class ClosedNickCount(models.Model):
    """The part of a `NickCount` that belongs to a period."""

    pk = models.CompositePrimaryKey("channel_id", "period_id", "year", "nick")
    channel = models.ForeignKey("logs.Channel", models.CASCADE, db_index=False, related_name="closed_nick_counts")
    period = models.ForeignKey(ClosedPeriod, models.CASCADE, related_name="nick_counts")
    year = models.SmallIntegerField()
    nick = models.TextField()
    said = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.period_id} in {self.year or 'all years'}, {self.nick}: {self.said}"


def readable_lines(hidden_periods: Sequence[int], table: str = "logs_line") -> models.Q:
    """Return the condition for lines outside of some periods, for a queryset in which lines have this alias."""
    if not hidden_periods:
        return models.Q()
    sql = READABLE_LINE.format(table=table, periods="%s")
    return models.Q(RawSQL(sql, [list(hidden_periods)], output_field=models.BooleanField()))  # noqa: S611  (a constant)


def readable_line_sql(hidden_periods: Sequence[int], table: str) -> str:
    """Return the same as SQL, preceded by AND, with the named parameter `hidden`; empty if nothing is hidden."""
    return f" AND {READABLE_LINE.format(table=table, periods='%(hidden)s')}" if hidden_periods else ""
