"""Compressed pages that strangers may read, in this process's memory, each valid only for the state that it shows.

The state is read from the database for every request (logs.views.http.http_cache), so that what was erased or closed is
never served again. A page for which a cookie was sent or set is not kept, but for the cookie with the chosen language.
What was erased also leaves the memory, at the latest after MAX_AGE_SECONDS.
"""

from __future__ import annotations

import gzip
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import monotonic

import gevent
from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from logs.active_language import current_language

MAX_AGE_SECONDS = 600.0
COMPRESSION_LEVEL = 5
MIN_BYTES = 1000
"""Smaller pages are sent as they are."""

MAX_SEEN_ADDRESSES = 1000
"""Addresses with a query that were requested once."""

MAX_STREAMED_BYTES = 4_000_000
"""Longer streams are not kept: they are collected in memory for that, beside being sent."""


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A page of an address in one state, which its ETag names."""

    etag: str
    headers: tuple[tuple[str, str], ...]
    compressed: bytes
    kept_at: float


class PageCache:
    """Pages by address and language, with at most `max_bytes` of content; the oldest go first.

    One page has a part of it at most.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.bytes = 0
        self._pages: OrderedDict[str, KeptPage] = OrderedDict()
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._is_expiring = False

    def __len__(self) -> int:
        return len(self._pages)

    def find(self, address: str, etag: str) -> KeptPage | None:
        """Return the page of an address in the state that the ETag names; one in an earlier state is dropped."""
        page = self._pages.get(address)
        if page is None:
            return None
        if page.etag != etag or page.kept_at < monotonic() - MAX_AGE_SECONDS:
            self._drop(address)
            return None
        return page

    def was_requested(self, address: str) -> bool:
        """Whether an address was requested before; remember that it was."""
        is_known = address in self._seen
        self._seen[address] = None
        if len(self._seen) > MAX_SEEN_ADDRESSES:
            self._seen.popitem(last=False)
        return is_known

    def keep(self, address: str, page: KeptPage) -> None:
        if len(page.compressed) > self.max_bytes // 8:
            return
        self._drop(address)
        self._pages[address] = page
        self.bytes += len(page.compressed)
        while self.bytes > self.max_bytes:
            self._drop(next(iter(self._pages)))
        if not self._is_expiring:
            self._is_expiring = True
            gevent.spawn_later(MAX_AGE_SECONDS, self._expire)

    def clear(self) -> None:
        self._pages.clear()
        self._seen.clear()
        self.bytes = 0

    def _drop(self, address: str) -> None:
        if page := self._pages.pop(address, None):
            self.bytes -= len(page.compressed)

    def _expire(self) -> None:
        """Drop what is too old, also if nobody asks for anything."""
        self._is_expiring = False
        now = monotonic()
        while self._pages and next(iter(self._pages.values())).kept_at <= now - MAX_AGE_SECONDS:
            self._drop(next(iter(self._pages)))
        if self._pages:
            self._is_expiring = True
            oldest = next(iter(self._pages.values())).kept_at
            gevent.spawn_later(max(1.0, oldest + MAX_AGE_SECONDS - now), self._expire)


_caches: list[PageCache] = []


def get_page_cache() -> PageCache:
    """Return the process's cache; the first call creates it."""
    if not _caches:
        _caches.append(PageCache(settings.PAGE_CACHE_MB * 1_000_000))
    return _caches[0]


def find_page(request: HttpRequest, etag: str) -> HttpResponse | None:
    """Return the page from memory if it is there in this state."""
    page = get_page_cache().find(_key(request), etag)
    return None if page is None else _respond(request, page)


def keep_page(request: HttpRequest, etag: str, response: HttpResponseBase) -> HttpResponseBase:
    """Keep a page that was rendered for a stranger; return it compressed if the client accepts that.

    A stream is kept when all of it has been sent. What changed meanwhile gave the page another ETag, so that a mixture
    is never found.
    """
    if not get_page_cache().max_bytes or not _may_be_kept(request, response):
        return response
    key, headers = _key(request), tuple(response.items())
    # Anybody can invent queries without end, which would drive all other pages out.
    if request.META.get("QUERY_STRING") and not get_page_cache().was_requested(key):
        return response

    def keep(content: bytes) -> KeptPage:
        # In a thread: a long page takes tens of milliseconds, in which nothing else would run.
        compressed = gevent.get_hub().threadpool.apply(gzip.compress, (content, COMPRESSION_LEVEL))
        page = KeptPage(etag, headers, compressed, monotonic())
        get_page_cache().keep(key, page)
        return page

    if isinstance(response, StreamingHttpResponse):
        chunks: Iterator[bytes] = iter(response)
        response.streaming_content = _collect(chunks, keep)
        return response
    if not isinstance(response, HttpResponse) or len(response.content) < MIN_BYTES:
        return response
    return _respond(request, keep(response.content))


def _collect(chunks: Iterator[bytes], keep: Callable[[bytes], object]) -> Iterator[bytes]:
    """Yield the chunks, and call `keep` with all of them at the end if they are not too long."""
    collected: list[bytes] = []
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size <= MAX_STREAMED_BYTES:
            collected.append(chunk)
        else:
            collected.clear()
        yield chunk
    if MIN_BYTES <= size <= MAX_STREAMED_BYTES:
        keep(b"".join(collected))


def _key(request: HttpRequest) -> str:
    """Return where a page is kept. There are as many variants of an address as the site has languages."""
    return f"{current_language()} {request.get_full_path()}"


def _may_be_kept(request: HttpRequest, response: HttpResponseBase) -> bool:
    cookies = request.COOKIES.keys() - {settings.LANGUAGE_COOKIE_NAME}
    if request.method != "GET" or cookies or "Authorization" in request.headers:
        return False
    if response.status_code != 200 or response.cookies:
        return False
    # A token of a form belongs to one visitor.
    return request.META.get("CSRF_COOKIE") is None


def _respond(request: HttpRequest, page: KeptPage) -> HttpResponse:
    is_gzip_accepted = _accepts_gzip(request.headers.get("Accept-Encoding", ""))
    response = HttpResponse(page.compressed if is_gzip_accepted else gzip.decompress(page.compressed))
    for name, value in page.headers:
        response[name] = value
    if is_gzip_accepted:
        response["Content-Encoding"] = "gzip"
    return response


def _accepts_gzip(header: str) -> bool:
    """Whether Accept-Encoding names gzip, without a weight of zero (RFC 9110, 12.5.3)."""
    for part in header.lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() == "gzip":
            return weight.replace(" ", "").rstrip("0") not in {"q=", "q=0."}
    return False
