"""Journal → database, exactly once, for as long as the bot runs; while the database is away, lines wait on disk.

A writer is two greenlets: one stores batches and retries, one syncs the journal to disk. logs.recording.apply is what a
batch does to the database, logs.recording.role whether this bot stores everything or only what another one misses.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from time import monotonic

import gevent
from django.db import InterfaceError, OperationalError, connection
from django.db.models.functions import Now
from gevent.event import Event as Signal

from logs.conversations.new_lines import NewLineLinker
from logs.greenlets import spawn_lasting
from logs.ingest.entry import Record
from logs.ingest.journal import Journal, Position
from logs.models import JournalPosition
from logs.recording.apply import JournalStep, PositionChangedError, commit_batch, stored_position
from logs.recording.pairing import WINDOW
from logs.recording.role import Event, Role, RoleMachine, State
from logs.recording.standby import Standby
from logs.tracing import CommitSpans

logger = logging.getLogger(__name__)

BATCH_RECORDS = 2000
GATHER_SECONDS = 0.01
"""Time between the first line of a batch and its commit, in which others may join it."""

COMMIT_INTERVAL_SECONDS = 0.08
"""Time from one commit to the next while lines come one after the other: a commit costs as much as many lines."""

SYNC_SECONDS = 0.1
FIRST_RETRY_SECONDS, LAST_RETRY_SECONDS = 0.5, 5.0

POLL_SECONDS = 1.0
"""How often a writer that may have another bot beside it looks for work without a new record of its own."""

HEARTBEAT_SECONDS = 5.0
"""How often a bot that receives nothing new records that it is still listening."""


class Listening:
    """The network that a journal records. `heard_until` returns the moment until which all that was said is in the
    journal; None while the bot is not connected."""

    def __init__(self, network: int, heard_until: Callable[[], datetime | None]) -> None:
        self.network = network
        self.heard_until = heard_until


class Writer:
    """Stores the records of one journal.

    `position`: how far the journal was stored when the database last answered; None before that. `stored` counts lines
    and `refused` the records that the database would not accept, in this run. `problem`: why lines wait, or "".
    Without `listening` no other bot can record the same network.
    """

    def __init__(self, journal: Journal, listening: Listening | None = None, role: Role | None = None) -> None:
        self.journal = journal
        self.role = role or Role()
        self.position: Position | None = None
        self.stored = 0
        self.refused = 0
        self.problem = ""
        self._linker = NewLineLinker()
        self._machine = RoleMachine(journal.folder.name)
        self._listening = listening
        self._standby = Standby(journal, listening.network, listening.heard_until, self._refuse) if listening else None
        self._spans = CommitSpans.make(listening.network if listening else None)
        # Since when the other bot is silent, during a takeover, and whether no batch of the takeover is stored yet.
        self._silent_since: datetime | None = None
        self._opens_gaps = False
        # Whether `position` is certainly the database's: not after an exception, nor while another bot could move it.
        self._is_position_certain = False
        self._last_heartbeat = 0.0
        self._flushed_at = -COMMIT_INTERVAL_SECONDS
        self._stopping = Signal()
        self._greenlets: list[gevent.Greenlet[..., None]] = []

    def start(self) -> None:
        self._greenlets = [
            spawn_lasting("storing the journal", self._run),
            spawn_lasting("syncing the journal", self._sync),
        ]

    def stop(self, seconds: float) -> None:
        """Store what is left, for at most this long, and end. The next start stores what is left then."""
        self._stopping.set()
        self.journal.appended.set()
        gevent.joinall(self._greenlets[:1], timeout=seconds)
        gevent.killall(self._greenlets)

    @property
    def depth(self) -> int:
        """Bytes in the journal that are not stored yet."""
        if self.position and self.journal.is_at_end(self.position):
            return 0
        return self.journal.depth(self.position or self.journal.first_position())

    def flush(self) -> None:
        """Store everything that the journal has now."""
        try:
            while self._store_batch():
                pass
        except Exception as error:
            if self._spans:
                self._spans.fail(error)
            raise
        finally:
            connection.close()

    def _store_batch(self) -> bool:
        """Store the next batch as the present state demands; return whether there may be more to do."""
        if self._spans:
            self._spans.begin()
        state = self._machine.observe_lock(self.role)
        if state is State.UNKNOWN:
            return False
        if self.position is None or not self._is_position_certain:
            network = self._listening.network if self._listening else None
            self.position = stored_position(self.journal.id, self.journal.first_position(), network)
        # Until the batch has succeeded: a commit that failed may have happened nevertheless.
        self._is_position_certain = False
        try:
            if self._standby is None:
                # No other bot can have recorded anything: there is nothing to merge or to settle.
                if state is State.TAKEOVER:
                    self._machine.handle(Event.SETTLED)
                return self._commit(self.position)
            match state:
                case State.STANDBY:
                    self._silent_since = None
                    return self._advanced(*self._standby.merge(self.position))
                case State.TAKEOVER:
                    return self._take_over(self._standby, self.position)
                case _:
                    return self._commit(self.position)
        except PositionChangedError:
            # Another writer of this journal was faster; go on from where it has got to.
            return True

    def _commit(self, position: Position) -> bool:
        # Read before the journal: what arrives in between is not promised to be stored.
        heard_until = self._listening.heard_until() if self._listening else None
        # Mostly there is nothing: then no file is looked at.
        is_at_end = self.journal.is_at_end(position)
        records, end = ([], position) if is_at_end else self.journal.read(position, BATCH_RECORDS)
        if end == position:
            self._is_position_certain = True
            self._send_heartbeat(heard_until)
            return False
        has_all = len(records) < BATCH_RECORDS
        step = JournalStep(self.journal.id, position, end, heard_until if has_all else None)
        if self._standby:
            self._standby.begin_leader_batch(position, end, records)
        return self._advanced(commit_batch(step, records, self._refuse, self._linker.link), end)

    def _take_over(self, standby: Standby, position: Position) -> bool:
        """Settle a batch of what was received beside the other bot; after the last one this bot is PRIMARY."""
        if self._silent_since is None:
            own = JournalPosition.objects.values_list("heard_until", flat=True).get(journal=self.journal.id)
            others = standby.fetch_progress_of_others()
            # A bot whose record reaches only a moment further may have been killed during its takeover: it resumes it.
            if others is None or (own is not None and own > others + WINDOW):
                # There is no other bot, or this one was PRIMARY last.
                self._machine.handle(Event.SETTLED)
                return True
            self._silent_since = others
            self._opens_gaps = own is None or own < others
        result = standby.take_over(position, self._silent_since, opens_gaps=self._opens_gaps)
        # Only after the batch has succeeded, so that a failed one opens the gaps when it is repeated.
        self._opens_gaps = False
        if not self._advanced(*result):
            self._silent_since = None
            self._machine.handle(Event.SETTLED)
        return True

    def _advanced(self, stored: int, end: Position) -> bool:
        """Take note of a batch that is committed; return whether it moved the position."""
        has_moved = end != self.position
        self.stored += stored
        self.position, self._is_position_certain = end, True
        self.journal.forget(end)
        if has_moved and self._spans:
            self._spans.succeed(stored)
        return has_moved

    def _send_heartbeat(self, heard_until: datetime | None) -> None:
        if heard_until and monotonic() - self._last_heartbeat > HEARTBEAT_SECONDS:
            self._last_heartbeat = monotonic()
            JournalPosition.objects.filter(journal=self.journal.id).update(heard_until=heard_until, updated_at=Now())

    def _refuse(self, record: Record, why: str) -> None:
        self.journal.save_refused(record, why)
        self.refused += 1

    def _run(self) -> None:
        retry_seconds = FIRST_RETRY_SECONDS
        is_last_round = False
        while not is_last_round:
            # Read first: a record appended after this is stored in a further round, also when stopping.
            is_last_round = self._stopping.is_set()
            self.journal.appended.clear()
            self._flushed_at = monotonic()
            try:
                self.flush()
                self._end_problem()
                retry_seconds = FIRST_RETRY_SECONDS
            except (OperationalError, InterfaceError) as error:
                self._begin_problem(" ".join(str(error).split()))
            except Exception:
                logger.exception("journal %s", self.journal.folder.name)
                self._begin_problem("the writer failed, see the log")
            if self.problem:
                self._stopping.wait(retry_seconds)
                retry_seconds = min(retry_seconds * 2, LAST_RETRY_SECONDS)
            elif not is_last_round:
                self.journal.appended.wait(POLL_SECONDS if self._standby else None)
                self._stopping.wait(self._gather_seconds(monotonic()))

    def _gather_seconds(self, now: float) -> float:
        """Return how long to wait for more lines: briefly after a silence, for longer while there are many."""
        return max(GATHER_SECONDS, self._flushed_at + COMMIT_INTERVAL_SECONDS - now)

    def _begin_problem(self, problem: str) -> None:
        if problem != self.problem:
            logger.warning("journal %s: lines wait to be stored: %s", self.journal.folder.name, problem)
        self.problem = problem

    def _end_problem(self) -> None:
        if self.problem:
            logger.info("journal %s: lines are stored again", self.journal.folder.name)
        self.problem = ""

    def _sync(self) -> None:
        """Sync the journal soon after each record, or at once when many are unsynced."""
        is_failing = False
        while True:
            self.journal.unsynced.wait()
            self.journal.urgent.wait(SYNC_SECONDS)
            try:
                self.journal.sync()
            except OSError as error:
                if not is_failing:
                    logger.critical("journal %s: not safe from a loss of power: %s", self.journal.folder.name, error)
                is_failing = True
            else:
                is_failing = False
