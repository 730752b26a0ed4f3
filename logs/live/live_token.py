"""What a visitor may follow, signed by the process that serves pages for one that serves live alone."""

from __future__ import annotations

from django.conf import settings
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner

from logs.live.channel_stream import Followed

SECONDS = 60
"""How long a token may be used to connect. A stream lasts for as long as it lasts."""


class TokenError(Exception):
    """It does not let anybody in; the text says why."""


def give(followed: Followed) -> str:
    return _signer().sign_object([followed.id, followed.url, followed.visibility], compress=False)


def read(token: str) -> Followed:
    try:
        number, url, visibility = _signer().unsign_object(token, max_age=SECONDS)
    except SignatureExpired:
        raise TokenError("This token is too old: ask the page's own live address again.") from None
    except (BadSignature, ValueError):
        raise TokenError("This is no token of this site.") from None
    return Followed(number, url, visibility)


def _signer() -> TimestampSigner:
    return TimestampSigner(key=settings.LIVE_KEY, salt="live")
