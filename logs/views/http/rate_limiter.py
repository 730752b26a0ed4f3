"""A limit on the requests of each caller per minute, over all processes of the site (logs.sharing)."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from time import monotonic

from logs.sharing.limits import LocalTimes
from logs.sharing.processes import get_shared_times

WINDOW_SECONDS = 60.0
"""Time in which all requests of a caller are restored."""


@dataclass(frozen=True, slots=True)
class RateLimitState:
    """A caller's state after a request: `remaining` requests of `limit` now, all of them again in `reset` seconds.

    `wait` is 0, or the seconds after which a request that was refused may be repeated.
    """

    name: str
    limit: int
    remaining: int
    reset: int
    wait: int = 0

    def headers(self) -> dict[str, str]:
        """Return the headers of the IETF's current draft, and those of its earlier versions."""
        headers = {
            "RateLimit-Policy": f'"{self.name}";q={self.limit};w={WINDOW_SECONDS:.0f}',
            "RateLimit": f'"{self.name}";r={self.remaining};t={self.reset}',
            "RateLimit-Limit": f"{self.limit}",
            "RateLimit-Remaining": f"{self.remaining}",
            "RateLimit-Reset": f"{self.reset}",
        }
        return headers | ({"Retry-After": f"{self.wait}"} if self.wait else {})


class RateLimiter:
    """A burst of requests at once, which are then restored one by one. `spend` does not switch greenlets."""

    def __init__(self) -> None:
        self._local = LocalTimes()

    def spend(self, name: str, caller: str, limit: int, window: float = WINDOW_SECONDS) -> RateLimitState:
        """Count a request of a caller who may make `limit` per window; `name` says what kind of caller it is."""
        now, cost = monotonic(), window / limit
        restored_at, wait = (get_shared_times() or self._local).spend(f"{name} {caller}", now, cost, window)
        seconds = restored_at - now
        remaining = max(0, int((window - seconds) / cost + 1e-6))
        return RateLimitState(name, limit, remaining, ceil(seconds), ceil(wait))

    def clear(self) -> None:
        self._local.clear()

    def __len__(self) -> int:
        return len(self._local)
