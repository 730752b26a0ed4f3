"""Pages that wait for a code to be said on IRC: a server-sent event tells them the moment that it is committed.

A NOTIFY only triggers a query. Every page also queries by itself at each heartbeat, so that a lost notification costs
seconds. The connection that listens is outside the pool, and open only while a page waits.
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

from logs.greenlets import Backoff
from logs.live.sse import HEARTBEAT
from logs.models.postgres import CODES_CHANNEL, open_direct_connection, parse_code_payload

HEARTBEAT_SECONDS = 15.0
POLL_SECONDS = 1.0
"""How often the listening greenlet checks whether anybody still waits."""

MAX_WAITING_PAGES = 1000
"""Per process. Further pages offer a button instead."""


class WaitingPages:
    """All waiting pages of this process, by the primary key of the code that each waits for."""

    def __init__(self) -> None:
        self._wakeups: defaultdict[int, set[Event]] = defaultdict(set)
        self._is_listening = False
        self.is_closing = False

    @property
    def is_full(self) -> bool:
        return sum(len(wakeups) for wakeups in self._wakeups.values()) >= MAX_WAITING_PAGES

    def stream_until_decided(self, code: int, fetch_state: Callable[[], str]) -> Iterator[bytes]:
        """Yield comments while the code's state is "waiting", then one event with the new state as its name."""
        wakeup = Event()
        # Registered before the first query: a code that is said right after it wakes this page.
        self._wakeups[code].add(wakeup)
        try:
            self._ensure_listening()
            yield b"retry: 2000\n\n"
            while not self.is_closing:
                # Cleared before the query, so that a notification during it is not lost.
                wakeup.clear()
                state = fetch_state()
                _release_connection()
                if state != "waiting":
                    yield f"event: {state}\ndata: {{}}\n\n".encode("ascii")
                    return
                wakeup.wait(HEARTBEAT_SECONDS)
                yield HEARTBEAT
        finally:
            self._wakeups[code].discard(wakeup)
            if not self._wakeups[code]:
                del self._wakeups[code]

    def shut_down(self) -> None:
        """End all streams before the process ends; their pages reconnect to another one."""
        self.is_closing = True
        self._wake(list(self._wakeups))

    def _ensure_listening(self) -> None:
        if not self._is_listening:
            self._is_listening = True
            gevent.spawn(self._listen)

    def _listen(self) -> None:
        """Listen until nobody waits any more; a lost connection is replaced."""
        backoff = Backoff("Listening for codes")
        try:
            while self._wakeups:
                try:
                    self._listen_on(_connect())
                    backoff.record_success()
                except (psycopg2.Error, OSError) as error:
                    gevent.sleep(backoff.record_failure(error))
        finally:
            self._is_listening = False

    def _listen_on(self, listening: Any) -> None:
        try:
            # Codes that were said before LISTEN took effect sent their notifications to nobody.
            self._wake(list(self._wakeups))
            while self._wakeups:
                try:
                    wait_read(listening.fileno(), POLL_SECONDS, timeout_exc=TimeoutError())
                except TimeoutError:
                    continue
                listening.poll()
                code_ids = [parse_code_payload(notification.payload) for notification in listening.notifies]
                self._wake([code_id for code_id in code_ids if code_id is not None])
                listening.notifies.clear()
        finally:
            listening.close()

    def _wake(self, codes: list[int]) -> None:
        for code in codes:
            for wakeup in self._wakeups.get(code, ()):
                wakeup.set()


def _connect() -> Any:
    listening = open_direct_connection("code listener")
    with listening.cursor() as cursor:
        cursor.execute(f"LISTEN {CODES_CHANNEL}")
    return listening


def _release_connection() -> None:
    """Give the connection back to the pool while this page waits."""
    if not connection.in_atomic_block:
        connection.close()


WAITING_PAGES = WaitingPages()
