"""Following a channel: server-sent events, described in docs/live-protocol.md."""

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
from logs.models.channel import Visibility
from logs.views.http.channel_lookup import channel_or_404
from logs.views.live.live_responses import follow, refuse, send_on
from logs.views.people.visitor import visitor_of

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class LiveView(BaseSseView):  # type: ignore[misc]
    """django-sse's way in and its `get_last_id`; the response streams, and the channel's feed is what it streams."""

    @method_decorator(csrf_exempt)
    def dispatch(self, request: HttpRequest, *, network: str, channel: str, **_rest: Any) -> HttpResponseBase:
        if refusal := refuse(request):
            return refusal
        row = channel_or_404(visitor_of(request), network, channel)
        followed = FollowedChannel(row.pk, row.get_absolute_url(), row.audience)
        answer = send_on if settings.REALTIME_URL else follow
        return answer(request, followed, self.get_last_id(), lambda: archive.last_id(row))


def follow_at_once(get_response: GetResponse) -> GetResponse:
    """Middleware in front of sessions and the like, for channels that are open to all and followed already.

    All readers reconnect at once after the site was away. The hub knows enough to let them in without a query. Requests
    of the usual form do not even reach this middleware (logs/views/live/live_fast_path.py); the first follower of a
    channel does, and so does whoever connects before the hub knows that channel.
    """
    if settings.REALTIME_URL:  # streams are elsewhere, and the hub of this process knows nothing
        raise MiddlewareNotUsed

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not is_live(request.path_info):
            return get_response(request)
        feed = service.get_hub().wait_for_feed(request.path_info, Visibility.PUBLIC)
        if feed is None or (last := feed.last_id) is None:
            return open_for_others(request, get_response)
        request.get_host()  # as CommonMiddleware does: a name that is not ours is refused
        return refuse(request) or follow(request, feed.channel, request.headers.get("Last-Event-ID"), lambda: last)

    return middleware


def open_for_others(request: HttpRequest, get_response: GetResponse) -> HttpResponseBase:
    """The whole way; whoever asks for the same meanwhile waits for what comes of it."""
    hub, path = service.get_hub(), request.path_info
    signal = hub.opening.setdefault(path, Event())
    response = None
    try:
        response = get_response(request)
    finally:
        if isinstance(response, LiveResponse):
            hub.get_or_create_feed(response.channel)  # they go on once it is begun
        elif hub.opening.get(path) is signal:
            hub.finish_opening(path)
    return response


def is_live(path: str) -> bool:
    return path.endswith("/live") and not path.startswith("/api/")
