"""Letting a crowd in by what CGI says of each request alone, without a request of Django's: a third of the cost.

After a deploy all readers of a channel come back within seconds. What the view decided for the first of them holds for
the others as long as it is certain that the channel is open to all. Whatever is unusual, or to be refused, goes the
whole way.
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
from logs.views.http.client_ip import address_in
from logs.views.live.live_responses import parse_id

PUBLIC = "public"
ACCEPTED = {"text/event-stream", "*/*"}
HEAD = encode_head(HEADERS.items())


class Newcomer(NamedTuple):
    """Somebody who may follow, from the event after `after` on."""

    channel: FollowedChannel
    after: int
    address: str

    def hand_over(self, connection: socket.socket) -> None:
        hand_over_socket(connection, HEAD, *self)


def newcomer(environ: dict[str, Any]) -> Newcomer | None:
    """Whoever asks in the usual way for a channel that others follow; None for all others. Neither waits nor asks."""
    hub = service.running_hub()
    if hub is None or hub.is_full:
        return None
    feed = hub.find_verified_feed(get_path_info(environ), PUBLIC)
    if feed is None or feed.last_id is None:
        return None
    if environ["REQUEST_METHOD"] != "GET" or environ.get("HTTP_ACCEPT", "*/*") not in ACCEPTED:
        return None
    if not _is_ours(environ.get("HTTP_HOST", ""), tuple(settings.ALLOWED_HOSTS)):
        return None
    try:
        after = parse_id(environ.get("HTTP_LAST_EVENT_ID") or _after(environ["QUERY_STRING"]))
    except ValueError:
        return None
    address = address_in(environ)
    last_id = feed.last_id if after is None else after
    return None if hub.is_full_for(address) else Newcomer(feed.channel, last_id, address)


@lru_cache(100)
def _is_ours(host: str, allowed: tuple[str, ...]) -> bool:
    return validate_host(split_domain_port(host)[0], allowed)


def _after(query: str) -> str:
    """What `?after=` says; a query that says anything else is a ValueError."""
    if query and not query.startswith("after="):
        raise ValueError(query)
    return query[len("after=") :]
