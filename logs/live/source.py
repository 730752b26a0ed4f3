"""Lines of one channel from the database, encoded. A connection is held for one query, never while encoding."""

from __future__ import annotations

from django.db import connection

from logs.archive import DayLine
from logs.live.events import Event, line_event
from logs.live.feed import RECENT, Feed
from logs.live.hub import breathe
from logs.models import Channel

AT_ONCE = 50
"""Lines encoded before pages get their turn."""

# Written out: asked for every line said, and building the same query anew costs more CPU than the rest of a line.
# No line at all once another circle of people may read the channel than when its feed was opened.
_LINES = f"""
    SELECT {", ".join(f"line.{name}" for name in DayLine._fields)}
      FROM logs_line line JOIN logs_channel channel ON channel.id = line.channel_id
     WHERE channel.id = %s AND channel.visibility = %s
"""  # noqa: S608  (names of columns)
_NEWER = f"{_LINES} AND line.id > %s ORDER BY line.id LIMIT %s"
_NEWEST = f"{_LINES} ORDER BY line.id DESC LIMIT %s"


def newer(feed: Feed, after: int, most: int) -> list[Event]:
    """The lines with id > `after`, the oldest first."""
    return _events(feed, _NEWER, after, most)


def newest(feed: Feed) -> list[Event]:
    """The newest `RECENT` lines, the oldest first."""
    return _events(feed, _NEWEST, RECENT)[::-1]


def states(channels: list[int]) -> dict[int, tuple[str, int]]:
    """Visibility and last line id of those of the channels that exist."""
    try:
        rows = Channel.objects.filter(pk__in=channels).values_list("pk", "visibility", "counter__last_id")
        return {pk: (visibility, last or 0) for pk, visibility, last in rows}
    finally:
        connection.close()


def _events(feed: Feed, query: str, *more: int) -> list[Event]:
    try:
        with connection.cursor() as cursor:
            cursor.execute(query, [feed.followed.id, feed.followed.visibility, *more])
            rows = [DayLine(*row) for row in cursor.fetchall()]
    finally:
        connection.close()
    events = []
    for number, row in enumerate(rows, 1):
        events.append(line_event(row, feed.followed.url))
        if number % AT_ONCE == 0:
            breathe()
    return events
