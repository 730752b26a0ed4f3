"""A mail to the administrators when the bot does not run: the web looks for that, since the bot sends all others."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import gevent
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Max
from django.utils import timezone

from logs import notice_mail
from logs.models import BotStatus, OwnerNotice
from logs.models.owner_notice import NoticeKind

logger = logging.getLogger(__name__)

CHECK_SECONDS = 60.0
SILENT_AFTER = timedelta(minutes=30)


def watch_bot() -> None:
    """Look once a minute, for ever."""
    problem = ""
    while True:
        try:
            report_silent_bot()
            problem = ""
        except (DatabaseError, InterfaceError) as error:
            if not problem:
                logger.warning("whether the bot runs is not known: %s", " ".join(str(error).split()))
            problem = str(error)
        finally:
            connection.close()
        gevent.sleep(CHECK_SECONDS)


def report_silent_bot(now: datetime | None = None) -> bool:
    """Send a mail if the bot reports nothing any more; return whether this process did.

    The notice in the database belongs to all web processes: the one that marks it sends the mail. The bot deletes it a
    day after it is back, so that one that comes and goes is told once a day at the most.
    """
    now = now or timezone.now()
    networks = BotStatus.objects.filter(channel=None, network__wanted=True).exclude(network__host="")
    reported_at = networks.aggregate(at=Max("updated_at"))["at"]
    if reported_at is None or now - reported_at < SILENT_AFTER:
        return False
    text = f"The bot has reported nothing since {reported_at:%Y-%m-%d %H:%M} UTC: no channel is logged. Is it running?"
    OwnerNotice.objects.bulk_create([OwnerNotice(kind=NoticeKind.BOT, text=text)], ignore_conflicts=True)
    own = OwnerNotice.objects.filter(kind=NoticeKind.BOT, network=None)
    if not own.filter(mailed_at=None).update(mailed_at=now):
        return False
    subject = f"[{settings.SITE_NAME}] {NoticeKind.BOT.label}"
    if notice_mail.send_alert(subject, text, notice_mail.list_administrators()):
        return True
    own.update(mailed_at=None)  # tried again in a minute
    return False
