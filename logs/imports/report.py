"""What is told of an import, in words: by the command and on the owner's page alike."""

from __future__ import annotations

from datetime import UTC

from logs.formats.jsonl import KIND_NAMES
from logs.formats.log_format import LogLine, UnparsedLine
from logs.imports.importer import FileReport


def describe_report(report: FileReport, *, dry: bool = False, filling: bool = False) -> str:
    """What became of a file, in one line."""
    if report.error:
        return f"{report.name}: {report.error}"
    counts = [
        f"{report.lines:,} lines",
        f"{report.stored:,} {'would be stored' if dry else 'stored'}",
        f"{report.doubles:,} {'known already or not missing' if filling else 'known already'}",
    ]
    if report.unwanted:
        counts.append(f"{report.unwanted:,} not to be kept or not yet")
    counts.append(f"{report.unparsed:,} not understood")
    if report.backwards:
        counts.append(f"the clock runs backwards {report.backwards:,} times")
    return f"{report.name}: {', '.join(counts)}"


def describe_unparsed(name: str, unparsed: UnparsedLine) -> str:
    return f"{name}:{unparsed.number}: not understood: {unparsed.text[:200]!r}"


def describe_line(line: LogLine) -> str:
    """A line as it was understood."""
    who = f"{line.nick} → {line.target}" if line.target else line.nick
    return f"{line.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z {KIND_NAMES[line.kind]} {who} {line.text[:100]}".rstrip()
