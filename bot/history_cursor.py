"""Where the history of each channel has to be resumed after a gap, and the last lines before it.

The history cursors are stored on disk (`holes.json` beside the journal), because a crash must not lose them.
"""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import InterfaceError, OperationalError, connection

from bot.state_file import StateFile
from logs.ingest.entry import Entry
from logs.ingest.journal import Journal
from logs.models import Line

logger = logging.getLogger(__name__)

RECENT_LINES = 100
"""Lines remembered per channel: enough to recognise what a replay repeats."""

READ_BATCH_RECORDS = 5000


@dataclass(frozen=True, slots=True)
class HistoryCursor:
    """The last line before a gap, by its message id and its time (the server's); `gap_start` is our own time."""

    msgid: str | None
    at: datetime
    gap_start: datetime

    @property
    def start(self) -> datetime:
        """The earlier of the two times: from here on lines may be missing."""
        return min(self.at, self.gap_start)


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


def read_recent_lines(journal: Journal, channels: Iterable[int]) -> dict[int, deque[Entry]]:
    """Return the newest lines of each channel, oldest first, from the database (if it answers) and the journal."""
    # Lines of the database come first: those in the journal are newer, or stored already.
    recent: dict[int, deque[Entry]] = {channel: _read_stored_lines(channel) for channel in channels}
    position = journal.first_position()
    while True:
        records, end = journal.read(position, READ_BATCH_RECORDS)
        for record in records:
            if isinstance(record, Entry) and record.channel in recent:
                recent[record.channel].append(record)
        if end == position:
            return recent
        position = end


def _read_stored_lines(channel: int) -> deque[Entry]:
    try:
        # By time and not by id: lines filled in later have high ids and early times.
        newest = list(Line.objects.filter(channel=channel).order_by("-at", "-id")[:RECENT_LINES])
    except (OperationalError, InterfaceError) as error:
        logger.warning("the database is away, history is resumed by time: %s", " ".join(str(error).split()))
        return deque(maxlen=RECENT_LINES)
    finally:
        connection.close()
    entries = (
        Entry(channel, line.at, line.kind, line.nick, line.text, line.account, line.msgid, line.target)
        for line in reversed(newest)
    )
    return deque(entries, maxlen=RECENT_LINES)
