"""Who is in which channel of one network, and which services account each nick is logged in to.

Members decide to which channels a quit or nick change belongs. Accounts are tracked where the server does not tag
messages with them: it sends them with JOIN, with ACCOUNT, and in reply to WHO.
https://ircv3.net/specs/extensions/account-notify, https://ircv3.net/specs/extensions/extended-join,
https://ircv3.net/specs/extensions/whox

What people said before they logged in is found here, too: those lines are their account's, if the bot saw the login. A
nick is one connection as long as it shares a channel with us without a break; a change of nick goes on with it. Lines
without an account are remembered for it (channel, time and nick only) until it logs in, leaves our sight or logs out.
"""

from __future__ import annotations

from collections.abc import KeysView
from dataclasses import dataclass, field
from datetime import datetime

from bot.irc.capabilities import Capabilities
from bot.irc.isupport import Isupport
from bot.irc.message import NO_ACCOUNT, Message, Send, parse_whox_reply, whox_request
from logs.ingest.entry import Entry, LoggedIn

WHOX_TOKEN, FLAGS_TOKEN = "43", "44"
"""They identify the replies to our own WHO."""

MAX_SPEAKERS = 1000
"""Speakers remembered for each channel beside its members; the one that was silent for longest is forgotten."""


class Members:
    """The channels that we are in, and their nicks. All names are folded, also those that are returned.

    Servers hide members of some channels from JOIN and NAMES. Those who speak are remembered apart from the members:
    that decides only where their quit or new nick belongs. They prove nothing, since some may not be in the channel.
    """

    def __init__(self, isupport: Isupport) -> None:
        self._isupport = isupport
        self._channels: dict[str, set[str]] = {}
        self._listed: dict[str, set[str]] = {}
        self._speakers: dict[str, dict[str, None]] = {}

    def open_channel(self, channel: str) -> None:
        """Note that we have joined a channel; NAMES will list its members."""
        self._channels[self._isupport.fold(channel)] = set()

    def close_channel(self, channel: str) -> None:
        """Note that we have left a channel."""
        self._channels.pop(self._isupport.fold(channel), None)
        self._listed.pop(self._isupport.fold(channel), None)
        self._speakers.pop(self._isupport.fold(channel), None)

    def rename_channel(self, old: str, new: str) -> None:
        """Note that a channel has another name and the same members."""
        before, after = self._isupport.fold(old), self._isupport.fold(new)
        if before == after:
            return
        for nicks in (self._channels, self._listed):
            if before in nicks:
                # We may be in the other one already.
                nicks[after] = nicks.pop(before) | nicks.get(after, set())
        if before in self._speakers:
            self._speakers[after] = self._speakers.pop(before) | self._speakers.get(after, {})

    def is_joined(self, channel: str) -> bool:
        """Whether we are in a channel."""
        return self._isupport.fold(channel) in self._channels

    @property
    def joined_names(self) -> KeysView[str]:
        """The folded names of the channels that we are in."""
        return self._channels.keys()

    def nicks(self, channel: str) -> frozenset[str]:
        return frozenset(self._channels.get(self._isupport.fold(channel), ()))

    def has(self, channel: str, nick: str) -> bool:
        return self._isupport.fold(nick) in self._channels.get(self._isupport.fold(channel), ())

    def shares_channel(self, nick: str) -> bool:
        """Whether a nick is in a channel with us."""
        folded = self._isupport.fold(nick)
        return any(folded in nicks for nicks in self._channels.values())

    def add(self, channel: str, nick: str) -> None:
        # A line about a channel that we have just left may still arrive.
        if self.is_joined(channel):
            self._channels[self._isupport.fold(channel)].add(self._isupport.fold(nick))

    def add_speaker(self, channel: str, nick: str) -> None:
        """Remember who speaks in a channel without being known as a member."""
        key, folded = self._isupport.fold(channel), self._isupport.fold(nick)
        if folded in self._channels.get(key, (folded,)):
            return
        speakers = self._speakers.setdefault(key, {})
        speakers.pop(folded, None)
        speakers[folded] = None
        if len(speakers) > MAX_SPEAKERS:
            del speakers[next(iter(speakers))]

    def add_listed(self, channel: str, nick: str) -> None:
        """Add a nick from a reply to NAMES."""
        self.add(channel, nick)
        if self.is_joined(channel):
            self._listed.setdefault(self._isupport.fold(channel), set()).add(self._isupport.fold(nick))

    def finish_list(self, channel: str) -> set[str]:
        """Drop the members that a complete reply to NAMES did not list; return them."""
        key = self._isupport.fold(channel)
        listed = self._listed.pop(key, None)
        # An empty reply means that we may not see the members, not that nobody is there.
        if listed is None:
            return set()
        missing = self._channels[key] - listed
        self._channels[key] = listed
        return missing

    def remove(self, channel: str, nick: str) -> None:
        key, folded = self._isupport.fold(channel), self._isupport.fold(nick)
        self._channels.get(key, set()).discard(folded)
        self._speakers.get(key, {}).pop(folded, None)

    def remove_everywhere(self, nick: str) -> list[str]:
        """Remove a nick that has quit; return the channels that it was in or has spoken in."""
        channels = [*self._channels_of(nick), *self._spoken_in(nick)]
        for channel in channels:
            self.remove(channel, nick)
        return channels

    def rename(self, old: str, new: str) -> list[str]:
        """Rename a nick; return the channels that it is in or has spoken in."""
        joined, spoken_in = self._channels_of(old), self._spoken_in(old)
        self.remove_everywhere(old)
        for channel in joined:
            self._channels[channel].add(self._isupport.fold(new))
        for channel in spoken_in:
            self.add_speaker(channel, new)
        return [*joined, *spoken_in]

    def _channels_of(self, nick: str) -> list[str]:
        folded = self._isupport.fold(nick)
        return [channel for channel, nicks in self._channels.items() if folded in nicks]

    def _spoken_in(self, nick: str) -> list[str]:
        """Return the channels where a nick has spoken without being known as a member."""
        folded = self._isupport.fold(nick)
        spoken_in = [channel for channel, nicks in self._speakers.items() if folded in nicks]
        return [channel for channel in spoken_in if folded not in self._channels[channel]]


