"""One connection to one network, from connect to disconnect: builds the parts of a session and connects them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from time import monotonic

from gevent.event import Event

from bot.announcements import Announcements, OwnerMemos
from bot.channels import Channels, Report
from bot.connection import Connection, ConnectionLostError, FailedAddresses, Outbox, Timing, Tls
from bot.desired_state import WantedNetwork
from bot.handlers import Handlers
from bot.history import History
from bot.identity.claims import Claims
from bot.identity.db_queue import DatabaseQueue
from bot.identity.invites import Invites
from bot.identity.whois import WhoisLookups
from bot.irc.capabilities import Capabilities
from bot.irc.isupport import Isupport
from bot.members import Accounts, Logins, Members, OtherBots
from bot.nickname import Nickname
from bot.recorder import Recorder
from bot.registration import Registration
from bot.renames import Renames
from bot.replies import Replies
from bot.session_parts import SessionParts
from bot.state_file import StsStore
from logs.models.bot_status import State
from logs.models.line import Reason
from logs.text.encodings import find_irc_encoding

logger = logging.getLogger(__name__)

SETTLE_SECONDS = 5.0
"""Seconds from the welcome to setting the mode for bots: some servers send no history to clients that have it."""


class Session:
    """Lives as long as one connection.

    `report` is called with every change of state. `banned_ids` are the channels to stay out of; the set outlives the
    session, as does `failed_addresses`. `may_act()` says whether this bot is the leader, the only one that answers.
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
        failed_addresses: FailedAddresses | None = None,
        may_act: Callable[[], bool] = lambda: True,
    ) -> None:
        # A stored STS policy counts before the first byte is sent; a configured TLS port takes precedence.
        tls_port = None if network.tls else sts_store.find_port(network.host)
        self.network = network if tls_port is None else replace(network, port=tls_port, tls=True)
        self.recorder = recorder
        self.pause_set_at = 0.0
        self._failed_addresses = FailedAddresses() if failed_addresses is None else failed_addresses
        self._report = report
        self._timing = timing
        self._welcomed_at = monotonic()
        self._has_bot_mode = False
        self._quit_at: float | None = None
        self._ended = Event()
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
        self._announcements = Announcements(channels, queue, may_act)
        self._owner_memos = OwnerMemos(network.id, queue, send, may_act, lambda: self.registration.is_logged_in)
        replies = Replies(
            network_id=network.id,
            network_name=network.name,
            isupport=isupport,
            nickname=nickname,
            members=members,
            clock=recorder.clock,
            channels=channels,
            send=send,
            may_act=may_act,
            set_paused=self.set_paused,
        )
        self.handlers = Handlers(
            SessionParts(
                network_name=network.name,
                server_name=network.host,
                capabilities=capabilities,
                isupport=isupport,
                nickname=nickname,
                registration=self.registration,
                members=members,
                accounts=accounts,
                other_bots=OtherBots(isupport, capabilities, members, send),
                channels=channels,
                history=history,
                lookups=lookups,
                claims=claims,
                logins=Logins(isupport, members),
                renames=Renames(
                    server_name=network.host,
                    isupport=isupport,
                    members=members,
                    channels=channels,
                    recorder=recorder,
                    queue=queue,
                    may_act=may_act,
                ),
                replies=replies,
                recorder=recorder,
                outbox=outbox,
                welcome=self._handle_welcome,
            ),
            _find_encoding(network),
        )
        channels.update(network.channels, claims.is_visiting)
        invites.is_accepting = network.inviting

    def run(self) -> None:
        """Connect and handle lines until the connection ends, which raises ConnectionLostError."""
        self._report(None, State.CONNECTING, "")
        network = self.network
        tls = Tls(frozenset(network.fingerprints), network.certificate) if network.tls else None
        connection = Connection(network.host, network.port, tls=tls, timing=self._timing, failed=self._failed_addresses)
        self._outbox.connection = connection
        # Until the welcome: if the connection ends before it, another address is tried next.
        self._failed_addresses.add(connection.peer)
        deadline = monotonic() + self._timing.register
        try:
            self.registration.start(self.nickname.current)
            # The only loop over received lines. A silent server is pinged, so the deadline is checked anyway.
            for line in connection.lines():
                self.handlers.handle_line(line)
                if not self.registration.is_done and monotonic() > deadline:
                    raise ConnectionLostError("the server did not let us register in time")
        finally:
            self.handlers.handle_disconnect()
            self._close_channels(connection)
            if self.registration.is_done:
                self._claims.handle_disconnected()
            connection.close()
            self.registration.handle_disconnect()
            self._ended.set()

    def _close_channels(self, connection: Connection) -> None:
        """Stop recording: from the last line on; after a QUIT from then on, if the server said nothing after it."""
        if self._quit_at is None:
            self.channels.close_all(Reason.CONNECTION, monotonic() - connection.received_at)
        else:
            self.channels.close_all(Reason.STOPPED, monotonic() - max(connection.received_at, self._quit_at))

    def tick(self) -> None:
        """Do what is due; called about every second."""
        self._tick_registration()
        if not self.registration.is_done:
            return
        self.channels.join()
        self._claims.tick()
        self._announcements.tick()
        self._owner_memos.tick()
        self.nickname.tick()
        self._set_bot_mode()

    def update(self, network: WantedNetwork) -> None:
        """Apply changed settings of the network that need no other connection."""
        self.network = replace(self.network, channels=network.channels, inviting=network.inviting)
        self.handlers.encoding = _find_encoding(network)
        self._invites.is_accepting = network.inviting
        for name in self.channels.update(network.channels, self._claims.is_visiting):
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

    def quit(self, reason: str, timeout_seconds: float) -> None:
        """Send QUIT, and record what the server still sends until it closes the connection or the timeout has passed.

        Lines said until then were said to us, too: the server sends them before the end of the connection.
        """
        self._quit_at = monotonic()
        if self.registration.is_done:
            self._outbox.send_now("QUIT", reason)
            self._ended.wait(timeout_seconds)

    def seconds_since_received(self) -> float | None:
        """Return how long the server has been silent; None while we are in no channel."""
        connection = self._outbox.connection
        if connection is None or not self.registration.is_done or not self.channels.has_joined:
            return None
        return monotonic() - connection.received_at

    def _handle_welcome(self, nick: str) -> None:
        self.nickname.handle_welcome(nick)
        self.registration.handle_welcome()
        if self._outbox.connection:
            self._failed_addresses.remove(self._outbox.connection.peer)
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


def _find_encoding(network: WantedNetwork) -> str:
    """Return the encoding of text that is not UTF-8, "" for the default."""
    try:
        return find_irc_encoding(network.encoding) if network.encoding else ""
    except ValueError as error:
        logger.warning("%s: %s", network.name, error)
        return ""
