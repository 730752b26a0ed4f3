"""Something is away: say so once, try again ever more slowly, say once that it is back."""

from __future__ import annotations

import logging
import random
import time

logger = logging.getLogger(__name__)

FIRST, LONGEST = 0.1, 5.0


class Outage:
    def __init__(self, what: str) -> None:
        self.what = what
        self.since: float | None = None
        self.wait = FIRST

    def failed(self, error: Exception) -> float:
        """Returns how many seconds to wait before the next try."""
        if self.since is None:
            self.since = time.monotonic()
            logger.warning("%s failed: %s; trying again until it works", self.what, str(error).strip())
        wait = self.wait * random.uniform(0.5, 1)  # noqa: S311  (spreading, not hiding)
        self.wait = min(self.wait * 2, LONGEST)
        return wait

    def over(self) -> None:
        if self.since is not None:
            logger.info("%s works again after %.1f s", self.what, time.monotonic() - self.since)
        self.since = None
        self.wait = FIRST
