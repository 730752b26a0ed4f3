"""Import log files batch by batch, with a report on each file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from logs.archive import last_id
from logs.formats.detect import MIN_UNDERSTOOD_SHARE
from logs.formats.encodings import LineDecoder
from logs.formats.file_names import day_in_path
from logs.formats.log_files import LogFile
from logs.formats.log_format import (
    FilledLines,
    Format,
    Item,
    LogLine,
    MissingTime,
    ParseContext,
    ReplyDecision,
    UnparsedLine,
)
from logs.formats.numbered_lines import UnreadableError
from logs.imports.bulk_load import LoadedFile, load_files
from logs.imports.copy_rows import MAX_TIME, MIN_TIME
from logs.imports.digest import Digest
from logs.imports.report import FileReport
from logs.ingest.channel_state import add_gaps, reload_open_pages, shrink_gaps
from logs.models import Channel, Fill, Gap, Line
from logs.models.line import Reason, ReplyOverride

BATCH_BYTES = 8 * 1024 * 1024
"""A larger set of files is split into several transactions: the bot's writer waits while one of them commits."""

TOLERATED_UNPARSED_LINES = 20
"""A detected format is not doubted for fewer lines that it cannot parse."""

FIRST_IRC_DAY = datetime(1988, 8, 1, tzinfo=UTC)


UnparsedCallback = Callable[[FileReport, UnparsedLine], object]


@dataclass(frozen=True, slots=True)
class SourceLog:
    """A file and its format. `zone` applies to times without one. `is_format_given`: a person named the format."""

    file: LogFile
    format: Format
    zone: tzinfo
    is_format_given: bool = True

    def items(
        self, on_progress: Callable[[int], object], decoder: LineDecoder, digest: Digest | None = None
    ) -> Iterator[Item]:
        """Parse the file; UnreadableError when it cannot be read to its end. `digest` gets the lines of the file."""
        source = ParseContext(self.zone, day_in_path(self.file.display_path))
        lines = self.file.lines(on_progress, decoder)
        return self.format.parse(digest.track(lines) if digest else lines, source)

    def lines(
        self, report: FileReport, on_progress: Callable[[int], object], on_unparsed: UnparsedCallback
    ) -> Iterator[LogLine]:
        """Parse the file; lines that cannot be parsed, gaps and filled ranges go to the report.

        UnreadableError when the file cannot be read to its end, or when a detected format does not fit all of it.
        """
        count = unexplained = 0
        decoder = LineDecoder(self.file.encoding)
        for item in self.items(on_progress, decoder, report.digest):
            if type(item) is LogLine:
                count += 1
                if report.digest is not None:
                    report.digest.add(item)
                yield item
            elif type(item) is UnparsedLine:
                report.add_unparsed(item)
                unexplained += not item.reason
                on_unparsed(report, item)
            elif type(item) is MissingTime:
                report.gaps.append(item)
            elif type(item) is FilledLines:
                report.fills.append(item)
            elif type(item) is ReplyDecision:
                report.decisions.append(item)
        if count and (doubt := decoder.doubt()):
            raise UnreadableError(doubt.describe())
        # Detection saw only the first lines. A file that changes its format later must not be stored in part.
        if not self.is_format_given and unexplained > max(
            TOLERATED_UNPARSED_LINES, (count + unexplained) * (1 - MIN_UNDERSTOOD_SHARE)
        ):
            raise UnreadableError(
                f"It begins as {self.format.title} but not all of it is: {report.unparsed:,} of its "
                f"{count + report.unparsed:,} lines are not understood. Give --format to import the others."
            )


