"""Files into the archive, batch by batch, with an account of every file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo

from logs.formats.files import LogFile
from logs.formats.line import Format, Line, Source, Unparsed
from logs.formats.names import day_of
from logs.formats.reading import UnreadableError
from logs.ingest.bulk import load

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
    unparsed: int = 0
    examples: list[Unparsed] = field(default_factory=list)
    error: str = ""

    @property
    def doubles(self) -> int:
        return self.lines - self.stored

    def add(self, other: Report) -> None:
        """Counts what another file has as well."""
        self.lines += other.lines
        self.stored += other.stored
        self.unparsed += other.unparsed

    def note(self, unparsed: Unparsed) -> None:
        self.unparsed += 1
        if len(self.examples) < SHOWN:
            self.examples.append(unparsed)


@dataclass(frozen=True, slots=True)
class Import:
    """Logs of one format into one channel. `zone` is that of times which tell none; `dry`: nothing is stored."""

    channel: int
    format: Format
    zone: tzinfo
    dry: bool = False

    def run(self, files: Sequence[LogFile], advanced: Callable[[int], object]) -> Iterator[Report]:
        """Stores the files, in their order, and tells of each once it is committed.

        A batch is one transaction: a kill leaves whole batches, and another run goes on behind them.
        """
        for batch in _batches(files):
            reports = [Report(file.name) for file in batch]
            read = [self.lines(file, report, advanced) for file, report in zip(batch, reports, strict=True)]
            for report, loaded in zip(reports, load(self.channel, read, dry=self.dry), strict=True):
                report.error = loaded.error
                if not loaded.error:
                    report.lines, report.stored = loaded.lines, loaded.stored
                yield report

    def lines(self, file: LogFile, report: Report, advanced: Callable[[int], object]) -> Iterator[Line]:
        """The lines of a file; those that are none are noted in the report."""
        source = Source(self.zone, day_of(file.path.name))
        if source.day is None and not self.format.dated:
            raise UnreadableError(f"Its name tells no day, and {self.format.title} has none in its lines.")
        for item in self.format.parse(file.lines(advanced), source):
            if type(item) is Line:
                yield item
            else:
                report.note(item)


def _batches(files: Sequence[LogFile]) -> Iterator[list[LogFile]]:
    batch: list[LogFile] = []
    size = 0
    for file in files:
        if batch and size + file.size > BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += file.size
    if batch:
        yield batch
