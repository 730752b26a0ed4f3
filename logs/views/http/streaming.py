"""Streamed downloads: they hold no database connection while bytes go out, and only a few run at a time.

Downloads are counted by person, by client address and in all, over all processes of the site.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator
from typing import Self, TypeVar

from django.db import close_old_connections, connection
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from logs.sharing.processes import get_counts
from logs.views.http.client_address import get_client_ip

T = TypeVar("T")

CHUNK_CHARACTERS = 64 * 1024
"""Size of the pieces of text that are sent."""

MAX_DOWNLOADS = 30
MAX_DOWNLOADS_PER_PERSON = 2
MAX_DOWNLOADS_PER_ADDRESS = 6
RETRY_AFTER_SECONDS = 60

_ALL = "downloads"


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
        self.close = weakref.finalize(self, get_counts().remove, keys)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        return next(self._chunks)


def _count_download(person: str, address: str) -> list[str]:
    of_person, of_address = f"downloads of person {person}", f"downloads to {address}"
    limits = [(_ALL, MAX_DOWNLOADS), (of_person, MAX_DOWNLOADS_PER_PERSON)]
    # Without an address (behind a proxy that does not send it) all would share one count.
    limits += [(of_address, MAX_DOWNLOADS_PER_ADDRESS)] if address else []
    counts = get_counts()
    if counts.add(limits):
        return [key for key, _limit in limits]
    if counts.count(of_person) >= MAX_DOWNLOADS_PER_PERSON:
        sentence = gettext("%(number)s of your downloads are running: please wait until one has ended.")
        raise DownloadsExceededError(429, sentence % {"number": MAX_DOWNLOADS_PER_PERSON})
    if address and counts.count(of_address) >= MAX_DOWNLOADS_PER_ADDRESS:
        raise DownloadsExceededError(
            429, gettext("Too many downloads are running to your address: please try again later.")
        )
    raise DownloadsExceededError(503, gettext("Too many downloads are running at the moment: please try again later."))


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
