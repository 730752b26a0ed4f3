"""Records and milestones of channels: the busiest day, the longest run of days, and when there were so many lines."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from logs import archive
from logs.counts.activity import ChannelScope
from logs.counts.readable import with_counts
from logs.models import Channel

MILESTONES = tuple(factor * 10**power for power in range(3, 10) for factor in (1, 5))
"""Numbers of lines that are told of."""

MAX_MILESTONES = 4


class BusiestDay(NamedTuple):
    day: date
    said: int


class Streak(NamedTuple):
    """Days in a row with messages."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


class Milestone(NamedTuple):
    """The line with which a channel had so many; `line` is 0 where it is not known, among several channels."""

    lines: int
    day: date
    line: int


_BUSIEST = """
    SELECT day, sum(said) FROM {days} AS counts
    WHERE channel_id = ANY(%(channels)s) AND said > 0 GROUP BY day ORDER BY 2 DESC, day LIMIT 1
"""

# Days in a row have the same difference to their number in order.
_STREAK = """
    SELECT min(day), max(day) FROM (
        SELECT day, day - row_number() OVER (ORDER BY day)::integer AS run FROM (
            SELECT DISTINCT day FROM {days} AS counts WHERE channel_id = ANY(%(channels)s) AND said > 0
        ) AS active
    ) AS numbered GROUP BY run ORDER BY count(*) DESC, run DESC LIMIT 1
"""

_MILESTONES = """
    WITH sums AS (
        SELECT day, lines, sum(lines) OVER (ORDER BY day) AS until FROM (
            SELECT day, sum(lines) AS lines FROM {days} AS counts
            WHERE channel_id = ANY(%(channels)s) AND lines > 0 GROUP BY day
        ) AS by_day
    )
    SELECT milestone, day, (milestone - (until - lines))::integer FROM sums
    JOIN unnest(%(milestones)s::bigint[]) AS milestone ON until - lines < milestone AND milestone <= until
    ORDER BY milestone DESC LIMIT %(limit)s
"""


def find_busiest_day(scope: ChannelScope) -> BusiestDay | None:
    rows = _fetch(scope, _BUSIEST)
    return BusiestDay(*rows[0]) if rows else None


def find_longest_streak(scope: ChannelScope) -> Streak | None:
    """Return the longest run of days with messages, the latest of several; None without a message."""
    rows = _fetch(scope, _STREAK)
    return Streak(*rows[0]) if rows else None


def find_milestones(scope: ChannelScope, channel: Channel | None = None) -> list[Milestone]:
    """Return the newest milestones, the highest first. `channel` is the only one of the scope: its lines are found."""
    rows = _fetch(scope, _MILESTONES, milestones=list(MILESTONES), limit=MAX_MILESTONES)
    return [
        Milestone(count, day, archive.find_nth_line(channel, day, place) if channel else 0)
        for count, day, place in rows
    ]


def _fetch(scope: ChannelScope, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(with_counts(statement, scope.hidden_periods), scope.values(**values))
        return list(cursor.fetchall())
