"""Records and milestones of channels: the busiest day, the longest run of days, and the days of line 1,000, 5,000, …"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from django.db import connection

from logs import archive
from logs.counts.activity import ChannelScope
from logs.counts.day_index import with_counts
from logs.models import Channel

MILESTONES = tuple(factor * 10**power for power in range(3, 10) for factor in (1, 5))
"""The numbers of lines that count as milestones: 1,000, 5,000, 10,000 and so on."""

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
    """When a channel reached a number of `lines`; `line` is the id of that line, or 0 for several channels together."""

    lines: int
    day: date
    line: int


class Records(NamedTuple):
    """`busiest` and `streak` are None without a message; milestones are the newest ones, the highest first."""

    busiest: BusiestDay | None
    streak: Streak | None
    milestones: list[Milestone]


# The days are added up once for all records. Days in a row have the same difference to their number in order. The last
# columns say how many lines had been said before a milestone's day.
_RECORDS = """
    WITH by_day AS MATERIALIZED (
        SELECT day, sum(lines) AS lines, sum(said) AS said FROM {days} AS counts
        WHERE channel_id = ANY(%(channels)s) GROUP BY day
    ), streak AS (
        SELECT min(day) AS first, max(day) AS last FROM (
            SELECT day, day - row_number() OVER (ORDER BY day)::integer AS run FROM by_day WHERE said > 0
        ) AS numbered GROUP BY run ORDER BY count(*) DESC, run DESC LIMIT 1
    ), sums AS (
        SELECT day, lines, sum(lines) OVER (ORDER BY day) AS until FROM by_day WHERE lines > 0
    )
    (SELECT 'busiest', day, NULL::date, said::bigint, NULL::bigint FROM by_day
     WHERE said > 0 ORDER BY said DESC, day LIMIT 1)
    UNION ALL SELECT 'streak', first, last, NULL, NULL FROM streak
    UNION ALL (
        SELECT 'milestone', day, NULL, milestone, (until - lines)::bigint FROM sums
        JOIN unnest(%(milestones)s::bigint[]) AS milestone ON until - lines < milestone AND milestone <= until
        ORDER BY milestone DESC LIMIT %(limit)s
    )
"""


def find_records(scope: ChannelScope, channel: Channel | None = None) -> Records:
    """Return the records. `channel` is the only one of the scope, if it has only one: its lines are found."""
    with connection.cursor() as cursor:
        values = scope.values(milestones=list(MILESTONES), limit=MAX_MILESTONES)
        cursor.execute(with_counts(_RECORDS, scope.hidden_periods), values)
        rows = cursor.fetchall()
    busiest = next((BusiestDay(day, said) for name, day, _, said, _ in rows if name == "busiest"), None)
    streak = next((Streak(first, last) for name, first, last, _, _ in rows if name == "streak"), None)
    milestones = [
        Milestone(lines, day, archive.find_nth_line(channel, day, lines - before) if channel else 0)
        for name, day, _, lines, before in rows
        if name == "milestone"
    ]
    return Records(busiest, streak, sorted(milestones, reverse=True))
