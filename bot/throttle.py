"""Limits on rates: outgoing lines, attempts to guess a code, attempts to connect."""

from __future__ import annotations

import random
import re
from collections import defaultdict, deque
from time import monotonic

_TOO_FAST = re.compile(r"throttl|\breconnect|too (?:fast|quick|rapid|many)", re.IGNORECASE)
_BANNED = re.compile(r"\b[adgkqsz]k?[-:]?lined?\b|\bakill|\bbanned\b|blacklist|\bdnsbl\b", re.IGNORECASE)

THROTTLED_SECONDS = 60.0
"""The period over which servers commonly count connections."""


class TokenBucket:
    """Allows `burst` actions at once and then one every `seconds`."""

    def __init__(self, burst: int, seconds: float) -> None:
        self.burst = burst
        self.seconds = seconds
        self._tokens = float(burst)
        self._filled_at = monotonic()

    def take(self) -> bool:
        """Take a token; return whether there was one."""
        self._fill()
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def seconds_until_next(self) -> float:
        """Return the seconds until there is a token."""
        self._fill()
        return max(0.0, 1 - self._tokens) * self.seconds

    def _fill(self) -> None:
        now = monotonic()
        # Tokens are computed on demand instead of by a timer.
        new_tokens = (now - self._filled_at) / self.seconds if self.seconds else self.burst
        self._tokens = min(self.burst, self._tokens + new_tokens)
        self._filled_at = now


class AttemptLimit:
    """Allows `max_per_nick` attempts of one nick within a sliding window, and `max_total` of all nicks together."""

    def __init__(self, max_per_nick: int, max_total: int, window_seconds: float) -> None:
        self.max_per_nick = max_per_nick
        self.max_total = max_total
        self.window_seconds = window_seconds
        self._attempts: deque[tuple[float, str]] = deque()
        self._count_by_nick: defaultdict[str, int] = defaultdict(int)

    def allow(self, nick: str) -> bool:
        """Count an attempt; return whether it is allowed. Refused attempts are not counted."""
        now = monotonic()
        # The deque is in the order of time, so expired attempts are at its left end.
        while self._attempts and now - self._attempts[0][0] > self.window_seconds:
            _, old_nick = self._attempts.popleft()
            self._count_by_nick[old_nick] -= 1
            # Nicks are invented freely: without this the dictionary would grow for ever.
            if not self._count_by_nick[old_nick]:
                del self._count_by_nick[old_nick]
        if len(self._attempts) >= self.max_total or self._count_by_nick.get(nick, 0) >= self.max_per_nick:
            return False
        self._attempts.append((now, nick))
        self._count_by_nick[nick] += 1
        return True


class Backoff:
    """Delays that double from `min_seconds` to `max_seconds`.

    Up to a quarter is added at random, so that many bots do not come back at the same moment.
    """

    def __init__(self, min_seconds: float, max_seconds: float, stable_seconds: float) -> None:
        self.min_seconds = min_seconds
        self.max_seconds = max_seconds
        self.stable_seconds = stable_seconds
        self._next_seconds = min_seconds

    def next_delay(self, connected_seconds: float, reason: str = "") -> float:
        """Return the delay after a connection that lasted some seconds and ended for a reason.

        A stable connection resets the delay. If the server said that we come too often, the delay is at least
        THROTTLED_SECONDS; if it said that we are banned, `max_seconds`: servers extend a ban with every attempt.
        """
        if connected_seconds >= self.stable_seconds:
            self._next_seconds = self.min_seconds
        # The reason raises the delay for this attempt and, by doubling, for those after it.
        seconds = self._next_seconds = max(self._next_seconds, self._min_delay_for(reason))
        self._next_seconds = min(self.max_seconds, self._next_seconds * 2)
        return seconds * (1 + random.random() / 4)  # noqa: S311  (spreads load, no security)

    def _min_delay_for(self, reason: str) -> float:
        if _BANNED.search(reason):
            return self.max_seconds
        return min(THROTTLED_SECONDS, self.max_seconds) if _TOO_FAST.search(reason) else 0.0
