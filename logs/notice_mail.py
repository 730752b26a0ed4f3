"""Mails of the site: links that confirm an address, and notices to owners and administrators (logs/owner_notices.py).

The bot sends them. What the mail server does not take is sent later; a server that does not answer ends the round. A
mail can arrive twice if the bot is killed just after it was sent.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from logs import mail_addresses
from logs.models import MailAddress, MailedNotice, OwnerNotice
from logs.models.notices import NoticeKind
from logs.models.people import Role

logger = logging.getLogger(__name__)

_Send = Callable[[MailAddress, BaseEmailBackend, datetime], int]

MAX_MAILED_NOTICES = 50
"""Notices in one mail."""

MAX_MAILS = 50
"""Mails of one round."""

OWNER_MAIL_INTERVAL = ADMIN_MAIL_INTERVAL = timedelta(minutes=10)
"""Between two mails to one owner, or to the administrators, whatever happens in however many channels."""

MAX_FAILURES = 5
"""Refusals in a row, after growing pauses, after which an address counts as not confirmed any more."""

MAX_RETRY_MINUTES = 24 * 60

AUTOMATIC = {"Auto-Submitted": "auto-generated"}
"""So that nobody's holiday answers (RFC 3834)."""


def send_confirmations(now: datetime | None = None) -> int:
    """Send the links by which addresses are confirmed; return how many mails."""
    now = now or timezone.now()
    waiting = MailAddress.objects.filter(_is_due(now), is_asked=True, confirmed_at=None)
    return _send_all(list(waiting.select_related("identity__network").order_by("pk")[:MAX_MAILS]), _confirm, now)


def send_to_owners(now: datetime | None = None) -> int:
    """Mail new notices to the owners who have confirmed an address, one mail each; return how many mails."""
    now = now or timezone.now()
    is_rested = Q(mailed_at=None) | Q(mailed_at__lte=now - OWNER_MAIL_INTERVAL)
    has_news = Exists(_unsent(OuterRef("identity"), OuterRef(OuterRef("pk"))))
    waiting = MailAddress.objects.filter(_is_due(now), is_rested, has_news, confirmed_at__isnull=False)
    rows = list(waiting.select_related("identity__network").order_by(F("mailed_at").asc(nulls_first=True))[:MAX_MAILS])
    return _send_all(rows, _notify, now)


def send_to_administrators(now: datetime | None = None) -> int:
    """Mail new notices to the administrators, all in one mail and not too often; return how many notices."""
    now = now or timezone.now()
    if OwnerNotice.objects.filter(mailed_at__gt=now - ADMIN_MAIL_INTERVAL).exists():
        return 0
    # Administrators get one notice of a privacy request for its network; its owners get one by channel. Where the
    # network refuses the bot, one notice replaces those of its channels.
    absent = OwnerNotice.objects.filter(kind=NoticeKind.NETWORK, network=OuterRef("network"))
    new = OwnerNotice.objects.filter(mailed_at=None).exclude(kind=NoticeKind.REQUEST, channel__isnull=False)
    new = new.exclude(Exists(absent), kind=NoticeKind.REFUSED)
    waiting = list(new.select_related("network", "channel").order_by("pk")[:MAX_MAILED_NOTICES])
    if not waiting:
        return 0
    text = "\n\n".join(notice.text for notice in waiting)
    if not send_alert(_make_subject(waiting), text, list_administrators()):
        return 0
    OwnerNotice.objects.filter(pk__in=[notice.pk for notice in waiting]).update(mailed_at=now)
    return len(waiting)


def list_administrators() -> list[str]:
    """Return the addresses of ADMINS and of all superusers, each once."""
    users = get_user_model()._default_manager.filter(is_active=True, is_superuser=True).exclude(email="")
    addresses = [*settings.ADMIN_ADDRESSES, *users.order_by("pk").values_list("email", flat=True)]
    found: dict[str, str] = {}
    for address in addresses:
        found.setdefault(address.lower(), address)
    return list(found.values())


def send_alert(subject: str, text: str, addresses: Sequence[str]) -> bool:
    """Mail something to administrators; return whether the mail server took it. It does not need the database."""
    if not (settings.EMAIL_URL and addresses):
        return False
    text = f"{text}\n\n{settings.SITE_URL}/admin/\n"
    try:
        EmailMessage(subject, text, bcc=list(addresses), headers=AUTOMATIC).send()
    except (OSError, smtplib.SMTPException) as error:
        logger.warning("a mail to the administrators was not sent: %s", error)
        return False
    return True


def _is_due(now: datetime) -> Q:
    return Q(retry_at=None) | Q(retry_at__lte=now)


