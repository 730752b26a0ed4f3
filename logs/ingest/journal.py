"""The journal: received lines on this machine's disk, until the database has them.

| file in the journal's folder | content |
|---|---|
| 0000000001.log, ... | segments: records, one a line: a CRC-32 in eight hex digits, a blank, the record in JSON |
| id | the random name under which the database knows how far the journal is stored |
| lock | locked by the process that has the journal |
| alive | its modification time is when the bot last listened |
| refused, damaged | records that could not be stored or read, for a person to look at |

A record is appended by one `write()`: if the process is killed after that, the record is safe. It survives a loss of
power from the next `sync` on. A segment is written by one process only, from its beginning to its end.

What the disk does not take is a segment in memory, with the next number, until the database has it. Positions in it are
as good as others: the number of a lost segment is not given out again.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import re
import uuid
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import BinaryIO, NamedTuple

from gevent.event import Event
from gevent.lock import RLock

from logs.greenlets import run_in_thread, with_yields
from logs.ingest.atomic_file import sync_path, write_atomically
from logs.ingest.entry import Record, decode, encode
from logs.ingest.memory_segment import MemorySegment

logger = logging.getLogger(__name__)

SEGMENT_BYTES = 16 * 1024 * 1024
SYNC_RECORDS = 50
"""Unsynced records that do not wait for the usual interval between syncs."""
MEMORY_BYTES = 16 * 1024 * 1024
"""How much is held in memory while the disk takes nothing, besides what the database has stored: about 80,000 lines."""
DISK_RETRY_SECONDS = 1.0

_SEGMENT_NAME = re.compile(r"([0-9]+)\.log")


class JournalBusyError(Exception):
    """Another process has opened this journal."""


class Position(NamedTuple):
    """A place in a journal: a segment's number, and bytes from its beginning."""

    segment: int
    offset: int


