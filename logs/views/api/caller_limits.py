"""How often one caller may ask: so many requests at once, and afterwards as they come back, one by one.

Of each caller only one number is kept: when all of its requests will have come back (the generic cell rate algorithm).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from math import ceil
from time import monotonic

WINDOW_SECONDS = 60.0
"""Seconds in which all requests of a caller come back."""

MAX_CALLERS = 20_000
"""Callers remembered by a process; of more, those who asked longest ago are forgotten."""


@dataclass(frozen=True, slots=True)
class RateLimitState:
    """What a request has cost. `remaining` are left now, `reset` seconds until all are there again.

    A request that was refused may be made again in `wait` seconds.
    """

    name: str
    most: int
    remaining: int
    reset: int
    wait: int = 0

    def headers(self) -> dict[str, str]:
        """As the IETF's draft has them now, and as clients of its earlier versions read them."""
        found = {
            "RateLimit-Policy": f'"{self.name}";q={self.most};w={WINDOW_SECONDS:.0f}',
            "RateLimit": f'"{self.name}";r={self.remaining};t={self.reset}',
            "RateLimit-Limit": f"{self.most}",
            "RateLimit-Remaining": f"{self.remaining}",
            "RateLimit-Reset": f"{self.reset}",
        }
        return found | ({"Retry-After": f"{self.wait}"} if self.wait else {})


class RateLimiter:
    """`spend` neither waits nor yields."""

    def __init__(self) -> None:
        self._whole_at: OrderedDict[str, float] = OrderedDict()

    def spend(self, name: str, caller: str, most: int) -> RateLimitState:
        """One request of a caller who may make `most` in WINDOW; `name` tells what is counted."""
        now, each, key = monotonic(), WINDOW_SECONDS / most, f"{name} {caller}"
        whole_at = max(self._whole_at.pop(key, now), now) + each
        wait = whole_at - now - WINDOW_SECONDS
        if wait > 1e-6:
            whole_at -= each
        self._whole_at[key] = whole_at
        if len(self._whole_at) > MAX_CALLERS:
            self._whole_at.popitem(last=False)
        left = whole_at - now
        remaining = max(0, int((WINDOW_SECONDS - left) / each + 1e-6))
        return RateLimitState(name, most, remaining, ceil(left), ceil(wait) if wait > 1e-6 else 0)

    def clear(self) -> None:
        self._whole_at.clear()

    def __len__(self) -> int:
        return len(self._whole_at)


rate_limiter = RateLimiter()
