"""Limits that hold over all processes of the site: counts by key, and rates by caller.

Counts are of open streams, requests in progress and downloads. Rates follow the generic cell rate algorithm
(https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm): a burst of requests at once, which are then restored one by
one. Their times are those of the system's monotonic clock, the same in all processes.
"""

from __future__ import annotations

import logging
import mmap
from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Protocol

from logs.sharing.memory import SLOTS, WINDOW, KeyTable, ProcessLock

logger = logging.getLogger(__name__)

COUNT_BYTES = 4


class Counts(Protocol):
    """Counts by key. Nothing here switches greenlets."""

    is_shared: bool
    """Whether other processes count, too."""

    def count(self, key: str) -> int: ...

    def add(self, limits: Sequence[tuple[str, int]], amount: int = 1) -> bool:
        """Add to all keys, or to none if one would pass the limit beside it; return whether it was added."""

    def remove(self, keys: Iterable[str], amount: int = 1) -> None:
        """Take back what this process added."""


class LocalCounts:
    """Counts of one process."""

    is_shared = False

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._counts)

    def count(self, key: str) -> int:
        return self._counts[key]

    def add(self, limits: Sequence[tuple[str, int]], amount: int = 1) -> bool:
        if any(self._counts[key] + amount > limit for key, limit in limits):
            return False
        for key, _limit in limits:
            self._counts[key] += amount
        return True

    def remove(self, keys: Iterable[str], amount: int = 1) -> None:
        for key in keys:
            self._counts[key] -= amount
            if self._counts[key] <= 0:
                del self._counts[key]


class SharedCounts:
    """Counts of all processes. Each process has an index, that of a column of numbers which only it changes.

    So the counts of a killed process are subtracted by clearing its column (`clear_process`).
    """

    is_shared = True

    def __init__(self, process_count: int, lock: ProcessLock) -> None:
        self._lock = lock
        self._table = KeyTable()
        self._size = (SLOTS + WINDOW) * COUNT_BYTES
        self._memory = mmap.mmap(-1, process_count * self._size)
        numbers = memoryview(self._memory)
        self._columns = [numbers[at * self._size : (at + 1) * self._size].cast("I") for at in range(process_count)]
        self.index = 0
        self._local = LocalCounts()
        """Keys for which there was no free slot: only this process counts them."""

    def count(self, key: str) -> int:
        slot = self._table.find(self._table.digest(key))
        return self._local.count(key) if slot is None else self._total(slot)

    def add(self, limits: Sequence[tuple[str, int]], amount: int = 1) -> bool:
        if not limits:
            return True
        digests = [self._table.digest(key) for key, _limit in limits]
        with self._lock:
            for (key, limit), digest in zip(limits, digests, strict=True):
                slot = self._table.find(digest)
                if (self._local.count(key) if slot is None else self._total(slot)) + amount > limit:
                    return False
            for (key, _limit), digest in zip(limits, digests, strict=True):
                self._add(key, digest, amount)
        return True

    def remove(self, keys: Iterable[str], amount: int = 1) -> None:
        self._lock.run(partial(self._remove, list(keys), amount))

    def clear_process(self, index: int) -> None:
        """Subtract what a process that has ended had counted."""
        with self._lock:
            start = index * self._size
            self._memory[start : start + self._size] = bytes(self._size)

    def _add(self, key: str, digest: bytes, amount: int) -> None:
        slot = self._table.find(digest)
        if slot is None:
            # A slot whose counts are all zero is free, whatever key it had.
            slot = next((slot for slot in self._table.window(digest) if not self._total(slot)), None)
            if slot is None:
                logger.warning("the shared counts have no room for a key: this process counts it alone")
                self._local.add([(key, amount + self._local.count(key))], amount)
                return
            self._table.put(slot, digest)
        self._columns[self.index][slot] += amount

    def _remove(self, keys: list[str], amount: int) -> None:
        for key in keys:
            slot = self._table.find(self._table.digest(key))
            if slot is None or self._columns[self.index][slot] < amount:
                self._local.remove([key], amount)
            else:
                self._columns[self.index][slot] -= amount

    def _total(self, slot: int) -> int:
        return sum(column[slot] for column in self._columns)


MAX_CALLERS = 20_000
"""Callers that a process remembers; beyond that it forgets those whose last request is the oldest."""

TOLERANCE_SECONDS = 1e-6
"""Float arithmetic must not refuse the last request of a burst."""

TIME_BYTES = 8


def advance(restored_at: float, now: float, cost: float, window: float) -> tuple[float, float]:
    """Return when all requests are restored after one more, and the seconds to wait if it is refused, else 0.

    A refused request costs nothing, or a client that retries would never recover.
    """
    advanced = max(restored_at, now) + cost
    # More than a full window ahead means that the burst is used up.
    wait = advanced - now - window
    return (advanced, 0.0) if wait <= TOLERANCE_SECONDS else (advanced - cost, wait)


class LocalTimes:
    """The callers of one process."""

    def __init__(self) -> None:
        self._restored_at: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._restored_at)

    def spend(self, caller: str, now: float, cost: float, window: float) -> tuple[float, float]:
        """Count a request of a caller; return what `advance` returns."""
        restored_at, wait = advance(self._restored_at.pop(caller, now), now, cost, window)
        self._restored_at[caller] = restored_at
        if len(self._restored_at) > MAX_CALLERS:
            self._restored_at.popitem(last=False)
        return restored_at, wait

    def clear(self) -> None:
        self._restored_at.clear()


class SharedTimes:
    """The callers of all processes. Where there is no room, a caller takes the place of the one restored first."""

    def __init__(self, lock: ProcessLock) -> None:
        self._lock = lock
        self._table = KeyTable()
        self._restored_at = memoryview(mmap.mmap(-1, (SLOTS + WINDOW) * TIME_BYTES)).cast("d")

    def spend(self, caller: str, now: float, cost: float, window: float) -> tuple[float, float]:
        """Count a request of a caller; return what `advance` returns."""
        digest = self._table.digest(caller)
        with self._lock:
            slot = self._table.find(digest)
            if slot is None:
                slot = min(self._table.window(digest), key=self._restored_at.__getitem__)
                self._restored_at[slot] = now
                self._table.put(slot, digest)
            restored_at, wait = advance(self._restored_at[slot], now, cost, window)
            self._restored_at[slot] = restored_at
        return restored_at, wait
