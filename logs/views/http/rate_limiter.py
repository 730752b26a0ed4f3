"""A limit on the requests of each caller per minute, in this process's memory."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from math import ceil
from time import monotonic

WINDOW_SECONDS = 60.0
"""Time in which all requests of a caller are restored."""

MAX_CALLERS = 20_000
"""Callers that a process remembers; beyond that it forgets those whose last request is the oldest."""


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
    """The callers of this process: a burst of requests at once, which are then restored one by one.

    The generic cell rate algorithm (https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm): the only state of a
    caller is the time at which all of its requests are restored. `spend` does not switch greenlets and needs no lock.
    """

    def __init__(self) -> None:
        self._restored_at: OrderedDict[str, float] = OrderedDict()

    def spend(self, name: str, caller: str, limit: int) -> RateLimitState:
        """Count a request of a caller who may make `limit` per window; `name` says what kind of caller it is."""
        now, cost, key = monotonic(), WINDOW_SECONDS / limit, f"{name} {caller}"
        restored_at = max(self._restored_at.pop(key, now), now) + cost
        # More than a full window ahead means that the burst is used up.
        # Float arithmetic must not refuse the last request of a burst: the tolerance is a microsecond.
        wait = restored_at - now - WINDOW_SECONDS
        if wait > 1e-6:
            restored_at -= cost  # a refused request costs nothing, or a client that retries would never recover
        self._restored_at[key] = restored_at
        if len(self._restored_at) > MAX_CALLERS:
            self._restored_at.popitem(last=False)
        left = restored_at - now
        remaining = max(0, int((WINDOW_SECONDS - left) / cost + 1e-6))
        return RateLimitState(name, limit, remaining, ceil(left), ceil(wait) if wait > 1e-6 else 0)

    def clear(self) -> None:
        self._restored_at.clear()

    def __len__(self) -> int:
        return len(self._restored_at)
