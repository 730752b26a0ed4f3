"""Lines that are held back: taken out of the archive or never let in, until they are due, released or discarded."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from logs.ingest.entry import Entry, FloodDetected
from logs.ingest.removal import remove_lines
from logs.ingest.store import insert_lines
from logs.models import Channel, HeldLine, Line, audit_log
from logs.models.line import SAID, HoldReason

BATCH_LINES = 1000


def hold_back(wave: FloodDetected) -> int:
    """Takes the beginning of a wave out of the archive, in the caller's transaction, unless owners do not want that."""
    channel = Channel.objects.filter(pk=wave.channel, holds_spam=True).first()
    if channel is None:
        return 0
    said = Line.objects.filter(channel=channel, nick=wave.nick, at__gte=wave.at, kind__in=SAID)
    lines = list(said.order_by("id")[:BATCH_LINES])
    HeldLine.objects.bulk_create(
        [
            HeldLine(
                channel=channel,
                why=HoldReason(wave.why),
                at=line.at,
                kind=line.kind,
                nick=line.nick,
                text=line.text,
                account=line.account,
                msgid=line.msgid,
                target=line.target,
            )
            for line in lines
        ],
        ignore_conflicts=True,
    )
    return remove_lines(channel, [line.id for line in lines])


def release(held: QuerySet[HeldLine]) -> int:
    """Makes held lines lines of the archive, at their own times; live shows them. Returns how many."""
    count = 0
    while True:
        with transaction.atomic():
            lines = list(held.select_for_update(skip_locked=True).order_by("at", "pk")[:BATCH_LINES])
            HeldLine.objects.filter(pk__in=[line.pk for line in lines]).delete()
            insert_lines([_entry(line) for line in lines])
        count += len(lines)
        if len(lines) < BATCH_LINES:
            return count


def release_due(now: datetime | None = None) -> int:
    return release(HeldLine.objects.filter(due_at__lte=now or timezone.now()))


def release_spam(channel: Channel, ids: Collection[int] | None, by: str) -> int:
    """Lets out what was held back as spam: some of it, or (None) all. Lines that wait for their time go on waiting."""
    count = release(_spam(channel, ids))
    if count:
        audit_log.record_act(channel, by, f"released {count} held lines")
    return count


def discard_spam(channel: Channel, ids: Collection[int] | None, by: str) -> int:
    with transaction.atomic():
        count, _ = _spam(channel, ids).delete()
        if count:
            audit_log.record_act(channel, by, f"discarded {count} held lines")
    return count


def _spam(channel: Channel, ids: Collection[int] | None) -> QuerySet[HeldLine]:
    held = HeldLine.objects.filter(channel=channel, due_at=None)
    return held if ids is None else held.filter(pk__in=ids)


def _entry(line: HeldLine) -> Entry:
    return Entry(line.channel_id, line.at, line.kind, line.nick, line.text, line.account, line.msgid, line.target)
