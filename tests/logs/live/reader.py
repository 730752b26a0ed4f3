"""A reader of live who speaks plain HTTP over a socket of its own, as curl does."""

from __future__ import annotations

import json
import socket
import time
from dataclasses import dataclass
from typing import Self

from django.db import transaction
from django.utils import timezone

from logs.ingest.entry import Entry
from logs.ingest.store import store_lines
from logs.models import Channel, Kind, Line
from tests.processes import PATIENCE


@dataclass
class Block:
    """One event as the stream carries it; `name` is empty for what is no event."""

    id: int | None = None
    name: str = ""
    data: str = ""
    retry: int | None = None


class Reader:
    """One GET of a channel's live address. `status` and `headers` are there once it is made."""

    def __init__(
        self,
        port: int,
        channel: Channel,
        query: str = "",
        headers: dict[str, str] | None = None,
        *,
        path: str = "",
        method: str = "GET",
        version: str = "1.1",
        buffer: int | None = None,
    ) -> None:
        self.socket = socket.socket()
        if buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.settimeout(10 * PATIENCE)
        self.socket.connect(("127.0.0.1", port))
        fields = {"Host": "127.0.0.1", "Accept": "text/event-stream"} | (headers or {})
        path = path or f"{channel.get_absolute_url()}live{query}"
        lines = [f"{method} {path} HTTP/{version}"]
        lines += [f"{name}: {value}" for name, value in fields.items()]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
        self.received = self.wire = b""
        self.chunked = False
        head = self._head()
        self.status = int(head[0].split()[1])
        self.headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        if "chunked" in self.headers.get("transfer-encoding", ""):
            self.chunked = True
            self.received = self._unchunked(self.received)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    def lines(self, until: int, seconds: float = 10) -> list[int]:
        """The ids of the lines that come, up to the line `until`."""
        ids: list[int] = []
        while not ids or ids[-1] < until:
            block = self.next(seconds)
            if block.name == "line":
                assert block.id == json.loads(block.data)["id"]
                ids.append(block.id)
        return ids

    def next(self, seconds: float = 10) -> Block:
        """The next block but those that say that the reader has caught up; EOFError at the end of the stream."""
        while (block := self.next_of_all(seconds)).name == "live":
            pass
        return block

    def next_of_all(self, seconds: float = 10) -> Block:
        """The next block, whatever it is; EOFError at the end of the stream."""
        deadline = time.monotonic() + seconds * PATIENCE
        while b"\n\n" not in self.received:
            self._receive(deadline)
        text, self.received = self.received.split(b"\n\n", 1)
        return parse(text.decode("ascii"))

    def rest(self, seconds: float = 10) -> list[Block]:
        """All blocks until the stream ends."""
        blocks = []
        while True:
            try:
                blocks.append(self.next(seconds))
            except EOFError:
                return blocks

    def raw(self, until: int) -> bytes:
        """The bytes of the stream, up to the block of the line `until`."""
        while b"id: %d\n" % until not in self.received or not self.received.endswith(b"\n\n"):
            self._receive(time.monotonic() + 10 * PATIENCE)
        return self.received

    def body(self) -> str:
        """The body of an answer that is no stream."""
        length = int(self.headers["content-length"])
        while len(self.received) < length:
            self._receive(time.monotonic() + 10 * PATIENCE)
        return self.received.decode()

    def _head(self) -> list[str]:
        while b"\r\n\r\n" not in self.received:
            self._receive(time.monotonic() + 10 * PATIENCE)
        head, self.received = self.received.split(b"\r\n\r\n", 1)
        return head.decode("latin-1").split("\r\n")

    def _receive(self, deadline: float) -> None:
        self.socket.settimeout(max(0.01, deadline - time.monotonic()))
        try:
            block = self.socket.recv(65536)
        except ConnectionResetError:
            block = b""
        if not block:
            raise EOFError
        self.received += self._unchunked(block) if self.chunked else block

    def _unchunked(self, block: bytes) -> bytes:
        """What a proxy cut into chunks, as far as they are complete."""
        self.wire += block
        whole = b""
        while b"\r\n" in self.wire:
            size, _, rest = self.wire.partition(b"\r\n")
            length = int(size, 16)
            if len(rest) < length + 2:
                break
            whole += rest[:length]
            self.wire = rest[length + 2 :]
        return whole


def parse(text: str) -> Block:
    block = Block()
    for line in text.split("\n"):
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "id":
                block.id = int(value)
            case "event":
                block.name = value
            case "data":
                assert not block.data, "data in more than one line"
                block.data = value
            case "retry":
                block.retry = int(value)
            case _:
                raise AssertionError(f"not a field of ours: {line!r}")
    return block


def write(channel: Channel, count: int, text: str = "line") -> int:
    """Stores a number of lines in one transaction, as the bot's writer does; returns the id of the last one."""
    entries = [Entry(channel.pk, timezone.now(), Kind.MESSAGE, "ann", f"{text} {number}") for number in range(count)]
    with transaction.atomic():
        store_lines(entries)
    return last_id(channel)


def last_id(channel: Channel) -> int:
    return Line.objects.filter(channel=channel).latest("id").id
