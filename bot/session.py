"""One network, from connect to disconnect: registers, joins what is wanted, hands on what is said."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic

from django.conf import settings

from bot.connection import Connection, ConnectionLostError, Timing
from bot.events import Events
from bot.irc.capabilities import Capabilities
from bot.irc.isupport import Isupport
from bot.irc.message import Message, parse
from bot.members import Members
from bot.recorder import Recorder
from bot.wanted import WantedChannel, WantedNetwork
from logs.models.gap import Reason
from logs.models.status import State
from logs.text.names import fold

logger = logging.getLogger(__name__)

RETRY_REFUSED = 300.0
REGAIN_NICK = 60.0
JOIN_BYTES = 400

Report = Callable[[int | None, State, str], None]


class Session:
    """Lives as long as one connection. `report(channel id or None for the network, state, why)` tells how it fares."""

    def __init__(self, network: WantedNetwork, recorder: Recorder, report: Report, timing: Timing) -> None:
        self.network = network
        self.recorder = recorder
        self.report = report
        self.timing = timing
        self.nick = network.nick
        self.registered = False
        self.stable_since = monotonic()
        self.unknown = 0
        self.stumbles = 0
        self.isupport = Isupport()
        self.members = Members()
        self.refused: dict[int, float] = {}
        self.kicked: set[int] = set()
        self._asked: set[int] = set()
        self._nick_tried = monotonic()
        self._capabilities = Capabilities()
        self._events = Events(self)
        self._wanted = {self._fold(channel.name): channel for channel in network.channels}
        self.connection: Connection | None = None

    def run(self) -> None:
        """Connects and works until the connection ends, which ConnectionLostError tells."""
        self.report(None, State.CONNECTING, "")
        self.connection = Connection(self.network.host, self.network.port, tls=self.network.tls, timing=self.timing)
        deadline = monotonic() + self.timing.register
        try:
            self._register()
            for line in self.connection.lines():
                self.hear(line)
                if not self.registered and monotonic() > deadline:
                    raise ConnectionLostError("the server did not let us register in time")
        finally:
            self._silence(Reason.CONNECTION)
            self.connection.close()

    def hear(self, line: bytes) -> None:
        """Acts on one line of the server; what that breaks is counted, logged with the line, and goes no further."""
        message = parse(line)
        if message is None:
            self.unknown += 1
            logger.info("%s: not an IRC message: %r", self.network.name, line[:200])
            return
        try:
            self._events.take(message)
        except ConnectionLostError:
            raise
        except Exception:
            self.stumbles += 1
            logger.exception("%s: stumbled over %r", self.network.name, line[:500])

    def channel(self, name: str) -> WantedChannel | None:
        """The wanted channel of this name."""
        return self._wanted.get(self._fold(name))

    def channels(self) -> list[WantedChannel]:
        return list(self._wanted.values())

    def send(self, command: str, *params: str) -> None:
        if self.connection:
            self.connection.send(command, *params)

    def send_now(self, command: str, *params: str) -> None:
        if self.connection:
            self.connection.send_now(command, *params)

    def want(self, network: WantedNetwork) -> None:
        """Takes over what is wanted now and joins or parts accordingly."""
        self.network = network
        wanted = {self._fold(channel.name): channel for channel in network.channels}
        for name, channel in self._wanted.items():
            if name not in wanted:
                self._forget(channel)
        self._wanted = wanted
        if self.registered:
            self._join_wanted()
            self._regain_nick()

    def me(self, nick: str) -> bool:
        return self.members.same(nick, self.nick)

    def welcome(self, nick: str) -> None:
        """The server has registered us under this nick."""
        self.nick = nick
        self.registered = True
        self.stable_since = monotonic()
        self._capabilities.close()
        self.report(None, State.CONNECTED, f"as {nick}")
        self._join_wanted()

    def negotiate(self, message: Message) -> None:
        for command, *params in self._capabilities.take(message.params):
            self.send_now(command, *params)

    def recase(self) -> None:
        """The server has told how it compares names."""
        self.members.casemapping = self.isupport.casemapping
        self._wanted = {self._fold(channel.name): channel for channel in self._wanted.values()}

    def joined(self, name: str) -> None:
        """We are in a channel."""
        channel = self.channel(name)
        if channel is None:
            self.send("PART", name, "not wanted here")
            return
        self.members.open(name)
        self._asked.discard(channel.id)
        self.refused.pop(channel.id, None)
        self.recorder.heard(channel.id)
        self.report(channel.id, State.JOINED, "")

    def left(self, name: str, reason: Reason, why: str) -> None:
        """We are no longer in a channel; after a kick we stay out until the channel is wanted anew."""
        channel = self.channel(name)
        self.members.close(name)
        if channel is not None:
            self.recorder.unheard(channel.id, reason)
            if reason == Reason.KICKED:
                self.kicked.add(channel.id)
            self.refused[channel.id] = monotonic()
            self.report(channel.id, State.REFUSED, why)

    def refuse(self, name: str, why: str) -> None:
        """The server does not let us in; tried again slowly."""
        channel = self.channel(name)
        if channel is not None and not self.members.is_in(name):
            self._asked.discard(channel.id)
            self.refused[channel.id] = monotonic()
            self.report(channel.id, State.REFUSED, why)

    def nick_taken(self) -> None:
        """Another has our nick: during registration the next one is tried."""
        if not self.registered:
            self.nick = self.nick[:20] + "_" if len(self.nick) < 24 else f"bot{id(self) % 99999}"
            self.send_now("NICK", self.nick)

    def quit(self, reason: str) -> None:
        """Says goodbye; the recorder notes that the channels are not heard from now on."""
        self._silence(Reason.STOPPED)
        if self.connection and self.registered:
            self.send_now("QUIT", reason)

    def _register(self) -> None:
        self.send_now("CAP", "LS", "302")
        if self.network.password:
            self.send_now("PASS", self.network.password)
        self.send_now("NICK", self.nick)
        self.send_now("USER", self.network.username, "0", "*", self.network.realname or settings.SITE_URL)

    def _forget(self, channel: WantedChannel) -> None:
        self.kicked.discard(channel.id)
        self.refused.pop(channel.id, None)
        self._asked.discard(channel.id)
        if self.members.is_in(channel.name):
            self.recorder.unheard(channel.id, Reason.LEFT)
            self.members.close(channel.name)
            self.send("PART", channel.name, "no longer wanted")
        self.report(channel.id, State.OFF, "")

    def _join_wanted(self) -> None:
        now = monotonic()
        due = [
            channel
            for channel in self._wanted.values()
            if not self.members.is_in(channel.name)
            and channel.id not in self._asked | self.kicked
            and now - self.refused.get(channel.id, -RETRY_REFUSED) >= RETRY_REFUSED
        ]
        due.sort(key=lambda channel: not channel.key)
        most = self.isupport.most_targets("JOIN")
        while due:
            batch = due[:most]
            while len(batch) > 1 and len(",".join(f"{c.name},{c.key}" for c in batch).encode()) > JOIN_BYTES:
                batch.pop()
            del due[: len(batch)]
            self._join(batch)

    def _join(self, channels: list[WantedChannel]) -> None:
        keys = ",".join(channel.key for channel in channels if channel.key)
        names = ",".join(channel.name for channel in channels)
        for channel in channels:
            self._asked.add(channel.id)
            self.report(channel.id, State.JOINING, "")
        self.send("JOIN", *([names, keys] if keys else [names]))

    def _regain_nick(self) -> None:
        if not self.me(self.network.nick) and monotonic() - self._nick_tried > REGAIN_NICK:
            self._nick_tried = monotonic()
            self.send("NICK", self.network.nick)

    def _silence(self, reason: Reason) -> None:
        heard = monotonic() - self.connection.heard if self.connection else 0.0
        since = datetime.now(UTC) - timedelta(seconds=heard)
        for channel in self._wanted.values():
            if self.members.is_in(channel.name):
                self.recorder.unheard(channel.id, reason, since)
                self.members.close(channel.name)
                self.report(channel.id, State.WAITING, "")

    def _fold(self, name: str) -> str:
        return fold(name, self.isupport.casemapping)
