"""The events of a channel from the database. A connection is held for one query, never while encoding."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import Error, connection

from logs.archive import DayLine
from logs.live.backplane import NOBODY, BackplaneError, State
from logs.live.channel_stream import RECENT, Followed
from logs.live.hub import breathe
from logs.live.sse import Event, line_event, removal_event
from logs.models import Channel, LineCounter
from logs.models.channel import bridge_nicks
from logs.render import line_html, line_record

AT_ONCE = 50
"""Lines encoded before pages get their turn."""

# Written out: asked for every line said, and building the same query anew costs more CPU than the rest of a line.
_PART = """
    (SELECT {columns} FROM {table} event JOIN logs_channel channel ON channel.id = event.channel_id
      WHERE channel.id = %(channel)s AND channel.audience = %(visibility)s AND event.id > %(after)s
      ORDER BY event.id {order} LIMIT %(most)s)
"""
_SOURCE = """(SELECT name FROM logs_fill WHERE logs_fill.channel_id = event.channel_id AND first <= event.id
    AND last >= event.id LIMIT 1)"""
_LINE = f"channel.bridges, {_SOURCE}, " + ", ".join(f"event.{name}" for name in DayLine._fields)
_REMOVED = "NULL, NULL, " + ", ".join("event.id" if name == "id" else "NULL" for name in DayLine._fields)


def _query(order: str) -> str:
    lines = _PART.format(columns=f"NULL, {_LINE}", table="logs_line", order=order)
    removals = _PART.format(columns=f"event.line, {_REMOVED}", table="logs_removal", order=order)
    return f"{lines} UNION ALL {removals} ORDER BY id {order} LIMIT %(most)s"


_OLDEST_FIRST, _NEWEST_FIRST = _query(""), _query("DESC")


def newer(followed: Followed, after: int, most: int) -> list[Event]:
    return [_event(row, followed) for row in _in_bites(_rows(_OLDEST_FIRST, followed, after, most))]


def newest(followed: Followed, most: int = RECENT) -> list[Event]:
    rows = _rows(_NEWEST_FIRST, followed, 0, most)
    return [_event(row, followed) for row in _in_bites(rows[::-1])]


def channels() -> list[tuple[Followed, State]]:
    """All channels that there are."""
    with _released():
        lasts = dict(LineCounter.objects.values_list("channel", "last_id"))
        rows = list(Channel.objects.select_related("network"))
    return [
        (Followed(row.pk, row.get_absolute_url(), row.audience), State(row.audience, lasts.get(row.pk, 0)))
        for row in rows
    ]


def states(wanted: list[int]) -> dict[int, State]:
    with _released():
        rows = Channel.objects.filter(pk__in=wanted).values_list("pk", "audience", "counter__last_id")
        return dict.fromkeys(wanted, NOBODY) | {pk: State(visibility, last or 0) for pk, visibility, last in rows}


def _rows(query: str, followed: Followed, after: int, most: int) -> list[tuple[Any, ...]]:
    with _released(), connection.cursor() as cursor:
        given: dict[str, int | str] = {
            "channel": followed.id,
            "visibility": followed.visibility,
            "after": after,
            "most": most,
        }
        cursor.execute(query, given)
        return list(cursor.fetchall())


@contextmanager
def _released() -> Iterator[None]:
    try:
        yield
    except Error as error:
        raise BackplaneError(str(error)) from error
    finally:
        connection.close()


def _in_bites(rows: list[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    for number, row in enumerate(rows, 1):
        yield row
        if number % AT_ONCE == 0:
            breathe()


def _event(row: tuple[Any, ...], followed: Followed) -> Event:
    removed, bridges, source, *values = row
    if removed is not None:
        return removal_event(values[0], removed)
    line = DayLine(*values)
    html = line_html(line, followed.url, bridges=bridge_nicks(bridges), source=source or "")
    record = line_record(line, followed.url) | {"source": source or None}
    return line_event(line.id, line.at, html, record)
