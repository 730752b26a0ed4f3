"""The numbers of one year of a channel."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from django.db import connection

from logs.counts.activity import ChannelScope
from logs.counts.readable import with_counts

_DAYS = """
    SELECT day, sum(said) FROM {days} AS counts
    WHERE channel_id = ANY(%(channels)s) AND day >= %(first)s AND day <= %(last)s AND said > 0 GROUP BY day
"""
_PEOPLE = """
    SELECT count(DISTINCT folded) FROM {nicks} AS counts
    WHERE channel_id = ANY(%(channels)s) AND year = %(year)s AND said > 0
"""


class YearNumbers(NamedTuple):
    """Messages by day, of all days together, and how many nicks said them."""

    days: dict[date, int]
    said: int
    people: int


def fetch(scope: ChannelScope, year: int) -> YearNumbers | None:
    """Return the numbers of a year; None without a message."""
    values = scope.values(first=date(year, 1, 1), last=date(year, 12, 31), year=year)
    with connection.cursor() as cursor:
        cursor.execute(with_counts(_DAYS, scope.hidden_periods), values)
        days = dict(cursor.fetchall())
        if not days:
            return None
        cursor.execute(with_counts(_PEOPLE, scope.hidden_periods), values)
        return YearNumbers(days, sum(days.values()), cursor.fetchone()[0])
