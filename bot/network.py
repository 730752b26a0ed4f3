"""Keeps one network connected: its journal, its writer, and one session after another."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import gevent
from django.conf import settings
from django.db import DatabaseError, connection

from bot.connection import ConnectionLostError, FailedAddresses, Timing
from bot.desired_state import WantedNetwork
from bot.recorder import Recorder
from bot.registration import UpgradeError
from bot.session import Session
from bot.state_file import StsStore
from bot.status import StatusBoard
from bot.throttle import Backoff
from logs.greenlets import spawn_lasting
from logs.ingest.journal import Journal
from logs.models import Channel, Network
from logs.models.bot_status import State
from logs.recording.role import Role
from logs.recording.writer import Listening, Writer
from logs.text.names import fold

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 5.0


class NetworkRunner:
    """Runs one network from `start` to `stop`; a failure of one network does not affect others.

    JournalBusyError when another bot on this machine logs the network.
    """

    def __init__(self, network: WantedNetwork, folder: Path, board: StatusBoard, timing: Timing, role: Role) -> None:
        self.network = network
        self.board = board
        self.timing = timing
        self.journal = Journal(folder)
        self.writer = Writer(self.journal, Listening(network.id, self.heard_until), role)
        self.recorder = Recorder(self.journal)
        self.recorder.privacy_filter.update(network)
        self.session: Session | None = None
        self.connection_count = 0
        """How often a connection was attempted in this run."""
        self._backoff = self._new_backoff()
        self._sts_store = StsStore(folder / "sts.json")
        self._stored_casemapping = ""
        self._state = (State.CONNECTING, "")
        self._banned_ids: set[int] = set()
        self._failed_addresses = FailedAddresses()
        self._greenlets: list[gevent.Greenlet[..., None]] = []
        self._is_disconnecting = False

    def start(self) -> None:
        # Gaps of a crash come before any new line in the journal, and so in the database.
        self.recorder.recover()
        self.writer.start()
        self._start_greenlets()

    def stop(self, reason: str, timeout_seconds: float) -> None:
        """Send QUIT, store what is waiting within the timeout, and close the journal."""
        self._disconnect(reason)
        self.recorder.flush_state()
        self.writer.stop(timeout_seconds)
        self.journal.close()

    def update(self, network: WantedNetwork) -> None:
        """Apply changed settings; another server or nick means another connection."""
        needs_reconnect = not network.is_same_connection(self.network)
        was_erased = network.scrubs != self.network.scrubs
        self.network = network
        self.recorder.privacy_filter.update(network)
        # After the filter, so that nothing of an opted-out person gets into the new segment.
        if was_erased:
            self._start_new_segment()
        if needs_reconnect:
            logger.info("%s: the settings changed, reconnecting", network.name)
            self._disconnect("changing servers")
            self._backoff = self._new_backoff()
            self._start_greenlets()
        elif self.session:
            self.session.update(network)

    def was_paused_since(self, moment: float) -> bool:
        """Whether recording of a channel was stopped or resumed by command since then (by `monotonic`).

        Settings that were read before that may be out of date.
        """
        return self.session is not None and self.session.pause_set_at > moment

    def tick(self) -> None:
        """Let the session do what is due; called about every second."""
        if self.session:
            self.session.tick()

    def heard_until(self) -> datetime | None:
        """Return when the server last sent anything; None while we are in no channel."""
        silent_seconds = self.session.seconds_since_received() if self.session else None
        return None if silent_seconds is None else datetime.now(UTC) - timedelta(seconds=silent_seconds)

    @property
    def is_connected(self) -> bool:
        return self._state[0] == State.CONNECTED

    def find_problem(self) -> str:
        """Return what is wrong with the journal or with storing it, "" if nothing is; the worst, if several are."""
        if self.recorder.is_losing:
            return self.recorder.problem
        if self.writer.problem:
            return self.writer.problem
        if self.journal.disk_problem:
            return f"the disk takes no lines, they are kept in memory until stored: {self.journal.disk_problem}"
        return self.recorder.problem

    def count_problems(self) -> dict[str, int]:
        """Return how often each of PROBLEMS (logs/models/bot_status.py) happened in this run."""
        return {
            "lost": self.recorder.lost_count,
            "damaged": self.journal.damaged,
            "refused": self.writer.refused,
            "in_memory": self.journal.memory_records,
        }

    def update_board(self) -> None:
        """Update the figures on the status board, and report problems of the journal or of storing it."""
        state, detail = self._state
        self.board.set(self.network.id, None, state, self.find_problem() or detail)
        # Not by going through the whole board, which has the channels of all networks.
        own = self.board.entries[self.network.id, None]
        own.journal_depth = self.writer.depth
        own.problems = self.count_problems()
        for channel, last_line_at in self.recorder.last_line_at.items():
            self.board.note_last_line(self.network.id, channel, last_line_at)

    def store_casemapping(self) -> None:
        """Store how the server compares names, once it has announced that, and fold the channels' names accordingly."""
        session = self.session
        if session is None or not session.registration.is_done:
            return
        casemapping = session.isupport.casemapping
        if casemapping == self._stored_casemapping:
            return
        try:
            # After most restarts the mapping is stored already, and no name has to be folded again.
            networks = Network.objects.filter(pk=self.network.id).exclude(casemapping=casemapping)
            if networks.update(casemapping=casemapping):
                for channel in Channel.objects.filter(network=self.network.id):
                    Channel.objects.filter(pk=channel.pk).update(folded=fold(channel.name, casemapping))
        except DatabaseError as error:
            logger.warning("%s: the casemapping cannot be stored: %s", self.network.name, error)
        else:
            self._stored_casemapping = casemapping
        finally:
            connection.close()

    def _start_greenlets(self) -> None:
        self._is_disconnecting = False
        self._greenlets = [
            spawn_lasting(f"{self.network.name}: the connection", self._run_sessions),
            spawn_lasting(f"{self.network.name}: the heartbeat", self._send_heartbeats),
        ]

    def _start_new_segment(self) -> None:
        """Begin a new journal segment after an erasure, so that the old one, with the erased lines, can be deleted."""
        try:
            self.journal.begin_segment()
        except OSError as error:
            logger.critical("%s: erased lines stay in the journal for now: %s", self.network.name, error)

    def _new_backoff(self) -> Backoff:
        return Backoff(self.timing.min_retry, self.timing.max_retry, self.timing.stable)

    def _disconnect(self, reason: str) -> None:
        self._is_disconnecting = True
        try:
            if self.session:
                self.session.quit(reason, settings.QUIT_WAIT)
        except ConnectionLostError as error:
            logger.info("%s: no QUIT sent: %s", self.network.name, error)
        # Where the server did not close, killing the reader runs its `finally`, which closes the connection.
        gevent.killall(self._greenlets)

    def _run_sessions(self) -> None:
        while True:
            started_at = monotonic()
            problem = self._run_session(self.network)
            if self._is_disconnecting:
                return
            delay = self._backoff.next_delay(monotonic() - started_at, problem)
            logger.warning("%s: %s; trying again in %.0f s", self.network.name, problem, delay)
            self._report(None, State.WAITING, f"{problem}; next try in {delay:.0f} s")
            gevent.sleep(delay)

    def _run_session(self, network: WantedNetwork) -> str:
        """Run a session, and another at once where the server requires TLS; return why it ended, in a sentence."""
        self.connection_count += 1
        try:
            self.session = Session(
                network,
                self.recorder,
                self._sts_store,
                self._report,
                self.timing,
                banned_ids=self._banned_ids,
                failed_addresses=self._failed_addresses,
                may_act=lambda: bool(self.writer.role.primary),
            )
            self.session.run()
        except UpgradeError as upgrade:
            if network.tls:
                return "the server requires TLS, although the connection uses it"
            logger.info("%s: %s", network.name, upgrade)
            return self._run_session(replace(network, port=upgrade.port, tls=True))
        except ConnectionLostError as error:
            return str(error)
        except Exception:
            logger.exception("%s: the session failed", network.name)
            return "the session failed, see the log"
        finally:
            # A session that has ended must not send JOIN.
            self.session = None
        return "the session ended"

    def _report(self, channel: int | None, state: State, detail: str) -> None:
        self.board.set(self.network.id, channel, state, detail)
        if channel is None:
            self._state = (state, detail)
            logger.info("%s: %s %s", self.network.name, state.label, detail)

    def _send_heartbeats(self) -> None:
        """Note in the journal that we are connected, so that after a crash the gap begins at the last heartbeat."""
        problem = ""
        while True:
            gevent.sleep(HEARTBEAT_SECONDS)
            if not self.session or not self.session.registration.is_done:
                continue
            try:
                self.journal.note_alive()
                problem = ""
            except OSError as error:
                if not problem:
                    logger.critical("%s: a gap after a crash would begin too early: %s", self.network.name, error)
                problem = str(error)
