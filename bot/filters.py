"""The filter that every line passes before the journal: what the channel's owners and people do not want recorded.

Off the record, opted out, paused, joins and parts, what is said to operators only.
"""

from __future__ import annotations

from bot.desired_state import WantedChannel, WantedNetwork
from logs.ingest.entry import Entry
from logs.ingest.rules import make_placeholder
from logs.models.channel_choices import OptedOutLines
from logs.models.line import PRESENCE_KINDS, SAID
from logs.text.names import fold
from logs.text.privacy_rules import LineNames, Person, is_off_record, is_restricted


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
