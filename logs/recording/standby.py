"""A second bot's journal: only what the first bot missed goes into the database.

The first bot's lines count wherever it has recorded that it was listening: up to its journal's `heard_until`, outside
its gaps. Inside a gap, and near its ends, this bot's lines that have no copy among the stored ones are stored, and the
gap shrinks by the time in which this bot listened. logs.recording.pairing finds the copies, logs.recording.pairing
the times of listening.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from logs.ingest.channel_state import close_gap, close_gaps, open_gap, shrink_gaps
from logs.ingest.entry import Entry, GapClosed, GapOpened, Record
from logs.ingest.journal import Journal, Position
from logs.ingest.store import store_lines
from logs.models import Channel, Gap, JournalPosition
from logs.models.line import Reason
from logs.models.line_counts import lock_counters
from logs.recording.apply import JournalStep, RefuseRecord, advance_position, apply_record
from logs.recording.pairing import NO_END, REMEMBERED, WINDOW, Counterparts, Interval, ListeningTimes, Received

BATCH_RECORDS = 2000

LASTING_GAP_STEP = timedelta(seconds=10)
"""By how much at least a gap that lasts is shortened, as long as the other bot is away from the channel."""


@dataclass(slots=True)
class Memory:
    """What the records before a position say about those that follow."""

    times: ListeningTimes = field(default_factory=ListeningTimes)
    counterparts: Counterparts = field(default_factory=Counterparts)

    def copy(self) -> Memory:
        return Memory(ListeningTimes(self.times.since), self.counterparts.copy())

    def note_stored(self, records: Sequence[Record]) -> None:
        """Move behind records that this bot has stored as the leader."""
        for record in records:
            self.times.note(record)
        self.counterparts.remember_own_lines(_entries(records))


class Standby:
    """Merges one journal of a network into what another bot stores.

    `heard_until` returns when the server last sent something to this bot; None while it is in no channel.
    """

    def __init__(
        self, journal: Journal, network: int, heard_until: Callable[[], datetime | None], refuse: RefuseRecord
    ) -> None:
        self.journal = journal
        self.network = network
        self._heard_until = heard_until
        self._refuse = refuse
        # The memory at a position, and how it changes with the batch that was begun there. Only the database knows
        # whether that batch was committed: the position with which the next one begins shows it.
        self._position: Position | None = None
        self._memory = Memory()
        self._next_position: Position | None = None
        self._next_memory: Memory | Sequence[Record] = ()

    def fetch_progress_of_others(self) -> datetime | None:
        """Return until when another bot has heard this network and stored all of it; None if there never was one."""
        others = JournalPosition.objects.filter(network=self.network).exclude(journal=self.journal.id)
        newest = others.exclude(heard_until=None).order_by("-heard_until")
        return newest.values_list("heard_until", flat=True).first()

    def begin_leader_batch(self, position: Position, end: Position, records: Sequence[Record]) -> None:
        """Take note of a batch that this bot stores as the leader."""
        self._memory_at(position)
        self._next_position, self._next_memory = end, records

    def merge(self, position: Position) -> tuple[int, Position]:
        """Store what the other bot missed, as far as its record reaches; return how many lines, and the new position.

        Records after that stay in the journal: the other bot may still store the same lines.
        """
        until = self.fetch_progress_of_others()
        if until is None:
            return 0, position
        # Read before the journal, which then holds all that was received by then.
        listened_until = self._heard_until()
        # A line of the last moments may have its copy on the other side of `until`.
        decided_until = until - WINDOW
        records, upcoming, end = self._read_until(position, decided_until)
        memory = self._memory_at(position).copy()
        received = memory.times.find_received([*records, *upcoming])
        count = len(_entries(records))
        # After a full batch more lines from before `decided_until` may follow: their gap must stay until then. And a
        # connection that has been silent may be dead: what was said since then is not certainly received.
        merged_until = decided_until if len(records) < BATCH_RECORDS else _last_time(records)
        shrink_until = min(merged_until, decided_until, listened_until) if merged_until and listened_until else None
        with transaction.atomic():
            if end != position:
                advance_position(JournalStep(self.journal.id, position, end))
            self._lock_counters(records, self._find_shrinking(memory, shrink_until) if shrink_until else set())
            stored = self._store_missing(memory, received[:count], received[count:], None)
            for record in records:
                self._shrink_by_ended(memory, record)
            if shrink_until:
                for channel in self._find_shrinking(memory, shrink_until):
                    shrink_gaps(channel, memory.times.since[channel], shrink_until)
            self._next_position, self._next_memory = end, memory
        return stored, end

    def take_over(self, position: Position, silent_since: datetime, *, opens_gaps: bool) -> tuple[int, Position]:
        """Store a batch of what was received beside the other bot, which is silent since then; return as `merge` does.

        From `silent_since` on this journal is the record: its gaps count too. `opens_gaps`: no batch of this takeover
        was stored before. After the last batch, one without records, no gap remains in which this bot was listening.
        """
        records, end = self.journal.read(position, BATCH_RECORDS)
        memory = self._memory_at(position).copy()
        received = memory.times.find_received(records)
        # This bot's record reaches further than the other's from now on. Otherwise the other one, if it comes back
        # before this bot has stored anything as the leader, would take itself for the last leader.
        heard_until = silent_since + timedelta(microseconds=1) if opens_gaps else None
        with transaction.atomic():
            advance_position(JournalStep(self.journal.id, position, end, heard_until))
            self._lock_counters(records, set(self._wanted_channels()) if opens_gaps or end == position else set())
            if opens_gaps:
                self._open_gaps(memory, silent_since)
            stored = self._store_missing(memory, received, [], Interval(silent_since, NO_END))
            for record in records:
                self._shrink_by_ended(memory, record)
                if isinstance(record, GapOpened | GapClosed):
                    # Before `silent_since` the other bot was listening, whatever this one's gaps were.
                    apply_record(replace(record, at=max(record.at, silent_since)))
                elif not isinstance(record, Entry):
                    apply_record(record)
            if end == position:
                close_gaps([GapClosed(channel, since) for channel, since in memory.times.since.items()])
                for channel in self._find_shrinking(memory, NO_END):
                    shrink_gaps(channel, memory.times.since[channel], NO_END)
            self._next_position, self._next_memory = end, memory
        return stored, end

    def _memory_at(self, position: Position) -> Memory:
        """Return the memory at the position that the database has."""
        if self._next_position == position:
            if isinstance(self._next_memory, Memory):
                self._memory = self._next_memory
            else:
                self._memory.note_stored(self._next_memory)
        elif self._position != position:
            self._memory = Memory()
            self._pair_earlier_lines(position)
        self._position, self._next_position, self._next_memory = position, None, ()
        return self._memory

    def _pair_earlier_lines(self, position: Position) -> None:
        """Pair the lines before a position again, which an earlier process has paired or stored as the leader."""
        earlier: list[Entry] = []
        place = self.journal.first_position()
        while place < position:
            records, end = self.journal.read(place, BATCH_RECORDS, before=position)
            if end == place:
                break
            place = end
            entries = [*earlier, *_entries(records)]
            earlier = [entry for entry in entries if entry.at >= entries[-1].at - REMEMBERED]
        if earlier:
            upcoming, _ = self.journal.read(position, BATCH_RECORDS)
            following = self._memory.times.find_received(upcoming)
            self._memory.counterparts.find_missing([Received(entry) for entry in earlier], following)

    def _read_until(self, position: Position, until: datetime) -> tuple[list[Record], list[Record], Position]:
        """Read the next records until a moment, those of the batch that follow it, and the position between them."""
        records, end = self.journal.read(position, BATCH_RECORDS)
        for count, record in enumerate(records):
            if isinstance(record, Entry | GapOpened | GapClosed) and record.at > until:
                return records[:count], records[count:], self.journal.read(position, count)[1]
        return records, [], end

    def _store_missing(
        self, memory: Memory, received: Sequence[Received], upcoming: Sequence[Received], silence: Interval | None
    ) -> int:
        """Store the lines that have no copy and lie where the other bot was not listening; return how many."""
        if not received:
            return 0
        intervals = self._unrecorded_intervals({line.entry.channel for line in received}, silence)
        # Lines that the other bot has certainly stored are paired as well: else a line near the end of a gap could
        # take the copy of one that lies outside.
        missing = memory.counterparts.find_missing(received, upcoming)
        # Lines near the ends of a gap belong to it: they may have been missed.
        result = store_lines(
            [
                entry
                for entry in missing
                if any(interval.includes(entry.at, WINDOW) for interval in intervals[entry.channel])
            ]
        )
        for entry in result.unknown_channel:
            self._refuse(entry, "its channel is gone")
        return result.stored

    def _unrecorded_intervals(self, channels: set[int], silence: Interval | None) -> dict[int, list[Interval]]:
        """The gaps of each channel, and the other bot's silence, if there is one."""
        intervals: dict[int, list[Interval]] = {channel: [silence] if silence else [] for channel in channels}
        for gap in Gap.objects.filter(channel__in=channels):
            intervals[gap.channel_id].append(Interval(gap.from_at, gap.to_at or NO_END))
        return intervals

    def _shrink_by_ended(self, memory: Memory, record: Record) -> None:
        """Move the memory behind a record; if it ends an interval of listening, subtract that from the gaps."""
        ended = memory.times.note(record)
        if ended is not None:
            shrink_gaps(record.channel, ended.start, ended.end)

    def _find_shrinking(self, memory: Memory, until: datetime) -> set[int]:
        """Return the channels with a gap in which this bot has been listening before a moment.

        Readers learn of each change, so that a gap which lasts shrinks in steps.
        """
        times = memory.times.since
        gaps = Gap.objects.filter(Q(to_at=None) | Q(to_at__gt=min(times.values())), channel__in=times) if times else []
        return {
            gap.channel_id
            for gap in gaps
            if (gap.to_at or until - LASTING_GAP_STEP) > times[gap.channel_id]
            and max(gap.from_at, times[gap.channel_id]) < (until if gap.to_at else until - LASTING_GAP_STEP)
        }

    def _lock_counters(self, records: Sequence[Record], others: set[int]) -> None:
        """Lock the counters of all channels whose gaps may change, in the order of all writers."""
        if others or not all(isinstance(record, Entry) for record in records):
            lock_counters({record.channel for record in records} | others)

    def _wanted_channels(self) -> QuerySet[Channel, int]:
        return Channel.objects.filter(network=self.network, wanted=True).values_list("pk", flat=True)

    def _open_gaps(self, memory: Memory, silent_since: datetime) -> None:
        """Record the time in which neither bot was listening."""
        for channel in self._wanted_channels():
            since = memory.times.since.get(channel)
            if since is None:
                open_gap(channel, silent_since, Reason.STOPPED)
            elif since > silent_since:
                open_gap(channel, silent_since, Reason.STOPPED)
                close_gap(channel, since)


def _entries(records: Sequence[Record]) -> list[Entry]:
    return [record for record in records if isinstance(record, Entry)]


def _last_time(records: Sequence[Record]) -> datetime | None:
    """The time of the last record that has one."""
    times = [record.at for record in records if isinstance(record, Entry | GapOpened | GapClosed)]
    return times[-1] if times else None
