"""The wanted channels of one connection: joined in batches, tried again slowly when the server refuses."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from bot.desired_state import WantedChannel
from logs.models.bot_status import State
from logs.models.line import Reason
from logs.text.names import fold

if TYPE_CHECKING:
    from bot.session import Session

RETRY_REFUSED = 300.0
UNANSWERED = 900.0
"""Seconds after which a JOIN that the server says nothing to counts as refused; hundreds of them wait in turn first."""

JOIN_BYTES = 400


class Channels:
    """What we want to be in; bot.members knows what we are in."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.kicked: set[int] = set()
        self._refused: dict[int, float] = {}
        self._asked: dict[int, float] = {}
        self._wanted: dict[str, WantedChannel] = {}
        self.recase()

    def get(self, name: str) -> WantedChannel | None:
        """The wanted channel of this name."""
        return self._wanted.get(fold(name, self.session.isupport.casemapping))

    def heard(self) -> list[WantedChannel]:
        """The wanted channels that we are in."""
        return [channel for channel in self._wanted.values() if self.session.members.is_in(channel.name)]

    @property
    def settled(self) -> bool:
        """Whether the server has answered every JOIN."""
        return not self._asked

    def recase(self) -> None:
        """Takes the names as the server compares them, and whatever is wanted now."""
        casemapping = self.session.isupport.casemapping
        self._wanted = {fold(channel.name, casemapping): channel for channel in self.session.network.channels}

    def want(self) -> None:
        """Leaves what is no longer wanted and joins what is."""
        before = self._wanted
        self.recase()
        for name, channel in before.items():
            if name not in self._wanted:
                self._forget(channel)
        for name, channel in self._wanted.items():
            if not self.session.members.is_in(name):
                continue
            if name not in before:
                self.session.proofs.welcome(name)
                self._listen(channel)
                self.session.send("TOPIC", channel.name)
            elif channel.paused != before[name].paused:
                self._listen(channel)
        if self.session.registration.done:
            self.join()

    def join(self) -> None:
        """Asks for every channel that is due, those with a key first, as many in one line as the server takes."""
        for channel in self._wanted.values():
            if monotonic() - self._asked.get(channel.id, monotonic()) > UNANSWERED:
                self._refuse(channel, "the server does not answer")
        due = [channel for channel in self._wanted.values() if self._is_due(channel)]
        due.sort(key=lambda channel: not channel.key)
        most = self.session.isupport.most_targets("JOIN")
        for channel in self._over_limit(due):
            due.remove(channel)
            self._refuse(channel, "the server allows no more channels")
        while due:
            batch = due[:most]
            while len(batch) > 1 and len(",".join(f"{c.name},{c.key}" for c in batch).encode()) > JOIN_BYTES:
                batch.pop()
            del due[: len(batch)]
            self._ask(batch)

    def joined(self, name: str) -> WantedChannel | None:
        """We are in a channel; None when it is not a wanted one, and then we leave again."""
        channel = self.get(name)
        if channel is None and not self.session.proofs.expects(name):
            self.session.send("PART", name, "not wanted here")
            return None
        self.session.members.open(name)
        if channel is not None:
            self.kicked.discard(channel.id)
            self._asked.pop(channel.id, None)
            self._refused.pop(channel.id, None)
            self._listen(channel)
        return channel

    def _listen(self, channel: WantedChannel) -> None:
        """We are in, and keep what is said unless the channel is paused."""
        if channel.paused:
            self.session.recorder.pause(channel.id)
        else:
            self.session.recorder.heard(channel.id)
        self.session.report(channel.id, State.JOINED, "paused by its owners" if channel.paused else "")

    def left(self, name: str, reason: Reason, why: str) -> None:
        """We are no longer in a channel; after a kick we stay out until the channel is wanted anew."""
        channel, present = self.get(name), self.session.members.nicks(name)
        self.session.members.close(name)
        if channel is not None:
            self.session.recorder.unheard(channel.id, reason)
            if reason == Reason.KICKED:
                self.kicked.add(channel.id)
                self.session.proofs.stopped(channel.id, why, present)
            self._refuse(channel, why)

    def refused(self, name: str, why: str) -> None:
        """The server does not let us in."""
        channel = self.get(name)
        if channel is not None and not self.session.members.is_in(name):
            self._refuse(channel, why)

    def banned(self, name: str, why: str) -> None:
        """The server does not let us in, and it is the channel's operators who want it so."""
        channel = self.get(name)
        self.refused(name, why)
        if channel is not None:
            self.kicked.add(channel.id)
            self.session.proofs.stopped(channel.id, why)

    def silence(self, reason: Reason, seconds: float) -> None:
        """We have heard nothing for so long, and will hear nothing more on this connection."""
        for channel in self.heard():
            self.session.recorder.unheard(channel.id, reason, seconds)
            self.session.members.close(channel.name)
            self.session.report(channel.id, State.WAITING, "")

    def _is_due(self, channel: WantedChannel) -> bool:
        return (
            not self.session.members.is_in(channel.name)
            and channel.id not in self._asked
            and channel.id not in self.kicked
            and monotonic() - self._refused.get(channel.id, -RETRY_REFUSED) >= RETRY_REFUSED
        )

    def _over_limit(self, due: list[WantedChannel]) -> list[WantedChannel]:
        """CHANLIMIT: those that the server would refuse because we are in too many."""
        over = []
        for prefix in {channel.name[0] for channel in due}:
            limit = self.session.isupport.channel_limit(prefix)
            if limit is None:
                continue
            taken = [c for c in self._wanted.values() if c.name[0] == prefix and (c.id in self._asked or c not in due)]
            there = sum(1 for c in taken if c.id in self._asked or self.session.members.is_in(c.name))
            over += [channel for channel in due if channel.name[0] == prefix][max(0, limit - there) :]
        return over

    def _ask(self, channels: list[WantedChannel]) -> None:
        keys = ",".join(channel.key for channel in channels if channel.key)
        names = ",".join(channel.name for channel in channels)
        for channel in channels:
            self._asked[channel.id] = monotonic()
            self.session.report(channel.id, State.JOINING, "")
        self.session.send("JOIN", *([names, keys] if keys else [names]))

    def _refuse(self, channel: WantedChannel, why: str) -> None:
        self._asked.pop(channel.id, None)
        self._refused[channel.id] = monotonic()
        self.session.report(channel.id, State.REFUSED, why)

    def _forget(self, channel: WantedChannel) -> None:
        stopped = channel.id in self.kicked
        self.kicked.discard(channel.id)
        self._refused.pop(channel.id, None)
        self._asked.pop(channel.id, None)
        if self.session.members.is_in(channel.name):
            self.session.recorder.unheard(channel.id, Reason.LEFT)
            self.session.members.close(channel.name)
            self.session.send("PART", channel.name, "no longer wanted")
        if not stopped:
            self.session.report(channel.id, State.OFF, "")
