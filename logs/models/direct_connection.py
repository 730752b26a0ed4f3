"""Connections outside Django's pool, for what lasts as long as its connection: LISTEN and session-level locks."""

from __future__ import annotations

from typing import Any

import psycopg2
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg2.extensions import connection as Connection  # noqa: N812 (a class, in spite of its name)

DEFAULTS: dict[str, object] = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    # A statement that the server does not acknowledge fails after 10 seconds; keepalives only cover silence.
    "tcp_user_timeout": 10_000,
}
"""libpq's parameters (seconds; `tcp_user_timeout` in milliseconds) where DATABASES has no OPTIONS of that name.

https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
"""

DIRECT = "direct"
"""The alias of the same database without the pooler that its default address leads to (botbot/pooler.py)."""


def get_direct_parameters() -> dict[str, Any]:
    """What psycopg2.connect needs for a session of the default database."""
    return {name: value for name, value in _get_parameters().items() if not name.isupper()}


def open_direct_connection(purpose: str, factory: type[Connection] = Connection) -> Connection:
    """Open a connection of the class `factory` in autocommit mode to the default database; the caller closes it.

    `purpose` is appended to the application name, as pg_stat_activity shows it. Raises psycopg2.OperationalError.
    """
    parameters = DEFAULTS | get_direct_parameters()
    parameters["application_name"] = f"{parameters.get('application_name', 'botbot')} {purpose}"
    opened: Connection = psycopg2.connect(connection_factory=factory, **parameters)  # type: ignore[call-overload]
    opened.autocommit = True
    if settings := _get_parameters().get("SET_ONCE"):
        try:
            with opened.cursor() as cursor:
                cursor.execute(settings)
        except BaseException:
            opened.close()
            raise
    return opened


def _get_parameters() -> dict[str, Any]:
    """Those in upper case (MAX_CONNS and others) are the pool's: libpq would reject them."""
    wrapper: Any = connections[DIRECT if DIRECT in connections else DEFAULT_DB_ALIAS]
    found: dict[str, Any] = wrapper.get_connection_params()
    return found
