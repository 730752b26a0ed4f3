"""The backplane of realtime processes: Redis Streams with each channel's newest events, so that no database is needed.

A relay in the web process fills them (logs/live/relay.py). The ids of stream entries are those of the events, so that
Redis refuses an event that it has already; every entry names the id before it, so that a reader sees where the stream
begins. https://redis.io/docs/latest/develop/data-types/streams/

| key | value |
|---|---|
| `botbot:live:channels` | hash: channel → visibility and last id |
| `botbot:live:reasons` | hash: channel → why it is not logged, empty if it is; archives are left out |
| `botbot:live:news` | stream of announcements: channel, last id, or 0 if the visibility changed |
| `botbot:live:<channel>:<visibility>` | stream of events: `before`, `block`, `record`, `removes` |
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from logs.live.backplane import RECENT_EVENTS, Announcements, BackplaneError, ChannelState, FollowedChannel
from logs.live.backplane.redis_client import create_client
from logs.live.sse import Event, reload_block

MIN_EVENTS = 1000
"""Events kept of each channel, if it has as many. Redis removes older ones in blocks, so there may be more."""

MIN_ANNOUNCEMENTS = 10_000
CHANNELS_KEY = "botbot:live:channels"
REASONS_KEY = "botbot:live:reasons"
ANNOUNCEMENTS_KEY = "botbot:live:news"


def events_key(channel: FollowedChannel) -> str:
    # With the visibility in the key nobody can read what was stored for other people.
    return f"botbot:live:{channel.id}:{channel.visibility}"


@contextmanager
def redis_errors_translated() -> Iterator[None]:
    """Raise errors of Redis as `BackplaneError`."""
    from redis import RedisError  # see create_client

    try:
        yield
    except RedisError as error:
        raise BackplaneError(str(error)) from error


class RedisBackplane:
    def __init__(self) -> None:
        self._redis = create_client()
        self._position: str | None = None

    def connect(self) -> None:
        """Continue after the last announcement received, if Redis still has that position."""
        with redis_errors_translated():
            newest = self._redis.xrevrange(ANNOUNCEMENTS_KEY, count=1)
        last = newest[0][0].decode() if newest else "0-0"
        # A position beyond the newest entry means that Redis was emptied: waiting there would receive nothing for long.
        if self._position is None or _sort_key(self._position) > _sort_key(last):
            self._position = last

    def wait(self, seconds: float) -> Announcements:
        position, timeout_ms = self._position or "$", max(1, int(seconds * 1000))  # 0 would block without end
        with redis_errors_translated():
            streams = self._redis.xread({ANNOUNCEMENTS_KEY: position}, count=MIN_EVENTS, block=timeout_ms)
        announcements = Announcements()
        for entry_id, fields in _entries(streams):
            self._position = entry_id
            announcements.add(int(fields[b"channel"]), int(fields[b"last"]))
        return announcements

    def close(self) -> None:
        self._redis.close()

    def fetch_states(self, channels: list[int]) -> dict[int, ChannelState]:
        if not channels:
            return {}
        with redis_errors_translated():
            values = self._redis.hmget(CHANNELS_KEY, [str(channel) for channel in channels])
        return {channel: parse_state(value) for channel, value in zip(channels, values, strict=True) if value}

    def fetch_reasons(self, channels: list[int]) -> dict[int, str | None]:
        if not channels:
            return {}
        with redis_errors_translated():
            values = self._redis.hmget(REASONS_KEY, [str(channel) for channel in channels])
        return {channel: value.decode() for channel, value in zip(channels, values, strict=True) if value is not None}

    def fetch_newest(self, channel: FollowedChannel) -> list[Event]:
        with redis_errors_translated():
            entries = self._redis.xrevrange(events_key(channel), count=RECENT_EVENTS)
        return [_to_event(entry_id, fields) for entry_id, fields in reversed(entries)]

    def fetch_newer(self, channel: FollowedChannel, after: int, limit: int) -> list[Event] | None:
        key = events_key(channel)
        # One transaction: the relay must not remove old entries between the two reads.
        with redis_errors_translated(), self._redis.pipeline(transaction=True) as pipeline:
            oldest, entries = pipeline.xrange(key, count=1).xrange(key, min=f"{after + 1}-0", count=limit).execute()
        if oldest and int(oldest[0][1][b"before"]) > after:
            return None
        return [_to_event(entry_id, fields) for entry_id, fields in entries]

    def fetch_newer_of(
        self, places: Sequence[tuple[FollowedChannel, int]], limit: int
    ) -> Iterator[tuple[FollowedChannel, list[Event] | None]]:
        for channel, after in places:
            yield channel, self.fetch_newer(channel, after, limit)


def parse_state(value: bytes) -> ChannelState:
    visibility, last_id = value.decode().split()
    return ChannelState(visibility, int(last_id))


def _entries(streams: Iterable[Any]) -> Iterator[tuple[str, dict[bytes, bytes]]]:
    for _key, entries in streams:
        for entry_id, fields in entries:
            yield entry_id.decode(), fields


def _to_event(entry_id: bytes, fields: dict[bytes, bytes]) -> Event:
    removes, event_id = fields.get(b"removes"), int(entry_id.split(b"-")[0])
    record = fields.get(b"record") or reload_block(event_id)  # relayed by a version without records
    return Event(event_id, fields[b"block"], record, int(removes) if removes else None)


def _sort_key(entry_id: str) -> tuple[int, ...]:
    return tuple(int(part) for part in entry_id.split("-"))
