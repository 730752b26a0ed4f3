"""One connection to one network, from connect to disconnect: builds the parts of a session and connects them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from time import monotonic

from bot.channels import Channels, Report
from bot.connection import Connection, ConnectionLostError, Outbox, Timing, Tls
from bot.desired_state import WantedNetwork
from bot.handlers import Handlers, SessionParts
from bot.history import History
from bot.identity.claims import Claims
from bot.identity.db_queue import DatabaseQueue
from bot.identity.invites import Invites
from bot.identity.logins import Logins
from bot.identity.whois import WhoisLookups
from bot.irc.capabilities import Capabilities
from bot.irc.isupport import Isupport
from bot.members import Accounts, Members
from bot.nickname import Nickname
from bot.recorder import Recorder
from bot.registration import Registration
from bot.replies import Replies
from bot.sts_store import StsStore
from logs.models.bot_status import State
from logs.models.line import Reason

logger = logging.getLogger(__name__)

SETTLE_SECONDS = 5.0
"""Seconds from the welcome to setting the mode for bots: some servers send no history to clients that have it."""


class Session:
    """Lives as long as one connection.

    `report` is called with every change of state. `banned_ids` are the channels to stay out of; the set outlives the
    session. `may_act()` says whether this bot is the leader, the only one that answers.
    """

    def __init__(
        self,
        network: WantedNetwork,
        recorder: Recorder,
        sts_store: StsStore,
        report: Report,
        timing: Timing,
        *,
        banned_ids: set[int] | None = None,
        may_act: Callable[[], bool] = lambda: True,
    ) -> None:
        # A stored STS policy counts before the first byte is sent; a configured TLS port takes precedence.
        tls_port = None if network.tls else sts_store.find_port(network.host)
        self.network = network if tls_port is None else replace(network, port=tls_port, tls=True)
        self.recorder = recorder
        self.pause_set_at = 0.0
        self._report = report
        self._timing = timing
        self._welcomed_at = monotonic()
        self._has_bot_mode = False
        self._outbox = outbox = Outbox()
        send = outbox.send

        # From here on each part needs only those above it.
        self.isupport = isupport = Isupport()
        capabilities = Capabilities()
        self.nickname = nickname = Nickname(network.nick, isupport, send)
        self.registration = Registration(self.network, capabilities, sts_store, outbox.send_now)
        members = Members(isupport)
        accounts = Accounts(isupport, capabilities, members, send)
        self.channels = channels = Channels(
            isupport=isupport,
            members=members,
            recorder=recorder,
            send=send,
            report=report,
            banned_ids=set() if banned_ids is None else banned_ids,
        )
        self._history = history = History(
            isupport=isupport,
            capabilities=capabilities,
            nickname=nickname,
            channels=channels,
            recorder=recorder,
            send=send,
        )
        queue = DatabaseQueue(network.name, send)
        lookups = WhoisLookups(isupport, capabilities, send)
        self._invites = invites = Invites(
            network_id=network.id,
            isupport=isupport,
            nickname=nickname,
            members=members,
            channels=channels,
            queue=queue,
            lookups=lookups,
            send=send,
        )
        self._claims = claims = Claims(
            network_id=network.id,
            isupport=isupport,
            members=members,
            invites=invites,
            lookups=lookups,
            queue=queue,
            send=send,
            may_act=may_act,
        )
        replies = Replies(
            network_id=network.id,
            network_name=network.name,
            isupport=isupport,
            nickname=nickname,
            members=members,
            channels=channels,
            send=send,
            may_act=may_act,
            set_paused=self.set_paused,
        )
        self.handlers = Handlers(
            SessionParts(
                network_name=network.name,
                capabilities=capabilities,
                isupport=isupport,
                nickname=nickname,
                registration=self.registration,
                members=members,
                accounts=accounts,
                channels=channels,
                history=history,
                lookups=lookups,
                claims=claims,
                logins=Logins(isupport, members),
                replies=replies,
                recorder=recorder,
                outbox=outbox,
                welcome=self._handle_welcome,
            )
        )
        channels.update(network.channels)
        invites.is_accepting = network.inviting

    def run(self) -> None:
        """Connect and handle lines until the connection ends, which raises ConnectionLostError."""
        self._report(None, State.CONNECTING, "")
        network = self.network
        tls = Tls(frozenset(network.fingerprints), network.certificate) if network.tls else None
        connection = Connection(network.host, network.port, tls=tls, timing=self._timing)
        self._outbox.connection = connection
        deadline = monotonic() + self._timing.register
        try:
            self.registration.start(self.nickname.current)
            # The only loop over received lines. A silent server is pinged, so the deadline is checked anyway.
            for line in connection.lines():
                self.handlers.handle_line(line)
                if not self.registration.is_done and monotonic() > deadline:
                    raise ConnectionLostError("the server did not let us register in time")
        finally:
            self.channels.close_all(Reason.CONNECTION, monotonic() - connection.received_at)
            connection.close()
            self.registration.handle_disconnect()

    def tick(self) -> None:
        """Do what is due; called about every second."""
        if not self.registration.is_done:
            self._tick_registration()
            return
        self.channels.join()
        self._claims.tick()
        self.nickname.tick()
        self._set_bot_mode()

    def update(self, network: WantedNetwork) -> None:
        """Apply changed settings of the network that need no other connection."""
        self.network = replace(self.network, channels=network.channels, inviting=network.inviting)
        self._invites.is_accepting = network.inviting
        for name in self.channels.update(network.channels):
            self._claims.adopt_channel(name)
        if self.registration.is_done:
            self.channels.join()

    def set_paused(self, channel: int, paused: bool) -> None:
        """Stop or resume recording a channel at once, before the database is read again."""
        channels = tuple(replace(one, paused=paused) if one.id == channel else one for one in self.network.channels)
        self.update(replace(self.network, channels=channels))
        self.recorder.privacy_filter.update(self.network)
        # Settings read before this moment are ignored, or they would undo the command for a second.
        self.pause_set_at = monotonic()

    def quit(self, reason: str) -> None:
        """Send QUIT; from now on the channels are not recorded."""
        self.channels.close_all(Reason.STOPPED, 0.0)
        if self.registration.is_done:
            self._outbox.send_now("QUIT", reason)

    def seconds_since_received(self) -> float | None:
        """Return how long the server has been silent; None while we are in no channel."""
        connection = self._outbox.connection
        if connection is None or not self.registration.is_done or not self.channels.joined():
            return None
        return monotonic() - connection.received_at

    def _handle_welcome(self, nick: str) -> None:
        self.nickname.current = nick
        self.registration.handle_welcome()
        self._welcomed_at = monotonic()
        self._report(None, State.CONNECTED, f"as {nick}")
        self._claims.handle_connected()

    def _tick_registration(self) -> None:
        # An exception here would end the supervisor's greenlet instead of the reader's.
        try:
            self.registration.tick(self._timing.answer)
        except ConnectionLostError as error:
            if self._outbox.connection:
                self._outbox.connection.abort(str(error))

    def _set_bot_mode(self) -> None:
        mode = self.isupport.tokens.get("BOT", "")
        is_settled = self.channels.is_settled and self._history.is_settled
        has_rested = monotonic() - self._welcomed_at > SETTLE_SECONDS
        if len(mode) == 1 and not self._has_bot_mode and is_settled and has_rested:
            self._has_bot_mode = True
            self._outbox.send("MODE", self.nickname.current, f"+{mode}")
