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

Redis is the one of REDIS_URL, or the master of several that Sentinel watches:

| REDIS_URL | |
|---|---|
| `redis://:password@host:6379/0` | a Redis; `rediss` for TLS |
| `redis+sentinel://:password@host1:26379,host2:26379/name/0` | what these Sentinels call the master of `name` |

The password is that of the Redis servers; `?sentinel_password=` gives that of the Sentinels. With Sentinel each new
connection asks for the master, and one to a server that is no master any more ends with the next write.
https://redis.io/docs/latest/develop/reference/sentinel-clients/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from logs.live.backplane import RECENT_EVENTS, Announcements, BackplaneError, ChannelState, FollowedChannel
from logs.live.sse import Event, reload_block

TIMEOUT_SECONDS = 5.0
SENTINEL_TIMEOUT_SECONDS = 1.0
SENTINEL_PORT = 26379
SCHEMES = {"redis+sentinel": False, "rediss+sentinel": True}
"""Schemes of addresses of Sentinels, and whether they and the servers speak TLS."""


class SentinelAddress(NamedTuple):
    """Sentinels and the name that they have for a master; `server` are parameters of connections to that."""

    sentinels: list[tuple[str, int]]
    name: str
    server: dict[str, Any]
    sentinel_password: str | None
    with_tls: bool


def create_client() -> Any:
    """Return a client; concurrent callers each get a connection. Untyped, because redis-py types results too widely."""
    # The library takes each process 8 MB and a tenth of its start, and most sites have no Redis.
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry
    from redis.sentinel import Sentinel

    options: dict[str, Any] = {
        "socket_timeout": TIMEOUT_SECONDS,
        "socket_connect_timeout": TIMEOUT_SECONDS,
        "retry": Retry(NoBackoff(), 0),  # our own loops retry, and log it
        "protocol": 2,
    }
    if settings.REDIS_URL.partition("://")[0] not in SCHEMES:
        return Redis.from_url(settings.REDIS_URL, **options)
    address = parse_sentinel_address(settings.REDIS_URL)
    options |= {"ssl": True} if address.with_tls else {}
    # One Sentinel that does not answer must not take the time in which the next one would.
    of_sentinels = {
        **options,
        "socket_timeout": SENTINEL_TIMEOUT_SECONDS,
        "socket_connect_timeout": SENTINEL_TIMEOUT_SECONDS,
        "password": address.sentinel_password,
    }
    make_sentinel: Any = Sentinel
    sentinel = make_sentinel(address.sentinels, sentinel_kwargs=of_sentinels, **options, **address.server)
    return sentinel.master_for(address.name)


def parse_sentinel_address(text: str) -> SentinelAddress:
    """Parse a REDIS_URL that names Sentinels. ImproperlyConfigured, with a sentence, if it is wrong."""
    url = urlsplit(text)
    user, _, hosts = url.netloc.rpartition("@")
    name, _, database = url.path.strip("/").partition("/")
    try:
        sentinels = [_parse_host(host) for host in hosts.split(",")]
        number = int(database or 0)
    except ValueError:
        sentinels, number = [], 0
    if not (sentinels and name):
        raise ImproperlyConfigured(
            "REDIS_URL needs an address such as redis+sentinel://:password@host1:26379,host2:26379/name/0, with the"
            " name that the Sentinels have for the master."
        )
    username, _, password = user.partition(":")
    server = {"username": unquote(username) or None, "password": unquote(password) or None, "db": number}
    passwords = parse_qs(url.query).get("sentinel_password", [None])
    return SentinelAddress(sentinels, name, server, passwords[0], SCHEMES[url.scheme])


def _parse_host(text: str) -> tuple[str, int]:
    """Parse a host and its port; an address of IPv6 stands in brackets."""
    parts = urlsplit(f"//{text.strip()}")
    if not parts.hostname:
        raise ValueError(text)
    return parts.hostname, parts.port or SENTINEL_PORT


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
