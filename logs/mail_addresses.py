"""The mail addresses of owners: given on their page, confirmed by a link in a mail, removed by themselves.

The page stores what is wanted, and the bot sends the mails (logs/notice_mail.py): no page waits for a mail server.
Links are signed, and need no sign-in: who reads the mail decides about the address.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext

from logs.models import AskedAddress, Identity, MailAddress, Membership
from logs.models.people import Role

LINK_LIFETIME = timedelta(days=1)
"""How long a link confirms. An address that was not confirmed by then is deleted."""

REFUSAL_LIFETIME = timedelta(days=90)
"""How long nobody can have a link sent to somebody who has refused one."""

LIMIT_WINDOW = timedelta(days=1)
MAX_LINKS_PER_PERSON, MAX_LINKS_PER_ADDRESS = 5, 3
"""Mails with a link within LIMIT_WINDOW."""

_CONFIRM, _STOP = "logs.mail.confirm", "logs.mail.stop"


class AddressError(Exception):
    """Why no mail with a link is sent, in one sentence for the person who wanted it."""


def is_available() -> bool:
    """Return whether the site has a mail server."""
    return bool(settings.EMAIL_URL)


def owns_channels(identity: Identity) -> bool:
    return identity.memberships.filter(role=Role.OWNER).exists()


def give_address(identity: Identity, address: str, *, with_memos: bool) -> MailAddress:
    """Store an address and have a link sent there; the same one, if it is confirmed, only gets the choice."""
    with transaction.atomic():
        _lock(identity)
        known = MailAddress.objects.filter(identity=identity).first()
        if known and known.address == address and known.confirmed_at:
            known.with_memos = with_memos
            known.save(update_fields=["with_memos"])
            return known
        _count_link(identity, address)
        MailAddress.objects.filter(identity=identity).delete()
        return MailAddress.objects.create(
            identity=identity, address=address, with_memos=with_memos, nonce=_make_nonce(), given_at=timezone.now()
        )


def renew_confirmation(identity: Identity) -> MailAddress | None:
    """Have a new link sent, after which earlier ones are invalid; None if there is no address to confirm."""
    with transaction.atomic():
        _lock(identity)
        row = MailAddress.objects.filter(identity=identity, confirmed_at=None).first()
        if row is None:
            return None
        _count_link(identity, row.address)
        row.nonce, row.is_asked, row.given_at = _make_nonce(), True, timezone.now()
        row.failures, row.retry_at, row.problem = 0, None, ""
        row.save()
        return row


def remove_address(identity: Identity) -> bool:
    """Delete the address of a person, and what was sent there; return whether there was one."""
    return bool(MailAddress.objects.filter(identity=identity).delete()[0])


def confirmation_url(row: MailAddress) -> str:
    token = signing.dumps([row.pk, row.nonce], salt=_CONFIRM)
    return f"{settings.SITE_URL}{reverse('confirm_mail', args=[token])}"


def stop_url(row: MailAddress) -> str:
    """Return the address of the page that removes this mail address, also by the one click of mail programs."""
    token = signing.dumps([row.pk, _digest(row.address)[:16]], salt=_STOP)
    return f"{settings.SITE_URL}{reverse('stop_mail', args=[token])}"


def find_unconfirmed(token: str) -> MailAddress | None:
    """Return the address that a link would confirm; None if the link is used, replaced, too old or invented."""
    try:
        key, nonce = signing.loads(token, salt=_CONFIRM, max_age=LINK_LIFETIME)
    except signing.BadSignature:
        return None
    row = MailAddress.objects.select_related("identity__network").filter(pk=key).first()
    return row if row and nonce and secrets.compare_digest(row.nonce, nonce) else None


def confirm(token: str) -> MailAddress | None:
    """Confirm an address by its link, which is then used up."""
    row = find_unconfirmed(token)
    if row is None:
        return None
    changed = MailAddress.objects.filter(pk=row.pk, nonce=row.nonce).exclude(nonce="")
    return row if changed.update(confirmed_at=timezone.now(), nonce="", is_asked=False, problem="") else None


def find_stoppable(token: str) -> tuple[bool, MailAddress | None]:
    """Return whether a link is one of this site, and the address that it would remove if that is still there."""
    try:
        key, digest = signing.loads(token, salt=_STOP)
    except signing.BadSignature:
        return False, None
    row = MailAddress.objects.select_related("identity__network").filter(pk=key).first()
    return True, row if row and _digest(row.address)[:16] == digest else None


def stop(row: MailAddress) -> None:
    """Remove an address by its link. If it was never confirmed, its reader does not want to be asked again either."""
    with transaction.atomic():
        if row.confirmed_at is None:
            AskedAddress.objects.create(digest=_digest(row.address), is_refusal=True)
        MailAddress.objects.filter(pk=row.pk).delete()


def delete_unneeded(now: datetime | None = None) -> int:
    """Delete addresses that were not confirmed in time or whose person owns no channel any more; return how many."""
    now = now or timezone.now()
    owners = Membership.objects.filter(identity=OuterRef("identity"), role=Role.OWNER)
    is_late = Q(confirmed_at=None, given_at__lt=now - LINK_LIFETIME)
    unneeded = MailAddress.objects.filter(is_late | ~Exists(owners))
    count = unneeded.count()
    unneeded.delete()
    requests = AskedAddress.objects
    requests.filter(is_refusal=False, at__lt=now - LIMIT_WINDOW).delete()
    requests.filter(is_refusal=True, at__lt=now - REFUSAL_LIFETIME).delete()
    return count


def _lock(identity: Identity) -> None:
    """Let one request of a person decide at a time, in the caller's transaction."""
    Identity.objects.select_for_update().get(pk=identity.pk)


def _make_nonce() -> str:
    return secrets.token_urlsafe(18)


def _digest(address: str) -> str:
    return salted_hmac("logs.mail.address", address.lower(), algorithm="sha256").hexdigest()


def _count_link(identity: Identity, address: str) -> None:
    """Count one more mail with a link; raise AddressError if it is one too many, or refused."""
    digest, since = _digest(address), timezone.now() - LIMIT_WINDOW
    sent = AskedAddress.objects.filter(is_refusal=False, at__gte=since)
    refused = AskedAddress.objects.filter(is_refusal=True, at__gte=timezone.now() - REFUSAL_LIFETIME)
    if refused.filter(digest=digest).exists():
        raise AddressError(
            gettext("Whoever reads this address has asked this site for no more mail. Give another one.")
        )
    if (
        sent.filter(identity=identity).count() >= MAX_LINKS_PER_PERSON
        or sent.filter(digest=digest).count() >= MAX_LINKS_PER_ADDRESS
    ):
        raise AddressError(gettext("Too many mails with a link were sent within a day: please try again tomorrow."))
    AskedAddress.objects.create(identity=identity, digest=digest)