class Journal:
    """A journal that this process has opened, for appending and reading.

    Its signals: `appended` (the reader clears it), `unsynced`, and `urgent` once SYNC_RECORDS are unsynced.
    `heard_until` is when a bot last listened before this process opened the journal.
    """

    def __init__(self, folder: Path) -> None:
        """Open or create the folder and begin a new segment. JournalBusyError if another process has it."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder
        self._memory: dict[int, MemorySegment] = {}
        self.appended, self.unsynced, self.urgent = Event(), Event(), Event()
        self._lock = (folder / "lock").open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise JournalBusyError(f"Another bot is writing the journal {folder}: stop it first.") from None
        self.id = self._identity()
        self.heard_until = self._last_activity()
        self._damaged: set[Position] = set()
        self._fd = -1
        self._unsynced = 0
        self._syncing = RLock()
        self._full: list[int] = []
        self._segment: int
        self._end: int
        self.disk_problem = ""
        """Why the disk takes no records at the moment; they are held in memory."""
        self.memory_records = 0
        """How many records were held in memory since the journal was opened."""
        self._retry_at = 0.0
        # A loss of power can take the name of the newest segment while the database holds a position in it. Its number
        # is not given out again, so that this position cannot point into other records.
        self._open(max(self.segments(), default=-1) + 2)
        run_in_thread(sync_path, folder)

    def append(self, record: Record) -> None:
        """Append a record and return when the operating system has it, or the memory if the disk refuses.

        OSError if the memory for this is full as well; then the record is not in the journal.
        """
        if self._fd < 0:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        payload = encode(record)
        line = b"%08x %s\n" % (zlib.crc32(payload), payload)
        if not self._append_to_disk(line):
            self._append_to_memory(line)
            self.appended.set()
            return
        self._unsynced += 1
        self.appended.set()
        self.unsynced.set()
        if self._unsynced >= SYNC_RECORDS:
            self.urgent.set()

    def _append_to_disk(self, line: bytes) -> bool:
        """Return whether the disk has taken a record. After a failure it is tried once a second."""
        if self.disk_problem and monotonic() < self._retry_at:
            return False
        try:
            # In order behind what is in memory, the next file has a higher number.
            if self.disk_problem or self._end >= SEGMENT_BYTES:
                self._start_segment(line)
            else:
                self._write(line)
        except OSError as error:
            if not self.disk_problem:
                logger.critical("journal %s: the disk takes no records: %s", self.folder.name, error)
            self.disk_problem = str(error)
            self._retry_at = monotonic() + DISK_RETRY_SECONDS
            return False
        if self.disk_problem:
            logger.warning("journal %s: the disk takes records again", self.folder.name)
            self.disk_problem = ""
        return True

    def _probe_disk(self) -> None:
        """Notice the end of trouble also while nothing is said."""
        probe = self.folder / "probe"
        try:
            probe.write_bytes(bytes(4096))
            probe.unlink()
            self._start_segment(b"")
        except OSError as error:
            self.disk_problem = str(error)
        else:
            logger.warning("journal %s: the disk takes records again", self.folder.name)
            self.disk_problem = ""

    def _append_to_memory(self, line: bytes) -> None:
        if sum(map(len, self._memory.values())) + len(line) > MEMORY_BYTES:
            raise OSError(errno.ENOBUFS, f"{self.disk_problem}, and {MEMORY_BYTES // 1024**2} MB of memory are full")
        self._memory.setdefault(self._segment + 1, MemorySegment()).append(line)
        self.memory_records += 1

    def _write(self, line: bytes) -> None:
        remaining = memoryview(line)
        try:
            # On a disk that is nearly full a write may be short.
            while remaining:
                remaining = remaining[os.write(self._fd, remaining) :]
        except OSError:
            self._drop_partial()
            raise
        self._end += len(line)

    def _start_segment(self, line: bytes) -> None:
        """Begin a new file with a record; if the disk refuses, none is left."""
        full = self._fd, self._segment, self._end
        self._open(self._next_number())
        try:
            self._write(line)
        except OSError:
            failed = self._fd, self._path(self._segment)
            self._fd, self._segment, self._end = full
            os.close(failed[0])
            failed[1].unlink(missing_ok=True)
            raise
        self._full.append(full[0])

    def _next_number(self) -> int:
        """The number of the next file: after a segment in memory, and after a file that could not be removed."""
        number = self._segment + 1
        while number in self._memory or self._path(number).exists():
            number += 1
        return number

    def is_at_end(self, position: Position) -> bool:
        """Whether nothing follows a position; known without a look at the files, and False where it is not certain."""
        return not self._memory and position == Position(self._segment, self._end)

    def begin_segment(self) -> None:
        """Begin a new segment: the present one, and what was erased in it, is deleted as soon as it is stored."""
        if self._end:
            full = self._fd
            self._open(self._next_number())
            self._full.append(full)
            self.unsynced.set()
            self.appended.set()

    def sync(self) -> None:
        """Make what was appended until now survive a loss of power; other greenlets run meanwhile.

        OSError if the disk fails.
        """
        with self._syncing:
            # Cleared first: what is appended while the thread syncs is not certainly synced with it.
            self.unsynced.clear()
            self.urgent.clear()
            self._unsynced = 0
            full, self._full = self._full, []
            run_in_thread(_sync_segments, full, self._fd, self.folder)

    def note_alive(self) -> None:
        """Record on disk that the bot is listening now.

        Not while something is in memory only: if the process is killed, the gap begins before that.
        """
        if self.disk_problem:
            self._probe_disk()
        if any(self._memory.values()):
            return
        (self.folder / "alive").touch()

    def read(self, position: Position, limit: int, before: Position | None = None) -> tuple[list[Record], Position]:
        """Return at most `limit` records from a position on, none from `before` on, and the position behind them.

        Damaged records are skipped, and saved in the file `damaged`.
        """
        records: list[Record] = []
        for segment in self.segments():
            if segment < position.segment:
                continue
            offset = position.offset if segment == position.segment else 0
            with self._open_from(segment, offset) as file:
                for line in with_yields(file):
                    if len(records) == limit or (before is not None and (segment, offset) >= before):
                        return records, Position(segment, offset)
                    record = decode_line(line)
                    if record is None:
                        self._save_damaged(Position(segment, offset), line)
                    else:
                        records.append(record)
                    offset += len(line)
            position = Position(segment, offset)
        return records, position

    def first_position(self) -> Position:
        return Position(self.segments()[0], 0)

    def depth(self, position: Position) -> int:
        """Return how many bytes follow a position."""
        sizes = {
            segment: self._memory[segment].end if segment in self._memory else self._path(segment).stat().st_size
            for segment in self.segments()
        }
        # A position that a loss of power has left behind the end of its segment has nothing after it there.
        in_segment = max(0, sizes.get(position.segment, 0) - position.offset)
        return in_segment + sum(size for segment, size in sizes.items() if segment > position.segment)

    def forget(self, position: Position) -> None:
        """Delete the segments that lie wholly before a position."""
        for segment in self.segments():
            if segment in self._memory:
                if segment < position.segment:
                    del self._memory[segment]
                elif segment == position.segment:
                    self._memory[segment].forget(position.offset)
            elif segment < min(position.segment, self._segment):
                self._path(segment).unlink()

    @property
    def damaged(self) -> int:
        """How many damaged records this process has met."""
        return len(self._damaged)

    def save_refused(self, record: Record, why: str) -> None:
        """Save a record that the database refuses in the file `refused`."""
        logger.error("journal %s: refused (%s), kept in %s", self.folder.name, why, self.folder / "refused")
        _append_line(self.folder / "refused", encode(record) + b"\n")

    def segments(self) -> list[int]:
        """Return the numbers of the segments, the oldest first."""
        # Not by Path.glob(), which takes many times as long: this is called for each batch.
        with os.scandir(self.folder) as files:
            on_disk = {int(match[1]) for file in files if (match := _SEGMENT_NAME.fullmatch(file.name))}
        return sorted(on_disk | self._memory.keys())

    def close(self) -> None:
        """Sync, and let another process open the journal."""
        if remaining := sum(map(len, self._memory.values())):
            logger.critical("journal %s: %d bytes of records in memory are lost", self.folder.name, remaining)
        try:
            self.sync()
        finally:
            os.close(self._fd)
            self._fd = -1
            self._lock.close()

    def _identity(self) -> str:
        """Return the random name that ties the folder to its position in the database.

        A folder without segments gets a new name: under the old one the database has a position in a lost segment.
        """
        path = self.folder / "id"
        if not path.exists() or not self.segments():
            run_in_thread(write_atomically, path, str(uuid.uuid4()))
        return path.read_text().strip()

    def _last_activity(self) -> datetime | None:
        """Return when a bot last listened or wrote here, as far as the disk knows.

        Empty segments do not count: they come from a start, after which the bot may not have connected.
        """
        states = [self._path(segment).stat() for segment in self.segments()]
        times = [state.st_mtime for state in states if state.st_size]
        alive = self.folder / "alive"
        if alive.exists():
            times.append(alive.stat().st_mtime)
        return datetime.fromtimestamp(max(times), UTC) if times else None

    def _open(self, segment: int) -> None:
        self._fd = os.open(self._path(segment), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        self._segment = segment
        self._end = 0

    def _drop_partial(self) -> None:
        """Remove the beginning of a record whose write failed, so that the next record starts a line of its own."""
        try:
            os.ftruncate(self._fd, self._end)
        except OSError as error:
            logger.warning("journal %s: a torn record stays behind: %s", self.folder.name, error)
            # The next record begins another segment.
            self._end = SEGMENT_BYTES

    def _save_damaged(self, position: Position, line: bytes) -> None:
        if position in self._damaged:
            return  # a batch that failed is read again
        path = self.folder / "damaged"
        logger.error("journal %s: a damaged record at %d+%d, kept in %s", self.folder.name, *position, path)
        _append_line(path, line.rstrip(b"\n") + b"\n")
        self._damaged.add(position)

    def _open_from(self, segment: int, offset: int) -> BinaryIO:
        if segment in self._memory:
            return self._memory[segment].read_from(offset)
        file = self._path(segment).open("rb")
        file.seek(offset)
        return file

    def _path(self, segment: int) -> Path:
        return self.folder / f"{segment:010d}.log"


def decode_line(line: bytes) -> Record | None:
    """Return the record of a segment's line; None if it is torn or its checksum is wrong."""
    payload = line[9:].rstrip(b"\n")
    if line[:9] != b"%08x " % zlib.crc32(payload):
        return None
    try:
        return decode(payload)
    except ValueError:
        return None


def _append_line(path: Path, line: bytes) -> None:
    path.touch(mode=0o600)
    with path.open("ab") as file:
        file.write(line)


def _sync_segments(full: Sequence[int], current: int, folder: Path) -> None:
    """Sync segments; close the full ones, even if the disk fails."""
    try:
        for fd in (*full, current):
            os.fdatasync(fd)
        if full:
            sync_path(folder)
    finally:
        for fd in full:
            os.close(fd)
