"""A channel's live stream as server-sent events, described in docs/live-protocol.md, and the fast path to it.

The fast path admits a reader by the CGI environment alone, at a third of the cost of a view. After a deployment all
readers of a channel reconnect within seconds. What the view decided for the first of them applies to the others as long
as the hub has verified that the channel is open to everybody. Every unusual request, and every one to refuse, takes the
normal path through Django.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.core.handlers.wsgi import get_path_info
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host
from django.http.response import HttpResponseBase
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django_sse.views import BaseSseView
from gevent.event import Event

from logs import archive
from logs.live import service
from logs.live.backplane import FollowedChannel
from logs.live.response import HEADERS, LiveResponse, encode_head, hand_over_socket
from logs.models.channel import OPEN_AUDIENCE
from logs.views.http.channel_lookup import channel_or_404
from logs.views.http.client_address import find_client_ip
from logs.views.live.live_responses import open_stream, parse_id, refuse_method_or_type
from logs.views.people.highlights_page import MARKS_PARAMETER, find_marks
from logs.views.people.visitor import visitor_of

ACCEPTED_TYPES = {"text/event-stream", "*/*"}
HEAD = encode_head(HEADERS.items())


class AdmittedFollower(NamedTuple):
    """A reader of a channel's stream; the first event is the one after the id `after`."""

    channel: FollowedChannel
    after: int
    address: str

    def hand_over(self, connection: socket.socket) -> None:
        hand_over_socket(connection, HEAD, *self)


def admit_follower(environ: dict[str, Any]) -> AdmittedFollower | None:
    """Admit a usual request for an open channel with a current feed; return None for all others.

    Neither waits nor uses the database.
    """
    hub = service.running_hub()
    if hub is None or hub.is_full:
        return None
    feed = hub.find_verified_feed(get_path_info(environ), OPEN_AUDIENCE)
    if feed is None or feed.last_id is None:
        return None
    if environ["REQUEST_METHOD"] != "GET" or environ.get("HTTP_ACCEPT", "*/*") not in ACCEPTED_TYPES:
        return None
    if not _is_allowed_host(environ.get("HTTP_HOST", ""), tuple(settings.ALLOWED_HOSTS)):
        return None
    try:
        after = parse_id(environ.get("HTTP_LAST_EVENT_ID") or _parse_after(environ["QUERY_STRING"]))
    except ValueError:
        return None
    address = find_client_ip(environ)
    follower = AdmittedFollower(feed.channel, feed.last_id if after is None else after, address)
    return None if hub.is_full_for(address) else follower


@lru_cache(100)
def _is_allowed_host(host: str, allowed: tuple[str, ...]) -> bool:
    return validate_host(split_domain_port(host)[0], allowed)


def _parse_after(query: str) -> str:
    """Return the value of `?after=`. Raise ValueError for any other query."""
    if query and not query.startswith("after="):
        raise ValueError(query)
    return query[len("after=") :]


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
    the usual form do not even reach this middleware (`admit_follower`). The first reader of a channel
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
