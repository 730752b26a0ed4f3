"""Gaps of a channel: opening one, closing it, and shrinking what was recorded after all."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from logs.models import Channel, Gap


def open_gap(channel: int, start: datetime, reason: str) -> None:
    """Open a gap; nothing if one is open already or the channel does not exist."""
    existing = Channel.objects.filter(pk=channel)
    # A unique index allows one open gap per channel; the conflict is with the one that is open already.
    Gap.objects.bulk_create(
        [Gap(channel=found, from_at=start, reason=reason) for found in existing], ignore_conflicts=True
    )


def close_gap(channel: int, end: datetime) -> None:
    """Close the open gap, if there is one."""
    open_gaps = Gap.objects.filter(channel=channel, to_at=None)
    open_gaps.filter(from_at__lt=end).update(to_at=end)
    # Still open: it would end before it starts, as clocks that are set back make it. Nothing is missing.
    open_gaps.delete()


def shrink_gaps(channel: int, start: datetime, end: datetime) -> None:
    """Subtract an interval, which has been recorded after all, from a channel's gaps.

    A gap inside the interval is deleted, one that overlaps an end of it shrinks, and one around it becomes two.
    """
    overlapping = Gap.objects.filter(Q(to_at=None) | Q(to_at__gt=start), channel=channel, from_at__lt=end)
    for gap in overlapping.select_for_update():
        remains_before = gap.from_at < start
        remains_after = gap.to_at is None or gap.to_at > end
        if remains_before and remains_after:
            # The later part keeps the row: if the gap is open, it stays the only open one at every moment.
            Gap.objects.filter(pk=gap.pk).update(from_at=end)
            Gap.objects.create(channel_id=channel, from_at=gap.from_at, to_at=start, reason=gap.reason)
        elif remains_after:
            Gap.objects.filter(pk=gap.pk).update(from_at=end)
        elif remains_before:
            Gap.objects.filter(pk=gap.pk).update(to_at=start)
        else:
            gap.delete()
