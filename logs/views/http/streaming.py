"""Answers that are sent in parts: long pages, whose beginning is sent while the rest is being rendered, and downloads.

All queries of a page come before: no database connection is held while bytes go out, neither is one by a download.
The template of a page is rendered first, with a marker in place of the long part, so that an error in it is still
answered by a page. The rest is rendered by a greenlet of its own, however slowly the client reads; the request's turn
ends with it. Only a few downloads run at a time: they are counted by person, by client address and in all, over all
processes of the site.
"""

from __future__ import annotations

import secrets
import weakref
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, Self, TypeVar

import gevent
from django.db import close_old_connections, connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext
from gevent.queue import Queue
from markupsafe import Markup

from logs.active_language import current_language, in_language
from logs.sharing.processes import get_counts
from logs.views.http.client_address import get_client_ip
from logs.views.http.turns import take_over_turn

PAGE_CHUNK_CHARACTERS = 16 * 1024


def stream_page(
    request: HttpRequest, template: str, context: dict[str, Any], name: str, pieces: Callable[[], Iterator[str]]
) -> HttpResponseBase:
    """Return a page whose `name` in the template is what `pieces` yields, which is markup and needs no query."""
    marker = secrets.token_hex(16)
    page = render(request, template, context | {name: Markup(marker)})  # noqa: S704  (hexadecimal digits)
    head, _, tail = page.content.partition(marker.encode())
    chunks = _join(pieces())
    # Before the status is sent: an error in the first lines is still an error page.
    first = next(chunks, "").encode()
    if request.method == "HEAD":
        # Nothing is rendered to be thrown away. Like the page itself, the answer has no length.
        return StreamingHttpResponse()
    if not connection.in_atomic_block:
        close_old_connections()
    return StreamingHttpResponse(PageParts(chain([head + first], (chunk.encode() for chunk in chunks), [tail])))


class PageParts(Iterator[bytes]):
    """The parts of a page, which a greenlet renders. Django calls `close` at the end of the response."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._turn = take_over_turn()
        self._language = current_language()  # a greenlet starts without one
        self._rendered: Queue[bytes | Exception | None] = Queue()
        self._job = gevent.spawn(self._render, parts)

    def _render(self, parts: Iterator[bytes]) -> None:
        try:
            with in_language(self._language):
                for part in parts:
                    self._rendered.put(part)
            self._rendered.put(None)
        except Exception as error:  # noqa: BLE001  (raised where the parts are read)
            self._rendered.put(error)
        finally:
            self._release()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        part = self._rendered.get()
        if part is None:
            raise StopIteration
        if isinstance(part, Exception):
            raise part
        return part

    def close(self) -> None:
        """Stop rendering for a client that is gone."""
        self._job.kill(block=False)
        self._release()

    def _release(self) -> None:
        if self._turn:
            self._turn.release()


def _join(pieces: Iterator[str]) -> Iterator[str]:
    """Yield the pieces, separated by line breaks, in chunks."""
    chunk: list[str] = []
    size, before = 0, ""
    for piece in pieces:
        chunk.append(piece)
        size += len(piece)
        if size >= PAGE_CHUNK_CHARACTERS:
            yield before + "\n".join(chunk)
            chunk, size, before = [], 0, "\n"
    if chunk:
        yield before + "\n".join(chunk)


T = TypeVar("T")

DOWNLOAD_CHUNK_CHARACTERS = 64 * 1024
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
    """Yield lines, each with a newline, in chunks of about DOWNLOAD_CHUNK_CHARACTERS; the last one may be empty."""
    chunk: list[str] = []
    size = 0
    for line in lines:
        chunk.append(f"{line}\n")
        size += len(line)
        if size >= DOWNLOAD_CHUNK_CHARACTERS:
            yield "".join(chunk)
            chunk, size = [], 0
    yield "".join(chunk)
