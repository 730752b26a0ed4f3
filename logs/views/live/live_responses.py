"""Responses to requests for a live stream. Imports no models, because realtime processes use it as well.

EventSource gives up for ever on any status but 200
(https://html.spec.whatwg.org/multipage/server-sent-events.html#fail-the-connection). A browser that is refused a stream
for a while gets an event stream instead, which names the refusal, says when to come back, and ends. Other clients get
the status.
"""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from logs.live import live_token, service
from logs.live.backplane import BackplaneError, FollowedChannel
from logs.live.line_filter import FilterError, parse_filter
from logs.live.marks import Marks
from logs.live.response import HEADERS, CombinedResponse, LiveResponse, StreamOptions
from logs.live.sse import MARKUP
from logs.views.http.client_address import get_client_ip

TEMPORARY = frozenset({429, 503})
RETRY_AFTER_SECONDS = 10
"""Where a refusal does not say when to come back."""

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def answer_event_sources(get_response: GetResponse) -> GetResponse:
    """Middleware outside all that may refuse a stream, also because the database is away or requests are too many."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if response.status_code in TEMPORARY and request.path_info.endswith("/live") and _is_event_source(request):
            return _make_last_event(response)
        return response

    return middleware


def _is_event_source(request: HttpRequest) -> bool:
    """Whether a browser's EventSource sent the request, not a page that fetches a stream or a program."""
    headers = request.headers
    is_browser = "Sec-Fetch-Mode" in headers or headers.get("User-Agent", "").startswith("Mozilla/")
    return request.method == "GET" and headers.get("Accept") == "text/event-stream" and is_browser


def _make_last_event(refusal: HttpResponseBase) -> HttpResponse:
    seconds = refusal.get("Retry-After", "")
    least = 1000 * (int(seconds) if seconds.isdigit() else RETRY_AFTER_SECONDS)
    # Random, so that all who were refused do not come back at once.
    delay = random.randint(least, least * 3 // 2)  # noqa: S311  (no secret)
    data = json.dumps({"status": refusal.status_code, "retry": delay}, separators=(",", ":"))
    response = HttpResponse(f"retry: {delay}\nevent: refused\ndata: {data}\n\n")
    for name, value in refusal.items():
        if name not in {"Content-Length", "Retry-After"}:
            response[name] = value
    response["Content-Type"] = "text/event-stream; charset=utf-8"
    response["Cache-Control"] = "no-store"
    return response


logger = logging.getLogger(__name__)

MAX_LINE_ID = 2**31 - 1
"""When a reader who was refused for lack of capacity should retry."""

INVALID_ID = "Last-Event-ID and ?after= are the id of a line: a whole number, 0 or more."
INVALID_WAIT = "?wait= is 0, for a stream that ends where others wait for new lines, or left out."


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
    *,
    marks: Marks | None = None,
) -> HttpResponseBase:
    """Return the stream, from the event after `last_event_id` or `?after=` on, else after the newest one.

    `marks` are the words that are marked in it. Where realtime processes serve the streams it is a redirect to one.
    """
    try:
        after = parse_id(last_event_id or request.GET.get("after", ""))
    except ValueError:
        return make_refusal(400, INVALID_ID)
    try:
        options = parse_options(request, form)._replace(marks=marks)
    except ValueError as error:
        return make_refusal(400, str(error))
    if settings.REALTIME_URL:
        after = get_last_id() if after is None else after
        return _redirect_to_realtime(request, channel, after, options)
    if refusal := refuse_capacity(request):
        return refusal
    if request.method == "HEAD":
        return HttpResponse(headers=HEADERS)
    return LiveResponse(channel, get_last_id() if after is None else after, get_client_ip(request), options)


def open_combined(
    request: HttpRequest,
    places: Sequence[tuple[FollowedChannel, int]],
    closed: Sequence[dict[str, str]],
    options: StreamOptions,
) -> HttpResponseBase:
    """Return the stream of several channels, of each from the event after an id on (`CombinedResponse`)."""
    if refusal := refuse_capacity(request, len(places)):
        return refusal
    if request.method == "HEAD":
        return HttpResponse(headers=HEADERS)
    return CombinedResponse(places, closed, get_client_ip(request), options)


def parse_options(request: HttpRequest, form: str) -> StreamOptions:
    """Return what `?wait=` and `?q=` ask for. ValueError, with a sentence for the client, if they are wrong."""
    wait = request.GET.get("wait", "")
    if wait not in {"", "0"}:
        raise ValueError(INVALID_WAIT)
    try:
        return StreamOptions(form, wait == "0", parse_filter(request.GET.get("q", "")))
    except FilterError as error:
        raise ValueError(str(error)) from None


def refuse_capacity(request: HttpRequest, channels: int = 0) -> HttpResponse | None:
    """Return a refusal if there is no room for another stream, of as many channels if it is a combined one."""
    hub, address = service.get_hub(), get_client_ip(request)
    if hub.is_full or not hub.has_room_for(channels):
        return make_refusal(503, "Too many readers follow live at the moment.", Retry_After=str(RETRY_AFTER_SECONDS))
    if hub.is_full_for(address) or not hub.has_room_for_address(channels, address):
        return make_refusal(
            429, "Too many readers follow live from your address.", Retry_After=str(RETRY_AFTER_SECONDS)
        )
    return None


def _redirect_to_realtime(
    request: HttpRequest, channel: FollowedChannel, after: int, options: StreamOptions
) -> HttpResponse:
    """Redirect to a realtime process with a token. EventSource reconnects to the original address, for a new token."""
    query: dict[str, Any] = {"token": live_token.create_token(channel, options.marks), "after": after}
    query |= {} if options.form == MARKUP else {"form": options.form}
    query |= {name: request.GET[name] for name in ("wait", "q") if request.GET.get(name)}
    return _make_redirect(query)


def redirect_combined(
    places: Sequence[tuple[FollowedChannel, int]], closed: Sequence[dict[str, str]], query: dict[str, str]
) -> HttpResponse:
    """Redirect to a realtime process with a ticket. 503 if Redis, which keeps it, is away."""
    try:
        name = live_token.store_ticket(live_token.Ticket(list(places), list(closed), query))
    except BackplaneError as error:
        logger.warning("a stream of several channels was refused: %s", " ".join(str(error).split()))
        return make_refusal(503, "Live is away at the moment.", Retry_After=str(RETRY_AFTER_SECONDS))
    return _make_redirect({"ticket": name})


def _make_redirect(query: dict[str, Any]) -> HttpResponse:
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
