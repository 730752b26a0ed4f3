"""When all requests of a caller are restored: the state of rate limits, of one process or of all.

The generic cell rate algorithm (https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm): a burst of requests at
once, which are then restored one by one. Times are those of the system's monotonic clock, the same in all processes.
"""

from __future__ import annotations

import mmap
from collections import OrderedDict

from logs.sharing.memory import SLOTS, WINDOW, KeyTable, ProcessLock

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
