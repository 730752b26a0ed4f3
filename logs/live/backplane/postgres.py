"""The backplane of a web process: PostgreSQL, whose writers send a notification (logs/models/postgres.py).

Live has database connections of its own. What waits for them goes before pages: they are not of the pages' pool, and
their answers are read first when both are there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import gevent
import psycopg2
from gevent.lock import BoundedSemaphore
from psycopg2 import extensions

from logs.live.backplane import Announcements, BackplaneError, ChannelState, FollowedChannel, database
from logs.live.sse import Event
from logs.models.postgres import LINES_CHANNEL, open_direct_connection, parse_lines_payload

HIGHEST_PRIORITY = 2
"""libev calls watchers of a higher priority first."""


class PriorityConnection(extensions.connection):
    """A connection whose waiting greenlet runs before those that wait with a lower priority (botbot/green.py)."""

    watcher_priority = HIGHEST_PRIORITY


class OwnConnection:
    """One connection that is opened at its first statement, and anew after the server went away.

    `prepared` maps names to statements that are planned once. Greenlets that use it at once wait for each other.
    """

    def __init__(self, purpose: str, prepared: Mapping[str, str]) -> None:
        self._purpose = purpose
        self._names = {statement: name for name, statement in prepared.items()}
        self._connection: Any = None
        self._lock = BoundedSemaphore()

    def execute(self, statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Return the rows of a statement with `$1`, `$2` ..., which only reads. Raise BackplaneError."""
        with self._lock:
            is_new = self._connection is None
            try:
                return self._execute(statement, parameters)
            except psycopg2.Error as error:
                # A connection that the server has closed meanwhile says so only now.
                if is_new or not self._is_closed():
                    raise BackplaneError(str(error)) from error
            try:
                return self._execute(statement, parameters)
            except psycopg2.Error as error:
                raise BackplaneError(str(error)) from error

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _execute(self, statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        try:
            if self._connection is None:
                self._connection = self._open()
            name = self._names.get(statement)
            arguments = f" ({', '.join(['%s'] * len(parameters))})" if parameters else ""
            with self._connection.cursor() as cursor:
                cursor.execute(f"EXECUTE {name}{arguments}" if name else statement, list(parameters))
                return list(cursor.fetchall())
        except BaseException as error:
            # Also if the greenlet is killed in the middle of a statement, whose result would be the next one's.
            if not isinstance(error, psycopg2.Error) or self._is_closed():
                self.close()
            raise

    def _open(self) -> Any:
        opened = open_direct_connection(self._purpose, PriorityConnection)
        try:
            with opened.cursor() as cursor:
                cursor.execute("SET TIME ZONE 'UTC'; SET plan_cache_mode = force_generic_plan")
                for statement, name in self._names.items():
                    cursor.execute(f"PREPARE {name} AS {statement}")
        except BaseException:
            opened.close()
            raise
        return opened

    def _is_closed(self) -> bool:
        return self._connection is None or bool(self._connection.closed)


def wait_for_input(descriptor: int, seconds: float) -> bool:
    """Wait for something to read, and run before pages whose answers arrive at the same time; False if not in time."""
    hub = gevent.get_hub()
    watcher = hub.loop.io(descriptor, 1, priority=HIGHEST_PRIORITY)
    timeout = gevent.Timeout.start_new(seconds)
    try:
        hub.wait(watcher)
    except gevent.Timeout as error:
        if error is not timeout:
            raise
        return False
    else:
        return True
    finally:
        timeout.close()
        watcher.close()


PREPARED = {
    "live_newer": database.NEWER,
    "live_newest": database.NEWEST,
    "live_states": database.STATES,
    "live_reasons": database.REASONS,
}


class PostgresBackplane:
    """Two connections outside the pool, so that live never waits for pages: one for LISTEN, one that reads events."""

    def __init__(self) -> None:
        self._connection: Any = None
        self.reader = OwnConnection("live reader", PREPARED)

    def connect(self) -> None:
        self._close_listening()
        try:
            self._connection = open_direct_connection("live listener", PriorityConnection)
            self._execute(f"LISTEN {LINES_CHANNEL}")
        except psycopg2.Error as error:
            raise BackplaneError(str(error)) from error

    def wait(self, seconds: float) -> Announcements:
        try:
            # A statement can bring notifications along; those must not wait for the next one.
            if not self._connection.notifies:
                self._wait_or_ping(seconds)
            self._connection.poll()
        except (psycopg2.Error, OSError) as error:
            raise BackplaneError(str(error)) from error
        announcements = Announcements()
        for notification in self._connection.notifies:
            if parsed := parse_lines_payload(notification.payload):
                announcements.add(*parsed)
        self._connection.notifies.clear()
        return announcements

    def close(self) -> None:
        self._close_listening()
        self.reader.close()

    def fetch_states(self, channels: list[int]) -> dict[int, ChannelState]:
        return database.fetch_states(channels, self.reader.execute)

    def fetch_reasons(self, channels: list[int]) -> dict[int, str | None]:
        return database.fetch_reasons(channels, self.reader.execute)

    def fetch_newest(self, channel: FollowedChannel) -> list[Event]:
        return database.fetch_newest(channel, execute=self.reader.execute)

    def fetch_newer(self, channel: FollowedChannel, after: int, limit: int) -> list[Event] | None:
        return database.fetch_newer(channel, after, limit, self.reader.execute)

    def fetch_newer_of(
        self, places: Sequence[tuple[FollowedChannel, int]], limit: int
    ) -> Iterator[tuple[FollowedChannel, list[Event] | None]]:
        return database.fetch_newer_of(places, limit, self.reader.execute)

    def _close_listening(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _wait_or_ping(self, seconds: float) -> None:
        if not wait_for_input(self._connection.fileno(), seconds):
            # A connection that is dead without knowing it is as silent as a channel where nobody speaks.
            self._execute("SELECT 1")

    def _execute(self, statement: str) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(statement)
