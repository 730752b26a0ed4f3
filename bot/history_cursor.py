"""Where the history of each channel has to be resumed after a gap, and the last lines before it.

The history cursors are stored on disk (`holes.json` beside the journal), because a crash must not lose them.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from pathlib import Path

from django.db import InterfaceError, OperationalError, connection

from bot.known_lines import MAX_KNOWN_LINES, RECENT_LINES, SECOND
from bot.state_file import StateFile
from logs.ingest.entry import Entry
from logs.ingest.journal import Journal, Position
from logs.ingest.store import entry_of
from logs.models import HeldLine, JournalPosition, Line

logger = logging.getLogger(__name__)

READ_BATCH_RECORDS = 5000


@dataclass(frozen=True, slots=True)
class HistoryCursor:
    """The last line before a gap, by its message id and its time by the server's clock; `gap_start` is our own time."""

    msgid: str | None
    at: datetime
    gap_start: datetime


class CursorStore:
    """The history cursor of every channel whose gap is still to be filled, by channel id.

    `report` is called with the error when the file cannot be written.
    """

    def __init__(self, path: Path, report: Callable[[OSError], None]) -> None:
        self._path = path
        self._cursors = self._read()
        self._file = StateFile(path, self._content, report)

    def get(self, channel: int) -> HistoryCursor | None:
        return self._cursors.get(channel)

    def channels(self) -> set[int]:
        return set(self._cursors)

    def add(self, channel: int, cursor: HistoryCursor) -> None:
        """Remember a cursor; the file is written soon."""
        # An older cursor stays: its gap has not been filled yet, and the new gap lies behind it.
        if channel not in self._cursors:
            self._cursors[channel] = cursor
            self._file.write_soon()

    def remove(self, channel: int) -> None:
        if self._cursors.pop(channel, None):
            self._file.write_soon()

    def flush(self) -> None:
        """Return when the file has all changes."""
        self._file.flush()

    def _content(self) -> dict[str, list[str | None]]:
        return {
            str(channel): [cursor.msgid, cursor.at.isoformat(), cursor.gap_start.isoformat()]
            for channel, cursor in self._cursors.items()
        }

    def _read(self) -> dict[int, HistoryCursor]:
        try:
            return {
                int(channel): HistoryCursor(msgid, datetime.fromisoformat(at), datetime.fromisoformat(gap_start))
                for channel, (msgid, at, gap_start) in json.loads(self._path.read_text(encoding="utf-8")).items()
            }
        except FileNotFoundError:
            return {}
        except (ValueError, TypeError, AttributeError):
            logger.warning("%s is damaged: gaps of the last run cannot be filled", self._path)
            return {}


def read_recent_lines(journal: Journal, needed_since: Mapping[int, datetime | None]) -> dict[int, list[Entry]]:
    """Return lines of each channel, oldest first, from the database (if it answers) and the journal.

    They are the newest ones, and those since the time that `needed_since` has for the channel, if any.
    """
    recent: dict[int, list[Entry]] = {channel: [] for channel in needed_since}
    if not recent:
        return recent
    position = journal.first_position()
    try:
        for channel, since in needed_since.items():
            recent[channel] = _read_stored_lines(channel, since)
        # What the database has is read from there only: a line that counts twice would hide one that was missed.
        row = JournalPosition.objects.filter(journal=journal.id).first()
        if row is not None:
            position = max(position, Position(row.segment, row.offset))
    except (OperationalError, InterfaceError) as error:
        logger.warning("the database is away, history is resumed by time: %s", " ".join(str(error).split()))
        recent = {channel: [] for channel in needed_since}
    finally:
        connection.close()
    while True:
        records, end = journal.read(position, READ_BATCH_RECORDS)
        for record in records:
            if isinstance(record, Entry) and record.channel in recent:
                recent[record.channel].append(record)
                del recent[record.channel][: -MAX_KNOWN_LINES - 1]
        if end == position:
            return recent
        position = end


def _read_stored_lines(channel: int, since: datetime | None) -> list[Entry]:
    """Return the newest lines by time, not by id: lines filled in later have high ids and early times."""
    lines = Line.objects.filter(channel=channel).order_by("-at", "-id")
    newest: list[Line | HeldLine] = list(lines[:RECENT_LINES])
    if len(newest) == RECENT_LINES:
        # A history may repeat the whole second of the last line.
        earliest = min(newest[0].at - SECOND, since or newest[0].at)
        if newest[-1].at >= earliest:
            newest = list(lines.filter(at__gte=earliest)[: MAX_KNOWN_LINES + 1])
    held = HeldLine.objects.filter(channel=channel).order_by("-at", "-id")[:MAX_KNOWN_LINES]
    return sorted(map(entry_of, [*reversed(newest), *reversed(held)]), key=attrgetter("at"))
