"""Answers to commands that people give the bot: rate limited, by NOTICE, and never to another bot."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from time import monotonic

import gevent
from django.conf import settings

from bot import plugins
from bot.channels import Channels
from bot.commands.base import RecordedLine, Request
from bot.desired_state import WantedChannel
from bot.irc.isupport import Isupport
from bot.irc.message import Message, Send, format_ctcp, split_ctcp
from bot.members import Members
from bot.nickname import Nickname
from bot.plugins import Plugin
from bot.server_clock import ServerClock
from bot.throttle import TokenBucket
from logs.ingest.entry import Entry
from logs.models import Kind
from logs.models.channel_choices import ReplyMode
from logs.text.irc_formatting import strip_formatting

BURST_ANSWERS = 5
SECONDS_PER_ANSWER = 2.0
"""The rate of answers on a whole network; requests beyond it are ignored."""

MAX_REQUEST_AGE = timedelta(seconds=60)
"""An older message comes from a replay, and nobody waits for an answer."""

NAMES_TIMEOUT_SECONDS = 30.0
MAX_LINE_BYTES = 400
"""Length of an answer: the server puts our address before it, and the line must still reach others complete."""

INTRODUCTION = "I am a logging bot. The logs are at {} – say “help” for more."

_ADDRESSED = re.compile(r"@?([^\s:,]+)[:,]\s*(.*)", re.DOTALL)
_CONTROL_TO_SPACE = str.maketrans(dict.fromkeys("\r\n\0\x01", " "))
_BOT_TAGS = frozenset({"bot", "draft/bot"})


@dataclass(slots=True)
class PendingRequest:
    """A request that waits for NAMES, which shows the rights of the person who made it."""

    plugin: Plugin
    request: Request
    is_answered: bool
    since: float = field(default_factory=monotonic)


class Replies:
    """The answers of one session. Its reader never waits here: each answer is prepared in a greenlet of its own.

    `may_act()` says whether this bot is the leader; `set_paused(channel id, paused)` stops or resumes recording.
    """

    def __init__(
        self,
        *,
        network_id: int,
        network_name: str,
        isupport: Isupport,
        nickname: Nickname,
        members: Members,
        clock: ServerClock,
        channels: Channels,
        send: Send,
        may_act: Callable[[], bool],
        set_paused: Callable[[int, bool], None],
    ) -> None:
        self._network_id = network_id
        self._network_name = network_name
        self._isupport = isupport
        self._nickname = nickname
        self._members = members
        self._clock = clock
        self._channels = channels
        self._send = send
        self._may_act = may_act
        self._set_paused = set_paused
        self._plugins = plugins.installed()
        self._bucket = TokenBucket(BURST_ANSWERS, SECONDS_PER_ANSWER)
        self._pending: defaultdict[str, list[PendingRequest]] = defaultdict(list)
        self._symbols: defaultdict[str, dict[str, str]] = defaultdict(dict)

    def handle_channel_message(self, name: str, message: Message, recorded: Entry | None) -> None:
        """Answer `botbot: help` and `botbot, help`; anything else addressed to us is ignored.

        `recorded` is the line as it was recorded, if it was.
        """
        channel = self._channels.get(name)
        addressed = _ADDRESSED.fullmatch(strip_formatting(message.param(1)).strip())
        if channel is None or addressed is None or message.command != "PRIVMSG":
            return
        if not self._nickname.is_own_nick(addressed[1]):
            return
        word, _, words = addressed[2].partition(" ")
        plugin = self._plugins.find(word)
        if plugin is None or not self._may_act_on(message):
            return
        is_answered = channel.answers != ReplyMode.NOBODY and self._bucket.take()
        if is_answered or plugin.works_unanswered:
            # What was said to the channel's operators alone (`@#channel`) is not answered in front of everybody.
            is_public = message.param(0) == name and channel.answers == ReplyMode.CHANNEL
            request = self._build_request(message, channel.name, words, recorded, is_public=is_public)
            self._start(plugin, request, is_answered=is_answered)

    def handle_private_message(self, message: Message) -> None:
        """Answer commands and some CTCP requests, and anything else with an introduction."""
        ctcp = split_ctcp(message.param(1))
        if not self._may_act_on(message):
            return
        word, _, words = strip_formatting(message.param(1)).strip().partition(" ")
        plugin = self._plugins.find(word) if ctcp is None else None
        is_answered = self._bucket.take()
        if not is_answered and (plugin is None or not plugin.works_unanswered):
            return
        if ctcp is not None:
            self._answer_ctcp(message.nick, *ctcp)
            return
        if plugin is None:
            self._notice(message.nick, INTRODUCTION.format(settings.SITE_URL))
            return
        first, _, rest = words.strip().partition(" ")
        channel = first if self._isupport.channel_of(first) == first else ""
        request = self._build_request(message, channel, rest if channel else words, is_private=True)
        self._start(plugin, request, is_answered=is_answered)

    def notify_listeners(self, entry: Entry, channel: WantedChannel) -> None:
        """Pass a line that was recorded live to the plugins that listen."""
        # Most bots have none, and every line passes here.
        if not self._plugins.has_listeners:
            return
        if entry.held or entry.kind == Kind.UNLOGGED or self._nickname.is_own_nick(entry.nick) or not self._may_act():
            return
        line = RecordedLine(
            network=self._network_name,
            channel=channel.name,
            at=entry.at,
            kind=Kind(entry.kind).name.lower(),
            nick=entry.nick,
            account=entry.account or "",
            text=entry.text,
            target=entry.target or "",
        )
        self._plugins.notify(line, lambda text: self._say_in_channel(channel.name, text))

    def handle_name(self, name: str, nick: str, symbols: str) -> None:
        """Process one member of a channel from a reply to NAMES."""
        key = self._isupport.fold(name)
        if key in self._pending:
            self._symbols[key][self._isupport.fold(nick)] = symbols

    def handle_names_end(self, name: str) -> None:
        """Answer the requests that were waiting for the names of a channel."""
        key = self._isupport.fold(name)
        symbols = self._symbols.pop(key, {})
        for pending in self._pending.pop(key, []):
            if monotonic() - pending.since < NAMES_TIMEOUT_SECONDS:
                own_symbols = symbols.get(self._isupport.fold(pending.request.nick), "")
                request = replace(pending.request, symbols=own_symbols)
                gevent.spawn(self._answer, pending.plugin, request, is_answered=pending.is_answered)

    def _may_act_on(self, message: Message) -> bool:
        """Whether a person gives a command now, and this bot is the one that acts on it.

        ZNC's modules (`*status`) and services (BouncerServ, NickServ) are no persons.
        """
        nick = message.nick
        is_service = nick.startswith("*") or nick.lower().endswith("serv")
        is_other = bool(nick) and not self._nickname.is_own_nick(nick) and not is_service
        is_fresh = self._clock.age_of(message) < MAX_REQUEST_AGE
        is_person = is_other and _BOT_TAGS.isdisjoint(message.tags)
        return is_person and is_fresh and self._may_act()

    def _build_request(
        self,
        message: Message,
        channel: str,
        words: str,
        recorded: Entry | None = None,
        *,
        is_private: bool = False,
        is_public: bool = False,
    ) -> Request:
        return Request(
            network=self._network_id,
            network_name=self._network_name,
            nick=message.nick,
            account=message.tags.get("account", ""),
            channel=channel,
            symbols="",
            words=words.strip(),
            # The time as recorded finds the line in the archive, for the command `log`.
            at=recorded.at if recorded else self._clock.time_of(message),
            private=is_private,
            open=is_public,
            me=self._nickname.current,
            hold=self._set_paused,
        )

    def _start(self, plugin: Plugin, request: Request, *, is_answered: bool) -> None:
        needs_symbols = plugin.command is not None and plugin.command.wants_symbols
        if needs_symbols and self._members.is_joined(request.channel):
            pending = self._pending[self._isupport.fold(request.channel)]
            waiting = [each for each in pending if monotonic() - each.since < NAMES_TIMEOUT_SECONDS]
            # Unanswered commands have no rate: those of one person wait once, and the server is asked once for all.
            if any((each.plugin, each.request.nick) == (plugin, request.nick) for each in waiting):
                return
            pending[:] = [*waiting, PendingRequest(plugin, request, is_answered)]
            if not waiting:
                self._send("NAMES", request.channel)
        elif is_answered:
            gevent.spawn(self._answer, plugin, request, is_answered=True)

    def _answer(self, plugin: Plugin, request: Request, *, is_answered: bool) -> None:
        for line in self._plugins.answer(plugin, request):
            if is_answered:
                self._notice(request.channel if request.open else request.nick, line)

    def _say_in_channel(self, name: str, text: str) -> None:
        """Say a listener's remark, but only where the owners let the bot speak, and within the rate of answers."""
        channel = self._channels.get(name)
        if channel is None or channel.answers != ReplyMode.CHANNEL or not self._members.is_joined(name):
            return
        if self._bucket.take():
            self._notice(name, text)

    def _notice(self, target: str, text: str) -> None:
        """Send one line, truncated to MAX_LINE_BYTES."""
        encoded = text.translate(_CONTROL_TO_SPACE).strip().encode("utf-8", "replace")
        line = encoded[:MAX_LINE_BYTES].decode("utf-8", "ignore")
        if line:
            self._send("NOTICE", target, line)

    def _answer_ctcp(self, nick: str, command: str, argument: str) -> None:
        answers = {
            "VERSION": f"BotBot, {settings.SITE_URL}",
            "SOURCE": settings.SITE_URL,
            "PING": argument[:100].translate(_CONTROL_TO_SPACE),
        }
        if command in answers:
            self._send("NOTICE", nick, format_ctcp(command, answers[command]))
