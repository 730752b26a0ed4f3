"""Events and states from the database, by whichever connection the caller has.

`Execute` runs a statement and returns its rows. That of live itself is a connection of its own (postgres.py); tests and
others use Django's (`execute_on_pool`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import Error, connection

from logs.archive import DayLine
from logs.line_grouping import gap_html
from logs.live.backplane import DELETED, RECENT_EVENTS, BackplaneError, ChannelState, FollowedChannel
from logs.live.hub import yield_to_pages
from logs.live.sse import Event, gap_event, gap_removal_event, line_event, reload_block, removal_event
from logs.logging_state import explain_state
from logs.models import Channel, Gap, Network
from logs.models.bot_status import SILENT_AFTER
from logs.models.channel import split_nicks
from logs.models.line import ALL_LINES, BLOCK_LINES
from logs.models.watched import WATCH_SILENT_AFTER
from logs.render import gap_record, line_html, line_record, reply_record

Row = tuple[Any, ...]
Execute = Callable[[str, Sequence[Any]], list[Row]]

LINES_PER_BATCH = 50
"""Lines encoded before pages get their turn."""

# Raw SQL, because it runs for every line said: building the same query with the ORM costs more CPU than the rest of a
# line. One statement for all channels that have news: each costs a round trip, during which pages run. The visibility
# is part of the condition, so that no line reaches readers who may not see the channel any more, however late the
# listener learns of the change.
_PART = """
    (SELECT {columns} FROM {source} JOIN logs_channel channel ON channel.id = event.channel_id
      WHERE channel.id = wanted.channel AND channel.audience = wanted.visibility AND event.{id} > wanted.after
      {readable}
      ORDER BY event.{id} {order} LIMIT $4)