class OtherBots:
    """Members in bot mode, found by WHO where the server does not mark their messages (message tags).

    https://ircv3.net/specs/extensions/bot-mode
    """

    def __init__(self, isupport: Isupport, capabilities: Capabilities, members: Members, send: Send) -> None:
        self._isupport = isupport
        self._capabilities = capabilities
        self._members = members
        self._send = send
        self._nicks: set[str] = set()

    def request(self, channel: str) -> None:
        """Request the flags of all members of a channel that we have just joined."""
        self._nicks = {nick for nick in self._nicks if self._members.shares_channel(nick)}
        if self._mode and "WHOX" in self._isupport.tokens and "message-tags" not in self._capabilities.enabled:
            self._send("WHO", channel, f"%tnf,{FLAGS_TOKEN}")

    def handle_who_reply(self, message: Message) -> None:
        """Process one line of a reply to WHO, which may answer another request."""
        is_reply = message.command == "354" and message.param(1) == FLAGS_TOKEN
        if is_reply and self._mode and self._mode in message.param(3):
            self._nicks.add(self._isupport.fold(message.param(2)))

    def mark(self, message: Message) -> None:
        """Give a bot's message the tag that servers with message tags give it."""
        if self._isupport.fold(message.nick) in self._nicks:
            message.tags.setdefault("bot", "")

    def rename(self, old: str, new: str) -> None:
        if self._isupport.fold(old) in self._nicks:
            self._nicks.remove(self._isupport.fold(old))
            self._nicks.add(self._isupport.fold(new))

    def forget_if_gone(self, nick: str) -> None:
        """Forget a nick that shares no channel with us any more: somebody else may take it."""
        if not self._members.shares_channel(nick):
            self._nicks.discard(self._isupport.fold(nick))

    @property
    def _mode(self) -> str:
        """The flag of bots, "" where the server has none."""
        mode = self._isupport.tokens.get("BOT", "")
        return mode if len(mode) == 1 else ""


