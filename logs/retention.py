"""Lines that go by themselves or all at once: retention, purging a channel, and their last bytes on disk."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from logs import audit
from logs.ingest.store import lock_counters
from logs.models import Channel, Forgotten, HeldLine, Line, Upload
from logs.privacy import ask_to_scrub

AT_ONCE = 2000

TABLES = (
    "logs_line",
    "logs_heldline",
    "logs_upload",
    "logs_channel",
    "logs_forgotten",
    "logs_removal",
    "logs_nickcount",
)


def purge(channel: Channel, by: str) -> int:
    """Deletes every line of a channel and lets none come back; the channel stays, hidden and left by the bot."""
    now = timezone.now()
    with transaction.atomic():
        lock_counters({channel.pk})
        Forgotten.objects.filter(channel=channel).delete()
        Forgotten.objects.create(network=channel.network, channel=channel, until=now)
        Channel.objects.filter(pk=channel.pk).update(wanted=False, hidden=True, topic="", access=F("access") + 1)
        HeldLine.objects.filter(channel=channel).delete()
        Upload.objects.filter(channel=channel).delete()
        channel.gaps.all().delete()
        audit.note(channel, by, "left the channel and purged its log")
    count = expire(channel, now)
    ask_to_scrub(channel.network)
    return count


def expire(channel: Channel, before: datetime) -> int:
    """Deletes the lines said before a moment, a few thousand at a time; returns how many."""
    HeldLine.objects.filter(channel=channel, at__lt=before).delete()
    count = 0
    while True:
        old = Line.objects.filter(channel=channel, at__lt=before).order_by("at").values_list("id", flat=True)
        ids = list(old[:AT_ONCE])
        if not ids:
            return count
        with transaction.atomic():
            lock_counters({channel.pk})
            count += Line.objects.filter(channel=channel, id__in=ids).delete()[0]


def keep_retention(now: datetime | None = None) -> int:
    """Deletes, in every channel, what is older than its owners want."""
    count = 0
    for channel in Channel.objects.filter(retention__gte=1).select_related("network"):
        expired = expire(channel, (now or timezone.now()) - timedelta(days=channel.retention or 0))
        if expired:
            ask_to_scrub(channel.network)
        count += expired
    return count


def scrub() -> None:
    """Writes the tables of lines anew, without the bytes of what was deleted; locks them meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for table in TABLES:
            cursor.execute(f"VACUUM (FULL, ANALYZE) {table}")
        cursor.execute("VACUUM (FULL) pg_statistic")
        cursor.execute("CHECKPOINT")
        cursor.execute("RESET statement_timeout")
