"""Empties the tables after a test that committed rows, ten times quicker than `manage.py flush`; ends what is left."""

from __future__ import annotations

import time
from typing import Any

from django.db import connection, transaction
from django.db.utils import ProgrammingError
from django.test import TransactionTestCase

MADE_BY_MIGRATE = {
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
}
LARGE = {"logs_line"}
"""Deleted rows would stay in its indexes and in the estimates of searches."""


def empty_tables(_test: TransactionTestCase | None = None) -> None:
    """Removes all rows but those that `migrate` makes. Sequences go on, as they do after a flush."""
    tables = sorted(set(connection.introspection.table_names()) - MADE_BY_MIGRATE)
    with connection.cursor() as cursor:
        parts = [f"SELECT '{table}' WHERE EXISTS (SELECT FROM {table})" for table in tables]  # noqa: S608
        cursor.execute(" UNION ALL ".join(parts))
        used = sorted(table for (table,) in cursor.fetchall())
    if not used:
        return
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")  # neither triggers nor foreign keys
            for table in used:
                cursor.execute(f"TRUNCATE {table}" if table in LARGE else f"DELETE FROM {table}")  # noqa: S608
    except ProgrammingError:  # DATABASE_URL names a user who is no superuser
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(used)} CASCADE")


def install() -> None:
    """Makes Django's tests use it."""
    TransactionTestCase._fixture_teardown = empty_tables


OTHER_SESSIONS = """
    SELECT pid, application_name, state, backend_start, left(query, 200) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


def remaining_sessions() -> list[tuple[Any, ...]]:
    """Returns the sessions of others that the database still has after a while, and ends them."""
    deadline = time.monotonic() + 15
    connection.close()
    connection.close_pool()  # those that this process has at hand
    with connection.cursor() as cursor:
        while True:
            cursor.execute(OTHER_SESSIONS)
            if not (sessions := cursor.fetchall()) or time.monotonic() > deadline:
                break
            time.sleep(0.1)
        for pid, *_ in sessions:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    connection.close()
    return sessions
