"""Counters of live in this process; botbot/monitoring.py exports them to Prometheus."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from math import inf

MISSED_BUCKETS = (0, 1, 10, 100, 1000, 5000, inf)


@dataclass(slots=True)
class LiveMetrics:
    """Totals since the process started."""

    opened: int = 0
    closed: Counter[str] = field(default_factory=Counter)
    """Closed streams by reason."""

    deliveries: int = 0
    """Events times the streams that they were sent to."""

    bytes: int = 0
    missed: Counter[float] = field(default_factory=Counter)
    """New streams by how many events their reader had missed: the smallest of `MISSED_BUCKETS` that is enough."""

    missed_total: int = 0
    replays: int = 0
    """Pages of older events that were requested, and below the events in them."""

    replayed: int = 0
    updates: int = 0
    """Announcements that were processed, and below the seconds from receiving each to having sent its lines."""

    update_seconds: float = 0.0
    is_disconnected: bool = True
    """Whether announcements do not arrive at the moment."""

    def record_missed(self, events: int) -> None:
        self.missed[MISSED_BUCKETS[bisect_left(MISSED_BUCKETS, events)]] += 1
        self.missed_total += events
