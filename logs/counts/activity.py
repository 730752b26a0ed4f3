"""How one or several channels are used: sums of the counts, at a cost that does not grow with the number of lines.

Sums over several channels are cached for a while (`cached`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import NamedTuple, TypeVar, cast

from django.core.cache import cache
from django.db import connection
from django.db.models import Sum
from django.db.models.functions import TruncMonth

from logs.models import ALL_YEARS, DayCount
from logs.text.privacy_rules import opted_out_sql

HOURS_OF_WEEK = 7 * 24
CACHE_SECONDS = 60
"""How long sums over several channels are cached: they take long, and all visitors request the same ones."""


@dataclass(slots=True)
class Activity:
    """Messages by year, by channel and by hour of the week (numbered as in HourCount)."""

    years: Counter[int] = field(default_factory=Counter)
    channels: Counter[int] = field(default_factory=Counter)
    hours: list[int] = field(default_factory=lambda: [0] * HOURS_OF_WEEK)


class Extent(NamedTuple):
    """Numbers of lines, of messages among them, and of days (added up over channels), and the first and last day."""

    lines: int
    said: int
    days: int
    first: date
    last: date


class Speaker(NamedTuple):
    """`nick` in its most frequent spelling; `said` counts the messages of all spellings."""

    network: int
    nick: str
    said: int


class Silence(NamedTuple):
    """The times of the last message before a silence and of the first one after it."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        return self.end - self.start


class Totals(NamedTuple):
    """Sums that take long; `extent` is None without lines, `silence` if none spans a whole day."""

    extent: Extent | None
    used: Activity
    silence: Silence | None


def totals(channels: list[int]) -> Totals:
    """Return the totals of one channel as they are now, of several as they were at most CACHE_SECONDS ago."""
    if len(channels) == 1:
        return _add_up(channels)
    return cached("totals", sorted(channels), CACHE_SECONDS, lambda: _add_up(channels))


def _add_up(channels: list[int]) -> Totals:
    return Totals(extent(channels), activity(channels), longest_silence(channels))


_EXTENT = """
    SELECT sum(lines), sum(said), count(*), min(day), max(day) FROM logs_daycount
    WHERE channel_id = ANY(%s) AND lines > 0
"""


def extent(channels: list[int]) -> Extent | None:
    """Return the extent of channels; None if they have no lines."""
    with connection.cursor() as cursor:
        cursor.execute(_EXTENT, [channels])
        row = cursor.fetchone()
    return Extent(*row) if row[0] else None


_ACTIVITY = """
    SELECT year, channel_id, hour, sum(said) FROM logs_hourcount
    WHERE channel_id = ANY(%s) AND said > 0 GROUP BY GROUPING SETS ((year), (channel_id), (hour))
"""


def activity(channels: list[int]) -> Activity:
    """Return the messages of channels by year, channel and hour of the week."""
    sums = Activity()
    with connection.cursor() as cursor:
        cursor.execute(_ACTIVITY, [channels])
        for year, channel, hour, said in cursor.fetchall():
            # Each row belongs to one grouping set; the columns of the others are NULL.
            if year is not None:
                sums.years[year] = said
            elif channel is not None:
                sums.channels[channel] = said
            else:
                sums.hours[hour] = said
    return sums


_DAYS = """
    SELECT day, sum(said) FROM logs_daycount WHERE channel_id = ANY(%s) AND day >= %s AND said > 0 GROUP BY day
"""


def by_day(channels: list[int], first: date) -> dict[date, int]:
    """Return the messages of each day that has any, from `first` on."""
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, [channels, first])
        return dict(cursor.fetchall())


def by_month(channels: list[int]) -> dict[date, int]:
    """Return the messages of each month that has any, by its first day."""
    counts = DayCount.objects.filter(channel__in=channels, said__gt=0)
    return dict(counts.order_by().values_list(TruncMonth("day")).annotate(Sum("said")))


_CANDIDATES = 500
"""Spellings with the most messages, whose nicks can become speakers."""

# The counts are by nick as it was written. Adding up all spellings of all nicks would take long, so candidates are
# those with a frequent spelling, and only their spellings are added up.
#
# Counts have no accounts, so only nicks that opted out are left out, never a nick spelled like somebody's account. The
# rule costs a subquery for each speaker. Inside `(SELECT ...)` the planner cannot turn it into a join: it is evaluated
# in the order of the speakers, until enough of them pass it.
_SPEAKERS = """
    WITH candidate AS (
        SELECT DISTINCT folded FROM (
            SELECT folded FROM logs_nickcount
            WHERE channel_id = ANY(%(channels)s) AND year = %(year)s AND folded <> ''
            ORDER BY said DESC LIMIT %(candidates)s
        ) AS most_active
    ), speaker AS (
        SELECT network_id, counted.folded, (array_agg(nick ORDER BY said DESC, nick))[1] AS nick, sum(said) AS said
        FROM candidate JOIN logs_nickcount AS counted ON counted.folded = candidate.folded
        JOIN logs_channel ON logs_channel.id = channel_id
        WHERE channel_id = ANY(%(channels)s) AND year = %(year)s GROUP BY network_id, counted.folded
    )
    SELECT network_id, nick, said FROM (
        SELECT speaker.*, casemapping FROM speaker JOIN logs_network ON logs_network.id = network_id
        ORDER BY said DESC, nick
    ) AS ranked
    WHERE (SELECT NOT {opted_out})
    ORDER BY said DESC, nick LIMIT %(limit)s
""".format(  # noqa: S608 (the rule contains no values)
    opted_out=opted_out_sql(
        network="ranked.network_id",
        channels="%(channels)s",
        casemapping="ranked.casemapping",
        account="''",
        nick="ranked.nick",
    )
)


