"""Words that several people use more often than in the year before, estimated from samples of lines."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import chain, islice
from typing import Any, NamedTuple

from django.db import connection

from logs.counts.activity import ChannelScope, cached
from logs.counts.day_index import with_counts
from logs.models.closed_period import readable_line_sql
from logs.text.irc_formatting import strip_formatting
from logs.text.words import common_words

DAYS_BEFORE, LINES_BEFORE = 24, 20
DAYS_NOW, LINES_NOW = 31, 15
"""Numbers of sampled days in the year before and in the month, and of lines of each day."""

MAX_CHANNELS = 8
"""Of several channels only the busiest of the month are sampled."""

CACHE_SECONDS = 24 * 3600

MIN_PEOPLE = 3
"""Nicks that must have used a word in the sample."""

MAX_WORDS = 15

_LINK = re.compile(r"(?:https?://|www\.)\S+")
_WORD = re.compile(r"[^\W\d_][\w'’-]+")

_SAMPLE = """
    SELECT nick, text FROM unnest(%(channels)s::int[], %(days)s::date[]) AS sampled(channel, day) CROSS JOIN LATERAL (
        SELECT nick, text FROM logs_line WHERE channel_id = sampled.channel AND kind IN (1, 2)
        AND at >= day::timestamp AT TIME ZONE 'UTC' + %(hour)s * interval '1 hour'
        AND at < (day + 1)::timestamp AT TIME ZONE 'UTC' {readable}
        ORDER BY at LIMIT %(lines)s
    ) AS message
"""
_SAMPLE_HOUR = 8
"""A day's sample begins at this hour (UTC): most channels are busier then than at midnight."""

_SAMPLED_DAYS = """
    WITH busiest AS (
        SELECT channel_id FROM {days} AS counts
        WHERE channel_id = ANY(%(channels)s) AND day >= %(month)s AND day < %(end)s AND said > 0
        GROUP BY channel_id ORDER BY sum(said) DESC, channel_id LIMIT %(limit)s
    )
    SELECT channel_id, day, revision FROM busiest JOIN {days} AS counts USING (channel_id)
    WHERE day >= %(start)s AND day < %(end)s AND said > 0
"""


class TrendingWord(NamedTuple):
    """A word, and the ratio of its use to that before; None if it was not used before."""

    word: str
    times: float | None


class _ChannelDay(NamedTuple):
    """A day of a channel; the revision changes with its lines."""

    channel: int
    day: date
    revision: int


def find_trending_words(scope: ChannelScope, month: date, end: date) -> list[TrendingWord]:
    """Return the words of a month (its first day), before `end`, that were rarer in the year before, by their score.

    Results are cached for CACHE_SECONDS, or until a sampled day changes.
    """
    days = _fetch_active_days(scope, month, end)
    days_now = _select_sample([day for day in days if day.day >= month], DAYS_NOW)
    days_before = _select_sample([day for day in days if day.day < month], DAYS_BEFORE)
    # The days and their revisions are the key, so that a changed day invalidates the result.
    hidden = scope.hidden_periods
    key = (days_now, days_before, sorted(hidden)) if hidden else (days_now, days_before)
    return cached("trending", key, CACHE_SECONDS, lambda: _compare_samples(days_now, days_before, hidden))


def _compare_samples(
    days_now: list[_ChannelDay], days_before: list[_ChannelDay], hidden: Sequence[int]
) -> list[TrendingWord]:
    messages_now = _fetch_messages(days_now, LINES_NOW, hidden)
    messages_before = _fetch_messages(days_before, LINES_BEFORE, hidden)
    nicks = {message.nick.lower() for message in (*messages_now, *messages_before)}
    # Nicks are left out: they trend whenever somebody joins. So are everyday words, and those that only one or two
    # people use.
    words = (
        word
        for word in _rank_words(messages_now, messages_before)
        if word.word not in nicks
        and word.word.replace("’", "'") not in common_words()
        and _has_enough_people(word.word, messages_now)
    )
    return list(islice(words, MAX_WORDS))


class _Message(NamedTuple):
    nick: str
    words: set[str]


def _rank_words(messages_now: list[_Message], messages_before: list[_Message]) -> list[TrendingWord]:
    """Return words by their score, the highest first; a word counts once a line.

    The score is the distance to the expected count in standard deviations of a Poisson distribution. 1 is added to the
    variance, so that words that were never used before do not all come first.
    """
    counts, counts_before = (
        Counter(chain.from_iterable(message.words for message in messages))
        for messages in (messages_now, messages_before)
    )
    if not counts or not counts_before:
        return []
    # The samples differ in size: counts of the earlier one are scaled to that of the later one.
    scale = counts.total() / counts_before.total()
    scored = []
    for word, count in counts.items():
        if count < MIN_PEOPLE or not 2 < len(word) < 40:
            continue
        expected = counts_before[word] * scale
        score = (count - expected) / math.sqrt(expected + 1)
        if score > 2:
            scored.append((score, TrendingWord(word, count / expected if expected else None)))
    return [word for _, word in sorted(scored, key=lambda pair: -pair[0])]


def _has_enough_people(word: str, messages: list[_Message]) -> bool:
    return len({message.nick for message in messages if word in message.words}) >= MIN_PEOPLE


def _fetch_active_days(scope: ChannelScope, month: date, end: date) -> list[_ChannelDay]:
    """Return the days with messages of the month and of the year before it, in the month's busiest channels."""
    start, end = month - timedelta(days=365), min(end, (month + timedelta(days=32)).replace(day=1))
    values = scope.values(month=month, limit=MAX_CHANNELS, start=start, end=end)
    with connection.cursor() as cursor:
        cursor.execute(with_counts(_SAMPLED_DAYS, scope.hidden_periods), values)
        return [_ChannelDay._make(row) for row in cursor.fetchall()]


def _select_sample(days: list[_ChannelDay], size: int) -> list[_ChannelDay]:
    """Return a sample of the days, the same each time: hashes of numbers are equal in every process."""
    return sorted(days, key=lambda day: hash((day.channel, day.day.toordinal())))[:size]


def _fetch_messages(days: list[_ChannelDay], lines: int, hidden: Sequence[int]) -> list[_Message]:
    """Return up to `lines` messages of each day."""
    statement = _SAMPLE.replace("{readable}", readable_line_sql(hidden, "logs_line"))
    values: dict[str, Any] = {"channels": [day.channel for day in days], "days": [day.day for day in days]}
    with connection.cursor() as cursor:
        cursor.execute(statement, values | {"hour": _SAMPLE_HOUR, "lines": lines, "hidden": list(hidden)})
        return [_Message(nick, _split_words(text)) for nick, text in cursor.fetchall()]


def _split_words(text: str) -> set[str]:
    plain = text if text.isprintable() else strip_formatting(text)
    if "://" in plain or "www." in plain:
        plain = _LINK.sub(" ", plain)
    return set(_WORD.findall(plain.lower()))
