"""Brings every event of every channel from the database to Redis, for processes that serve live without a database."""

from __future__ import annotations

import secrets
import time
from typing import Any

import gevent
from django.conf import settings

from logs.live.backoff import Outage
from logs.live.backplane import NOBODY, Backplane, BackplaneError, State, database
from logs.live.backplane.postgres import PostgresBackplane
from logs.live.backplane.redis import CHANNELS, KEPT, KEPT_NEWS, NEWS, client, events_key, state, told
from logs.live.channel_stream import Followed
from logs.live.sse import Event

PAGE = 500
LOOK_SECONDS = 1.0
LOCK = "botbot:live:relay"
LOCK_SECONDS = 5


class Relay:
    """Any number may run; the one that holds the lock works. Where it goes on from, Redis itself knows."""

    def __init__(self) -> None:
        self.redis = client()
        self.backplane: Backplane = PostgresBackplane()
        self.name = secrets.token_hex(8)

    def run(self) -> None:
        """Runs for ever."""
        outage = Outage("Relaying live to Redis")
        while True:
            try:
                self.backplane.connect()
                while True:
                    self.turn()
                    outage.over()
            except BackplaneError as error:
                gevent.sleep(outage.failed(error))

    def turn(self) -> None:
        """Brings everything over, then waits until there is more, or a second."""
        with told():
            mine = self._holds_lock()
            if mine:
                self.bring()
        began = time.monotonic()
        if not self.backplane.wait(LOOK_SECONDS) and not mine:
            gevent.sleep(max(0.0, began + LOOK_SECONDS - time.monotonic()))

    def bring(self) -> None:
        channels = {followed.id: (followed, now) for followed, now in database.channels()}
        known = {int(number): state(value) for number, value in self.redis.hgetall(CHANNELS).items()}
        for gone in known.keys() - channels.keys():
            if known[gone] != NOBODY:
                self._forget(gone, known[gone])
        for followed, now in channels.values():
            before = known.get(followed.id)
            if before and before.visibility != now.visibility:
                self._forget(followed.id, before)
            if before != now:
                self._bring_channel(followed, now)

    def _bring_channel(self, followed: Followed, now: State) -> None:
        last = self._last(followed)
        if last is None or not last <= now.last <= last + KEPT:
            self.redis.delete(events_key(followed))
            events = database.newest(followed, KEPT)
            last = events[0].id - 1 if len(events) == KEPT else 0
        else:
            events = database.newer(followed, last, PAGE)
        told_of = 0
        while events:
            self._add(followed, last, events)
            told_of = last = events[-1].id
            events = database.newer(followed, last, PAGE)
        if told_of < now.last or not now.last:
            self._tell(self.redis, followed.id, now)

    def _add(self, followed: Followed, before: int, events: list[Event]) -> None:
        """At once with the state, so that nobody sees one without the other."""
        key = events_key(followed)
        with self.redis.pipeline(transaction=True) as pipeline:
            for event in events:
                fields: dict[str, int | bytes] = {"before": before, "block": event.block, "record": event.record}
                if event.removes is not None:
                    fields["removes"] = event.removes
                    pipeline.xdel(key, f"{event.removes}-0")
                pipeline.xadd(key, fields, id=f"{event.id}-0", maxlen=KEPT)
                before = event.id
            self._tell(pipeline, followed.id, State(followed.visibility, before))
            pipeline.execute()

    def _tell(self, to: Any, channel: int, now: State) -> None:
        to.hset(CHANNELS, str(channel), f"{now.visibility} {now.last}")
        to.xadd(NEWS, {"channel": channel, "last": now.last}, maxlen=KEPT_NEWS)

    def _last(self, followed: Followed) -> int | None:
        newest = self.redis.xrevrange(events_key(followed), count=1)
        return int(newest[0][0].split(b"-")[0]) if newest else None

    def _forget(self, channel: int, known: State) -> None:
        """Another circle of people may read the channel, or nobody: what the former one could read goes first."""
        self.redis.delete(events_key(Followed(channel, "", known.visibility)))
        self._tell(self.redis, channel, NOBODY)

    def _holds_lock(self) -> bool:
        if self.redis.set(LOCK, self.name, nx=True, ex=LOCK_SECONDS):
            return True
        if self.redis.get(LOCK) == self.name.encode():
            self.redis.expire(LOCK, LOCK_SECONDS)
            return True
        return False


def start() -> None:
    """Begins to relay in this process, if there is a Redis to relay to."""
    if settings.REDIS_URL:
        gevent.spawn(Relay().run)
