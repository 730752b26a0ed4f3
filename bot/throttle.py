"""How fast: outgoing lines, and attempts to connect."""

from __future__ import annotations

import random
import re
from collections import defaultdict, deque
from time import monotonic

_THROTTLED = re.compile(r"throttl|\breconnect|too (?:fast|quick|rapid|many)", re.IGNORECASE)
_BANNED = re.compile(r"\b[adgkqsz]k?[-:]?lined?\b|\bakill|\bbanned\b|blacklist|\bdnsbl\b", re.IGNORECASE)

THROTTLED = 60.0
"""Seconds that servers commonly count connections over."""


class TokenBucket:
    """Lets `burst` things pass at once and then one every `seconds`."""

    def __init__(self, burst: int, seconds: float) -> None:
        self.burst = burst
        self.seconds = seconds
        self._tokens = float(burst)
        self._filled = monotonic()

    def take(self) -> bool:
        """Whether one may pass now."""
        self._fill()
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def wait(self) -> float:
        """Seconds until the next may pass."""
        self._fill()
        return max(0.0, 1 - self._tokens) * self.seconds

    def _fill(self) -> None:
        now = monotonic()
        grown = (now - self._filled) / self.seconds if self.seconds else self.burst
        self._tokens = min(self.burst, self._tokens + grown)
        self._filled = now


class Tries:
    """Lets `each` things of one nick pass within some seconds, and `most` of all nicks together."""

    def __init__(self, each: int, most: int, seconds: float) -> None:
        self.each = each
        self.most = most
        self.seconds = seconds
        self._all: deque[tuple[float, str]] = deque()
        self._by_nick: defaultdict[str, int] = defaultdict(int)

    def allow(self, nick: str) -> bool:
        now = monotonic()
        while self._all and now - self._all[0][0] > self.seconds:
            _, earlier = self._all.popleft()
            self._by_nick[earlier] -= 1
            if not self._by_nick[earlier]:
                del self._by_nick[earlier]
        if len(self._all) >= self.most or self._by_nick.get(nick, 0) >= self.each:
            return False
        self._all.append((now, nick))
        self._by_nick[nick] += 1
        return True


class Backoff:
    """Doubles from `least` to `most` seconds, and up to a quarter more by chance, lest many bots come at once."""

    def __init__(self, least: float, most: float, stable: float) -> None:
        self.least = least
        self.most = most
        self.stable = stable
        self._next = least

    def after(self, lasted: float, why: str = "") -> float:
        """Seconds to wait after a connection that lasted so long; a stable one starts the row anew.

        `why` it ended counts when the server said that we come too often (not again before THROTTLED seconds), or are
        not welcome (not before `most`): whoever comes all the same is kept out for longer.
        """
        if lasted >= self.stable:
            self._next = self.least
        seconds = self._next = max(self._next, self._pause(why))
        self._next = min(self.most, self._next * 2)
        return seconds * (1 + random.random() / 4)  # noqa: S311  (spreads load, guards nothing)

    def _pause(self, why: str) -> float:
        if _BANNED.search(why):
            return self.most
        return min(THROTTLED, self.most) if _THROTTLED.search(why) else 0.0
