"""What administrators have to know of the site as a whole, and that no owner can cure.

The bot looks for it with the notices to owners (logs/owner_notices.py). That the database is away, or the bot, cannot
be told in this way: bot/announcements.py and `watch_bot`, which runs in the web, send mails themselves.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

import gevent
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Count, Max, Min, Q
from django.utils import timezone

from logs import notice_mail
from logs.models import BotStatus, Channel, OwnerNotice, Request
from logs.models.bot_status import State
from logs.models.notices import NoticeKind
from logs.site_checklist import find_backup_problem
from logs.text.irc_formatting import make_one_line
from logs.text.plurals import counted

logger = logging.getLogger(__name__)

AWAY_AFTER = timedelta(minutes=15)
REFUSED_AFTER = timedelta(minutes=10)
DUE_WITHIN = timedelta(days=7)
OLD_BACKUP_AFTER = timedelta(days=3)
MAX_DETAIL = 150


class SiteState(NamedTuple):
    """A state of a network, or of the site (None)."""

    network: int | None
    kind: NoticeKind
    text: str


def find_site_states(now: datetime, backup_problem: str) -> Iterator[SiteState]:
    """Yield what lasts at a moment. `backup_problem` comes from `look_for_backups`, which reads a folder."""
    yield from _find_absent_networks(now)
    yield from _find_lost_lines()
    yield from _find_due_requests(now)
    if backup_problem:
        yield SiteState(None, NoticeKind.BACKUP, f"{backup_problem} docs/installing.md says how to make backups.")


def look_for_backups() -> str:
    """Return what is wrong with the backups, "" if nothing is or nobody has said where they are."""
    return find_backup_problem(OLD_BACKUP_AFTER) if settings.BACKUP_DIR else ""


def _find_absent_networks(now: datetime) -> Iterator[SiteState]:
    wanted = BotStatus.objects.filter(channel=None, network__wanted=True).exclude(network__host="")
    away = wanted.filter(state__in=[State.CONNECTING, State.WAITING], since__lt=now - AWAY_AFTER)
    for status in away.select_related("network").order_by("network"):
        since = f"the bot has not been connected since {status.since:%Y-%m-%d %H:%M} UTC"
        text = f"{status.network.name}: {since}: {_shorten(status.detail)}"
        yield SiteState(status.network_id, NoticeKind.NETWORK, text)
    connected = wanted.filter(state=State.CONNECTED).values("network")
    channels = Channel.objects.filter(network__in=connected, wanted=True, stopped="")
    is_refused = Q(status__state=State.REFUSED, status__since__lt=now - REFUSED_AFTER)
    counts = channels.values("network", "network__name").annotate(
        total=Count("pk"), refused=Count("pk", filter=is_refused), reason=Min("status__detail", filter=is_refused)
    )
    for row in counts.order_by("network"):
        if row["refused"] == row["total"]:
            where = f"all {counted(row['total'], 'channel')}" if row["total"] > 1 else "its only channel"
            text = f"{row['network__name']}: the bot is refused in {where}: {_shorten(row['reason'])}"
            yield SiteState(row["network"], NoticeKind.NETWORK, text)


def _find_lost_lines() -> Iterator[SiteState]:
    """Yield for each network what went wrong and nobody has acknowledged."""
    is_wrong = Q(lost__gt=0) | Q(damaged__gt=0) | Q(refused__gt=0) | Q(in_memory__gt=0)
    for status in BotStatus.objects.filter(is_wrong, channel=None).select_related("network").order_by("network"):
        found = [
            f"{counted(status.lost)} lost" if status.lost else "",
            f"{counted(status.damaged, 'damaged record')}" if status.damaged else "",
            f"{counted(status.refused, 'record')} that the database refused" if status.refused else "",
            f"{counted(status.in_memory, 'record')} that the journal's disk did not take" if status.in_memory else "",
        ]
        text = f"{status.network.name}: {', '.join(filter(None, found))}. manage.py botstatus says more;"
        yield SiteState(status.network_id, NoticeKind.LOST, f"{text} with --acknowledge it is done with.")


def _find_due_requests(now: datetime) -> Iterator[SiteState]:
    due = Request.objects.filter(answered_at=None, due_at__lt=now + DUE_WITHIN).values("network", "network__name")
    for row in due.annotate(total=Count("pk"), first=Min("due_at")).order_by("network"):
        text = f"{row['network__name']}: {counted(row['total'], 'privacy request')} not answered yet,"
        yield SiteState(row["network"], NoticeKind.OVERDUE, f"{text} due on {row['first']:%Y-%m-%d}")


def _shorten(text: str) -> str:
    """Return what a server may have said as one line."""
    return make_one_line(text)[:MAX_DETAIL]


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
