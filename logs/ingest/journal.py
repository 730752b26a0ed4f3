"""The journal: received lines on this machine's disk, until the database has them.

A folder holds segments `0000000001.log`, ... of records, one a line: a CRC-32 in eight hex digits, a blank, the record
in JSON. A record is one `write()`; who kills the process afterwards cannot undo it. Records survive a loss of power
from the next `sync` on.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import uuid
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import gevent
from gevent.event import Event

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
    """One folder, held by one process at a time. `appended` is set by every append; a reader clears it."""

    def __init__(self, folder: Path) -> None:
        """Opens or makes the folder and begins a new segment. JournalBusyError when another process has it."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.damaged = 0
        self.appended = Event()
        self.urgent = Event()
        self._unsynced = 0
        self._lock = (folder / "lock").open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise JournalBusyError(f"Another bot is writing the journal {folder}: stop it first.") from None
        self.id = self._identity()
        self.heard_until = self._last_sign()
        segments = self.segments()
        if segments:
            self._cut_torn_tail(segments[-1])
        self._open(segments[-1] + 1 if segments else 1)

    def append(self, record: Record) -> None:
        """Returns when the record is with the operating system; OSError when the disk takes no more, and then the
        segment is as it was before."""
        line = _framed(encode(record))
        try:
            written = os.write(self._fd, line)
        except OSError:
            os.ftruncate(self._fd, self._end)
            raise
        if written < len(line):
            os.ftruncate(self._fd, self._end)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.folder))
        self._end += written
        self._unsynced += 1
        self.appended.set()
        if self._unsynced >= SYNC_RECORDS:
            self.urgent.set()
        if self._end >= SEGMENT_BYTES:
            self._turn()

    def sync(self) -> None:
        """What was appended until now survives a loss of power; waits without blocking the hub."""
        self.urgent.clear()
        if self._unsynced:
            self._unsynced = 0
            gevent.get_hub().threadpool.apply(os.fdatasync, (self._fd,))

    def alive(self) -> None:
        """Notes on disk that the bot is listening now."""
        (self.folder / "alive").touch()

    def read(self, position: Position, limit: int) -> list[tuple[Record, Position]]:
        """At most `limit` records from a position on, each with the position behind it; damaged ones are put aside."""
        records: list[tuple[Record, Position]] = []
        for segment in self.segments():
            if segment < position.segment:
                continue
            offset = position.offset if segment == position.segment else 0
            with self._path(segment).open("rb") as file:
                file.seek(offset)
                for line in file:
                    if not line.endswith(b"\n"):
                        break
                    offset += len(line)
                    record = self._checked(line)
                    if record is not None:
                        records.append((record, Position(segment, offset)))
                    if len(records) == limit:
                        return records
        return records

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
            if segment < position.segment and segment != self._segment:
                self._path(segment).unlink()

    def put_aside(self, record: Record, why: str) -> None:
        """Keeps a record that the database refuses in the file `refused`, for a person to look at."""
        logger.error("journal %s: refused (%s), kept in %s", self.folder.name, why, self.folder / "refused")
        with (self.folder / "refused").open("ab") as file:
            file.write(encode(record) + b"\n")

    def segments(self) -> list[int]:
        return sorted(int(path.stem) for path in self.folder.glob("*.log"))

    def close(self) -> None:
        os.fdatasync(self._fd)
        os.close(self._fd)
        self._lock.close()

    def _identity(self) -> str:
        path = self.folder / "id"
        if not path.exists():
            fresh = path.with_suffix(".new")
            fresh.write_text(str(uuid.uuid4()))
            fresh.rename(path)
        return path.read_text().strip()

    def _last_sign(self) -> datetime | None:
        """When a bot last listened or wrote here, as far as the disk knows."""
        paths = [self.folder / "alive", *map(self._path, self.segments())]
        times = [path.stat().st_mtime for path in paths if path.exists()]
        return datetime.fromtimestamp(max(times), UTC) if times else None

    def _cut_torn_tail(self, segment: int) -> None:
        with self._path(segment).open("r+b") as file:
            content = file.read()
            whole = content.rfind(b"\n") + 1
            if whole < len(content):
                logger.warning("journal %s: a torn record of %d bytes cut", self.folder.name, len(content) - whole)
                file.truncate(whole)

    def _open(self, segment: int) -> None:
        self._segment = segment
        self._fd = os.open(self._path(segment), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._end = 0

    def _turn(self) -> None:
        os.fdatasync(self._fd)
        os.close(self._fd)
        self._open(self._segment + 1)

    def _checked(self, line: bytes) -> Record | None:
        crc, _, payload = line[:-1].partition(b" ")
        try:
            if int(crc, 16) == zlib.crc32(payload):
                return decode(payload)
        except ValueError:
            pass  # counted and kept below, like a wrong checksum
        self.damaged += 1
        logger.error("journal %s: a damaged record was put aside in the file `damaged`", self.folder.name)
        with (self.folder / "damaged").open("ab") as file:
            file.write(line)
        return None

    def _path(self, segment: int) -> Path:
        return self.folder / f"{segment:010d}.log"


def _framed(payload: bytes) -> bytes:
    return b"%08x %s\n" % (zlib.crc32(payload), payload)
