"""The journal: received lines on this machine's disk, until the database has them.

A folder holds segments `0000000001.log`, ... of records, one a line: a CRC-32 in eight hex digits, a blank, the record
in JSON. A record is one `write()`; who kills the process afterwards cannot undo it. Records survive a loss of power
from the next `sync` on. A segment is written by one process only, from its start to its end.
"""

from __future__ import annotations

import fcntl
import logging
import os
import uuid
import zlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import gevent
from gevent.event import Event
from gevent.lock import RLock

from logs.ingest.atomic_file import sync_folder, write_atomically
from logs.ingest.entry import Record, decode, encode

logger = logging.getLogger(__name__)

SEGMENT_BYTES = 16 * 1024 * 1024
SYNC_RECORDS = 50


class JournalBusyError(Exception):
    """Another process has this journal."""


class Position(NamedTuple):
    """A place in a journal: bytes from the start of a segment."""

    segment: int
    offset: int


class Journal:
    """One folder, held by one process at a time.

    Events for whoever reads and syncs: `appended` (a reader clears it), `unsynced`, and `urgent` once so much is
    unsynced that it should not wait for more. `damaged` counts records put aside because their checksum is wrong.
    """

    def __init__(self, folder: Path) -> None:
        """Opens or makes the folder and begins a new segment. JournalBusyError when another process has it."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder
        self.appended, self.unsynced, self.urgent = Event(), Event(), Event()
        self._lock = (folder / "lock").open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise JournalBusyError(f"Another bot is writing the journal {folder}: stop it first.") from None
        self.id = self._identity()
        self.heard_until = self._last_sign()
        self._damaged: set[Position] = set()
        self._fd = -1
        self._unsynced = 0
        self._syncing = RLock()
        self._full: list[int] = []
        # A loss of power can take the name of the newest segment while the database holds a position in it. Its number
        # is not given out again, so that this position cannot point into other records.
        self._open(max(self.segments(), default=-1) + 2)
        _in_thread(sync_folder, folder)

    def append(self, record: Record) -> None:
        """Returns when the record is with the operating system; OSError when the disk takes no more, and then the
        record is not in the journal."""
        if self._end >= SEGMENT_BYTES:
            self._full.append(self._fd)
            self._open(self._segment + 1)
        payload = encode(record)
        line = memoryview(b"%08x %s\n" % (zlib.crc32(payload), payload))
        size = len(line)
        try:
            while line:
                line = line[os.write(self._fd, line) :]
        except OSError:
            self._drop_partial()
            raise
        self._end += size
        self._unsynced += 1
        self.appended.set()
        self.unsynced.set()
        if self._unsynced >= SYNC_RECORDS:
            self.urgent.set()

    def roll(self) -> None:
        """Begins a new segment, so that the present one goes as soon as it is stored, and what was erased with it."""
        if self._end:
            full = self._fd
            self._open(self._segment + 1)
            self._full.append(full)
            self.unsynced.set()
            self.appended.set()

    def sync(self) -> None:
        """What was appended until now survives a loss of power; waits without blocking the hub. OSError when the disk
        fails."""
        with self._syncing:
            self.unsynced.clear()
            self.urgent.clear()
            self._unsynced = 0
            full, self._full = self._full, []
            _in_thread(_sync_segments, full, self._fd, self.folder)

    def alive(self) -> None:
        """Notes on disk that the bot is listening now."""
        (self.folder / "alive").touch()

    def read(self, position: Position, limit: int) -> tuple[list[Record], Position]:
        """At most `limit` records from a position on and the position behind them; damaged ones are put aside."""
        records: list[Record] = []
        for segment in self.segments():
            if segment < position.segment:
                continue
            offset = position.offset if segment == position.segment else 0
            with self._path(segment).open("rb") as file:
                file.seek(offset)
                for line in file:
                    if len(records) == limit:
                        return records, Position(segment, offset)
                    record = _decoded(line)
                    if record is None:
                        self._put_damaged_aside(Position(segment, offset), line)
                    else:
                        records.append(record)
                    offset += len(line)
            position = Position(segment, offset)
        return records, position

    def start(self) -> Position:
        return Position(self.segments()[0], 0)

    def depth(self, position: Position) -> int:
        """How many bytes follow a position."""
        sizes = {segment: self._path(segment).stat().st_size for segment in self.segments()}
        here = max(0, sizes.get(position.segment, 0) - position.offset)
        return here + sum(size for segment, size in sizes.items() if segment > position.segment)

    def forget(self, position: Position) -> None:
        """Deletes the segments that lie wholly before a position."""
        for segment in self.segments():
            if segment < min(position.segment, self._segment):
                self._path(segment).unlink()

    @property
    def damaged(self) -> int:
        return len(self._damaged)

    def put_aside(self, record: Record, why: str) -> None:
        """Keeps a record that the database refuses in the file `refused`, for a person to look at."""
        logger.error("journal %s: refused (%s), kept in %s", self.folder.name, why, self.folder / "refused")
        _add(self.folder / "refused", encode(record) + b"\n")

    def segments(self) -> list[int]:
        """The numbers of the segments, the oldest first."""
        return sorted(int(path.stem) for path in self.folder.glob("[0-9]*.log"))

    def close(self) -> None:
        """Syncs and lets another process have the folder."""
        try:
            self.sync()
        finally:
            os.close(self._fd)
            self._fd = -1
            self._lock.close()

    def _identity(self) -> str:
        """The random name that ties the folder to its position in the database; a new one once no segment is left."""
        path = self.folder / "id"
        if not path.exists() or not self.segments():
            _in_thread(write_atomically, path, str(uuid.uuid4()))
        return path.read_text().strip()

    def _last_sign(self) -> datetime | None:
        """When a bot last listened or wrote here, as far as the disk knows. An empty segment is no sign: it only tells
        of a start."""
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
        """Takes back the beginning of a record, so that the next one is whole."""
        try:
            os.ftruncate(self._fd, self._end)
        except OSError as error:
            logger.warning("journal %s: a torn record stays behind: %s", self.folder.name, error)
            self._end = SEGMENT_BYTES  # the next record begins another segment

    def _put_damaged_aside(self, position: Position, line: bytes) -> None:
        if position in self._damaged:
            return
        path = self.folder / "damaged"
        logger.error("journal %s: a damaged record at %d+%d, kept in %s", self.folder.name, *position, path)
        _add(path, line.rstrip(b"\n") + b"\n")
        self._damaged.add(position)

    def _path(self, segment: int) -> Path:
        return self.folder / f"{segment:010d}.log"


def _decoded(line: bytes) -> Record | None:
    """The record of a line of a segment, or None when it is not whole."""
    payload = line[9:].rstrip(b"\n")
    if line[:9] != b"%08x " % zlib.crc32(payload):
        return None
    try:
        return decode(payload)
    except ValueError:
        return None


def _add(path: Path, line: bytes) -> None:
    path.touch(mode=0o600)
    with path.open("ab") as file:
        file.write(line)


def _in_thread(function: Callable[..., object], *args: object) -> None:
    gevent.get_hub().threadpool.apply(function, args)


def _sync_segments(full: Sequence[int], current: int, folder: Path) -> None:
    """Syncs segments; closes the full ones, even if the disk fails."""
    try:
        for fd in (*full, current):
            os.fdatasync(fd)
        if full:
            sync_folder(folder)
    finally:
        for fd in full:
            os.close(fd)
