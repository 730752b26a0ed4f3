"""Live's own database connections. What waits for them goes before pages: they are not of the pages' pool, and their
answers are read first when both are there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gevent
import psycopg2
from gevent.lock import BoundedSemaphore
from psycopg2 import extensions

from logs.live.backplane import BackplaneError
from logs.models.direct_connection import open_direct_connection

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
