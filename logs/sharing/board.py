"""What each process writes for the others: its metrics on request, and its live readers every second."""

from __future__ import annotations

import mmap
import struct
from enum import IntEnum
from time import monotonic

from logs.sharing.memory import ProcessLock

PAGE_BYTES = 131_072
HEAD = struct.Struct("dI")
"""When a page was written, and its length."""


class Topic(IntEnum):
    METRICS = 0
    READERS = 1


class Board:
    """A page for each process and topic, which only that process writes. `index` is that of the present process."""

    def __init__(self, process_count: int, lock: ProcessLock) -> None:
        self._lock = lock
        self._memory = mmap.mmap(-1, HEAD.size + process_count * len(Topic) * PAGE_BYTES)
        self.process_count = process_count
        self.index = 0

    def request(self) -> float:
        """Ask all processes for new pages; return the time of the request."""
        now = monotonic()
        with self._lock:
            HEAD.pack_into(self._memory, 0, now, 0)
        return now

    def requested_at(self) -> float:
        time: float = HEAD.unpack_from(self._memory, 0)[0]
        return time

    def write(self, topic: Topic, content: bytes) -> bool:
        """Write this process's page; return False if it is too long."""
        if len(content) > PAGE_BYTES - HEAD.size:
            return False
        at = self._offset(self.index, topic)
        with self._lock:
            self._memory[at + HEAD.size : at + HEAD.size + len(content)] = content
            HEAD.pack_into(self._memory, at, monotonic(), len(content))
        return True

    def read(self, index: int, topic: Topic) -> tuple[float, bytes]:
        """Return when a process wrote its page, and the page; 0 if there is none."""
        at = self._offset(index, topic)
        with self._lock:
            written_at, length = HEAD.unpack_from(self._memory, at)
            return written_at, self._memory[at + HEAD.size : at + HEAD.size + length]

    def clear_process(self, index: int) -> None:
        """Remove the pages of a process that has ended."""
        with self._lock:
            for topic in Topic:
                HEAD.pack_into(self._memory, self._offset(index, topic), 0.0, 0)

    def _offset(self, index: int, topic: Topic) -> int:
        return HEAD.size + (index * len(Topic) + topic) * PAGE_BYTES
