"""Words that came up: used more of late than before, by several people. From samples, so that it costs little."""

from __future__ import annotations

import math
import re
from collections import Counter
from datetime import date, timedelta
from itertools import chain
from typing import NamedTuple

from django.db import connection

from logs.models import Channel
from logs.text.mirc import strip

DAYS_BEFORE, LINES_BEFORE = 24, 20
LINES_NOW = 15
"""How many days of the year before are sampled, and how many lines of a day."""

FEWEST_PEOPLE = 3
MOST = 15

_WORD = re.compile(r"(?:https?://|www\.)\S+|[^\W\d_][\w'’-]+")

_SAMPLE = """
    SELECT nick, text FROM unnest(%s::date[]) AS day CROSS JOIN LATERAL (
        SELECT nick, text FROM logs_line WHERE channel_id = %s AND kind IN (1, 2)
        AND at >= day::timestamp AT TIME ZONE 'UTC' + %s * interval '1 hour'
        AND at < (day + 1)::timestamp AT TIME ZONE 'UTC'
        ORDER BY at LIMIT %s
    ) AS said
"""
_HOUR = 8
"""Lines of a day are taken from this hour (UTC) on."""

_DAYS = """
    SELECT day FROM logs_daycount WHERE channel_id = %s AND day >= %s AND day < %s AND said > 0 ORDER BY day
"""


class Risen(NamedTuple):
    """A word and how many times as often it is used as before; None if it was not used before."""

    word: str
    times: float | None


def risen_words(channel: Channel, month: date) -> list[Risen]:
    """Words of a month, given by its first day, that were rarer in the year before it; the most striking first."""
    end = (month + timedelta(days=32)).replace(day=1)
    before_days = _days(channel, month - timedelta(days=365), month)
    step = max(1, len(before_days) // DAYS_BEFORE)
    now = _sample(channel, _days(channel, month, end), LINES_NOW)
    before = _sample(channel, before_days[::step][:DAYS_BEFORE], LINES_BEFORE)
    nicks = {said.nick.lower() for said in (*now, *before)}
    risen = [word for word in _striking(now, before) if word.word not in nicks and _people(word.word, now)]
    return risen[:MOST]


class _Said(NamedTuple):
    nick: str
    words: set[str]


def _striking(now: list[_Said], before: list[_Said]) -> list[Risen]:
    """A word counts once a line; it is the more striking the more it exceeds what was to be expected (Poisson)."""
    counts, counts_before = (Counter(chain.from_iterable(said.words for said in lines)) for lines in (now, before))
    if not counts or not counts_before:
        return []
    scale = counts.total() / counts_before.total()
    scored = []
    for word, count in counts.items():
        if count < FEWEST_PEOPLE or not 2 < len(word) < 40 or "/" in word:
            continue
        expected = counts_before[word] * scale
        score = (count - expected) / math.sqrt(expected + 1)
        if score > 2:
            scored.append((score, Risen(word, count / expected if expected else None)))
    return [risen for _, risen in sorted(scored, key=lambda pair: -pair[0])]


def _people(word: str, lines: list[_Said]) -> bool:
    return len({said.nick for said in lines if word in said.words}) >= FEWEST_PEOPLE


def _days(channel: Channel, first: date, end: date) -> list[date]:
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, [channel.pk, first, end])
        return [day for (day,) in cursor.fetchall()]


def _sample(channel: Channel, days: list[date], lines: int) -> list[_Said]:
    with connection.cursor() as cursor:
        cursor.execute(_SAMPLE, [days, channel.pk, _HOUR, lines])
        return [
            _Said(nick, set(_WORD.findall((text if text.isprintable() else strip(text)).lower())))
            for nick, text in cursor.fetchall()
        ]
