"""What changes in a channel besides new lines: gaps in the log, lines that are removed, and which nicks are bots.

A gap is opened, closed, and shrunk by what was recorded after all. A trigger gives each change an id of the channel
(logs/sql/gap_changes.sql), for live streams. Every function here that changes a gap locks the channel's counter before:
that is the order in which writers of lines lock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q

from logs.conversations import reply_store
from logs.ingest.entry import GapClosed, GapOpened
from logs.models import Channel, Gap, Removal
from logs.models.line import ALL_LINES
from logs.models.line_counts import advance_counters, lock_counters
from logs.text.names import fold


def open_gap(channel: int, start: datetime, reason: str) -> None:
    """Open a gap; nothing if one is open already or the channel does not exist."""
    open_gaps([GapOpened(channel, start, reason)])


def open_gaps(opened: Sequence[GapOpened]) -> None:
    """Open gaps, at most one for each channel; see `open_gap`."""
    channels, starts = [gap.channel for gap in opened], [gap.at for gap in opened]
    reasons = [str(gap.reason) for gap in opened]
    lock_counters(set(channels))
    with connection.cursor() as cursor:
        # A unique index allows one open gap per channel; the conflict is with the one that is open already.
        cursor.execute(
            "INSERT INTO logs_gap (channel_id, from_at, reason) SELECT channel, at, reason"
            " FROM unnest(%s::integer[], %s::timestamptz[], %s::text[]) AS new(channel, at, reason)"
            " JOIN logs_channel ON logs_channel.id = channel ON CONFLICT DO NOTHING",
            [channels, starts, reasons],
        )


def close_gap(channel: int, end: datetime) -> None:
    """Close the open gap, if there is one."""
    close_gaps([GapClosed(channel, end)])


def close_gaps(closed: Sequence[GapClosed]) -> None:
    """Close the open gaps of channels, each of which is there once; see `close_gap`."""
    channels, ends = [gap.channel for gap in closed], [gap.at for gap in closed]
    lock_counters(set(channels))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE logs_gap SET to_at = at FROM unnest(%s::integer[], %s::timestamptz[]) AS new(channel, at)"
            " WHERE channel_id = channel AND to_at IS NULL AND from_at < at",
            [channels, ends],
        )
        # Still open: it would end before it starts, as clocks that are set back make it. Nothing is missing.
        cursor.execute("DELETE FROM logs_gap WHERE channel_id = ANY(%s) AND to_at IS NULL", [channels])


def add_gaps(gaps: Iterable[Gap]) -> None:
    """Store gaps that are known from elsewhere, those that are stored already excepted.

    One that lasts is left out where the channel has an open gap.
    """
    given = list(gaps)
    channels = {gap.channel_id for gap in given}
    lock_counters(channels)
    # Of a gap that lasts only the channel is compared.
    known = {_key(gap) for gap in Gap.objects.filter(channel__in=channels)}
    new = {key: gap for gap in given if (key := _key(gap)) not in known}
    Gap.objects.bulk_create(new.values())


def _key(gap: Gap) -> tuple[int, datetime | None, datetime | None]:
    return gap.channel_id, gap.from_at if gap.to_at else None, gap.to_at


def shrink_gaps(channel: int, start: datetime, end: datetime) -> None:
    """Subtract an interval, which has been recorded after all, from a channel's gaps.

    A gap inside the interval is deleted, one that overlaps an end of it shrinks, and one around it becomes two.
    """
    lock_counters({channel})
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


MAX_SEEN_BOTS = 50
"""Nicks remembered for each channel; the one that was noted first is forgotten."""


def note_bot(channel: int, nick: str) -> None:
    """Add a nick to the bots that were seen in a channel, in the caller's transaction.

    Nothing happens if the channel no longer exists.
    """
    for seen in Channel.objects.select_for_update().filter(pk=channel).values_list("seen_bots", flat=True):
        known, folded = seen.split(), fold(nick)
        if folded not in known:
            Channel.objects.filter(pk=channel).update(seen_bots=" ".join([*known, folded][-MAX_SEEN_BOTS:]))


_FORGET = """
    UPDATE logs_channel SET seen_bots = coalesce((
        SELECT string_agg(nick, ' ' ORDER BY number)
        FROM unnest(string_to_array(seen_bots, ' ')) WITH ORDINALITY AS seen(nick, number)
        WHERE EXISTS (
            SELECT 1 FROM logs_nickcount AS counted WHERE counted.channel_id = logs_channel.id AND counted.year = 0
            AND counted.folded = logs_nick(seen.nick)
        )
    ), '') WHERE id = %s AND seen_bots <> ''
"""


def forget_silent_bots(channel: int) -> None:
    """Forget the bots of which the channel has no message any more: an erasure leaves no trace of a nick."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [channel])


def remove_lines(channel: Channel, ids: Collection[int]) -> int:
    """Delete those of the lines that exist, and notify the listeners on commit; return how many existed.

    Each removal takes an id of the channel, as a line does. A live stream that was interrupted resumes by id, and so
    receives the removals that it missed.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        last_id = lock_counters({channel.pk})[channel.pk]
        cursor.execute(
            "DELETE FROM logs_line WHERE channel_id = %s AND id = ANY(%s) RETURNING id", [channel.pk, sorted(ids)]
        )
        removed = sorted(line_id for (line_id,) in cursor.fetchall())
        if removed:
            reply_store.forget_lines(channel.pk, removed)
            cursor.execute(
                "INSERT INTO logs_removal (channel_id, id, line)"
                " SELECT %s, %s + place, line FROM unnest(%s::integer[]) WITH ORDINALITY AS removed(line, place)",
                [channel.pk, last_id, removed],
            )
            advance_counters({channel.pk: last_id + len(removed)})
    return len(removed)


def reload_open_pages(channel: Channel) -> None:
    """Let every page and stream that follows the channel load it again: too many lines are gone to name each."""
    with transaction.atomic():
        last_id = lock_counters({channel.pk})[channel.pk] + 1
        Removal.objects.create(channel=channel, id=last_id, line=ALL_LINES)
        advance_counters({channel.pk: last_id})
