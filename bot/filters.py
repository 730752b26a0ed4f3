"""Filters that every line passes before the journal: privacy removes lines, the flood detector marks them.

Privacy: off the record, opted out, paused, joins and parts, what is said to operators only. Floods: many lines of one
nick at once, or the same text in many channels of a network. Both kinds of flood are counted by the times of the lines,
so that a replay of quiet hours is no flood.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from django.conf import settings

from bot.desired_state import WantedChannel, WantedNetwork
from logs.ingest.entry import Entry, FloodDetected
from logs.ingest.rules import make_placeholder
from logs.models.channel import OptedOutLines
from logs.models.line import PRESENCE_KINDS, SAID, HoldReason
from logs.text.irc_formatting import strip_formatting
from logs.text.names import fold
from logs.text.privacy_rules import LineNames, Person, is_off_record
from logs.text.restricted import is_restricted

REPEAT_WINDOW = timedelta(seconds=60)
MIN_SPAM_CHARACTERS = 12
"""A shorter text is never spam, however often it is repeated: everybody says “hello”."""

MAX_REMEMBERED = 5000
"""Nicks and texts remembered; the least recently used one is forgotten."""

Key = TypeVar("Key")
Value = TypeVar("Value")


class PrivacyFilter:
    """Applies the settings of one network's channels and the opt-outs of its people, as last read."""

    def __init__(self) -> None:
        self._channels: dict[int, WantedChannel] = {}
        self._opt_outs: tuple[Person, ...] = ()
        self._casemapping = "rfc1459"
        self._bot_nick = ""

    def update(self, network: WantedNetwork) -> None:
        """Replace the settings and opt-outs."""
        self._channels = {channel.id: channel for channel in network.channels}
        self._opt_outs = tuple(person.folded(network.casemapping) for person in network.opted_out)
        self._casemapping = network.casemapping
        self._bot_nick = network.nick

    def is_bot(self, nick: str) -> bool:
        """Whether a nick is the one that the bot is configured to have."""
        return fold(nick, self._casemapping) == fold(self._bot_nick, self._casemapping)

    def apply(self, entry: Entry) -> Entry | None:
        """Return what may be recorded of a line: all of it, a placeholder without a nick, or nothing."""
        channel = self._channels.get(entry.channel)
        # A channel without settings is not wanted any more; the rules of the archive apply to its last lines.
        if channel is None:
            return entry
        if channel.paused or (entry.kind in PRESENCE_KINDS and not channel.keeps_joins):
            return None
        if entry.target and entry.kind in SAID and is_restricted(entry.target) and not channel.keeps_restricted:
            return None
        if entry.kind in SAID and self.is_off_record(entry.channel, entry.text):
            return None
        if not self._has_opted_out(entry):
            return entry
        return make_placeholder(entry) if channel.opted_out == OptedOutLines.PLACEHOLDER else None

    def is_off_record(self, channel_id: int, text: str) -> bool:
        """Whether what is said in a channel begins with one of its prefixes for what is off the record."""
        channel = self._channels.get(channel_id)
        return channel is not None and is_off_record(text, channel.off_record, self._bot_nick)

    def _has_opted_out(self, entry: Entry) -> bool:
        """Whether the source of a line, or the nick that it is about, has opted out."""
        if not self._opt_outs:
            return False
        names = LineNames.folded(entry.account, entry.nick, entry.target, self._casemapping)
        return any(person.is_in_line(entry.channel, names) for person in self._opt_outs)


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
