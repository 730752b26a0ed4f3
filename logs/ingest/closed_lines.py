"""Lines that were said while a log was closed, and are stored after it was opened.

The bot stores a line a moment after it was said, a delayed line minutes later, and a history hours later. What was said
in a closed period belongs to it, whenever it is stored. Imports do not come here: what an owner imports into a public
log is public.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from django.db import connection


class SaidLine(NamedTuple):
    """A line that is about to be stored."""

    channel: int
    id: int
    at: datetime


class _EndedPeriod(NamedTuple):
    """A closed period that has ended, was not published, and had fewer readers than the channel has now."""

    id: int
    channel: int
    since: datetime | None
    until: datetime

    def contains(self, line: SaidLine) -> bool:
        return self.channel == line.channel and (self.since is None or self.since <= line.at) and line.at < self.until


_ENDED_PERIODS = """
    SELECT period.id, period.channel_id, since, until
    FROM logs_closedperiod AS period JOIN logs_channel ON logs_channel.id = period.channel_id
    WHERE period.channel_id = ANY(%s) AND until > %s AND published_at IS NULL
        AND readers > logs_readers(logs_channel.audience)
    ORDER BY period.id
"""


def close_late_lines(lines: Sequence[SaidLine]) -> None:
    """Add lines to the periods in which they were said. Their channels' counters are locked, and no row exists yet."""
    channels = {line.channel for line in lines}
    with connection.cursor() as cursor:
        cursor.execute(_ENDED_PERIODS, [sorted(channels), min(line.at for line in lines)])
        ended = [_EndedPeriod._make(row) for row in cursor.fetchall()]
        for period, first, last in _find_runs(lines, ended) if ended else ():
            add_range(cursor, period.channel, period.id, first, last)


def _find_runs(lines: Sequence[SaidLine], ended: Sequence[_EndedPeriod]) -> Iterator[tuple[_EndedPeriod, int, int]]:
    """Yield each period with the first and the last of consecutive ids that belong to it."""
    ordered = sorted(lines)
    periods = [next((period for period in ended if period.contains(line)), None) for line in ordered]
    # Ids that follow each other have the same difference from their position in the list.
    pairs = enumerate(zip(periods, ordered, strict=True))
    numbered = [(period, line.id - position, line.id) for position, (period, line) in pairs]
    for (period, _), run in groupby(numbered, key=lambda item: item[:2]):
        ids = [line_id for _, _, line_id in run]
        if period is not None:
            yield period, ids[0], ids[-1]


def add_range(cursor: Any, channel: int, period: int, first: int, last: int) -> None:
    """Add new ids to an ended period. If the channel is in a closed period now, its range is cut around them.

    The channel's counter is locked.
    """
    cursor.execute(
        "SELECT id, period_id, first FROM logs_closedrange WHERE channel_id = %s AND last IS NULL", [channel]
    )
    if open_range := cursor.fetchone():
        row, current_period, start = open_range
        if start == first:
            cursor.execute("DELETE FROM logs_closedrange WHERE id = %s", [row])
        else:
            cursor.execute("UPDATE logs_closedrange SET last = %s WHERE id = %s", [first - 1, row])
        cursor.execute(
            "INSERT INTO logs_closedrange (period_id, channel_id, first) VALUES (%s, %s, %s)",
            [current_period, channel, last + 1],
        )
    # A period whose lines are stored one by one, as delayed ones are, gets one range and not as many as lines.
    cursor.execute(
        "UPDATE logs_closedrange SET last = %s WHERE period_id = %s AND last = %s", [last, period, first - 1]
    )
    if not cursor.rowcount:
        cursor.execute(
            "INSERT INTO logs_closedrange (period_id, channel_id, first, last) VALUES (%s, %s, %s, %s)",
            [period, channel, first, last],
        )