class Accounts:
    """Services accounts by nick, for members only: of others the server would not send changes."""

    def __init__(self, isupport: Isupport, capabilities: Capabilities, members: Members, send: Send) -> None:
        self._isupport = isupport
        self._capabilities = capabilities
        self._members = members
        self._send = send
        self._accounts: dict[str, str] = {}

    def find(self, nick: str, channel: str) -> str:
        """Return the account of a member whose messages have no account tag; "" for none."""
        # A nick outside the channel may be somebody else since we last shared a channel with it.
        is_known = self._is_tracking and self._members.has(channel, nick)
        return self._accounts.get(self._isupport.fold(nick), "") if is_known else ""

    def request(self, channel: str) -> None:
        """Request the accounts of all members of a channel that we have just joined."""
        if self._is_tracking and "WHOX" in self._isupport.tokens:
            self._send(*whox_request(channel, WHOX_TOKEN))
        else:
            # What we knew of somebody may have changed while we shared no channel.
            shares_channel = self._members.shares_channel
            self._accounts = {nick: account for nick, account in self._accounts.items() if shares_channel(nick)}

    def handle_who_reply(self, message: Message) -> None:
        """Process one line of a reply to WHO, which may answer another request."""
        if reply := parse_whox_reply(message, WHOX_TOKEN):
            self._set(*reply)

    def handle_join(self, message: Message) -> None:
        """Process a JOIN; without extended-join it has no account."""
        self._set(message.nick, message.param(1))

    def handle_account(self, message: Message) -> None:
        """Process ACCOUNT: somebody logs in or out."""
        self._set(message.nick, message.param(0))

    def rename(self, old: str, new: str) -> None:
        self._set(new, self._accounts.pop(self._isupport.fold(old), ""))

    def forget_if_gone(self, nick: str) -> None:
        """Forget the account of a nick that shares no channel with us any more."""
        if self._isupport.fold(nick) in self._accounts and not self._members.shares_channel(nick):
            del self._accounts[self._isupport.fold(nick)]

    @property
    def _is_tracking(self) -> bool:
        """Whether the server sends changes, and does not tag each message with the account anyway."""
        enabled = self._capabilities.enabled
        return "account-notify" in enabled and "account-tag" not in enabled

    def _set(self, nick: str, account: str) -> None:
        # Without an entry somebody counts as not logged in, so logging out and never having logged in are the same.
        if account in NO_ACCOUNT:
            self._accounts.pop(self._isupport.fold(nick), None)
        elif self._members.shares_channel(nick):
            self._accounts[self._isupport.fold(nick)] = account


@dataclass(slots=True)
class UnclaimedLines:
    """The lines of one connection in one channel that have no account: their first and last time, and their nicks."""

    first: datetime
    last: datetime
    nicks: set[str] = field(default_factory=set)


class Logins:
    """The connections of one session that have said something without an account, by folded nick."""

    def __init__(self, isupport: Isupport, members: Members) -> None:
        self._isupport = isupport
        self._members = members
        self._unclaimed: dict[str, dict[int, UnclaimedLines]] = {}

    def handle_recorded(self, entry: Entry) -> list[LoggedIn]:
        """Process a line as it was recorded; return what its account says about earlier lines."""
        # Without a nick it is the placeholder of somebody who opted out.
        if not entry.nick:
            return []
        if entry.account:
            return self.handle_account(entry.nick, entry.account)
        # Somebody outside our channels may be another person at each line.
        if self._members.shares_channel(entry.nick):
            channels = self._unclaimed.setdefault(self._isupport.fold(entry.nick), {})
            lines = channels.setdefault(entry.channel, UnclaimedLines(entry.at, entry.at))
            lines.first, lines.last = min(lines.first, entry.at), max(lines.last, entry.at)
            lines.nicks.add(entry.nick)
        return []

    def handle_account(self, nick: str, account: str) -> list[LoggedIn]:
        """Process a login or logout; return the lines that are the account's now, none after a logout."""
        channels = self._unclaimed.pop(self._isupport.fold(nick), {})
        if account in NO_ACCOUNT or not self._members.shares_channel(nick):
            return []
        return [
            LoggedIn(channel, lines.first, lines.last, sorted(lines.nicks), account)
            for channel, lines in channels.items()
        ]

    def rename(self, old: str, new: str) -> None:
        channels = self._unclaimed.pop(self._isupport.fold(old), None)
        if channels is not None:
            self._unclaimed[self._isupport.fold(new)] = channels

    def forget_if_gone(self, nick: str) -> None:
        """Forget a nick that shares no channel with us any more: whoever has it next may be another person."""
        if not self._members.shares_channel(nick):
            self._unclaimed.pop(self._isupport.fold(nick), None)

    def forget_gone(self) -> None:
        """Forget all nicks out of our sight, before we join a channel where others may have them now."""
        for nick in list(self._unclaimed):
            self.forget_if_gone(nick)
