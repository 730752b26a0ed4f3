"""The database itself. LISTEN is on a connection of its own, outside the pool; logs/models/notify.py notifies."""

from __future__ import annotations

from typing import Any

import psycopg2
from gevent import Timeout
from gevent.socket import wait_read

from logs.live.backplane import BackplaneError, State, database, note
from logs.live.channel_stream import Followed
from logs.live.sse import Event
from logs.models.direct_connection import open_direct_connection
from logs.models.notify import LINES_CHANNEL, parse_lines_payload


class PostgresBackplane:
    def __init__(self) -> None:
        self._connection: Any = None

    def connect(self) -> None:
        self.close()
        try:
            self._connection = open_direct_connection("live listener")
            self._execute(f"LISTEN {LINES_CHANNEL}")
        except psycopg2.Error as error:
            raise BackplaneError(str(error)) from error

    def wait(self, seconds: float) -> dict[int, int]:
        try:
            if not self._connection.notifies:
                self._wait_or_ask(seconds)
            self._connection.poll()
        except (psycopg2.Error, OSError) as error:
            raise BackplaneError(str(error)) from error
        newest: dict[int, int] = {}
        for notification in self._connection.notifies:
            if announced := parse_lines_payload(notification.payload):
                note(newest, *announced)
        self._connection.notifies.clear()
        return newest

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def states(self, channels: list[int]) -> dict[int, State]:
        return database.states(channels)

    def newest(self, followed: Followed) -> list[Event]:
        return database.newest(followed)

    def newer(self, followed: Followed, after: int, most: int) -> list[Event]:
        return database.newer(followed, after, most)

    def _wait_or_ask(self, seconds: float) -> None:
        try:
            wait_read(self._connection.fileno(), seconds, timeout_exc=Timeout(seconds))
        except Timeout:
            self._execute("SELECT 1")  # silence of a connection that is dead without knowing it would look the same

    def _execute(self, statement: str) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(statement)
