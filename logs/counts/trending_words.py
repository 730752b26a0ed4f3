"""Words that several people use more often than in the year before, estimated from samples of lines."""

from __future__ import annotations

import math
import re
from collections import Counter
from datetime import date, timedelta
from itertools import chain, islice
from typing import NamedTuple

from django.db import connection

from logs.counts.activity import cached
from logs.text.irc_formatting import strip_formatting

DAYS_BEFORE, LINES_BEFORE = 24, 20
DAYS_NOW, LINES_NOW = 31, 15
"""Numbers of sampled days in the year before and in the month, and of lines of each day."""

MAX_CHANNELS = 8
"""Of several channels only the busiest of the month are sampled."""

CACHE_SECONDS = 24 * 3600

MIN_PEOPLE = 3
MAX_WORDS = 15

_LINK = re.compile(r"(?:https?://|www\.)\S+")
_WORD = re.compile(r"[^\W\d_][\w'’-]+")

_SAMPLE = """
    SELECT nick, text FROM unnest(%s::int[], %s::date[]) AS place(channel, day) CROSS JOIN LATERAL (
        SELECT nick, text FROM logs_line WHERE channel_id = place.channel AND kind IN (1, 2)
        AND at >= day::timestamp AT TIME ZONE 'UTC' + %s * interval '1 hour'
        AND at < (day + 1)::timestamp AT TIME ZONE 'UTC'
        ORDER BY at LIMIT %s
    ) AS said
"""
_HOUR = 8
"""A day's sample begins at this hour (UTC): most channels are busier then than at midnight."""

_PLACES = """
    WITH busiest AS (
        SELECT channel_id FROM logs_daycount
        WHERE channel_id = ANY(%(channels)s) AND day >= %(month)s AND day < %(end)s AND said > 0
        GROUP BY channel_id ORDER BY sum(said) DESC, channel_id LIMIT %(most)s
    )
    SELECT channel_id, day, revision FROM busiest JOIN logs_daycount USING (channel_id)
    WHERE day >= %(start)s AND day < %(end)s AND said > 0
"""


class TrendingWord(NamedTuple):
    """A word, and the ratio of its use to that before; None if it was not used before."""

    word: str
    times: float | None


class _Place(NamedTuple):
    channel: int
    day: date
    revision: int


def find_trending_words(channels: list[int], month: date, end: date) -> list[TrendingWord]:
    """Return the words of a month (its first day), before `end`, that were rarer in the year before, by their score.

    Results are cached for CACHE_SECONDS, or until a sampled day changes.
    """
    places = _places(channels, month, end)
    now = _some([place for place in places if place.day >= month], DAYS_NOW)
    before = _some([place for place in places if place.day < month], DAYS_BEFORE)
    return cached("risen", (now, before), CACHE_SECONDS, lambda: _risen(now, before))


def _risen(places_now: list[_Place], places_before: list[_Place]) -> list[TrendingWord]:
    now, before = _sample(places_now, LINES_NOW), _sample(places_before, LINES_BEFORE)
    nicks = {said.nick.lower() for said in (*now, *before)}
    risen = (word for word in _striking(now, before) if word.word not in nicks and _people(word.word, now))
    return list(islice(risen, MAX_WORDS))


class _Said(NamedTuple):
    nick: str
    words: set[str]


def _striking(now: list[_Said], before: list[_Said]) -> list[TrendingWord]:
    """Return words by their score, the highest first; a word counts once a line.

    The score is the distance to the expected count in standard deviations of a Poisson distribution. 1 is added to the
    variance, so that words that were never used before do not all come first.
    """
    counts, counts_before = (Counter(chain.from_iterable(said.words for said in lines)) for lines in (now, before))
    if not counts or not counts_before:
        return []
    scale = counts.total() / counts_before.total()
    scored = []
    for word, count in counts.items():
        if count < MIN_PEOPLE or not 2 < len(word) < 40:
            continue
        expected = counts_before[word] * scale
        score = (count - expected) / math.sqrt(expected + 1)
        if score > 2:
            scored.append((score, TrendingWord(word, count / expected if expected else None)))
    return [risen for _, risen in sorted(scored, key=lambda pair: -pair[0])]


def _people(word: str, lines: list[_Said]) -> bool:
    return len({said.nick for said in lines if word in said.words}) >= MIN_PEOPLE


def _places(channels: list[int], month: date, end: date) -> list[_Place]:
    """Return the days with messages of the month and of the year before it, in the month's busiest channels."""
    start, end = month - timedelta(days=365), min(end, (month + timedelta(days=32)).replace(day=1))
    given: dict[str, list[int] | date | int] = {"channels": channels, "month": month, "most": MAX_CHANNELS}
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, given | {"start": start, "end": end})
        return [_Place._make(row) for row in cursor.fetchall()]


def _some(places: list[_Place], most: int) -> list[_Place]:
    """Return a sample of the places, the same each time: hashes of numbers are equal in every process."""
    return sorted(places, key=lambda place: hash((place.channel, place.day.toordinal())))[:most]


def _sample(places: list[_Place], lines: int) -> list[_Said]:
    with connection.cursor() as cursor:
        cursor.execute(_SAMPLE, [[place.channel for place in places], [place.day for place in places], _HOUR, lines])
        return [_Said(nick, _words(text)) for nick, text in cursor.fetchall()]


def _words(text: str) -> set[str]:
    plain = text if text.isprintable() else strip_formatting(text)
    if "://" in plain or "www." in plain:
        plain = _LINK.sub(" ", plain)
    return set(_WORD.findall(plain.lower()))
