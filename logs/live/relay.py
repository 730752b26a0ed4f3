"""Copies every event of every channel from the database to Redis, for processes that serve live without a database."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Iterable
from typing import Any

import gevent
from django.conf import settings

from logs.greenlets import Backoff, spawn_lasting
from logs.live.backplane import DELETED, BackplaneError, ChannelState, FollowedChannel, database
from logs.live.backplane.postgres import PostgresBackplane
from logs.live.backplane.redis import (
    ANNOUNCEMENTS_KEY,
    CHANNELS_KEY,
    MIN_ANNOUNCEMENTS,
    MIN_EVENTS,
    REASONS_KEY,
    create_client,
    events_key,
    parse_state,
    redis_errors_translated,
)
from logs.live.sse import Event

logger = logging.getLogger(__name__)

PAGE_SIZE = 500
"""Events copied at a time."""

CHECK_SECONDS = 1.0
"""How often everything is compared without an announcement."""

LOCK_KEY = "botbot:live:relay"
LOCK_SECONDS = 5


_running: list[Relay] = []


class Relay:
    """Several may run; the one that holds the lock works. Redis itself knows where it has to continue."""

    def __init__(self) -> None:
        self.redis = create_client()
        self.backplane = PostgresBackplane()
        self.name = secrets.token_hex(8)
        self.problem = ""
        """Why nothing is relayed at the moment."""
        self.evicted: int | None = None
        """How many keys Redis has evicted since it was started, when it was asked last."""

    def run(self) -> None:
        """Copy what is new. Never returns."""
        backoff = Backoff("Relaying live to Redis")
        while True:
            try:
                self.backplane.connect()
                while True:
                    self.run_once()
                    backoff.record_success()
                    self.problem = ""
            except BackplaneError as error:
                self.problem = " ".join(str(error).split())
                gevent.sleep(backoff.record_failure(error))

    def run_once(self) -> None:
        """Copy everything that is new, then wait for an announcement, at most `CHECK_SECONDS`."""
        with redis_errors_translated():
            has_lock = self._acquire_lock()
            if has_lock:
                self.copy_all()
        started = time.monotonic()
        # Without the lock an announcement is no reason to hurry: it is tried again once a second.
        if not self.backplane.wait(CHECK_SECONDS) and not has_lock:
            gevent.sleep(max(0.0, started + CHECK_SECONDS - time.monotonic()))

    def copy_all(self) -> None:
        self._copy_reasons()
        channels = {
            channel.id: (channel, state) for channel, state in database.fetch_channels(self.backplane.reader.execute)
        }
        relayed = {int(number): parse_state(value) for number, value in self.redis.hgetall(CHANNELS_KEY).items()}
        for deleted in relayed.keys() - channels.keys():
            if relayed[deleted] != DELETED:
                self._withdraw(deleted, relayed[deleted])
        evicted = self._find_evicted(channels.values())
        for channel, state in channels.values():
            known = relayed.get(channel.id)
            if known and known.visibility != state.visibility:
                self._withdraw(channel.id, known)
            if known != state or channel.id in evicted:
                self._copy_channel(channel, state, is_new=known is None)

    def _find_evicted(self, channels: Iterable[tuple[FollowedChannel, ChannelState]]) -> set[int]:
        """The channels whose events Redis has thrown away to make room, which its states do not tell."""
        evicted = int(self.redis.info("stats")["evicted_keys"])
        if evicted == self.evicted:
            return set()
        if self.evicted is not None:
            logger.error("Redis evicts what is relayed: give it more memory, and maxmemory-policy noeviction")
        self.evicted = evicted
        with_lines = [channel for channel, state in channels if state.last_id]
        with self.redis.pipeline(transaction=False) as pipeline:
            for channel in with_lines:
                pipeline.exists(events_key(channel))
            found = pipeline.execute()
        return {channel.id for channel, is_there in zip(with_lines, found, strict=True) if not is_there}

    def _copy_reasons(self) -> None:
        """Copy why channels are not logged. Nothing announces that: realtime processes look once a second."""
        reasons = {
            str(channel): why
            for channel, why in database.fetch_reasons(None, self.backplane.reader.execute).items()
            if why is not None
        }
        relayed = {key.decode(): value.decode() for key, value in self.redis.hgetall(REASONS_KEY).items()}
        if gone := relayed.keys() - reasons.keys():
            self.redis.hdel(REASONS_KEY, *gone)
        if changed := {channel: why for channel, why in reasons.items() if relayed.get(channel) != why}:
            self.redis.hset(REASONS_KEY, mapping=changed)

    def _copy_channel(self, channel: FollowedChannel, state: ChannelState, *, is_new: bool) -> None:
        last_id = self._last_relayed_id(channel)
        if last_id is None or not last_id <= state.last_id <= last_id + MIN_EVENTS:
            # Nothing there, a database that was restored from a backup, or more than is kept: start from the newest.
            self.redis.delete(events_key(channel))
            events = database.fetch_newest(channel, MIN_EVENTS, self.backplane.reader.execute)
            last_id = events[0].id - 1 if len(events) == MIN_EVENTS else 0
        else:
            events = self._fetch_newer(channel, last_id)
        announced_id = 0
        while events:
            self._add_events(channel, last_id, events)
            announced_id = last_id = events[-1].id
            events = self._fetch_newer(channel, last_id)
        # `state` is older than the events: lines may have been stored since, and then theirs is the newer state.
        if announced_id and announced_id >= state.last_id:
            return
        if is_new and not state.last_id:
            # A new channel without lines is not announced: the id 0 would mean that its visibility changed.
            self._store_state(self.redis, channel.id, state)
        else:
            self._announce(self.redis, channel.id, state)

    def _fetch_newer(self, channel: FollowedChannel, after: int) -> list[Event]:
        return database.fetch_newer(channel, after, PAGE_SIZE, self.backplane.reader.execute)

    def _add_events(self, channel: FollowedChannel, before: int, events: list[Event]) -> None:
        """Add events and the state in one transaction, so that nobody sees one without the other."""
        key = events_key(channel)
        with self.redis.pipeline(transaction=True) as pipeline:
            for event in events:
                fields: dict[str, int | bytes] = {"before": before, "block": event.block, "record": event.record}
                if event.removes is not None:
                    fields["removes"] = event.removes
                    pipeline.xdel(key, f"{event.removes}-0")
                pipeline.xadd(key, fields, id=f"{event.id}-0", maxlen=MIN_EVENTS)
                before = event.id
            self._announce(pipeline, channel.id, ChannelState(channel.visibility, before))
            pipeline.execute()

    def _announce(self, target: Any, channel: int, state: ChannelState) -> None:
        # The state first: whoever receives the announcement reads the state next.
        self._store_state(target, channel, state)
        target.xadd(ANNOUNCEMENTS_KEY, {"channel": channel, "last": state.last_id}, maxlen=MIN_ANNOUNCEMENTS)

    def _store_state(self, target: Any, channel: int, state: ChannelState) -> None:
        target.hset(CHANNELS_KEY, str(channel), f"{state.visibility} {state.last_id}")

    def _last_relayed_id(self, channel: FollowedChannel) -> int | None:
        newest = self.redis.xrevrange(events_key(channel), count=1)
        return int(newest[0][0].split(b"-")[0]) if newest else None

    def _withdraw(self, channel: int, known: ChannelState) -> None:
        """Delete the events that former readers could read, then announce that the visibility changed."""
        self.redis.delete(events_key(FollowedChannel(channel, "", known.visibility)))
        self._announce(self.redis, channel, DELETED)

    def _acquire_lock(self) -> bool:
        if self.redis.set(LOCK_KEY, self.name, nx=True, ex=LOCK_SECONDS):
            return True
        if self.redis.get(LOCK_KEY) == self.name.encode():
            self.redis.expire(LOCK_KEY, LOCK_SECONDS)
            return True
        return False


def start() -> None:
    """Start to relay in this process, if a Redis is configured."""
    if settings.REDIS_URL:
        relay = Relay()
        _running.append(relay)
        spawn_lasting("relaying live to Redis", relay.run)


def running_relay() -> Relay | None:
    """Return the relay of this process, None if there is none."""
    return _running[0] if _running else None
