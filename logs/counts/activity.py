"""How one or several channels are used: sums of the counts, at a cost that does not grow with the number of lines.

Sums over several channels are cached for a while (`cached`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple, TypeVar, cast

from django.core.cache import cache
from django.db import connection

from logs.counts.day_index import with_counts
from logs.models import ALL_YEARS, Channel
from logs.models.closed_period import readable_line_sql
from logs.text.privacy_rules import opted_out_sql

HOURS_OF_WEEK = 7 * 24
CACHE_SECONDS = 60
"""How long sums over several channels are cached: they take long, and all visitors request the same ones."""


class ChannelScope(NamedTuple):
    """The channels that are counted, and the closed periods in them that the visitor may not read."""

    channels: list[int]
    hidden_periods: Sequence[int] = ()

    @classmethod
    def of(cls, channels: Iterable[Channel]) -> ChannelScope:
        """Return the scope of channels as `visible_to` fetched them."""
        found = list(channels)
        return cls([channel.pk for channel in found], [pk for channel in found for pk in channel.hidden_periods])

    def values(self, **more: Any) -> dict[str, Any]:
        """Return the parameters of a statement that `with_counts` has filled in."""
        return {"channels": self.channels, "hidden": list(self.hidden_periods)} | more


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


def totals(scope: ChannelScope) -> Totals:
    """Return the totals of one channel as they are now, of several as they were at most CACHE_SECONDS ago."""
    if len(scope.channels) == 1:
        return _add_up(scope)
    key = sorted(scope.channels), sorted(scope.hidden_periods)
    return cached("totals", key, CACHE_SECONDS, lambda: _add_up(scope))


def _add_up(scope: ChannelScope) -> Totals:
    return Totals(extent(scope), activity(scope), longest_silence(scope))


def _fetch(scope: ChannelScope, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(with_counts(statement, scope.hidden_periods), scope.values(**values))
        return list(cursor.fetchall())


_EXTENT = """
    SELECT sum(lines), sum(said), count(*), min(day), max(day) FROM {days} AS counts
    WHERE channel_id = ANY(%(channels)s) AND lines > 0
"""


def extent(scope: ChannelScope) -> Extent | None:
    """Return the extent of channels; None if they have no lines."""
    (row,) = _fetch(scope, _EXTENT)
    return Extent(*row) if row[0] else None


_ACTIVITY = """
    SELECT year, channel_id, hour, sum(said) FROM {hours} AS counts
    WHERE channel_id = ANY(%(channels)s) AND said > 0 GROUP BY GROUPING SETS ((year), (channel_id), (hour))
"""


def activity(scope: ChannelScope) -> Activity:
    """Return the messages of channels by year, channel and hour of the week."""
    sums = Activity()
    for year, channel, hour, said in _fetch(scope, _ACTIVITY):
        # Each row belongs to one grouping set; the columns of the others are NULL.
        if year is not None:
            sums.years[year] = said
        elif channel is not None:
            sums.channels[channel] = said
        else:
            sums.hours[hour] = said
    return sums


_DAYS = """
    SELECT day, sum(said) FROM {days} AS counts
    WHERE channel_id = ANY(%(channels)s) AND day >= %(first)s AND said > 0 GROUP BY day
"""


def by_day(scope: ChannelScope, first: date) -> dict[date, int]:
    """Return the messages of each day that has any, from `first` on."""
    return dict(_fetch(scope, _DAYS, first=first))


_MONTHS = """
    SELECT date_trunc('month', day)::date, sum(said) FROM {days} AS counts
    WHERE channel_id = ANY(%(channels)s) AND said > 0 GROUP BY 1
"""


def by_month(scope: ChannelScope) -> dict[date, int]:
    """Return the messages of each month that has any, by its first day."""
    return dict(_fetch(scope, _MONTHS))


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
            SELECT folded FROM {nicks} AS counts
            WHERE channel_id = ANY(%(channels)s) AND year = %(year)s AND folded <> '' AND said > 0
            ORDER BY said DESC LIMIT %(candidates)s
        ) AS most_active
    ), speaker AS (
        SELECT network_id, counted.folded, (array_agg(nick ORDER BY said DESC, nick))[1] AS nick, sum(said) AS said
        FROM candidate JOIN {nicks} AS counted ON counted.folded = candidate.folded
        JOIN logs_channel ON logs_channel.id = channel_id
        WHERE channel_id = ANY(%(channels)s) AND year = %(year)s AND said > 0 AND NOT EXISTS (
            SELECT 1 FROM unnest(%(bot_channels)s::integer[], %(bots)s::text[]) AS bot(channel, nick)
            WHERE bot.channel = counted.channel_id AND logs_nick(bot.nick) = counted.folded
        ) GROUP BY network_id, counted.folded
    )
    SELECT network_id, nick, said FROM (
        SELECT speaker.*, casemapping FROM speaker JOIN logs_network ON logs_network.id = network_id
        ORDER BY said DESC, nick
    ) AS ranked
    WHERE (SELECT NOT {opted_out})
    ORDER BY said DESC, nick LIMIT %(limit)s
""".replace(
    "{opted_out}",
    opted_out_sql(
        network="ranked.network_id",
        channels="%(channels)s",
        casemapping="ranked.casemapping",
        account="''",
        nick="ranked.nick",
    ),
)


