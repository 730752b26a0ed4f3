"""The backplane: where a process learns of new lines and reads them. PostgreSQL, or Redis, which a relay fills."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from logs.live.sse import Event

RECENT_EVENTS = 200
"""How many of a channel's newest events a process keeps in memory, so that a short absence costs no query."""


class BackplaneError(Exception):
    """The server does not answer at the moment; `connect` may help later."""


class FollowedChannel(NamedTuple):
    """What live knows of a channel: its id, the path of its page, and who could read it when it was first followed."""

    id: int
    url: str
    visibility: str


class ChannelState(NamedTuple):
    """Who may read a channel now, and the highest id given out in it."""

    visibility: str
    last_id: int


DELETED = ChannelState("-", 0)
"""The state of a channel that does not exist any more. No channel has this visibility."""


@dataclass(slots=True)
class Announcements:
    """What one `wait` received; false if nothing. Both are by channel id, and a channel may be in both.

    They are separate because they call for different work: a change of visibility that arrives in the same batch as a
    new line must not hide that line's id, and the other way round.
    """

    last_ids: dict[int, int] = field(default_factory=dict)
    """The highest id announced."""

    visibility_changes: set[int] = field(default_factory=set)
    """Channels that other people may read now, or nobody."""

    def __bool__(self) -> bool:
        return bool(self.last_ids or self.visibility_changes)

    def add(self, channel: int, last_id: int) -> None:
        """Add one announcement as it is sent: the id 0 stands for a change of visibility."""
        if last_id:
            self.last_ids[channel] = max(last_id, self.last_ids.get(channel, 0))
        else:
            self.visibility_changes.add(channel)


class Backplane(Protocol):
    """Announcements only trigger a fetch; their ids are hints. Any call may raise `BackplaneError`.

    Events come encoded, in order of their ids. Both fetches return none once the channel's visibility is another than
    that of the `FollowedChannel`.
    """

    def connect(self) -> None:
        """Start to receive announcements. Earlier ones may have been lost."""

    def wait(self, seconds: float) -> Announcements:
        """Wait up to `seconds` for announcements."""

    def close(self) -> None: ...

    def fetch_states(self, channels: list[int]) -> dict[int, ChannelState]:
        """Return the states by channel id, without the channels that nothing is known of yet."""

    def fetch_reasons(self, channels: list[int]) -> dict[int, str | None]:
        """Return by channel id why channels are not logged (`LoggingState.why_not`)."""

    def fetch_newest(self, channel: FollowedChannel) -> list[Event]:
        """Return the newest `RECENT_EVENTS` events."""

    def fetch_newer(self, channel: FollowedChannel, after: int, limit: int) -> list[Event] | None:
        """Return the first `limit` events with an id > `after`; None if the backplane no longer has all of them."""

    def fetch_newer_of(
        self, places: Sequence[tuple[FollowedChannel, int]], limit: int
    ) -> Iterator[tuple[FollowedChannel, list[Event] | None]]:
        """Do the same for many channels at once, each with its `after`, and yield each of them when it is its turn."""
        ...
