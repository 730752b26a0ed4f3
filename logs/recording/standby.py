"""A second bot's journal: only what the first one missed goes into the database.

The first bot's lines hold wherever it has recorded that it was listening: up to `heard_until` of its journal, outside
its gaps. Inside a gap, and near its edges, lines of the second that have no counterpart among those stored (same nick,
kind and text within EDGE, each standing for one) are stored, and the gap shrinks by what the second has heard.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from logs.ingest.entry import Entry, GapClosed, GapCovered, GapOpened, Record
from logs.ingest.gaps import shrink_gaps
from logs.ingest.journal import Journal, Position
from logs.ingest.store import store_lines
from logs.models import Channel, Gap, JournalPosition, Line
from logs.models.line import Reason
from logs.recording.apply import JournalStep, RefuseRecord, advance_position, apply_record

EDGE = timedelta(seconds=1)
LAG = EDGE / 4
"""How much later than another bot one may hear the same line."""

BATCH = 2000

Key = tuple[Any, ...]
FAR = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """From one moment to another; what lies near its edges belongs to it."""

    start: datetime
    end: datetime

    def holds(self, at: datetime) -> bool:
        return self.start - EDGE <= at and (self.end == FAR or at <= self.end + EDGE)


class Standby:
    """Merges one journal. `hearing` tells since when this bot has been listening, by channel."""

    def __init__(self, journal: Journal, network: int, put_aside: RefuseRecord) -> None:
        self.journal = journal
        self.network = network
        self.hearing: dict[int, datetime] = {}
        self._put_aside = put_aside
        self._counterparts = Counterparts()

    def others_heard_until(self) -> datetime | None:
        """Up to when another bot has heard this network and stored all of it; None when there never was another."""
        others = JournalPosition.objects.filter(network=self.network).exclude(journal=self.journal.id)
        found = others.exclude(heard_until=None).order_by("-heard_until").values_list("heard_until", flat=True)
        return found.first()

    def merge(self, position: Position) -> tuple[int, Position]:
        """Settles what the other bot's record already decides; how many lines that stored, and the new position."""
        until = self.others_heard_until()
        if until is None:
            return 0, position
        decided = until - EDGE
        records, ahead, end = self._split(position, decided)
        with transaction.atomic():
            if end != position:
                advance_position(JournalStep(self.journal.id, position, end))
            for record in records:
                self._listen(record)
            stored = self._store(_entries(records), _entries(ahead), None)
            self._shrink_gaps(decided)
        return stored, end

    def take_over(self, position: Position, until: datetime, *, first: bool) -> tuple[int, Position]:
        """The other bot has fallen silent at `until`: from there on this journal holds. Settles a batch of it."""
        records, end = self.journal.read(position, BATCH)
        with transaction.atomic():
            advance_position(JournalStep(self.journal.id, position, end))
            if first:
                self._open_gaps(until)
            stored = self._store(_entries(records), [], Span(until, FAR))
            for record in records:
                self._listen(record)
                if isinstance(record, GapOpened | GapClosed):
                    apply_record(replace(record, at=max(record.at, until)))
                elif not isinstance(record, Entry):
                    apply_record(record)
        return stored, end

    def _split(self, position: Position, decided: datetime) -> tuple[list[Record], list[Record], Position]:
        """The next records until that moment, those after it, and the position between them."""
        records, end = self.journal.read(position, BATCH)
        for number, record in enumerate(records):
            if isinstance(record, Entry | GapOpened | GapClosed) and record.at > decided:
                return records[:number], records[number:], self.journal.read(position, number)[1]
        return records, [], end

    def _store(self, entries: Sequence[Entry], ahead: Sequence[Entry], after: Span | None) -> int:
        """Stores those that lie where the other bot was not listening and have no counterpart; those ahead come later
        and keep theirs."""
        if not entries:
            return 0
        spans = self._gaps({entry.channel for entry in entries}, after)
        # All are paired, also those that the other bot's record covers: else a line near an edge takes the counterpart
        # of one before it.
        alone = self._counterparts.without(entries, ahead, self.hearing)
        stored = store_lines([entry for entry in alone if any(span.holds(entry.at) for span in spans[entry.channel])])
        for entry in stored.unknown_channel:
            self._put_aside(entry, "its channel is gone")
        return stored.stored

    def _gaps(self, channels: set[int], after: Span | None) -> dict[int, list[Span]]:
        spans: dict[int, list[Span]] = {channel: [after] if after else [] for channel in channels}
        for gap in Gap.objects.filter(channel__in=channels):
            spans[gap.channel_id].append(Span(gap.from_at, gap.to_at or FAR))
        return spans

    def _listen(self, record: Record) -> None:
        match record:
            case GapClosed():
                self.hearing[record.channel] = record.at
            case GapOpened():
                self.hearing.pop(record.channel, None)
            case GapCovered() if record.channel in self.hearing:
                self.hearing[record.channel] = min(record.at, self.hearing[record.channel])

    def _shrink_gaps(self, decided: datetime) -> None:
        for channel in Gap.objects.filter(channel__in=self.hearing, from_at__lt=decided).values_list(
            "channel_id", flat=True
        ):
            if self.hearing[channel] < decided:
                shrink_gaps(channel, self.hearing[channel], decided)

    def _open_gaps(self, until: datetime) -> None:
        """Where neither bot was listening."""
        for channel in Channel.objects.filter(network=self.network, wanted=True).values_list("pk", flat=True):
            if channel not in self.hearing:
                apply_record(GapOpened(channel, until, Reason.STOPPED))
            elif self.hearing[channel] > until:
                apply_record(GapOpened(channel, until, Reason.STOPPED))
                apply_record(GapClosed(channel, self.hearing[channel]))


