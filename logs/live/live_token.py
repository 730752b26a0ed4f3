"""Signed tokens that let a reader connect to a realtime process; the web process issues them.

A realtime process has no database, so the token itself names the channel and who could read it when it was issued.
"""

from __future__ import annotations

from django.conf import settings
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner

from logs.live.backplane import FollowedChannel
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
