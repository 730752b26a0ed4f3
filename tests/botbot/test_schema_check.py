"""Whatever is taken away from the schema is missed."""

from __future__ import annotations

import pytest
from django.core.checks import run_checks
from django.db import connection, transaction

from botbot.schema_check import find_problems, log_problems

pytestmark = pytest.mark.django_db

LIST_ALL = """
    SELECT 'ALTER TABLE ' || conrelid::regclass || ' DROP CONSTRAINT ' || quote_ident(conname) || ' CASCADE'
    FROM pg_constraint WHERE connamespace = current_schema()::regnamespace AND contype IN ('p', 'u', 'f', 'c')
        AND conrelid::regclass::text LIKE 'logs%'
    UNION ALL
    SELECT 'DROP INDEX ' || indexrelid::regclass FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE relnamespace = current_schema()::regnamespace AND indrelid::regclass::text LIKE 'logs%'
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))
        AND relname NOT LIKE '%_like'
    UNION ALL
    SELECT 'DROP FUNCTION ' || oid::regprocedure || ' CASCADE' FROM pg_proc
    WHERE pronamespace = current_schema()::regnamespace
    UNION ALL
    SELECT 'DROP TRIGGER ' || quote_ident(tgname) || ' ON ' || tgrelid::regclass FROM pg_trigger
    JOIN pg_class ON pg_class.oid = tgrelid
    WHERE relnamespace = current_schema()::regnamespace AND NOT tgisinternal
    UNION ALL
    SELECT 'ALTER TABLE ' || tgrelid::regclass || ' DISABLE TRIGGER ' || quote_ident(tgname) FROM pg_trigger
    JOIN pg_class ON pg_class.oid = tgrelid
    WHERE relnamespace = current_schema()::regnamespace AND NOT tgisinternal"""
"""Statements that each take one thing away. (Indexes for `LIKE` that Django adds to texts are not looked for.)"""


def test_a_migrated_database_lacks_nothing() -> None:
    assert find_problems() == []


def test_each_dropped_object_is_reported(transactional_db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(LIST_ALL)
        statements = [statement for (statement,) in cursor.fetchall()]
    assert len(statements) > 100
    unnoticed = []
    for statement in statements:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
            if not find_problems():
                unnoticed.append(statement)
            transaction.set_rollback(True)
    assert unnoticed == []


def test_checks_and_the_start_of_a_process_say_what_is_missing(caplog: pytest.LogCaptureFixture) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE logs_line DROP CONSTRAINT logs_line_pkey")
        cursor.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'line_by_time'::regclass")
    errors = [message for message in run_checks(databases=["default"]) if message.id == "botbot.E008"]
    assert "logs_line has no primary key (channel_id, id)" in errors[0].msg
    assert "logs_line has no valid line_by_time" in errors[0].msg
    log_problems()
    assert "logs_line has no primary key" in caplog.text