@dataclass(slots=True)
class ImportJob:
    """An import of logs into one channel. `dry_run` stores nothing; `cooperative`: see `copy_rows`.

    With `fill_name` the logs fill gaps: they are somebody else's, taken to be complete from their first line to their
    last, and pages call them by this name (empty: each by its file's name). None is an ordinary import. With
    `source_name` pages name it as the source of every line that an ordinary import stores; without one they name the
    file, if the bot has logged the channel: a line that the bot did not receive may claim any nick and account.
    `any_year` also accepts lines from before IRC existed or from the future.
    """

    channel: int
    dry_run: bool = False
    fill_name: str | None = None
    source_name: str = ""
    any_year: bool = False
    cooperative: bool = False
    _first: datetime = MAX_TIME
    _last: datetime = MIN_TIME
    _gaps: list[MissingTime] = field(default_factory=list)
    _keeps_ids: bool = False

    def run(
        self,
        logs: Sequence[SourceLog],
        on_progress: Callable[[int], object] = lambda _: None,
        on_unparsed: UnparsedCallback = lambda _report, _unparsed: None,
    ) -> Iterator[FileReport]:
        """Import the logs in order; yield each report once its batch is committed.

        A batch is one transaction: after a kill whole batches are stored, and another run continues behind them.
        `on_progress` gets the number of bytes read since its last call, `on_unparsed` each line that cannot be parsed.
        """
        # A wrong year would put lines on days where nobody looks for them. A day of margin allows for time zones.
        bounds = (MIN_TIME, MAX_TIME) if self.any_year else (FIRST_IRC_DAY, timezone.now() + timedelta(days=1))
        has_given_ids = not self.dry_run and last_id(Channel(pk=self.channel)) > 0
        # An empty channel is restored from its own export, with the ids and sources that are in the file.
        marks_source = bool(self.source_name) or _has_recorded_lines(self.channel)
        for batch in _split_into_batches(logs):
            reports = [
                FileReport(str(log.file.display_path), digest=Digest() if self.dry_run else None) for log in batch
            ]
            read = [log.lines(report, on_progress, on_unparsed) for log, report in zip(batch, reports, strict=True)]
            with transaction.atomic():
                all_loaded = load_files(
                    self.channel,
                    read,
                    dry_run=self.dry_run,
                    gaps_only=self.fill_name is not None,
                    # Lines from one source are a range of ids. Ids of the file could lie anywhere between others.
                    may_keep_ids=not marks_source,
                    cooperative=self.cooperative,
                    bounds=bounds,
                )
                for log, report, loaded in zip(batch, reports, all_loaded, strict=True):
                    self._finish_report(log, report, loaded, marks_source=marks_source)
            yield from reports
        # What takes ids of the channel comes after all lines: those of a later batch may bring the same ids along.
        if self._gaps and not self.dry_run:
            with transaction.atomic():
                _store_gaps(self.channel, self._gaps)
        if self._keeps_ids and has_given_ids:
            # To a gap, for example: who follows live may be past the ids of the lines that were stored.
            reload_open_pages(Channel(pk=self.channel))
        if self.fill_name is not None and not self.dry_run and self._first < self._last:
            with transaction.atomic():
                shrink_gaps(self.channel, self._first, self._last)

    def _finish_report(self, log: SourceLog, report: FileReport, loaded: LoadedFile, *, marks_source: bool) -> None:
        summary = loaded.summary
        report.error = summary.error
        if summary.error:
            return
        report.lines, report.stored, report.rejected = summary.lines, loaded.stored, loaded.rejected
        report.clock_steps_back, report.longest_step_back = summary.clock_steps_back, summary.longest_step_back
        report.cut, report.transcoded = summary.cut, loaded.transcoded
        self._first, self._last = min(self._first, summary.first), max(self._last, summary.last)
        if self.dry_run:
            return
        if self.fill_name is None:
            self._gaps += report.gaps
            # `first_id` is 0 where lines kept their ids: only then do the ids in the file fit.
            if not loaded.first_id and loaded.stored:
                self._keeps_ids = True
                _store_fills(self.channel, report.fills)
                _store_decisions(self.channel, report.decisions)
        if (marks_source or self.fill_name is not None) and loaded.stored:
            name = self.fill_name if self.fill_name is not None else self.source_name
            name = name or log.file.display_path.name
            last = loaded.first_id + loaded.stored - 1
            Fill.objects.create(channel_id=self.channel, first=loaded.first_id, last=last, name=name[:200])


def _has_recorded_lines(channel: int) -> bool:
    """Whether a channel has lines and is, or was, logged by the bot; an archive of old logs is not."""
    is_logged = Q(wanted=True) | Q(status__isnull=False) | Q(gaps__isnull=False)
    return Line.objects.filter(channel=channel).exists() and Channel.objects.filter(is_logged, pk=channel).exists()


def _store_gaps(channel: int, gaps: Sequence[MissingTime]) -> None:
    add_gaps(
        Gap(
            channel_id=channel,
            from_at=gap.start,
            to_at=gap.end,
            reason=gap.reason if gap.reason in Reason.values else Reason.CONNECTION,
        )
        for gap in gaps
    )


def _store_fills(channel: int, fills: Sequence[FilledLines]) -> None:
    """Record which lines came from other logs; their ids are valid only if all lines kept their ids."""
    for fill in fills:
        Fill.objects.get_or_create(channel_id=channel, first=fill.first, last=fill.last, name=fill.name[:200])


def _store_decisions(channel: int, decisions: Sequence[ReplyDecision]) -> None:
    """Record what owners decided about answers; the answers themselves are found after the import."""
    stored = set(
        Line.objects.filter(channel=channel, id__in=[row.line for row in decisions]).values_list("id", flat=True)
    )
    overrides = [
        ReplyOverride(channel_id=channel, line=line, reply_to=reply_to, by=by[:200])
        for line, reply_to, by in decisions
        if line in stored and line != reply_to
    ]
    ReplyOverride.objects.bulk_create(overrides, ignore_conflicts=True, batch_size=1000)


def _split_into_batches(logs: Sequence[SourceLog]) -> Iterator[list[SourceLog]]:
    batch: list[SourceLog] = []
    size = 0
    for log in logs:
        # A file larger than the limit is a batch of its own: a file is never split.
        if batch and size + log.file.estimated_bytes > BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(log)
        size += log.file.estimated_bytes
    if batch:
        yield batch
