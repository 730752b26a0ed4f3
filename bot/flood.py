"""Floods and spam, told as they begin: many lines of one nick at once, or the same words all over the network.

Both are counted by the times of the lines, so that a playback of calm hours is no flood.
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

REPEATED_WITHIN = timedelta(seconds=60)
SHORTEST = 12
"""Characters of a text that counts as spam when repeated: everybody says “hello”."""

Key = TypeVar("Key")
Value = TypeVar("Value")

MOST = 5000
"""Nicks and texts remembered."""


@dataclass(slots=True)
class Said:
    at: datetime
    channel: int
    nick: str


class Waves:
    """Remembers a little of one network, and nothing across restarts."""

    def __init__(self) -> None:
        self._by_nick: OrderedDict[tuple[int, str], deque[datetime]] = OrderedDict()
        self._by_text: OrderedDict[str, deque[Said]] = OrderedDict()

    def judge(self, entry: Entry) -> tuple[Entry, list[FloodDetected]]:
        """The line, marked if it is part of a wave, and what was recorded before it turned out to be one."""
        if entry.kind not in SAID:
            return entry, []
        flood, repeat = self._flood(entry), self._repeat(entry)
        if flood is not None:
            return replace(entry, held=HoldReason.FLOOD.value), flood
        if repeat is not None:
            return replace(entry, held=HoldReason.REPEAT.value), repeat
        return entry, []

    def _flood(self, entry: Entry) -> list[FloodDetected] | None:
        """The beginning of the flood that the line is part of; empty when that is known already. None: no flood."""
        most = settings.FLOOD_LINES
        if not most:
            return None
        times = _remembered(self._by_nick, (entry.channel, entry.nick), most + 1)
        was_flood = len(times) > most and times[-1] - times[0] <= timedelta(seconds=settings.FLOOD_SECONDS)
        times.append(entry.at)
        if len(times) <= most or times[-1] - times[0] > timedelta(seconds=settings.FLOOD_SECONDS):
            return None
        return [] if was_flood else [FloodDetected(entry.channel, times[0], entry.nick, HoldReason.FLOOD.value)]

    def _repeat(self, entry: Entry) -> list[FloodDetected] | None:
        """What else was the same spam; empty when that is known already. None if it is no spam."""
        most, text = settings.REPEAT_CHANNELS, " ".join(strip_formatting(entry.text).casefold().split())
        if not most or len(text) < SHORTEST:
            return None
        said = _remembered(self._by_text, text, 4 * most)
        known = _is_spam(said, entry.at, most)
        said.append(Said(entry.at, entry.channel, entry.nick))
        if not _is_spam(said, entry.at, most):
            return None
        earlier = [one for one in list(said)[:-1] if abs(entry.at - one.at) <= REPEATED_WITHIN]
        why = HoldReason.REPEAT.value
        return [] if known else [FloodDetected(one.channel, one.at, one.nick, why) for one in earlier]


def _is_spam(said: deque[Said], now: datetime, most: int) -> bool:
    return len({one.channel for one in said if abs(now - one.at) <= REPEATED_WITHIN}) > most


def _remembered(known: OrderedDict[Key, deque[Value]], key: Key, most: int) -> deque[Value]:
    if key not in known:
        known[key] = deque(maxlen=most)
        if len(known) > MOST:
            known.popitem(last=False)
    known.move_to_end(key)
    return known[key]
