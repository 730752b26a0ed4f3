"""How long to wait before connecting again."""

from __future__ import annotations

import random

LEAST = 2.0
MOST = 300.0
STABLE = 180.0


class Backoff:
    """Doubles from LEAST to MOST seconds, and up to a quarter more by chance, lest many bots come at once."""

    def __init__(self) -> None:
        self._next = LEAST

    def wait(self, lasted: float) -> float:
        """Seconds to wait after a connection that lasted so long; a stable one starts the row anew."""
        if lasted >= STABLE:
            self._next = LEAST
        seconds = self._next
        self._next = min(MOST, self._next * 2)
        return seconds * (1 + random.random() / 4)  # noqa: S311  (spreads load, guards nothing)
