"""What is told of an import, in words: by the command and on the owner's page alike."""

from __future__ import annotations

from datetime import UTC

from logs.formats.base import LogLine, Unparsed
from logs.formats.jsonl import NAMES
from logs.imports.importer import Report


def described(report: Report, *, dry: bool = False, filling: bool = False) -> str:
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


def not_understood(name: str, unparsed: Unparsed) -> str:
    return f"{name}:{unparsed.number}: not understood: {unparsed.text[:200]!r}"


def shown(line: LogLine) -> str:
    """A line as it was understood."""
    who = f"{line.nick} → {line.target}" if line.target else line.nick
    return f"{line.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z {NAMES[line.kind]} {who} {line.text[:100]}".rstrip()
