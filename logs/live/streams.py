"""Open live streams: `Stream` is one reader's socket, `Feed` all streams of one channel and its newest events.

A stream is the socket itself, raw and non-blocking, to which a response's head has been written: that way a write to
thousands of them costs little more than the system calls.
"""

from __future__ import annotations

import _socket
import socket
import time
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any, Protocol
from urllib.parse import unquote

import gevent

from logs.live.backplane import RECENT_EVENTS, FollowedChannel
from logs.live.merging import Merging
from logs.live.sse import HEARTBEAT, MARKUP, Event, encode_events, live_block, reload_block, retry_block, state_block

MAX_BACKLOG_BYTES = 256 * 1024
"""Bytes queued for a slow reader. One that needs more is dropped and comes back with Last-Event-ID."""

SEND_BUFFER_BYTES = 128 * 1024
"""The kernel's buffer of each socket."""

USER_TIMEOUT_MS = 30_000
"""After which the kernel gives up a peer that acknowledges nothing or never reads."""

FEW_RECENT_EVENTS = 20
"""What a feed remembers that only combined streams follow: they may be of hundreds of channels."""

MAX_MISSED_EVENTS = 5000
"""A reader who missed more than these has to load the page again."""

_READ, _WRITE = 1, 2


class StreamObserver(Protocol):
    """Learns what happens to a stream. Both methods run in gevent's event loop, so they must not switch greenlets."""

    def stream_closed(self, stream: Stream, reason: str) -> None:
        """Called once. `reason`: "gone" (the reader left), "slow", "finished", or what `disconnect` was given."""

    def backlog_sent(self, stream: Stream) -> None:
        """The socket accepted everything that had been queued for it."""


class Follower(Protocol):
    """A reader of one feed: a stream, or what a combined stream has of a channel (logs/live/combined.py).

    `after` is the id of the last event that the reader has or need not have. Those that share bytes are sent the same
    for the same events; for the others everything is encoded one by one.
    """

    after: int
    shares_bytes: bool

    @property
    def backlog(self) -> bytearray | None: ...
    @property
    def feed(self) -> Feed | None: ...
    @property
    def is_open(self) -> bool: ...
    def must_wait(self) -> bool:
        """Whether nothing may be replayed to it now; the observer is told when it can go on."""

    def write(self, block: bytes) -> None: ...
    def encode(self, events: Sequence[Event]) -> bytes: ...
    def encode_reload(self, last_id: int) -> bytes: ...
    def catch_up(self, block: bytes, last_id: int) -> bool:
        """Send the last of what it missed, up to `last_id`; return whether it follows live from now on."""

    def send_state(self, why_not: str) -> None: ...
    def send_heartbeat(self) -> None: ...
    def end(self, reason: str, min_retry_ms: int, max_retry_ms: int) -> None:
        """End it, because the channel was closed or the process ends."""


