"""The wanted channels of one connection: joined in batches, retried slowly when the server refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from time import monotonic

from bot.desired_state import WantedChannel
from bot.irc.isupport import Isupport
from bot.irc.message import Send
from bot.members import Members
from bot.recorder import Recorder
from logs.models.bot_status import State
from logs.models.line import Reason
from logs.text.irc_formatting import strip_formatting

RETRY_REFUSED_SECONDS = 300.0
JOIN_TIMEOUT_SECONDS = 900.0
"""A JOIN without a reply counts as refused after this time; it is long because hundreds of them are sent in turn."""

MAX_JOIN_BYTES = 400

PUNCTUATION, BRACKETS = ".,:;!?\"'()<>`\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}", "[]{}"
"""What may stand around a channel's name in a sentence. Brackets may be a part of the name."""

MAX_FORMER_NAMES = 10
"""Names of a channel that are remembered until the settings have its present one."""

Report = Callable[[int | None, State, str], None]
"""Called with a channel id (None for the network), its state, and a reason or ""."""


class Channels:
    """Which channels should be joined and which are being joined; bot.members knows which ones are.

    `banned_ids` are channels to stay out of after a kick or ban; the set outlives the connection.
    """

    def __init__(
        self,
        *,
        isupport: Isupport,
        members: Members,
        recorder: Recorder,
        send: Send,
        report: Report,
        banned_ids: set[int],
    ) -> None:
        self._isupport = isupport
        self._members = members
        self._recorder = recorder
        self._send = send
        self._report = report
        self._banned_ids = banned_ids
        self._refused_at: dict[int, float] = {}
        self._requested_at: dict[int, float] = {}
        self._wanted: dict[str, WantedChannel] = {}
        # By channel id the names that it had, and the one that it has now.
        self._renamed: dict[int, tuple[list[str], str]] = {}

    def get(self, name: str) -> WantedChannel | None:
        """Return the wanted channel of this name, joined or not."""
        return self._wanted.get(self._isupport.fold(name))

    def joined(self) -> list[WantedChannel]:
        """Return the wanted channels that we are in."""
        joined = self._members.joined_names
        return [channel for name, channel in self._wanted.items() if name in joined]

    @property
    def has_joined(self) -> bool:
        """Whether we are in any wanted channel."""
        joined = self._members.joined_names
        return any(name in joined for name in self._wanted)

    @property
    def is_settled(self) -> bool:
        """Whether the server has answered every JOIN."""
        return not self._requested_at

    def refold(self) -> None:
        """Index the channels again, after the server has announced how it compares names."""
        self._index(list(self._wanted.values()))

    def update(self, channels: Iterable[WantedChannel], is_visiting: Callable[[str], bool]) -> list[str]:
        """Leave channels that are no longer wanted and follow changed settings.

        After a kick a channel may become unwanted while an invitation has us there again: the invitation decides then.
        Returns the folded names of newly wanted channels that we are in already, by invitation. `join` joins the rest.
        """
        # Unwanted channels are left first, so that they do not count towards the server's limit when others are joined.
        before = self._wanted
        self._index(channels)
        for name, channel in before.items():
            if name not in self._wanted:
                self._leave_unwanted(channel, is_visiting(channel.name))
        adopted = []
        for name, channel in self._wanted.items():
            if not self._members.is_joined(name):
                continue
            if name not in before:
                adopted.append(name)
                self._start(channel)
                # We were already in the channel, so the topic that comes with a JOIN is long past.
                self._send("TOPIC", channel.name)
            elif channel.paused != before[name].paused:
                self._start(channel)
        return adopted

    def join(self) -> None:
        """Send JOIN for every channel that is due, with as many in one line as the server accepts."""
        if self._requested_at:
            for channel in self._wanted.values():
                if monotonic() - self._requested_at.get(channel.id, monotonic()) > JOIN_TIMEOUT_SECONDS:
                    self._refuse(channel, "the server does not answer")
        # Called every second for thousands of channels, nearly all of which are joined.
        joined = self._members.joined_names
        due = [channel for name, channel in self._wanted.items() if name not in joined and self._is_due(channel)]
        if not due:
            return
        # JOIN assigns its list of keys to the first channels of its list of names, so those with a key come first.
        due.sort(key=lambda channel: not channel.key)
        for channel in self._over_limit(due):
            due.remove(channel)
            self._refuse(channel, "the server allows no more channels")
        max_targets = self._isupport.max_targets("JOIN")
        while due:
            batch = due[:max_targets]
            # A line that is too long would be truncated, and the last channel's name with it.
            while len(batch) > 1 and len(",".join(f"{c.name},{c.key}" for c in batch).encode()) > MAX_JOIN_BYTES:
                batch.pop()
            del due[: len(batch)]
            self._request(batch)

    def is_requested(self, name: str) -> bool:
        """Whether the server owes us an answer to the JOIN of a wanted channel that we are not in."""
        channel = self.get(name)
        return channel is not None and channel.id in self._requested_at and not self._members.is_joined(name)

    def handle_joined(self, channel: WantedChannel) -> None:
        """Process our own JOIN of a wanted channel."""
        self._banned_ids.discard(channel.id)
        self._requested_at.pop(channel.id, None)
        self._refused_at.pop(channel.id, None)
        self._start(channel)

    def handle_left(self, name: str, reason: Reason, detail: str) -> WantedChannel | None:
        """Process our own PART or a KICK of us; return the channel if it is wanted.

        After a kick we stay out until the channel has been removed from the wanted ones and added again.
        """
        channel = self.get(name)
        self._members.close_channel(name)
        if channel is not None:
            self._recorder.stop_recording(channel.id, reason)
            if reason == Reason.KICKED:
                self._banned_ids.add(channel.id)
            self._refuse(channel, detail)
        return channel

    def rename(self, channel: WantedChannel, name: str) -> None:
        """Call a wanted channel by another name from now on, also where settings still have the old one."""
        names = [*self._renamed.get(channel.id, ([], ""))[0], channel.name][-MAX_FORMER_NAMES:]
        self._renamed[channel.id] = [old for old in names if not self._isupport.is_same_name(old, name)], name
        self._index(list(self._wanted.values()))

    def handle_refused(self, name: str, detail: str) -> None:
        """Process a refused JOIN; it is retried later."""
        channel = self.get(name)
        # Servers use some of these numerics for other commands, too.
        if channel is not None and not self._members.is_joined(name):
            self._refuse(channel, detail)

    def handle_error(self, words: Iterable[str], detail: str) -> None:
        """Process any error while the server owes us answers to JOIN: it refuses the channels that it names.

        One that names the command instead (`263 JOIN`, `461 JOIN`) refuses the oldest JOIN as a whole.
        """
        if not self._requested_at:
            return
        words = list(words)
        pending = [channel for channel in self._wanted.values() if channel.id in self._requested_at]
        listed = {self._isupport.fold(name) for word in words for name in word.split(",")}
        named = [channel for channel in pending if self._isupport.fold(channel.name) in listed]
        if not named:
            in_text = {self._isupport.fold(name) for name in _names_in(" ".join(words))}
            named = [channel for channel in pending if self._isupport.fold(channel.name) in in_text]
        if not named and "JOIN" in [word.upper() for word in words[:-1]]:
            oldest = min(self._requested_at.values())
            named = [channel for channel in pending if self._requested_at[channel.id] == oldest]
        for channel in named:
            self._refuse(channel, detail)

    def handle_banned(self, name: str, detail: str) -> WantedChannel | None:
        """Process a JOIN refused by a ban, which is its operators' decision: it is not retried."""
        channel = self.get(name)
        self.handle_refused(name, detail)
        if channel is not None:
            self._banned_ids.add(channel.id)
        return channel

    def close_all(self, reason: Reason, seconds_ago: float) -> None:
        """Stop recording all channels because the connection ends; the server sent its last line some seconds ago."""
        for channel in self.joined():
            self._recorder.stop_recording(channel.id, reason, seconds_ago)
            self._members.close_channel(channel.name)
            self._report(channel.id, State.WAITING, "")

    def _index(self, channels: Iterable[WantedChannel]) -> None:
        named = [self._with_new_name(channel) for channel in channels]
        self._wanted = {self._isupport.fold(channel.name): channel for channel in named}

    def _with_new_name(self, channel: WantedChannel) -> WantedChannel:
        former, name = self._renamed.get(channel.id, ([], ""))
        is_renamed = any(self._isupport.is_same_name(channel.name, old) for old in former)
        return replace(channel, name=name) if is_renamed else channel

    def _start(self, channel: WantedChannel) -> None:
        """Record a channel that we are in, unless it is paused."""
        if channel.paused:
            self._recorder.pause(channel.id)
        else:
            self._recorder.start_recording(channel.id)
        self._report(channel.id, State.JOINED, "paused by its owners" if channel.paused else "")

    def _is_due(self, channel: WantedChannel) -> bool:
        """Whether a channel that we are not in should be joined now."""
        return (
            channel.id not in self._requested_at
            and channel.id not in self._banned_ids
            and monotonic() - self._refused_at.get(channel.id, -RETRY_REFUSED_SECONDS) >= RETRY_REFUSED_SECONDS
        )

    def _over_limit(self, due: list[WantedChannel]) -> list[WantedChannel]:
        """Return those due channels that exceed the server's CHANLIMIT, which applies to each prefix separately."""
        excess = []
        for prefix in {channel.name[0] for channel in due}:
            limit = self._isupport.channel_limit(prefix)
            if limit is None:
                continue
            others = [c for c in self._wanted.values() if c.name[0] == prefix and c not in due]
            # JOINs without a reply may still succeed, so they count as joined.
            joined_count = sum(1 for c in others if c.id in self._requested_at or self._members.is_joined(c.name))
            excess += [channel for channel in due if channel.name[0] == prefix][max(0, limit - joined_count) :]
        return excess

    def _request(self, channels: list[WantedChannel]) -> None:
        keys = ",".join(channel.key for channel in channels if channel.key)
        names = ",".join(channel.name for channel in channels)
        now = monotonic()
        for channel in channels:
            self._requested_at[channel.id] = now
            self._report(channel.id, State.JOINING, "")
        self._send("JOIN", *([names, keys] if keys else [names]))

    def _refuse(self, channel: WantedChannel, detail: str) -> None:
        self._requested_at.pop(channel.id, None)
        self._refused_at[channel.id] = monotonic()
        self._report(channel.id, State.REFUSED, detail)

    def _leave_unwanted(self, channel: WantedChannel, is_visited: bool) -> None:
        was_banned = channel.id in self._banned_ids
        self._banned_ids.discard(channel.id)
        self._refused_at.pop(channel.id, None)
        self._requested_at.pop(channel.id, None)
        if self._members.is_joined(channel.name):
            self._recorder.stop_recording(channel.id, Reason.LEFT)
            if not is_visited:
                self._members.close_channel(channel.name)
                self._send("PART", channel.name, "no longer wanted")
        # A ban is what made the channel unwanted: its reason must stay visible in the status.
        if not was_banned:
            self._report(channel.id, State.OFF, "")


def _names_in(text: str) -> Iterator[str]:
    """Yield what may be names in a text: each word as it is, and without the punctuation around it."""
    for word in strip_formatting(text).replace(",", " ").split():
        yield word
        yield word.strip(PUNCTUATION)
        yield word.strip(PUNCTUATION + BRACKETS)
