"""API tokens: created, recognised by their digest, and revoked."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext

from logs.models import ApiToken, Channel, Identity, Visitor, audit_log

PREFIX = "botbot_"
"""The beginning of every token, by which scanners for leaked secrets recognise one."""

MAX_CHANNEL_TOKENS = 50
"""The most tokens that a channel may have at one time."""

LAST_USED_PRECISION = timedelta(minutes=1)
"""How exactly the last use of a token is recorded: not every request should write a row."""


class TokenError(Exception):
    """No token was created; the text says why."""


def create_token(channel: Channel, name: str, by: str, *, identity: Identity | None = None, user: Any = None) -> str:
    """Create a token and return its text, of which only a digest is stored."""
    if identity is not None and not identity.account:
        raise TokenError(gettext("A nick can be anybody's tomorrow: sign in with an account to make a token."))
    text = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        Channel.objects.select_for_update().get(pk=channel.pk)
        if channel.tokens.count() >= MAX_CHANNEL_TOKENS:
            sentence = gettext("A channel has %(number)s tokens at the most: revoke one first.")
            raise TokenError(sentence % {"number": MAX_CHANNEL_TOKENS})
        ApiToken.objects.create(channel=channel, identity=identity, user=user, name=name, digest=_digest(text))
        audit_log.record_act(channel, by, f"made the API token “{name}”")
    return text


def revoke_token(token: ApiToken, by: str) -> None:
    """Delete a token; streams that it opened end."""
    with transaction.atomic():
        Channel.objects.filter(pk=token.channel_id).update(access=F("access") + 1)
        audit_log.record_act(token.channel, by, f"revoked the API token “{token.name}”")
        token.delete()


def find_bearer(text: str) -> tuple[ApiToken, Visitor] | None:
    """Return the token of a text and the visitor that it stands for.

    None if there is no such token, or if the administrator who made it is none any more.
    """
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
    return token, Visitor(token.user is not None, identity=token.identity_id, only_channel=token.channel_id)


def is_admin(user: Any) -> bool:
    return bool(user.is_active and getattr(user, "is_staff", False) and user.has_perm("logs.change_channel"))


def is_moderator(user: Any) -> bool:
    """Whether an account of the site may remove lines."""
    return bool(user.is_active and getattr(user, "is_staff", False) and user.has_perm("logs.add_redaction"))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
