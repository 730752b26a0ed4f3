"""Reports on imported files, and their wording, which the command and the owner's page share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC

from logs.formats.jsonl import KIND_NAMES
from logs.formats.log_format import FilledLines, LogLine, MissingTime, UnparsedLine

MAX_EXAMPLES = 20
"""How many unparsed lines a report holds per file; all are counted."""


@dataclass(slots=True)
class FileReport:
    """The result for one file. `error` says why nothing of it was stored; empty if it was."""

    name: str
    lines: int = 0
    stored: int = 0
    rejected: int = 0
    unparsed: int = 0
    clock_steps_back: int = 0
    cut: int = 0
    examples: list[UnparsedLine] = field(default_factory=list)
    gaps: list[MissingTime] = field(default_factory=list)
    fills: list[FilledLines] = field(default_factory=list)
    error: str = ""

    @property
    def duplicates(self) -> int:
        """Lines that were stored already."""
        return self.lines - self.stored - self.rejected

    def add(self, other: FileReport) -> None:
        """Add the counts of another file."""
        self.lines += other.lines
        self.stored += other.stored
        self.rejected += other.rejected
        self.unparsed += other.unparsed
        self.clock_steps_back += other.clock_steps_back
        self.cut += other.cut

    def add_unparsed(self, unparsed: UnparsedLine) -> None:
        self.unparsed += 1
        if len(self.examples) < MAX_EXAMPLES:
            self.examples.append(unparsed)


def describe_report(report: FileReport, *, dry_run: bool = False, filling: bool = False) -> str:
    """One line about a file's result."""
    if report.error:
        return f"{report.name}: {report.error}"
    counts = [
        f"{report.lines:,} lines",
        f"{report.stored:,} {'would be stored' if dry_run else 'stored'}",
        f"{report.duplicates:,} {'known already or not missing' if filling else 'known already'}",
    ]
    if report.rejected:
        counts.append(f"{report.rejected:,} rejected by the channel's rules")
    counts.append(f"{report.unparsed:,} not understood")
    if report.cut:
        counts.append(f"{report.cut:,} cut because they are too long")
    if report.clock_steps_back:
        counts.append(f"the clock runs backwards {report.clock_steps_back:,} times")
    return f"{report.name}: {', '.join(counts)}"


def describe_unparsed(name: str, unparsed: UnparsedLine) -> str:
    return f"{name}:{unparsed.number}: not understood: {unparsed.text[:200]!r}"


def describe_line(line: LogLine) -> str:
    """A line as it was parsed, in UTC."""
    who = f"{line.nick} → {line.target}" if line.target else line.nick
    return f"{line.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z {KIND_NAMES[line.kind]} {who} {line.text[:100]}".rstrip()
