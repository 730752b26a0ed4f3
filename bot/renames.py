"""Channels that their server renames: the log goes on under the new name.

https://ircv3.net/specs/extensions/channel-rename: without the capability the server sends PART and JOIN instead.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import NamedTuple

from bot.channels import Channels
from bot.desired_state import WantedChannel
from bot.identity.db_queue import DatabaseQueue
from bot.irc.isupport import Isupport
from bot.irc.message import Message
from bot.members import Members
from bot.recorder import Recorder
from logs.models.former_name import rename_channel
from logs.models.line import Reason

logger = logging.getLogger(__name__)

SILENT_SECONDS = 1.0
EXPLAINED_SECONDS = 10.0
"""How soon our JOIN follows our PART in a renaming: without a reason, and with one that speaks of it."""


class _Parted(NamedTuple):
    channel: WantedChannel
    reason: str
    at: float


class Renames:
    """Follows the renaming of wanted channels in one session. `may_act()` says whether this bot is the leader."""

    def __init__(
        self,
        *,
        server_name: str,
        isupport: Isupport,
        members: Members,
        channels: Channels,
        recorder: Recorder,
        queue: DatabaseQueue,
        may_act: Callable[[], bool],
    ) -> None:
        self._server_name = server_name
        self._isupport = isupport
        self._members = members
        self._channels = channels
        self._recorder = recorder
        self._queue = queue
        self._may_act = may_act
        self._parted: _Parted | None = None

    def handle_rename(self, message: Message) -> None:
        """Process RENAME."""
        old, new, reason = message.param(0), message.param(1), message.param(2)
        channel = self._channels.get(old)
        if channel is None or not self._members.is_joined(old) or self._isupport.channel_of(new) != new or not new:
            return
        target = self._channels.get(new)
        if target is not None and target.id != channel.id:
            # It has a log of its own, which goes on in its place.
            self._members.rename_channel(old, new)
            self._channels.handle_left(old, Reason.LEFT, f"renamed to {new}")
            self._channels.handle_joined(target)
            return
        self._members.rename_channel(old, new)
        self._follow(channel, new, message.nick, reason)

    def handle_own_part(self, name: str, message: Message) -> None:
        """Process our own PART, before the channel is closed: our JOIN of another one may follow."""
        channel = self._channels.get(name)
        was_joined = channel is not None and self._members.is_joined(name)
        self._parted = _Parted(channel, message.param(1), monotonic()) if channel is not None and was_joined else None

    def find_joined(self, name: str) -> WantedChannel | None:
        """Return the wanted channel that our JOIN of `name` is about, which may be the end of a renaming."""
        parted, self._parted = self._parted, None
        if channel := self._channels.get(name):
            return channel
        if parted is None or self._isupport.channel_of(name) != name:
            return None
        words = parted.reason.lower()
        is_explained = "renam" in words or ("chang" in words and "name" in words) or name.lower() in words.split()
        max_seconds = EXPLAINED_SECONDS if is_explained else SILENT_SECONDS
        # A PART with any other reason made us leave, whatever we were made to join next.
        if (parted.reason and not is_explained) or monotonic() - parted.at > max_seconds:
            return None
        self._follow(parted.channel, name, "", parted.reason)
        return self._channels.get(name)

    def _follow(self, channel: WantedChannel, new: str, nick: str, reason: str) -> None:
        text = f"The channel {channel.name} is called {new} now" + (f": {reason}" if reason else "")
        self._channels.rename(channel, new)
        self._recorder.record(channel.id, Message("NOTICE", [new, text], nick=nick or self._server_name))
        if self._may_act():
            self._queue.submit(partial(self._store, channel, new))

    @staticmethod
    def _store(channel: WantedChannel, new: str) -> None:
        if not rename_channel(channel.id, new):
            logger.warning("%s is called %s now, but there is a log of that name already", channel.name, new)
