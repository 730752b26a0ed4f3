"""The response to a reader who follows live, and the two ways in which its stream leaves this process."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from django.db import connection
from django.http import StreamingHttpResponse

from logs.live import service
from logs.live.backplane import FollowedChannel
from logs.live.combined import CombinedStream, encode_closed
from logs.live.line_filter import FilteredStream, LineFilter
from logs.live.marks import MarkedStream, Marks
from logs.live.sse import MARKUP
from logs.live.streams import Stream

HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}


class StreamOptions(NamedTuple):
    """How a reader wants to follow.

    `ends_when_live`: the stream ends where it would wait for new lines. `with_html`: records of a combined stream hold
    the markup of their line, too. `marks`: lines that the reader's words are in are marked, in a stream of one channel
    as pages have it, without a filter.
    """

    form: str = MARKUP
    ends_when_live: bool = False
    line_filter: LineFilter | None = None
    with_html: bool = False
    marks: Marks | None = None


PLAIN = StreamOptions()


class StreamResponse(StreamingHttpResponse):
    """Iterated, it streams as any response does; `hand_over` needs no greenlet, where the server gives up its socket.

    Either way the hub writes the same bytes: the iterator reads them from the other end of a pair of sockets.
    """

    def __init__(self) -> None:
        self._csp_exempt = True  # no document; building the policy costs a tenth of accepting a stream
        super().__init__(self._read(), headers=HEADERS)

    def hand_over(self, connection: socket.socket) -> None:
        """Give the socket to the hub, which writes the head and the stream. The response must be closed."""
        self._subscribe(connection, encode_head(self.items()))

    def _subscribe(self, connection: socket.socket, head: bytes) -> None:
        raise NotImplementedError

    def _read(self) -> Iterator[bytes]:
        # A stream may last for days; the pool's connection must not stay with it.
        connection.close()
        read_end, write_end = socket.socketpair()
        with read_end:
            self._subscribe(write_end, b"")
            while block := read_end.recv(65536):
                yield block


class LiveResponse(StreamResponse):
    """The stream of one channel, from the event after the id `after` on."""

    def __init__(self, channel: FollowedChannel, after: int, address: str = "", options: StreamOptions = PLAIN) -> None:
        self.channel = channel
        self._after = after
        self._address = address
        self._options = options
        super().__init__()

    def _subscribe(self, connection: socket.socket, head: bytes) -> None:
        hand_over_socket(connection, head, self.channel, self._after, self._address, options=self._options)


class CombinedResponse(StreamResponse):
    """The stream of several channels, of each from the event after an id on.

    `closed` are the names of channels that were requested and are not in it.
    """

    def __init__(
        self,
        channels: Sequence[tuple[FollowedChannel, int]],
        closed: Sequence[dict[str, str]],
        address: str,
        options: StreamOptions,
    ) -> None:
        self._channels = list(channels)
        self._closed = b"".join(map(encode_closed, closed))
        self._address = address
        self._options = options
        super().__init__()

    def _subscribe(self, connection: socket.socket, head: bytes) -> None:
        hub, family = service.get_hub(), connection.family
        stream = CombinedStream(
            connection.detach(),
            family,
            0,
            hub,
            self._address,
            ends_when_live=self._options.ends_when_live,
            line_filter=self._options.line_filter,
            with_html=self._options.with_html,
        )
        hub.subscribe_combined(stream, self._channels, head + self._closed)


def hand_over_socket(
    connection: socket.socket,
    head: bytes,
    channel: FollowedChannel,
    after: int,
    address: str,
    *,
    options: StreamOptions = PLAIN,
) -> None:
    """Take the descriptor away from `connection`, and let the hub write `head` and the stream to it."""
    hub, family = service.get_hub(), connection.family
    # Detached, the server's own socket object cannot close the descriptor any more.
    fd = connection.detach()
    make: Callable[..., Stream] = Stream
    if options.line_filter:
        make = partial(FilteredStream, line_filter=options.line_filter)
    elif options.marks:
        make = partial(MarkedStream, marks=options.marks)
    stream = make(fd, family, after, hub, address, form=options.form, ends_when_live=options.ends_when_live)
    hub.subscribe(hub.get_or_create_feed(channel), stream, head)


def encode_head(headers: Iterable[tuple[str, str]]) -> bytes:
    lines = ["HTTP/1.1 200 OK", *[f"{name}: {value}" for name, value in headers]]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1")
