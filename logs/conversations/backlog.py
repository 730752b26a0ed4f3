"""Finds the answers of lines that were stored without them: imports, history, bursts, and archives of earlier versions.

The unit of work is a range of a channel's ids, because ids are given out once and in order, also to lines of the past.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, timedelta

from django.db import connection, transaction

from logs.conversations.linker import LinkedLine, ReplyLinker, linker_before
from logs.conversations.reply_store import (
    Reply,
    advance_progress,
    decided_reply,
    fetch_progress,
    fetch_replies,
    lock_channel,
    mark_days_changed,
    write_replies,
)
from logs.greenlets import with_yields
from logs.models import Line, LineCounter
from logs.models.line import SAID, ReplyOverride, ReplyProgress

BATCH_IDS = 1_000
"""Ids whose answers are found and written together."""

SEGMENT_PAUSE = timedelta(hours=1)
"""Lines of a batch further apart than this are decided separately, without the lines between them."""

MAX_LINES_BETWEEN = 20_000
"""Lines of other ids that are read between those of a segment; behind more of them the window is filled again."""

Pause = Callable[[], None]


def find_channels_behind() -> list[tuple[int, int, int]]:
    """Return (channel, id up to which its answers are known, its last id) for channels with something to do."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT counter.channel_id, coalesce(known.through, 0), counter.last_id FROM logs_linecounter AS counter"
            " JOIN logs_channel ON logs_channel.id = counter.channel_id AND logs_channel.conversations"
            " LEFT JOIN logs_replyprogress AS known ON known.channel_id = counter.channel_id"
            " WHERE counter.last_id > coalesce(known.through, 0) ORDER BY counter.channel_id"
        )
        return list(cursor.fetchall())


def find_replies(channel: int, pause: Pause = lambda: None) -> int:
    """Find the answers of the channel's next BATCH_IDS ids; return how many ids remain.

    `pause` is called after every line and may switch to other greenlets; no transaction is open meanwhile. Nothing is
    lost by an end in between: the batch is written at once, with the progress.
    """
    through = fetch_progress([channel])[channel]
    last = LineCounter.objects.filter(channel=channel).values_list("last_id", flat=True).first() or 0
    end = min(last, through + BATCH_IDS)
    if end <= through:
        return 0
    rows = Line.objects.filter(channel=channel, id__gt=through, id__lte=end, kind__in=SAID).order_by("at", "id")
    lines = [LinkedLine(*row) for row in with_yields(rows.values_list(*LinkedLine._fields))]
    overrides = ReplyOverride.objects.filter(channel=channel, line__gt=through, line__lte=end)
    decided = {override.line: decided_reply(override.reply_to) for override in overrides}
    replies: dict[int, Reply | None] = {}
    for segment in _split(lines):
        replies |= _decide_segment(channel, segment, decided, pause)
    with transaction.atomic():
        if not lock_channel(channel) or fetch_progress([channel])[channel] != through:
            return 0  # somebody else was faster, or the channel is gone
        # Lines that were removed meanwhile are not written back.
        remaining = set(Line.objects.filter(channel=channel, id__in=replies).values_list("id", flat=True))
        # An owner may have decided meanwhile.
        decided = {override.line: decided_reply(override.reply_to) for override in overrides.all()}
        write_replies(
            {channel: {line: decided.get(line, reply) for line, reply in replies.items() if line in remaining}}
        )
        advance_progress({channel: (through, end)})
        # Pages that caches hold for these days show no answers yet.
        mark_days_changed(channel, {line.at.astimezone(UTC).date() for line in lines})
    return last - end


def begin_again(channel: int) -> None:
    """Have all answers of a channel found again; those that are known stay until they are replaced."""
    ReplyProgress.objects.filter(channel=channel).delete()


def work_for(seconds: float, pause: Pause) -> bool:
    """Work off what is behind, channel by channel in turn, for about this long; return whether something remains."""
    end = time.monotonic() + seconds
    behind = [channel for channel, _, _ in find_channels_behind()]
    while behind:
        for channel in list(behind):
            if not find_replies(channel, pause):
                behind.remove(channel)
            if time.monotonic() > end:
                return True
    return False


def _split(lines: list[LinkedLine]) -> Iterator[list[LinkedLine]]:
    """Split lines in reading order where a long time passes between two of them."""
    start = 0
    for place in range(1, len(lines)):
        if lines[place].at - lines[place - 1].at > SEGMENT_PAUSE:
            yield lines[start:place]
            start = place
    if lines:
        yield lines[start:]


def _decide_segment(
    channel: int, segment: list[LinkedLine], decided: Mapping[int, Reply], pause: Pause
) -> dict[int, Reply | None]:
    """Decide the lines of a segment in reading order, among lines that were stored between them before."""
    new = {line.id for line in segment}
    between = Line.objects.filter(channel=channel, kind__in=SAID, at__gte=segment[0].at, at__lte=segment[-1].at)
    others = between.exclude(id__gte=min(new), id__lte=max(new)).order_by("at", "id")
    rows = others.values_list(*LinkedLine._fields)[:MAX_LINES_BETWEEN]
    known = [LinkedLine(*row) for row in with_yields(rows)]
    known_replies = fetch_replies(channel, [line.id for line in known]) if known else {}
    linker: ReplyLinker = linker_before(channel, segment[0].at, segment[0].id)
    replies: dict[int, Reply | None] = {}
    for line in sorted([*segment, *known], key=lambda line: (line.at, line.id)):
        if line.id in new:
            replies[line.id] = linker.decide(line, decided.get(line.id))
        elif linker.newest is None or (line.at, line.id) > linker.newest:
            linker.add_decided(line, known_replies.get(line.id))
        pause()
    return replies
