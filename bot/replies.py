"""What people say to the bot and what it says to them: in turn, seldom, by NOTICE, and never to another bot."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING

import gevent
from django.conf import settings

from bot import plugins
from bot.commands.base import Heard, Request
from bot.desired_state import WantedChannel
from bot.irc import ctcp
from bot.irc.channel_event import describe
from bot.irc.message import Message
from bot.plugins import Plugin
from bot.recorder import moment
from bot.throttle import TokenBucket
from logs.ingest.entry import Entry
from logs.models import Kind
from logs.models.channel import ReplyMode
from logs.text.irc_formatting import strip_formatting
from logs.text.names import fold

if TYPE_CHECKING:
    from bot.session import Session

BURST, EVERY = 5, 2.0
"""So many answers at once, and then one in so many seconds, for a whole network; what is asked beyond that is not
answered."""

OLD = timedelta(seconds=60)
"""What was said before then is a replay, and nobody waits for an answer."""

NAMES_WITHIN = 30.0
LONGEST = 400
"""Bytes of a line: the server puts our address before it, and others must receive it whole."""

_EVER = datetime.min.replace(tzinfo=UTC)
_ADDRESSED = re.compile(r"@?([^\s:,]+)[:,]\s*(.*)", re.DOTALL)
_UNSAYABLE = str.maketrans(dict.fromkeys("\r\n\0\x01", " "))
_BOTS = frozenset({"bot", "draft/bot"})


@dataclass(slots=True)
class Asking:
    """A question that waits for the names in its channel."""

    plugin: Plugin
    request: Request
    since: float = field(default_factory=monotonic)


class Talk:
    """For one session, whose reader never waits here: answers are worked out and said beside it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.plugins = plugins.installed()
        self._bucket = TokenBucket(BURST, EVERY)
        self._asking: defaultdict[str, list[Asking]] = defaultdict(list)
        self._symbols: defaultdict[str, dict[str, str]] = defaultdict(dict)

    def in_channel(self, name: str, message: Message, kept: Entry | None) -> None:
        """Answers `botbot: help` and `botbot, help`; whatever else is said to us is none of our business.

        `kept` is the line as it was recorded, if it was."""
        channel = self.session.channels.get(name)
        addressed = _ADDRESSED.fullmatch(strip_formatting(message.param(1)).strip())
        if channel is None or addressed is None or not self.session.me(addressed[1]) or message.command != "PRIVMSG":
            return
        word, _, words = addressed[2].partition(" ")
        plugin = self.plugins.named(word)
        if plugin is not None and channel.answers != ReplyMode.NOBODY and self._may_answer(message):
            to_all = message.param(0) == name and channel.answers == ReplyMode.CHANNEL
            self._ask(plugin, self._request(message, channel.name, words, kept, to_all=to_all))

    def in_private(self, message: Message) -> None:
        """Answers commands, a few CTCP requests, and anything else by saying who we are."""
        request = ctcp.split(message.param(1))
        if not self._may_answer(message):
            return
        if request is not None:
            self._ctcp(message.nick, *request)
            return
        word, _, words = strip_formatting(message.param(1)).strip().partition(" ")
        plugin = self.plugins.named(word)
        if plugin is None:
            self.notice(message.nick, f"I am a logging bot. The logs are at {settings.SITE_URL} – say “help” for more.")
            return
        first, _, rest = words.strip().partition(" ")
        channel = first if self.session.isupport.channel_of(first) == first else ""
        self._ask(plugin, self._request(message, channel, rest if channel else words, private=True))

    def overheard(self, entry: Entry, channel: WantedChannel) -> None:
        """A line has been recorded as it was said; plugins may hear it."""
        if entry.held or entry.kind == Kind.UNLOGGED or self.session.me(entry.nick) or not self._in_charge():
            return
        heard = Heard(
            network=self.session.network.name,
            channel=channel.name,
            at=entry.at,
            kind=Kind(entry.kind).name.lower(),
            nick=entry.nick,
            account=entry.account or "",
            text=entry.text,
            target=entry.target or "",
        )
        self.plugins.tell(heard, lambda text: self._remark(channel.name, text))

    def names(self, name: str, nick: str, symbols: str) -> None:
        """One of the names in a channel."""
        key = self._fold(name)
        if key in self._asking:
            self._symbols[key][self._fold(nick)] = symbols

    def names_end(self, name: str) -> None:
        """All names are known: what waited for them is answered."""
        key = self._fold(name)
        symbols = self._symbols.pop(key, {})
        for asking in self._asking.pop(key, []):
            if monotonic() - asking.since < NAMES_WITHIN:
                shown = symbols.get(self._fold(asking.request.nick), "")
                gevent.spawn(self._answer, asking.plugin, replace(asking.request, symbols=shown))

    def notice(self, target: str, text: str) -> None:
        """Says one line, cut to what fits."""
        said = text.translate(_UNSAYABLE).strip().encode("utf-8", "replace")[:LONGEST].decode("utf-8", "ignore")
        if said:
            self.session.send("NOTICE", target, said)

    def said(self, command: str, params: tuple[str, ...]) -> None:
        """We have said something; without echo-message nobody else tells us that it belongs in the log."""
        if command not in {"PRIVMSG", "NOTICE"} or self._echoes():
            return
        name = self.session.isupport.channel_of(params[0])
        channel = self.session.channels.get(name)
        message = Message(command, list(params), nick=self.session.nickname.now)
        described = describe(message)
        if channel is not None and described is not None and self.session.members.is_in(name):
            self.session.recorder.line(channel.id, described, message)

    def _echoes(self) -> bool:
        return "echo-message" in self.session.registration.capabilities.enabled

    def _may_answer(self, message: Message) -> bool:
        """Whether this is somebody who waits for an answer, and it is time for one."""
        nick = message.nick
        somebody = bool(nick) and not self.session.me(nick) and not nick.startswith("*")
        fresh = datetime.now(UTC) - moment(message, _EVER) < OLD
        waits = somebody and fresh and _BOTS.isdisjoint(message.tags)
        return waits and self._in_charge() and self._bucket.take()

    def _in_charge(self) -> bool:
        return self.session.proofs.may_act()

    def _request(
        self,
        message: Message,
        channel: str,
        words: str,
        kept: Entry | None = None,
        *,
        private: bool = False,
        to_all: bool = False,
    ) -> Request:
        return Request(
            network=self.session.network.id,
            network_name=self.session.network.name,
            nick=message.nick,
            account=message.tags.get("account", ""),
            channel=channel,
            symbols="",
            words=words.strip(),
            at=kept.at if kept else moment(message),
            private=private,
            open=to_all,
            me=self.session.nickname.now,
            hold=self._hold,
        )

    def _ask(self, plugin: Plugin, request: Request) -> None:
        wants_symbols = plugin.command is not None and plugin.command.wants_symbols
        if wants_symbols and self.session.members.is_in(request.channel):
            self._asking[self._fold(request.channel)].append(Asking(plugin, request))
            self.session.send("NAMES", request.channel)
        else:
            gevent.spawn(self._answer, plugin, request)

    def _answer(self, plugin: Plugin, request: Request) -> None:
        for line in self.plugins.answer(plugin, request):
            self.notice(request.channel if request.open else request.nick, line)

    def _remark(self, name: str, text: str) -> None:
        """What a plugin says unasked: only where the owners let the bot speak, and as seldom as an answer."""
        channel = self.session.channels.get(name)
        if channel is None or channel.answers != ReplyMode.CHANNEL or not self.session.members.is_in(name):
            return
        if self._bucket.take():
            self.notice(name, text)

    def _ctcp(self, nick: str, command: str, argument: str) -> None:
        answers = {
            "VERSION": f"BotBot, {settings.SITE_URL}",
            "SOURCE": settings.SITE_URL,
            "PING": argument[:100].translate(_UNSAYABLE),
        }
        if command in answers:
            self.session.send("NOTICE", nick, ctcp.join(command, answers[command]))

    def _hold(self, channel: int, paused: bool) -> None:
        network = self.session.network
        channels = tuple(replace(one, paused=paused) if one.id == channel else one for one in network.channels)
        self.session.want(replace(network, channels=channels))
        self.session.recorder.consent.take(self.session.network)
        self.session.told_at = monotonic()

    def _fold(self, name: str) -> str:
        return fold(name, self.session.isupport.casemapping)
