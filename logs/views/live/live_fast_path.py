"""The fast path for live streams: admits a reader by the CGI environment alone, at a third of the cost of a view.

After a deployment all readers of a channel reconnect within seconds. What the view decided for the first of them
applies to the others as long as the hub has verified that the channel is open to everybody. Every unusual request, and
every one to refuse, takes the normal path through Django.
"""

from __future__ import annotations

import socket
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.core.handlers.wsgi import get_path_info
from django.http.request import split_domain_port, validate_host

from logs.live import service
from logs.live.backplane import FollowedChannel
from logs.live.response import HEADERS, encode_head, hand_over_socket
from logs.models.channel import OPEN_AUDIENCE
from logs.views.http.client_address import find_client_ip
from logs.views.live.live_responses import parse_id

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
