"""The database engine `botbot.pool`: that of django-db-geventpool with a pool of our own (connections.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper as PostgresWrapper
from django_db_geventpool.backends.postgresql_psycopg2 import base as geventpool

from botbot.pool.connections import ConnectionPool
from botbot.pool.local_settings import make_cursor_class
from botbot.replica import REPLICA

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
