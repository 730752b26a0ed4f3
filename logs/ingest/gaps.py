"""Gaps, topics and redactions from the journal into the database, inside the caller's transaction."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from logs import holding, privacy
from logs.ingest.entry import GapClosed, GapCovered, GapOpened, Redacted, TopicKnown, WaveSeen
from logs.ingest.store import clean
from logs.models import Channel, Gap
from logs.ownership import topic_is


def note(record: GapOpened | GapClosed | GapCovered | TopicKnown | Redacted | WaveSeen) -> None:
    """Does what a record says; nothing for a channel that is gone."""
    match record:
        case GapOpened():
            gaps = [
                Gap(channel=channel, from_at=record.at, reason=record.reason)
                for channel in Channel.objects.filter(pk=record.channel)
            ]
            Gap.objects.bulk_create(gaps, ignore_conflicts=True)
        case GapClosed():
            Gap.objects.filter(channel=record.channel, to_at=None, from_at__lt=record.at).update(to_at=record.at)
            Gap.objects.filter(channel=record.channel, to_at=None).delete()
        case GapCovered():
            cover(record.channel, record.at, record.until)
        case TopicKnown():
            topic_is(record.channel, clean(record.text))
        case Redacted():
            for channel in Channel.objects.filter(pk=record.channel).select_related("network"):
                privacy.redact_message(channel, clean(record.msgid)[:500], clean(record.nick))
        case WaveSeen():
            holding.hold_back(record)


def cover(channel: int, start: datetime, end: datetime) -> None:
    """Takes an interval out of a channel's gaps: those inside go, others shrink, one around it becomes two."""
    touched = Gap.objects.filter(Q(to_at=None) | Q(to_at__gt=start), channel=channel, from_at__lt=end)
    for gap in touched.select_for_update():
        before, after = gap.from_at < start, gap.to_at is None or gap.to_at > end
        if after and before:
            Gap.objects.filter(pk=gap.pk).update(from_at=end)
            Gap.objects.create(channel_id=channel, from_at=gap.from_at, to_at=start, reason=gap.reason)
        elif after:
            Gap.objects.filter(pk=gap.pk).update(from_at=end)
        elif before:
            Gap.objects.filter(pk=gap.pk).update(to_at=start)
        else:
            gap.delete()
