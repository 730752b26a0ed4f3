"""What goes out to the readers of one channel."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import unquote

from logs.live.sse import Event, encoded, reload_block
from logs.live.stream import Stream

RECENT = 200
"""Events kept in memory, so that a reader who was away for a moment costs no query."""

FAR_BEHIND = 5000
"""A reader who missed more lines than these is told to load the page again."""


class Followed(NamedTuple):
    """A channel as far as live has to know it: who it is, where its page is, and who may read it."""

    id: int
    url: str
    visibility: str


class Feed:
    """The live streams of a channel and its newest events.

    `last` is the newest line that live streams have been sent; None until the channel was looked at for the first time.
    `recent` holds every line with `floor` < id <= `last`. A stream that knows exactly the lines up to `last` is in
    `live`; one that has a newer page, or came before the first look, is in `waiting`; one that needs lines older than
    `recent` is in `replaying`. `seen` is when it was last certain that the channel is as `followed` says, 0 before.
    """

    def __init__(self, followed: Followed) -> None:
        self.followed = followed
        self.path = f"{unquote(followed.url)}live"
        self.seen = 0.0
        self.last: int | None = None
        self.begun = 0.0
        self.floor = 0
        self.recent: deque[Event] = deque(maxlen=RECENT)
        self.live: dict[Stream, None] = {}
        self.waiting: dict[Stream, None] = {}
        self.replaying: dict[Stream, None] = {}

    def __len__(self) -> int:
        return len(self.live) + len(self.waiting) + len(self.replaying)

    def streams(self) -> list[Stream]:
        return [*self.live, *self.waiting, *self.replaying]

    def discard(self, stream: Stream) -> None:
        for group in (self.live, self.waiting, self.replaying):
            group.pop(stream, None)

    def admit(self, stream: Stream) -> bool:
        """Brings a stream up to date from memory and makes it live, or lets it wait for what it has to wait for.

        Returns False if the stream needs lines from the database first; it then stands in `replaying`. Does not
        yield: between the last line written here and the first one sent live nothing can come.
        """
        self.discard(stream)
        if self.last is None or stream.after > self.last:
            self.waiting[stream] = None
            return True
        if self.last - stream.after > FAR_BEHIND:
            stream.write(reload_block(self.last))
        elif stream.after < self.floor:
            self.replaying[stream] = None
            return False
        elif missed := encoded((event for event in self.recent if event.id > stream.after), stream.form):
            stream.write(missed)
        if stream.open:
            self.live[stream] = None
        return True

    def correct(self, streams: Iterable[Stream]) -> None:
        """Reloads pages that know lines which do not exist: the database was restored, or the id was made up."""
        for stream in streams:
            if stream in self.waiting and self.last is not None:
                stream.write(reload_block(self.last))
                stream.after = self.last
                self.admit(stream)

    def begin(self, newest: list[Event]) -> None:
        """Starts, or starts anew, after the channel's newest lines: `RECENT` of them, or all if there are fewer."""
        self.recent = deque(newest, RECENT)
        self.floor = newest[0].id - 1 if len(newest) >= RECENT else 0
        self.last = newest[-1].id if newest else 0
        self.begun = time.monotonic()

    def extend(self, events: list[Event]) -> list[Stream]:
        """Takes new events, in order of their ids, and returns the streams that are to be sent all of them."""
        for event in events:
            if event.removes is not None:  # who comes later must not get to see that line
                self.recent = deque((kept for kept in self.recent if kept.id != event.removes), RECENT)
            if len(self.recent) == RECENT:
                self.floor = self.recent[0].id
            self.recent.append(event)
        self.last = events[-1].id
        return list(self.live)
