"""Reports on imported files, and their wording, which the command and the owner's page share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from logs.formats.log_format import FilledLines, MissingTime, ReplyDecision, UnparsedLine
from logs.imports.digest import Digest
from logs.localize import format_number, mark_plural, plural

MAX_EXAMPLES = 20
"""How many unparsed lines a report holds per file; all are counted."""


@dataclass(slots=True)
class FileReport:
    """The result for one file. `error` says why nothing of it was stored; empty if it was.

    `transcoded` lines are known already in another encoding. `digest` is what a dry run shows.
    """

    name: str
    lines: int = 0
    stored: int = 0
    rejected: int = 0
    unparsed: int = 0
    clock_steps_back: int = 0
    longest_step_back: timedelta = timedelta()
    transcoded: int = 0
    cut: int = 0
    examples: list[UnparsedLine] = field(default_factory=list)
    gaps: list[MissingTime] = field(default_factory=list)
    fills: list[FilledLines] = field(default_factory=list)
    decisions: list[ReplyDecision] = field(default_factory=list)
    error: str = ""
    digest: Digest | None = None

    @property
    def is_doubtful(self) -> bool:
        """Whether a person should look at the file first."""
        return bool(self.error or self.unparsed or self.clock_steps_back or self.transcoded)

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
        self.longest_step_back = max(self.longest_step_back, other.longest_step_back)
        self.transcoded += other.transcoded
        self.cut += other.cut

    def add_unparsed(self, unparsed: UnparsedLine) -> None:
        self.unparsed += 1
        if len(self.examples) < MAX_EXAMPLES:
            self.examples.append(unparsed)


def describe_report(report: FileReport, *, dry_run: bool = False, filling: bool = False) -> str:
    """One line about a file's result."""
    if report.error:
        return f"{report.name}: {report.error}"
    counts = [plural("%(count)s lines", "%(count)s lines", report.lines)]
    if dry_run:
        counts.append(plural("%(count)s would be stored", "%(count)s would be stored", report.stored))
    else:
        counts.append(plural("%(count)s stored", "%(count)s stored", report.stored))
    if filling:
        known = mark_plural("%(count)s known already or not missing", "%(count)s known already or not missing")
    else:
        known = mark_plural("%(count)s known already", "%(count)s known already")
    counts.append(plural(*known, report.duplicates))
    if report.rejected:
        rejected = mark_plural("%(count)s rejected by the channel's rules", "%(count)s rejected by the channel's rules")
        counts.append(plural(*rejected, report.rejected))
    counts.append(plural("%(count)s not understood", "%(count)s not understood", report.unparsed))
    if report.cut:
        cut = mark_plural("%(count)s cut because they are too long", "%(count)s cut because they are too long")
        counts.append(plural(*cut, report.cut))
    if report.clock_steps_back:
        sentence = plural(
            "the clock runs backwards %(count)s times, by %(minutes)s minutes at most",
            "the clock runs backwards %(count)s times, by %(minutes)s minutes at most",
            report.clock_steps_back,
            minutes=format_number(report.longest_step_back // timedelta(minutes=1)),
        )
        counts.append(sentence)
    if report.transcoded:
        counts.append(plural("%(count)s in another encoding", "%(count)s in another encoding", report.transcoded))
    return f"{report.name}: {', '.join(counts)}"


def describe_unparsed(name: str, unparsed: UnparsedLine) -> str:
    reason = f" ({unparsed.reason})" if unparsed.reason else ""
    return f"{name}:{unparsed.number}: not understood: {unparsed.text[:200]!r}{reason}"
