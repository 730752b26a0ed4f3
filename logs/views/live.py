"""Following a channel: server-sent events, described in docs/live-protocol.md."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django_sse.views import BaseSseView

from logs import archive
from logs.live import service
from logs.live.response import HEADERS, LiveResponse
from logs.views.lookup import channel_or_404

LARGEST_ID = 2**31 - 1
RETRY_AFTER = 10
"""Seconds after which a reader who found no room may ask again."""


class LiveView(BaseSseView):  # type: ignore[misc]
    """django-sse's way in and its `get_last_id`; the response streams, and the channel's feed is what it streams."""

    @method_decorator(csrf_exempt)
    def dispatch(self, request: HttpRequest, *, network: str, channel: str, **_rest: Any) -> HttpResponseBase:
        if request.method not in {"GET", "HEAD"}:
            return refused(405, "This address is only read: use GET.", Allow="GET, HEAD")
        if not request.accepts("text/event-stream"):
            return refused(406, "This address answers with text/event-stream, which your Accept header refuses.")
        row = channel_or_404(request.user, network, channel)
        try:
            after = parse_id(self.get_last_id() or request.GET.get("after", ""))
        except ValueError:
            return refused(400, "Last-Event-ID and ?after= are the id of a line: a whole number, 0 or more.")
        if service.hub().full:
            return refused(503, "Too many readers follow live at the moment.", Retry_After=str(RETRY_AFTER))
        if request.method == "HEAD":
            return HttpResponse(headers=HEADERS)
        return LiveResponse(row, archive.last_id(row) if after is None else after)


def parse_id(text: str) -> int | None:
    """The id of a line; None for an empty text. What no line can have as id is a ValueError."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= LARGEST_ID):
        raise ValueError(text)
    return int(text)


def refused(status: int, sentence: str, **headers: str) -> HttpResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()} | {"Cache-Control": "no-store"}
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8", headers=named)
