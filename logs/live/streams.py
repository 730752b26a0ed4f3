"""Open live streams: `Stream` is one reader's socket, `Feed` all streams of one channel and its newest events.

A stream is the socket itself, raw and non-blocking, to which a response's head has been written: that way a write to
thousands of them costs little more than the system calls.
"""

from __future__ import annotations

import _socket
import socket
import time
from collections import deque
from collections.abc import Iterable
from typing import Any, Protocol
from urllib.parse import unquote

import gevent

from logs.live.backplane import RECENT_EVENTS, FollowedChannel
from logs.live.sse import MARKUP, Event, encode_events, reload_block

MAX_BACKLOG_BYTES = 256 * 1024
"""Bytes queued for a slow reader. One that needs more is dropped and comes back with Last-Event-ID."""

SEND_BUFFER_BYTES = 128 * 1024
"""The kernel's buffer of each socket."""

USER_TIMEOUT_MS = 30_000
"""After which the kernel gives up a peer that acknowledges nothing or never reads."""

MAX_MISSED_EVENTS = 5000
"""A reader who missed more than these has to load the page again."""

_READ, _WRITE = 1, 2


class StreamObserver(Protocol):
    """Learns what happens to a stream. Both methods run in gevent's event loop, so they must not switch greenlets."""

    def stream_closed(self, stream: Stream, reason: str) -> None:
        """Called once. `reason`: "gone" (the reader left), "slow", or what `disconnect` was given."""

    def backlog_sent(self, stream: Stream) -> None:
        """The socket accepted everything that had been queued for it."""


class Stream(_socket.socket):
    """One reader. `after` is the id of the last event that the reader has.

    `address` is the client's address, empty if it is not to be counted; `form` is MARKUP or RECORD (logs.live.sse).
    `backlog` holds what the socket did not accept yet; None means that the reader keeps up.
    """

    __slots__ = ("address", "after", "backlog", "feed", "form", "observer", "readable", "writable")

    def __init__(
        self, fd: int, family: int, after: int, observer: StreamObserver, address: str = "", *, form: str = MARKUP
    ) -> None:
        super().__init__(family, socket.SOCK_STREAM, 0, fd)
        self.setblocking(False)
        self.after = after
        self.address = address
        self.form = form
        self.feed: Feed | None = None
        self.backlog: bytearray | None = None
        self.observer = observer
        # A server that does not give its sockets away reads the stream from one end of a Unix socket pair.
        if family in {socket.AF_INET, socket.AF_INET6}:
            self.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
            if hasattr(socket, "TCP_USER_TIMEOUT"):
                self.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
        self.writable: Any = None
        self.readable: Any = gevent.get_hub().loop.io(fd, _READ)
        self.readable.start(self._on_readable)

    @property
    def is_open(self) -> bool:
        return self.readable is not None

    def write(self, block: bytes) -> None:
        """Send the block, or queue what the socket does not accept now. Never waits, never raises."""
        write_to_all((self,), block)

    def disconnect(self, reason: str) -> None:
        """Close the socket; a second call does nothing."""
        if self.readable is None:
            return
        # The watchers first: the kernel gives a closed descriptor's number to the next connection at once, and a
        # watcher that is still registered for that number would report the newcomer's events as this reader's.
        for watcher in (self.readable, self.writable):
            if watcher is not None:
                watcher.close()
        self.readable = self.writable = None
        self.close()
        self.backlog = None
        # Last, when the stream is closed in every respect.
        self.observer.stream_closed(self, reason)

    def queue_block(self, block: bytes) -> None:
        """Queue what the socket did not accept, and send it when the socket is writable."""
        # The first block may be larger than the limit: a page of a replay is, and its reader has done nothing wrong.
        if self.backlog and len(self.backlog) + len(block) > MAX_BACKLOG_BYTES:
            self.disconnect("slow")
            return
        if not self.is_open:
            return
        if self.backlog is None:
            self.backlog = bytearray()
            # A stopped watcher is kept and started again: creating one costs more.
            self.writable = self.writable or gevent.get_hub().loop.io(self.fileno(), _WRITE)
            self.writable.start(self._on_writable)
        self.backlog += block

    def _on_writable(self) -> None:
        if (backlog := self.backlog) is None:
            return
        try:
            # A partial write: what was sent goes, the rest stays in front of whatever is queued next.
            del backlog[: self.send(backlog)]
        except BlockingIOError:
            return
        except OSError:
            self.disconnect("gone")
            return
        if not backlog:
            # None before the call, so that what the observer writes now goes directly to the socket.
            self.backlog = None
            self.writable.stop()
            self.observer.backlog_sent(self)

    def _on_readable(self) -> None:
        """Notice that the reader has left; whatever a reader sends is ignored."""
        try:
            if self.recv(4096):
                return
        except BlockingIOError:
            return
        except OSError:
            pass  # reset by the peer
        self.disconnect("gone")


