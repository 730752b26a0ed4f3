"""Tokens of the API: given once, known again by their digest, revoked."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from logs.models import ApiToken, Channel, Identity, Visitor, audit_log

PREFIX = "botbot_"
"""What every token begins with, so that one is known where it was left lying about."""

MAX_CHANNEL_TOKENS = 50
"""Tokens of a channel at one time."""

LAST_USED_PRECISION = timedelta(minutes=1)
"""How exactly it is noted when a token was used last: not every request is to write a row."""


class TokenError(Exception):
    """There will be no token; the text says why."""


def create_token(channel: Channel, name: str, by: str, *, identity: Identity | None = None, user: Any = None) -> str:
    """A new token, which is nowhere else: whoever loses it needs another one."""
    if identity is not None and not identity.account:
        raise TokenError("A nick can be anybody's tomorrow: sign in with an account to make a token.")
    text = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        Channel.objects.select_for_update().get(pk=channel.pk)
        if channel.tokens.count() >= MAX_CHANNEL_TOKENS:
            raise TokenError(f"A channel has {MAX_CHANNEL_TOKENS} tokens at the most: revoke one first.")
        ApiToken.objects.create(channel=channel, identity=identity, user=user, name=name, digest=_digest(text))
        audit_log.record_act(channel, by, f"made the API token “{name}”")
    return text


def revoke_token(token: ApiToken, by: str) -> None:
    """From now on it opens nothing; streams that it opened end."""
    with transaction.atomic():
        Channel.objects.filter(pk=token.channel_id).update(access=F("access") + 1)
        audit_log.record_act(token.channel, by, f"revoked the API token “{token.name}”")
        token.delete()


def find_bearer(text: str) -> tuple[ApiToken, Visitor] | None:
    """The token of this text and who its bearer is; None if there is none, or if its maker is no administrator now."""
    if not (text.startswith(PREFIX) and text.isascii()):
        return None
    token = ApiToken.objects.select_related("user").filter(digest=_digest(text)).first()
    if token is None:
        return None
    if token.user is not None and not is_admin(token.user):
        return None
    now = timezone.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_PRECISION)
    if token.last_used_at is None or token.last_used_at < now - LAST_USED_PRECISION:
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
    return token, Visitor(token.user is not None, token.identity_id, only_channel=token.channel_id)


def is_admin(user: Any) -> bool:
    return bool(user.is_active and getattr(user, "is_staff", False) and user.has_perm("logs.change_channel"))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
