"""Connections outside Django's pool, for what lasts as long as its connection: LISTEN and session-level locks."""

from __future__ import annotations

import psycopg2
from django.db import connection as django_connection
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


def open_direct_connection(purpose: str, factory: type[Connection] = Connection) -> Connection:
    """Open a connection of the class `factory` in autocommit mode to the default database; the caller closes it.

    `purpose` is appended to the application name, as pg_stat_activity shows it. Raises psycopg2.OperationalError.
    """
    configured = django_connection.get_connection_params()
    # Options in upper case (MAX_CONNS and others) are the pool's: libpq would reject them.
    parameters = DEFAULTS | {name: value for name, value in configured.items() if not name.isupper()}
    parameters["application_name"] = f"{parameters.get('application_name', 'botbot')} {purpose}"
    opened: Connection = psycopg2.connect(connection_factory=factory, **parameters)  # type: ignore[call-overload]
    opened.autocommit = True
    return opened
