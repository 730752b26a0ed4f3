"""The addresses of a realtime process."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path

from botbot.monitoring import healthz, metrics, readyz
from logs.live import live_token
from logs.live.backplane import BackplaneError
from logs.live.line_filter import parse_filter
from logs.live.response import StreamOptions
from logs.live.sse import MARKUP, RECORD
from logs.views.live.live_responses import (
    INVALID_ID,
    RETRY_AFTER_SECONDS,
    make_refusal,
    open_combined,
    open_stream,
    refuse_method_or_type,
)


def live(request: HttpRequest) -> HttpResponseBase:
    """Stream what the token allows, to pages of any origin: only our own pages get tokens."""
    response = refuse_method_or_type(request) or _answer(request)
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _answer(request: HttpRequest) -> HttpResponseBase:
    if name := request.GET.get("ticket"):
        return _answer_combined(request, name)
    try:
        followed, marks = live_token.read_token(request.GET.get("token", ""))
    except live_token.TokenError as error:
        return make_refusal(403, str(error))
    last_event_id = request.headers.get("Last-Event-ID")
    if not last_event_id and not request.GET.get("after"):
        return make_refusal(400, INVALID_ID)  # our pages always send the last line that they show
    form = RECORD if request.GET.get("form") == RECORD else MARKUP
    return open_stream(request, followed, last_event_id, lambda: 0, form, marks=marks)


def _answer_combined(request: HttpRequest, name: str) -> HttpResponseBase:
    try:
        ticket = live_token.read_ticket(name)
    except BackplaneError:
        return make_refusal(503, "Live is away at the moment.", Retry_After=str(RETRY_AFTER_SECONDS))
    if ticket is None:
        return make_refusal(403, "This ticket is too old, or not of this site: use the first address again.")
    # The web process has checked them.
    line_filter = parse_filter(ticket.query.get("q", ""))
    options = StreamOptions(RECORD, "wait" in ticket.query, line_filter, with_html="html" in ticket.query)
    return open_combined(request, ticket.channels, ticket.closed, options)


urlpatterns = [
    path("live", live),
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
]
