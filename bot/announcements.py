"""What the bot says unasked: announcements in channels, and memos to owners (logs/owner_notices.py).

A channel is told that its log was opened, or that earlier lines were published. Otherwise people would learn of what an
owner does on the website only by reading the log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from time import monotonic

from bot.channels import Channels
from bot.connection import ConnectionLostError
from bot.identity.db_queue import DatabaseQueue
from bot.irc.message import Send
from logs import owner_notices, publication


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


logger = logging.getLogger(__name__)

INTERVAL_SECONDS = 30.0
SERVICE = "MemoServ"


class OwnerMemos:
    """The memos of one session. Only a bot that is logged in sends any: then there are services, which own the name."""

    def __init__(
        self,
        network_id: int,
        queue: DatabaseQueue,
        send: Send,
        may_act: Callable[[], bool],
        is_logged_in: Callable[[], bool],
    ) -> None:
        self._network_id = network_id
        self._queue = queue
        self._send = send
        self._may_act = may_act
        self._is_logged_in = is_logged_in
        self._checked_at = monotonic() - INTERVAL_SECONDS

    def tick(self) -> None:
        """Send what waits; called about every second."""
        if monotonic() - self._checked_at >= INTERVAL_SECONDS and self._may_act() and self._is_logged_in():
            self._checked_at = monotonic()
            self._queue.submit(self._send_memos)

    def _send_memos(self) -> None:
        try:
            for memo in owner_notices.take_memos(self._network_id):
                self._send("PRIVMSG", SERVICE, f"SEND {memo.account} {memo.text}")
        except ConnectionLostError as error:
            logger.info("memos to owners were not sent: %s", error)
