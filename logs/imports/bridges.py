"""Bridges in old logs: which nicks only repeat what others say, and their mark on a channel.

A line of a bridge is stored as it was said; pages show who spoke wherever the channel names the bridge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction

from logs.formats.log_format import MESSAGE, LogLine
from logs.models import Channel, audit_log
from logs.models.line_counts import lock_counters
from logs.text.names import fold, parse_bridged

MIN_MESSAGES = 10
"""Fewer messages that begin with a name in brackets are no sign of a bridge: people paste such lines."""

MIN_SHARE = 0.8


@dataclass(slots=True)
class BridgeCounts:
    """Counts, by nick, messages and those that begin as a bridge's do."""

    said: Counter[str] = field(default_factory=Counter)
    bridged: Counter[str] = field(default_factory=Counter)

    def add(self, line: LogLine) -> None:
        """Count a line. Only nicks that had a bridge's message are counted, so that this costs little."""
        if line.kind != MESSAGE:
            return
        if "<" in line.text[:10] and parse_bridged(line.text):
            self.bridged[line.nick] += 1
            self.said[line.nick] += 1
        elif line.nick in self.bridged:
            self.said[line.nick] += 1

    def merge(self, other: BridgeCounts) -> None:
        self.said += other.said
        self.bridged += other.bridged

    def find(self) -> Iterator[tuple[str, int, int]]:
        """The nicks that are probably bridges, each with the number of lines for others and of all."""
        for nick, count in self.bridged.most_common():
            if count >= MIN_MESSAGES and count >= MIN_SHARE * self.said[nick]:
                yield nick, count, self.said[nick]


def add_bridges(bridges: str, nicks: Sequence[str]) -> str:
    """The bridges of a channel with some more; ValidationError if that are too many, or one is no nick."""
    known = {fold(nick) for nick in bridges.split()}
    new = [nick for nick in nicks if fold(nick) not in known]
    together = " ".join([*bridges.split(), *new])
    is_too_long = len(together) > (Channel._meta.get_field("bridges").max_length or 0)
    if is_too_long or any(not nick or " " in nick for nick in new):
        raise ValidationError("A channel cannot have so many bridges, and none with a blank in its nick.")
    return together


def mark_bridges(channel_id: int, nicks: Sequence[str], by: str) -> None:
    """Add nicks to the bridges of a channel; ValidationError as `add_bridges`."""
    with transaction.atomic():
        lock_counters({channel_id})
        channel = Channel.objects.get(pk=channel_id)
        bridges = add_bridges(channel.bridges, nicks)
        if bridges != channel.bridges:
            Channel.objects.filter(pk=channel_id).update(bridges=bridges)
            audit_log.record_act(channel, by, f"changed bridges = {bridges}")
