"""One network, from connect to disconnect: registers, joins what is wanted, hands on what is said."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from time import monotonic

from bot.channels import Channels
from bot.connection import Connection, ConnectionLostError, Timing, Tls
from bot.desired_state import WantedNetwork
from bot.handlers import Events
from bot.history import History
from bot.identity.accounts import Accounts
from bot.identity.claims import Proofs
from bot.irc.isupport import Isupport
from bot.irc.message import parse
from bot.members import Members
from bot.nickname import Nickname
from bot.recorder import Recorder
from bot.registration import Registration
from bot.replies import Talk
from bot.sts_store import Policies
from logs.models.bot_status import State
from logs.models.line import Reason

logger = logging.getLogger(__name__)

SETTLE = 5.0
"""Seconds from the welcome to the mode for bots: some servers keep history from those who have it."""

SAYING = frozenset({"PRIVMSG", "NOTICE", "TAGMSG", "BATCH"})

Report = Callable[[int | None, State, str], None]


class Session:
    """Lives as long as one connection. `report(channel id or None for the network, state, why)` tells how it fares.

    `unknown` counts lines that were no messages, `stumbles` messages that broke something of ours.
    """

    def __init__(
        self, network: WantedNetwork, recorder: Recorder, policies: Policies, report: Report, timing: Timing
    ) -> None:
        port = None if network.tls else policies.port(network.host)
        self.network = network if port is None else replace(network, port=port, tls=True)
        self.recorder = recorder
        self.report = report
        self.timing = timing
        self.welcomed_at = monotonic()
        self.told_at = 0.0
        self.unknown = 0
        self.stumbles = 0
        self.connection: Connection | None = None
        self.isupport = Isupport()
        self.members = Members()
        self.accounts = Accounts(self)
        self.nickname = Nickname(network.nick, self.send)
        self.registration = Registration(
            self.network, self.send_now, policies, self.network.port, secure=self.network.tls
        )
        self.proofs = Proofs(self)
        self.talk = Talk(self)
        self.channels = Channels(self)
        self.history = History(self)
        self._marked = False
        self._events = Events(self)

    def run(self) -> None:
        """Connects and works until the connection ends, which ConnectionLostError tells."""
        self.report(None, State.CONNECTING, "")
        network = self.network
        tls = Tls(frozenset(network.fingerprints), network.certificate) if network.tls else None
        self.connection = Connection(network.host, network.port, tls=tls, timing=self.timing)
        deadline = monotonic() + self.timing.register
        try:
            self.registration.start(self.nickname.now)
            for line in self.connection.lines():
                self.hear(line)
                if not self.registration.done and monotonic() > deadline:
                    raise ConnectionLostError("the server did not let us register in time")
        finally:
            self.channels.silence(Reason.CONNECTION, monotonic() - self.connection.heard)
            self.connection.close()
            self.registration.left()

    def hear(self, line: bytes) -> None:
        """Acts on one line of the server; what that breaks is counted, logged with the line (unless somebody said it,
        perhaps in confidence), and goes no further."""
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
            shown = line[:500] if message.command not in SAYING else message.command
            logger.exception("%s: stumbled over %r", self.network.name, shown)

    def send(self, command: str, *params: str) -> None:
        """In turn with other lines, at the pace that servers like."""
        if self.connection:
            self.connection.send(command, *params)
            self.talk.said(command, params)

    def send_now(self, command: str, *params: str) -> None:
        if self.connection:
            self.connection.send_now(command, *params)

    def want(self, network: WantedNetwork) -> None:
        """Takes over which channels are wanted now."""
        self.network = replace(self.network, channels=network.channels, inviting=network.inviting)
        self.channels.want()

    def look(self) -> None:
        """Called every second or so: tries again what is due."""
        if not self.registration.done:
            self._look_at_registration()
            return
        self.channels.join()
        self.proofs.look()
        self.nickname.look(self.isupport)
        mode = self.isupport.tokens.get("BOT", "")
        rested = monotonic() - self.welcomed_at > SETTLE and self.channels.settled and self.history.settled
        if len(mode) == 1 and not self._marked and rested:
            self._marked = True
            self.send("MODE", self.nickname.now, f"+{mode}")

    def _look_at_registration(self) -> None:
        try:
            self.registration.look(self.timing.answer)
        except ConnectionLostError as error:
            if self.connection:
                self.connection.give_up(str(error))

    def me(self, nick: str) -> bool:
        return self.members.same(nick, self.nickname.now)

    def welcome(self, nick: str) -> None:
        """The server has registered us under this nick."""
        self.nickname.now = nick
        self.registration.welcomed()
        self.welcomed_at = monotonic()
        self.report(None, State.CONNECTED, f"as {nick}")
        self.proofs.connected()

    def recase(self) -> None:
        """The server has told how it compares names."""
        self.members.casemapping = self.isupport.casemapping
        self.channels.recase()

    def quit(self, reason: str) -> None:
        """Says goodbye; the recorder notes that the channels are not heard from now on."""
        self.channels.silence(Reason.STOPPED, 0.0)
        if self.registration.done:
            self.send_now("QUIT", reason)
