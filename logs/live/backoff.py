"""Exponential backoff of a background task; logs once when it starts to fail and once when it works again."""

from __future__ import annotations

import logging
import random
import time

logger = logging.getLogger(__name__)

FIRST_DELAY_SECONDS = 0.1
MAX_DELAY_SECONDS = 5.0


class Backoff:
    """The state of one task. `task` names it in the log, for example "Listening for new lines"."""

    def __init__(self, task: str) -> None:
        self.task = task
        self.failing_since: float | None = None
        self.delay = FIRST_DELAY_SECONDS

    def record_failure(self, error: Exception) -> float:
        """Return how many seconds to wait before the next attempt."""
        # Only the first failure is logged: an outage of an hour would otherwise fill the log.
        if self.failing_since is None:
            self.failing_since = time.monotonic()
            logger.warning("%s failed: %s; trying again until it works", self.task, str(error).strip())
        # Jitter keeps the processes of a site from retrying in step.
        delay = self.delay * random.uniform(0.5, 1)  # noqa: S311  (no secret)
        self.delay = min(self.delay * 2, MAX_DELAY_SECONDS)
        return delay

    def record_success(self) -> None:
        """Reset the delay; call it after every successful attempt."""
        if self.failing_since is not None:
            logger.info("%s works again after %.1f s", self.task, time.monotonic() - self.failing_since)
        self.failing_since = None
        self.delay = FIRST_DELAY_SECONDS
