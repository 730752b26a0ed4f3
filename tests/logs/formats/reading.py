"""How tests read a log: short texts, or the pieces of real ones in tests/data."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from logs.formats.log_files import LogFile
from logs.formats.log_format import Format, Item, LogLine, ParseContext, UnparsedLine

PIECES = Path(__file__).resolve().parent.parent.parent / "data"


def read_text(form: Format, text: str, day: date | None = None, zone: str = "UTC") -> list[Item]:
    numbered = enumerate(text.split("\n"), 1)
    return list(form.parse(numbered, ParseContext(ZoneInfo(zone), day)))


def read_file(form: Format, path: Path, day: date | None = None, zone: str = "UTC") -> list[Item]:
    return list(form.parse(LogFile(path, path, 0).lines(), ParseContext(ZoneInfo(zone), day)))


def shorten(items: list[Item]) -> list[tuple[object, ...]]:
    """Lines without their trailing Nones, times as `HH:MM:SS` of UTC; the numbers of what is none."""
    entries: list[tuple[object, ...]] = []
    for item in items:
        if isinstance(item, UnparsedLine):
            entries.append(("unparsed", item.number))
            continue
        fields: list[object] = [item.at.strftime("%H:%M:%S"), *item[1:]]
        while fields and fields[-1] is None:
            fields.pop()
        entries.append(tuple(fields))
    return entries


def lines(items: list[Item]) -> list[LogLine]:
    """The items, which all have to be lines."""
    assert not [item for item in items if not isinstance(item, LogLine)]
    return [item for item in items if isinstance(item, LogLine)]
