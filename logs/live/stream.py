"""One open stream: a raw, non-blocking socket to which a response's head has been written.

The stream is the socket itself, so that writing to thousands of them costs little more than the system calls.
"""

from __future__ import annotations

import _socket
import socket
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

import gevent

from logs.live.sse import MARKUP

if TYPE_CHECKING:
    from logs.live.channel_stream import Feed

BACKLOG = 256 * 1024
"""Bytes kept for a reader who does not keep up. Who needs more is dropped and comes back with Last-Event-ID."""

KERNEL_BUFFER = 128 * 1024
UNANSWERED = 30_000
"""Milliseconds after which the kernel gives up a peer that acknowledges nothing or never reads."""

READ, WRITE = 1, 2


class Keeper(Protocol):
    """Who is told of a stream's fate. Both are called from gevent's loop, so they may not switch greenlets."""

    def left(self, stream: Stream, reason: str) -> None:
        """Called once, whatever ended the stream: "gone" by itself, "slow", or what `leave` was told."""

    def drained(self, stream: Stream) -> None:
        """The socket took all that had been kept for it."""


class Stream(_socket.socket):
    """`after` is the last event that its reader has, `address` where it comes from, if that is to be counted.

    `form` is what it is told of a line (logs.live.sse).
    """

    __slots__ = ("address", "after", "backlog", "feed", "form", "keeper", "readable", "writable")

    def __init__(
        self, fd: int, family: int, after: int, keeper: Keeper, address: str = "", *, form: str = MARKUP
    ) -> None:
        super().__init__(family, socket.SOCK_STREAM, 0, fd)
        self.setblocking(False)
        self.after = after
        self.address = address
        self.form = form
        self.feed: Feed | None = None
        self.backlog: bytearray | None = None
        self.keeper = keeper
        if family in {socket.AF_INET, socket.AF_INET6}:
            self.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER)
            if hasattr(socket, "TCP_USER_TIMEOUT"):
                self.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNANSWERED)
        self.writable: Any = None
        self.readable: Any = gevent.get_hub().loop.io(fd, READ)
        self.readable.start(self._read)

    @property
    def open(self) -> bool:
        return self.readable is not None

    def write(self, block: bytes) -> None:
        """Sends the block, or keeps what the socket does not take now. Never waits, never raises."""
        write((self,), block)

    def leave(self, reason: str) -> None:
        """Closes the socket; a second call does nothing."""
        if self.readable is None:
            return
        for watcher in (self.readable, self.writable):
            if watcher is not None:
                watcher.close()
        self.readable = self.writable = None
        self.close()
        self.backlog = None
        self.keeper.left(self, reason)

    def keep(self, block: bytes) -> None:
        """Takes what the socket did not."""
        if self.backlog and len(self.backlog) + len(block) > BACKLOG:
            self.leave("slow")
            return
        if not self.open:
            return
        if self.backlog is None:
            self.backlog = bytearray()
            self.writable = self.writable or gevent.get_hub().loop.io(self.fileno(), WRITE)
            self.writable.start(self._drain)
        self.backlog += block

    def _drain(self) -> None:
        if (kept := self.backlog) is None:
            return
        try:
            del kept[: self.send(kept)]
        except BlockingIOError:
            return
        except OSError:
            self.leave("gone")
            return
        if not kept:
            self.backlog = None
            self.writable.stop()
            self.keeper.drained(self)

    def _read(self) -> None:
        """A reader has nothing to say; when it ends its side it has left."""
        try:
            if self.recv(4096):
                return
        except BlockingIOError:
            return
        except OSError:
            pass  # reset by the peer: it has left as well
        self.leave("gone")


def write(streams: Iterable[Stream], block: bytes) -> None:
    """`Stream.write` for many: a loop without a call for each of them, which would cost a tenth of the whole."""
    length = len(block)
    for stream in streams:
        try:
            sent = 0 if stream.backlog else stream.send(block)
        except BlockingIOError:
            sent = 0
        except OSError:
            stream.leave("gone")
            continue
        if sent < length:
            stream.keep(block[sent:])
