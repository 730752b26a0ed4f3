"""What each message of a server means for a session: a table of commands, one short function for each."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from django.conf import settings

from bot.connection import ConnectionLostError
from bot.irc import ctcp
from bot.irc.message import Message
from logs.models import Kind
from logs.models.gap import Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.session import Session

REFUSALS = {
    "403": "no such channel",
    "405": "the server allows no more channels",
    "471": "the channel is full",
    "473": "the channel is by invitation only",
    "474": "banned from the channel",
    "475": "the channel wants a key, or another one",
    "476": "the server takes this for no channel's name",
    "477": "the channel wants a registered nick",
    "489": "the channel wants TLS",
    "520": "the channel is for operators only",
}
REPLY_EVERY = 2.0


class Events:
    """Acts on messages for one session."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._replied = -REPLY_EVERY
        self._table: dict[str, Callable[[Message], None]] = {
            "PING": lambda message: session.send_now("PONG", *message.params[-1:] or ["alive"]),
            "ERROR": self._error,
            "CAP": session.negotiate,
            "001": lambda message: session.welcome(message.param(0) or session.nick),
            "005": self._isupport,
            "332": lambda message: self._topic_is(message.param(1), message.param(2)),
            "331": lambda message: self._topic_is(message.param(1), ""),
            "353": self._names,
            "432": lambda _: session.nick_taken(),
            "433": lambda _: session.nick_taken(),
            "436": lambda _: session.nick_taken(),
            "437": self._unavailable,
            "464": self._password,
            "465": self._password,
            "470": self._forwarded,
            "JOIN": self._join,
            "PART": self._part,
            "QUIT": self._quit,
            "KICK": self._kick,
            "NICK": self._nick,
            "MODE": self._mode,
            "TOPIC": self._topic,
            "PRIVMSG": self._privmsg,
            "NOTICE": self._notice,
            **dict.fromkeys(REFUSALS, self._refused),
        }

    def take(self, message: Message) -> None:
        act = self._table.get(message.command)
        if act is not None:
            act(message)

    def _error(self, message: Message) -> None:
        raise ConnectionLostError(f"the server says: {message.param(0) or 'ERROR'}")

    def _password(self, message: Message) -> None:
        if not self.session.registered:
            raise ConnectionLostError(f"the server refuses us: {message.params[-1] if message.params else ''}")

    def _isupport(self, message: Message) -> None:
        self.session.isupport.update(message.params[1:-1])
        self.session.recase()

    def _names(self, message: Message) -> None:
        symbols = "".join(self.session.isupport.prefixes)
        for name in message.param(3).split(" "):
            nick = name.lstrip(symbols).partition("!")[0]
            if nick:
                self.session.members.add(message.param(2), nick)

    def _refused(self, message: Message) -> None:
        said = message.params[-1] if len(message.params) > 2 else ""
        self.session.refuse(message.param(1), said or REFUSALS[message.command])

    def _unavailable(self, message: Message) -> None:
        if self.session.channel(message.param(1)):
            self.session.refuse(message.param(1), "temporarily unavailable")
        else:
            self.session.nick_taken()

    def _forwarded(self, message: Message) -> None:
        self.session.refuse(message.param(1), f"forwards to {message.param(2)}")

    def _join(self, message: Message) -> None:
        for name in message.param(0).split(","):
            if self.session.me(message.nick):
                self.session.joined(name)
                continue
            self.session.members.add(name, message.nick)
            account = message.param(1)
            if account and account != "*":
                message.tags.setdefault("account", account)
            self._record(name, Kind.JOIN, message)

    def _part(self, message: Message) -> None:
        for name in message.param(0).split(","):
            if self.session.me(message.nick):
                self.session.left(name, Reason.LEFT, "made to leave the channel")
                continue
            self._record(name, Kind.PART, message, message.param(1))
            self.session.members.remove(name, message.nick)

    def _quit(self, message: Message) -> None:
        if not self.session.me(message.nick):
            for name in self.session.members.quit(message.nick):
                self._record(name, Kind.QUIT, message, message.param(0))

    def _kick(self, message: Message) -> None:
        name, target, reason = message.param(0), message.param(1), message.param(2)
        self._record(name, Kind.KICK, message, reason, target)
        if self.session.me(target):
            self.session.left(name, Reason.KICKED, f"kicked by {message.nick}: {reason}")
        else:
            self.session.members.remove(name, target)

    def _nick(self, message: Message) -> None:
        new = message.param(0)
        if not new or not message.nick:
            return
        if self.session.me(message.nick):
            self.session.nick = new
        for name in self.session.members.rename(message.nick, new):
            self._record(name, Kind.NICK, message, target=new)

    def _mode(self, message: Message) -> None:
        if self.session.isupport.channel_of(message.param(0)):
            self._record(message.param(0), Kind.MODE, message, " ".join(message.params[1:]))

    def _topic(self, message: Message) -> None:
        self._record(message.param(0), Kind.TOPIC, message, message.param(1))
        self._topic_is(message.param(0), message.param(1))

    def _topic_is(self, name: str, text: str) -> None:
        channel = self.session.channel(name)
        if channel is not None:
            self.session.recorder.topic(channel.id, text)

    def _privmsg(self, message: Message) -> None:
        self._said(message, Kind.MESSAGE)

    def _notice(self, message: Message) -> None:
        self._said(message, Kind.NOTICE)

    def _said(self, message: Message, kind: Kind) -> None:
        name, text = self.session.isupport.channel_of(message.param(0)), message.param(1)
        request = ctcp.split(text)
        if not name:
            if kind == Kind.MESSAGE and message.nick:
                self._answer(message.nick, request)
        elif request is not None and request[0] == "ACTION":
            self._record(name, Kind.ACTION, message, request[1])
        else:
            self._record(name, kind, message, text)

    def _answer(self, nick: str, request: tuple[str, str] | None) -> None:
        """Answers in private by NOTICE, seldom enough that nobody can make a flood of us."""
        if monotonic() - self._replied < REPLY_EVERY:
            return
        self._replied = monotonic()
        if request is None:
            self.session.send("NOTICE", nick, f"I am a logging bot. The logs are at {settings.SITE_URL}")
        elif request[0] == "VERSION":
            self.session.send("NOTICE", nick, ctcp.join("VERSION", f"BotBot, {settings.SITE_URL}"))
        elif request[0] == "PING":
            self.session.send("NOTICE", nick, ctcp.join("PING", request[1][:100]))

    def _record(self, name: str, kind: Kind, message: Message, text: str = "", target: str | None = None) -> None:
        channel = self.session.channel(name)
        if channel is not None and self.session.members.is_in(name):
            self.session.recorder.line(channel.id, kind, message, text, target)
