"""Pages that wait for something to be said on IRC: told of it as server-sent events, the moment it is committed.

A NOTIFY only says: look. Whoever waits looks by itself as well, at every heartbeat, so that one that was lost costs
seconds. The connection that listens is outside the pool, and there only while somebody waits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import gevent
import psycopg2
from django.db import connection
from gevent.event import Event
from gevent.socket import wait_read

from logs.live.backoff import Outage
from logs.live.sse import HEARTBEAT
from logs.models.direct_connection import open_direct_connection
from logs.models.notify import CODES_CHANNEL, parse_code_payload

BEAT_SECONDS = 15.0
LOOK_SECONDS = 1.0
MOST = 1000
"""Pages of a process that may wait at one time; others have their button."""


class Waiting:
    """All the pages of this process that wait."""

    def __init__(self) -> None:
        self._events: defaultdict[int, set[Event]] = defaultdict(set)
        self._listens = False
        self.leaving = False

    @property
    def full(self) -> bool:
        return sum(len(events) for events in self._events.values()) >= MOST

    def until(self, number: int, state: Callable[[], str]) -> Iterator[bytes]:
        """Comments until the state is no longer "waiting"; then it, as the name of the only event."""
        told = Event()
        self._events[number].add(told)
        try:
            self._listen()
            yield b"retry: 2000\n\n"
            while not self.leaving:
                told.clear()
                now = state()
                _give_back()
                if now != "waiting":
                    yield f"event: {now}\ndata: {{}}\n\n".encode("ascii")
                    return
                told.wait(BEAT_SECONDS)
                yield HEARTBEAT
        finally:
            self._events[number].discard(told)
            if not self._events[number]:
                del self._events[number]

    def say_bye(self) -> None:
        """Ends all streams before the process does: their pages come back to another one."""
        self.leaving = True
        self._wake(list(self._events))

    def _listen(self) -> None:
        if not self._listens:
            self._listens = True
            gevent.spawn(self._hear)

    def _hear(self) -> None:
        outage = Outage("Listening for codes")
        try:
            while self._events:
                try:
                    self._hear_with(_connect())
                    outage.over()
                except (psycopg2.Error, OSError) as error:
                    gevent.sleep(outage.failed(error))
        finally:
            self._listens = False

    def _hear_with(self, listening: Any) -> None:
        try:
            self._wake(list(self._events))  # what was said before we listened
            while self._events:
                try:
                    wait_read(listening.fileno(), LOOK_SECONDS, timeout_exc=TimeoutError())
                except TimeoutError:
                    continue
                listening.poll()
                code_ids = [parse_code_payload(notification.payload) for notification in listening.notifies]
                self._wake([code_id for code_id in code_ids if code_id is not None])
                listening.notifies.clear()
        finally:
            listening.close()

    def _wake(self, numbers: list[int]) -> None:
        for number in numbers:
            for told in self._events.get(number, ()):
                told.set()


def _connect() -> Any:
    listening = open_direct_connection("code listener")
    with listening.cursor() as cursor:
        cursor.execute(f"LISTEN {CODES_CHANNEL}")
    return listening


def _give_back() -> None:
    """The connection goes to others while this page waits."""
    if not connection.in_atomic_block:
        connection.close()


WAITING = Waiting()