def top_speakers(channels: list[int], limit: int, year: int = ALL_YEARS) -> list[Speaker]:
    """Return the nicks with the most messages, without those that opted out, whenever they did."""
    values: dict[str, int | list[int]] = {"channels": channels, "year": year, "limit": limit}
    values["candidates"] = _CANDIDATES
    with connection.cursor() as cursor:
        cursor.execute(_SPEAKERS, values)
        return [Speaker._make(row) for row in cursor.fetchall()]


_CANDIDATE_SILENCES = 20

# A silence spans whole days without messages, which the counts show without reading lines. Silences of the same number
# of days differ in length by up to two days, so the exact times are read for all that are at most one day shorter than
# the longest: the last message of its first day and the first message of its last day, both by index.
_SILENCES = """
    WITH active_day AS (
        SELECT {distinct} day FROM logs_daycount WHERE channel_id = ANY(%(channels)s) AND said > 0
    ), long AS (
        SELECT day, next FROM (SELECT day, lead(day) OVER (ORDER BY day) AS next FROM active_day) AS pair
        WHERE next - day > 1 ORDER BY next - day DESC LIMIT %(limit)s
    ), longest AS (
        SELECT day, next FROM long WHERE next - day >= (SELECT max(next - day) - 1 FROM long)
    )
    SELECT before.at, after.at FROM longest
    CROSS JOIN LATERAL (
        SELECT max(last.at) AS at FROM logs_daycount AS counts CROSS JOIN LATERAL (
            SELECT at FROM logs_line WHERE logs_line.channel_id = counts.channel_id AND kind IN (1, 2, 3)
            AND at >= longest.day::timestamp AT TIME ZONE 'UTC' AND at < (longest.day + 1)::timestamp AT TIME ZONE 'UTC'
            ORDER BY at DESC LIMIT 1
        ) AS last WHERE counts.channel_id = ANY(%(channels)s) AND counts.day = longest.day AND counts.said > 0
    ) AS before CROSS JOIN LATERAL (
        SELECT min(first.at) AS at FROM logs_daycount AS counts CROSS JOIN LATERAL (
            SELECT at FROM logs_line WHERE logs_line.channel_id = counts.channel_id AND kind IN (1, 2, 3)
            AND at >= next::timestamp AT TIME ZONE 'UTC' AND at < (next + 1)::timestamp AT TIME ZONE 'UTC'
            ORDER BY at LIMIT 1
        ) AS first WHERE counts.channel_id = ANY(%(channels)s) AND counts.day = longest.next AND counts.said > 0
    ) AS after
    ORDER BY after.at - before.at DESC, before.at LIMIT 1
"""


def longest_silence(channels: list[int]) -> Silence | None:
    """Return the longest time without a message in any of the channels; None if none spans a whole day (UTC)."""
    statement = _SILENCES.format(distinct="DISTINCT" if len(channels) > 1 else "")
    with connection.cursor() as cursor:
        cursor.execute(statement, {"channels": channels, "limit": _CANDIDATE_SILENCES})
        row = cursor.fetchone()
    return Silence(*(at.astimezone(UTC) for at in row)) if row else None


_NICKS = """
    SELECT count(*) FROM (
        SELECT DISTINCT folded FROM logs_nickcount WHERE channel_id = ANY(%s) AND year = %s
    ) AS nick
"""


def count_nicks(channels: list[int]) -> int:
    """Return the number of nicks with messages; spellings of one nick count once."""
    with connection.cursor() as cursor:
        cursor.execute(_NICKS, [channels, ALL_YEARS])
        return int(cursor.fetchone()[0])


Value = TypeVar("Value")


def cached(name: str, input_key: object, seconds: int, compute: Callable[[], Value]) -> Value:
    """Return the cached result of `compute` for an input, if it is at most `seconds` old; else compute and cache it.

    The cache key is made of the name and the repr of the input.
    """
    key = f"{name}:{sha256(repr(input_key).encode()).hexdigest()}"
    return cast("Value", cache.get_or_set(key, compute, seconds))
