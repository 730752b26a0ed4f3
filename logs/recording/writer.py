"""Journal → database, exactly once, for as long as the bot runs; patient when the database is away."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from time import monotonic

import gevent
from django.db import InterfaceError, OperationalError, connection
from django.db.models.functions import Now
from gevent.event import Event

from logs.ingest.entry import Record
from logs.ingest.journal import Journal, Position
from logs.models import JournalPosition
from logs.recording.apply import JournalStep, PositionChangedError, commit_batch, stored_position
from logs.recording.standby import Standby

logger = logging.getLogger(__name__)

BATCH = 2000
GATHER = 0.01
"""Seconds between the first line of a batch and its commit, in which others may join it."""

SYNC_EVERY = 0.1
FIRST_RETRY, SLOWEST_RETRY = 0.5, 5.0


LOOK_EVERY = 1.0
"""Seconds after which a bot with a companion looks for work unasked."""

HEARD_EVERY = 5.0
"""Seconds after which a bot that hears nothing new says that it still listens."""


class Role:
    """`primary`: this bot stores what it hears. False: only what another one misses. None: not known yet."""

    primary: bool | None = True


class Listening:
    """`network` whose journal this is, and until when it has been heard (None: it is not being heard)."""

    def __init__(self, network: int, heard_until: Callable[[], datetime | None]) -> None:
        self.network = network
        self.heard_until = heard_until


class Writer:
    """Stores what one journal holds.

    `position` is how far it was stored when the database was last heard; None before that. `stored` counts the lines
    and `refused` the records put aside in this run; `trouble` tells why lines wait, or is empty.
    """

    def __init__(self, journal: Journal, listening: Listening | None = None, role: Role | None = None) -> None:
        self.journal = journal
        self.role = role or Role()
        self._listening = listening
        self._standby = Standby(journal, listening.network, self._put_aside) if listening else None
        self._in_charge = self._standby is None
        self._silent_since: datetime | None = None
        self._said_at = 0.0
        self.position: Position | None = None
        self.stored = 0
        self.refused = 0
        self.trouble = ""
        self._certain = False
        self._ending = Event()
        self._greenlets: list[gevent.Greenlet[..., None]] = []

    def start(self) -> None:
        self._greenlets = [gevent.spawn(self._run), gevent.spawn(self._sync)]

    def stop(self, seconds: float) -> None:
        """Stores what is left, for at most this long, and ends. What then is left is stored by the next start."""
        self._ending.set()
        self.journal.appended.set()
        gevent.joinall(self._greenlets[:1], timeout=seconds)
        gevent.killall(self._greenlets)

    @property
    def depth(self) -> int:
        """Bytes journaled and not yet stored."""
        return self.journal.depth(self.position or self.journal.start())

    def flush(self) -> None:
        """Stores all that the journal holds now."""
        try:
            while self._store_batch():
                pass
        finally:
            connection.close()

    def _store_batch(self) -> bool:
        """Whether there may be more to do."""
        if self.role.primary is None:
            self._in_charge = self._standby is None
            return False
        if self.position is None or not self._certain:
            network = self._listening.network if self._listening else None
            self.position = stored_position(self.journal.id, self.journal.start(), network)
        try:
            if self._standby and not self.role.primary:
                self._in_charge, self._certain = False, False
                return self._moved(*self._standby.merge(self.position))
            if self._standby and not self._in_charge:
                return self._take_charge(self._standby, self.position)
            return self._commit(self.position)
        except PositionChangedError:
            return True

    def _commit(self, position: Position) -> bool:
        heard = self._listening.heard_until() if self._listening else None
        records, end = self.journal.read(position, BATCH)
        if end == position:
            self._certain = True
            self._still_listening(heard)
            return False
        self._certain = False
        step = JournalStep(self.journal.id, position, end, heard if len(records) < BATCH else None)
        return self._moved(commit_batch(step, records, self._put_aside), end)

    def _take_charge(self, standby: Standby, position: Position) -> bool:
        """Settles a batch of what was heard beside another bot; after the last one this journal alone holds."""
        first = self._silent_since is None
        if self._silent_since is None:
            own = JournalPosition.objects.values_list("heard_until", flat=True).get(journal=self.journal.id)
            others = standby.others_heard_until()
            if others is None or (own is not None and own >= others):
                self._in_charge = True
                return True
            self._silent_since = others
        self._certain = False
        if not self._moved(*standby.take_over(position, self._silent_since, first=first)):
            self._in_charge, self._silent_since = True, None
        return True

    def _moved(self, stored: int, end: Position) -> bool:
        moved = end != self.position
        self.stored += stored
        self.position, self._certain = end, True
        self.journal.forget(end)
        return moved

    def _still_listening(self, heard: datetime | None) -> None:
        if heard and monotonic() - self._said_at > HEARD_EVERY:
            self._said_at = monotonic()
            JournalPosition.objects.filter(journal=self.journal.id).update(heard_until=heard, updated_at=Now())

    def _put_aside(self, record: Record, why: str) -> None:
        self.journal.put_aside(record, why)
        self.refused += 1

    def _run(self) -> None:
        pause = FIRST_RETRY
        ending = False
        while not ending:
            ending = self._ending.is_set()
            self.journal.appended.clear()
            try:
                self.flush()
                self._trouble_ended()
                pause = FIRST_RETRY
            except (OperationalError, InterfaceError) as error:
                self._trouble_came(" ".join(str(error).split()))
            except Exception:
                logger.exception("journal %s", self.journal.folder.name)
                self._trouble_came("the writer stumbled, see the log")
            if self.trouble:
                self._ending.wait(pause)
                pause = min(pause * 2, SLOWEST_RETRY)
            elif not ending:
                self.journal.appended.wait(LOOK_EVERY if self._standby else None)
                gevent.sleep(GATHER)

    def _trouble_came(self, trouble: str) -> None:
        if trouble != self.trouble:
            logger.warning("journal %s: lines wait to be stored: %s", self.journal.folder.name, trouble)
        self.trouble = trouble

    def _trouble_ended(self) -> None:
        if self.trouble:
            logger.info("journal %s: lines are stored again", self.journal.folder.name)
        self.trouble = ""

    def _sync(self) -> None:
        failing = False
        while True:
            self.journal.unsynced.wait()
            self.journal.urgent.wait(SYNC_EVERY)
            try:
                self.journal.sync()
            except OSError as error:
                if not failing:
                    logger.critical("journal %s: not safe from a loss of power: %s", self.journal.folder.name, error)
                failing = True
            else:
                failing = False
