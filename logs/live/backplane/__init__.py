"""How a process hears that a channel has new lines. It only says "look": the lines come from the database."""

from __future__ import annotations

from typing import Protocol


class BackplaneError(Exception):
    """Nothing can be heard at the moment; `connect` may help later."""


class Backplane(Protocol):
    def connect(self) -> None:
        """Begins to hear. What was announced before may have been missed."""

    def wait(self, seconds: float) -> dict[int, int]:
        """Waits for announcements, at most so long; returns the newest line id announced, by channel."""

    def close(self) -> None: ...
