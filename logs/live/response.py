"""The answer to a reader who wants to follow a channel, and the two ways in which its stream leaves this process."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator

from django.db import connection
from django.http import StreamingHttpResponse

from logs.live import service
from logs.live.channel_stream import Followed
from logs.live.sse import MARKUP
from logs.live.stream import Stream

HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}


class LiveResponse(StreamingHttpResponse):
    """Iterated, it streams as any response does; `hand_over` needs no greenlet, where the server gives up its socket.

    Either way the hub writes the same bytes: the iterator reads them from the other end of a pair of sockets.
    """

    def __init__(self, followed: Followed, after: int, address: str = "", form: str = MARKUP) -> None:
        self.followed = followed
        self._form = form
        self._after = after
        self._address = address
        self._csp_exempt = True  # no document; building the policy costs a tenth of accepting a stream
        super().__init__(self._read(), headers=HEADERS)

    def hand_over(self, connection: socket.socket) -> None:
        """Gives the socket to the hub, which writes the head and the stream. The response must be closed."""
        stream_to(connection, head(self.items()), self.followed, self._after, self._address, form=self._form)

    def _read(self) -> Iterator[bytes]:
        connection.close()  # others wait for it, and a stream has no end
        ours, theirs = socket.socketpair()
        with ours:
            stream_to(theirs, b"", self.followed, self._after, self._address, form=self._form)
            while block := ours.recv(65536):
                yield block


def stream_to(
    connection: socket.socket, head: bytes, followed: Followed, after: int, address: str, *, form: str = MARKUP
) -> None:
    """Takes the socket away from whoever holds it; what follows the head is the hub's."""
    hub, family = service.hub(), connection.family
    hub.subscribe(hub.feed(followed), Stream(connection.detach(), family, after, hub, address, form=form), head)


def head(headers: Iterable[tuple[str, str]]) -> bytes:
    lines = ["HTTP/1.1 200 OK", *[f"{name}: {value}" for name, value in headers]]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1")
