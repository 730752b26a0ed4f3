"""Journal → database, exactly once, for as long as the bot runs; patient when the database is away."""

from __future__ import annotations

import logging

import gevent
from django.db import InterfaceError, OperationalError, connection
from gevent.event import Event

from logs.ingest.commit import MovedError, commit, stored_position
from logs.ingest.entry import Record
from logs.ingest.journal import Journal, Position

logger = logging.getLogger(__name__)

BATCH = 2000
GATHER = 0.01
"""Seconds between the first line of a batch and its commit, in which others may join it."""

SYNC_EVERY = 0.1
FIRST_RETRY, SLOWEST_RETRY = 0.5, 5.0


class Writer:
    """Stores what one journal holds.

    `position` is how far it was stored when the database was last heard; None before that. `stored` counts the lines
    and `refused` the records put aside in this run; `trouble` tells why lines wait, or is empty.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
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
        """Whether there was anything to do."""
        if self.position is None or not self._certain:
            self.position = stored_position(self.journal.id, self.journal.start())
        records, end = self.journal.read(self.position, BATCH)
        if end == self.position:
            self._certain = True
            return False
        self._certain = False
        try:
            self.stored += commit(self.journal.id, self.position, records, end, self._put_aside)
        except MovedError:
            return True
        self.position, self._certain = end, True
        self.journal.forget(end)
        return True

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
                self.journal.appended.wait()
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
