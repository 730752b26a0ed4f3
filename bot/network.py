"""One network kept up: its journal, its writer, and session after session."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import gevent
from django.db import DatabaseError, connection

from bot.connection import ConnectionLostError, Timing
from bot.desired_state import WantedNetwork
from bot.recorder import Recorder
from bot.registration import UpgradeError
from bot.session import Session
from bot.status import Board
from bot.sts_store import Policies
from bot.throttle import Backoff
from logs.ingest.journal import Journal
from logs.models import Channel, Network
from logs.models.bot_status import State
from logs.recording.role import Role
from logs.recording.writer import Listening, Writer
from logs.text.names import fold

logger = logging.getLogger(__name__)

ALIVE_EVERY = 5.0


class Link:
    """Runs from `start` to `stop`; a failure of one network stays here."""

    def __init__(self, network: WantedNetwork, folder: Path, board: Board, timing: Timing, role: Role) -> None:
        """JournalBusyError when another bot logs this network here."""
        self.network = network
        self.board = board
        self.timing = timing
        self.journal = Journal(folder)
        self.writer = Writer(self.journal, Listening(network.id, self.heard_until), role)
        self.recorder = Recorder(self.journal)
        self.recorder.consent.take(network)
        self.session: Session | None = None
        self._backoff = self._new_backoff()
        self._policies = Policies(folder / "sts.json")
        self._casemapping = ""
        self._state = (State.CONNECTING, "")
        self._kicked: set[int] = set()
        self._greenlets: list[gevent.Greenlet[..., None]] = []

    def start(self) -> None:
        self.recorder.after_crash()
        self.writer.start()
        self._greenlets = [gevent.spawn(self._run), gevent.spawn(self._beat)]

    def stop(self, reason: str, seconds: float) -> None:
        """Says goodbye, stores what is left for at most this long, and closes the journal."""
        self._disconnect(reason)
        self.writer.stop(seconds)
        self.journal.close()

    def want(self, network: WantedNetwork) -> None:
        """Takes over what is wanted now; another server or nick means another connection."""
        moved = not network.same_server(self.network)
        scrubbed = network.scrubs != self.network.scrubs
        self.network = network
        self.recorder.consent.take(network)
        if scrubbed:
            self._let_go()
        if moved:
            logger.info("%s: the settings changed, connecting anew", network.name)
            self._disconnect("changing servers")
            self._backoff = self._new_backoff()
            self._greenlets = [gevent.spawn(self._run), gevent.spawn(self._beat)]
        elif self.session:
            self.session.want(network)

    def told_since(self, moment: float) -> bool:
        """Whether somebody has switched logging off or on in a channel since then: what was read before may be old."""
        return self.session is not None and self.session.told_at > moment

    def _let_go(self) -> None:
        """Something was erased: it must not stay on disk here for as long as its segment fills."""
        try:
            self.journal.roll()
        except OSError as error:
            logger.critical("%s: what was erased stays in the journal for now: %s", self.network.name, error)

    def look(self) -> None:
        """Lets the session try again what was refused some time ago."""
        if self.session:
            self.session.look()

    def _new_backoff(self) -> Backoff:
        return Backoff(self.timing.retry_least, self.timing.retry_most, self.timing.stable)

    def heard_until(self) -> datetime | None:
        """When the server last said anything; None while we are not in."""
        session = self.session
        if (
            session is None
            or session.connection is None
            or not session.registration.done
            or not session.channels.heard()
        ):
            return None
        return datetime.now(UTC) - timedelta(seconds=monotonic() - session.connection.heard)

    def _disconnect(self, reason: str) -> None:
        try:
            if self.session:
                self.session.quit(reason)
        except ConnectionLostError as error:
            logger.info("%s: no goodbye: %s", self.network.name, error)
        gevent.killall(self._greenlets)

    def _run(self) -> None:
        while True:
            started = monotonic()
            why = self._session(self.network)
            seconds = self._backoff.after(monotonic() - started, why)
            logger.warning("%s: %s; trying again in %.0f s", self.network.name, why, seconds)
            self._report(None, State.WAITING, f"{why}; next try in {seconds:.0f} s")
            gevent.sleep(seconds)

    def _session(self, network: WantedNetwork) -> str:
        """Runs a session, and another at once where the server wants TLS; why it ended, in a sentence."""
        try:
            session = self.session = Session(network, self.recorder, self._policies, self._report, self.timing)
            session.channels.kicked = self._kicked
            session.proofs.may_act = lambda: bool(self.writer.role.primary)
            session.run()
        except UpgradeError as upgrade:
            if network.tls:
                return "the server wants TLS, which it has"
            logger.info("%s: %s", network.name, upgrade)
            return self._session(replace(network, port=upgrade.port, tls=True))
        except ConnectionLostError as error:
            return str(error)
        except Exception:
            logger.exception("%s: the session broke", network.name)
            return "the session broke, see the log"
        finally:
            self.session = None  # nobody shall ask a dead one to join
        return "the session ended"

    def _report(self, channel: int | None, state: State, detail: str) -> None:
        self.board.set(self.network.id, channel, state, detail)
        if channel is None:
            self._state = (state, detail)
            logger.info("%s: %s %s", self.network.name, state.label, detail)

    def _beat(self) -> None:
        while True:
            gevent.sleep(ALIVE_EVERY)
            if self.session and self.session.registration.done:
                self.journal.alive()

    def tell(self) -> None:
        """Brings the figures of the status rows up to date, and says what is wrong with the journal or its storing."""
        state, detail = self._state
        self.board.set(self.network.id, None, state, self.recorder.trouble or self.writer.trouble or detail)
        for (network, channel), known in self.board.known.items():
            if network == self.network.id and channel is None:
                known.journal_depth = self.writer.depth
            elif channel in self.recorder.last_line:
                known.last_line_at = self.recorder.last_line[channel]

    def keep_casemapping(self) -> None:
        """Tells the database how the server compares names, once it has said so; names are folded anew."""
        session = self.session
        if session is None or not session.registration.done or session.isupport.casemapping == self._casemapping:
            return
        casemapping = session.isupport.casemapping
        try:
            if (
                Network.objects.filter(pk=self.network.id)
                .exclude(casemapping=casemapping)
                .update(casemapping=casemapping)
            ):
                for channel in Channel.objects.filter(network=self.network.id):
                    Channel.objects.filter(pk=channel.pk).update(folded=fold(channel.name, casemapping))
        except DatabaseError as error:
            logger.warning("%s: the casemapping is not kept: %s", self.network.name, error)
        else:
            self._casemapping = casemapping
        finally:
            connection.close()
