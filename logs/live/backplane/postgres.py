"""The backplane of a web process: PostgreSQL, whose writers send a notification (logs/models/notify.py)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg2

from logs.live.backplane import Announcements, BackplaneError, ChannelState, FollowedChannel, database
from logs.live.backplane.own_connection import OwnConnection, PriorityConnection, wait_for_input
from logs.live.sse import Event
from logs.models.direct_connection import open_direct_connection
from logs.models.notify import LINES_CHANNEL, parse_lines_payload

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
