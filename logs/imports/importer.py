"""Files into the archive, batch by batch, with an account of every file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

from django.db import transaction
from django.utils import timezone

from logs.formats.detect import MIN_UNDERSTOOD_SHARE
from logs.formats.file_names import day_in_path
from logs.formats.log_files import LogFile
from logs.formats.log_format import FilledLines, Format, LogLine, MissingTime, ParseContext, UnparsedLine
from logs.formats.numbered_lines import UnreadableError
from logs.imports.bulk_load import LoadedFile, load_files
from logs.imports.copy_rows import MAX_TIME, MIN_TIME
from logs.ingest.gaps import shrink_gaps
from logs.models import Fill, Gap
from logs.models.line import Reason

BATCH_BYTES = 8 * 1024 * 1024
"""Files that together have more than this are committed apart; the bot's writer waits for as long as a commit takes."""

MAX_EXAMPLES = 20
"""Unparsed lines kept of a file; all are counted, and told when they are met."""

TOLERATED_UNPARSED_LINES = 20
"""So many lines that are none make no other format."""

FIRST_IRC_DAY = datetime(1988, 8, 1, tzinfo=UTC)


@dataclass(slots=True)
class FileReport:
    """What became of one file. `error`: why nothing of it was stored."""

    name: str
    lines: int = 0
    stored: int = 0
    unwanted: int = 0
    unparsed: int = 0
    backwards: int = 0
    examples: list[UnparsedLine] = field(default_factory=list)
    gaps: list[MissingTime] = field(default_factory=list)
    fills: list[FilledLines] = field(default_factory=list)
    error: str = ""

    @property
    def doubles(self) -> int:
        return self.lines - self.stored - self.unwanted

    def add(self, other: FileReport) -> None:
        """Counts what another file has as well."""
        self.lines += other.lines
        self.stored += other.stored
        self.unwanted += other.unwanted
        self.unparsed += other.unparsed
        self.backwards += other.backwards

    def note(self, unparsed: UnparsedLine) -> None:
        self.unparsed += 1
        if len(self.examples) < MAX_EXAMPLES:
            self.examples.append(unparsed)


UnparsedCallback = Callable[[FileReport, UnparsedLine], object]


@dataclass(frozen=True, slots=True)
class SourceLog:
    """A file and how it is written. `zone` is that of times which tell none; `told`: somebody said that it is so."""

    file: LogFile
    format: Format
    zone: tzinfo
    told: bool = True

    def lines(self, report: FileReport, advanced: Callable[[int], object], met: UnparsedCallback) -> Iterator[LogLine]:
        """Its lines; those that are none are noted in the report. UnreadableError when it cannot be read, or is not of
        its format to the end."""
        source = ParseContext(self.zone, day_in_path(self.file.shown))
        count = 0
        for item in self.format.parse(self.file.lines(advanced), source):
            if type(item) is LogLine:
                count += 1
                yield item
            elif type(item) is UnparsedLine:
                report.note(item)
                met(report, item)
            elif type(item) is MissingTime:
                report.gaps.append(item)
            elif type(item) is FilledLines:
                report.fills.append(item)
        if not self.told and report.unparsed > max(
            TOLERATED_UNPARSED_LINES, (count + report.unparsed) * (1 - MIN_UNDERSTOOD_SHARE)
        ):
            raise UnreadableError(
                f"It begins as {self.format.title} and does not go on so: {report.unparsed:,} of its "
                f"{count + report.unparsed:,} lines are not understood. Say --format to have the others."
            )


@dataclass(slots=True)
class ImportJob:
    """Logs into one channel. `dry`: nothing is stored.

    `fill`: the logs are of somebody who was there while we were not, and this is what they are to be called (empty:
    as each file is); they fill the channel's gaps, and are taken to be complete from their first line to their last.
    `any_year`: also lines from before IRC, or from the future. `politely`: see `load`.
    """

    channel: int
    dry: bool = False
    fill: str | None = None
    any_year: bool = False
    politely: bool = False
    _first: datetime = MAX_TIME
    _last: datetime = MIN_TIME

    def run(
        self,
        logs: Sequence[SourceLog],
        advanced: Callable[[int], object] = lambda _: None,
        met: UnparsedCallback = lambda _report, _unparsed: None,
    ) -> Iterator[FileReport]:
        """Stores the logs, in their order, and tells of each once it is committed; of lines that are none when `met`.

        A batch is one transaction: a kill leaves whole batches, and another run goes on behind them.
        """
        bounds = (MIN_TIME, MAX_TIME) if self.any_year else (FIRST_IRC_DAY, timezone.now() + timedelta(days=1))
        for batch in _split_into_batches(logs):
            reports = [FileReport(str(log.file.shown)) for log in batch]
            read = [log.lines(report, advanced, met) for log, report in zip(batch, reports, strict=True)]
            with transaction.atomic():
                all_loaded = load_files(
                    self.channel,
                    read,
                    dry=self.dry,
                    gaps_only=self.fill is not None,
                    politely=self.politely,
                    bounds=bounds,
                )
                for log, report, loaded in zip(batch, reports, all_loaded, strict=True):
                    self._note(log, report, loaded)
            yield from reports
        if self.fill is not None and not self.dry and self._first < self._last:
            with transaction.atomic():
                shrink_gaps(self.channel, self._first, self._last)

    def _note(self, log: SourceLog, report: FileReport, loaded: LoadedFile) -> None:
        span = loaded.span
        report.error = span.error
        if span.error:
            return
        report.lines, report.stored, report.unwanted = span.lines, loaded.stored, loaded.unwanted
        report.backwards = span.backwards
        self._first, self._last = min(self._first, span.first), max(self._last, span.last)
        if self.dry:
            return
        if self.fill is None:
            _store_gaps(self.channel, report.gaps)
            if not loaded.first_id and loaded.stored:
                _store_fills(self.channel, report.fills)
        elif loaded.stored:
            last, name = loaded.first_id + loaded.stored - 1, self.fill or log.file.shown.name
            Fill.objects.create(channel_id=self.channel, first=loaded.first_id, last=last, name=name[:200])


def _store_gaps(channel: int, gaps: Sequence[MissingTime]) -> None:
    for gap in gaps:
        reason = gap.reason if gap.reason in Reason.values else Reason.CONNECTION
        open_one = Gap.objects.filter(channel=channel, to_at=None).exists()
        if gap.end or not open_one:
            Gap.objects.get_or_create(channel_id=channel, from_at=gap.start, to_at=gap.end, defaults={"reason": reason})


def _store_fills(channel: int, fills: Sequence[FilledLines]) -> None:
    """Of an archive whose lines have kept their ids."""
    for fill in fills:
        Fill.objects.get_or_create(channel_id=channel, first=fill.first, last=fill.last, name=fill.name[:200])


def _split_into_batches(logs: Sequence[SourceLog]) -> Iterator[list[SourceLog]]:
    batch: list[SourceLog] = []
    size = 0
    for log in logs:
        if batch and size + log.file.bulk > BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(log)
        size += log.file.bulk
    if batch:
        yield batch
