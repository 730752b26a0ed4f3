"""Journal → database, exactly once: rows and the journal's position are committed together."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import gevent
from django.db import (
    DataError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    connection,
    transaction,
)
from django.db.models.functions import Now

from logs.ingest.entry import Entry, GapClosed, GapOpened, Record, TopicKnown
from logs.ingest.journal import Journal, Position
from logs.ingest.store import clean, store_lines
from logs.models import Channel, Gap, JournalPosition

logger = logging.getLogger(__name__)

BATCH = 2000
GATHER = 0.01
SYNC_EVERY = 0.1
SLOWEST_RETRY = 15.0


class MovedError(Exception):
    """The database holds another position than the writer believed."""


class Writer:
    """Stores what one journal holds, for as long as it runs; `position` is None until the database was reached."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.position: Position | None = None
        self.stored = 0
        self.refused = 0
        self.trouble = ""
        self._greenlets: list[gevent.Greenlet[..., None]] = []

    def start(self) -> None:
        self._greenlets = [gevent.spawn(self._run), gevent.spawn(self._sync)]

    def stop(self, seconds: float) -> None:
        """Stores what is left, for at most this long, and ends. What then is left is stored by the next start."""
        gevent.killall(self._greenlets)
        flush = gevent.spawn(self._flush)
        flush.join(seconds)
        flush.kill()
        self.journal.sync()

    @property
    def depth(self) -> int:
        """Bytes journaled and not yet stored."""
        return self.journal.depth(self.position or self.journal.start())

    def _sync(self) -> None:
        while True:
            self.journal.urgent.wait(SYNC_EVERY)
            self.journal.sync()

    def _run(self) -> None:
        pause = 0.5
        while True:
            self.journal.appended.clear()
            try:
                self._flush()
            except (OperationalError, InterfaceError) as error:
                self._say(f"the database is away, lines wait in the journal: {str(error).strip()}")
                gevent.sleep(pause)
                pause = min(pause * 2, SLOWEST_RETRY)
                continue
            except Exception:
                logger.exception("the writer stumbled and tries again")
                self.position = None
                gevent.sleep(SLOWEST_RETRY)
                continue
            pause = 0.5
            self._say("")
            self.journal.appended.wait()
            gevent.sleep(GATHER)

    def _say(self, trouble: str) -> None:
        if trouble and not self.trouble:
            logger.warning("journal %s: %s", self.journal.folder.name, trouble)
        elif self.trouble and not trouble:
            logger.info("journal %s: the database is back", self.journal.folder.name)
        self.trouble = trouble

    def _flush(self) -> None:
        """Stores all that the journal holds now."""
        try:
            while True:
                position = self.position = self.position or self._believed()
                batch = self.journal.read(position, BATCH)
                if not batch:
                    return
                self._store(position, batch)
                if self.position.segment > position.segment:
                    self.journal.forget(self.position)
        except MovedError:
            self.position = None
            self.journal.appended.set()
        except (OperationalError, InterfaceError):
            # Whether the last commit happened is known to the database alone.
            self.position = None
            raise
        finally:
            connection.close()

    def _believed(self) -> Position:
        start = self.journal.start()
        row, _ = JournalPosition.objects.get_or_create(
            journal=self.journal.id, defaults={"segment": start.segment, "offset": 0, "updated_at": Now()}
        )
        return Position(row.segment, row.offset)

    def _store(self, position: Position, batch: Sequence[tuple[Record, Position]]) -> None:
        """One transaction for the batch; if its content is refused, one a record, so that only the bad one stays."""
        try:
            self._commit(position, [record for record, _ in batch], batch[-1][1])
        except (DataError, IntegrityError) as error:
            if len(batch) > 1:
                for record, end in batch:
                    self._store(self.position or position, [(record, end)])
                return
            self.refused += 1
            self.journal.put_aside(batch[0][0], str(error).strip())
            self._commit(position, [], batch[0][1])

    def _commit(self, position: Position, records: Sequence[Record], end: Position) -> None:
        with transaction.atomic():
            row = JournalPosition.objects.select_for_update().filter(journal=self.journal.id).first()
            if row is None or Position(row.segment, row.offset) != position:
                raise MovedError
            stored = store_lines([record for record in records if isinstance(record, Entry)])
            for record in records:
                _apply(record)
            row.segment, row.offset = end
            row.updated_at = Now()
            row.save()
        self.position = end
        self.stored += stored.lines
        for entry in stored.refused:
            self.refused += 1
            self.journal.put_aside(entry, "its channel is gone")


def _apply(record: Record) -> None:
    if isinstance(record, GapOpened):
        Gap.objects.bulk_create(
            [
                Gap(channel=channel, from_at=record.at, reason=record.reason)
                for channel in Channel.objects.filter(pk=record.channel)
            ],
            ignore_conflicts=True,
        )
    elif isinstance(record, GapClosed):
        gaps = Gap.objects.filter(channel=record.channel, to_at=None)
        gaps.filter(from_at__lt=record.at).update(to_at=record.at)
        gaps.delete()
    elif isinstance(record, TopicKnown):
        Channel.objects.filter(pk=record.channel).update(topic=clean(record.text))
