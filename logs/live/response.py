"""The response to a reader who follows a channel, and the two ways in which its stream leaves this process."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator

from django.db import connection
from django.http import StreamingHttpResponse

from logs.live import service
from logs.live.backplane import FollowedChannel
from logs.live.sse import MARKUP
from logs.live.streams import Stream

HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}


class LiveResponse(StreamingHttpResponse):
    """Iterated, it streams as any response does; `hand_over` needs no greenlet, where the server gives up its socket.

    Either way the hub writes the same bytes: the iterator reads them from the other end of a pair of sockets.
    """

    def __init__(self, channel: FollowedChannel, after: int, address: str = "", form: str = MARKUP) -> None:
        self.channel = channel
        self._form = form
        self._after = after
        self._address = address
        self._csp_exempt = True  # no document; building the policy costs a tenth of accepting a stream
        super().__init__(self._read(), headers=HEADERS)

    def hand_over(self, connection: socket.socket) -> None:
        """Give the socket to the hub, which writes the head and the stream. The response must be closed."""
        head = encode_head(self.items())
        hand_over_socket(connection, head, self.channel, self._after, self._address, form=self._form)

    def _read(self) -> Iterator[bytes]:
        # A stream may last for days; the pool's connection must not stay with it.
        connection.close()
        ours, theirs = socket.socketpair()
        with ours:
            hand_over_socket(theirs, b"", self.channel, self._after, self._address, form=self._form)
            while block := ours.recv(65536):
                yield block


def hand_over_socket(
    connection: socket.socket, head: bytes, channel: FollowedChannel, after: int, address: str, *, form: str = MARKUP
) -> None:
    """Take the descriptor away from `connection`, and let the hub write `head` and the stream to it."""
    hub, family = service.get_hub(), connection.family
    # Detached, the server's own socket object cannot close the descriptor any more.
    stream = Stream(connection.detach(), family, after, hub, address, form=form)
    hub.subscribe(hub.get_or_create_feed(channel), stream, head)


def encode_head(headers: Iterable[tuple[str, str]]) -> bytes:
    lines = ["HTTP/1.1 200 OK", *[f"{name}: {value}" for name, value in headers]]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1")