"""
_READABLE = """AND NOT (logs_place(event.channel_id, event.{id}) <@ (
    SELECT logs_lines_closed_to(wanted.channel, wanted.visibility)))"""
# Lines of closed periods are not sent. A stream that passes over such a range is told to reload the page instead: some
# of its readers may read these lines, an owner for example, and the page of each then has what that reader may read.
_IS_CLOSED = """AND event.period_id IN (
    SELECT id FROM logs_closedperiod WHERE channel_id = wanted.channel AND readers > logs_readers(wanted.visibility))"""
_RELOAD = ALL_LINES
"""A removal that names no line, or stands for such a range, tells readers to reload."""
_SOURCE = """(SELECT name FROM logs_fill WHERE logs_fill.channel_id = event.channel_id AND first <= event.id
    AND last >= event.id LIMIT 1)"""
_PLACE = f"mod(event.id, {BLOCK_LINES}) + 1"
_REPLY = f"""(SELECT ARRAY[reply_to[{_PLACE}], confidence[{_PLACE}]] FROM logs_replyblock AS replies
    WHERE replies.channel_id = event.channel_id AND replies.block = event.id / {BLOCK_LINES}
    AND channel.conversations)"""  # noqa: S608  (constants)
_BOTS = "concat_ws(' ', channel.bots, channel.seen_bots)"


def _columns(values: dict[str, str]) -> str:
    """Return the columns of a part, in the order of `_to_event`; NULL where nothing is given."""
    typed = {"gap": "NULL::integer", "ended": "NULL::timestamptz", "reply": "NULL::integer[]"}
    names = ("removed", "gap", "ended", "bridges", "bots", "source", "reply", *DayLine._fields)
    return ", ".join(values.get(name, typed.get(name, "NULL")) for name in names)


_LINE = _columns(
    {"bridges": "channel.bridges", "bots": _BOTS, "source": _SOURCE, "reply": _REPLY}
    | {name: f"event.{name}" for name in DayLine._fields}
)
_REMOVED = _columns({"removed": "event.line", "id": "event.id"})
# The beginning and the reason of a gap stand where a line has its time and nick; a gap that is gone has neither.
_GAP = _columns({"gap": "event.gap", "ended": "gap.to_at", "id": "event.id", "at": "gap.from_at", "nick": "gap.reason"})
_CLOSED = _columns({"removed": str(_RELOAD), "id": "event.last"})


def _part(columns: str, source: str, readable: str, order: str, id: str = "id") -> str:  # noqa: A002
    return _PART.format(columns=columns, source=source, id=id, readable=readable, order=order)


def _query(order: str) -> str:
    # All share one count of ids. Each part is limited by itself, so that all stop early at their index.
    readable, of_readable = _READABLE.format(id="id"), _READABLE.format(id="line")
    parts = (
        _part(_LINE, "logs_line event", readable, order),
        _part(_REMOVED, "logs_removal event", readable + of_readable, order),
        _part(_GAP, "logs_gapchange event LEFT JOIN logs_gap gap ON gap.id = event.gap", "", order),
        _part(_CLOSED, "logs_closedrange event", _IS_CLOSED, order, id="last"),
    )
    return f"""SELECT wanted.channel, event.*
    FROM unnest($1::integer[], $2::text[], $3::integer[]) WITH ORDINALITY wanted(channel, visibility, after, position)
    CROSS JOIN LATERAL ({" UNION ALL ".join(parts)} ORDER BY id {order} LIMIT $4) event
    ORDER BY position, id {order}"""  # noqa: S608  (constants)


NEWER, NEWEST = _query(""), _query("DESC")
"""Parameters: channels, their visibilities, the id after which events are wanted in each, limit for each channel."""

STATES = """SELECT channel.id, channel.audience, coalesce(counter.last_id, 0)
    FROM logs_channel channel LEFT JOIN logs_linecounter counter ON counter.channel_id = channel.id
    WHERE channel.id = ANY($1::integer[])"""
REASONS = f"""SELECT channel.id, network.name, network.host, network.wanted, channel.wanted, channel.stopped,
        channel.paused, own.state, its.state,
        its.updated_at < now() - interval '{SILENT_AFTER.total_seconds()} seconds',
        (SELECT coalesce(max(path.seen_at) >= now() - interval '{WATCH_SILENT_AFTER.total_seconds()} seconds', false)
            FROM logs_watchedfile file JOIN logs_watchedpath path ON path.id = file.root_id
            WHERE file.channel_id = channel.id AND file.state = 'followed'
            HAVING count(*) > 0)
    FROM logs_channel channel JOIN logs_network network ON network.id = channel.network_id
    LEFT JOIN logs_botstatus own ON own.channel_id = channel.id
    LEFT JOIN logs_botstatus its ON its.network_id = network.id AND its.channel_id IS NULL
    WHERE $1::integer[] IS NULL OR channel.id = ANY($1::integer[])"""  # noqa: S608  (a constant)
"""What `explain_state` needs to know. Parameter: the channels, or NULL for all."""

_CHANNELS = """SELECT channel.id, network.name, channel.name, channel.audience, coalesce(counter.last_id, 0)
    FROM logs_channel channel JOIN logs_network network ON network.id = channel.network_id
    LEFT JOIN logs_linecounter counter ON counter.channel_id = channel.id"""


def execute_on_pool(statement: str, parameters: Sequence[Any]) -> list[Row]:
    """Run a statement with `$1`, `$2` ... on a connection of the pool, which is returned afterwards."""
    names = {f"p{number}": value for number, value in enumerate(parameters, 1)}
    for number in range(1, len(parameters) + 1):
        statement = statement.replace(f"${number}", f"%(p{number})s")
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, names)
            return list(cursor.fetchall())
    except Error as error:
        raise BackplaneError(str(error)) from error
    finally:
        connection.close()


def fetch_newer(channel: FollowedChannel, after: int, limit: int, execute: Execute = execute_on_pool) -> list[Event]:
    return [event for _, events in fetch_newer_of([(channel, after)], limit, execute) for event in events]


def fetch_newer_of(
    places: Sequence[tuple[FollowedChannel, int]], limit: int, execute: Execute = execute_on_pool
) -> Iterator[tuple[FollowedChannel, list[Event]]]:
    """Yield each channel with its first `limit` events after an id. Its lines are encoded when it is its turn."""
    rows = _fetch_rows(NEWER, places, limit, execute)
    rows_by_channel = {number: list(group) for number, group in groupby(rows, key=lambda row: row[0])}
    for channel, _after in places:
        yield channel, [_to_event(row, channel) for row in _in_batches(rows_by_channel.get(channel.id, []))]


def fetch_newest(
    channel: FollowedChannel, limit: int = RECENT_EVENTS, execute: Execute = execute_on_pool
) -> list[Event]:
    rows = _fetch_rows(NEWEST, [(channel, 0)], limit, execute)
    return [_to_event(row, channel) for row in _in_batches(rows[::-1])]


def fetch_channels(execute: Execute = execute_on_pool) -> list[tuple[FollowedChannel, ChannelState]]:
    """Return all channels with their states."""
    channels = []
    for number, network, name, audience, last_id in execute(_CHANNELS, []):
        url = Channel(pk=number, name=name, network=Network(name=network)).get_absolute_url()
        channels.append((FollowedChannel(number, url, audience), ChannelState(audience, last_id)))
    return channels


def fetch_states(channels: list[int], execute: Execute = execute_on_pool) -> dict[int, ChannelState]:
    known = {number: ChannelState(*state) for number, *state in execute(STATES, [channels])}
    return dict.fromkeys(channels, DELETED) | known


def fetch_reasons(channels: list[int] | None, execute: Execute = execute_on_pool) -> dict[int, str | None]:
    """Return why channels are not logged, by id; of all channels if `channels` is None."""
    reasons = {}
    for number, network, host, is_network_wanted, *settings, state, network_state, silent, watch in execute(
        REASONS, [channels]
    ):
        wanted, stopped, paused = settings
        channel = Channel(pk=number, wanted=wanted, stopped=stopped, paused=paused)
        channel.network = Network(name=network, host=host, wanted=is_network_wanted)
        reasons[number] = explain_state(channel, state, network_state, is_silent=silent, watch=watch)
    return reasons


def _fetch_rows(query: str, places: Sequence[tuple[FollowedChannel, int]], limit: int, execute: Execute) -> list[Row]:
    channels = [channel.id for channel, _after in places]
    visibilities = [channel.visibility for channel, _after in places]
    return execute(query, [channels, visibilities, [after for _channel, after in places], limit])


def _in_batches(rows: list[Row]) -> Iterator[Row]:
    for number, row in enumerate(rows, 1):
        yield row
        if number % LINES_PER_BATCH == 0:
            yield_to_pages()


def _to_event(row: Row, channel: FollowedChannel) -> Event:
    _channel, removed, gap, ended, bridges, bots, source, reply, *values = row
    if gap is not None:
        return _to_gap_event(values[0], gap, values[1], ended, values[3])
    if removed == _RELOAD:
        block = reload_block(values[0])
        return Event(values[0], block, block)
    if removed is not None:
        return removal_event(values[0], removed)
    line = DayLine(*values)
    known = _known(reply)
    html = line_html(
        line,
        channel.url,
        bridges=split_nicks(bridges),
        source=source or "",
        reply=known,
        bots=split_nicks(bots),
    )
    record = line_record(line, channel.url) | {"source": source or None}
    record |= reply_record(known)
    return line_event(line.id, line.at, html, record)


def _to_gap_event(event_id: int, number: int, start: datetime | None, end: datetime | None, reason: str) -> Event:
    """Return the event of a gap, or of its removal if it has no start any more."""
    if start is None:
        return gap_removal_event(event_id, number)
    gap = Gap(pk=number, from_at=start, to_at=end, reason=reason)
    return gap_event(event_id, gap_html(gap), gap_record(gap))


def _known(reply: list[int | None] | None) -> tuple[int, int]:
    """Return the id of the answered line and the confidence; zeros if nothing is known."""
    return (reply[0] or 0, reply[1] or 0) if reply else (0, 0)
