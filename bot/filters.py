"""What must not be kept, asked before the journal: off the record, opted out, paused, comings and goings."""

from __future__ import annotations

from dataclasses import replace

from bot.desired_state import WantedChannel, WantedNetwork
from logs.ingest.entry import Entry
from logs.models import Kind
from logs.models.channel import OptedOutLines
from logs.models.line import SAID
from logs.text.privacy_rules import LineNames, Person, is_off_record

COMINGS = frozenset({Kind.JOIN, Kind.PART, Kind.QUIT})


class Consent:
    """The wishes of one network's channels and people, as last read."""

    def __init__(self) -> None:
        self._channels: dict[int, WantedChannel] = {}
        self._people: tuple[Person, ...] = ()
        self._casemapping = "rfc1459"

    def take(self, network: WantedNetwork) -> None:
        self._channels = {channel.id: channel for channel in network.channels}
        self._casemapping = network.casemapping
        self._people = tuple(person.folded(network.casemapping) for person in network.opted_out)

    def kept(self, entry: Entry) -> Entry | None:
        """As much of a line as may be kept: all, a nameless placeholder, or nothing."""
        channel = self._channels.get(entry.channel)
        if channel is None:
            return entry
        if channel.paused or (entry.kind in COMINGS and not channel.keeps_joins):
            return None
        if entry.kind in SAID and is_off_record(entry.text, channel.off_record):
            return None
        if not self._is_opted_out(entry):
            return entry
        if entry.kind not in SAID or channel.opted_out != OptedOutLines.PLACEHOLDER:
            return None
        return replace(entry, kind=Kind.UNLOGGED, nick="", text="", account=None, target=None)

    def _is_opted_out(self, entry: Entry) -> bool:
        if not self._people:
            return False
        names = LineNames.folded(entry.account, entry.nick, entry.target, self._casemapping)
        return any(person.is_in_line(entry.channel, names) for person in self._people)
