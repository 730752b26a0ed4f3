"""Where a process learns of new lines, and gets them from: the database, or Redis, which a relay fills from it."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from logs.live.channel_stream import Followed
from logs.live.sse import Event


class BackplaneError(Exception):
    """It does not answer at the moment; `connect` may help later."""


class State(NamedTuple):
    """Who may read a channel, and the highest id given out in it."""

    visibility: str
    last: int


NOBODY = State("-", 0)
"""Of a channel that is no more."""


def note(newest: dict[int, int], channel: int, last: int) -> None:
    """Adds an announcement to those that `wait` returns."""
    newest[channel] = 0 if last == 0 or newest.get(channel) == 0 else max(last, newest.get(channel, 0))


class Backplane(Protocol):
    """Announcements say no more than "look"; what there is to see is asked for. Any call may raise `BackplaneError`.

    Events come encoded, in order of their ids; none come once another circle of people may read the channel than when
    it was begun to be followed.
    """

    def connect(self) -> None:
        """Begins to hear announcements. Earlier ones may have been missed."""

    def wait(self, seconds: float) -> dict[int, int]:
        """Waits for announcements, at most so long; returns the newest id announced, by channel.

        0 says that others may read the channel now, whatever else was announced.
        """

    def close(self) -> None: ...

    def states(self, channels: list[int]) -> dict[int, State]:
        """Of those that something is known of at the moment."""

    def newest(self, followed: Followed) -> list[Event]:
        """The newest `RECENT` events."""

    def newer(self, followed: Followed, after: int, most: int) -> list[Event] | None:
        """The first `most` events with id > `after`; None if some of them are not kept any more."""
