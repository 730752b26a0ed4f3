"""The processes of the site: the master creates the memory and gives each process that it forks a place in it."""

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
        places = 4 * processes + 4
        lock = ProcessLock()
        self.counts = SharedCounts(places, lock)
        self.times = SharedTimes(lock)
        self.board = Board(places, lock)
        self.started_at = [0.0] * places
        """When the process of each place was forked, 0 for a free place; only the master knows the current state."""

    def take_place(self) -> int | None:
        """Return a free place for a process that is about to be forked, None if there is none."""
        place = next((place for place, at in enumerate(self.started_at) if not at), None)
        if place is not None:
            self.started_at[place] = monotonic()
        return place

    def leave_place(self, place: int) -> None:
        """Take back what a process that has ended had counted."""
        self.counts.clear_place(place)
        self.board.clear_place(place)
        self.started_at[place] = 0.0


@dataclass
class Process:
    """This process: what it shares, if anything, and its place there."""

    shared: Shared | None = None
    place: int | None = None
    local_counts: LocalCounts = field(default_factory=LocalCounts)


_process = Process()


def create(processes: int) -> None:
    """Create the memory for so many processes; in the master, before it forks. One process needs none."""
    if processes > 1 and _process.shared is None:
        _process.shared = Shared(processes)


def take_place() -> int | None:
    """In the master, before it forks a process."""
    return _process.shared.take_place() if _process.shared else None


def enter(place: int | None) -> None:
    """In a new process: from now on it counts at its place, or alone if it has none."""
    _process.place = place
    shared = _process.shared
    if shared is None:
        return
    if place is None:
        logger.warning("there are more processes than places: this one counts by itself, and its metrics are missing")
        return
    shared.counts.place = shared.board.place = place


def leave(place: int | None) -> None:
    """In the master, after a process has ended, however it did."""
    if place is not None and _process.shared:
        _process.shared.leave_place(place)


def get_counts() -> Counts:
    """Return the counts of all processes, or of this one if it is alone."""
    if _process.shared is None or _process.place is None:
        return _process.local_counts
    return _process.shared.counts


def get_shared_times() -> SharedTimes | None:
    return None if _process.shared is None or _process.place is None else _process.shared.times


def get_board() -> Board | None:
    return None if _process.shared is None or _process.place is None else _process.shared.board
