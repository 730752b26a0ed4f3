"""The database engine `botbot.pool`: django-db-geventpool's with its faults cured (see connections.py)."""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql.base import DatabaseWrapper as PostgresWrapper
from django_db_geventpool.backends.postgresql_psycopg2 import base as geventpool

from botbot.pool.connections import ConnectionPool

_pools: dict[tuple[Any, ...], ConnectionPool] = {}


class DatabaseWrapper(geventpool.DatabaseWrapper):  # type: ignore[misc]
    """One greenlet's view of the database; connections come from a pool for each database and user."""

    connection: Any

    @property
    def pool(self) -> ConnectionPool:
        """The pool of this database. Keyed by where it is, so that tests that rename it never meet the real one."""
        settings = self.settings_dict
        key = (self.alias, *(settings[name] for name in ("NAME", "HOST", "PORT", "USER")))
        if key not in _pools:
            _pools[key] = ConnectionPool(**self.get_connection_params())
        return _pools[key]

    def init_connection_state(self) -> None:
        # Django takes a truthy `pool` for psycopg's, which configures its connections itself; this one does not.
        PostgresWrapper.init_connection_state(self)
        self._configure_connection(self.connection)

    def closeall(self) -> None:
        """Closes the idle connections to this database."""
        self.pool.close()

    def close_pool(self) -> None:
        """Django's name for it; the original inherits one that looks for psycopg's pool."""
        self.closeall()

    def _close(self) -> None:
        self.pool.put(self.connection)
        self.connection = None
