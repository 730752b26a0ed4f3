"""Finds floods and spam: many lines of one nick at once, or the same text in many channels of a network.

Both are counted by the times of the lines, so that a replay of quiet hours is no flood.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from django.conf import settings

from logs.ingest.entry import Entry, FloodDetected
from logs.models.line import SAID, HoldReason
from logs.text.irc_formatting import strip_formatting

REPEAT_WINDOW = timedelta(seconds=60)
MIN_SPAM_CHARACTERS = 12
"""A shorter text is never spam, however often it is repeated: everybody says “hello”."""

MAX_REMEMBERED = 5000
"""Nicks and texts remembered; the least recently used one is forgotten."""

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(slots=True)
class Occurrence:
    """One line with a certain text."""

    at: datetime
    channel: int
    nick: str


class FloodDetector:
    """Remembers recent lines of one network, in memory only."""

    def __init__(self) -> None:
        self._times_by_nick: OrderedDict[tuple[int, str], deque[datetime]] = OrderedDict()
        self._occurrences_by_text: OrderedDict[str, deque[Occurrence]] = OrderedDict()

    def check(self, entry: Entry) -> tuple[Entry, list[FloodDetected]]:
        """Return the line, marked if it belongs to a flood or spam, and records that mark the earlier lines of it."""
        if entry.kind not in SAID:
            return entry, []
        # Both checks run for every line, because each remembers what it has seen.
        flood, repeat = self._check_flood(entry), self._check_repeat(entry)
        if flood is not None:
            return replace(entry, held=HoldReason.FLOOD.value), flood
        if repeat is not None:
            return replace(entry, held=HoldReason.REPEAT.value), repeat
        return entry, []

    def _check_flood(self, entry: Entry) -> list[FloodDetected] | None:
        """Return the beginning of the flood that the line belongs to, or [] if it was reported before; None if none."""
        max_lines, window = settings.FLOOD_LINES, timedelta(seconds=settings.FLOOD_SECONDS)
        if not max_lines:
            return None
        # One more than allowed: if the oldest and the newest of them lie within the window, it is a flood.
        times = _recent(self._times_by_nick, (entry.channel, entry.nick), max_lines + 1)
        was_flood = len(times) > max_lines and times[-1] - times[0] <= window
        times.append(entry.at)
        if len(times) <= max_lines or times[-1] - times[0] > window:
            return None
        return [] if was_flood else [FloodDetected(entry.channel, times[0], entry.nick, HoldReason.FLOOD.value)]

    def _check_repeat(self, entry: Entry) -> list[FloodDetected] | None:
        """Return the earlier lines of the same spam, or [] if they were reported before; None if it is no spam."""
        max_channels, text = settings.REPEAT_CHANNELS, " ".join(strip_formatting(entry.text).casefold().split())
        if not max_channels or len(text) < MIN_SPAM_CHARACTERS:
            return None
        # Four times the limit, so that a text repeated in one channel does not push out the others.
        occurrences = _recent(self._occurrences_by_text, text, 4 * max_channels)
        was_spam = _is_spam(occurrences, entry.at, max_channels)
        occurrences.append(Occurrence(entry.at, entry.channel, entry.nick))
        if not _is_spam(occurrences, entry.at, max_channels):
            return None
        if was_spam:
            return []
        earlier = [one for one in list(occurrences)[:-1] if abs(entry.at - one.at) <= REPEAT_WINDOW]
        return [FloodDetected(one.channel, one.at, one.nick, HoldReason.REPEAT.value) for one in earlier]


def _is_spam(occurrences: deque[Occurrence], now: datetime, max_channels: int) -> bool:
    return len({one.channel for one in occurrences if abs(now - one.at) <= REPEAT_WINDOW}) > max_channels


def _recent(cache: OrderedDict[Key, deque[Value]], key: Key, size: int) -> deque[Value]:
    """Return the recent values of a key, making room for a new key by forgetting the least recently used one."""
    if key not in cache:
        cache[key] = deque(maxlen=size)
        if len(cache) > MAX_REMEMBERED:
            cache.popitem(last=False)
    cache.move_to_end(key)
    return cache[key]
