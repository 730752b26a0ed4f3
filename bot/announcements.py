"""Says in a channel that its log was opened, or that earlier lines were published: what the website asks for in a row.

Without this, people would learn of a change that an owner makes on the website only by reading the log.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from bot.channels import Channels
from bot.identity.db_queue import DatabaseQueue
from logs import publication


class Announcements:
    """The announcements of one session. `may_act()` says whether this bot is the leader, the only one that speaks."""

    def __init__(self, channels: Channels, queue: DatabaseQueue, may_act: Callable[[], bool]) -> None:
        self._channels = channels
        self._queue = queue
        self._may_act = may_act

    def tick(self) -> None:
        """Say what has to be said in the channels that we are in; called about every second."""
        for channel in self._channels.joined():
            if channel.announcement and self._may_act():
                # Whoever takes the text from the row says it, so that it is said once, however often this is called.
                take_sentence = partial(publication.take_announcement, channel.id, channel.announcement)
                self._queue.submit(take_sentence, channel=channel.name)
