"""Streamed downloads: they hold no database connection while bytes go out, and only a few run at a time.

Downloads are counted in this process's memory, by person, by client address and in all.
"""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Self, TypeVar

from django.db import close_old_connections, connection
from django.http import HttpRequest, HttpResponse

from logs.views.http.client_address import get_client_ip

T = TypeVar("T")

CHUNK_CHARACTERS = 64 * 1024
"""Size of the pieces of text that are sent."""

MAX_DOWNLOADS = 30
MAX_DOWNLOADS_PER_PERSON = 2
MAX_DOWNLOADS_PER_ADDRESS = 6
RETRY_AFTER_SECONDS = 60

_ALL = "all"
_running: Counter[str] = Counter()


class DownloadsExceededError(Exception):
    """Another download would be one too many; `response` says so."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.response = HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8")
        self.response["Retry-After"] = str(RETRY_AFTER_SECONDS)


class Download(Iterator[T]):
    """The content of a download, counted from its creation until Django closes the response.

    DownloadsExceededError if too many downloads are running.
    """

    def __init__(self, request: HttpRequest, person: str, chunks: Iterator[T]) -> None:
        keys = _count_download(person, get_client_ip(request))
        self._chunks = release_connection_before_each(chunks)
        # A finalizer, so that a response that was never closed is not counted for ever. Django calls `close`.
        self.close = weakref.finalize(self, _running.subtract, keys)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        return next(self._chunks)


def _count_download(person: str, address: str) -> list[str]:
    keys = [_ALL, f"person {person}"]
    # Without an address (behind a proxy that does not send it) all would share one count.
    keys += [f"address {address}"] if address else []
    if _running[keys[1]] >= MAX_DOWNLOADS_PER_PERSON:
        sentence = f"{MAX_DOWNLOADS_PER_PERSON} of your downloads are running: please wait until one has ended."
        raise DownloadsExceededError(429, sentence)
    if address and _running[keys[2]] >= MAX_DOWNLOADS_PER_ADDRESS:
        raise DownloadsExceededError(429, "Too many downloads are running to your address: please try again later.")
    if _running[_ALL] >= MAX_DOWNLOADS:
        raise DownloadsExceededError(503, "Too many downloads are running at the moment: please try again later.")
    # Counts of zero are deleted here, because nothing else bounds the number of keys.
    for key in [key for key, count in _running.items() if count <= 0]:
        del _running[key]
    _running.update(keys)
    return keys


def release_connection_before_each(chunks: Iterable[T]) -> Iterator[T]:
    """Yield the chunks; while the client receives one, no database connection is held.

    Requests wait for a connection of the pool, so a client that reads slowly must not keep one. The chunks must not be
    read from an open cursor.
    """
    for chunk in chunks:
        if not connection.in_atomic_block:
            close_old_connections()
        yield chunk


def join_lines(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines, each with a newline, in chunks of about CHUNK_CHARACTERS; the last one may be empty."""
    chunk: list[str] = []
    size = 0
    for line in lines:
        chunk.append(f"{line}\n")
        size += len(line)
        if size >= CHUNK_CHARACTERS:
            yield "".join(chunk)
            chunk, size = [], 0
    yield "".join(chunk)
