"""The database itself. LISTEN is on a connection of its own, outside the pool; logs/ingest/store.py notifies.

https://www.postgresql.org/docs/current/sql-notify.html: not durable, not more than 8,000 bytes, in commit order.
"""

from __future__ import annotations

import logging
from typing import Any

import psycopg2
from django.db import connection
from gevent import Timeout
from gevent.socket import wait_read

from logs.live.backplane import BackplaneError, State, database, note
from logs.live.channel_stream import Followed
from logs.live.sse import Event

logger = logging.getLogger(__name__)

CHANNEL = "botbot_lines"
DEAD_AFTER = 10_000
"""Milliseconds without an answer after which a connection is given up."""


class PostgresBackplane:
    def __init__(self) -> None:
        self._connection: Any = None

    def connect(self) -> None:
        self.close()
        known = connection.get_connection_params().items()
        parameters = {name: value for name, value in known if not name.isupper()}  # upper case: meant for the pool
        try:
            self._connection = psycopg2.connect(**parameters, tcp_user_timeout=DEAD_AFTER)
            self._connection.autocommit = True
            self._execute(f"LISTEN {CHANNEL}")
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
            note(newest, *parse(notification.payload))
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


def parse(payload: str) -> tuple[int, int]:
    """`<channel> <last line id>`, the id 0 if others may read the channel now; for anything else (0, 0), no channel."""
    try:
        channel, last = payload.split()
        return int(channel), int(last)
    except ValueError:
        logger.warning("ignored an announcement that is not “channel id”: %.80r", payload)
        return 0, 0
