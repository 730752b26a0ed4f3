"""When new lines are sent to many readers: several at once, as far as sending keeps the process busy.

Sending to thousands costs the same for one line as for a few, so nothing but sending less often makes it cheaper. A
channel whose readers are few, or that is quiet, waits for nothing.
"""

from __future__ import annotations

import math

BUSY_SHARE = 0.25
"""Part of the time that sending a channel's lines may take before they are merged."""

MAX_AGE_SECONDS = 0.09
"""From the announcement of a line to having sent it to the last reader, as far as waiting decides it."""

MAX_INTERVAL_SECONDS = 10.0
WEIGHT = 0.3
"""Of the newest interval in the mean."""


class Merging:
    """How many lines of a channel are sent together, and how long the first of them waits for the others.

    `lines` and `patience` (seconds) are planned after each sending, from how long that took and from the mean interval
    between lines: so many lines that sending takes BUSY_SHARE of the time, but only those that are expected in time.
    """

    __slots__ = ("_began_at", "_interval", "lines", "patience")

    def __init__(self) -> None:
        self.lines = 1
        self.patience = 0.0
        self._interval = MAX_INTERVAL_SECONDS
        self._began_at = -math.inf

    def plan(self, count: int, began_at: float, ended_at: float) -> None:
        """Plan the next sending after one of `count` lines."""
        interval = min((began_at - self._began_at) / count, MAX_INTERVAL_SECONDS)
        # After a silence nothing is known of the lines that come.
        is_new = MAX_INTERVAL_SECONDS in {interval, self._interval}
        self._interval = interval if is_new else self._interval + WEIGHT * (interval - self._interval)
        self._began_at = began_at
        seconds = ended_at - began_at
        self.patience = max(0.0, MAX_AGE_SECONDS - seconds)
        wanted = math.ceil(seconds / (BUSY_SHARE * self._interval) - 0.1)
        expected = 1 + int(self.patience / self._interval)
        self.lines = max(1, min(wanted, expected))

    def stop(self) -> None:
        """Wait for nothing: the readers have become few."""
        self.lines = 1

    def due_at(self, pending: int, announced_at: float) -> float:
        """Return when `pending` lines, the first of which was announced at a time, are to be sent; 0 for at once."""
        return 0.0 if pending >= self.lines else announced_at + self.patience
