"""What lets a reader connect to a realtime process: a signed token for one channel, a ticket for several.

A realtime process has no database, so a token itself names the channel and who could read it when it was issued. 500
channels and their positions do not fit into an address: the web process stores them in Redis under a random name, the
ticket, which lets one connect as a token does.
"""

from __future__ import annotations

import json
import secrets
import zlib
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner

from logs.live.backplane import FollowedChannel
from logs.live.backplane.redis import create_client, redis_errors_translated
from logs.live.marks import Marks

MAX_AGE_SECONDS = 60
"""How long a token can be used to connect. An open stream outlives it."""


class TokenError(Exception):
    """The token is not valid; the text is for the client."""


def create_token(channel: FollowedChannel, marks: Marks | None = None) -> str:
    """Return a token for a channel, and for the words of its reader."""
    claims = [channel.id, channel.url, channel.visibility, *([marks.words, marks.own_nick] if marks else [])]
    return _signer().sign_object(claims, compress=False)


def read_token(token: str) -> tuple[FollowedChannel, Marks | None]:
    try:
        channel_id, url, visibility, *reader = _signer().unsign_object(token, max_age=MAX_AGE_SECONDS)
    except SignatureExpired:
        raise TokenError("This token is too old: use the page's own live address again.") from None
    except (BadSignature, ValueError):
        raise TokenError("This is not a token of this site.") from None
    marks = Marks(tuple(reader[0]), reader[1]) if reader else None
    return FollowedChannel(channel_id, url, visibility), marks


def _signer() -> TimestampSigner:
    return TimestampSigner(key=settings.LIVE_KEY, salt="live")


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
