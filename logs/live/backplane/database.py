"""Events and states from the database. A connection is held for one query, never while events are encoded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import Error, connection

from logs.archive import DayLine
from logs.live.backplane import DELETED, RECENT_EVENTS, BackplaneError, ChannelState, FollowedChannel
from logs.live.hub import yield_to_pages
from logs.live.sse import Event, line_event, removal_event
from logs.models import Channel, LineCounter
from logs.models.channel import split_bridge_nicks
from logs.render import line_html, line_record

LINES_PER_BATCH = 50
"""Lines encoded before pages get their turn."""

# Raw SQL, because it runs for every line said: building the same query with the ORM costs more CPU than the rest of a
# line. The visibility is part of the condition, so that no line reaches readers who may not see the channel any more,
# however late the listener learns of the change.
_PART = """
    (SELECT {columns} FROM {table} event JOIN logs_channel channel ON channel.id = event.channel_id
      WHERE channel.id = %(channel)s AND channel.audience = %(visibility)s AND event.id > %(after)s
      ORDER BY event.id {order} LIMIT %(limit)s)
"""
_SOURCE = """(SELECT name FROM logs_fill WHERE logs_fill.channel_id = event.channel_id AND first <= event.id
    AND last >= event.id LIMIT 1)"""
_LINE = f"channel.bridges, {_SOURCE}, " + ", ".join(f"event.{name}" for name in DayLine._fields)
_REMOVED = "NULL, NULL, " + ", ".join("event.id" if name == "id" else "NULL" for name in DayLine._fields)


def _query(order: str) -> str:
    # Lines and removals share one count of ids. Each part is limited by itself, so that both stop early at their index.
    lines = _PART.format(columns=f"NULL, {_LINE}", table="logs_line", order=order)
    removals = _PART.format(columns=f"event.line, {_REMOVED}", table="logs_removal", order=order)
    return f"{lines} UNION ALL {removals} ORDER BY id {order} LIMIT %(limit)s"


_OLDEST_FIRST, _NEWEST_FIRST = _query(""), _query("DESC")


def fetch_newer(channel: FollowedChannel, after: int, limit: int) -> list[Event]:
    rows = _fetch_rows(_OLDEST_FIRST, channel, after, limit)
    return [_to_event(row, channel) for row in _in_batches(rows)]


def fetch_newest(channel: FollowedChannel, limit: int = RECENT_EVENTS) -> list[Event]:
    rows = _fetch_rows(_NEWEST_FIRST, channel, 0, limit)
    return [_to_event(row, channel) for row in _in_batches(rows[::-1])]


def fetch_channels() -> list[tuple[FollowedChannel, ChannelState]]:
    """Return all channels with their states. The state of one created meanwhile may have an id that is too low."""
    with _connection_released():
        last_ids = dict(LineCounter.objects.values_list("channel", "last_id"))
        rows = list(Channel.objects.select_related("network"))
    return [
        (
            FollowedChannel(row.pk, row.get_absolute_url(), row.audience),
            ChannelState(row.audience, last_ids.get(row.pk, 0)),
        )
        for row in rows
    ]


def fetch_states(channels: list[int]) -> dict[int, ChannelState]:
    with _connection_released():
        rows = Channel.objects.filter(pk__in=channels).values_list("pk", "audience", "counter__last_id")
        known = {pk: ChannelState(visibility, last_id or 0) for pk, visibility, last_id in rows}
    return dict.fromkeys(channels, DELETED) | known


def _fetch_rows(query: str, channel: FollowedChannel, after: int, limit: int) -> list[tuple[Any, ...]]:
    parameters: dict[str, int | str]
    parameters = {"channel": channel.id, "visibility": channel.visibility, "after": after, "limit": limit}
    with _connection_released(), connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return list(cursor.fetchall())


@contextmanager
def _connection_released() -> Iterator[None]:
    """Give the connection back to the pool at the end, and raise its errors as `BackplaneError`."""
    try:
        yield
    except Error as error:
        raise BackplaneError(str(error)) from error
    finally:
        connection.close()


def _in_batches(rows: list[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    for number, row in enumerate(rows, 1):
        yield row
        if number % LINES_PER_BATCH == 0:
            yield_to_pages()


def _to_event(row: tuple[Any, ...], channel: FollowedChannel) -> Event:
    removed, bridges, source, *values = row
    if removed is not None:
        return removal_event(values[0], removed)
    line = DayLine(*values)
    html = line_html(line, channel.url, bridges=split_bridge_nicks(bridges), source=source or "")
    record = line_record(line, channel.url) | {"source": source or None}
    return line_event(line.id, line.at, html, record)
