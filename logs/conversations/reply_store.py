"""Reading and writing the answers of lines: `ReplyBlock` as a mapping of line ids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from typing import NamedTuple

from django.db import connection
from django.db.models import F
from django.db.models.functions import Now

from logs.ingest.store import integer_array
from logs.models import DayCount
from logs.models.line import BLOCK_LINES
from logs.models.line_counts import lock_counters

NEXT_BLOCKS = 8
"""Blocks behind that of a line in which its answers are looked for when it is removed: more than 1,000 ids."""


class Reply(NamedTuple):
    """`to` is the id of the answered line, 0 where the line begins a conversation; `confidence` is in percent."""

    to: int
    confidence: int


_Block = tuple[list[int | None], list[int | None]]


def decided_reply(reply_to: int | None) -> Reply:
    """Return what an owner's decision says; None stands for "answers nothing"."""
    return Reply(reply_to or 0, 100)


def fetch_replies(channel: int, ids: Iterable[int]) -> dict[int, Reply]:
    """Return what is known of these lines, those that begin a conversation included."""
    line_ids = set(ids)
    blocks = _fetch_blocks({channel: {line // BLOCK_LINES for line in line_ids}})
    found = {}
    for line in line_ids:
        block = blocks.get((channel, line // BLOCK_LINES))
        if block and (to := block[0][line % BLOCK_LINES]) is not None:
            found[line] = Reply(to, block[1][line % BLOCK_LINES] or 0)
    return found


MAX_BLOCKS_BACK = 64
"""Blocks that are read to find where conversations begin."""


def find_beginnings(
    channel: int, ids: Iterable[int], find_readable: Callable[[Collection[int]], set[int]] = set
) -> dict[int, int]:
    """Return, for the lines that are decided, the id of the first line of their conversation.

    It is the line reached for a conversation whose beginning is further back than MAX_BLOCKS_BACK blocks.
    `find_readable` returns those of some lines that may be read; answers to others are not followed.
    """
    known: dict[int, int] = {}
    read: set[int] = set()
    wanted = {line // BLOCK_LINES for line in ids}
    while wanted and len(read) < MAX_BLOCKS_BACK:
        blocks = sorted(wanted, reverse=True)[: MAX_BLOCKS_BACK - len(read)]
        read.update(blocks)
        targets: set[int] = set()
        for (_, block), (reply_to, _confidences) in _fetch_blocks({channel: blocks}).items():
            for place, to in enumerate(reply_to):
                if to is not None:
                    known[block * BLOCK_LINES + place] = to
                    targets.add(to // BLOCK_LINES)
        wanted = targets - read
    readable = find_readable(known.values())
    known = {line: to if to in readable else 0 for line, to in known.items()}
    return {line: _follow(known, line) for line in ids if line in known}


def _follow(known: Mapping[int, int], line: int) -> int:
    seen = {line}
    while (to := known.get(line, 0)) and to not in seen:
        seen.add(to)
        line = to
    return line


def write_replies(replies: Mapping[int, Mapping[int, Reply | None]]) -> None:
    """Write the answers of lines, by channel and line; None forgets one. In a transaction, with the counters locked."""
    keys = {channel: {line // BLOCK_LINES for line in lines} for channel, lines in replies.items() if lines}
    if not keys:
        return
    blocks = _fetch_blocks(keys)
    for channel, lines in replies.items():
        for line, reply in lines.items():
            empty: _Block = ([None] * BLOCK_LINES, [None] * BLOCK_LINES)
            targets, confidences = blocks.setdefault((channel, line // BLOCK_LINES), empty)
            targets[line % BLOCK_LINES] = reply.to if reply else None
            confidences[line % BLOCK_LINES] = reply.confidence if reply else None
    with connection.cursor() as cursor:
        # unnest() would flatten arrays of arrays: each block comes as the text of its arrays.
        cursor.execute(
            "INSERT INTO logs_replyblock (channel_id, block, reply_to, confidence)"
            " SELECT channel, block, reply_to::integer[], confidence::smallint[]"
            " FROM unnest(%s::integer[], %s::integer[], %s::text[], %s::text[])"
            "   AS new(channel, block, reply_to, confidence)"
            " ON CONFLICT (channel_id, block)"
            " DO UPDATE SET reply_to = excluded.reply_to, confidence = excluded.confidence",
            [
                [channel for channel, _ in blocks],
                [block for _, block in blocks],
                [_array(targets) for targets, _ in blocks.values()],
                [_array(confidences) for _, confidences in blocks.values()],
            ],
        )


def forget_lines(channel: int, ids: Collection[int]) -> None:
    """Take removed lines out, in the removal's transaction; what answered one now answers what that one answered."""
    own = fetch_replies(channel, ids)
    if not own:
        return
    changed: dict[int, Reply | None] = dict.fromkeys(own)
    for line, reply in _fetch_answers(channel, own):
        if line in own:
            continue
        target, confidence = reply
        # A chain of removed lines is followed to its first line that stays; a circle is impossible in what is found,
        # but not in what owners decide.
        seen = set()
        while target in own and target not in seen:
            seen.add(target)
            confidence = min(confidence, own[target].confidence)
            target = own[target].to
        changed[line] = Reply(0 if target in own else target, confidence)
    write_replies({channel: changed})


def _fetch_answers(channel: int, lines: Collection[int]) -> list[tuple[int, Reply]]:
    """Return the lines that answer one of these, from the blocks that hold nearly all of them.

    A line answers one of the 50 before it, so its id is a little higher. Only lines that were imported between others
    can be elsewhere; they go on naming a line that is gone, which pages ignore.
    """
    blocks = sorted({line // BLOCK_LINES + step for line in lines for step in range(NEXT_BLOCKS + 1)})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT block, reply_to, confidence FROM logs_replyblock"
            " WHERE channel_id = %s AND block = ANY(%s) AND reply_to && %s::integer[]",
            [channel, blocks, integer_array(lines)],
        )
        rows = cursor.fetchall()
    wanted = set(lines)
    return [
        (block * BLOCK_LINES + place, Reply(to, confidences[place] or 0))
        for block, targets, confidences in rows
        for place, to in enumerate(targets)
        if to in wanted
    ]


def mark_days_changed(channel: int, days: Collection[date]) -> None:
    """Have caches fetch the pages of these days again, because answers on them changed."""
    changed = DayCount.objects.filter(channel=channel, day__in=days)
    changed.update(revision=F("revision") + 1, changed_at=Now())


def fetch_progress(channels: Collection[int]) -> dict[int, int]:
    """Return the id up to which each channel's answers are known."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT channel_id, through FROM logs_replyprogress WHERE channel_id = ANY(%s)", [sorted(channels)]
        )
        return {**dict.fromkeys(channels, 0), **dict(cursor.fetchall())}


def fetch_progress_of_enabled(channels: Collection[int]) -> dict[int, int]:
    """Return the same of those channels that show conversations."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, coalesce(through, 0) FROM logs_channel LEFT JOIN logs_replyprogress ON channel_id = id"
            " WHERE id = ANY(%s) AND conversations",
            [sorted(channels)],
        )
        return dict(cursor.fetchall())


def advance_progress(steps: Mapping[int, tuple[int, int]]) -> None:
    """Move the progress of channels from the first id to the second, where it is at the first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO logs_replyprogress AS known (channel_id, through)"
            " SELECT channel, new_through FROM unnest(%s::integer[], %s::integer[], %s::integer[])"
            "   AS step(channel, old_through, new_through)"
            "   WHERE old_through = coalesce((SELECT through FROM logs_replyprogress WHERE channel_id = channel), 0)"
            "   ORDER BY channel"
            " ON CONFLICT (channel_id) DO UPDATE SET through = excluded.through",
            [list(steps), [old for old, _ in steps.values()], [new for _, new in steps.values()]],
        )


def lock_channel(channel: int) -> bool:
    """Keep others from changing the channel's answers until the transaction ends; False if there is no such channel."""
    return channel in lock_counters({channel})


def _fetch_blocks(keys: Mapping[int, Collection[int]]) -> dict[tuple[int, int], _Block]:
    pairs = [(channel, block) for channel, blocks in keys.items() for block in blocks]
    by_channel: dict[tuple[int, int], _Block] = defaultdict()
    if not pairs:
        return by_channel
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT channel_id, logs_replyblock.block, reply_to, confidence FROM logs_replyblock"
            " JOIN unnest(%s::integer[], %s::integer[]) AS wanted(channel, block)"
            " ON channel_id = wanted.channel AND logs_replyblock.block = wanted.block",
            [[channel for channel, _ in pairs], [block for _, block in pairs]],
        )
        for channel, block, targets, confidences in cursor.fetchall():
            by_channel[channel, block] = (targets, confidences)
    return by_channel


def _array(values: list[int | None]) -> str:
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"
