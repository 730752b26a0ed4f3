"""Held lines: outside the archive until they are due, or until an owner releases or discards them.

Floods and spam are held from their first line on, which was stored before anybody could know: `hold_back` takes it out
again. Owners and moderators hold lines by hand. Lines of a channel with a delay are held by the rules of logs.ingest
and released when they are due.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from logs.ingest.channel_state import remove_lines
from logs.ingest.entry import FloodDetected
from logs.ingest.rules import make_held_line
from logs.ingest.store import entry_of, insert_lines
from logs.models import Channel, HeldLine, Line, audit_log
from logs.models.line import PLACEHOLDER_KINDS, SAID, HoldReason
from logs.models.line_counts import lock_counters
from logs.text.plurals import counted

BATCH_LINES = 1000
"""Lines released in one transaction; also the most that are taken out as the beginning of one flood."""


def hold_back(flood: FloodDetected) -> int:
    """Take the beginning of a flood out of the archive, in the caller's transaction; return how many lines it was.

    Nothing where the channel's owners have switched that off.
    """
    channel = Channel.objects.filter(pk=flood.channel, holds_spam=True).first()
    if channel is None:
        return 0
    messages = Line.objects.filter(channel=channel, nick=flood.nick, at__gte=flood.at, kind__in=SAID)
    lines = list(messages.order_by("id")[:BATCH_LINES])
    HeldLine.objects.bulk_create(
        [make_held_line(entry_of(line), HoldReason(flood.why)) for line in lines],
        ignore_conflicts=True,
    )
    return remove_lines(channel, [line.id for line in lines])


def hold_lines(channel: Channel, ids: Collection[int], by: str, why: str = "") -> int:
    """Take lines out of the archive until an owner releases or discards them; return how many there were."""
    with transaction.atomic():
        lock_counters({channel.pk})
        lines = list(
            Line.objects.filter(channel=channel, id__in=ids).exclude(kind__in=PLACEHOLDER_KINDS).order_by("at", "id")
        )
        HeldLine.objects.bulk_create(
            [make_held_line(entry_of(line), HoldReason.MODERATION) for line in lines], ignore_conflicts=True
        )
        count = remove_lines(channel, [line.id for line in lines])
        if count:
            audit_log.record_act(channel, by, f"held {counted(count)} back{f': {why}' if why else ''}")
    return count


def release(held: QuerySet[HeldLine]) -> int:
    """Store held lines in the archive, at their own times, and return how many; live sends them."""
    count = 0
    while True:
        with transaction.atomic():
            # Two processes may release at once: each skips what the other has locked, and nothing is stored twice.
            lines = list(held.select_for_update(skip_locked=True).order_by("at", "pk")[:BATCH_LINES])
            if not lines:
                return count
            HeldLine.objects.filter(pk__in=[line.pk for line in lines]).delete()
            insert_lines([entry_of(line) for line in lines])
        count += len(lines)
        if len(lines) < BATCH_LINES:
            return count


def release_due(now: datetime | None = None) -> int:
    """Release the delayed lines whose time has come; return how many."""
    now = now or timezone.now()
    # The bot does this every second, mostly for nothing: one small query then, which the ORM need not build.
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM logs_heldline WHERE due_at <= %s)", [now])
        (is_any_due,) = cursor.fetchone()
    return release(HeldLine.objects.filter(due_at__lte=now)) if is_any_due else 0


def release_spam(channel: Channel, ids: Collection[int] | None, by: str) -> int:
    """Release spam, by its primary keys or (None) all of it; return how many lines. Delayed lines stay held."""
    count = release(_spam(channel, ids))
    if count:
        audit_log.record_act(channel, by, f"released {count} held lines")
    return count


def discard_spam(channel: Channel, ids: Collection[int] | None, by: str) -> int:
    """Delete spam for good, by its primary keys or (None) all of it; return how many lines."""
    with transaction.atomic():
        count, _ = _spam(channel, ids).delete()
        if count:
            audit_log.record_act(channel, by, f"discarded {count} held lines")
    return count


def _spam(channel: Channel, ids: Collection[int] | None) -> QuerySet[HeldLine]:
    held = HeldLine.objects.filter(channel=channel, due_at=None)
    return held if ids is None else held.filter(pk__in=ids)
