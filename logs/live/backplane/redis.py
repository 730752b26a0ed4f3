"""Redis Streams: bounded memory of each channel's newest events, from which live can be served without the database.

A relay fills it (logs/live/relay.py). Ids of stream entries are those of the events, so that nothing comes twice; every
entry names the id before it, so that one sees from where on everything is there. https://redis.io/docs/latest/develop/data-types/streams/

| key | holds |
|---|---|
| `botbot:live:channels` | of each channel: who may read it, its last id |
| `botbot:live:news` | announcements: channel, last id, or 0 if others may read it now |
| `botbot:live:<channel>:<visibility>` | events: `before`, `block`, `record`, `removes` |
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from logs.live.backplane import BackplaneError, State, note
from logs.live.channel_stream import RECENT, Followed
from logs.live.sse import Event, reload_block

KEPT = 1000
"""Events kept of each channel, at the least."""

KEPT_NEWS = 10_000
CHANNELS = "botbot:live:channels"
NEWS = "botbot:live:news"
ANSWER_SECONDS = 5.0


def client() -> Any:
    """Each greenlet that calls at the same time gets a connection of its own. Typed, its answers could be anything."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 0),  # we try again ourselves, and tell of it
        protocol=2,
    )


def events_key(followed: Followed) -> str:
    return f"botbot:live:{followed.id}:{followed.visibility}"


@contextmanager
def told() -> Iterator[None]:
    """Errors of Redis as errors of the backplane."""
    try:
        yield
    except redis.RedisError as error:
        raise BackplaneError(str(error)) from error


class RedisBackplane:
    def __init__(self) -> None:
        self._redis = client()
        self._heard: str | None = None

    def connect(self) -> None:
        """Goes on where it was, if Redis still knows that place."""
        with told():
            newest = self._redis.xrevrange(NEWS, count=1)
        last = newest[0][0].decode() if newest else "0-0"
        if self._heard is None or _order(self._heard) > _order(last):
            self._heard = last

    def wait(self, seconds: float) -> dict[int, int]:
        with told():
            answer = self._redis.xread({NEWS: self._heard or "$"}, count=KEPT, block=max(1, int(seconds * 1000)))
        newest: dict[int, int] = {}
        for number, fields in _entries(answer):
            self._heard = number
            note(newest, int(fields[b"channel"]), int(fields[b"last"]))
        return newest

    def close(self) -> None:
        self._redis.close()

    def states(self, channels: list[int]) -> dict[int, State]:
        if not channels:
            return {}
        with told():
            values = self._redis.hmget(CHANNELS, [str(channel) for channel in channels])
        return {channel: state(value) for channel, value in zip(channels, values, strict=True) if value}

    def newest(self, followed: Followed) -> list[Event]:
        with told():
            entries = self._redis.xrevrange(events_key(followed), count=RECENT)
        return [_event(number, fields) for number, fields in reversed(entries)]

    def newer(self, followed: Followed, after: int, most: int) -> list[Event] | None:
        key = events_key(followed)
        with told(), self._redis.pipeline(transaction=True) as pipeline:
            oldest, entries = pipeline.xrange(key, count=1).xrange(key, min=f"{after + 1}-0", count=most).execute()
        if oldest and int(oldest[0][1][b"before"]) > after:
            return None
        return [_event(number, fields) for number, fields in entries]


def state(value: bytes) -> State:
    visibility, last = value.decode().split()
    return State(visibility, int(last))


def _entries(answer: Iterable[Any]) -> Iterator[tuple[str, dict[bytes, bytes]]]:
    for _stream, entries in answer:
        for number, fields in entries:
            yield number.decode(), fields


def _event(number: bytes, fields: dict[bytes, bytes]) -> Event:
    removes, found = fields.get(b"removes"), int(number.split(b"-")[0])
    record = fields.get(b"record") or reload_block(found)  # relayed by a version that knew no records
    return Event(found, fields[b"block"], record, int(removes) if removes else None)


def _order(number: str) -> tuple[int, ...]:
    return tuple(int(part) for part in number.split("-"))