def write_to_all(streams: Iterable[Stream], block: bytes) -> None:
    """Write a block to many streams as `Stream.write` does.

    One loop on purpose: a function call for each stream would cost a tenth of the whole.
    """
    length = len(block)
    for stream in streams:
        try:
            # Behind a backlog nothing is sent directly: it would overtake what is queued.
            sent = 0 if stream.backlog else stream.send(block)
        except BlockingIOError:
            sent = 0
        except OSError:
            # Also of a stream that was closed since the list was made: its descriptor is -1, never another's.
            stream.disconnect("gone")
            continue
        if sent < length:
            stream.queue_block(block[sent:])


class Feed:
    """The live streams of a channel and its newest events.

    `last_id` is the newest event that live streams have been sent; None until the channel was first read.
    `recent` holds every event with `floor_id` < id <= `last_id`. Each stream is in exactly one of three groups:
    `live` has everything up to `last_id` and nothing more; `waiting` has a newer page, or came before the first read;
    `replaying` needs events older than `recent`. `verified_at` is when it was last certain that the channel has the
    visibility in `channel` (monotonic time, 0 if never); `started_at` is the time of the last `start`.
    """

    def __init__(self, channel: FollowedChannel) -> None:
        self.channel = channel
        self.path = f"{unquote(channel.url)}live"
        self.verified_at = 0.0
        self.last_id: int | None = None
        self.started_at = 0.0
        self.floor_id = 0
        self.recent: deque[Event] = deque(maxlen=RECENT_EVENTS)
        # Dictionaries as ordered sets: removal costs the same however many readers a channel has.
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
        """Bring a stream up to date from memory and make it live, or let it wait.

        Returns False if the stream needs events from the backplane first; it is in `replaying` then. Does not switch
        greenlets: no event can come between the last one written here and the first one sent live.
        """
        self.discard(stream)
        # A page is read from the database and may be newer than the last event that this process has seen.
        if self.last_id is None or stream.after > self.last_id:
            self.waiting[stream] = None
            return True
        if self.last_id - stream.after > MAX_MISSED_EVENTS:
            stream.write(reload_block(self.last_id))
        elif stream.after < self.floor_id:
            self.replaying[stream] = None
            return False
        elif missed := encode_events((event for event in self.recent if event.id > stream.after), stream.form):
            stream.write(missed)
        # The write may have closed the stream; a closed one must not enter a group that nobody would remove it from.
        if stream.is_open:
            self.live[stream] = None
        return True

    def reload_unknown(self, streams: Iterable[Stream]) -> None:
        """Reload pages whose id was never given out: the database was restored from a backup, or the id is invented."""
        for stream in streams:
            if stream in self.waiting and self.last_id is not None:
                stream.write(reload_block(self.last_id))
                stream.after = self.last_id
                self.admit(stream)

    def start(self, newest: list[Event]) -> None:
        """Start, or start again, after the channel's newest events: `RECENT_EVENTS` of them, or all if fewer exist."""
        self.recent = deque(newest, RECENT_EVENTS)
        # With fewer events than that nothing older exists, so memory serves a reader from the beginning.
        self.floor_id = newest[0].id - 1 if len(newest) >= RECENT_EVENTS else 0
        self.last_id = newest[-1].id if newest else 0
        self.started_at = time.monotonic()

    def append(self, events: list[Event]) -> list[Stream]:
        """Add new events, in order of their ids, and return the streams that have to be sent all of them."""
        for event in events:
            if event.removes is not None:  # a reader who comes later must not receive that line
                self.recent = deque((old for old in self.recent if old.id != event.removes), RECENT_EVENTS)
            # A full deque drops its oldest event below: from then on memory begins after that one.
            if len(self.recent) == RECENT_EVENTS:
                self.floor_id = self.recent[0].id
            self.recent.append(event)
        self.last_id = events[-1].id
        return list(self.live)
