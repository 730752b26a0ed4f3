"""Who is in which channel of one network, so that quits and nick changes go to the channels where the nick was."""

from __future__ import annotations

from logs.text.names import fold


class Members:
    """Names are compared as the server compares them; `casemapping` may change while nobody is in."""

    def __init__(self) -> None:
        self.casemapping = "rfc1459"
        self._channels: dict[str, set[str]] = {}
        self._listed: dict[str, set[str]] = {}

    def same(self, one: str, other: str) -> bool:
        return fold(one, self.casemapping) == fold(other, self.casemapping)

    def open(self, channel: str) -> None:
        """We are in; NAMES will tell who else."""
        self._channels[self._fold(channel)] = set()

    def close(self, channel: str) -> None:
        self._channels.pop(self._fold(channel), None)
        self._listed.pop(self._fold(channel), None)

    def nicks(self, channel: str) -> frozenset[str]:
        """Who is in a channel, folded."""
        return frozenset(self._channels.get(self._fold(channel), ()))

    def joined(self) -> list[str]:
        """The channels that we are in, folded."""
        return list(self._channels)

    def is_in(self, channel: str) -> bool:
        return self._fold(channel) in self._channels

    def has(self, channel: str, nick: str) -> bool:
        return self._fold(nick) in self._channels.get(self._fold(channel), ())

    def shares(self, nick: str) -> bool:
        """Whether the nick is in a channel with us."""
        return bool(self._of(nick))

    def add(self, channel: str, nick: str) -> None:
        if self.is_in(channel):
            self._channels[self._fold(channel)].add(self._fold(nick))

    def listed(self, channel: str, nick: str) -> None:
        """NAMES tells of somebody."""
        self.add(channel, nick)
        if self.is_in(channel):
            self._listed.setdefault(self._fold(channel), set()).add(self._fold(nick))

    def list_ended(self, channel: str) -> set[str]:
        """NAMES has told of all, in one go. Those it did not name (folded) have left without our hearing of it."""
        listed = self._listed.pop(self._fold(channel), None)
        if listed is None:
            return set()
        gone = self._channels[self._fold(channel)] - listed
        self._channels[self._fold(channel)] = listed
        return gone

    def remove(self, channel: str, nick: str) -> None:
        self._channels.get(self._fold(channel), set()).discard(self._fold(nick))

    def quit(self, nick: str) -> list[str]:
        """The channels (folded) that the nick was in; it is in none afterwards."""
        was_in = self._of(nick)
        for channel in was_in:
            self._channels[channel].discard(self._fold(nick))
        return was_in

    def rename(self, old: str, new: str) -> list[str]:
        """The channels (folded) in which the nick changed."""
        was_in = self.quit(old)
        for channel in was_in:
            self._channels[channel].add(self._fold(new))
        return was_in

    def _of(self, nick: str) -> list[str]:
        return [channel for channel, nicks in self._channels.items() if self._fold(nick) in nicks]

    def _fold(self, name: str) -> str:
        return fold(name, self.casemapping)
