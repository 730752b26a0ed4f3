"""Finds what people said before they logged in: those lines are their account's, if the bot saw the login.

A nick is one connection as long as it shares a channel with us without a break; a change of nick goes on with it. Lines
without an account are remembered for it (channel, time and nick only) until it logs in, leaves our sight or logs out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bot.irc.isupport import Isupport
from bot.irc.message import NO_ACCOUNT
from bot.members import Members
from logs.ingest.entry import Entry, LoggedIn


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
