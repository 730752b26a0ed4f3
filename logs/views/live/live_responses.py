"""Responses to requests for a live stream. Imports no models, because realtime processes use it as well."""

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
from logs.views.http.client_address import get_client_ip

MAX_LINE_ID = 2**31 - 1
RETRY_AFTER_SECONDS = 10
"""When a reader who was refused for lack of capacity should retry."""

INVALID_ID = "Last-Event-ID and ?after= are the id of a line: a whole number, 0 or more."


def refuse_method_or_type(request: HttpRequest) -> HttpResponse | None:
    """Return a refusal for a method or an Accept header that no stream supports, else None."""
    if request.method not in {"GET", "HEAD"}:
        return make_refusal(405, "This address only supports GET.", Allow="GET, HEAD")
    if not request.accepts("text/event-stream"):
        return make_refusal(406, "This address answers with text/event-stream, which your Accept header refuses.")
    return None


def open_stream(
    request: HttpRequest,
    channel: FollowedChannel,
    last_event_id: str | None,
    get_last_id: Callable[[], int],
    form: str = MARKUP,
) -> HttpResponseBase:
    """Return the stream, from the event after `last_event_id` or `?after=` on, else after the newest one.

    Where realtime processes serve the streams it is a redirect to one.
    """
    try:
        after = parse_id(last_event_id or request.GET.get("after", ""))
    except ValueError:
        return make_refusal(400, INVALID_ID)
    if settings.REALTIME_URL:
        return _redirect_to_realtime(channel, get_last_id() if after is None else after, form)
    hub = service.get_hub()
    if hub.is_full:
        return make_refusal(503, "Too many readers follow live at the moment.", Retry_After=str(RETRY_AFTER_SECONDS))
    address = get_client_ip(request)
    if hub.is_full_for(address):
        return make_refusal(
            429, "Too many readers follow live from your address.", Retry_After=str(RETRY_AFTER_SECONDS)
        )
    if request.method == "HEAD":
        return HttpResponse(headers=HEADERS)
    return LiveResponse(channel, get_last_id() if after is None else after, address, form)


def _redirect_to_realtime(channel: FollowedChannel, after: int, form: str) -> HttpResponse:
    """Redirect to a realtime process with a token. EventSource reconnects to the original address, for a new token."""
    query = {"token": live_token.create_token(channel), "after": after}
    query |= {} if form == MARKUP else {"form": form}
    return make_refusal(
        307, "Streams are served at another address.", Location=f"{settings.REALTIME_URL}/live?{urlencode(query)}"
    )


def parse_id(text: str) -> int | None:
    """Parse the id of a line; return None for an empty text. Raise ValueError for anything that cannot be an id."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= MAX_LINE_ID):
        raise ValueError(text)
    return int(text)


def make_refusal(status: int, sentence: str, **headers: str) -> HttpResponse:
    body = f"{sentence}\n".encode()
    all_headers = {name.replace("_", "-"): value for name, value in headers.items()}
    all_headers |= {"Cache-Control": "no-store", "Content-Length": str(len(body))}
    return HttpResponse(body, status=status, content_type="text/plain; charset=utf-8", headers=all_headers)
