"""The processes of the site: the master creates the memory and assigns an index in it to each process that it forks."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from time import monotonic

from logs.sharing.board import Board
from logs.sharing.counts import Counts, LocalCounts, SharedCounts
from logs.sharing.memory import ProcessLock
from logs.sharing.rates import SharedTimes

logger = logging.getLogger(__name__)


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
