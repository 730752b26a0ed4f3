"""What each message of a server means for a session: a table of commands, one short function for each."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.connection import ConnectionLostError
from bot.irc import batches, modes
from bot.irc.batches import Batches
from bot.irc.channel_event import describe
from bot.irc.message import Message
from bot.irc.numerics import REFUSALS
from logs.ingest.entry import Entry
from logs.models.line import Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.session import Session

logger = logging.getLogger(__name__)

NEVER_HISTORY = frozenset({"BATCH", "PING", "ERROR"})
"""Acted on wherever they stand, also within a batch."""

WHO = ("307", "311", "315", "317", "318", "319", "330", "401")
AUTHENTICATION = ("AUTHENTICATE", "902", "903", "904", "905", "906", "907", "908")


class Events:
    """Acts on messages for one session."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._batches = Batches()
        self._table: dict[str, Callable[[Message], None]] = {
            "PING": lambda message: session.send_now("PONG", *message.params[-1:] or ["alive"]),
            "ERROR": self._error,
            "CAP": session.registration.negotiate,
            **dict.fromkeys(AUTHENTICATION, session.registration.authenticate),
            "BATCH": self._batch,
            "001": lambda message: session.welcome(message.param(0) or session.nickname.now),
            "005": self._isupport,
            "303": lambda message: session.nickname.told(message, session.members.same),
            **dict.fromkeys(WHO, session.proofs.lookups.told),
            "354": self._who,
            "324": lambda message: session.proofs.modes(message.param(1), message.param(2)),
            "331": lambda message: self._topic_is(message.param(1), ""),
            "332": lambda message: self._topic_is(message.param(1), message.param(2)),
            "353": self._names,
            "366": self._names_end,
            # The message of the day comes last: by now the server has told what it can.
            **dict.fromkeys(("376", "422"), lambda _: session.channels.join()),
            **dict.fromkeys(("432", "433", "436"), self._nick_taken),
            "437": self._unavailable,
            **dict.fromkeys(("464", "465", "466"), self._shut_out),
            "470": lambda message: session.channels.refused(message.param(1), f"forwards to {message.param(2)}"),
            "731": lambda message: session.nickname.told(message, session.members.same),
            "ACCOUNT": session.accounts.changed,
            "FAIL": self._failed,
            "INVITE": session.proofs.invited,
            "JOIN": self._join,
            "PART": self._part,
            "QUIT": self._quit,
            "KICK": self._kick,
            "NICK": self._nick,
            "MODE": self._mode,
            "TOPIC": self._topic,
            "PRIVMSG": self._said,
            "NOTICE": self._said,
            "REDACT": self._redact,
            **dict.fromkeys(REFUSALS, self._refused),
            "474": self._banned,
        }

    def take(self, message: Message) -> None:
        if message.command == "MODE":
            self._hide_keys(message)
        batch = self._batches.of(message) if message.command not in NEVER_HISTORY else None
        if batch is not None and (batches.keep_part(batch, message) or self.session.history.take(batch, message)):
            return
        act = self._table.get(message.command)
        if act is not None:
            act(message)

    def _hide_keys(self, message: Message) -> None:
        isupport = self.session.isupport
        chanmodes = isupport.tokens.get("CHANMODES", "")
        message.params[1:] = modes.without_keys(message.params[1:], chanmodes, isupport.prefixes.values())

    def _batch(self, message: Message) -> None:
        if message.param(0).startswith("+"):
            self._batches.begin(message)
            return
        batch = self._batches.end(message)
        if batch is None:
            return
        for line in batches.joined(batch):
            self.take(line)
        self.session.history.ended(batch)

    def _error(self, message: Message) -> None:
        raise ConnectionLostError(f"the server says: {message.param(0) or 'ERROR'}")

    def _shut_out(self, message: Message) -> None:
        if not self.session.registration.done:
            raise ConnectionLostError(f"the server refuses us: {message.last}")

    def _failed(self, message: Message) -> None:
        """https://ircv3.net/specs/extensions/standard-replies"""
        logger.warning("%s: %s", self.session.network.name, " ".join(message.params))
        if message.param(0) == "CHATHISTORY":
            self.session.history.failed(message)

    def _isupport(self, message: Message) -> None:
        self.session.isupport.update(message.params[1:-1])
        self.session.recase()

    def _who(self, message: Message) -> None:
        self.session.accounts.answered(message)
        self.session.proofs.lookups.told(message)

    def _names(self, message: Message) -> None:
        symbols = "".join(self.session.isupport.prefixes)
        for name in message.param(3).split(" "):
            nick = name.lstrip(symbols).partition("!")[0]
            if nick:
                self.session.members.listed(message.param(2), nick)
                shown = name[: len(name) - len(name.lstrip(symbols))]
                self.session.proofs.names(message.param(2), nick, shown)
                self.session.talk.names(message.param(2), nick, shown)

    def _names_end(self, message: Message) -> None:
        for nick in self.session.members.list_ended(message.param(1)):
            self.session.accounts.left(nick)
        self.session.proofs.names_end(message.param(1))
        self.session.talk.names_end(message.param(1))

    def _refused(self, message: Message) -> None:
        said = message.params[-1] if len(message.params) > 2 else ""
        self.session.channels.refused(message.param(1), said or REFUSALS[message.command])

    def _banned(self, message: Message) -> None:
        self.session.channels.banned(message.param(1), message.last or REFUSALS["474"])

    def _nick_taken(self, _: Message) -> None:
        if not self.session.registration.done:
            self.session.nickname.taken()

    def _unavailable(self, message: Message) -> None:
        if self.session.channels.get(message.param(1)):
            self.session.channels.refused(message.param(1), "temporarily unavailable")
        else:
            self._nick_taken(message)

    def _join(self, message: Message) -> None:
        for name in filter(None, message.param(0).split(",")):
            if self.session.me(message.nick):
                channel = self.session.channels.joined(name)
                if channel is not None:
                    self.session.history.joined(channel, message)
                    self.session.accounts.ask(name)
                continue
            self.session.members.add(name, message.nick)
            self.session.accounts.joined(message)
            account = message.param(1)
            if account and account != "*":
                message.tags.setdefault("account", account)
            self._record(name, message)

    def _part(self, message: Message) -> None:
        for name in message.param(0).split(","):
            if self.session.me(message.nick):
                self.session.channels.left(name, Reason.LEFT, "made to leave the channel")
                continue
            self._record(name, message)
            self.session.members.remove(name, message.nick)
            self.session.accounts.left(message.nick)

    def _quit(self, message: Message) -> None:
        self.session.proofs.gone(message.nick)
        if not self.session.me(message.nick):
            for name in self.session.members.quit(message.nick):
                self._record(name, message)
            self.session.accounts.left(message.nick)

    def _kick(self, message: Message) -> None:
        name, target = message.param(0), message.param(1)
        self._record(name, message)
        if self.session.me(target):
            why = f"kicked by {message.nick}: {message.param(2)}"
            self.session.channels.left(name, Reason.KICKED, why)
        else:
            self.session.members.remove(name, target)
            self.session.accounts.left(target)

    def _nick(self, message: Message) -> None:
        new = message.param(0)
        if not new or not message.nick:
            return
        self.session.proofs.gone(message.nick)
        if self.session.me(message.nick):
            self.session.nickname.now = new
        for name in self.session.members.rename(message.nick, new):
            self._record(name, message)
        self.session.accounts.renamed(message.nick, new)

    def _mode(self, message: Message) -> None:
        if self.session.isupport.channel_of(message.param(0)):
            self._record(message.param(0), message)

    def _topic(self, message: Message) -> None:
        self._record(message.param(0), message)
        self._topic_is(message.param(0), message.param(1))

    def _topic_is(self, name: str, text: str) -> None:
        channel = self.session.channels.get(name)
        if channel is not None:
            self.session.recorder.topic(channel.id, text)

    def _said(self, message: Message) -> None:
        name = self.session.isupport.channel_of(message.param(0))
        if name:
            if message.command != "PRIVMSG" or not self.session.proofs.said_in_channel(name, message):
                kept = self._record(name, message)
                self.session.talk.in_channel(name, message, kept)
        elif message.command == "NOTICE":
            self.session.proofs.entry_message(message)
        elif not self.session.proofs.said_in_private(message):
            self.session.talk.in_private(message)

    def _redact(self, message: Message) -> None:
        """https://ircv3.net/specs/extensions/message-redaction"""
        channel = self.session.channels.get(self.session.isupport.channel_of(message.param(0)))
        if channel is not None and message.param(1):
            self.session.recorder.redacted(channel.id, message.param(1), message.nick)

    def _record(self, name: str, message: Message) -> Entry | None:
        """Records what was done in a channel that we log; what is kept of it, if anything."""
        channel, described = self.session.channels.get(name), describe(message)
        if channel is not None and described is not None and self.session.members.is_in(name):
            if not message.tags.get("account") and (account := self.session.accounts.of(message.nick, name)):
                message = replace(message, tags=message.tags | {"account": account})
            kept = self.session.recorder.line(channel.id, described, message)
            if kept is not None:
                self.session.talk.overheard(kept, channel)
            return kept
        return None
