"""Words that came up: used more of late than before, by several people. From samples, so that it costs little."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from django.db import connection

from logs.models import Channel
from logs.text.mirc import strip

DAYS_BEFORE, LINES_BEFORE = 24, 30
LINES_NOW = 25
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
    now = _counted(_sample(channel, _days(channel, month, end), LINES_NOW))
    before_days = _days(channel, month - timedelta(days=365), month)
    step = max(1, len(before_days) // DAYS_BEFORE)
    before = _counted(_sample(channel, before_days[::step][:DAYS_BEFORE], LINES_BEFORE))
    if not now.words.total() or not before.words.total():
        return []
    return _striking(now, before)


class _Counted(NamedTuple):
    words: Counter[str]
    people: dict[str, set[str]]
    nicks: set[str]


def _counted(lines: Iterable[tuple[str, str]]) -> _Counted:
    words: Counter[str] = Counter()
    people: defaultdict[str, set[str]] = defaultdict(set)
    nicks = set()
    for nick, text in lines:
        nicks.add(nick.lower())
        plain = text if text.isprintable() else strip(text)
        for word in {word for word in _WORD.findall(plain.lower()) if 2 < len(word) < 40 and "/" not in word}:
            words[word] += 1
            people[word].add(nick)
    return _Counted(words, people, nicks)


def _striking(now: _Counted, before: _Counted) -> list[Risen]:
    """A word counts once a line; it is the more striking the more it exceeds what was to be expected (Poisson)."""
    scale = now.words.total() / before.words.total()
    nicks = now.nicks | before.nicks
    scored = []
    for word, count in now.words.items():
        if len(now.people[word]) < FEWEST_PEOPLE or word.rstrip("_'-") in nicks:
            continue
        expected = before.words[word] * scale
        score = (count - expected) / math.sqrt(expected + 1)
        if score > 2:
            scored.append((score, Risen(word, count / expected if expected else None)))
    return [risen for _, risen in sorted(scored, key=lambda pair: -pair[0])[:MOST]]


def _days(channel: Channel, first: date, end: date) -> list[date]:
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, [channel.pk, first, end])
        return [day for (day,) in cursor.fetchall()]


def _sample(channel: Channel, days: list[date], lines: int) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(_SAMPLE, [days, channel.pk, _HOUR, lines])
        return list(cursor.fetchall())
