"""The database engine `botbot.pool`: that of django-db-geventpool with a pool of our own (connections.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper as PostgresWrapper
from django_db_geventpool.backends.postgresql_psycopg2 import base as geventpool
from psycopg2 import NotSupportedError, extensions
from psycopg2.sql import Composable

from botbot.pool.connections import ConnectionPool
from botbot.replica import REPLICA


@cache
def make_cursor_class(settings: str) -> type[extensions.cursor]:
    """A class of cursors which put `settings`, statements such as `SET LOCAL jit = off; `, before the first statement
    of a transaction, in the same round trip: for a pooler in transaction mode.

    Outside of an explicit transaction such a message of several statements is one of its own.
    https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT
    """

    class Cursor(extensions.cursor):
        def execute(self, query: Any, vars: Any = None) -> None:  # noqa: A002  (psycopg2's name)
            if self.connection.get_transaction_status() != extensions.TRANSACTION_STATUS_IDLE:
                super().execute(query, vars)
            elif self.name is None:
                super().execute(_prepend(settings, query, self), vars)
            elif self.connection.autocommit:
                raise NotSupportedError("A server-side cursor needs a transaction behind a pooler.")
            else:  # psycopg2 begins the statement with DECLARE
                with self.connection.cursor() as other:
                    other.execute("SELECT 1")
                super().execute(query, vars)

        def executemany(self, query: Any, vars_list: Iterable[Any]) -> None:
            for parameters in vars_list:
                self.execute(query, parameters)

    return Cursor


def _prepend(settings: str, query: Any, cursor: extensions.cursor) -> str | bytes:
    if isinstance(query, bytes):
        return settings.encode() + query
    return settings + (query.as_string(cursor) if isinstance(query, Composable) else query)


_pools: dict[tuple[Any, ...], ConnectionPool] = {}


class ReplicaReading:
    """What is asked of the replica for a while, and the errors meanwhile."""

    def __init__(self, verify: Callable[[Any], None]) -> None:
        self.verify = verify
        self.errors: list[Exception] = []

    def execute(self, execute: Callable[..., Any], *statement: Any) -> Any:
        """Execute a statement, as Django's `execute_wrapper` expects it."""
        try:
            return execute(*statement)
        except Exception as error:
            self.errors.append(error)
            raise


class DatabaseWrapper(geventpool.DatabaseWrapper):  # type: ignore[misc]
    """The connection of one greenlet, borrowed from the pool of its database and user."""

    connection: Any
    _reading: ReplicaReading | None = None

    @contextmanager
    def reading_from_replica(self, verify: Callable[[Any], None]) -> Iterator[list[Exception]]:
        """Within this block, what this greenlet asks this database is asked of its replica.

        `verify` gets each connection that is borrowed, before anything is asked, and may refuse it with an exception:
        one address can lead to several replicas. No transaction may be open. Yields a list to which all errors are
        added, also those that the caller's code handles.
        """
        self.close()
        self._reading = ReplicaReading(verify)
        try:
            with self.execute_wrapper(self._reading.execute):
                yield self._reading.errors
        finally:
            try:
                self.close()
            finally:
                self._reading = None

    def connect(self) -> None:
        try:
            super().connect()
        except Exception as error:
            if self._reading is not None:
                self._reading.errors.append(error)
            raise

    @property
    def pool(self) -> ConnectionPool:
        """The pool of this database, created on first use."""
        if self._reading is not None:
            replica: DatabaseWrapper = connections[REPLICA]  # type: ignore[assignment]
            return replica.pool
        # The key includes the name: tests rename their database and must not get connections to the real one.
        settings = self.settings_dict
        key = (self.alias, *(settings[name] for name in ("NAME", "HOST", "PORT", "USER")))
        if key not in _pools:
            _pools[key] = ConnectionPool(**self.get_connection_params())
        return _pools[key]

    def get_connection_params(self) -> dict[str, Any]:
        """What the pool connects with; see botbot/pooler.py for SET_LOCAL."""
        params: dict[str, Any] = super().get_connection_params()
        if settings := params.pop("SET_LOCAL", ""):
            params["cursor_factory"] = make_cursor_class(settings)
        return params

    def _configure_timezone(self, connection: Any) -> bool:
        # Behind a pooler in transaction mode it is set in each transaction; a replica has none in front of it.
        if self._reading is None and "SET_LOCAL" in self.settings_dict["OPTIONS"]:
            return False
        return bool(super()._configure_timezone(connection))

    def init_connection_state(self) -> None:
        # Django assumes that a truthy `pool` is psycopg's, which configures its connections itself. This one does not.
        PostgresWrapper.init_connection_state(self)
        self._configure_connection(self.connection)
        if self._reading is not None:
            self._reading.verify(self.connection)

    def closeall(self) -> None:
        """Close the idle connections to this database."""
        self.pool.close()

    def close_pool(self) -> None:
        """Do the same under Django's name; the inherited method expects psycopg's pool."""
        self.closeall()

    def _close(self) -> None:
        self.pool.put(self.connection)
        self.connection = None
