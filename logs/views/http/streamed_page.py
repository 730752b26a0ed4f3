"""A long page in parts: its beginning is sent while the rest is being rendered.

The template is rendered first, with a marker in place of the long part, so that an error in it is still answered by a
page. The rest is rendered by a greenlet of its own, however slowly the client reads; the request's turn ends with it.
All queries come before: no database connection is held while bytes go out.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, Self

import gevent
from django.db import close_old_connections, connection
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from gevent.queue import Queue
from markupsafe import Markup

from logs.active_language import current_language, in_language
from logs.views.http.turns import take_over_turn

CHUNK_CHARACTERS = 16 * 1024


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
        if size >= CHUNK_CHARACTERS:
            yield before + "\n".join(chunk)
            chunk, size, before = [], 0, "\n"
    if chunk:
        yield before + "\n".join(chunk)
