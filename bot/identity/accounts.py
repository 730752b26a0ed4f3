"""Who is logged in as whom, where a server has no account tags: it tells on JOIN, by ACCOUNT and when asked by WHO.

https://ircv3.net/specs/extensions/account-notify, https://ircv3.net/specs/extensions/extended-join,
https://ircv3.net/specs/extensions/whox
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.irc import numerics
from bot.irc.message import Message
from logs.text.names import fold

if TYPE_CHECKING:
    from bot.session import Session

WHOX_TOKEN = "43"  # noqa: S105  (tells this question from others)


class Accounts:
    """Of those who share a channel with us; of others the server would not tell when it changes."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._known: dict[str, str] = {}

    def of(self, nick: str, channel: str) -> str:
        """The account of a member whose messages do not tell it; "" for none."""
        there = self._told and self.session.members.has(channel, nick)
        return self._known.get(self._fold(nick), "") if there else ""

    def ask(self, channel: str) -> None:
        """We are in a channel now: who there is logged in?"""
        if self._told and "WHOX" in self.session.isupport.tokens:
            self.session.send(*numerics.question(channel, WHOX_TOKEN))
        else:  # what we knew of somebody may have changed while we shared no channel
            shares = self.session.members.shares
            self._known = {nick: account for nick, account in self._known.items() if shares(nick)}

    def answered(self, message: Message) -> None:
        """A line of an answer to WHO, perhaps to ours."""
        if answer := numerics.answer(message, WHOX_TOKEN):
            self._set(*answer)

    def joined(self, message: Message) -> None:
        """Somebody joins; without extended-join the server does not say as whom."""
        self._set(message.nick, message.param(1))

    def changed(self, message: Message) -> None:
        """ACCOUNT: somebody logs in or out."""
        self._set(message.nick, message.param(0))

    def renamed(self, old: str, new: str) -> None:
        self._set(new, self._known.pop(self._fold(old), ""))

    def left(self, nick: str) -> None:
        """Somebody left a channel; whoever shares none with us any more is forgotten."""
        if self._fold(nick) in self._known and not self.session.members.shares(nick):
            del self._known[self._fold(nick)]

    @property
    def _told(self) -> bool:
        """Whether the server tells of changes, and not with each message already."""
        enabled = self.session.registration.capabilities.enabled
        return "account-notify" in enabled and "account-tag" not in enabled

    def _set(self, nick: str, account: str) -> None:
        if account in numerics.NO_ACCOUNT:
            self._known.pop(self._fold(nick), None)
        elif self.session.members.shares(nick):
            self._known[self._fold(nick)] = account

    def _fold(self, nick: str) -> str:
        return fold(nick, self.session.members.casemapping)
