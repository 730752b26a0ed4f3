"""Refusals that browsers survive: EventSource gives up for ever on any status but 200.

https://html.spec.whatwg.org/multipage/server-sent-events.html#fail-the-connection. A browser that is refused a stream
for a while gets an event stream instead, which names the refusal, says when to come back, and ends. Other clients
get the status. Imports no models, because realtime processes use it as well.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

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
