"""Following a channel: server-sent events, described in docs/live-protocol.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django_sse.views import BaseSseView

from logs import archive
from logs.live import service
from logs.live.feed import Followed
from logs.live.response import HEADERS, LiveResponse
from logs.models.channel import Visibility
from logs.views.address import address_of
from logs.views.lookup import channel_or_404
from logs.views.visitors import visitor_of

GetResponse = Callable[[HttpRequest], HttpResponseBase]

LARGEST_ID = 2**31 - 1
RETRY_AFTER = 10
"""Seconds after which a reader who found no room may ask again."""


class LiveView(BaseSseView):  # type: ignore[misc]
    """django-sse's way in and its `get_last_id`; the response streams, and the channel's feed is what it streams."""

    @method_decorator(csrf_exempt)
    def dispatch(self, request: HttpRequest, *, network: str, channel: str, **_rest: Any) -> HttpResponseBase:
        if refusal := refuse(request):
            return refusal
        row = channel_or_404(visitor_of(request), network, channel)
        followed = Followed(row.pk, row.get_absolute_url(), row.audience)
        return follow(request, followed, self.get_last_id(), lambda: archive.last_id(row))


def follow_at_once(get_response: GetResponse) -> GetResponse:
    """Middleware in front of sessions and the like, for channels that are open to all and followed already.

    Everybody comes back at once when the site was away. The hub knows enough to let them in without a query, and with
    half of the work that Django does for a page.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        feed = service.hub().open_feed(request.path_info, Visibility.PUBLIC) if is_live(request.path_info) else None
        if feed is None or (last := feed.last) is None:
            return get_response(request)
        request.get_host()  # as CommonMiddleware does: a name that is not ours is refused
        return refuse(request) or follow(request, feed.followed, request.headers.get("Last-Event-ID"), lambda: last)

    return middleware


def is_live(path: str) -> bool:
    return path.endswith("/live")


def refuse(request: HttpRequest) -> HttpResponse | None:
    """The answer to a request that no channel could fulfil."""
    if request.method not in {"GET", "HEAD"}:
        return refused(405, "This address is only read: use GET.", Allow="GET, HEAD")
    if not request.accepts("text/event-stream"):
        return refused(406, "This address answers with text/event-stream, which your Accept header refuses.")
    return None


def follow(
    request: HttpRequest, followed: Followed, last_event_id: str | None, newest: Callable[[], int]
) -> HttpResponseBase:
    try:
        after = parse_id(last_event_id or request.GET.get("after", ""))
    except ValueError:
        return refused(400, "Last-Event-ID and ?after= are the id of a line: a whole number, 0 or more.")
    if service.hub().full:
        return refused(503, "Too many readers follow live at the moment.", Retry_After=str(RETRY_AFTER))
    address = address_of(request)
    if service.hub().full_for(address):
        return refused(429, "Too many readers follow live from your address.", Retry_After=str(RETRY_AFTER))
    if request.method == "HEAD":
        return HttpResponse(headers=HEADERS)
    return LiveResponse(followed, newest() if after is None else after, address)


def parse_id(text: str) -> int | None:
    """The id of a line; None for an empty text. What no line can have as id is a ValueError."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= LARGEST_ID):
        raise ValueError(text)
    return int(text)


def refused(status: int, sentence: str, **headers: str) -> HttpResponse:
    body = f"{sentence}\n".encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    named |= {"Cache-Control": "no-store", "Content-Length": str(len(body))}
    return HttpResponse(body, status=status, content_type="text/plain; charset=utf-8", headers=named)
