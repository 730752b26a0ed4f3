"""What must not be recorded: off the record, opted out, paused, joins and parts. Applied before the journal."""

from __future__ import annotations

from dataclasses import replace

from bot.desired_state import WantedChannel, WantedNetwork
from logs.ingest.entry import Entry
from logs.models import Kind
from logs.models.channel import OptedOutLines
from logs.models.line import SAID
from logs.text.privacy_rules import LineNames, Person, is_off_record

PRESENCE_KINDS = frozenset({Kind.JOIN, Kind.PART, Kind.QUIT})


class PrivacyFilter:
    """Applies the settings of one network's channels and the opt-outs of its people, as last read."""

    def __init__(self) -> None:
        self._channels: dict[int, WantedChannel] = {}
        self._opt_outs: tuple[Person, ...] = ()
        self._casemapping = "rfc1459"

    def update(self, network: WantedNetwork) -> None:
        """Replace the settings and opt-outs."""
        self._channels = {channel.id: channel for channel in network.channels}
        self._opt_outs = tuple(person.folded(network.casemapping) for person in network.opted_out)
        self._casemapping = network.casemapping

    def apply(self, entry: Entry) -> Entry | None:
        """Return what may be recorded of a line: all of it, a placeholder without a nick, or nothing."""
        channel = self._channels.get(entry.channel)
        # A channel without settings is not wanted any more; the rules of the archive apply to its last lines.
        if channel is None:
            return entry
        if channel.paused or (entry.kind in PRESENCE_KINDS and not channel.keeps_joins):
            return None
        if entry.kind in SAID and is_off_record(entry.text, channel.off_record):
            return None
        if not self._has_opted_out(entry):
            return entry
        # Only text gets a placeholder: a join or part without a nick would tell readers nothing.
        if entry.kind not in SAID or channel.opted_out != OptedOutLines.PLACEHOLDER:
            return None
        return replace(entry, kind=Kind.UNLOGGED, nick="", text="", account=None, target=None)

    def _has_opted_out(self, entry: Entry) -> bool:
        """Whether the source of a line, or the nick that it is about, has opted out."""
        if not self._opt_outs:
            return False
        names = LineNames.folded(entry.account, entry.nick, entry.target, self._casemapping)
        return any(person.is_in_line(entry.channel, names) for person in self._opt_outs)
