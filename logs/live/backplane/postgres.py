"""The backplane of a web process: PostgreSQL, whose writers send a notification (logs/models/notify.py)."""

from __future__ import annotations

from typing import Any

import psycopg2
from gevent import Timeout
from gevent.socket import wait_read

from logs.live.backplane import Announcements, BackplaneError, ChannelState, FollowedChannel, database
from logs.live.sse import Event
from logs.models.direct_connection import open_direct_connection
from logs.models.notify import LINES_CHANNEL, parse_lines_payload


class PostgresBackplane:
    """LISTEN needs a connection of its own, outside the pool; events are read over the pool's."""

    def __init__(self) -> None:
        self._connection: Any = None

    def connect(self) -> None:
        self.close()
        try:
            self._connection = open_direct_connection("live listener")
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
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def fetch_states(self, channels: list[int]) -> dict[int, ChannelState]:
        return database.fetch_states(channels)

    def fetch_newest(self, channel: FollowedChannel) -> list[Event]:
        return database.fetch_newest(channel)

    def fetch_newer(self, channel: FollowedChannel, after: int, limit: int) -> list[Event]:
        return database.fetch_newer(channel, after, limit)

    def _wait_or_ping(self, seconds: float) -> None:
        try:
            wait_read(self._connection.fileno(), seconds, timeout_exc=Timeout(seconds))
        except Timeout:
            # A connection that is dead without knowing it is as silent as a channel where nobody speaks.
            self._execute("SELECT 1")

    def _execute(self, statement: str) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(statement)
