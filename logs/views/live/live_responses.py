"""The answers to those who want to follow a channel. Knows no models: a realtime process answers by it, too."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from logs.live import live_token, service
from logs.live.backplane import FollowedChannel
from logs.live.response import HEADERS, LiveResponse
from logs.live.sse import MARKUP
from logs.views.http.client_ip import address_of

LARGEST_ID = 2**31 - 1
RETRY_AFTER = 10
"""Seconds after which a reader who found no room may ask again."""

NO_ID = "Last-Event-ID and ?after= are the id of a line: a whole number, 0 or more."


def refuse(request: HttpRequest) -> HttpResponse | None:
    """The answer to a request that no channel could fulfil."""
    if request.method not in {"GET", "HEAD"}:
        return refused(405, "This address is only read: use GET.", Allow="GET, HEAD")
    if not request.accepts("text/event-stream"):
        return refused(406, "This address answers with text/event-stream, which your Accept header refuses.")
    return None


def follow(
    request: HttpRequest,
    followed: FollowedChannel,
    last_event_id: str | None,
    newest: Callable[[], int],
    form: str = MARKUP,
) -> HttpResponseBase:
    try:
        after = parse_id(last_event_id or request.GET.get("after", ""))
    except ValueError:
        return refused(400, NO_ID)
    if service.get_hub().is_full:
        return refused(503, "Too many readers follow live at the moment.", Retry_After=str(RETRY_AFTER))
    address = address_of(request)
    if service.get_hub().is_full_for(address):
        return refused(429, "Too many readers follow live from your address.", Retry_After=str(RETRY_AFTER))
    if request.method == "HEAD":
        return HttpResponse(headers=HEADERS)
    return LiveResponse(followed, newest() if after is None else after, address, form)


def send_on(
    request: HttpRequest,
    followed: FollowedChannel,
    last_event_id: str | None,
    newest: Callable[[], int],
    form: str = MARKUP,
) -> HttpResponseBase:
    """To a realtime process, with a token. EventSource comes back by the first address, and so gets another token."""
    try:
        after = parse_id(last_event_id or request.GET.get("after", ""))
    except ValueError:
        return refused(400, NO_ID)
    query = {"token": live_token.create_token(followed), "after": newest() if after is None else after}
    query |= {} if form == MARKUP else {"form": form}
    return refused(307, "Streams are served elsewhere.", Location=f"{settings.REALTIME_URL}/live?{urlencode(query)}")


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
