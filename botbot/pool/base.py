"""The database engine `botbot.pool`: that of django-db-geventpool with a pool of our own (connections.py)."""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql.base import DatabaseWrapper as PostgresWrapper
from django_db_geventpool.backends.postgresql_psycopg2 import base as geventpool

from botbot.pool.connections import ConnectionPool

_pools: dict[tuple[Any, ...], ConnectionPool] = {}


class DatabaseWrapper(geventpool.DatabaseWrapper):  # type: ignore[misc]
    """The connection of one greenlet, borrowed from the pool of its database and user."""

    connection: Any

    @property
    def pool(self) -> ConnectionPool:
        """The pool of this database, created on first use."""
        # The key includes the name: tests rename their database and must not get connections to the real one.
        settings = self.settings_dict
        key = (self.alias, *(settings[name] for name in ("NAME", "HOST", "PORT", "USER")))
        if key not in _pools:
            _pools[key] = ConnectionPool(**self.get_connection_params())
        return _pools[key]

    def init_connection_state(self) -> None:
        # Django assumes that a truthy `pool` is psycopg's, which configures its connections itself. This one does not.
        PostgresWrapper.init_connection_state(self)
        self._configure_connection(self.connection)

    def closeall(self) -> None:
        """Close the idle connections to this database."""
        self.pool.close()

    def close_pool(self) -> None:
        """Do the same under Django's name; the inherited method expects psycopg's pool."""
        self.closeall()

    def _close(self) -> None:
        self.pool.put(self.connection)
        self.connection = None
