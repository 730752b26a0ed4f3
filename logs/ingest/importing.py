"""Files into the archive, batch by batch, with an account of every file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from django.db import transaction

from logs.formats.files import LogFile
from logs.formats.line import Format, Line, Missing, Source, Unparsed
from logs.formats.names import day_of
from logs.ingest.bulk import Loaded, load
from logs.ingest.copying import FUTURE, PAST
from logs.ingest.gaps import cover
from logs.models import Gap
from logs.models.gap import Reason

BATCH_BYTES = 32 * 1024 * 1024
"""Files that together have more than this are committed apart."""

SHOWN = 20
"""Unparsed lines kept of a file; all are counted."""


@dataclass(slots=True)
class Report:
    """What became of one file. `error`: why nothing of it was stored."""

    name: str
    lines: int = 0
    stored: int = 0
    unwanted: int = 0
    unparsed: int = 0
    examples: list[Unparsed] = field(default_factory=list)
    gaps: list[Missing] = field(default_factory=list)
    error: str = ""

    @property
    def doubles(self) -> int:
        return self.lines - self.stored - self.unwanted

    def add(self, other: Report) -> None:
        """Counts what another file has as well."""
        self.lines += other.lines
        self.stored += other.stored
        self.unwanted += other.unwanted
        self.unparsed += other.unparsed

    def note(self, unparsed: Unparsed) -> None:
        self.unparsed += 1
        if len(self.examples) < SHOWN:
            self.examples.append(unparsed)


@dataclass(frozen=True, slots=True)
class Log:
    """A file and how it is written. `zone` is that of times which tell none."""

    file: LogFile
    format: Format
    zone: tzinfo

    def lines(self, report: Report, advanced: Callable[[int], object]) -> Iterator[Line]:
        """Its lines; those that are none are noted in the report. UnreadableError when it cannot be read."""
        source = Source(self.zone, day_of(self.file.shown.name))
        for item in self.format.parse(self.file.lines(advanced), source):
            if type(item) is Line:
                yield item
            elif type(item) is Unparsed:
                report.note(item)
            elif type(item) is Missing:
                report.gaps.append(item)


@dataclass(slots=True)
class Import:
    """Logs into one channel. `dry`: nothing is stored.

    `gaps_only`: the logs are of somebody who was there while we were not; they fill the channel's gaps, and are taken
    to be complete from their first line to their last.
    """

    channel: int
    dry: bool = False
    gaps_only: bool = False
    _first: datetime = FUTURE
    _last: datetime = PAST

    def run(self, logs: Sequence[Log], advanced: Callable[[int], object]) -> Iterator[Report]:
        """Stores the logs, in their order, and tells of each once it is committed.

        A batch is one transaction: a kill leaves whole batches, and another run goes on behind them.
        """
        for batch in _batches(logs):
            reports = [Report(str(log.file.shown)) for log in batch]
            read = [log.lines(report, advanced) for log, report in zip(batch, reports, strict=True)]
            with transaction.atomic():
                all_loaded = load(self.channel, read, dry=self.dry, gaps_only=self.gaps_only)
                for report, loaded in zip(reports, all_loaded, strict=True):
                    self._note(report, loaded)
            yield from reports
        if self.gaps_only and not self.dry and self._first < self._last:
            with transaction.atomic():
                cover(self.channel, self._first, self._last)

    def _note(self, report: Report, loaded: Loaded) -> None:
        report.error = loaded.error
        if loaded.error:
            return
        report.lines, report.stored, report.unwanted = loaded.lines, loaded.stored, loaded.unwanted
        self._first, self._last = min(self._first, loaded.first), max(self._last, loaded.last)
        if not self.dry and not self.gaps_only:
            _keep_gaps(self.channel, report.gaps)


def _keep_gaps(channel: int, gaps: Sequence[Missing]) -> None:
    for gap in gaps:
        reason = gap.reason if gap.reason in Reason.values else Reason.CONNECTION
        open_one = Gap.objects.filter(channel=channel, to_at=None).exists()
        if gap.end or not open_one:
            Gap.objects.get_or_create(channel_id=channel, from_at=gap.start, to_at=gap.end, defaults={"reason": reason})


def _batches(logs: Sequence[Log]) -> Iterator[list[Log]]:
    batch: list[Log] = []
    size = 0
    for log in logs:
        if batch and size + log.file.size > BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(log)
        size += log.file.size
    if batch:
        yield batch
