"""Lines that go by themselves or all at once: retention, purging a channel, and their last bytes on disk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from logs.models import Channel, Forgotten, HeldLine, Line, Upload, audit_log
from logs.models.line_counter import lock_counters
from logs.privacy import request_scrub

BATCH_LINES = 2000

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
        audit_log.record_act(channel, by, "left the channel and purged its log")
    count = delete_older_lines(channel, now)
    request_scrub(channel.network)
    return count


def delete_older_lines(channel: Channel, before: datetime, most: int | None = None) -> int:
    """Deletes the lines said before a moment, the oldest first, about AT_ONCE at a time; returns how many.

    Stops after about `most` lines. Between two pieces others may store lines in the channel.
    """
    HeldLine.objects.filter(channel=channel, at__lt=before).delete()
    count, start = 0, datetime.min.replace(tzinfo=UTC)
    while most is None or count < most:
        old = Line.objects.filter(channel=channel, at__gte=start, at__lt=before)
        end = old.order_by("at").values_list("at", flat=True)[BATCH_LINES : BATCH_LINES + 1].first() or before
        end = max(end, start + timedelta(microseconds=1))  # more than AT_ONCE lines of one moment
        with transaction.atomic():
            lock_counters({channel.pk})
            count += Line.objects.filter(channel=channel, at__gte=start, at__lt=end).delete()[0]
        if end >= before:
            return count
        start = end
    return count


def apply_retention(now: datetime | None = None, most: int | None = None) -> int:
    """Deletes, in every channel, what is older than its owners want; about `most` lines, if that is given."""
    count = 0
    for channel in Channel.objects.filter(retention__gte=1).select_related("network"):
        left = None if most is None else most - count
        expired = delete_older_lines(channel, (now or timezone.now()) - timedelta(days=channel.retention or 0), left)
        if expired:
            request_scrub(channel.network)
        count += expired
        if most is not None and count >= most:
            return count
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
