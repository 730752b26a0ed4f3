"""A second bot's journal: only what the first bot missed goes into the database.

The first bot's lines count wherever it has recorded that it was listening: up to its journal's `heard_until`, outside
its gaps. Inside a gap, and near its ends, this bot's lines that have no copy among the stored ones are stored, and the
gap shrinks by the time in which this bot listened. logs.recording.pairing finds the copies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from django.db import transaction

from logs.ingest.entry import Entry, GapClosed, GapCovered, GapOpened, Record
from logs.ingest.gaps import close_gap, open_gap, shrink_gaps
from logs.ingest.journal import Journal, Position
from logs.ingest.store import store_lines
from logs.models import Channel, Gap, JournalPosition
from logs.models.line import Reason
from logs.recording.apply import JournalStep, RefuseRecord, advance_position, apply_record
from logs.recording.pairing import WINDOW, Counterparts

BATCH_RECORDS = 2000

NO_END = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """An interval that the first bot did not record. Lines near its ends belong to it: they may have been missed."""

    start: datetime
    end: datetime

    def __contains__(self, at: datetime) -> bool:
        # NO_END + WINDOW would overflow.
        return self.start - WINDOW <= at and (self.end == NO_END or at <= self.end + WINDOW)


class Standby:
    """Merges one journal of a network into what another bot stores.

    `listening_since`: the channels in which this bot is listening, at the position that is merged, and since when.
    """

    def __init__(self, journal: Journal, network: int, refuse: RefuseRecord) -> None:
        self.journal = journal
        self.network = network
        self.listening_since: dict[int, datetime] = {}
        self._refuse = refuse
        self._counterparts = Counterparts()

    def others_heard_until(self) -> datetime | None:
        """Return until when another bot has heard this network and stored all of it; None if there never was one."""
        others = JournalPosition.objects.filter(network=self.network).exclude(journal=self.journal.id)
        newest = others.exclude(heard_until=None).order_by("-heard_until")
        return newest.values_list("heard_until", flat=True).first()

    def merge(self, position: Position) -> tuple[int, Position]:
        """Store what the other bot missed, as far as its record reaches; return how many lines, and the new position.

        Records after that stay in the journal: the other bot may still store the same lines.
        """
        until = self.others_heard_until()
        if until is None:
            return 0, position
        # A line of the last moments may have its copy on the other side of `until`.
        decided_until = until - WINDOW
        records, upcoming, end = self._read_until(position, decided_until)
        with transaction.atomic():
            if end != position:
                advance_position(JournalStep(self.journal.id, position, end))
            for record in records:
                self._note_listening(record)
            stored = self._store_missing(_entries(records), _entries(upcoming), None)
            self._shrink_gaps(decided_until)
        return stored, end

    def take_over(self, position: Position, silent_since: datetime, *, is_first: bool) -> tuple[int, Position]:
        """Store a batch of what was received beside the other bot, which is silent since then; return as `merge` does.

        From `silent_since` on this journal is the record: its gaps count too. `is_first`: this is the takeover's first
        batch.
        """
        records, end = self.journal.read(position, BATCH_RECORDS)
        with transaction.atomic():
            advance_position(JournalStep(self.journal.id, position, end))
            if is_first:
                self._open_gaps(silent_since)
            stored = self._store_missing(_entries(records), [], Span(silent_since, NO_END))
            for record in records:
                self._note_listening(record)
                if isinstance(record, GapOpened | GapClosed):
                    # Before `silent_since` the other bot was listening, whatever this one's gaps were.
                    apply_record(replace(record, at=max(record.at, silent_since)))
                elif not isinstance(record, Entry):
                    apply_record(record)
        return stored, end

    def _read_until(self, position: Position, until: datetime) -> tuple[list[Record], list[Record], Position]:
        """Read the next records until a moment, those of the batch that follow it, and the position between them."""
        records, end = self.journal.read(position, BATCH_RECORDS)
        for count, record in enumerate(records):
            if isinstance(record, Entry | GapOpened | GapClosed) and record.at > until:
                return records[:count], records[count:], self.journal.read(position, count)[1]
        return records, [], end

    def _store_missing(self, entries: Sequence[Entry], upcoming: Sequence[Entry], silence: Span | None) -> int:
        """Store the entries that have no copy and lie where the other bot was not listening; return how many."""
        if not entries:
            return 0
        spans = self._unrecorded_spans({entry.channel for entry in entries}, silence)
        # Entries that the other bot has certainly stored are paired as well: else an entry near the end of a gap could
        # take the copy of one that lies outside.
        missing = self._counterparts.find_missing(entries, upcoming, self.listening_since)
        result = store_lines([entry for entry in missing if any(entry.at in span for span in spans[entry.channel])])
        for entry in result.unknown_channel:
            self._refuse(entry, "its channel is gone")
        return result.stored

    def _unrecorded_spans(self, channels: set[int], silence: Span | None) -> dict[int, list[Span]]:
        """The gaps of each channel, and the other bot's silence, if there is one."""
        spans: dict[int, list[Span]] = {channel: [silence] if silence else [] for channel in channels}
        for gap in Gap.objects.filter(channel__in=channels):
            spans[gap.channel_id].append(Span(gap.from_at, gap.to_at or NO_END))
        return spans

    def _note_listening(self, record: Record) -> None:
        match record:
            case GapClosed():
                self.listening_since[record.channel] = record.at
            case GapOpened():
                self.listening_since.pop(record.channel, None)
            case GapCovered() if record.channel in self.listening_since:
                # A server's history has filled the time before: it is as good as having listened.
                self.listening_since[record.channel] = min(record.at, self.listening_since[record.channel])

    def _shrink_gaps(self, decided_until: datetime) -> None:
        """Subtract from the channels' gaps the time in which this bot was listening."""
        with_gaps = Gap.objects.filter(channel__in=self.listening_since, from_at__lt=decided_until)
        for channel in with_gaps.values_list("channel_id", flat=True):
            if self.listening_since[channel] < decided_until:
                shrink_gaps(channel, self.listening_since[channel], decided_until)

    def _open_gaps(self, silent_since: datetime) -> None:
        """Record the time in which neither bot was listening."""
        for channel in Channel.objects.filter(network=self.network, wanted=True).values_list("pk", flat=True):
            since = self.listening_since.get(channel)
            if since is None:
                open_gap(channel, silent_since, Reason.STOPPED)
            elif since > silent_since:
                open_gap(channel, silent_since, Reason.STOPPED)
                close_gap(channel, since)


def _entries(records: Sequence[Record]) -> list[Entry]:
    return [record for record in records if isinstance(record, Entry)]
