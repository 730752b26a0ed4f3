"""One-time codes: a page shows one, a person says it on IRC, and the page knows who that was.

A code is `SSSS-XXXX-XXXX`. The first four characters find its row, the rest is compared in constant time with a keyed
digest: the database alone gives no codes away. A code is valid for ten minutes, once, and for a few wrong guesses.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from logs.models import Code, Identity, Network
from logs.models.postgres import notify_code

LIFETIME = timedelta(minutes=10)
MAX_WRONG_GUESSES = 5
MAX_OPEN_CODES = 10_000
"""Codes of one network that may be valid at one time."""

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE = re.compile(rf"(?<![^\s:])([{_ALPHABET}]{{4}})-([{_ALPHABET}]{{4}}-[{_ALPHABET}]{{4}})(?!\S)", re.IGNORECASE)


class TooManyCodesError(Exception):
    """A network has MAX_OPEN_CODES valid codes already."""


def contains_code(text: str) -> bool:
    return _CODE.search(text) is not None


def issue(network: Network, channel: str = "") -> tuple[Code, str]:
    """Create a code, to sign in or to claim a channel (folded); return its row and the text to be said on IRC."""
    now = timezone.now()
    Code.objects.filter(expires_at__lt=now - LIFETIME).delete()
    if Code.objects.filter(network=network, expires_at__gt=now).count() >= MAX_OPEN_CODES:
        raise TooManyCodesError
    selector, first, second = ("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))
    Code.objects.filter(selector=selector).delete()
    code = Code.objects.create(
        network=network,
        channel=channel,
        selector=selector,
        digest=_digest(f"{first}-{second}"),
        expires_at=now + LIFETIME,
    )
    return code, f"{selector}-{first}-{second}"


def find_open(network_id: int, text: str) -> str:
    """Return the first part of the code in a text if a code that waits has it, whatever the rest is; else ""."""
    match = _CODE.search(text)
    selector = match[1].upper() if match else ""
    return selector if _open_codes(network_id).filter(selector=selector).exists() else ""


def check(network: Network, channel: str, text: str) -> Code | None:
    """Return the valid code in a text that was said in a channel (folded; "": in private).

    None, and one wrong guess more, if there is none. Call it in a transaction: the row stays locked, so that a code
    cannot be used twice at one moment.
    """
    match = _CODE.search(text)
    if match is None:
        return None
    code = _open_codes(network.pk).select_for_update().filter(selector=match[1].upper()).first()
    # Compared with something also where no row was found: the time must not show whether a selector exists.
    same = hmac.compare_digest(_digest(match[2].upper()), code.digest if code else _digest(""))
    if code and same and code.channel == channel:
        return code
    if code:
        Code.objects.filter(pk=code.pk).update(wrong=F("wrong") + 1)
    count_wrong(network.pk)
    return None


def count_wrong(network_id: int) -> None:
    """Count a code that matched none of ours."""
    Network.objects.filter(pk=network_id).update(wrong_codes=F("wrong_codes") + 1)


def _open_codes(network_id: int) -> QuerySet[Code]:
    """The codes that wait for somebody to say them."""
    return Code.objects.filter(
        network=network_id, identity=None, used_at=None, expires_at__gt=timezone.now(), wrong__lt=MAX_WRONG_GUESSES
    )


def prove(code: Code, identity: Identity) -> None:
    """Record who said a code, and notify the page that shows it when the transaction commits."""
    Code.objects.filter(pk=code.pk).update(identity=identity)
    notify_code(code.pk)


def state(number: int) -> str:
    """Return the state of a code: "waiting", "proven" or "over"."""
    code = Code.objects.filter(pk=number, used_at=None, expires_at__gt=timezone.now()).first()
    if code is None:
        return "over"
    return "waiting" if code.identity_id is None else "proven"


def redeem(number: int) -> Identity | None:
    """Use up a code and return who said it; None if nobody has, or if the code is over."""
    with transaction.atomic():
        open_codes = Code.objects.select_for_update(of=("self",)).select_related("identity__network")
        code = open_codes.filter(pk=number, used_at=None, expires_at__gt=timezone.now()).first()
        if code is None or code.identity is None:
            return None
        Code.objects.filter(pk=code.pk).update(used_at=timezone.now())
        return code.identity


def _digest(secret: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"code {secret}".encode(), hashlib.sha256).hexdigest()
