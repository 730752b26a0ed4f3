"""Live in numbers, for those who watch over the process."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from math import inf

SIZES = (0, 1, 10, 100, 1000, 5000, inf)


@dataclass(slots=True)
class Counts:
    """Everything since the process began."""

    opened: int = 0
    closed: Counter[str] = field(default_factory=Counter)
    deliveries: int = 0
    bytes: int = 0
    missed: Counter[float] = field(default_factory=Counter)
    """Of those who came, by how many events they had missed: the smallest of `SIZES` that is enough."""

    missed_in_all: int = 0
    replays: int = 0
    replayed: int = 0
    looks: int = 0
    look_seconds: float = 0.0
    """From hearing that there is something new to having sent it."""

    deaf: bool = True
    """Whether announcements are not heard at the moment."""

    def came(self, missed: int) -> None:
        self.missed[SIZES[bisect_left(SIZES, missed)]] += 1
        self.missed_in_all += missed
