"""How far each channel is known without a hole, and what was said there last: where history is taken up again."""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import InterfaceError, OperationalError, connection

from logs.ingest.atomic_file import write_atomically
from logs.ingest.entry import Entry
from logs.ingest.journal import Journal
from logs.models import Line

logger = logging.getLogger(__name__)

REMEMBERED = 100
"""Lines a channel: enough to tell what a replay repeats."""

READ_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last line before a hole, by its message id and its time (the server's); `since` (ours): the hole's start."""

    msgid: str | None
    at: datetime
    since: datetime


class Holes:
    """The cursor of every channel whose history is still to be filled; on disk, for a crash must not lose them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._cursors = self._read()

    def get(self, channel: int) -> Cursor | None:
        return self._cursors.get(channel)

    def channels(self) -> set[int]:
        return set(self._cursors)

    def open(self, channel: int, cursor: Cursor) -> None:
        """Keeps the older cursor where a hole is open already. OSError when the disk takes nothing."""
        if channel not in self._cursors:
            self._cursors[channel] = cursor
            self._write()

    def close(self, channel: int) -> None:
        if self._cursors.pop(channel, None):
            self._write()

    def _write(self) -> None:
        content = {
            str(channel): [cursor.msgid, cursor.at.isoformat(), cursor.since.isoformat()]
            for channel, cursor in self._cursors.items()
        }
        write_atomically(self._path, json.dumps(content))

    def _read(self) -> dict[int, Cursor]:
        try:
            return {
                int(channel): Cursor(msgid, datetime.fromisoformat(at), datetime.fromisoformat(since))
                for channel, (msgid, at, since) in json.loads(self._path.read_text(encoding="utf-8")).items()
            }
        except FileNotFoundError:
            return {}
        except (ValueError, TypeError, AttributeError):
            logger.warning("%s is damaged: gaps of the last run cannot be filled", self._path)
            return {}


def last_lines(journal: Journal, channels: Iterable[int]) -> dict[int, deque[Entry]]:
    """The newest lines of each channel, the oldest first: from the journal, and from the database if it answers."""
    found: dict[int, deque[Entry]] = {channel: _stored(channel) for channel in channels}
    position = journal.start()
    while True:
        records, end = journal.read(position, READ_AT_ONCE)
        for record in records:
            if isinstance(record, Entry) and record.channel in found:
                found[record.channel].append(record)
        if end == position:
            return found
        position = end


def _stored(channel: int) -> deque[Entry]:
    try:
        newest = list(Line.objects.filter(channel=channel).order_by("-at", "-id")[:REMEMBERED])
    except (OperationalError, InterfaceError) as error:
        logger.warning("the database is away, history is taken up by time: %s", " ".join(str(error).split()))
        return deque(maxlen=REMEMBERED)
    finally:
        connection.close()
    entries = (
        Entry(channel, line.at, line.kind, line.nick, line.text, line.account, line.msgid, line.target)
        for line in reversed(newest)
    )
    return deque(entries, maxlen=REMEMBERED)
