"""What a combined stream is to follow, kept in Redis for the realtime process that serves it.

For one channel all of that stands in a signed token (live_token.py); 500 channels and their positions do not fit into
an address. So the web process stores them under a random name, which lets one connect as a token does.
"""

from __future__ import annotations

import json
import secrets
import zlib
from functools import cache
from typing import Any, NamedTuple

from logs.live.backplane import FollowedChannel
from logs.live.backplane.redis import redis_errors_translated
from logs.live.backplane.redis_client import create_client
from logs.live.live_token import MAX_AGE_SECONDS

MAX_TICKET_CHARACTERS = 100


class Ticket(NamedTuple):
    """The channels, each with the id after which to begin; the names of requested ones that are not among them.

    `query` has the parameters that are passed on: wait, q and html.
    """

    channels: list[tuple[FollowedChannel, int]]
    closed: list[dict[str, str]]
    query: dict[str, str]


def store_ticket(ticket: Ticket) -> str:
    """Store a ticket and return its name. BackplaneError if Redis is away."""
    name = secrets.token_urlsafe(24)
    channels = [[*channel, after] for channel, after in ticket.channels]
    content = zlib.compress(json.dumps([channels, ticket.closed, ticket.query]).encode(), level=1)
    with redis_errors_translated():
        _client().set(_key(name), content, ex=MAX_AGE_SECONDS)
    return name


def read_ticket(name: str) -> Ticket | None:
    """Return the ticket of this name; None if there is none, or not any more. BackplaneError if Redis is away."""
    if len(name) > MAX_TICKET_CHARACTERS:
        return None
    with redis_errors_translated():
        content = _client().get(_key(name))
    if content is None:
        return None
    channels, closed, query = json.loads(zlib.decompress(content))
    return Ticket([(FollowedChannel(*channel), after) for *channel, after in channels], closed, query)


def _key(name: str) -> str:
    return f"botbot:live:ticket:{name}"


@cache
def _client() -> Any:
    return create_client()
