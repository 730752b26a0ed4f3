"""A channel's live stream as server-sent events, described in docs/live-protocol.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django_sse.views import BaseSseView
from gevent.event import Event

from logs import archive
from logs.live import service
from logs.live.backplane import FollowedChannel
from logs.live.response import LiveResponse
from logs.models.channel import OPEN_AUDIENCE
from logs.views.http.channel_lookup import channel_or_404
from logs.views.live.live_responses import open_stream, refuse_method_or_type
from logs.views.people.highlighting import MARKS_PARAMETER, find_marks
from logs.views.people.visitor import visitor_of

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class LiveView(BaseSseView):  # type: ignore[misc]
    """The view of a stream: django-sse parses Last-Event-ID, and the response streams the channel's feed."""

    @method_decorator(csrf_exempt)
    def dispatch(self, request: HttpRequest, *, network: str, channel: str, **_rest: Any) -> HttpResponseBase:
        if refusal := refuse_method_or_type(request):
            return refusal
        row = channel_or_404(visitor_of(request), network, channel)
        followed = FollowedChannel(row.pk, row.get_absolute_url(), row.audience)
        marks = find_marks(request, row) if MARKS_PARAMETER in request.GET else None
        return open_stream(request, followed, self.get_last_id(), lambda: archive.last_id(row), marks=marks)


def admit_followers(get_response: GetResponse) -> GetResponse:
    """Middleware before sessions and authentication: admits readers of open channels whose feed exists already.

    All readers reconnect at once after a restart, and the hub knows enough to admit them without a query. Requests of
    the usual form do not even reach this middleware (logs/views/live/live_fast_path.py). The first reader of a channel
    does, and so does every reader who connects before the hub knows the channel.
    """
    if settings.REALTIME_URL:  # realtime processes serve the streams, and the hub of this process has no feeds
        raise MiddlewareNotUsed

    def middleware(request: HttpRequest) -> HttpResponseBase:
        # Whose words are to be marked is known to the session.
        if not is_live_path(request.path_info) or MARKS_PARAMETER in request.GET:
            return get_response(request)
        feed = service.get_hub().wait_for_feed(request.path_info, OPEN_AUDIENCE)
        if feed is None or (last := feed.last_id) is None:
            return open_feed(request, get_response)
        request.get_host()  # raises DisallowedHost, as CommonMiddleware would
        return refuse_method_or_type(request) or open_stream(
            request, feed.channel, request.headers.get("Last-Event-ID"), lambda: last
        )

    return middleware


def open_feed(request: HttpRequest, get_response: GetResponse) -> HttpResponseBase:
    """Take the normal path, and let requests for the same stream wait until its feed exists or was refused."""
    hub, path = service.get_hub(), request.path_info
    signal = hub.opening.setdefault(path, Event())
    response = None
    try:
        response = get_response(request)
    finally:
        if isinstance(response, LiveResponse):
            hub.get_or_create_feed(response.channel)  # waiting requests continue when the listener has filled it
        elif hub.opening.get(path) is signal:
            hub.finish_opening(path)
    return response


def is_live_path(path: str) -> bool:
    return path.endswith("/live") and not path.startswith("/api/")