def _unsent(identity: Any, address: Any) -> QuerySet[OwnerNotice]:
    """Return the notices about a person's channels that were not sent to their address yet."""
    sent = MailedNotice.objects.filter(notice=OuterRef("pk"), address=address)
    return OwnerNotice.objects.filter(
        ~Exists(sent),
        channel__notifies=True,
        channel__memberships__identity=identity,
        channel__memberships__role=Role.OWNER,
    )


def _make_subject(notices: Sequence[OwnerNotice]) -> str:
    more = f" and {len(notices) - 1} more" if len(notices) > 1 else ""
    return " ".join(f"[{settings.SITE_NAME}] {notices[0]}{more}".split())


def _send_all(rows: list[MailAddress], send: _Send, now: datetime) -> int:
    """Send a mail to each over one connection, and note what became of it; return how many were sent."""
    if not (settings.EMAIL_URL and rows):
        return 0
    count, server = 0, get_connection()
    try:
        server.open()
        for row in rows:
            try:
                count += send(row, server, now)
            except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as error:
                _note_refusal(row, error, now)
        server.close()
    except (OSError, smtplib.SMTPException) as error:
        logger.warning("mails to owners have to wait: %s", error)
    return count


def _confirm(row: MailAddress, server: BaseEmailBackend, _now: datetime) -> int:
    text = f"""Somebody signed in as {row.identity} on {row.identity.network} at {settings.SITE_URL} wants notices about
their channels sent to this address. If that is you, follow this link within a day:

{mail_addresses.confirmation_url(row)}

If it is not you, do nothing: no notice is sent here without it. To get no mail of this site at all:

{mail_addresses.stop_url(row)}
"""
    message = _compose(row, f"[{settings.SITE_NAME}] Confirm your address", text, server)
    # First, so that a link that is wanted meanwhile is not taken for the one that is sent here.
    if not MailAddress.objects.filter(pk=row.pk, nonce=row.nonce, is_asked=True).update(is_asked=False):
        return 0
    try:
        message.send()
    except (OSError, smtplib.SMTPException):
        MailAddress.objects.filter(pk=row.pk, nonce=row.nonce, confirmed_at=None).update(is_asked=True)
        raise
    MailAddress.objects.filter(pk=row.pk).update(failures=0, retry_at=None, problem="")
    return 1


def _notify(row: MailAddress, server: BaseEmailBackend, now: datetime) -> int:
    notices = list(_unsent(row.identity_id, row.pk).select_related("network", "channel").order_by("pk"))
    if not notices:
        return 0
    notices = notices[:MAX_MAILED_NOTICES]
    text = "\n\n".join(notice.text for notice in notices)
    text += f"""

You own the logs of these channels, as {row.identity} on {row.identity.network}. What you are sent, and where, you
decide at {settings.SITE_URL}{reverse("me")}#mail

No more of these mails: {mail_addresses.stop_url(row)}
"""
    _compose(row, _make_subject(notices), text, server).send()
    with transaction.atomic():
        # The person may have removed the address meanwhile.
        for sent_to in MailAddress.objects.select_for_update().filter(pk=row.pk):
            MailedNotice.objects.bulk_create(
                [MailedNotice(address=sent_to, notice=notice) for notice in notices], ignore_conflicts=True
            )
            MailAddress.objects.filter(pk=row.pk).update(mailed_at=now, failures=0, retry_at=None, problem="")
    return 1


def _compose(row: MailAddress, subject: str, text: str, server: BaseEmailBackend) -> EmailMessage:
    """Return a mail that mail programs can stop with one click (RFC 8058)."""
    headers = {
        **AUTOMATIC,
        "List-Unsubscribe": f"<{mail_addresses.stop_url(row)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return EmailMessage(subject, text, to=[row.address], headers=headers, connection=server)


def _note_refusal(row: MailAddress, error: smtplib.SMTPException, now: datetime) -> None:
    """Pause after a refusal, longer each time. After MAX_FAILURES the address is not used any more."""
    answers = list(error.recipients.values()) if isinstance(error, smtplib.SMTPRecipientsRefused) else [error.args[:2]]
    code, words = answers[0]
    problem = f"{code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"
    logger.warning("the mail server refused a mail to an owner: %s", code)
    failures = row.failures + 1
    changes: dict[str, object] = {"failures": failures, "problem": " ".join(problem.split())[:200]}
    changes["retry_at"] = now + timedelta(minutes=min(2**failures, MAX_RETRY_MINUTES))
    if failures >= MAX_FAILURES:
        # Counted anew from here, after which it is deleted if nobody has another link sent.
        changes |= {"confirmed_at": None, "is_asked": False, "given_at": now}
    MailAddress.objects.filter(pk=row.pk, address=row.address).update(**changes)