class Counterparts:
    """Pairs lines with stored ones, each with one only, also from batch to batch."""

    def __init__(self) -> None:
        self._used: defaultdict[Key, list[datetime]] = defaultdict(list)

    def without(self, entries: Sequence[Entry], ahead: Sequence[Entry], since: dict[int, datetime]) -> list[Entry]:
        """Those entries that no stored line of their channel stands for, in the order of time.

        Entries `ahead` are paired as well and come again. What was stored before we came (`since`, by channel) stands
        for none.
        """
        times = sorted(entry.at for entry in (*entries, *ahead))
        free = self._stored(since, {entry.channel for entry in entries}, times[0] - EDGE, times[-1] + EDGE)
        self._forget(times[0] - 10 * EDGE)
        by_key: defaultdict[Key, list[tuple[Entry, bool]]] = defaultdict(list)
        for group, final in ((entries, True), (ahead, False)):
            for entry in group:
                by_key[_key(entry)].append((entry, final))
        alone: list[Entry] = []
        for key, alike in by_key.items():
            counterparts = nearest([entry.at for entry, _ in alike], free[key])
            for (entry, final), at in zip(alike, counterparts, strict=True):
                if final:
                    self._used[key].append(at or entry.at)
                    alone += [entry] if at is None else []
        return sorted(alone, key=lambda entry: entry.at)

    def _stored(
        self, since: dict[int, datetime], channels: set[int], start: datetime, end: datetime
    ) -> defaultdict[Key, list[datetime]]:
        found: defaultdict[Key, list[datetime]] = defaultdict(list)
        rows = Line.objects.filter(channel__in=channels, at__gte=start, at__lte=end).order_by("at", "id")
        for channel, kind, nick, text, at in rows.values_list("channel", "kind", "nick", "text", "at"):
            if at > since.get(channel, start) - LAG:
                found[channel, kind, nick, text].append(at)
        for used, times in self._used.items():
            for at in times:
                if at in found[used]:
                    found[used].remove(at)
        return found

    def _forget(self, before: datetime) -> None:
        for key, times in list(self._used.items()):
            self._used[key] = [at for at in times if at >= before]
            if not self._used[key]:
                del self._used[key]


def _entries(records: Sequence[Record]) -> list[Entry]:
    return [record for record in records if isinstance(record, Entry)]


def nearest(times: Sequence[datetime], others: Sequence[datetime]) -> list[datetime | None]:
    """For each time the other that stands for it, at most EDGE away; the closest pairs first, each with one only."""
    pairs = sorted(
        (abs(at - other), one, two)
        for one, at in enumerate(times)
        for two, other in enumerate(others)
        if abs(at - other) <= EDGE
    )
    found: list[datetime | None] = [None] * len(times)
    taken: set[int] = set()
    for _, one, two in pairs:
        if found[one] is None and two not in taken:
            found[one] = others[two]
            taken.add(two)
    return found


def _key(entry: Entry) -> Key:
    return entry.channel, entry.kind, entry.nick, entry.text
