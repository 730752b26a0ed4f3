"""The answer to a reader who wants to follow a channel, and the two ways in which its stream leaves this process."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http import HTTPStatus

from django.db import connection
from django.http import StreamingHttpResponse

from logs.live import service
from logs.live.feed import Followed
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

    def __init__(self, followed: Followed, after: int, address: str = "") -> None:
        self.followed = followed
        self._after = after
        self._address = address
        self._csp_exempt = True  # no document; building the policy costs a tenth of accepting a stream
        super().__init__(self._read(), headers=HEADERS)

    def hand_over(self, connection: socket.socket) -> None:
        """Takes the socket away from whoever holds it, writes the head and the stream. The response must be closed."""
        stream = self._stream(connection)
        stream.write(self._head())
        self._subscribe(stream)

    def _stream(self, connection: socket.socket) -> Stream:
        family = connection.family
        return Stream(connection.detach(), family, self._after, service.hub(), self._address)

    def _subscribe(self, stream: Stream) -> None:
        hub = service.hub()
        hub.subscribe(hub.feed(self.followed), stream)

    def _read(self) -> Iterator[bytes]:
        connection.close()  # others wait for it, and a stream has no end
        ours, theirs = socket.socketpair()
        with ours:
            self._subscribe(self._stream(theirs))
            while block := ours.recv(65536):
                yield block

    def _head(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status_code} {HTTPStatus(self.status_code).phrase}"]
        lines += [f"{name}: {value}" for name, value in self.items()]
        return "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1")
