"""Settings for one transaction at a time: every statement has them, and the connection keeps none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from django.db import DataError, NotSupportedError, OperationalError, connection, connections, transaction
from psycopg2 import extensions
from psycopg2.extras import execute_values
from psycopg2.sql import SQL, Literal

from botbot.pool.base import DatabaseWrapper
from tests.lent_connections import use_as_default

pytestmark = pytest.mark.django_db(transaction=True)

SETTINGS = "SET LOCAL statement_timeout = '7s'; SET LOCAL TimeZone = 'Asia/Tokyo'; "
SHOW = "SELECT current_setting('statement_timeout')"


@contextmanager
def connected(settings: str = SETTINGS) -> Iterator[Any]:
    """Django's own connection with such settings."""
    database = {**connections.settings["default"], **connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS": True}
    database["OPTIONS"] = database["OPTIONS"] | {"SET_LOCAL": settings}
    with use_as_default(DatabaseWrapper(database, settings)) as made:  # whose pool is its own by that name
        yield made


@pytest.fixture
def database() -> Iterator[Any]:
    with connected() as made:
        yield made


def value(cursor: Any, statement: Any = SHOW, parameters: Any = None) -> object:
    cursor.execute(statement, parameters)
    return cursor.fetchone()[0]


def test_every_statement_has_them(database: Any) -> None:
    with database.cursor() as cursor:
        assert value(cursor) == value(cursor) == "7s"
        assert value(cursor, "SELECT current_setting(%s) || '%%'", ["TimeZone"]) == "Asia/Tokyo%"
        assert value(cursor.cursor, SQL("SELECT current_setting({})").format(Literal("statement_timeout"))) == "7s"
        cursor.executemany("SELECT %s", [[1], [2]])
        assert cursor.fetchone() == (2,)
        (row,) = execute_values(cursor.cursor, f"{SHOW}, column1 FROM (VALUES %s) AS rows", [(1,)], fetch=True)
        assert row == ("7s", 1)
    with transaction.atomic(), database.cursor() as cursor:
        assert value(cursor) == value(cursor) == "7s"
        cursor.execute("SET LOCAL statement_timeout = '8s'")  # what the transaction itself sets stays
        with transaction.atomic():
            assert value(cursor) == "8s"
    with transaction.atomic(), transaction.atomic(), database.cursor() as cursor:
        assert value(cursor) == "7s"


def test_the_connection_keeps_none(database: Any) -> None:
    for statement in ("SELECT 1", "SELECT 1 / 0"):
        with database.cursor() as cursor, suppress(DataError):
            cursor.execute(statement)
        with extensions.cursor(database.connection) as cursor:
            cursor.execute("SELECT name FROM pg_settings WHERE setting IN ('7000', 'Asia/Tokyo')")
            assert cursor.fetchall() == []


def test_a_statement_ends_in_time() -> None:
    with (
        connected("SET LOCAL statement_timeout = 50; ") as database,
        database.cursor() as cursor,
        pytest.raises(OperationalError, match="statement timeout"),
    ):
        cursor.execute("SELECT pg_sleep(60)")


def test_a_server_side_cursor_needs_a_transaction(database: Any) -> None:
    with transaction.atomic(), database.chunked_cursor() as cursor:
        cursor.execute(f"{SHOW} UNION ALL SELECT 'more'")
        assert cursor.fetchmany(10) == [("7s",), ("more",)]
    with database.chunked_cursor() as cursor, pytest.raises(NotSupportedError):
        cursor.execute(SHOW)