class Stream(_socket.socket):
    """One reader. `after` is the id of the last event that the reader has.

    `address` is the client's address, empty if it is not to be counted; `form` is MARKUP or RECORD (logs.live.sse).
    `backlog` holds what the socket did not accept yet; None means that the reader keeps up. A stream that
    `ends_when_live` ends where others become live; `is_ending` then, until its backlog is sent.
    """

    shares_bytes = True

    __slots__ = (
        "address",
        "after",
        "backlog",
        "ends_when_live",
        "feed",
        "form",
        "is_ending",
        "observer",
        "readable",
        "writable",
    )

    def __init__(
        self,
        fd: int,
        family: int,
        after: int,
        observer: StreamObserver,
        address: str = "",
        *,
        form: str = MARKUP,
        ends_when_live: bool = False,
    ) -> None:
        super().__init__(family, socket.SOCK_STREAM, 0, fd)
        self.setblocking(False)
        self.after = after
        self.address = address
        self.form = form
        self.ends_when_live = ends_when_live
        self.is_ending = False
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

    def must_wait(self) -> bool:
        return False

    def encode(self, events: Sequence[Event]) -> bytes:
        """Return what this reader is to be sent for the events."""
        return encode_events(events, self.form)

    def encode_reload(self, last_id: int) -> bytes:
        return reload_block(last_id)

    def catch_up(self, block: bytes, last_id: int) -> bool:
        # One write for all, because every reader of a busy channel comes by here after a restart.
        self.write(block + live_block(last_id))
        if self.ends_when_live:
            self.finish()
        return self.is_open and not self.is_ending

    def send_state(self, why_not: str) -> None:
        self.write(state_block(why_not))

    def send_heartbeat(self) -> None:
        self.write(HEARTBEAT)

    def end(self, reason: str, min_retry_ms: int, max_retry_ms: int) -> None:
        self.write(retry_block(min_retry_ms, max_retry_ms))
        self.disconnect(reason)

    def followers(self) -> Iterable[Follower]:
        """What of it follows a feed."""
        return (self,)

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

    def finish(self) -> None:
        """Close the socket as soon as it has accepted what is queued."""
        self.is_ending = True
        if not self.backlog:
            self.disconnect("finished")

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
            if self.is_ending:
                self.disconnect("finished")
            else:
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
    """The live readers of a channel and its newest events.

    `last_id` is the newest event that live readers have been sent; None until the channel was first read.
    `recent` holds every event with `floor_id` < id <= `last_id`. Each reader is in exactly one of four groups: those in
    `live` and `individual` have everything up to `last_id` and nothing more, the latter do not share bytes; `waiting`
    has a newer page, or came before the first read; `replaying` needs events older than `recent`. `verified_at` is when
    it was last certain that the channel has the visibility in `channel` (monotonic time, 0 if never); `started_at` is
    the time of the last `start`; `merging` says which new lines are sent together. `needs_memory` is set
    when streams of this channel alone come, which may be thousands at once: until then nothing is read to fill
    `recent`, and `has_memory` is false.
    """

    def __init__(self, channel: FollowedChannel, *, needs_memory: bool = True) -> None:
        self.channel = channel
        self.path = f"{unquote(channel.url)}live"
        self.verified_at = 0.0
        # Why the channel is not logged, as its streams have been told.
        self.why_not: str | None = None
        self.last_id: int | None = None
        self.started_at = 0.0
        self.merging = Merging()
        self.floor_id = 0
        self.needs_memory = needs_memory
        self.has_memory = False
        self.recent: deque[Event] = deque(maxlen=RECENT_EVENTS)
        # Dictionaries as ordered sets: removal costs the same however many readers a channel has.
        self.live: dict[Stream, str] = {}
        """With the form of each: mostly all have the same."""

        self.individual: dict[Follower, None] = {}
        self.waiting: dict[Follower, None] = {}
        self.replaying: dict[Follower, None] = {}

    def __len__(self) -> int:
        return len(self.live) + len(self.individual) + len(self.waiting) + len(self.replaying)

    @property
    def needs_fetch(self) -> bool:
        """Whether its newest events have to be fetched: before anybody can be live, or for more memory."""
        return self.needs_memory and not self.has_memory

    def streams(self) -> list[Follower]:
        return [*self.live, *self.individual, *self.waiting, *self.replaying]

    def discard(self, stream: Follower) -> None:
        for group in (self.live, self.individual, self.waiting, self.replaying):
            group.pop(stream, None)  # type: ignore[call-overload]

    def admit(self, stream: Follower, head: bytes = b"") -> bool:
        """Bring a reader up to date from memory and make it live, or let it wait. `head` is sent before all else.

        Returns False if it needs events from the backplane first; it is in `replaying` then. Does not switch greenlets:
        no event can come between the last one written here and the first one sent live.
        """
        self.discard(stream)
        # A page is read from the database and may be newer than the last event that this process has seen.
        if self.last_id is None or stream.after > self.last_id:
            self._enter(self.waiting, stream, head)
            return True
        if self.last_id - stream.after > MAX_MISSED_EVENTS:
            head += stream.encode_reload(self.last_id)
        elif stream.after < self.floor_id or (stream.must_wait() and stream.after < self.last_id):
            self._enter(self.replaying, stream, head)
            return False
        else:
            head += stream.encode([event for event in self.recent if event.id > stream.after])
        if stream.catch_up(head, self.last_id):
            if isinstance(stream, Stream) and stream.shares_bytes:
                self.live[stream] = stream.form
            else:
                self.individual[stream] = None
        return True

    def _enter(self, group: dict[Follower, None], stream: Follower, head: bytes) -> None:
        if head:
            stream.write(head)
        # The write may have closed the stream; a closed one must not enter a group that nobody would remove it from.
        if stream.is_open:
            group[stream] = None

    def reload_unknown(self, streams: Iterable[Follower]) -> None:
        """Reload pages whose id was never given out: the database was restored from a backup, or the id is invented."""
        for stream in streams:
            if stream in self.waiting and self.last_id is not None:
                stream.write(stream.encode_reload(self.last_id))
                stream.after = self.last_id
                self.admit(stream)

    def start(self, newest: list[Event]) -> None:
        """Start, or start again, after the channel's newest events: `RECENT_EVENTS` of them, or all if fewer exist."""
        self.last_id = newest[-1].id if newest else 0
        self.started_at = time.monotonic()
        self._remember(newest, is_all=len(newest) < RECENT_EVENTS)

    def start_without_memory(self, last_id: int) -> None:
        """Start after an id; whoever needs older events gets them from the backplane."""
        self.last_id = self.floor_id = last_id
        self.recent = deque(maxlen=FEW_RECENT_EVENTS)
        self.started_at = time.monotonic()

    def fill_memory(self, newest: list[Event]) -> None:
        """Take the channel's newest events into memory; those that live readers have not been sent yet come later."""
        if newest and self.last_id is not None and newest[0].id <= self.last_id:
            is_all = len(newest) < RECENT_EVENTS
            self._remember([event for event in newest if event.id <= self.last_id], is_all=is_all)
        # Otherwise all of them are newer than what was sent; memory fills up with them as they come.
        self.recent = deque(self.recent, RECENT_EVENTS)
        self.has_memory = True

    def _remember(self, newest: list[Event], *, is_all: bool) -> None:
        self.recent = deque(newest, RECENT_EVENTS)
        # With fewer events than that nothing older exists, so memory serves a reader from the beginning.
        self.floor_id = 0 if is_all else newest[0].id - 1
        self.has_memory = True

    def append(self, events: list[Event]) -> list[Stream]:
        """Add new events, in order of their ids, and return the streams that have to be sent all of them.

        Those in `individual` have to be sent them as well.
        """
        for event in events:
            if event.removes is not None:  # a reader who comes later must not receive that line
                self.recent = deque((old for old in self.recent if old.id != event.removes), self.recent.maxlen)
            # A full deque drops its oldest event below: from then on memory begins after that one.
            if len(self.recent) == self.recent.maxlen:
                self.floor_id = self.recent[0].id
            self.recent.append(event)
        self.last_id = events[-1].id
        return list(self.live)
