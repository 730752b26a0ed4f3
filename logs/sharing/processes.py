"""The processes of the site: the master creates the memory and assigns an index in it to each process that it forks."""

from __future__ import annotations

import logging
import mmap
import struct
from dataclasses import dataclass, field
from enum import IntEnum
from time import monotonic

from logs.sharing.limits import Counts, LocalCounts, SharedCounts, SharedTimes
from logs.sharing.memory import ProcessLock

logger = logging.getLogger(__name__)

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


class Shared:
    """Everything that the processes share. At a reload there are twice as many for a while; there is room for more."""

    def __init__(self, processes: int) -> None:
        process_count = 4 * processes + 4
        lock = ProcessLock()
        self.counts = SharedCounts(process_count, lock)
        self.times = SharedTimes(lock)
        self.board = Board(process_count, lock)
        self.started_at = [0.0] * process_count
        """When the process of each index was forked, 0 for a free index; only the master knows the current state."""

    def assign_index(self) -> int | None:
        """Return a free index for a process that is about to be forked, None if there is none."""
        index = next((index for index, at in enumerate(self.started_at) if not at), None)
        if index is not None:
            self.started_at[index] = monotonic()
        return index

    def release_index(self, index: int) -> None:
        """Subtract the counts of a process that has ended, and free its index."""
        self.counts.clear_process(index)
        self.board.clear_process(index)
        self.started_at[index] = 0.0


@dataclass
class Process:
    """This process: what it shares, if anything, and its index there."""

    shared: Shared | None = None
    index: int | None = None
    local_counts: LocalCounts = field(default_factory=LocalCounts)


_process = Process()


def create(processes: int) -> None:
    """Create the memory for `processes`; in the master, before it forks. One process needs none."""
    if processes > 1 and _process.shared is None:
        _process.shared = Shared(processes)


def assign_index() -> int | None:
    """In the master, before it forks a process."""
    return _process.shared.assign_index() if _process.shared else None


def enter(index: int | None) -> None:
    """In a new process: count in the shared memory from now on, or alone without an index."""
    _process.index = index
    shared = _process.shared
    if shared is None:
        return
    if index is None:
        logger.warning(
            "the shared memory has no room for more processes: this one counts alone, and its metrics are missing"
        )
        return
    shared.counts.index = shared.board.index = index


def leave(index: int | None) -> None:
    """In the master, after a process has ended, however it did."""
    if index is not None and _process.shared:
        _process.shared.release_index(index)


def get_counts() -> Counts:
    """Return the counts of all processes, or of this one if it is alone."""
    if _process.shared is None or _process.index is None:
        return _process.local_counts
    return _process.shared.counts


def get_shared_times() -> SharedTimes | None:
    return None if _process.shared is None or _process.index is None else _process.shared.times


def get_board() -> Board | None:
    return None if _process.shared is None or _process.index is None else _process.shared.board
