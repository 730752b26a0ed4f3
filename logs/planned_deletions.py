"""Deleting a day after an owner has decided it, so that a mistake can be undone: purges and shorter retention.

What one person said is erased at once (logs/privacy.py): that is the person's right and no setting.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from logs import retention
from logs.active_language import in_english
from logs.ingest.channel_state import reload_open_pages
from logs.models import Channel, PlannedDeletion, audit_log
from logs.models.line_counts import lock_counters
from logs.models.planned_deletion import DeletionKind
from logs.privacy import request_scrub

GRACE = timedelta(days=1)


def plan_purge(channel: Channel, by: str) -> PlannedDeletion:
    """Hide a log at once, let the bot leave, and delete the log after GRACE."""
    with transaction.atomic():
        lock_counters({channel.pk})
        current = Channel.objects.get(pk=channel.pk)
        plan, is_new = PlannedDeletion.objects.get_or_create(
            channel=channel,
            kind=DeletionKind.PURGE,
            defaults={
                "by": by[:250],
                "created_at": timezone.now(),
                "due_at": timezone.now() + GRACE,
                "was_hidden": current.hidden,
                "was_wanted": current.wanted,
            },
        )
        if is_new:
            Channel.objects.filter(pk=channel.pk).update(wanted=False, hidden=True, access=F("access") + 1)
            audit_log.record_act(
                channel, by, f"left the channel; its log is deleted on {plan.due_at:%Y-%m-%d %H:%M} UTC"
            )
    return plan


def plan_retention(channel: Channel, former: int | None, by: str) -> None:
    """Let a new limit delete only after GRACE, if it is shorter than the former one; in the caller's transaction."""
    plans = PlannedDeletion.objects.filter(channel=channel, kind=DeletionKind.RETENTION)
    earlier = plans.first()
    # Of several changes within the grace, undoing restores what was before all of them.
    former = earlier.former_retention if earlier else former
    plans.delete()
    days = Channel.objects.values_list("retention", flat=True).get(pk=channel.pk)
    if days is not None and (former is None or days < former):
        PlannedDeletion.objects.create(
            channel=channel,
            kind=DeletionKind.RETENTION,
            by=by[:250],
            due_at=timezone.now() + GRACE,
            former_retention=former,
        )


def undo(channel: Channel, plan_id: int, by: str) -> bool:
    """Undo a planned deletion; False if there is none any more."""
    with transaction.atomic():
        lock_counters({channel.pk})
        plan = PlannedDeletion.objects.select_for_update().filter(channel=channel, pk=plan_id).first()
        if plan is None:
            return False
        if plan.kind == DeletionKind.PURGE:
            Channel.objects.filter(pk=channel.pk).update(
                wanted=plan.was_wanted, hidden=plan.was_hidden, access=F("access") + 1
            )
        else:
            Channel.objects.filter(pk=channel.pk).update(retention=plan.former_retention)
        with in_english():
            audit_log.record_act(channel, by, f"undid the deletion of {plan.get_kind_display()}")
        plan.delete()
    return True


def carry_out_due(now: datetime | None = None, max_lines: int | None = None) -> int:
    """Purge the channels whose time has come, and end the grace of limits; return how many lines were deleted.

    Ends after about `max_lines`, if given. A purge that was interrupted is continued by the next call.
    """
    count = 0
    for plan in PlannedDeletion.objects.filter(due_at__lte=now or timezone.now()).select_related("channel__network"):
        if plan.kind == DeletionKind.PURGE:
            remaining = None if max_lines is None else max_lines - count
            with transaction.atomic():
                lock_counters({plan.channel_id})
                # Not what was said after the owner's decision: the bot may have been invited again.
                retention.forget_all_lines(plan.channel, plan.created_at)
            count += retention.delete_older_lines(plan.channel, plan.created_at, remaining)
            if max_lines is not None and count >= max_lines:
                return count
            Channel.objects.filter(pk=plan.channel_id, wanted=False).update(topic="")
            # Of its owners, who may read it until now.
            reload_open_pages(plan.channel)
            audit_log.record_act(plan.channel, plan.by, "purged the log")
            request_scrub(plan.channel.network)
        plan.delete()
    return count
