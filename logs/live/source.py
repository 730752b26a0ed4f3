"""Lines of one channel from the database, encoded. A connection is held for one query, never while encoding."""

from __future__ import annotations

from django.db import connection
from django.db.models import QuerySet

from logs.archive import DayLine
from logs.live.events import Event, line_event
from logs.live.feed import RECENT, Feed
from logs.live.hub import breathe
from logs.models import Channel, Line

AT_ONCE = 50
"""Lines encoded before pages get their turn."""


def newer(feed: Feed, after: int, most: int) -> list[Event]:
    """The lines with id > `after`, the oldest first."""
    return _events(feed, _lines(feed).filter(id__gt=after).order_by("id")[:most])


def newest(feed: Feed) -> list[Event]:
    """The newest `RECENT` lines, the oldest first."""
    return _events(feed, _lines(feed).order_by("-id")[:RECENT])[::-1]


def states(channels: list[int]) -> dict[int, tuple[str, int]]:
    """Visibility and last line id of those of the channels that exist."""
    try:
        rows = Channel.objects.filter(pk__in=channels).values_list("pk", "visibility", "counter__last_id")
        return {pk: (visibility, last or 0) for pk, visibility, last in rows}
    finally:
        connection.close()


def _lines(feed: Feed) -> QuerySet[Line]:
    """None at all once another circle of people may read the channel than when its feed was opened."""
    return Line.objects.filter(channel=feed.channel, channel__visibility=feed.visibility)


def _events(feed: Feed, lines: QuerySet[Line]) -> list[Event]:
    try:
        rows = [DayLine(*row) for row in lines.values_list(*DayLine._fields)]
    finally:
        connection.close()
    events = []
    for number, row in enumerate(rows, 1):
        events.append(line_event(row, feed.url))
        if number % AT_ONCE == 0:
            breathe()
    return events
