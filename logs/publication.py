"""Publishing what was said while a log was closed, and telling people in the channel who may read it.

Opening a log is one step, publishing its past another: what was said in a closed period (logs/models/closed_period.py)
stays readable only to those who could read it then, until an owner publishes it here.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Max, Min, QuerySet, Sum
from django.utils import timezone

from logs.accounts.identity import Reply
from logs.ingest.closed_lines import add_range
from logs.localize import plural
from logs.models import Channel, ClosedPeriod, DayCount, Readers, audit_log
from logs.models.line_counts import advance_counters, lock_counters
from logs.text.plurals import counted

MAX_LISTED = 100
"""Closed periods that an owner can choose from; each of them has lines."""


class ClosedPart(NamedTuple):
    """An ended period with lines that fewer people can read than the log: how many lines, and their first and last day.

    `readers` says who could read the log then.
    """

    period: int
    readers: str
    lines: int
    first: date
    last: date

    def __str__(self) -> str:
        if self.first == self.last:
            return plural(
                "%(count)s line of %(day)s, readable for %(readers)s only",
                "%(count)s lines of %(day)s, readable for %(readers)s only",
                self.lines,
                day=self.first,
                readers=self.readers,
            )
        return plural(
            "%(count)s line from %(first)s to %(last)s, readable for %(readers)s only",
            "%(count)s lines from %(first)s to %(last)s, readable for %(readers)s only",
            self.lines,
            first=self.first,
            last=self.last,
            readers=self.readers,
        )


def fetch_closed_parts(channel: Channel) -> list[ClosedPart]:
    """Return the parts of a log that can be published, the newest first."""
    with_lines = (
        _publishable(channel)
        .filter(day_counts__lines__gt=0)
        .annotate(lines=Sum("day_counts__lines"), first_day=Min("day_counts__day"), last_day=Max("day_counts__day"))
    )
    rows = with_lines.order_by("-pk").values_list("pk", "readers", "lines", "first_day", "last_day")[:MAX_LISTED]
    return [ClosedPart(pk, str(Readers(readers).label), *counts) for pk, readers, *counts in rows]


def publish(channel: Channel, periods: Collection[int], by: str) -> int:
    """Make the lines of ended periods readable to all readers of the log, and return how many.

    Open pages load again. No line is rewritten, so the cost grows with the number of days and not of lines.
    """
    with transaction.atomic():
        # Under the lock of all writers: a line that was said in one of these periods is stored either before, with
        # it, or afterwards, when the period is gone and the line is public.
        last_id = lock_counters({channel.pk})[channel.pk]
        chosen = _publishable(channel).filter(pk__in=periods)
        totals = chosen.aggregate(lines=Sum("day_counts__lines"))
        days = list(chosen.filter(day_counts__lines__gt=0).values_list("day_counts__day", flat=True).distinct())
        if not days:
            return 0
        # Pages and feeds that were cached without these lines are out of date.
        DayCount.objects.filter(channel=channel, day__in=days).update(revision=F("revision") + 1)
        readers = _current_readers(channel)
        if readers == Readers.EVERYBODY:
            chosen.delete()
        else:
            chosen.update(readers=readers)
        _mark_publication(channel, last_id + 1)
        audit_log.record_act(
            channel, by, f"published {counted(totals['lines'])} that were said while the log was closed"
        )
        if readers == Readers.EVERYBODY:
            request_announcement(channel, f"What was said here between {min(days)} and {max(days)} is public now")
    return int(totals["lines"])


def request_announcement(channel: Channel, sentence: str) -> None:
    """Let the bot say a sentence in the channel, followed by the address of the log."""
    text = f"{sentence}: {settings.SITE_URL}{channel.get_absolute_url()}"
    Channel.objects.filter(pk=channel.pk).update(announcement=text[:400])


def announce_if_opened(channel: Channel, *, was_public: bool) -> None:
    """Let the bot tell the channel that its log became public; or withdraw that, if it became closed again."""
    channel.refresh_from_db(fields=["audience"])
    if channel.is_public and not was_public:
        request_announcement(channel, "The log of this channel is public from now on")
    elif was_public and not channel.is_public:
        Channel.objects.filter(pk=channel.pk).update(announcement="")


def take_announcement(channel_id: int, text: str) -> Reply | None:
    """Return what the bot has to say in a channel, and forget it; None if it was said or withdrawn meanwhile."""
    is_taken = Channel.objects.filter(pk=channel_id, announcement=text).update(announcement="")
    return Reply(text, to_all=True) if is_taken else None


def _publishable(channel: Channel) -> QuerySet[ClosedPeriod]:
    ended = ClosedPeriod.objects.filter(channel=channel, until__isnull=False, published_at=None)
    return ended.filter(readers__gt=_current_readers(channel))


def _current_readers(channel: Channel) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT logs_readers(audience) FROM logs_channel WHERE id = %s", [channel.pk])
        return int(cursor.fetchone()[0])


def _mark_publication(channel: Channel, event_id: int) -> None:
    """Take an id at which live streams tell every reader to load the page again; the counter is locked."""
    now = timezone.now()
    mark = ClosedPeriod.objects.create(channel=channel, readers=Readers.OWNERS, since=now, until=now, published_at=now)
    with connection.cursor() as cursor:
        add_range(cursor, channel.pk, mark.pk, event_id, event_id)
    advance_counters({channel.pk: event_id})