def top_speakers(
    scope: ChannelScope, limit: int, year: int = ALL_YEARS, bots: Iterable[tuple[int, str]] = ()
) -> list[Speaker]:
    """Return the nicks with the most messages, without those that opted out, whenever they did.

    `bots` holds programs that do not count, as channel and nick.
    """
    left_out = list(bots)
    rows = _fetch(
        scope,
        _SPEAKERS,
        year=year,
        limit=limit,
        candidates=_CANDIDATES,
        bot_channels=[channel for channel, _ in left_out],
        bots=[nick for _, nick in left_out],
    )
    return [Speaker._make(row) for row in rows]


_CANDIDATE_SILENCES = 20

# A silence spans whole days without messages, which the counts show without reading lines. Silences of the same number
# of days differ in length by up to two days, so the exact times are read for all that are at most one day shorter than
# the longest: the last message of its first day and the first message of its last day, both by index.
_SILENCES = """
    WITH active_day AS (
        SELECT DISTINCT day FROM {days} AS counts WHERE channel_id = ANY(%(channels)s) AND said > 0
    ), long AS (
        SELECT day, next FROM (SELECT day, lead(day) OVER (ORDER BY day) AS next FROM active_day) AS pair
        WHERE next - day > 1 ORDER BY next - day DESC LIMIT %(limit)s
    ), longest AS (
        SELECT day, next FROM long WHERE next - day >= (SELECT max(next - day) - 1 FROM long)
    )
    SELECT before.at, after.at FROM longest
    CROSS JOIN LATERAL (
        SELECT max(last.at) AS at FROM {days} AS counts CROSS JOIN LATERAL (
            SELECT at FROM logs_line WHERE logs_line.channel_id = counts.channel_id AND kind IN (1, 2, 3) {readable}
            AND at >= longest.day::timestamp AT TIME ZONE 'UTC' AND at < (longest.day + 1)::timestamp AT TIME ZONE 'UTC'
            ORDER BY at DESC LIMIT 1
        ) AS last WHERE counts.channel_id = ANY(%(channels)s) AND counts.day = longest.day AND counts.said > 0
    ) AS before CROSS JOIN LATERAL (
        SELECT min(first.at) AS at FROM {days} AS counts CROSS JOIN LATERAL (
            SELECT at FROM logs_line WHERE logs_line.channel_id = counts.channel_id AND kind IN (1, 2, 3) {readable}
            AND at >= next::timestamp AT TIME ZONE 'UTC' AND at < (next + 1)::timestamp AT TIME ZONE 'UTC'
            ORDER BY at LIMIT 1
        ) AS first WHERE counts.channel_id = ANY(%(channels)s) AND counts.day = longest.next AND counts.said > 0
    ) AS after
    ORDER BY after.at - before.at DESC, before.at LIMIT 1
"""


def longest_silence(scope: ChannelScope) -> Silence | None:
    """Return the longest time without a message in any of the channels; None if none spans a whole day (UTC)."""
    statement = _SILENCES.replace("{readable}", readable_line_sql(scope.hidden_periods, "logs_line"))
    rows = _fetch(scope, statement, limit=_CANDIDATE_SILENCES)
    return Silence(*(at.astimezone(UTC) for at in rows[0])) if rows else None


_NICKS = """
    SELECT count(*) FROM (
        SELECT DISTINCT folded FROM {nicks} AS counts
        WHERE channel_id = ANY(%(channels)s) AND year = %(year)s AND said > 0
    ) AS nick
"""


def count_nicks(scope: ChannelScope) -> int:
    """Return the number of nicks with messages; spellings of one nick count once."""
    return int(_fetch(scope, _NICKS, year=ALL_YEARS)[0][0])


Value = TypeVar("Value")


def cached(name: str, input_key: object, seconds: int, compute: Callable[[], Value]) -> Value:
    """Return the cached result of `compute` for an input, if it is at most `seconds` old; else compute and cache it.

    The cache key is made of the name and the repr of the input.
    """
    key = f"{name}:{sha256(repr(input_key).encode()).hexdigest()}"
    return cast("Value", cache.get_or_set(key, compute, seconds))


_DAYS_OF_YEAR = """
    SELECT day, sum(said) FROM {days} AS counts
    WHERE channel_id = ANY(%(channels)s) AND day >= %(first)s AND day <= %(last)s AND said > 0 GROUP BY day
"""
_PEOPLE_OF_YEAR = """
    SELECT count(DISTINCT folded) FROM {nicks} AS counts
    WHERE channel_id = ANY(%(channels)s) AND year = %(year)s AND said > 0
"""


class YearNumbers(NamedTuple):
    """Messages by day, of all days together, and how many nicks said them."""

    days: dict[date, int]
    said: int
    people: int


def fetch_year(scope: ChannelScope, year: int) -> YearNumbers | None:
    """Return the numbers of a year; None without a message."""
    values = scope.values(first=date(year, 1, 1), last=date(year, 12, 31), year=year)
    with connection.cursor() as cursor:
        cursor.execute(with_counts(_DAYS_OF_YEAR, scope.hidden_periods), values)
        days = dict(cursor.fetchall())
        if not days:
            return None
        cursor.execute(with_counts(_PEOPLE_OF_YEAR, scope.hidden_periods), values)
        return YearNumbers(days, sum(days.values()), cursor.fetchone()[0])
