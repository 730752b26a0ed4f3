"""Stores what a watched file has gained, batch by batch."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from logs.conversations.new_lines import NewLineLinker
from logs.ingest.entry import Entry, Record
from logs.models import WatchedFile
from logs.models.watched import WatchState
from logs.watching import planning, store
from logs.watching.files import OpenFiles
from logs.watching.planning import WatchOptions
from logs.watching.store import RecordMaker
from logs.watching.table import FileTable, log_state
from logs.watching.tail import Batch, ChangedError, Reading, find_end, read_batch

logger = logging.getLogger(__name__)

MAX_LINES_LOGGED = 20
"""Lines of one batch that are not understood and shown in the process's log; the others are counted."""

ZONE_STEP = timedelta(minutes=15)
MIN_ZONE_ERROR, MAX_ZONE_ERROR = timedelta(minutes=10), timedelta(hours=14)
ZONE_TOLERANCE = timedelta(seconds=90)
ZONE_WARNING = "Its last line is {} older than the file: is --timezone right? It waits for a line that says so."
CHANGED = "It was changed before byte {:,}: it is read on from its end."
AFTER_REFUSAL = "It was refused before: it is read on from its end."
NOT_UNDERSTOOD = "a line is not understood"


class Follower:
    """Reads and stores. `lines` counts what was read and `unparsed` what could not be stored, in this run.

    `may_continue` says after each batch whether there is time for another one.
    """

    def __init__(
        self, options: WatchOptions, open_files: OpenFiles, table: FileTable, may_continue: Callable[[], bool]
    ) -> None:
        self.lines = self.unparsed = 0
        self._options = options
        self._open = open_files
        self._table = table
        self._may_continue = may_continue
        self._linker = NewLineLinker()
        self._record_makers: dict[int, RecordMaker] = {}
        self._readings: dict[int, Reading] = {}
        # Records that could not be stored yet: made again, their lines would count twice as a flood.
        self._prepared: dict[int, tuple[int, Batch, list[Record]]] = {}
        self._zones_checked: set[int] = set()

    def follow(self, row: WatchedFile) -> bool:
        """Store all whole lines that a file has gained; False if another file has taken its place."""
        if row.state == WatchState.REFUSED:
            return True
        if row.channel_id is None:
            self._refuse_file(row, planning.CHANNEL_GONE)
            return True
        if self._open.get(row.pk, row.path, row.identity) is None:
            return False
        try:
            if row.format or self._find_format(row):
                while self._store_next(row) and self._may_continue():
                    pass
        except ChangedError:
            if self._table.mark_suspect(row):
                # What was read of it has been edited, or cut off at its end.
                self.skip_to_end(row, CHANGED.format(row.offset))
        return True

    def resume_refused(self, rows: Iterable[WatchedFile]) -> None:
        """Follow those files that were refused and need not be refused any more: the bot has left their channel."""
        for row in rows:
            channel = store.fetch_channel(row.channel_id) if row.channel_id else None
            if channel is not None and not planning.find_refusal(row, channel):
                self.skip_to_end(row, AFTER_REFUSAL)

    def skip_to_end(self, row: WatchedFile, detail: str) -> None:
        """Leave out what a file has by now."""
        logger.warning("%s: %s", row.path, detail)
        self._prepared.pop(row.pk, None)
        row.state, row.detail = WatchState.FOLLOWED if row.format else WatchState.WAITING, detail
        self._set_position(row, None)
        row.save()

    def _find_format(self, row: WatchedFile) -> bool:
        """Find the format of a file that has grown; return whether it is certain now."""
        found = self._table.found.get(row.pk)
        planned = planning.plan(found, self._options, self._table.neighbour_format(row)) if found else None
        if planned is None:
            return False
        before = row.state, row.detail
        planning.apply_plan(row, planned)
        if row.format and row.offset:
            self._set_position(row, row.offset)
        if (row.state, row.detail) != before:
            row.save()
            log_state(row)
        return row.state == WatchState.FOLLOWED

    def _store_next(self, row: WatchedFile) -> bool:
        """Store the next batch of a file; return whether there may be more."""
        channel = store.fetch_channel(row.channel_id or 0)
        refusal = planning.find_refusal(row, channel) if channel else planning.CHANNEL_GONE
        if channel is None or refusal:
            self._refuse_file(row, refusal)
            return False
        prepared = self._prepared.get(row.pk)
        if prepared is None or prepared[0] != row.offset:
            now = datetime.now(UTC)
            batch = self._read(row, now)
            if batch is None:
                return False
            record_maker = self._record_makers.setdefault(channel.network_id, RecordMaker())
            prepared = self._prepared[row.pk] = row.offset, batch, record_maker.make(channel, batch, now)
        _, batch, records = prepared
        file = self._open.get(row.pk, row.path, row.identity)
        if file is None:
            return False
        try:
            store.store_batch(
                row,
                batch,
                records,
                channel,
                head=planning.hash_head(file, batch.position.offset),
                detail=_detail_after(row, batch),
                refuse=self._refuse_record,
                link=self._linker.link,
            )
        except store.MovedError:
            row.refresh_from_db()
        else:
            self._table.trust(row)
            self._report(row, batch, records)
        del self._prepared[row.pk]
        return True

    def _read(self, row: WatchedFile, now: datetime) -> Batch | None:
        file = self._open.get(row.pk, row.path, row.identity)
        if file is None:
            return None
        if row.pk not in self._readings:
            self._readings[row.pk] = planning.make_reading(row, self._options, file)
        batch = read_batch(file, store.position_of(row), self._readings[row.pk], now)
        return batch if batch is not None and self._is_zone_plausible(row, batch) else None

    def _is_zone_plausible(self, row: WatchedFile, batch: Batch) -> bool:
        """Whether the last line agrees with the time at which it was written: a wrong zone would move every line."""
        is_checked = self._readings[row.pk].format.zoned or row.pk in self._zones_checked
        # Only the end of a file was written when the file was written last.
        if is_checked or batch.lag is None or batch.position.offset < batch.size:
            return True
        if abs(batch.lag) < MIN_ZONE_ERROR:
            self._zones_checked.add(row.pk)
            return True
        rest = abs(batch.lag) % ZONE_STEP
        if abs(batch.lag) > MAX_ZONE_ERROR or min(rest, ZONE_STEP - rest) > ZONE_TOLERANCE:
            return True
        detail = ZONE_WARNING.format(timedelta(minutes=round(batch.lag / timedelta(minutes=1))))
        if row.detail != detail:
            row.detail = detail
            row.save(update_fields=["detail"])
            logger.warning("%s: %s", row.path, detail)
        return False

    def _set_position(self, row: WatchedFile, end: int | None) -> None:
        """Set the place of a row to a byte of its file, or to its end, as if all before it had been stored."""
        file = self._open.get(row.pk, row.path, row.identity)
        if file is None:
            return
        if row.format:
            self._readings[row.pk] = reading = planning.make_reading(row, self._options, file)
            store.set_position(row, find_end(file, reading, datetime.now(UTC), end))
        else:
            row.offset = planning.last_line_end(file)
        row.head, row.head_length = planning.hash_head(file, row.offset)

    def _report(self, row: WatchedFile, batch: Batch, records: Sequence[Record]) -> None:
        self.lines += sum(isinstance(record, Entry) for record in records)
        self.unparsed += len(batch.unparsed)
        row.unparsed += len(batch.unparsed)
        for each in batch.unparsed[:MAX_LINES_LOGGED]:
            # A line of a known shape may be anybody's words: only what nobody understands is shown.
            reason = each.reason or f"{NOT_UNDERSTOOD}: {each.text[:200]!r}"
            logger.warning("%s, before byte %d: not stored: %s", row.path, batch.position.offset, reason)
        if len(batch.unparsed) > MAX_LINES_LOGGED:
            logger.warning("%s: %d more lines are not stored", row.path, len(batch.unparsed) - MAX_LINES_LOGGED)

    def _refuse_file(self, row: WatchedFile, detail: str) -> None:
        row.state, row.detail = WatchState.REFUSED, detail
        row.save(update_fields=["state", "detail"])
        self._prepared.pop(row.pk, None)
        log_state(row)

    def _refuse_record(self, record: Record, reason: str) -> None:
        self.unparsed += 1
        logger.error("a line of channel %d is not stored, for the database refuses it: %s", record.channel, reason)


def _detail_after(row: WatchedFile, batch: Batch) -> str:
    if batch.unparsed:
        return batch.unparsed[-1].reason or NOT_UNDERSTOOD
    return row.detail if row.unparsed else ""
